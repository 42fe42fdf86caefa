/*
 * Raydium AMM v4 for the local chain: swaps for an exact input (tag 9) and for an exact output (tag 11).
 *
 * Accounts, data, state, arithmetic, order of checks and error numbers are those of raydium-amm (program/src:
 * instruction.rs, processor.rs `process_swap_base_in` and `process_swap_base_out`, math.rs, state.rs, error.rs). That
 * source reads no order book in a swap: the eight market accounts are placeholders, and pools whose status is neither
 * SwapOnly nor WaitingTrade refuse. Not here: every other instruction (refused as unknown data), and the "ray_log" line.
 */
#include "include/solana.h"

enum tag { TAG_SWAP_BASE_IN = 9, TAG_SWAP_BASE_OUT = 11 };

/* error.rs `AmmError` */
enum amm_error {
	INVALID_PROGRAM_ADDRESS = 1,
	EXPECTED_ACCOUNT = 3,
	INVALID_COIN_VAULT = 4,
	INVALID_PC_VAULT = 5,
	INVALID_SIGN_ACCOUNT = 21,
	INVALID_STATUS = 22,
	WRONG_ACCOUNTS_NUMBER = 24,
	INVALID_AMM_ACCOUNT_OWNER = 27,
	INVALID_INPUT = 29,
	EXCEEDED_SLIPPAGE = 30,
	CHECKED_SUB_OVERFLOW = 32,
	INVALID_SPL_TOKEN_PROGRAM = 38,
	INSUFFICIENT_FUNDS_OF_SWAP = 40,
	INVALID_USER_TOKEN = 42,
	NOT_ALLOWED = 59,
};

/* state.rs `AmmInfo`, packed */
enum amm_info {
	AMM_STATUS = 0,
	AMM_NONCE = 8,
	AMM_SWAP_FEE_NUMERATOR = 176,
	AMM_SWAP_FEE_DENOMINATOR = 184,
	AMM_NEED_TAKE_PNL_COIN = 192,
	AMM_NEED_TAKE_PNL_PC = 200,
	AMM_POOL_OPEN_TIME = 224,
	AMM_COIN_VAULT = 336,
	AMM_PC_VAULT = 368,
	AMM_COIN_VAULT_MINT = 400,
	AMM_PC_VAULT_MINT = 432,
	AMM_RECENT_EPOCH = 736,
	AMM_INFO_SIZE = 752,
};

/* state.rs `AmmStatus` */
enum amm_status { STATUS_UNINITIALIZED = 0, STATUS_SWAP_ONLY = 6, STATUS_WAITING_TRADE = 7 };

static const u8 AUTHORITY_SEED[13] = { 'a', 'm', 'm', ' ', 'a', 'u', 't', 'h', 'o', 'r', 'i', 't', 'y' };

#define ACCOUNTS_WITHOUT_TARGET_ORDERS 17
#define MARKET_ACCOUNTS 8

/* One swap. It lives in the heap behind the invocation. */
typedef struct {
	const Account *token_program;
	const Account *amm;
	const Account *authority;
	const Account *coin_vault;
	const Account *pc_vault;
	const Account *user_source;
	const Account *user_destination;
	const Account *user_owner;
	/* The side that the trader pays into and the side that pays out. */
	const Account *vault_in;
	const Account *vault_out;
	u64 reserve_in;
	u64 reserve_out;
	u64 fee_numerator;
	u64 fee_denominator;
	Seed seeds[2];
	u8 nonce;
	u8 derived[32];
	Transfer transfer;
	Clock clock;
} Swap;

#define SWAP ((Swap *)HEAP_FREE)

/* processor.rs, the checks common to both swaps, in its order, up to the loaded pool. */
OUTLINE Status load_accounts(void)
{
	Invocation *run = INVOCATION;
	Swap *swap = SWAP;
	u64 count = run->account_count;
	REQUIRE(count == ACCOUNTS_WITHOUT_TARGET_ORDERS || count == ACCOUNTS_WITHOUT_TARGET_ORDERS + 1,
		CUSTOM(WRONG_ACCOUNTS_NUMBER));
	const Account *accounts = run->accounts;
	swap->token_program = &accounts[0];
	swap->amm = &accounts[1];
	swap->authority = &accounts[2];
	u64 vaults = count == ACCOUNTS_WITHOUT_TARGET_ORDERS ? 4 : 5;
	swap->coin_vault = &accounts[vaults];
	swap->pc_vault = &accounts[vaults + 1];
	swap->user_source = &accounts[vaults + 2 + MARKET_ACCOUNTS];
	swap->user_destination = &accounts[vaults + 3 + MARKET_ACCOUNTS];
	swap->user_owner = &accounts[vaults + 4 + MARKET_ACCOUNTS];

	const Account *amm = swap->amm;
	REQUIRE(same_key(amm->owner, run->program_id), CUSTOM(INVALID_AMM_ACCOUNT_OWNER));
	REQUIRE(amm->data_length == AMM_INFO_SIZE, CUSTOM(EXPECTED_ACCOUNT));
	REQUIRE(read_u64(amm->data + AMM_STATUS) != STATUS_UNINITIALIZED, CUSTOM(INVALID_STATUS));
	REQUIRE(!same_key(amm->data + AMM_PC_VAULT_MINT, amm->data + AMM_COIN_VAULT_MINT), CUSTOM(NOT_ALLOWED));
	REQUIRE(swap->user_owner->is_signer, CUSTOM(INVALID_SIGN_ACCOUNT));
	REQUIRE(same_key(swap->token_program->key, TOKEN_PROGRAM_ID), CUSTOM(INVALID_SPL_TOKEN_PROGRAM));
	return OK;
}

OUTLINE Status check_authority(void)
{
	Swap *swap = SWAP;
	swap->nonce = swap->amm->data[AMM_NONCE];
	swap->seeds[0].bytes = AUTHORITY_SEED;
	swap->seeds[0].length = sizeof(AUTHORITY_SEED);
	swap->seeds[1].bytes = &swap->nonce;
	swap->seeds[1].length = 1;
	REQUIRE(sol_create_program_address(swap->seeds, 2, INVOCATION->program_id, swap->derived) == 0 &&
			same_key(swap->authority->key, swap->derived),
		CUSTOM(INVALID_PROGRAM_ADDRESS));
	return OK;
}

INLINE Status unpack_token_account(const Account *account)
{
	REQUIRE(same_key(account->owner, TOKEN_PROGRAM_ID), CUSTOM(INVALID_SPL_TOKEN_PROGRAM));
	REQUIRE(is_token_account(account), CUSTOM(EXPECTED_ACCOUNT));
	return OK;
}

OUTLINE Status check_token_accounts(void)
{
	Swap *swap = SWAP;
	const u8 *amm = swap->amm->data;
	REQUIRE(same_key(swap->coin_vault->key, amm + AMM_COIN_VAULT), CUSTOM(INVALID_COIN_VAULT));
	REQUIRE(same_key(swap->pc_vault->key, amm + AMM_PC_VAULT), CUSTOM(INVALID_PC_VAULT));
	REQUIRE(!same_key(swap->user_source->key, amm + AMM_PC_VAULT) &&
			!same_key(swap->user_source->key, amm + AMM_COIN_VAULT) &&
			!same_key(swap->user_destination->key, amm + AMM_PC_VAULT) &&
			!same_key(swap->user_destination->key, amm + AMM_COIN_VAULT),
		CUSTOM(INVALID_USER_TOKEN));
	TRY(unpack_token_account(swap->coin_vault));
	TRY(unpack_token_account(swap->pc_vault));
	TRY(unpack_token_account(swap->user_source));
	return unpack_token_account(swap->user_destination);
}

/* A pool that waits opens with the first swap after its open time. */
OUTLINE Status check_status(void)
{
	Swap *swap = SWAP;
	u8 *amm = swap->amm->data;
	u64 status = read_u64(amm + AMM_STATUS);
	abort_unless(status <= STATUS_WAITING_TRADE);
	REQUIRE(status == STATUS_SWAP_ONLY || status == STATUS_WAITING_TRADE, CUSTOM(INVALID_STATUS));
	if (status == STATUS_WAITING_TRADE) {
		TRY(sol_get_clock_sysvar((u8 *)&swap->clock));
		REQUIRE((u64)swap->clock.unix_timestamp >= read_u64(amm + AMM_POOL_OPEN_TIME), CUSTOM(INVALID_STATUS));
		write_u64(amm + AMM_STATUS, STATUS_SWAP_ONLY);
	}
	return OK;
}

/* math.rs `calc_total_without_take_pnl_no_orderbook`, and which way the swap goes. */
OUTLINE Status load_reserves(void)
{
	Swap *swap = SWAP;
	const u8 *amm = swap->amm->data;
	const u8 *coin = swap->coin_vault->data + TOKEN_ACCOUNT_MINT;
	const u8 *pc = swap->pc_vault->data + TOKEN_ACCOUNT_MINT;
	const u8 *source = swap->user_source->data + TOKEN_ACCOUNT_MINT;
	const u8 *destination = swap->user_destination->data + TOKEN_ACCOUNT_MINT;
	u64 pc_amount = token_amount(swap->pc_vault), pc_owed = read_u64(amm + AMM_NEED_TAKE_PNL_PC);
	u64 coin_amount = token_amount(swap->coin_vault), coin_owed = read_u64(amm + AMM_NEED_TAKE_PNL_COIN);
	REQUIRE(pc_amount >= pc_owed && coin_amount >= coin_owed, CUSTOM(CHECKED_SUB_OVERFLOW));

	bool coin_to_pc = same_key(source, coin) && same_key(destination, pc);
	REQUIRE(coin_to_pc || (same_key(source, pc) && same_key(destination, coin)), CUSTOM(INVALID_USER_TOKEN));
	swap->vault_in = coin_to_pc ? swap->coin_vault : swap->pc_vault;
	swap->vault_out = coin_to_pc ? swap->pc_vault : swap->coin_vault;
	swap->reserve_in = coin_to_pc ? coin_amount - coin_owed : pc_amount - pc_owed;
	swap->reserve_out = coin_to_pc ? pc_amount - pc_owed : coin_amount - coin_owed;
	swap->fee_numerator = read_u64(amm + AMM_SWAP_FEE_NUMERATOR);
	swap->fee_denominator = read_u64(amm + AMM_SWAP_FEE_DENOMINATOR);
	return OK;
}

/* Both payments, and the epoch in which the pool was last touched. */
OUTLINE Status pay(u64 amount_in, u64 amount_out)
{
	Swap *swap = SWAP;
	Transfer *transfer = &swap->transfer;
	REQUIRE(amount_out < swap->reserve_out, CUSTOM(INSUFFICIENT_FUNDS_OF_SWAP));
	transfer->token_program = swap->token_program;
	transfer->from = swap->user_source;
	transfer->mint = NULL;
	transfer->to = swap->vault_in;
	transfer->authority = swap->user_owner;
	transfer->amount = amount_in;
	transfer->seeds = NULL;
	transfer->seed_count = 0;
	TRY(transfer_tokens(transfer));
	transfer->from = swap->vault_out;
	transfer->to = swap->user_destination;
	transfer->authority = swap->authority;
	transfer->amount = amount_out;
	transfer->seeds = swap->seeds;
	transfer->seed_count = 2;
	TRY(transfer_tokens(transfer));
	TRY(sol_get_clock_sysvar((u8 *)&swap->clock));
	write_u64(swap->amm->data + AMM_RECENT_EPOCH, swap->clock.epoch);
	return OK;
}

/* The curve's output for an input without its fee, rounded down (math.rs `swap_token_amount_base_in`). */
OUTLINE u64 amount_out_of(u64 amount_in_after_fee)
{
	const Swap *swap = SWAP;
	/* Vault and trader share one supply, so that only impossible accounts pass 2^64 here. */
	u64 divisor = add_or_abort(swap->reserve_in, amount_in_after_fee);
	abort_unless(divisor != 0);
	return to_u64(multiply_divide(swap->reserve_out, amount_in_after_fee, divisor));
}

OUTLINE Status swap_base_in(u64 amount_in, u64 minimum_amount_out)
{
	const Swap *swap = SWAP;
	REQUIRE(token_amount(swap->user_source) >= amount_in, CUSTOM(INSUFFICIENT_FUNDS_OF_SWAP));
	abort_unless(swap->fee_denominator != 0);
	u64 fee = to_u64(multiply_divide_up(amount_in, swap->fee_numerator, swap->fee_denominator));
	abort_unless(fee <= amount_in);
	u64 amount_out = amount_out_of(amount_in - fee);
	REQUIRE(amount_out >= minimum_amount_out, CUSTOM(EXCEEDED_SLIPPAGE));
	REQUIRE(amount_out != 0 && amount_in != 0, CUSTOM(INVALID_INPUT));
	return pay(amount_in, amount_out);
}

/* The input that the curve asks for an output, both it and the fee on top rounded up (`swap_token_amount_base_out`). */
OUTLINE u64 amount_in_for(u64 amount_out)
{
	const Swap *swap = SWAP;
	u64 remainder;
	abort_unless(swap->reserve_out > amount_out);
	u128 before_fee = multiply_divide_up(swap->reserve_in, amount_out, swap->reserve_out - amount_out);
	u128 scaled = multiply(before_fee.low, swap->fee_denominator);
	u128 scaled_high = multiply(before_fee.high, swap->fee_denominator);
	abort_unless(scaled_high.high == 0);
	scaled.high = add_or_abort(scaled.high, scaled_high.low);
	abort_unless(swap->fee_denominator > swap->fee_numerator);
	u128 quotient = divide(scaled, swap->fee_denominator - swap->fee_numerator, &remainder);
	return to_u64(remainder == 0 ? quotient : add_u64(quotient, 1));
}

OUTLINE Status swap_base_out(u64 maximum_amount_in, u64 amount_out)
{
	u64 amount_in = amount_in_for(amount_out);
	REQUIRE(token_amount(SWAP->user_source) >= amount_in, CUSTOM(INSUFFICIENT_FUNDS_OF_SWAP));
	REQUIRE(maximum_amount_in >= amount_in, CUSTOM(EXCEEDED_SLIPPAGE));
	REQUIRE(amount_in != 0 && amount_out != 0, CUSTOM(INVALID_INPUT));
	return pay(amount_in, amount_out);
}

u64 entrypoint(u8 *input)
{
	TRY(read_input(input));
	const Invocation *run = INVOCATION;
	REQUIRE(run->data_length >= 17, INVALID_INSTRUCTION_DATA);
	u8 tag = run->data[0];
	REQUIRE(tag == TAG_SWAP_BASE_IN || tag == TAG_SWAP_BASE_OUT, INVALID_INSTRUCTION_DATA);
	TRY(load_accounts());
	TRY(check_authority());
	TRY(check_token_accounts());
	TRY(check_status());
	TRY(load_reserves());
	u64 first = read_u64(run->data + 1), second = read_u64(run->data + 9);
	return tag == TAG_SWAP_BASE_IN ? swap_base_in(first, second) : swap_base_out(first, second);
}
