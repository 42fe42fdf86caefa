/*
 * Raydium's constant product market maker for the local chain: the swaps of raydium-cp-swap, to the unit, on its own
 * account layouts (raydium-io/raydium-cp-swap, programs/cp-swap/src: instructions/swap_base_input.rs,
 * instructions/swap_base_output.rs, curve/, states/). Checks, their order and their error numbers are those of the
 * original, Anchor's included; where the original panics, this program aborts.
 *
 * Left out: every instruction but the two swaps, and the swap event in the log. Mints with Token-2022 extensions are
 * refused with NotSupportMint, where the original takes transfer fees into account.
 * A vault that a transfer would lift over 2^64 - 1 is refused with Token's Overflow before the curve is asked; a real
 * mint's supply cannot reach that.
 */
#include "solana.h"

enum error {
	NOT_APPROVED = 6000,
	EXCEEDED_SLIPPAGE = 6005,
	ZERO_TRADING_TOKENS = 6006,
	NOT_SUPPORT_MINT = 6007,
	INVALID_VAULT = 6008,
	MATH_OVERFLOW = 6011,
	INSUFFICIENT_VAULT = 6012,
	INVALID_FEE_MODEL = 6013,
};

/* The Swap accounts, in order. */
enum account_index {
	PAYER,
	AUTHORITY,
	AMM_CONFIG,
	POOL_STATE,
	INPUT_TOKEN_ACCOUNT,
	OUTPUT_TOKEN_ACCOUNT,
	INPUT_VAULT,
	OUTPUT_VAULT,
	INPUT_TOKEN_PROGRAM,
	OUTPUT_TOKEN_PROGRAM,
	INPUT_TOKEN_MINT,
	OUTPUT_TOKEN_MINT,
	OBSERVATION_STATE,
	ACCOUNT_COUNT,
};

/* states/config.rs, AmmConfig; offsets with the discriminator. */
#define CONFIG_SIZE 236
#define CONFIG_TRADE_FEE_RATE 12
#define CONFIG_PROTOCOL_FEE_RATE 20
#define CONFIG_FUND_FEE_RATE 28
#define CONFIG_CREATOR_FEE_RATE 108

/* states/pool.rs, PoolState; offsets with the discriminator. */
#define POOL_SIZE 637
#define POOL_AMM_CONFIG 8
#define POOL_TOKEN_0_VAULT 72
#define POOL_TOKEN_1_VAULT 104
#define POOL_OBSERVATION_KEY 296
#define POOL_AUTH_BUMP 328
#define POOL_STATUS 329
#define POOL_PROTOCOL_FEES 341 /* token 0, token 1 */
#define POOL_FUND_FEES 357     /* token 0, token 1 */
#define POOL_OPEN_TIME 373
#define POOL_RECENT_EPOCH 381
#define POOL_CREATOR_FEE_ON 389
#define POOL_ENABLE_CREATOR_FEE 390
#define POOL_CREATOR_FEES 397 /* token 0, token 1 */
#define STATUS_SWAP_DISABLED 4

/* states/oracle.rs, ObservationState; offsets with the discriminator. */
#define OBSERVATION_SIZE 4075
#define OBSERVATION_INITIALIZED 8
#define OBSERVATION_INDEX 9
#define OBSERVATION_ELEMENTS 43
#define OBSERVATION_ELEMENT_SIZE 40
#define OBSERVATION_COUNT 100
#define OBSERVATION_LAST_UPDATE 4043
#define OBSERVATION_PERIOD_SECONDS 15

#define RATE_DENOMINATOR 1000000

/* sha256("account:AmmConfig"), ("account:PoolState"), ("account:ObservationState"), first 8 bytes, little-endian. */
#define DISCRIMINATOR_AMM_CONFIG 0x6f2bcbcb6821f4daULL
#define DISCRIMINATOR_POOL_STATE 0x46dec3d7f5e3edf7ULL
#define DISCRIMINATOR_OBSERVATION_STATE 0x84a5098135c5ae7aULL
/* sha256("global:swap_base_input"), ("global:swap_base_output") */
#define INSTRUCTION_SWAP_BASE_INPUT 0xde331ec4da5abe8fULL
#define INSTRUCTION_SWAP_BASE_OUTPUT 0xadb44aa35662d937ULL
#define INSTRUCTION_SIZE 24

static const u8 AUTHORITY_SEED[] = "vault_and_lp_mint_auth_seed";

/* One swap in the making; lives in the heap behind the invocation. */
typedef struct {
	Clock clock;
	Seed seeds[2];
	/* The pool's side of the input: 0 or 1. */
	u64 input_side;
	bool is_creator_fee_on_input;
	u64 reserve_in, reserve_out;
	u64 trade_fee_rate, creator_fee_rate, protocol_fee_rate, fund_fee_rate;
	/* What the curve says. */
	u64 amount_in, amount_out;
	u64 trade_fee, creator_fee;
	u128 token_0_price_x32, token_1_price_x32;
} Swap;

#define SWAP ((Swap *)HEAP_FREE)
#define ACCOUNTS (INVOCATION->accounts)

/* ---- Accounts, as Anchor checks them ---- */

OUTLINE Status check_program_account(const Account *account, u64 discriminator)
{
	REQUIRE(same_key(account->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(account->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(account->data) == discriminator, ANCHOR_DISCRIMINATOR_MISMATCH);
	return OK;
}

OUTLINE Status check_token_accounts(void)
{
	for (u64 index = INPUT_TOKEN_ACCOUNT; index <= OUTPUT_VAULT; index++) {
		REQUIRE(is_token_program(ACCOUNTS[index].owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_token_account(&ACCOUNTS[index]), INVALID_ACCOUNT_DATA);
	}
	REQUIRE(is_token_program(ACCOUNTS[INPUT_TOKEN_PROGRAM].key), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(is_token_program(ACCOUNTS[OUTPUT_TOKEN_PROGRAM].key), ANCHOR_INVALID_PROGRAM_ID);
	for (u64 index = INPUT_TOKEN_MINT; index <= OUTPUT_TOKEN_MINT; index++) {
		REQUIRE(is_token_program(ACCOUNTS[index].owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_mint(&ACCOUNTS[index]), INVALID_ACCOUNT_DATA);
	}
	return OK;
}

OUTLINE Status check_types(void)
{
	REQUIRE(INVOCATION->account_count >= ACCOUNT_COUNT, ANCHOR_NOT_ENOUGH_KEYS);
	REQUIRE(ACCOUNTS[PAYER].is_signer, ANCHOR_NOT_SIGNER);
	TRY(check_program_account(&ACCOUNTS[AMM_CONFIG], DISCRIMINATOR_AMM_CONFIG));
	REQUIRE(ACCOUNTS[AMM_CONFIG].data_length >= CONFIG_SIZE, ANCHOR_DID_NOT_DESERIALIZE);
	TRY(check_program_account(&ACCOUNTS[POOL_STATE], DISCRIMINATOR_POOL_STATE));
	TRY(check_token_accounts());
	TRY(check_program_account(&ACCOUNTS[OBSERVATION_STATE], DISCRIMINATOR_OBSERVATION_STATE));
	if (ACCOUNTS[POOL_STATE].data_length < POOL_SIZE || ACCOUNTS[OBSERVATION_STATE].data_length < OBSERVATION_SIZE)
		abort();
	return OK;
}

/* The authority that owns every vault: it must be the program address of the pool's bump. */
OUTLINE Status check_authority(const u8 *pool)
{
	u8 derived[32];
	SWAP->seeds[0].bytes = AUTHORITY_SEED;
	SWAP->seeds[0].length = sizeof(AUTHORITY_SEED) - 1;
	SWAP->seeds[1].bytes = pool + POOL_AUTH_BUMP;
	SWAP->seeds[1].length = 1;
	u64 failed = sol_create_program_address(SWAP->seeds, 2, INVOCATION->program_id, derived);
	REQUIRE(failed == 0 && same_key(derived, ACCOUNTS[AUTHORITY].key), ANCHOR_CONSTRAINT_SEEDS);
	return OK;
}

INLINE bool is_vault(const u8 *pool, const u8 *key)
{
	return same_key(key, pool + POOL_TOKEN_0_VAULT) || same_key(key, pool + POOL_TOKEN_1_VAULT);
}

OUTLINE Status check_constraints(const u8 *pool)
{
	TRY(check_authority(pool));
	REQUIRE(same_key(ACCOUNTS[AMM_CONFIG].key, pool + POOL_AMM_CONFIG), ANCHOR_CONSTRAINT_ADDRESS);
	for (u64 index = POOL_STATE; index <= OUTPUT_VAULT; index++) {
		REQUIRE(ACCOUNTS[index].is_writable, ANCHOR_CONSTRAINT_MUT);
		if (index >= INPUT_VAULT)
			REQUIRE(is_vault(pool, ACCOUNTS[index].key), ANCHOR_CONSTRAINT_RAW);
	}
	REQUIRE(same_key(ACCOUNTS[INPUT_TOKEN_MINT].key, ACCOUNTS[INPUT_VAULT].data + TOKEN_ACCOUNT_MINT),
		ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNTS[OUTPUT_TOKEN_MINT].key, ACCOUNTS[OUTPUT_VAULT].data + TOKEN_ACCOUNT_MINT),
		ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(ACCOUNTS[OBSERVATION_STATE].is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(ACCOUNTS[OBSERVATION_STATE].key, pool + POOL_OBSERVATION_KEY), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(ACCOUNTS[INPUT_TOKEN_MINT].data_length == MINT_SIZE, NOT_SUPPORT_MINT);
	REQUIRE(ACCOUNTS[OUTPUT_TOKEN_MINT].data_length == MINT_SIZE, NOT_SUPPORT_MINT);
	return OK;
}

/* ---- What the pool holds: PoolState::get_swap_params ---- */

/* Vault less what it owes to protocol, fund and creator; `side` is 0 or 1. */
OUTLINE Status owed_on_side(const u8 *pool, u64 side, u64 *owed)
{
	u64 protocol = read_u64(pool + POOL_PROTOCOL_FEES + 8 * side);
	u64 fund = read_u64(pool + POOL_FUND_FEES + 8 * side);
	u64 creator = read_u64(pool + POOL_CREATOR_FEES + 8 * side);
	u64 two = protocol + fund;
	REQUIRE(two >= protocol, MATH_OVERFLOW);
	*owed = two + creator;
	REQUIRE(*owed >= two, MATH_OVERFLOW);
	return OK;
}

INLINE u128 price_x32(u64 numerator, u64 denominator)
{
	u128 scaled = { numerator >> 32, numerator << 32 };
	u64 remainder;
	if (denominator == 0)
		abort();
	return divide(scaled, denominator, &remainder);
}

OUTLINE Status read_reserves(const u8 *pool)
{
	Swap *swap = SWAP;
	const u8 *input = ACCOUNTS[INPUT_VAULT].key, *output = ACCOUNTS[OUTPUT_VAULT].key;
	if (same_key(input, pool + POOL_TOKEN_0_VAULT) && same_key(output, pool + POOL_TOKEN_1_VAULT))
		swap->input_side = 0;
	else if (same_key(input, pool + POOL_TOKEN_1_VAULT) && same_key(output, pool + POOL_TOKEN_0_VAULT))
		swap->input_side = 1;
	else
		return INVALID_VAULT;
	u64 owed_0, owed_1;
	TRY(owed_on_side(pool, 0, &owed_0));
	TRY(owed_on_side(pool, 1, &owed_1));
	u64 vault_0 = token_amount(&ACCOUNTS[swap->input_side == 0 ? INPUT_VAULT : OUTPUT_VAULT]);
	u64 vault_1 = token_amount(&ACCOUNTS[swap->input_side == 0 ? OUTPUT_VAULT : INPUT_VAULT]);
	REQUIRE(vault_0 >= owed_0 && vault_1 >= owed_1, INSUFFICIENT_VAULT);
	u64 reserve_0 = vault_0 - owed_0, reserve_1 = vault_1 - owed_1;
	swap->token_0_price_x32 = price_x32(reserve_1, reserve_0);
	swap->token_1_price_x32 = price_x32(reserve_0, reserve_1);
	swap->reserve_in = swap->input_side == 0 ? reserve_0 : reserve_1;
	swap->reserve_out = swap->input_side == 0 ? reserve_1 : reserve_0;
	u8 fee_on = pool[POOL_CREATOR_FEE_ON];
	REQUIRE(fee_on <= 2, INVALID_FEE_MODEL);
	swap->is_creator_fee_on_input = fee_on == 0 || fee_on == swap->input_side + 1;
	return OK;
}

INLINE void read_rates(const u8 *pool)
{
	const u8 *config = ACCOUNTS[AMM_CONFIG].data;
	SWAP->trade_fee_rate = read_u64(config + CONFIG_TRADE_FEE_RATE);
	SWAP->protocol_fee_rate = read_u64(config + CONFIG_PROTOCOL_FEE_RATE);
	SWAP->fund_fee_rate = read_u64(config + CONFIG_FUND_FEE_RATE);
	SWAP->creator_fee_rate = pool[POOL_ENABLE_CREATOR_FEE] ? read_u64(config + CONFIG_CREATOR_FEE_RATE) : 0;
	/* create_amm_config and update_amm_config let nothing else into a configuration. */
	if (SWAP->trade_fee_rate >= RATE_DENOMINATOR || SWAP->creator_fee_rate >= RATE_DENOMINATOR - SWAP->trade_fee_rate ||
	    SWAP->protocol_fee_rate > RATE_DENOMINATOR || SWAP->fund_fee_rate > RATE_DENOMINATOR)
		abort();
}

/* ---- Fees and curve: curve/fees.rs, curve/calculator.rs, curve/constant_product.rs ---- */

/* Splits what was taken from the input into the pool's part and the creator's. */
OUTLINE Status split_input_fee(u64 total_fee)
{
	Swap *swap = SWAP;
	swap->trade_fee = total_fee;
	if (!swap->is_creator_fee_on_input)
		return OK;
	u64 total_rate = swap->trade_fee_rate + swap->creator_fee_rate;
	/* The original's division by zero yields no result at all. */
	REQUIRE(total_rate != 0, ZERO_TRADING_TOKENS);
	swap->creator_fee = multiply_divide(total_fee, swap->creator_fee_rate, total_rate).low;
	swap->trade_fee = total_fee - swap->creator_fee;
	return OK;
}

INLINE u64 input_fee_rate(void)
{
	return SWAP->trade_fee_rate + (SWAP->is_creator_fee_on_input ? SWAP->creator_fee_rate : 0);
}

INLINE Status check_vault_room(u64 amount)
{
	REQUIRE(amount <= U64_MAX - token_amount(&ACCOUNTS[INPUT_VAULT]), CUSTOM(TOKEN_OVERFLOW));
	return OK;
}

OUTLINE Status calculate_base_input(u64 amount_in)
{
	Swap *swap = SWAP;
	u64 total_fee = multiply_divide_up(amount_in, input_fee_rate(), RATE_DENOMINATOR).low;
	swap->amount_in = amount_in;
	TRY(split_input_fee(total_fee));
	TRY(check_vault_room(amount_in));
	u64 amount_in_less_fees = amount_in - total_fee;
	/* The denominator fits: the input vault has room for the whole amount. */
	u64 swapped =
		multiply_divide(amount_in_less_fees, swap->reserve_out, swap->reserve_in + amount_in_less_fees).low;
	if (!swap->is_creator_fee_on_input)
		swap->creator_fee = multiply_divide_up(swapped, swap->creator_fee_rate, RATE_DENOMINATOR).low;
	swap->amount_out = swapped - (swap->is_creator_fee_on_input ? 0 : swap->creator_fee);
	return OK;
}

/* The amount of which `net` is left when `rate` has been taken off. */
INLINE u128 before_fee(u64 net, u64 rate)
{
	u128 unchanged = { 0, net };
	return rate == 0 ? unchanged : multiply_divide_up(net, RATE_DENOMINATOR, RATE_DENOMINATOR - rate);
}

OUTLINE Status calculate_base_output(u64 amount_out)
{
	Swap *swap = SWAP;
	u64 leaving = amount_out;
	if (!swap->is_creator_fee_on_input) {
		leaving = to_u64(before_fee(amount_out, swap->creator_fee_rate));
		swap->creator_fee = leaving - amount_out;
	}
	if (leaving >= swap->reserve_out)
		abort();
	u64 swapped = to_u64(multiply_divide_up(swap->reserve_in, leaving, swap->reserve_out - leaving));
	swap->amount_in = to_u64(before_fee(swapped, input_fee_rate()));
	swap->amount_out = amount_out;
	TRY(split_input_fee(swap->amount_in - swapped));
	return check_vault_room(swap->amount_in);
}

/* ---- What a swap leaves behind ---- */

INLINE void add_to_field(u8 *field, u64 amount) { write_u64(field, add_or_abort(read_u64(field), amount)); }

/* PoolState::update_fees */
OUTLINE void update_fees(u8 *pool)
{
	Swap *swap = SWAP;
	u64 input_side = swap->input_side;
	u64 creator_side = swap->is_creator_fee_on_input ? input_side : 1 - input_side;
	u64 protocol_fee = multiply_divide(swap->trade_fee, swap->protocol_fee_rate, RATE_DENOMINATOR).low;
	u64 fund_fee = multiply_divide(swap->trade_fee, swap->fund_fee_rate, RATE_DENOMINATOR).low;
	add_to_field(pool + POOL_PROTOCOL_FEES + 8 * input_side, protocol_fee);
	add_to_field(pool + POOL_FUND_FEES + 8 * input_side, fund_fee);
	add_to_field(pool + POOL_CREATOR_FEES + 8 * creator_side, swap->creator_fee);
}

OUTLINE Status move_tokens(void)
{
	Transfer transfer;
	transfer.token_program = &ACCOUNTS[INPUT_TOKEN_PROGRAM];
	transfer.from = &ACCOUNTS[INPUT_TOKEN_ACCOUNT];
	transfer.mint = &ACCOUNTS[INPUT_TOKEN_MINT];
	transfer.to = &ACCOUNTS[INPUT_VAULT];
	transfer.authority = &ACCOUNTS[PAYER];
	transfer.amount = SWAP->amount_in;
	transfer.seeds = NULL;
	transfer.seed_count = 0;
	TRY(transfer_tokens(&transfer));
	transfer.token_program = &ACCOUNTS[OUTPUT_TOKEN_PROGRAM];
	transfer.from = &ACCOUNTS[OUTPUT_VAULT];
	transfer.mint = &ACCOUNTS[OUTPUT_TOKEN_MINT];
	transfer.to = &ACCOUNTS[OUTPUT_TOKEN_ACCOUNT];
	transfer.authority = &ACCOUNTS[AUTHORITY];
	transfer.amount = SWAP->amount_out;
	transfer.seeds = SWAP->seeds;
	transfer.seed_count = 2;
	return transfer_tokens(&transfer);
}

/* Adds price * seconds to a cumulative price; the sum wraps, the product must not. */
OUTLINE Status accumulate(const u8 *from, u8 *to, const u128 *price, u64 seconds)
{
	u128 low = multiply(price->low, seconds), high = multiply(price->high, seconds);
	u64 product_high = low.high + high.low;
	REQUIRE(high.high == 0 && product_high >= low.high, MATH_OVERFLOW);
	u64 sum_low = read_u64(from) + low.low;
	u64 carry = sum_low < low.low;
	write_u64(to, sum_low);
	write_u64(to + 8, read_u64(from + 8) + product_high + carry);
	return OK;
}

INLINE u64 since(u64 now, u64 then) { return now > then ? now - then : 0; }

/* ObservationState::update; an element is a timestamp and two cumulative prices of 16 bytes. */
OUTLINE Status update_observation(u8 *observation)
{
	u64 now = (u64)SWAP->clock.unix_timestamp;
	u64 index = read_u16(observation + OBSERVATION_INDEX);
	u8 *elements = observation + OBSERVATION_ELEMENTS;
	if (index >= OBSERVATION_COUNT)
		abort();
	u8 *last = elements + index * OBSERVATION_ELEMENT_SIZE;
	if (observation[OBSERVATION_INITIALIZED] == 0) {
		observation[OBSERVATION_INITIALIZED] = 1;
		write_u64(last, now);
		for (u64 word = 8; word < OBSERVATION_ELEMENT_SIZE; word += 8)
			write_u64(last + word, 0);
		write_u64(observation + OBSERVATION_LAST_UPDATE, now);
		return OK;
	}
	if (read_u64(observation + OBSERVATION_LAST_UPDATE) == 0)
		write_u64(observation + OBSERVATION_LAST_UPDATE, read_u64(last));
	u64 since_element = since(now, read_u64(last));
	u64 since_update = since(now, read_u64(observation + OBSERVATION_LAST_UPDATE));
	if (since_element == 0 || since_update == 0)
		return OK;
	u8 *written = last;
	if (since_element >= OBSERVATION_PERIOD_SECONDS) {
		index = index == OBSERVATION_COUNT - 1 ? 0 : index + 1;
		written = elements + index * OBSERVATION_ELEMENT_SIZE;
		write_u64(written, now);
		write_u16(observation + OBSERVATION_INDEX, (u16)index);
	}
	TRY(accumulate(last + 8, written + 8, &SWAP->token_0_price_x32, since_update));
	TRY(accumulate(last + 24, written + 24, &SWAP->token_1_price_x32, since_update));
	write_u64(observation + OBSERVATION_LAST_UPDATE, now);
	return OK;
}

/* Everything behind the curve. That x * y never falls (the original's last check) follows from its rounding. */
OUTLINE Status settle(u8 *pool)
{
	update_fees(pool);
	TRY(move_tokens());
	TRY(update_observation(ACCOUNTS[OBSERVATION_STATE].data));
	write_u64(pool + POOL_RECENT_EPOCH, SWAP->clock.epoch);
	return OK;
}

/* ---- The two instructions ---- */

OUTLINE Status check_open(const u8 *pool)
{
	if (sol_get_clock_sysvar((u8 *)&SWAP->clock) != 0)
		abort();
	REQUIRE((pool[POOL_STATUS] & STATUS_SWAP_DISABLED) == 0, NOT_APPROVED);
	REQUIRE((u64)SWAP->clock.unix_timestamp >= read_u64(pool + POOL_OPEN_TIME), NOT_APPROVED);
	return OK;
}

OUTLINE Status swap_base_input(u8 *pool, u64 amount_in, u64 minimum_amount_out)
{
	TRY(check_open(pool));
	REQUIRE(amount_in > 0, ANCHOR_REQUIRE_GT);
	TRY(read_reserves(pool));
	read_rates(pool);
	TRY(calculate_base_input(amount_in));
	REQUIRE(SWAP->amount_out > 0, ANCHOR_REQUIRE_GT);
	REQUIRE(SWAP->amount_out >= minimum_amount_out, EXCEEDED_SLIPPAGE);
	return settle(pool);
}

OUTLINE Status swap_base_output(u8 *pool, u64 max_amount_in, u64 amount_out)
{
	REQUIRE(amount_out > 0, ANCHOR_REQUIRE_GT);
	TRY(check_open(pool));
	TRY(read_reserves(pool));
	read_rates(pool);
	TRY(calculate_base_output(amount_out));
	REQUIRE(max_amount_in >= SWAP->amount_in, EXCEEDED_SLIPPAGE);
	return settle(pool);
}

u64 entrypoint(u8 *input)
{
	TRY(read_input(input));
	const u8 *data = INVOCATION->data;
	REQUIRE(INVOCATION->data_length >= 8, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	u64 instruction = read_u64(data);
	bool is_base_input = instruction == INSTRUCTION_SWAP_BASE_INPUT;
	REQUIRE(is_base_input || instruction == INSTRUCTION_SWAP_BASE_OUTPUT, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	REQUIRE(INVOCATION->data_length >= INSTRUCTION_SIZE, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	TRY(check_types());
	u8 *pool = ACCOUNTS[POOL_STATE].data;
	TRY(check_constraints(pool));
	if (is_base_input)
		return swap_base_input(pool, read_u64(data + 8), read_u64(data + 16));
	return swap_base_output(pool, read_u64(data + 8), read_u64(data + 16));
}
