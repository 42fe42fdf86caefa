/*
 * What a swap of a Whirlpool reads and writes: errors, accounts, their layouts, and the record of one run
 * (orca-so/whirlpools, programs/whirlpool/src: errors.rs, state/whirlpool.rs, state/fixed_tick_array.rs, state/tick.rs).
 */
#ifndef ORCA_WHIRLPOOL_STATE_H
#define ORCA_WHIRLPOOL_STATE_H

#include "solana.h"
#include "math.h"

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

#endif
