/*
 * Meteora's DAMM v2 for the local chain: the swap of an exact input, to the unit, on its own pool account
 * (MeteoraAg/damm-v2, programs/cp-amm/src: instructions/swap/, state/pool.rs, state/fee.rs, liquidity_handler/). Error
 * numbers are those of the original, Anchor's included; where the original panics, this program aborts.
 *
 * Left out, and refused with InvalidInput: pools whose fees compound, whose base fee is not fixed or follows volatility,
 * or whose account has the old layout; referrers; and mints with Token-2022 extensions. There is no event in the log.
 */
#include "solana.h"
#include "wide.h"

enum error {
	MATH_OVERFLOW = 6000,
	EXCEEDED_SLIPPAGE = 6002,
	POOL_DISABLED = 6003,
	AMOUNT_IS_ZERO = 6006,
	TYPE_CAST_FAILED = 6007,
	PRICE_RANGE_VIOLATION = 6015,
	INVALID_INPUT = 6017,
};

/* The accounts of swap, in order (instructions/swap/ix_swap.rs, SwapCtx). */
enum account_index {
	POOL_AUTHORITY,
	POOL,
	INPUT_TOKEN_ACCOUNT,
	OUTPUT_TOKEN_ACCOUNT,
	TOKEN_A_VAULT,
	TOKEN_B_VAULT,
	TOKEN_A_MINT,
	TOKEN_B_MINT,
	PAYER,
	TOKEN_A_PROGRAM,
	TOKEN_B_PROGRAM,
	REFERRAL,
	EVENT_AUTHORITY,
	PROGRAM,
	ACCOUNT_COUNT,
};

/* state/pool.rs, Pool; offsets with the discriminator. */
#define POOL_SIZE 1112
#define POOL_CLIFF_FEE_NUMERATOR 8
#define POOL_BASE_FEE_MODE 16
#define POOL_BASE_FEE_SECOND 24
#define POOL_PROTOCOL_FEE_PERCENT 48
#define POOL_DYNAMIC_INITIALIZED 56
#define POOL_TOKEN_A_MINT 168
#define POOL_TOKEN_B_MINT 200
#define POOL_TOKEN_A_VAULT 232
#define POOL_TOKEN_B_VAULT 264
#define POOL_LIQUIDITY 360
#define POOL_PROTOCOL_FEES 392 /* token A, token B */
#define POOL_SQRT_MIN_PRICE 424
#define POOL_SQRT_MAX_PRICE 440
#define POOL_SQRT_PRICE 456
#define POOL_ACTIVATION_POINT 472
#define POOL_ACTIVATION_TYPE 480
#define POOL_STATUS 481
#define POOL_COLLECT_FEE_MODE 484
#define POOL_FEE_VERSION 486
#define POOL_FEES_PER_LIQUIDITY 488 /* 256 bits each: token A, token B */
#define POOL_TOTAL_LP_FEES 568      /* 128 bits each */
#define POOL_TOTAL_PROTOCOL_FEES 600
#define POOL_TOKEN_AMOUNTS 680
#define POOL_LAYOUT_VERSION 696

#define COLLECT_ONLY_B 1
#define LAST_TIMED_FEE_MODE 1
#define FEE_DENOMINATOR 1000000000ULL
#define HIGHEST_FEE_OF_VERSION_0 500000000ULL
#define HIGHEST_FEE_OF_VERSION_1 990000000ULL

/* sha256("account:Pool") and sha256("global:swap"), first 8 bytes, little-endian. */
#define DISCRIMINATOR_POOL 0xbc6db111046d9af1ULL
#define INSTRUCTION_SWAP 0xc88775e1919ec6f8ULL
#define INSTRUCTION_SIZE 24

static const u8 AUTHORITY_SEED[] = "pool_authority";
/* Of the authority under the id that the original runs at (const_pda.rs). */
#define AUTHORITY_BUMP 254

/* One swap in the making; lives in the heap behind the invocation. */
typedef struct {
	Clock clock;
	Seed seeds[2];
	u8 bump;
	bool is_a_to_b;
	bool is_fee_on_input;
	u128 liquidity, sqrt_price, next_sqrt_price;
	/* Of what it is taken from, what the fee leaves, in parts of FEE_DENOMINATOR. */
	u64 kept;
	/* What passes the curve, what leaves the pool, and the fee. */
	u64 curve_in, curve_out, amount_in, amount_out, fee;
} Swap;

#define SWAP ((Swap *)HEAP_FREE)
#define ACCOUNTS (INVOCATION->accounts)

/* ---- Accounts, as Anchor checks them ---- */

OUTLINE Status check_types(void)
{
	REQUIRE(INVOCATION->account_count >= ACCOUNT_COUNT, ANCHOR_NOT_ENOUGH_KEYS);
	const Account *pool = &ACCOUNTS[POOL];
	REQUIRE(same_key(pool->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(pool->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(pool->data) == DISCRIMINATOR_POOL, ANCHOR_DISCRIMINATOR_MISMATCH);
	abort_unless(pool->data_length == POOL_SIZE);
	for (u64 index = INPUT_TOKEN_ACCOUNT; index <= TOKEN_B_VAULT; index++) {
		REQUIRE(is_token_program(ACCOUNTS[index].owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_token_account(&ACCOUNTS[index]), INVALID_ACCOUNT_DATA);
		REQUIRE(ACCOUNTS[index].is_writable, ANCHOR_CONSTRAINT_MUT);
	}
	for (u64 index = TOKEN_A_MINT; index <= TOKEN_B_MINT; index++) {
		REQUIRE(is_token_program(ACCOUNTS[index].owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_mint(&ACCOUNTS[index]), INVALID_ACCOUNT_DATA);
		REQUIRE(ACCOUNTS[index].data_length == MINT_SIZE, INVALID_INPUT);
	}
	REQUIRE(ACCOUNTS[PAYER].is_signer, ANCHOR_NOT_SIGNER);
	REQUIRE(is_token_program(ACCOUNTS[TOKEN_A_PROGRAM].key), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(is_token_program(ACCOUNTS[TOKEN_B_PROGRAM].key), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(same_key(ACCOUNTS[REFERRAL].key, INVOCATION->program_id), INVALID_INPUT);
	REQUIRE(same_key(ACCOUNTS[PROGRAM].key, INVOCATION->program_id), ANCHOR_INVALID_PROGRAM_ID);
	return OK;
}

OUTLINE Status check_constraints(const u8 *pool)
{
	u8 derived[32];
	SWAP->bump = AUTHORITY_BUMP;
	SWAP->seeds[0].bytes = AUTHORITY_SEED;
	SWAP->seeds[0].length = sizeof(AUTHORITY_SEED) - 1;
	SWAP->seeds[1].bytes = &SWAP->bump;
	SWAP->seeds[1].length = 1;
	u64 failed = sol_create_program_address(SWAP->seeds, 2, INVOCATION->program_id, derived);
	REQUIRE(failed == 0 && same_key(derived, ACCOUNTS[POOL_AUTHORITY].key), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(ACCOUNTS[POOL].is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(ACCOUNTS[TOKEN_A_VAULT].key, pool + POOL_TOKEN_A_VAULT), ANCHOR_CONSTRAINT_HAS_ONE);
	REQUIRE(same_key(ACCOUNTS[TOKEN_B_VAULT].key, pool + POOL_TOKEN_B_VAULT), ANCHOR_CONSTRAINT_HAS_ONE);
	REQUIRE(same_key(ACCOUNTS[TOKEN_A_MINT].key, pool + POOL_TOKEN_A_MINT), ANCHOR_CONSTRAINT_HAS_ONE);
	REQUIRE(same_key(ACCOUNTS[TOKEN_B_MINT].key, pool + POOL_TOKEN_B_MINT), ANCHOR_CONSTRAINT_HAS_ONE);
	return OK;
}

/* ---- What the pool allows and asks ---- */

/* pool_action_access/permissionless.rs, can_swap. */
OUTLINE Status check_open(const u8 *pool)
{
	if (sol_get_clock_sysvar((u8 *)&SWAP->clock) != 0)
		abort();
	u64 now = pool[POOL_ACTIVATION_TYPE] == 0 ? SWAP->clock.slot : (u64)SWAP->clock.unix_timestamp;
	REQUIRE(pool[POOL_STATUS] == 0 && now >= read_u64(pool + POOL_ACTIVATION_POINT), POOL_DISABLED);
	return OK;
}

OUTLINE Status check_supported(const u8 *pool)
{
	REQUIRE(pool[POOL_COLLECT_FEE_MODE] <= COLLECT_ONLY_B, INVALID_INPUT);
	REQUIRE(pool[POOL_BASE_FEE_MODE] <= LAST_TIMED_FEE_MODE, INVALID_INPUT);
	REQUIRE(read_u64(pool + POOL_BASE_FEE_SECOND) == 0, INVALID_INPUT);
	REQUIRE(pool[POOL_DYNAMIC_INITIALIZED] == 0, INVALID_INPUT);
	REQUIRE(pool[POOL_LAYOUT_VERSION] == 1, INVALID_INPUT);
	return OK;
}

INLINE void read_fee(const u8 *pool)
{
	u64 fee = read_u64(pool + POOL_CLIFF_FEE_NUMERATOR);
	u64 highest = pool[POOL_FEE_VERSION] == 0 ? HIGHEST_FEE_OF_VERSION_0 : HIGHEST_FEE_OF_VERSION_1;
	SWAP->kept = FEE_DENOMINATOR - (fee < highest ? fee : highest);
	SWAP->is_fee_on_input = !SWAP->is_a_to_b && pool[POOL_COLLECT_FEE_MODE] == COLLECT_ONLY_B;
}

/* ---- The curve: liquidity_handler/concentrated_liquidity.rs ---- */

INLINE void wide_of(u128 number, u64 *words)
{
	words[0] = number.low;
	words[1] = number.high;
	words[2] = 0;
	words[3] = 0;
}

/* number * factor, whose product must fit in 256 bits; number of at most three words. */
OUTLINE void multiply_words(const u64 *number, const u128 *factor, u64 *product)
{
	u128 lower = { number[1], number[0] }, upper = { number[3], number[2] };
	u64 low[WIDE_WORDS], high[WIDE_WORDS];
	multiply_wide(&lower, factor, low);
	multiply_wide(&upper, factor, high);
	u64 sum = low[2] + high[0];
	product[0] = low[0];
	product[1] = low[1];
	product[2] = sum;
	product[3] = low[3] + high[1] + (sum < low[2]);
}

INLINE void add_words(u64 *to, const u64 *more)
{
	u64 carry = 0;
	for (u64 index = 0; index < WIDE_WORDS; index++) {
		u64 between = to[index] + more[index], sum = between + carry;
		carry = (between < more[index]) | (sum < carry);
		to[index] = sum;
	}
}

/* The price falls by in * p * p / (L + in * p), rounded down, and L times that leaves. */
OUTLINE Status sell_a(const u8 *pool, u64 amount)
{
	u64 moved[WIDE_WORDS], dividend[WIDE_WORDS], divisor[WIDE_WORDS], fallen_words[WIDE_WORDS];
	u128 input = { 0, amount };
	multiply_wide(&SWAP->sqrt_price, &input, moved);
	multiply_words(moved, &SWAP->sqrt_price, dividend);
	wide_of(SWAP->liquidity, divisor);
	add_words(divisor, moved);
	divide_wide(dividend, divisor, fallen_words);
	u128 fallen = { fallen_words[1], fallen_words[0] };
	SWAP->next_sqrt_price = subtract(SWAP->sqrt_price, fallen);
	REQUIRE(!less_than(SWAP->next_sqrt_price, read_u128(pool + POOL_SQRT_MIN_PRICE)), PRICE_RANGE_VIOLATION);
	multiply_wide(&SWAP->liquidity, &fallen, dividend);
	REQUIRE(dividend[3] == 0, TYPE_CAST_FAILED);
	SWAP->curve_out = dividend[2];
	return OK;
}

/* The price rises by in / L, rounded down, and L * (1 / p - 1 / next) leaves. */
OUTLINE Status buy_a(const u8 *pool, u64 amount)
{
	u64 dividend[WIDE_WORDS] = { 0, 0, amount, 0 };
	u64 divisor[WIDE_WORDS], quotient[WIDE_WORDS];
	wide_of(SWAP->liquidity, divisor);
	divide_wide(dividend, divisor, quotient);
	REQUIRE(quotient[2] == 0 && quotient[3] == 0, TYPE_CAST_FAILED);
	u128 risen = { quotient[1], quotient[0] };
	SWAP->next_sqrt_price = add(SWAP->sqrt_price, risen);
	REQUIRE(!less_than(read_u128(pool + POOL_SQRT_MAX_PRICE), SWAP->next_sqrt_price), PRICE_RANGE_VIOLATION);
	multiply_wide(&SWAP->liquidity, &risen, dividend);
	multiply_wide(&SWAP->sqrt_price, &SWAP->next_sqrt_price, divisor);
	divide_wide(dividend, divisor, quotient);
	REQUIRE((quotient[1] | quotient[2] | quotient[3]) == 0, TYPE_CAST_FAILED);
	SWAP->curve_out = quotient[0];
	return OK;
}

OUTLINE Status calculate(const u8 *pool, u64 amount_in)
{
	Swap *swap = SWAP;
	swap->liquidity = read_u128(pool + POOL_LIQUIDITY);
	swap->sqrt_price = read_u128(pool + POOL_SQRT_PRICE);
	abort_unless(!is_zero(swap->liquidity));
	swap->amount_in = amount_in;
	swap->curve_in = swap->is_fee_on_input ? multiply_divide(amount_in, swap->kept, FEE_DENOMINATOR).low : amount_in;
	if (swap->is_a_to_b)
		TRY(sell_a(pool, swap->curve_in));
	else
		TRY(buy_a(pool, swap->curve_in));
	swap->amount_out = swap->curve_out;
	if (!swap->is_fee_on_input)
		swap->amount_out = multiply_divide(swap->curve_out, swap->kept, FEE_DENOMINATOR).low;
	swap->fee = swap->is_fee_on_input ? amount_in - swap->curve_in : swap->curve_out - swap->amount_out;
	return OK;
}

/* ---- What a swap leaves behind: state/pool.rs, apply_swap_result ---- */

OUTLINE Status add_to(u8 *field, u64 amount)
{
	u64 sum = read_u64(field) + amount;
	REQUIRE(sum >= amount, MATH_OVERFLOW);
	write_u64(field, sum);
	return OK;
}

/* Providers' fees are counted for each unit of liquidity, in 256 bits with 128 behind the point; the sum wraps never. */
OUTLINE void add_fee_per_liquidity(u8 *field, u64 fee)
{
	u64 dividend[WIDE_WORDS] = { 0, 0, fee, 0 };
	u64 divisor[WIDE_WORDS], more[WIDE_WORDS], sum[WIDE_WORDS];
	wide_of(SWAP->liquidity, divisor);
	divide_wide(dividend, divisor, more);
	for (u64 word = 0; word < WIDE_WORDS; word++)
		sum[word] = read_u64(field + 8 * word);
	add_words(sum, more);
	for (u64 word = 0; word < WIDE_WORDS; word++)
		write_u64(field + 8 * word, sum[word]);
}

OUTLINE Status book(u8 *pool)
{
	Swap *swap = SWAP;
	u64 fee_side = swap->is_fee_on_input == swap->is_a_to_b ? 0 : 1;
	u64 in_side = swap->is_a_to_b ? 0 : 1;
	u64 protocol_fee = multiply_divide(swap->fee, pool[POOL_PROTOCOL_FEE_PERCENT], 100).low;
	u64 providers_fee = swap->fee - protocol_fee;
	TRY(add_to(pool + POOL_PROTOCOL_FEES + 8 * fee_side, protocol_fee));
	TRY(add_to(pool + POOL_TOTAL_PROTOCOL_FEES + 8 * fee_side, protocol_fee));
	u8 *total = pool + POOL_TOTAL_LP_FEES + 16 * fee_side;
	write_u128(total, add_u64(read_u128(total), providers_fee));
	add_fee_per_liquidity(pool + POOL_FEES_PER_LIQUIDITY + 32 * fee_side, providers_fee);
	TRY(add_to(pool + POOL_TOKEN_AMOUNTS + 8 * in_side, swap->curve_in));
	u8 *given = pool + POOL_TOKEN_AMOUNTS + 8 * (1 - in_side);
	REQUIRE(read_u64(given) >= swap->curve_out, MATH_OVERFLOW);
	write_u64(given, read_u64(given) - swap->curve_out);
	write_u128(pool + POOL_SQRT_PRICE, swap->next_sqrt_price);
	return OK;
}

OUTLINE Status move_tokens(void)
{
	Transfer transfer;
	u64 in_side = SWAP->is_a_to_b ? 0 : 1;
	transfer.token_program = &ACCOUNTS[TOKEN_A_PROGRAM + in_side];
	transfer.from = &ACCOUNTS[INPUT_TOKEN_ACCOUNT];
	transfer.mint = &ACCOUNTS[TOKEN_A_MINT + in_side];
	transfer.to = &ACCOUNTS[TOKEN_A_VAULT + in_side];
	transfer.authority = &ACCOUNTS[PAYER];
	transfer.amount = SWAP->amount_in;
	transfer.seeds = NULL;
	transfer.seed_count = 0;
	TRY(transfer_tokens(&transfer));
	transfer.token_program = &ACCOUNTS[TOKEN_B_PROGRAM - in_side];
	transfer.from = &ACCOUNTS[TOKEN_B_VAULT - in_side];
	transfer.mint = &ACCOUNTS[TOKEN_B_MINT - in_side];
	transfer.to = &ACCOUNTS[OUTPUT_TOKEN_ACCOUNT];
	transfer.authority = &ACCOUNTS[POOL_AUTHORITY];
	transfer.amount = SWAP->amount_out;
	transfer.seeds = SWAP->seeds;
	transfer.seed_count = 2;
	return transfer_tokens(&transfer);
}

OUTLINE Status swap(u8 *pool, u64 amount_in, u64 minimum_amount_out)
{
	SWAP->is_a_to_b =
		same_key(ACCOUNTS[INPUT_TOKEN_ACCOUNT].data + TOKEN_ACCOUNT_MINT, ACCOUNTS[TOKEN_A_MINT].key);
	TRY(check_open(pool));
	TRY(check_supported(pool));
	REQUIRE(amount_in > 0, AMOUNT_IS_ZERO);
	read_fee(pool);
	TRY(calculate(pool, amount_in));
	REQUIRE(SWAP->amount_out >= minimum_amount_out, EXCEEDED_SLIPPAGE);
	TRY(book(pool));
	return move_tokens();
}

u64 entrypoint(u8 *input)
{
	TRY(read_input(input));
	const u8 *data = INVOCATION->data;
	REQUIRE(INVOCATION->data_length >= 8, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	REQUIRE(read_u64(data) == INSTRUCTION_SWAP, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	REQUIRE(INVOCATION->data_length >= INSTRUCTION_SIZE, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	TRY(check_types());
	u8 *pool = ACCOUNTS[POOL].data;
	TRY(check_constraints(pool));
	return swap(pool, read_u64(data + 8), read_u64(data + 16));
}
