/*
 * The tick arrays that a swap walks through, and the way from one tick that holds liquidity to the next.
 */
#ifndef ORCA_WHIRLPOOL_TICKS_H
#define ORCA_WHIRLPOOL_TICKS_H

#include "checks.h"

/* ---- Tick arrays: util/sparse_swap.rs ---- */

INLINE i64 read_tick(const u8 *at) { return (i64)(int)read_u32(at); }

/* first / second rounded down; second > 0. The machine divides unsigned numbers only. */
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

#endif
