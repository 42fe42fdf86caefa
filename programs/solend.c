/*
 * Save (formerly Solend) for the local chain: flash borrow and flash repay of a reserve's liquidity, nothing else.
 *
 * Tags, accounts, layouts, order of checks, rounding and error numbers are those of its token-lending program
 * (solendprotocol/solana-program-library, branch mainnet, token-lending: program/src/processor.rs,
 * sdk/src/{instruction,error}.rs, sdk/src/math, sdk/src/state/{reserve,lending_market,last_update}.rs). It differs in
 * three places: a reserve's debt accrues no interest (on the local chain no debt outlives a transaction), fields that
 * the original fills in when it writes back a reserve of an earlier version stay as they are, and its other
 * instructions are refused; those of the same transaction count for nothing here, whatever is in them.
 */
#include "include/solana.h"
#include "include/instructions.h"

/* sdk/src/instruction.rs `LendingInstruction` */
enum lending_instruction { FLASH_BORROW = 19, FLASH_REPAY = 20, LAST_INSTRUCTION = 24 };

/* sdk/src/error.rs `LendingError` */
enum lending_error {
	INSTRUCTION_UNPACK_ERROR = 0,
	INVALID_MARKET_AUTHORITY = 3,
	INVALID_ACCOUNT_OWNER = 5,
	INVALID_TOKEN_PROGRAM = 9,
	INVALID_ACCOUNT_INPUT = 13,
	MATH_OVERFLOW = 14,
	INSUFFICIENT_LIQUIDITY = 20,
	BORROW_TOO_SMALL = 25,
	FLASH_BORROW_CPI = 47,
	NO_FLASH_REPAY_FOUND = 48,
	INVALID_FLASH_REPAY = 49,
	FLASH_REPAY_CPI = 50,
	MULTIPLE_FLASH_BORROWS = 51,
	FLASH_LOANS_DISABLED = 52,
};

/* sdk/src/state/reserve.rs, `Pack for Reserve` */
enum reserve_layout {
	RESERVE_VERSION = 0,
	RESERVE_UPDATE_SLOT = 1,
	RESERVE_UPDATE_STALE = 9,
	RESERVE_LENDING_MARKET = 10,
	RESERVE_SUPPLY_VAULT = 75,
	RESERVE_AVAILABLE_AMOUNT = 171,
	RESERVE_BORROWED_WADS = 179,
	RESERVE_FLASH_FEE_WAD = 314,
	RESERVE_HOST_FEE_PERCENTAGE = 322,
	RESERVE_FEE_RECEIVER = 339,
	RESERVE_TYPE = 469,
	RESERVE_EXTRA_PRICE_FLAG = 521,
	RESERVE_SIZE = 619,
};

/* sdk/src/state/lending_market.rs, `Pack for LendingMarket` */
enum market_layout { MARKET_VERSION = 0, MARKET_BUMP_SEED = 1, MARKET_TOKEN_PROGRAM = 66, MARKET_SIZE = 290 };

/* sdk/src/state/mod.rs `PROGRAM_VERSION` */
#define LAST_VERSION 1
/* sdk/src/state/reserve.rs `ReserveType`: regular or isolated */
#define LAST_RESERVE_TYPE 1

enum borrow_account {
	BORROW_SOURCE,
	BORROW_DESTINATION,
	BORROW_RESERVE,
	BORROW_MARKET,
	BORROW_MARKET_AUTHORITY,
	BORROW_SYSVAR,
	BORROW_TOKEN_PROGRAM,
	BORROW_ACCOUNT_COUNT,
};

enum repay_account {
	REPAY_SOURCE,
	REPAY_DESTINATION,
	REPAY_FEE_RECEIVER,
	REPAY_HOST_FEE_RECEIVER,
	REPAY_RESERVE,
	REPAY_MARKET,
	REPAY_USER_AUTHORITY,
	REPAY_SYSVAR,
	REPAY_TOKEN_PROGRAM,
	REPAY_ACCOUNT_COUNT,
};

/* What either half names, by the part it plays. */
typedef struct {
	const Account *reserve_account;
	const Account *market_account;
	/* The reserve's own token account, and the borrower's. */
	const Account *supply;
	const Account *user;
	const Account *sysvar;
	const Account *token_program;
	u8 *reserve;
	const u8 *market;
	u64 amount;
	u8 borrow_index;
	u64 origination_fee;
	u64 host_fee;
	Seed seeds[2];
	u8 bump;
	u8 derived[32];
	Transfer transfer;
	Clock clock;
} Loan;

#define LOAN ((Loan *)HEAP_FREE)
#define ACCOUNT(index) (&INVOCATION->accounts[index])

/* ---- Instructions ---- */

/* `LendingInstruction::unpack`: the tag and its operands, more data is allowed. */
OUTLINE Status unpack_instruction(const u8 *data, u64 length)
{
	REQUIRE(length >= 1, CUSTOM(INSTRUCTION_UNPACK_ERROR));
	REQUIRE(data[0] <= LAST_INSTRUCTION, CUSTOM(INSTRUCTION_UNPACK_ERROR));
	if (data[0] == FLASH_BORROW)
		REQUIRE(length >= 9, CUSTOM(INSTRUCTION_UNPACK_ERROR));
	if (data[0] == FLASH_REPAY)
		REQUIRE(length >= 10, CUSTOM(INSTRUCTION_UNPACK_ERROR));
	return OK;
}

/* processor.rs `_flash_borrow_reserve_liquidity`: exactly one repay follows, of this loan, and no further borrow. */
OUTLINE Status check_borrow_instructions(void)
{
	const Loan *loan = LOAN;
	TRY(refuse_cpi(loan->sysvar, CUSTOM(FLASH_BORROW_CPI)));
	u64 borrow_index = current_index(loan->sysvar), count = instruction_count(loan->sysvar);
	bool found = false;
	for (u64 index = borrow_index + 1; index < count; index++) {
		TopInstruction next;
		TRY(load_instruction(loan->sysvar, index, &next));
		if (!same_key(next.program_id, INVOCATION->program_id))
			continue;
		TRY(unpack_instruction(next.data, next.data_length));
		REQUIRE(next.data[0] != FLASH_BORROW, CUSTOM(MULTIPLE_FLASH_BORROWS));
		if (next.data[0] != FLASH_REPAY)
			continue;
		REQUIRE(!found, CUSTOM(MULTIPLE_FLASH_BORROWS));
		abort_unless(next.account_count > REPAY_RESERVE);
		REQUIRE(same_key(account_key(&next, REPAY_RESERVE), loan->reserve_account->key), CUSTOM(INVALID_FLASH_REPAY));
		REQUIRE(read_u64(next.data + 1) == loan->amount, CUSTOM(INVALID_FLASH_REPAY));
		REQUIRE(next.data[9] == borrow_index, CUSTOM(INVALID_FLASH_REPAY));
		found = true;
	}
	REQUIRE(found, CUSTOM(NO_FLASH_REPAY_FOUND));
	return OK;
}

/* processor.rs `_flash_repay_reserve_liquidity`: the borrow that it names is one, and of this loan. */
OUTLINE Status check_repay_instructions(void)
{
	const Loan *loan = LOAN;
	TopInstruction borrow;
	TRY(refuse_cpi(loan->sysvar, CUSTOM(FLASH_REPAY_CPI)));
	REQUIRE(loan->borrow_index <= current_index(loan->sysvar), CUSTOM(INVALID_FLASH_REPAY));
	TRY(load_instruction(loan->sysvar, loan->borrow_index, &borrow));
	REQUIRE(same_key(borrow.program_id, INVOCATION->program_id), CUSTOM(INVALID_FLASH_REPAY));
	TRY(unpack_instruction(borrow.data, borrow.data_length));
	REQUIRE(borrow.data[0] == FLASH_BORROW, CUSTOM(INVALID_FLASH_REPAY));
	abort_unless(borrow.account_count > BORROW_RESERVE);
	REQUIRE(same_key(account_key(&borrow, BORROW_RESERVE), loan->reserve_account->key), CUSTOM(INVALID_FLASH_REPAY));
	REQUIRE(read_u64(borrow.data + 1) == loan->amount, CUSTOM(INVALID_FLASH_REPAY));
	return OK;
}

/* ---- Accounts ---- */

OUTLINE Status unpack_market(void)
{
	const Account *account = LOAN->market_account;
	REQUIRE(account->data_length == MARKET_SIZE, INVALID_ACCOUNT_DATA);
	REQUIRE(account->data[MARKET_VERSION] <= LAST_VERSION, INVALID_ACCOUNT_DATA);
	REQUIRE(account->data[MARKET_VERSION] != 0, UNINITIALIZED_ACCOUNT);
	REQUIRE(same_key(account->owner, INVOCATION->program_id), CUSTOM(INVALID_ACCOUNT_OWNER));
	LOAN->market = account->data;
	return OK;
}

OUTLINE Status unpack_reserve(void)
{
	const Account *account = LOAN->reserve_account;
	u8 *data = account->data;
	REQUIRE(account->data_length == RESERVE_SIZE, INVALID_ACCOUNT_DATA);
	REQUIRE(data[RESERVE_VERSION] <= LAST_VERSION, INVALID_ACCOUNT_DATA);
	REQUIRE(data[RESERVE_UPDATE_STALE] <= 1, INVALID_ACCOUNT_DATA);
	REQUIRE(data[RESERVE_EXTRA_PRICE_FLAG] <= 1, INVALID_ACCOUNT_DATA);
	abort_unless(data[RESERVE_TYPE] <= LAST_RESERVE_TYPE);
	REQUIRE(data[RESERVE_VERSION] != 0, UNINITIALIZED_ACCOUNT);
	REQUIRE(same_key(account->owner, INVOCATION->program_id), CUSTOM(INVALID_ACCOUNT_OWNER));
	LOAN->reserve = data;
	return OK;
}

/* The checks that both halves begin with. */
OUTLINE Status check_accounts(void)
{
	const Loan *loan = LOAN;
	TRY(unpack_market());
	REQUIRE(same_key(loan->market + MARKET_TOKEN_PROGRAM, loan->token_program->key), CUSTOM(INVALID_TOKEN_PROGRAM));
	TRY(unpack_reserve());
	const u8 *reserve = loan->reserve;
	REQUIRE(same_key(reserve + RESERVE_LENDING_MARKET, loan->market_account->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	REQUIRE(same_key(reserve + RESERVE_SUPPLY_VAULT, loan->supply->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	REQUIRE(!same_key(reserve + RESERVE_SUPPLY_VAULT, loan->user->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	return OK;
}

/* The market's authority: the market's address and its bump are the seeds. */
OUTLINE Status check_authority(void)
{
	Loan *loan = LOAN;
	loan->bump = loan->market[MARKET_BUMP_SEED];
	loan->seeds[0].bytes = loan->market_account->key;
	loan->seeds[0].length = 32;
	loan->seeds[1].bytes = &loan->bump;
	loan->seeds[1].length = 1;
	REQUIRE(sol_create_program_address(loan->seeds, 2, INVOCATION->program_id, loan->derived) == 0, INVALID_SEEDS);
	REQUIRE(same_key(ACCOUNT(BORROW_MARKET_AUTHORITY)->key, loan->derived), CUSTOM(INVALID_MARKET_AUTHORITY));
	return OK;
}

INLINE Status check_sysvar(void)
{
	return same_key(LOAN->sysvar->key, INSTRUCTIONS_SYSVAR) ? OK : UNSUPPORTED_SYSVAR;
}

/* ---- Amounts: u128 scaled by 10^18 (sdk/src/math) ---- */

#define WAD 1000000000000000000ULL

INLINE u128 whole(u64 amount) { return multiply(amount, WAD); }

/* To the nearest unit, halves up; refused where that needs more than 64 bits. */
INLINE Status round_wads(u128 wads, u64 *into)
{
	u64 remainder;
	u128 rounded = divide(add_u64(wads, WAD / 2), WAD, &remainder);
	REQUIRE(rounded.high == 0, CUSTOM(MATH_OVERFLOW));
	*into = rounded.low;
	return OK;
}

/* wads * percentage / 100 rounded down, below 2^128 for all that a fee can be. */
INLINE u128 share_of(u128 wads, u64 percentage)
{
	u64 remainder;
	u128 hundredth = divide(wads, 100, &remainder);
	u128 share = multiply(hundredth.low, percentage);
	share.high += hundredth.high * percentage;
	return add_u64(share, remainder * percentage / 100);
}

/*
 * sdk/src/state/reserve.rs `ReserveFees::calculate_flash_loan_fees`: the exact product, at least a unit for the owner
 * and one for a host who has a share, refused from the loan on; both the whole and the host's part are rounded.
 */
OUTLINE Status flash_fees(void)
{
	Loan *loan = LOAN;
	u64 fee_wad = read_u64(loan->reserve + RESERVE_FLASH_FEE_WAD), total, host = 0;
	u64 percentage = loan->reserve[RESERVE_HOST_FEE_PERCENTAGE];
	loan->origination_fee = 0;
	loan->host_fee = 0;
	if (fee_wad == 0 || loan->amount == 0)
		return OK;
	u128 exact = multiply(loan->amount, fee_wad), least = whole(percentage > 0 ? 2 : 1);
	if (less_than(exact, least))
		exact = least;
	REQUIRE(less_than(exact, whole(loan->amount)), CUSTOM(BORROW_TOO_SMALL));
	TRY(round_wads(exact, &total));
	if (percentage > 0) {
		TRY(round_wads(share_of(exact, percentage), &host));
		if (host == 0)
			host = 1;
	}
	REQUIRE(host <= total, CUSTOM(MATH_OVERFLOW));
	loan->origination_fee = total - host;
	loan->host_fee = host;
	return OK;
}

/* ---- The two instructions ---- */

/* processor.rs `_refresh_reserve_interest` without interest */
OUTLINE Status refresh_reserve(void)
{
	Loan *loan = LOAN;
	TRY(sol_get_clock_sysvar((u8 *)&loan->clock));
	TRY(unpack_reserve());
	REQUIRE(loan->clock.slot >= read_u64(loan->reserve + RESERVE_UPDATE_SLOT), CUSTOM(MATH_OVERFLOW));
	write_u64(loan->reserve + RESERVE_UPDATE_SLOT, loan->clock.slot);
	loan->reserve[RESERVE_UPDATE_STALE] = 0;
	return OK;
}

/* processor.rs `spl_token_transfer`; its instruction is made for no other token program. */
OUTLINE Status transfer(const Account *from, const Account *to, const Account *authority, u64 amount)
{
	Loan *loan = LOAN;
	Transfer *transfer = &loan->transfer;
	bool lends = from == loan->supply;
	REQUIRE(same_key(loan->token_program->key, TOKEN_PROGRAM_ID), INCORRECT_PROGRAM_ID);
	transfer->token_program = loan->token_program;
	transfer->from = from;
	transfer->mint = NULL;
	transfer->to = to;
	transfer->authority = authority;
	transfer->amount = amount;
	transfer->seeds = lends ? loan->seeds : NULL;
	transfer->seed_count = lends ? 2 : 0;
	return transfer_tokens(transfer);
}

OUTLINE Status flash_borrow(void)
{
	Loan *loan = LOAN;
	REQUIRE(INVOCATION->account_count >= BORROW_ACCOUNT_COUNT, NOT_ENOUGH_ACCOUNT_KEYS);
	loan->reserve_account = ACCOUNT(BORROW_RESERVE);
	loan->market_account = ACCOUNT(BORROW_MARKET);
	loan->supply = ACCOUNT(BORROW_SOURCE);
	loan->user = ACCOUNT(BORROW_DESTINATION);
	loan->sysvar = ACCOUNT(BORROW_SYSVAR);
	loan->token_program = ACCOUNT(BORROW_TOKEN_PROGRAM);
	TRY(refresh_reserve());
	TRY(check_accounts());
	TRY(check_authority());
	u8 *reserve = loan->reserve;
	u64 available = read_u64(reserve + RESERVE_AVAILABLE_AMOUNT);
	REQUIRE(read_u64(reserve + RESERVE_FLASH_FEE_WAD) != U64_MAX, CUSTOM(FLASH_LOANS_DISABLED));
	TRY(check_sysvar());
	TRY(check_borrow_instructions());
	REQUIRE(loan->amount <= available, CUSTOM(INSUFFICIENT_LIQUIDITY));
	write_u64(reserve + RESERVE_AVAILABLE_AMOUNT, available - loan->amount);
	write_u128(reserve + RESERVE_BORROWED_WADS, add(read_u128(reserve + RESERVE_BORROWED_WADS), whole(loan->amount)));
	reserve[RESERVE_UPDATE_STALE] = 1;
	return transfer(loan->supply, loan->user, ACCOUNT(BORROW_MARKET_AUTHORITY), loan->amount);
}

OUTLINE Status flash_repay(void)
{
	Loan *loan = LOAN;
	REQUIRE(INVOCATION->account_count >= REPAY_ACCOUNT_COUNT, NOT_ENOUGH_ACCOUNT_KEYS);
	loan->reserve_account = ACCOUNT(REPAY_RESERVE);
	loan->market_account = ACCOUNT(REPAY_MARKET);
	loan->supply = ACCOUNT(REPAY_DESTINATION);
	loan->user = ACCOUNT(REPAY_SOURCE);
	loan->sysvar = ACCOUNT(REPAY_SYSVAR);
	loan->token_program = ACCOUNT(REPAY_TOKEN_PROGRAM);
	TRY(check_accounts());
	u8 *reserve = loan->reserve;
	REQUIRE(same_key(reserve + RESERVE_FEE_RECEIVER, ACCOUNT(REPAY_FEE_RECEIVER)->key), CUSTOM(INVALID_ACCOUNT_INPUT));
	TRY(flash_fees());
	TRY(check_sysvar());
	TRY(check_repay_instructions());
	u64 available = read_u64(reserve + RESERVE_AVAILABLE_AMOUNT);
	REQUIRE(available + loan->amount >= available, CUSTOM(MATH_OVERFLOW));
	write_u64(reserve + RESERVE_AVAILABLE_AMOUNT, available + loan->amount);
	u128 borrowed = read_u128(reserve + RESERVE_BORROWED_WADS), settled = whole(loan->amount);
	write_u128(reserve + RESERVE_BORROWED_WADS, subtract(borrowed, less_than(borrowed, settled) ? borrowed : settled));
	reserve[RESERVE_UPDATE_STALE] = 1;
	const Account *authority = ACCOUNT(REPAY_USER_AUTHORITY);
	TRY(transfer(loan->user, loan->supply, authority, loan->amount));
	if (loan->host_fee > 0)
		TRY(transfer(loan->user, ACCOUNT(REPAY_HOST_FEE_RECEIVER), authority, loan->host_fee));
	if (loan->origination_fee > 0)
		TRY(transfer(loan->user, ACCOUNT(REPAY_FEE_RECEIVER), authority, loan->origination_fee));
	return OK;
}

u64 entrypoint(u8 *input)
{
	TRY(read_input(input));
	const Invocation *run = INVOCATION;
	TRY(unpack_instruction(run->data, run->data_length));
	bool borrows = run->data[0] == FLASH_BORROW;
	REQUIRE(borrows || run->data[0] == FLASH_REPAY, CUSTOM(INSTRUCTION_UNPACK_ERROR));
	LOAN->amount = read_u64(run->data + 1);
	LOAN->borrow_index = borrows ? 0 : run->data[9];
	return borrows ? flash_borrow() : flash_repay();
}
