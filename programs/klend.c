/*
 * Kamino Lend for the local chain: flash borrow and flash repay of a reserve's liquidity, nothing else.
 *
 * Discriminators, accounts, layouts, order of checks, rounding and error numbers are those of klend (programs/klend/src:
 * handlers/handler_flash_*.rs, lending_market/flash_ixs.rs, ix_utils.rs, lending_checks.rs, lending_operations.rs,
 * state/reserve.rs). It differs in three places: a reserve's debt accrues no interest (on the local chain no debt
 * outlives a transaction), referrers are refused (nothing here creates their accounts), and mints with Token-2022
 * extensions are refused, also those that the original supports.
 */
#include "include/solana.h"
#include "include/instructions.h"

static const u8 FLASH_BORROW[8] = { 0x87, 0xe7, 0x34, 0xa7, 0x07, 0x34, 0xd4, 0xc1 };
static const u8 FLASH_REPAY[8] = { 0xb9, 0x75, 0x00, 0xcb, 0x60, 0xf5, 0xb4, 0xba };
static const u8 LENDING_MARKET[8] = { 0xf6, 0x72, 0x32, 0x62, 0x48, 0x9d, 0x1c, 0x78 };
static const u8 RESERVE[8] = { 0x2b, 0xf2, 0xcc, 0xca, 0x1a, 0xf7, 0x3b, 0x7f };
static const u8 AUTHORITY_SEED[3] = { 'l', 'm', 'a' };
static const u8 SYSTEM_PROGRAM[32] = { 0 };

/* lib.rs `LendingError`, from 6000 on */
enum lending_error {
	INVALID_ACCOUNT_INPUT = 6006,
	MATH_OVERFLOW = 6007,
	INSUFFICIENT_LIQUIDITY = 6008,
	BORROW_TOO_SMALL = 6012,
	FLASH_BORROW_CPI = 6031,
	NO_FLASH_REPAY_FOUND = 6032,
	INVALID_FLASH_REPAY = 6033,
	FLASH_REPAY_CPI = 6034,
	MULTIPLE_FLASH_BORROWS = 6035,
	FLASH_LOANS_DISABLED = 6036,
	GLOBAL_EMERGENCY_MODE = 6042,
	RESERVE_DEPRECATED = 6073,
	REFERRER_ACCOUNT_NOT_INITIALIZED = 6074,
	RESERVE_OBSOLETE = 6082,
	RESERVE_TOKEN_BALANCE_MISMATCH = 6095,
	RESERVE_VAULT_BALANCE_MISMATCH = 6096,
	UNSUPPORTED_TOKEN_EXTENSION = 6108,
};
#define CONSTRAINT_MINT_TOKEN_PROGRAM 2022
#define BORSH_IO_ERROR (15ULL << 32)

/* state/reserve.rs `Reserve`, discriminator included; u128 aligned to 8 */
enum reserve_layout {
	RESERVE_VERSION = 8,
	RESERVE_UPDATE_SLOT = 16,
	RESERVE_UPDATE_STALE = 24,
	RESERVE_PRICE_STATUS = 25,
	RESERVE_LENDING_MARKET = 32,
	RESERVE_MINT = 128,
	RESERVE_SUPPLY_VAULT = 160,
	RESERVE_FEE_VAULT = 192,
	RESERVE_AVAILABLE_AMOUNT = 224,
	RESERVE_BORROWED_SF = 232,
	RESERVE_PRICE_UPDATED_TS = 264,
	RESERVE_DEPOSIT_LIMIT_CROSSED_TS = 280,
	RESERVE_BORROW_LIMIT_CROSSED_TS = 288,
	RESERVE_PROTOCOL_FEES_SF = 344,
	RESERVE_REFERRER_FEES_SF = 360,
	RESERVE_PENDING_REFERRER_FEES_SF = 376,
	RESERVE_STATUS = 4856,
	RESERVE_RESERVED_1 = 4863,
	RESERVE_FLASH_FEE_SF = 4904,
	RESERVE_DEPOSIT_LIMIT = 5016,
	RESERVE_BORROW_LIMIT = 5024,
	RESERVE_MAX_PRICE_AGE = 5096,
	RESERVE_SIZE = 8624,
};

/* state/lending_market.rs `LendingMarket` */
enum market_layout { MARKET_BUMP_SEED = 16, MARKET_EMERGENCY_MODE = 122, MARKET_SIZE = 4664 };

enum reserve_status { STATUS_OBSOLETE = 1, STATUS_HIDDEN = 2 };

/* handler_flash_borrow_reserve_liquidity.rs and handler_flash_repay_reserve_liquidity.rs: one order for both */
enum account_index {
	USER_TRANSFER_AUTHORITY,
	LENDING_MARKET_AUTHORITY,
	MARKET,
	RESERVE_ACCOUNT,
	MINT,
	SUPPLY_VAULT,
	USER_LIQUIDITY,
	FEE_RECEIVER,
	REFERRER_TOKEN_STATE,
	REFERRER_ACCOUNT,
	SYSVAR,
	TOKEN_PROGRAM,
	ACCOUNT_COUNT,
};

typedef struct {
	u8 *reserve;
	const u8 *market;
	u64 amount;
	u8 borrow_index;
	u64 vault_before;
	u64 available_before;
	Seed seeds[3];
	u8 bump;
	u8 derived[32];
	Transfer transfer;
	Clock clock;
} Loan;

#define LOAN ((Loan *)HEAP_FREE)
#define ACCOUNT(index) (&INVOCATION->accounts[index])

/* ---- Anchor's account checks ---- */

INLINE bool is_none(const Account *account) { return same_key(account->key, INVOCATION->program_id); }

/* AccountLoader: owner, then discriminator. */
OUTLINE Status load_account(const Account *account, const u8 *discriminator, u64 size)
{
	REQUIRE(same_key(account->owner, INVOCATION->program_id), CUSTOM(ANCHOR_OWNED_BY_WRONG_PROGRAM));
	REQUIRE(account->data_length >= 8, CUSTOM(ANCHOR_DISCRIMINATOR_NOT_FOUND));
	REQUIRE(read_u64(account->data) == read_u64(discriminator), CUSTOM(ANCHOR_DISCRIMINATOR_MISMATCH));
	abort_unless(account->data_length == size);
	return OK;
}

/* InterfaceAccount: owner, then the token program's own reading. */
OUTLINE Status load_token_data(const Account *account, u64 size, u64 state_offset)
{
	REQUIRE(!(same_key(account->owner, SYSTEM_PROGRAM) && *account->lamports == 0), CUSTOM(ANCHOR_NOT_INITIALIZED));
	REQUIRE(is_token_program(account->owner), CUSTOM(ANCHOR_OWNED_BY_WRONG_PROGRAM));
	REQUIRE(account->data_length >= size, INVALID_ACCOUNT_DATA);
	REQUIRE(account->data[state_offset] != 0, UNINITIALIZED_ACCOUNT);
	REQUIRE(account->data_length == size, CUSTOM(UNSUPPORTED_TOKEN_EXTENSION));
	return OK;
}

/* The first round of Anchor's `try_accounts`: every account by its type. */
OUTLINE Status load_accounts(void)
{
	REQUIRE(INVOCATION->account_count >= ACCOUNT_COUNT, CUSTOM(ANCHOR_NOT_ENOUGH_KEYS));
	REQUIRE(ACCOUNT(USER_TRANSFER_AUTHORITY)->is_signer, CUSTOM(ANCHOR_NOT_SIGNER));
	TRY(load_account(ACCOUNT(MARKET), LENDING_MARKET, MARKET_SIZE));
	TRY(load_account(ACCOUNT(RESERVE_ACCOUNT), RESERVE, RESERVE_SIZE));
	TRY(load_token_data(ACCOUNT(MINT), MINT_SIZE, MINT_INITIALIZED));
	TRY(load_token_data(ACCOUNT(SUPPLY_VAULT), TOKEN_ACCOUNT_SIZE, TOKEN_ACCOUNT_STATE));
	TRY(load_token_data(ACCOUNT(USER_LIQUIDITY), TOKEN_ACCOUNT_SIZE, TOKEN_ACCOUNT_STATE));
	TRY(load_token_data(ACCOUNT(FEE_RECEIVER), TOKEN_ACCOUNT_SIZE, TOKEN_ACCOUNT_STATE));
	const Account *referrer = ACCOUNT(REFERRER_TOKEN_STATE);
	if (!is_none(referrer)) {
		REQUIRE(same_key(referrer->owner, INVOCATION->program_id), CUSTOM(ANCHOR_OWNED_BY_WRONG_PROGRAM));
		return CUSTOM(REFERRER_ACCOUNT_NOT_INITIALIZED);
	}
	REQUIRE(is_token_program(ACCOUNT(TOKEN_PROGRAM)->key), CUSTOM(ANCHOR_INVALID_PROGRAM_ID));
	Loan *loan = LOAN;
	loan->market = ACCOUNT(MARKET)->data;
	loan->reserve = ACCOUNT(RESERVE_ACCOUNT)->data;
	return OK;
}

/* The market's authority; a wrong seed or address fails alike. */
OUTLINE Status check_authority(void)
{
	Loan *loan = LOAN;
	loan->bump = loan->market[MARKET_BUMP_SEED];
	loan->seeds[0].bytes = AUTHORITY_SEED;
	loan->seeds[0].length = sizeof(AUTHORITY_SEED);
	loan->seeds[1].bytes = ACCOUNT(MARKET)->key;
	loan->seeds[1].length = 32;
	loan->seeds[2].bytes = &loan->bump;
	loan->seeds[2].length = 1;
	REQUIRE(sol_create_program_address(loan->seeds, 3, INVOCATION->program_id, loan->derived) == 0 &&
			same_key(ACCOUNT(LENDING_MARKET_AUTHORITY)->key, loan->derived),
		CUSTOM(ANCHOR_CONSTRAINT_SEEDS));
	return OK;
}

/* The second round: every account's constraints, in the order of the fields. */
OUTLINE Status check_constraints(void)
{
	const u8 *reserve = LOAN->reserve;
	TRY(check_authority());
	REQUIRE(ACCOUNT(RESERVE_ACCOUNT)->is_writable, CUSTOM(ANCHOR_CONSTRAINT_MUT));
	REQUIRE(same_key(reserve + RESERVE_LENDING_MARKET, ACCOUNT(MARKET)->key), CUSTOM(ANCHOR_CONSTRAINT_HAS_ONE));
	REQUIRE(same_key(reserve + RESERVE_MINT, ACCOUNT(MINT)->key), CUSTOM(ANCHOR_CONSTRAINT_ADDRESS));
	REQUIRE(same_key(ACCOUNT(MINT)->owner, ACCOUNT(TOKEN_PROGRAM)->key), CUSTOM(CONSTRAINT_MINT_TOKEN_PROGRAM));
	REQUIRE(ACCOUNT(SUPPLY_VAULT)->is_writable, CUSTOM(ANCHOR_CONSTRAINT_MUT));
	REQUIRE(same_key(reserve + RESERVE_SUPPLY_VAULT, ACCOUNT(SUPPLY_VAULT)->key), CUSTOM(ANCHOR_CONSTRAINT_ADDRESS));
	REQUIRE(ACCOUNT(USER_LIQUIDITY)->is_writable, CUSTOM(ANCHOR_CONSTRAINT_MUT));
	REQUIRE(ACCOUNT(FEE_RECEIVER)->is_writable, CUSTOM(ANCHOR_CONSTRAINT_MUT));
	REQUIRE(same_key(reserve + RESERVE_FEE_VAULT, ACCOUNT(FEE_RECEIVER)->key), CUSTOM(ANCHOR_CONSTRAINT_ADDRESS));
	const Account *referrer = ACCOUNT(REFERRER_ACCOUNT);
	REQUIRE(is_none(referrer) || referrer->is_writable, CUSTOM(ANCHOR_CONSTRAINT_MUT));
	REQUIRE(same_key(ACCOUNT(SYSVAR)->key, INSTRUCTIONS_SYSVAR), CUSTOM(ANCHOR_CONSTRAINT_ADDRESS));
	REQUIRE(LOAN->market[MARKET_EMERGENCY_MODE] == 0, CUSTOM(GLOBAL_EMERGENCY_MODE));
	return OK;
}

/* ---- What the transaction does before and after ---- */

/* The discriminator comparison slices eight bytes: shorter data is a panic. */
INLINE bool has_discriminator(const TopInstruction *instruction, const u8 *discriminator)
{
	abort_unless(instruction->data_length >= 8);
	return read_u64(instruction->data) == read_u64(discriminator);
}

/* flash_ixs.rs `flash_borrow_check_matching_repay` */
OUTLINE Status check_matching_repay(const TopInstruction *repay, u64 borrow_index)
{
	TopInstruction borrow;
	TRY(load_instruction(ACCOUNT(SYSVAR), borrow_index, &borrow));
	REQUIRE(repay->data_length == 17, BORSH_IO_ERROR);
	REQUIRE(read_u64(repay->data + 8) == LOAN->amount, CUSTOM(INVALID_FLASH_REPAY));
	REQUIRE(repay->data[16] == borrow_index, CUSTOM(INVALID_FLASH_REPAY));
	REQUIRE(repay->account_count == borrow.account_count, CUSTOM(INVALID_FLASH_REPAY));
	for (u64 index = 0; index < borrow.account_count; index++)
		REQUIRE(same_key(account_key(&borrow, index), account_key(repay, index)), CUSTOM(INVALID_FLASH_REPAY));
	return OK;
}

/* flash_ixs.rs `flash_borrow_checks` */
OUTLINE Status check_borrow_instructions(void)
{
	const Account *sysvar = ACCOUNT(SYSVAR);
	/* ix_utils.rs `is_flash_forbidden_cpi_call`, here and below */
	TRY(refuse_cpi(sysvar, CUSTOM(FLASH_BORROW_CPI)));
	u64 borrow_index = current_index(sysvar), count = instruction_count(sysvar);
	bool found = false;
	for (u64 index = borrow_index + 1; index < count; index++) {
		TopInstruction next;
		TRY(load_instruction(sysvar, index, &next));
		if (!same_key(next.program_id, INVOCATION->program_id))
			continue;
		REQUIRE(!has_discriminator(&next, FLASH_BORROW), CUSTOM(MULTIPLE_FLASH_BORROWS));
		if (has_discriminator(&next, FLASH_REPAY)) {
			REQUIRE(!found, CUSTOM(MULTIPLE_FLASH_BORROWS));
			TRY(check_matching_repay(&next, borrow_index));
			found = true;
		}
	}
	REQUIRE(found, CUSTOM(NO_FLASH_REPAY_FOUND));
	return OK;
}

/* flash_ixs.rs `flash_repay_checks` */
OUTLINE Status check_repay_instructions(void)
{
	const Loan *loan = LOAN;
	const Account *sysvar = ACCOUNT(SYSVAR);
	TopInstruction borrow;
	TRY(refuse_cpi(sysvar, CUSTOM(FLASH_REPAY_CPI)));
	REQUIRE(loan->borrow_index <= current_index(sysvar), CUSTOM(INVALID_FLASH_REPAY));
	TRY(load_instruction(sysvar, loan->borrow_index, &borrow));
	REQUIRE(same_key(borrow.program_id, INVOCATION->program_id), CUSTOM(INVALID_FLASH_REPAY));
	REQUIRE(has_discriminator(&borrow, FLASH_BORROW), CUSTOM(INVALID_FLASH_REPAY));
	abort_unless(borrow.data_length >= 16 && borrow.account_count > RESERVE_ACCOUNT);
	REQUIRE(same_key(account_key(&borrow, RESERVE_ACCOUNT), ACCOUNT(RESERVE_ACCOUNT)->key),
		CUSTOM(INVALID_FLASH_REPAY));
	REQUIRE(read_u64(borrow.data + 8) == loan->amount, CUSTOM(INVALID_FLASH_REPAY));
	return OK;
}

/* ---- Fractions: 68 bits of integer, 60 of fraction (utils/fraction.rs) ---- */

#define FRACTION_BITS 60

INLINE u128 whole(u64 amount)
{
	u128 fraction = { amount >> (64 - FRACTION_BITS), amount << FRACTION_BITS };
	return fraction;
}

/*
 * state/reserve.rs `ReserveFees::calculate_fees`, exclusive, without a referrer: the exact product, at least one unit,
 * refused from the loan on, rounded to the nearest unit with halves up.
 */
OUTLINE Status flash_fee(u64 amount, u64 fee_sf, u64 *fee)
{
	*fee = 0;
	if (amount == 0 || fee_sf == 0)
		return OK;
	u128 exact = multiply(amount, fee_sf);
	if (less_than(exact, whole(1)))
		exact = whole(1);
	REQUIRE(less_than(exact, whole(amount)), CUSTOM(BORROW_TOO_SMALL));
	u128 rounded = add_u64(exact, 1ULL << (FRACTION_BITS - 1));
	*fee = (rounded.high << (64 - FRACTION_BITS)) | (rounded.low >> FRACTION_BITS);
	return OK;
}

/* ---- Reserve accounting ---- */

/* lending_operations.rs `refresh_reserve` without a price and without interest */
OUTLINE Status refresh_reserve(void)
{
	Loan *loan = LOAN;
	u8 *reserve = loan->reserve;
	TRY(sol_get_clock_sysvar((u8 *)&loan->clock));
	u64 now = (u64)loan->clock.unix_timestamp, priced = read_u64(reserve + RESERVE_PRICE_UPDATED_TS);
	u64 age = now > priced ? now - priced : 0;
	if (age >= read_u64(reserve + RESERVE_MAX_PRICE_AGE))
		reserve[RESERVE_PRICE_STATUS] = 0;
	write_u64(reserve + RESERVE_UPDATE_SLOT, loan->clock.slot);
	for (u64 index = 0; index < 6; index++)
		reserve[RESERVE_RESERVED_1 + index] = 0;
	return OK;
}

INLINE void note_limit(u8 *timestamp, bool crossed, u64 now)
{
	if (!crossed)
		write_u64(timestamp, 0);
	else if (read_u64(timestamp) == 0)
		write_u64(timestamp, now);
}

/* lending_operations.rs `refresh_reserve_limit_timestamps` */
OUTLINE Status refresh_limit_timestamps(void)
{
	Loan *loan = LOAN;
	u8 *reserve = loan->reserve;
	TRY(sol_get_clock_sysvar((u8 *)&loan->clock));
	u64 now = (u64)loan->clock.unix_timestamp;
	u128 borrowed = read_u128(reserve + RESERVE_BORROWED_SF);
	u128 supply = add(whole(read_u64(reserve + RESERVE_AVAILABLE_AMOUNT)), borrowed);
	supply = subtract(supply, read_u128(reserve + RESERVE_PROTOCOL_FEES_SF));
	supply = subtract(supply, read_u128(reserve + RESERVE_REFERRER_FEES_SF));
	supply = subtract(supply, read_u128(reserve + RESERVE_PENDING_REFERRER_FEES_SF));
	note_limit(reserve + RESERVE_DEPOSIT_LIMIT_CROSSED_TS,
		   less_than(whole(read_u64(reserve + RESERVE_DEPOSIT_LIMIT)), supply), now);
	note_limit(reserve + RESERVE_BORROW_LIMIT_CROSSED_TS,
		   less_than(whole(read_u64(reserve + RESERVE_BORROW_LIMIT)), borrowed), now);
	return OK;
}

INLINE void note_balances(void)
{
	LOAN->vault_before = token_amount(ACCOUNT(SUPPLY_VAULT));
	LOAN->available_before = read_u64(LOAN->reserve + RESERVE_AVAILABLE_AMOUNT);
	abort_unless(LOAN->vault_before >= LOAN->available_before);
}

/*
 * lending_checks.rs `post_transfer_vault_balance_liquidity_reserve_checks`. Its third comparison follows from these
 * two: with equal differences and an exact vault the reserve's amount is exact.
 */
OUTLINE Status check_balances(u64 expected_vault)
{
	const Loan *loan = LOAN;
	u64 vault = token_amount(ACCOUNT(SUPPLY_VAULT)), available = read_u64(loan->reserve + RESERVE_AVAILABLE_AMOUNT);
	REQUIRE(loan->vault_before - loan->available_before == vault - available, CUSTOM(RESERVE_TOKEN_BALANCE_MISMATCH));
	REQUIRE(vault == expected_vault, CUSTOM(RESERVE_VAULT_BALANCE_MISMATCH));
	return OK;
}

/* token_transfer.rs: TransferChecked in all three cases. */
OUTLINE Status transfer(u64 from, u64 to, u64 amount)
{
	Loan *loan = LOAN;
	Transfer *transfer = &loan->transfer;
	bool lends = from == SUPPLY_VAULT;
	transfer->token_program = ACCOUNT(TOKEN_PROGRAM);
	transfer->from = ACCOUNT(from);
	transfer->mint = ACCOUNT(MINT);
	transfer->to = ACCOUNT(to);
	transfer->authority = ACCOUNT(lends ? LENDING_MARKET_AUTHORITY : USER_TRANSFER_AUTHORITY);
	transfer->amount = amount;
	transfer->seeds = lends ? loan->seeds : NULL;
	transfer->seed_count = lends ? 3 : 0;
	return transfer_tokens(transfer);
}

/* ---- The two instructions ---- */

/* lending_checks.rs `flash_borrow_reserve_liquidity_checks` */
OUTLINE Status check_reserve_lends(void)
{
	const u8 *reserve = LOAN->reserve;
	REQUIRE(!same_key(reserve + RESERVE_SUPPLY_VAULT, ACCOUNT(USER_LIQUIDITY)->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	REQUIRE(read_u64(reserve + RESERVE_VERSION) == 1, CUSTOM(RESERVE_DEPRECATED));
	abort_unless(reserve[RESERVE_STATUS] <= STATUS_HIDDEN);
	REQUIRE(reserve[RESERVE_STATUS] != STATUS_OBSOLETE, CUSTOM(RESERVE_OBSOLETE));
	REQUIRE(read_u64(reserve + RESERVE_FLASH_FEE_SF) != U64_MAX, CUSTOM(FLASH_LOANS_DISABLED));
	return OK;
}

OUTLINE Status flash_borrow(void)
{
	Loan *loan = LOAN;
	u8 *reserve = loan->reserve;
	u64 amount = loan->amount;
	TRY(check_reserve_lends());
	note_balances();
	TRY(check_borrow_instructions());
	TRY(refresh_reserve());
	REQUIRE(amount <= loan->available_before, CUSTOM(INSUFFICIENT_LIQUIDITY));
	write_u64(reserve + RESERVE_AVAILABLE_AMOUNT, loan->available_before - amount);
	write_u128(reserve + RESERVE_BORROWED_SF, add(read_u128(reserve + RESERVE_BORROWED_SF), whole(amount)));
	reserve[RESERVE_UPDATE_STALE] = 1;
	TRY(transfer(SUPPLY_VAULT, USER_LIQUIDITY, amount));
	return check_balances(loan->vault_before - amount);
}

OUTLINE Status flash_repay(void)
{
	Loan *loan = LOAN;
	u8 *reserve = loan->reserve;
	u64 amount = loan->amount, fee;
	REQUIRE(!same_key(reserve + RESERVE_SUPPLY_VAULT, ACCOUNT(USER_LIQUIDITY)->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	note_balances();
	TRY(check_repay_instructions());
	TRY(flash_fee(amount, read_u64(reserve + RESERVE_FLASH_FEE_SF), &fee));
	REQUIRE(loan->available_before + amount >= amount, CUSTOM(MATH_OVERFLOW));
	write_u64(reserve + RESERVE_AVAILABLE_AMOUNT, loan->available_before + amount);
	u128 borrowed = read_u128(reserve + RESERVE_BORROWED_SF), settled = whole(amount);
	write_u128(reserve + RESERVE_BORROWED_SF, subtract(borrowed, less_than(borrowed, settled) ? borrowed : settled));
	TRY(refresh_limit_timestamps());
	reserve[RESERVE_UPDATE_STALE] = 1;
	TRY(transfer(USER_LIQUIDITY, SUPPLY_VAULT, amount));
	if (fee > 0)
		TRY(transfer(USER_LIQUIDITY, FEE_RECEIVER, fee));
	return check_balances(add_or_abort(loan->vault_before, amount));
}

u64 entrypoint(u8 *input)
{
	TRY(read_input(input));
	const Invocation *run = INVOCATION;
	REQUIRE(run->data_length >= 8, CUSTOM(ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND));
	bool borrows = read_u64(run->data) == read_u64(FLASH_BORROW);
	REQUIRE(borrows || read_u64(run->data) == read_u64(FLASH_REPAY), CUSTOM(ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND));
	REQUIRE(run->data_length >= (borrows ? 16 : 17), CUSTOM(ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE));
	LOAN->amount = read_u64(run->data + 8);
	LOAN->borrow_index = borrows ? 0 : run->data[16];
	TRY(load_accounts());
	TRY(check_constraints());
	return borrows ? flash_borrow() : flash_repay();
}
