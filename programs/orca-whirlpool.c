/*
 * Orca's concentrated liquidity market maker for the local chain: the swaps of a Whirlpool, to the unit and to the byte
 * of every account, on its own account layouts (orca-so/whirlpools, programs/whirlpool/src: instructions/v2/swap.rs,
 * instructions/swap.rs, manager/swap_manager.rs, util/sparse_swap.rs, util/swap_tick_sequence.rs, state/whirlpool.rs,
 * state/fixed_tick_array.rs). Checks and error numbers are those of the original, Anchor's included; where the original
 * panics, this program aborts.
 *
 * Left out: every instruction but swap and swap_v2, and the swap event in the log. Refused, where the original goes on:
 * pools with an adaptive fee (FeatureIsNotEnabled), mints with Token-2022 extensions (UnsupportedTokenMint), tick arrays
 * of variable size (AccountDiscriminatorMismatch).
 */
#include "solana.h"
#include "whirlpool-math.h"

enum error {
	INVALID_TICK_SPACING = 6004,
	LIQUIDITY_OVERFLOW = 6014,
	LIQUIDITY_UNDERFLOW = 6015,
	INVALID_TIMESTAMP_CONVERSION = 6021,
	INVALID_TIMESTAMP = 6022,
	INVALID_TICK_ARRAY_SEQUENCE = 6023,
	INVALID_SQRT_PRICE_LIMIT_DIRECTION = 6034,
	ZERO_TRADABLE_AMOUNT = 6035,
	AMOUNT_OUT_BELOW_MINIMUM = 6036,
	AMOUNT_IN_ABOVE_MAXIMUM = 6037,
	TICK_ARRAY_SEQUENCE_INVALID_INDEX = 6038,
	AMOUNT_CALC_OVERFLOW = 6039,
	AMOUNT_REMAINING_OVERFLOW = 6040,
	UNSUPPORTED_TOKEN_MINT = 6047,
	REMAINING_ACCOUNTS_INVALID_SLICE = 6048,
	REMAINING_ACCOUNTS_INSUFFICIENT = 6049,
	REMAINING_ACCOUNTS_DUPLICATED_ACCOUNTS_TYPE = 6053,
	TOO_MANY_SUPPLEMENTAL_TICK_ARRAYS = 6055,
	DIFFERENT_WHIRLPOOL_TICK_ARRAY_ACCOUNT = 6056,
	PARTIAL_FILL_ERROR = 6057,
	FEATURE_IS_NOT_ENABLED = 6066,
};

/* The accounts of swap_v2, in order; those of swap stand in SWAP_ORDER. */
enum account_index {
	TOKEN_PROGRAM_A,
	TOKEN_PROGRAM_B,
	MEMO_PROGRAM,
	TOKEN_AUTHORITY,
	WHIRLPOOL,
	TOKEN_MINT_A,
	TOKEN_MINT_B,
	TOKEN_OWNER_ACCOUNT_A,
	TOKEN_VAULT_A,
	TOKEN_OWNER_ACCOUNT_B,
	TOKEN_VAULT_B,
	TICK_ARRAY_0,
	TICK_ARRAY_1,
	TICK_ARRAY_2,
	ORACLE,
	ACCOUNT_COUNT,
};
#define SWAP_ACCOUNT_COUNT 11
#define ABSENT 0xff
/* Where the first instruction has each of them: one token program for both sides, neither memo nor mints. */
static const u8 SWAP_ORDER[ACCOUNT_COUNT] = { 0, 0, ABSENT, 1, 2, ABSENT, ABSENT, 3, 4, 5, 6, 7, 8, 9, 10 };

/* state/whirlpool.rs, Whirlpool; offsets with the discriminator. */
#define POOL_SIZE 653
#define POOL_CONFIG 8
#define POOL_BUMP 40
#define POOL_TICK_SPACING 41
#define POOL_FEE_TIER_INDEX_SEED 43
#define POOL_FEE_RATE 45
#define POOL_PROTOCOL_FEE_RATE 47
#define POOL_LIQUIDITY 49
#define POOL_SQRT_PRICE 65
#define POOL_TICK_CURRENT_INDEX 81
#define POOL_PROTOCOL_FEE_OWED 85 /* token A, token B */
#define POOL_TOKEN_MINT_A 101
#define POOL_TOKEN_VAULT_A 133
#define POOL_FEE_GROWTH_GLOBAL_A 165
#define POOL_TOKEN_MINT_B 181
#define POOL_TOKEN_VAULT_B 213
#define POOL_FEE_GROWTH_GLOBAL_B 245
#define POOL_REWARD_LAST_UPDATED 261
#define POOL_REWARD_INFOS 269
#define REWARD_COUNT 3
#define REWARD_SIZE 128
#define REWARD_EMISSIONS_PER_SECOND 96
#define REWARD_GROWTH_GLOBAL 112

/* state/fixed_tick_array.rs, TickArray; offsets with the discriminator. state/tick.rs, Tick. */
#define TICK_ARRAY_ACCOUNT_SIZE 9988
#define TICK_ARRAY_START 8
#define TICK_ARRAY_TICKS 12
#define TICK_ARRAY_WHIRLPOOL 9956
#define TICKS_IN_ARRAY 88
#define TICK_SIZE 113
#define TICK_LIQUIDITY_NET 1
#define TICK_FEE_GROWTH_OUTSIDE_A 33
#define TICK_FEE_GROWTH_OUTSIDE_B 49
#define TICK_REWARD_GROWTHS_OUTSIDE 65

#define PROTOCOL_FEE_RATE_DENOMINATOR 10000

/* sha256("account:Whirlpool"), ("account:TickArray"), ("account:Oracle"), first 8 bytes, little-endian. */
#define DISCRIMINATOR_WHIRLPOOL 0x096380e10cd1953fULL
#define DISCRIMINATOR_TICK_ARRAY 0xbb42076ebebd6145ULL
#define DISCRIMINATOR_ORACLE 0xf4e5b38cb383c28bULL
/* sha256("global:swap_v2"), ("global:swap") */
#define INSTRUCTION_SWAP_V2 0x621ec91a0bed042bULL
#define INSTRUCTION_SWAP 0xc88775e1919ec6f8ULL
/* Both with amount, threshold, price limit and two flags. */
#define ARGUMENTS_SIZE 42

/* MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr */
static const u8 MEMO_PROGRAM_ID[32] = {
	0x05, 0x4a, 0x53, 0x5a, 0x99, 0x29, 0x21, 0x06, 0x4d, 0x24, 0xe8, 0x71, 0x60, 0xda, 0x38, 0x7c,
	0x7c, 0x35, 0xb5, 0xdd, 0xbc, 0x92, 0xbb, 0x81, 0xe4, 0x1f, 0xa8, 0x40, 0x41, 0x05, 0x44, 0x8d,
};
static const u8 SYSTEM_PROGRAM_ID[32] = { 0 };
static const u8 WHIRLPOOL_SEED[] = "whirlpool";
static const u8 TICK_ARRAY_SEED[] = "tick_array";
static const u8 ORACLE_SEED[] = "oracle";

/* An array that a swap may walk through; `ticks` is NULL where the account does not exist yet. */
typedef struct { u8 *ticks; i64 start; } TickArray;

#define MAX_ARRAYS 3
#define MAX_SUPPLEMENTAL 3

/* One swap in the making; lives in the heap behind the invocation. */
typedef struct {
	Clock clock;
	Seed seeds[6];
	Account *accounts[ACCOUNT_COUNT];
	bool has_mints;
	/* Arguments. */
	u64 amount, threshold;
	u128 price_limit;
	bool is_exact_out_without_limit;
	/* Account indexes of further tick arrays. */
	u64 supplemental_first, supplemental_count;
	/* The arrays in the direction of the swap. */
	TickArray arrays[MAX_ARRAYS];
	u64 array_count;
	/* What stays the same. */
	i64 tick_spacing;
	u64 protocol_fee_rate;
	u128 growth_a, growth_b;
	u128 reward_growths[REWARD_COUNT];
	/* What the swap changes. */
	Step step;
	i64 tick;
	u64 array;
	u64 calculated, protocol_fee;
	u128 growth;
	/* The next tick, and where it is. */
	i64 next_tick;
	u64 next_array;
	u128 next_price;
	/* Scratch for program addresses. */
	u8 number[16];
	u8 derived[32];
	u8 bump;
} Swap;

#define SWAP ((Swap *)HEAP_FREE)
#define ACCOUNT(index) (SWAP->accounts[index])
#define POOL (ACCOUNT(WHIRLPOOL)->data)

/* ---- Accounts, as Anchor checks them ---- */

OUTLINE Status check_whirlpool(const Account *account)
{
	REQUIRE(same_key(account->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(account->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(account->data) == DISCRIMINATOR_WHIRLPOOL, ANCHOR_DISCRIMINATOR_MISMATCH);
	REQUIRE(account->data_length >= POOL_SIZE, ANCHOR_DID_NOT_DESERIALIZE);
	return OK;
}

/* Why Token's own reading fails: no such account was ever initialized, or the bytes are none of its. */
INLINE Status unreadable(const Account *account, u64 size, u64 state)
{
	return account->data_length >= size && account->data[state] == 0 ? UNINITIALIZED_ACCOUNT : INVALID_ACCOUNT_DATA;
}

OUTLINE Status check_mints(void)
{
	for (u64 index = TOKEN_MINT_A; index <= TOKEN_MINT_B; index++) {
		REQUIRE(is_token_program(ACCOUNT(index)->owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_mint(ACCOUNT(index)), unreadable(ACCOUNT(index), MINT_SIZE, MINT_INITIALIZED));
	}
	return OK;
}

/* Which token programs there may be is the difference: the first instruction knows SPL Token alone. */
INLINE bool is_allowed_program(const u8 *key)
{
	return SWAP->has_mints ? is_token_program(key) : same_key(key, TOKEN_PROGRAM_ID);
}

OUTLINE Status check_types(void)
{
	REQUIRE(is_allowed_program(ACCOUNT(TOKEN_PROGRAM_A)->key), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(is_allowed_program(ACCOUNT(TOKEN_PROGRAM_B)->key), ANCHOR_INVALID_PROGRAM_ID);
	if (SWAP->has_mints)
		REQUIRE(same_key(ACCOUNT(MEMO_PROGRAM)->key, MEMO_PROGRAM_ID), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(ACCOUNT(TOKEN_AUTHORITY)->is_signer, ANCHOR_NOT_SIGNER);
	TRY(check_whirlpool(ACCOUNT(WHIRLPOOL)));
	if (SWAP->has_mints)
		TRY(check_mints());
	for (u64 index = TOKEN_OWNER_ACCOUNT_A; index <= TOKEN_VAULT_B; index++) {
		REQUIRE(is_allowed_program(ACCOUNT(index)->owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_token_account(ACCOUNT(index)),
			unreadable(ACCOUNT(index), TOKEN_ACCOUNT_SIZE, TOKEN_ACCOUNT_STATE));
	}
	return OK;
}

OUTLINE Status check_mint_constraints(const u8 *pool)
{
	REQUIRE(same_key(ACCOUNT(TOKEN_PROGRAM_A)->key, ACCOUNT(TOKEN_MINT_A)->owner), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_PROGRAM_B)->key, ACCOUNT(TOKEN_MINT_B)->owner), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_MINT_A)->key, pool + POOL_TOKEN_MINT_A), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_MINT_B)->key, pool + POOL_TOKEN_MINT_B), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(ACCOUNT(TOKEN_MINT_A)->data_length == MINT_SIZE, UNSUPPORTED_TOKEN_MINT);
	REQUIRE(ACCOUNT(TOKEN_MINT_B)->data_length == MINT_SIZE, UNSUPPORTED_TOKEN_MINT);
	return OK;
}

OUTLINE Status check_side(u64 owner_account, const u8 *mint, const u8 *vault)
{
	const Account *holder = ACCOUNT(owner_account), *held = ACCOUNT(owner_account + 1);
	REQUIRE(holder->is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(holder->data + TOKEN_ACCOUNT_MINT, mint), ANCHOR_CONSTRAINT_RAW);
	REQUIRE(held->is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(held->key, vault), ANCHOR_CONSTRAINT_ADDRESS);
	return OK;
}

INLINE void set_seed(u64 index, const u8 *bytes, u64 length)
{
	SWAP->seeds[index].bytes = bytes;
	SWAP->seeds[index].length = length;
}

/* Whether `key` is the program address of the first `count` seeds. */
OUTLINE bool is_derived(const u8 *key, u64 count)
{
	Swap *swap = SWAP;
	u64 failed =
		sol_try_find_program_address(swap->seeds, count, INVOCATION->program_id, swap->derived, &swap->bump);
	abort_unless(failed == 0);
	return same_key(swap->derived, key);
}

OUTLINE Status check_constraints(const u8 *pool)
{
	if (SWAP->has_mints)
		TRY(check_mint_constraints(pool));
	REQUIRE(ACCOUNT(WHIRLPOOL)->is_writable, ANCHOR_CONSTRAINT_MUT);
	TRY(check_side(TOKEN_OWNER_ACCOUNT_A, pool + POOL_TOKEN_MINT_A, pool + POOL_TOKEN_VAULT_A));
	TRY(check_side(TOKEN_OWNER_ACCOUNT_B, pool + POOL_TOKEN_MINT_B, pool + POOL_TOKEN_VAULT_B));
	for (u64 index = TICK_ARRAY_0; index <= TICK_ARRAY_2; index++)
		REQUIRE(ACCOUNT(index)->is_writable, ANCHOR_CONSTRAINT_MUT);
	set_seed(0, ORACLE_SEED, sizeof(ORACLE_SEED) - 1);
	set_seed(1, ACCOUNT(WHIRLPOOL)->key, 32);
	REQUIRE(is_derived(ACCOUNT(ORACLE)->key, 2), ANCHOR_CONSTRAINT_SEEDS);
	if (SWAP->has_mints)
		REQUIRE(ACCOUNT(ORACLE)->is_writable, ANCHOR_CONSTRAINT_MUT);
	return OK;
}

INLINE bool is_absent(const Account *account)
{
	return same_key(account->owner, SYSTEM_PROGRAM_ID) && account->data_length == 0;
}

/* A pool whose oracle exists has an adaptive fee: state/oracle.rs, OracleAccessor. */
OUTLINE Status check_oracle(const Account *oracle)
{
	if (is_absent(oracle))
		return OK;
	REQUIRE(same_key(oracle->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(oracle->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(oracle->data) == DISCRIMINATOR_ORACLE, ANCHOR_DISCRIMINATOR_MISMATCH);
	return FEATURE_IS_NOT_ENABLED;
}

/* ---- Tick arrays: util/sparse_swap.rs ---- */

INLINE i64 read_tick(const u8 *at) { return (i64)(int)read_u32(at); }

/* first / second rounded down, and what is left: the machine divides unsigned. second > 0. */
INLINE i64 divide_floor(i64 first, i64 second)
{
	if (first >= 0)
		return (i64)((u64)first / (u64)second);
	return -(i64)(((u64)-first + (u64)second - 1) / (u64)second);
}

INLINE bool is_multiple(i64 tick, i64 of) { return (tick < 0 ? (u64)-tick : (u64)tick) % (u64)of == 0; }

/* Tick::check_is_valid_start_tick, for a multiple of the array's width. */
INLINE bool is_valid_start(i64 start, i64 width)
{
	return start <= MAX_TICK && start >= MIN_TICK - width + (i64)((u64)MAX_TICK % (u64)width);
}

INLINE Account *array_account(u64 index)
{
	if (index < MAX_ARRAYS)
		return ACCOUNT(TICK_ARRAY_0 + index);
	return &INVOCATION->accounts[SWAP->supplemental_first + index - MAX_ARRAYS];
}

OUTLINE Status check_tick_array(const Account *account)
{
	if (is_absent(account))
		return OK;
	REQUIRE(account->is_writable, ANCHOR_NOT_MUTABLE);
	REQUIRE(same_key(account->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(account->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(account->data) == DISCRIMINATOR_TICK_ARRAY, ANCHOR_DISCRIMINATOR_MISMATCH);
	abort_unless(account->data_length == TICK_ARRAY_ACCOUNT_SIZE);
	REQUIRE(same_key(account->data + TICK_ARRAY_WHIRLPOOL, ACCOUNT(WHIRLPOOL)->key),
		DIFFERENT_WHIRLPOOL_TICK_ARRAY_ACCOUNT);
	return OK;
}

/* Writes a whole number in decimal digits; returns how many bytes. */
OUTLINE u64 write_decimal(u8 *to, i64 number)
{
	u64 rest = number < 0 ? (u64)-number : (u64)number, length = 0, divisor = 1;
	if (number < 0)
		to[length++] = '-';
	while (rest / divisor >= 10)
		divisor *= 10;
	for (; divisor > 0; divisor /= 10)
		to[length++] = (u8)('0' + rest / divisor % 10);
	return length;
}

/* The array that starts there, among the accounts given; false when there is none, not even an address to be used. */
OUTLINE bool find_array(i64 start, u64 account_count, TickArray *found)
{
	found->start = start;
	for (u64 index = 0; index < account_count; index++) {
		Account *account = array_account(index);
		if (!is_absent(account) && read_tick(account->data + TICK_ARRAY_START) == start) {
			found->ticks = account->data + TICK_ARRAY_TICKS;
			return true;
		}
	}
	found->ticks = NULL;
	for (u64 index = 0; index < account_count; index++) {
		Account *account = array_account(index);
		if (!is_absent(account))
			continue;
		set_seed(0, TICK_ARRAY_SEED, sizeof(TICK_ARRAY_SEED) - 1);
		set_seed(1, ACCOUNT(WHIRLPOOL)->key, 32);
		set_seed(2, SWAP->number, write_decimal(SWAP->number, start));
		if (is_derived(account->key, 3))
			return true;
	}
	return false;
}

OUTLINE Status find_arrays(void)
{
	Swap *swap = SWAP;
	u64 account_count = MAX_ARRAYS + swap->supplemental_count;
	for (u64 index = 0; index < account_count; index++)
		TRY(check_tick_array(array_account(index)));
	abort_unless(swap->tick_spacing > 0);
	i64 width = TICKS_IN_ARRAY * swap->tick_spacing;
	i64 start = divide_floor(swap->tick, width) * width;
	if (!swap->step.a_to_b && swap->tick + swap->tick_spacing >= start + width)
		start += width;
	for (u64 index = 0; index < MAX_ARRAYS; index++) {
		if (is_valid_start(start, width)) {
			if (!find_array(start, account_count, &swap->arrays[swap->array_count]))
				break;
			swap->array_count++;
		}
		start += swap->step.a_to_b ? -width : width;
	}
	REQUIRE(swap->array_count > 0, INVALID_TICK_ARRAY_SEQUENCE);
	return OK;
}

/* ---- The next tick: util/swap_tick_sequence.rs ---- */

/* Looks in one array for an initialized tick from `tick` on; the offset found, or -1 or TICKS_IN_ARRAY. */
INLINE i64 search_array(const TickArray *array, i64 tick, bool a_to_b)
{
	i64 offset = divide_floor(tick - array->start, SWAP->tick_spacing) + (a_to_b ? 0 : 1);
	i64 end = a_to_b ? -1 : TICKS_IN_ARRAY, direction = a_to_b ? -1 : 1;
	if (array->ticks == NULL)
		return end;
	const u8 *at = array->ticks + offset * TICK_SIZE;
	for (; offset != end && *at == 0; offset += direction)
		at += direction * TICK_SIZE;
	return offset;
}

/* SwapTickSequence::get_next_initialized_tick_index */
OUTLINE Status find_next_tick(void)
{
	Swap *swap = SWAP;
	bool a_to_b = swap->step.a_to_b;
	i64 spacing = swap->tick_spacing, width = TICKS_IN_ARRAY * spacing;
	i64 tick = swap->tick, shift = a_to_b ? 0 : spacing;
	for (u64 index = swap->array;; index++) {
		REQUIRE(index < swap->array_count, TICK_ARRAY_SEQUENCE_INVALID_INDEX);
		const TickArray *array = &swap->arrays[index];
		swap->next_array = index;
		REQUIRE(tick >= array->start - shift && tick < array->start + width - shift, INVALID_TICK_ARRAY_SEQUENCE);
		i64 offset = search_array(array, tick, a_to_b);
		if (offset >= 0 && offset < TICKS_IN_ARRAY) {
			swap->next_tick = array->start + offset * spacing;
			return OK;
		}
		bool is_outermost = a_to_b ? array->start <= MIN_TICK : array->start + width > MAX_TICK;
		swap->next_tick = a_to_b ? array->start : array->start + width - 1;
		if (is_outermost)
			swap->next_tick = a_to_b ? MIN_TICK : MAX_TICK;
		if (is_outermost || index + 1 == swap->array_count)
			return OK;
		tick = a_to_b ? array->start - 1 : array->start + width - 1;
	}
}

/* The bytes of the next tick when it is one that holds liquidity, else NULL. */
INLINE u8 *initialized_tick(const TickArray *array, i64 tick)
{
	i64 spacing = SWAP->tick_spacing;
	if (array->ticks == NULL || tick < MIN_TICK || tick > MAX_TICK || !is_multiple(tick, spacing))
		return NULL;
	if (tick < array->start || tick >= array->start + TICKS_IN_ARRAY * spacing)
		return NULL;
	u8 *at = array->ticks + divide_floor(tick - array->start, spacing) * TICK_SIZE;
	return *at != 0 ? at : NULL;
}

/* ---- Crossing: manager/tick_manager.rs, math/liquidity_math.rs ---- */

INLINE void flip(u8 *outside, u128 global) { write_u128(outside, wrapping_subtract(global, read_u128(outside))); }

INLINE bool has_reward(const u8 *pool, u64 index)
{
	return !same_key(pool + POOL_REWARD_INFOS + index * REWARD_SIZE, SYSTEM_PROGRAM_ID);
}

OUTLINE Status cross_tick(u8 *tick)
{
	Swap *swap = SWAP;
	bool a_to_b = swap->step.a_to_b;
	flip(tick + TICK_FEE_GROWTH_OUTSIDE_A, a_to_b ? swap->growth : swap->growth_a);
	flip(tick + TICK_FEE_GROWTH_OUTSIDE_B, a_to_b ? swap->growth_b : swap->growth);
	for (u64 index = 0; index < REWARD_COUNT; index++)
		if (has_reward(POOL, index))
			flip(tick + TICK_REWARD_GROWTHS_OUTSIDE + 16 * index, swap->reward_growths[index]);
	u128 net = read_u128(tick + TICK_LIQUIDITY_NET), zero = { 0, 0 };
	u128 *liquidity = &swap->step.stretch.liquidity;
	/* Two's complement; the smallest number is its own negation, as in the original, which is built to wrap. */
	if (a_to_b)
		net = wrapping_subtract(zero, net);
	bool is_negative = net.high >> 63;
	u128 size = is_negative ? wrapping_subtract(zero, net) : net;
	if (!is_negative) {
		u128 sum = wrapping_add(*liquidity, size);
		REQUIRE(!less_than(sum, size), LIQUIDITY_OVERFLOW);
		*liquidity = sum;
		return OK;
	}
	REQUIRE(!less_than(*liquidity, size), LIQUIDITY_UNDERFLOW);
	*liquidity = wrapping_subtract(*liquidity, size);
	return OK;
}

/* ---- The swap: manager/swap_manager.rs ---- */

OUTLINE Status add_checked(u64 *to, u64 amount)
{
	u64 sum = *to + amount;
	REQUIRE(sum >= amount, AMOUNT_CALC_OVERFLOW);
	*to = sum;
	return OK;
}

OUTLINE Status book_amounts(void)
{
	Step *step = &SWAP->step;
	u64 used = step->is_input ? step->amount_in : step->amount_out;
	REQUIRE(step->remaining >= used, AMOUNT_REMAINING_OVERFLOW);
	step->remaining -= used;
	if (!step->is_input) {
		TRY(add_checked(&SWAP->calculated, step->amount_in));
		return add_checked(&SWAP->calculated, step->fee);
	}
	REQUIRE(step->remaining >= step->fee, AMOUNT_REMAINING_OVERFLOW);
	step->remaining -= step->fee;
	return add_checked(&SWAP->calculated, step->amount_out);
}

OUTLINE void book_fee(void)
{
	Swap *swap = SWAP;
	u64 protocol = to_u64(multiply_divide(swap->step.fee, swap->protocol_fee_rate, PROTOCOL_FEE_RATE_DENOMINATOR));
	swap->protocol_fee += protocol;
	if (is_zero(swap->step.stretch.liquidity))
		return;
	u128 shifted = { swap->step.fee - protocol, 0 }, growth;
	divide_u128(&shifted, &swap->step.stretch.liquidity, &growth);
	swap->growth = wrapping_add(swap->growth, growth);
}

/* The price has reached the next tick: crosses it and goes on to the array behind when it was the last of its own. */
OUTLINE Status arrive_at_tick(void)
{
	Swap *swap = SWAP;
	const TickArray *array = &swap->arrays[swap->next_array];
	u8 *tick = initialized_tick(array, swap->next_tick);
	if (tick != NULL)
		TRY(cross_tick(tick));
	i64 offset = divide_floor(swap->next_tick - array->start, swap->tick_spacing);
	bool is_last = offset == (swap->step.a_to_b ? 0 : TICKS_IN_ARRAY - 1);
	swap->array = swap->next_array + is_last;
	swap->tick = swap->next_tick - (swap->step.a_to_b ? 1 : 0);
	return OK;
}

OUTLINE Status take_step(void)
{
	Swap *swap = SWAP;
	Step *step = &swap->step;
	TRY(find_next_tick());
	sqrt_price_of(swap->next_tick, &swap->next_price);
	step->target = step->a_to_b ? higher_of(swap->price_limit, swap->next_price) :
				      lower_of(swap->price_limit, swap->next_price);
	/* A step that stops short of its target is the last: nothing remains then, or the next turn goes on from there. */
	do {
		TRY(compute_step(step));
		TRY(book_amounts());
		book_fee();
		if (is_equal(step->stretch.to, swap->next_price))
			TRY(arrive_at_tick());
		else if (!is_equal(step->stretch.to, step->stretch.from))
			swap->tick = tick_of(&step->stretch.to);
		step->stretch.from = step->stretch.to;
	} while (step->remaining != 0 && !is_equal(step->stretch.from, step->target));
	return OK;
}

/* What rewards have grown to by now: manager/whirlpool_manager.rs, next_whirlpool_reward_infos. */
OUTLINE Status grow_rewards(const u8 *pool)
{
	Swap *swap = SWAP;
	u64 now = (u64)swap->clock.unix_timestamp, last = read_u64(pool + POOL_REWARD_LAST_UPDATED);
	REQUIRE(now >= last, INVALID_TIMESTAMP);
	u128 seconds = { 0, now - last };
	for (u64 index = 0; index < REWARD_COUNT; index++) {
		const u8 *reward = pool + POOL_REWARD_INFOS + index * REWARD_SIZE;
		swap->reward_growths[index] = read_u128(reward + REWARD_GROWTH_GLOBAL);
		if (is_zero(swap->step.stretch.liquidity) || seconds.low == 0 || !has_reward(pool, index))
			continue;
		u128 emissions = read_u128(reward + REWARD_EMISSIONS_PER_SECOND), grown;
		u64 product[WIDE_WORDS];
		multiply_wide(&seconds, &emissions, product);
		/* An overflow stops the reward. */
		if (product[2] != 0)
			continue;
		u128 emitted = { product[1], product[0] };
		divide_u128(&emitted, &swap->step.stretch.liquidity, &grown);
		swap->reward_growths[index] = wrapping_add(swap->reward_growths[index], grown);
	}
	return OK;
}

OUTLINE Status check_limit(void)
{
	Swap *swap = SWAP;
	bool a_to_b = swap->step.a_to_b;
	u128 minimum = { 0, MIN_SQRT_PRICE }, price = swap->step.stretch.from;
	swap->is_exact_out_without_limit = is_zero(swap->price_limit) && !swap->step.is_input;
	if (is_zero(swap->price_limit))
		swap->price_limit = a_to_b ? minimum : MAX_SQRT_PRICE;
	u128 limit = swap->price_limit;
	REQUIRE(!less_than(limit, minimum) && !less_than(MAX_SQRT_PRICE, limit), SQRT_PRICE_OUT_OF_BOUNDS);
	bool is_ahead = a_to_b ? less_than(limit, price) : less_than(price, limit);
	REQUIRE(is_ahead, INVALID_SQRT_PRICE_LIMIT_DIRECTION);
	return OK;
}

OUTLINE Status run_swap(const u8 *pool)
{
	Swap *swap = SWAP;
	Step *step = &swap->step;
	TRY(check_limit());
	REQUIRE(swap->amount > 0, ZERO_TRADABLE_AMOUNT);
	TRY(grow_rewards(pool));
	while (step->remaining > 0 && !is_equal(step->stretch.from, swap->price_limit))
		TRY(take_step());
	REQUIRE(step->remaining == 0 || !swap->is_exact_out_without_limit, PARTIAL_FILL_ERROR);
	u64 specified = swap->amount - step->remaining;
	step->amount_in = step->is_input ? specified : swap->calculated;
	step->amount_out = step->is_input ? swap->calculated : specified;
	REQUIRE(!step->is_input || step->amount_out >= swap->threshold, AMOUNT_OUT_BELOW_MINIMUM);
	REQUIRE(step->is_input || step->amount_in <= swap->threshold, AMOUNT_IN_ABOVE_MAXIMUM);
	return OK;
}

/* ---- What a swap leaves behind: Whirlpool::update_after_swap, util/v2/swap_utils.rs ---- */

OUTLINE void update_pool(u8 *pool)
{
	Swap *swap = SWAP;
	u64 side = swap->step.a_to_b ? 0 : 1;
	u8 *owed = pool + POOL_PROTOCOL_FEE_OWED + 8 * side;
	write_u128(pool + POOL_LIQUIDITY, swap->step.stretch.liquidity);
	write_u128(pool + POOL_SQRT_PRICE, swap->step.stretch.from);
	write_u32(pool + POOL_TICK_CURRENT_INDEX, (u32)swap->tick);
	write_u128(pool + (side == 0 ? POOL_FEE_GROWTH_GLOBAL_A : POOL_FEE_GROWTH_GLOBAL_B), swap->growth);
	write_u64(owed, read_u64(owed) + swap->protocol_fee);
	write_u64(pool + POOL_REWARD_LAST_UPDATED, (u64)swap->clock.unix_timestamp);
	for (u64 index = 0; index < REWARD_COUNT; index++)
		write_u128(pool + POOL_REWARD_INFOS + index * REWARD_SIZE + REWARD_GROWTH_GLOBAL,
			   swap->reward_growths[index]);
}

OUTLINE Status move_tokens(const u8 *pool)
{
	Transfer transfer;
	/* Side A's accounts stand before side B's, everywhere by the same distance. */
	u64 in = SWAP->step.a_to_b ? 0 : 1, out = 1 - in;
	transfer.token_program = ACCOUNT(TOKEN_PROGRAM_A + in);
	transfer.from = ACCOUNT(TOKEN_OWNER_ACCOUNT_A + 2 * in);
	transfer.mint = SWAP->has_mints ? ACCOUNT(TOKEN_MINT_A + in) : NULL;
	transfer.to = ACCOUNT(TOKEN_VAULT_A + 2 * in);
	transfer.authority = ACCOUNT(TOKEN_AUTHORITY);
	transfer.amount = SWAP->step.amount_in;
	transfer.seeds = NULL;
	transfer.seed_count = 0;
	TRY(transfer_tokens(&transfer));
	set_seed(0, WHIRLPOOL_SEED, sizeof(WHIRLPOOL_SEED) - 1);
	set_seed(1, pool + POOL_CONFIG, 32);
	set_seed(2, pool + POOL_TOKEN_MINT_A, 32);
	set_seed(3, pool + POOL_TOKEN_MINT_B, 32);
	set_seed(4, pool + POOL_FEE_TIER_INDEX_SEED, 2);
	set_seed(5, pool + POOL_BUMP, 1);
	transfer.token_program = ACCOUNT(TOKEN_PROGRAM_A + out);
	transfer.from = ACCOUNT(TOKEN_VAULT_A + 2 * out);
	transfer.mint = SWAP->has_mints ? ACCOUNT(TOKEN_MINT_A + out) : NULL;
	transfer.to = ACCOUNT(TOKEN_OWNER_ACCOUNT_A + 2 * out);
	transfer.authority = ACCOUNT(WHIRLPOOL);
	transfer.amount = SWAP->step.amount_out;
	transfer.seeds = SWAP->seeds;
	transfer.seed_count = 6;
	return transfer_tokens(&transfer);
}

/* ---- The two instructions ---- */

/* util/v2/remaining_accounts_utils.rs, AccountsType, as far as a swap takes them. */
#define TRANSFER_HOOK_A 0
#define TRANSFER_HOOK_B 1
#define SUPPLEMENTAL_TICK_ARRAYS 6
#define ACCOUNTS_TYPE_COUNT 13

/* Which accounts behind the named ones are what; transfer hooks belong to mints that are refused anyway. */
OUTLINE Status read_remaining(const u8 *slices, u64 count)
{
	Swap *swap = SWAP;
	u64 next = ACCOUNT_COUNT, seen = 0;
	for (u64 index = 0; index < count; index++) {
		u64 type = slices[2 * index], length = slices[2 * index + 1];
		REQUIRE(type <= TRANSFER_HOOK_B || type == SUPPLEMENTAL_TICK_ARRAYS, REMAINING_ACCOUNTS_INVALID_SLICE);
		if (length == 0)
			continue;
		REQUIRE(next + length <= INVOCATION->account_count, REMAINING_ACCOUNTS_INSUFFICIENT);
		REQUIRE((seen & (1ULL << type)) == 0, REMAINING_ACCOUNTS_DUPLICATED_ACCOUNTS_TYPE);
		seen |= 1ULL << type;
		if (type == SUPPLEMENTAL_TICK_ARRAYS) {
			REQUIRE(length <= MAX_SUPPLEMENTAL, TOO_MANY_SUPPLEMENTAL_TICK_ARRAYS);
			swap->supplemental_first = next;
			swap->supplemental_count = length;
		}
		next += length;
	}
	return OK;
}

/* The slices of swap_v2's last argument as Borsh has them: an option, a count of 4 bytes, a type and a length each. */
OUTLINE Status find_slices(const u8 **slices, u64 *count)
{
	const u8 *data = INVOCATION->data + ARGUMENTS_SIZE;
	u64 length = INVOCATION->data_length - ARGUMENTS_SIZE;
	*slices = data;
	*count = 0;
	REQUIRE(length >= 1 && data[0] <= 1, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	if (data[0] == 0)
		return OK;
	REQUIRE(length >= 5, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	*slices = data + 5;
	*count = read_u32(data + 1);
	REQUIRE((length - 5) / 2 >= *count, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	for (u64 index = 0; index < *count; index++)
		REQUIRE((*slices)[2 * index] < ACCOUNTS_TYPE_COUNT, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	return OK;
}

OUTLINE Status read_arguments(bool has_mints)
{
	Swap *swap = SWAP;
	const u8 *data = INVOCATION->data;
	REQUIRE(INVOCATION->data_length >= ARGUMENTS_SIZE, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	REQUIRE(data[40] <= 1 && data[41] <= 1, ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE);
	swap->amount = read_u64(data + 8);
	swap->threshold = read_u64(data + 16);
	swap->price_limit = read_u128(data + 24);
	swap->step.is_input = data[40];
	swap->step.a_to_b = data[41];
	swap->step.remaining = swap->amount;
	swap->has_mints = has_mints;
	REQUIRE(INVOCATION->account_count >= (has_mints ? ACCOUNT_COUNT : SWAP_ACCOUNT_COUNT), ANCHOR_NOT_ENOUGH_KEYS);
	for (u64 index = 0; index < ACCOUNT_COUNT; index++) {
		u64 place = has_mints ? index : SWAP_ORDER[index];
		swap->accounts[index] = place == ABSENT ? NULL : &INVOCATION->accounts[place];
	}
	return OK;
}

INLINE void read_pool(const u8 *pool)
{
	Swap *swap = SWAP;
	swap->tick_spacing = read_u16(pool + POOL_TICK_SPACING);
	swap->protocol_fee_rate = read_u16(pool + POOL_PROTOCOL_FEE_RATE);
	swap->growth_a = read_u128(pool + POOL_FEE_GROWTH_GLOBAL_A);
	swap->growth_b = read_u128(pool + POOL_FEE_GROWTH_GLOBAL_B);
	swap->growth = swap->step.a_to_b ? swap->growth_a : swap->growth_b;
	swap->tick = read_tick(pool + POOL_TICK_CURRENT_INDEX);
	swap->step.fee_rate = read_u16(pool + POOL_FEE_RATE);
	swap->step.stretch.liquidity = read_u128(pool + POOL_LIQUIDITY);
	swap->step.stretch.from = read_u128(pool + POOL_SQRT_PRICE);
}

u64 entrypoint(u8 *input)
{
	const u8 *slices = NULL;
	u64 slice_count = 0;
	TRY(read_input(input));
	REQUIRE(INVOCATION->data_length >= 8, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	u64 instruction = read_u64(INVOCATION->data);
	bool has_mints = instruction == INSTRUCTION_SWAP_V2;
	REQUIRE(has_mints || instruction == INSTRUCTION_SWAP, ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND);
	TRY(read_arguments(has_mints));
	if (has_mints)
		TRY(find_slices(&slices, &slice_count));
	TRY(check_types());
	TRY(check_constraints(POOL));
	if (sol_get_clock_sysvar((u8 *)&SWAP->clock) != 0)
		abort();
	REQUIRE(SWAP->clock.unix_timestamp >= 0, INVALID_TIMESTAMP_CONVERSION);
	if (has_mints)
		TRY(read_remaining(slices, slice_count));
	read_pool(POOL);
	TRY(find_arrays());
	TRY(check_oracle(ACCOUNT(ORACLE)));
	TRY(run_swap(POOL));
	update_pool(POOL);
	return move_tokens(POOL);
}
