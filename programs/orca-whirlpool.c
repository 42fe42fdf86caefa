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
#include "orca-whirlpool/ticks.h"

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
