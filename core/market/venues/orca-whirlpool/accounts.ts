import type { Address } from "../../../types/address.ts";

/** Orca Whirlpool on mainnet (whirlpools, programs/whirlpool/src/lib.rs `declare_id`). */
export const WHIRLPOOL_PROGRAM = "whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc" as Address;

/** Anchor's discriminators: the first 8 bytes of sha256("account:<Name>"). */
export const POOL_DISCRIMINATOR: readonly number[] = [63, 149, 209, 12, 225, 128, 99, 9];
export const FIXED_ARRAY_DISCRIMINATOR: readonly number[] = [69, 97, 189, 190, 110, 7, 66, 187];
export const DYNAMIC_ARRAY_DISCRIMINATOR: readonly number[] = [17, 216, 246, 142, 225, 199, 218, 56];
export const ORACLE_DISCRIMINATOR: readonly number[] = [139, 194, 131, 179, 140, 179, 229, 244];

/** Size of `Whirlpool` with its discriminator (whirlpools, state/whirlpool.rs `Whirlpool::LEN`). */
export const POOL_SIZE = 653;

/** Fee rates are parts of this (whirlpools, math/swap_math.rs `FEE_RATE_MUL_VALUE`). */
export const FEE_RATE_DENOMINATOR = 1_000_000n;

/** Byte offsets in a pool account, discriminator included (whirlpools, commit 630c0e0, state/whirlpool.rs `Whirlpool`). */
export const POOL_OFFSET = {
	tickSpacing: 41,
	feeTierIndex: 43,
	feeRate: 45,
	protocolFeeRate: 47,
	liquidity: 49,
	sqrtPrice: 65,
	tickCurrentIndex: 81,
	protocolFeeOwedA: 85,
	protocolFeeOwedB: 93,
	tokenMintA: 101,
	tokenVaultA: 133,
	tokenMintB: 181,
	tokenVaultB: 213,
	rewardLastUpdatedTimestamp: 261,
} as const;

/** Ticks in an array (whirlpools, state/tick_array.rs `TICK_ARRAY_SIZE`). */
export const TICKS_IN_ARRAY = 88;

/** Bytes of an initialised tick: `initialized` or the enum's tag, `liquidity_net`, and what a quote does not need. */
export const TICK_SIZE = 113;

/** whirlpools, state/fixed_tick_array.rs `TickArray` (packed). */
export const FIXED_ARRAY_SIZE = 9_988;
export const FIXED_ARRAY_OFFSET = { startTickIndex: 8, ticks: 12, whirlpool: 9_956 } as const;

/** whirlpools, state/dynamic_tick_array.rs `DynamicTickArray`: an uninitialised tick takes one byte. */
export const DYNAMIC_ARRAY_MINIMUM_SIZE = 148;
export const DYNAMIC_ARRAY_OFFSET = { startTickIndex: 8, whirlpool: 12, tickBitmap: 44, ticks: 60 } as const;

/** whirlpools, state/oracle.rs `Oracle`, `AdaptiveFeeConstants`, `AdaptiveFeeVariables` (packed). */
export const ORACLE_SIZE = 254;
export const ORACLE_OFFSET = {
	whirlpool: 8,
	tradeEnableTimestamp: 40,
	filterPeriod: 48,
	decayPeriod: 50,
	reductionFactor: 52,
	adaptiveFeeControlFactor: 54,
	maxVolatilityAccumulator: 58,
	tickGroupSize: 62,
	majorSwapThresholdTicks: 64,
	lastReferenceUpdateTimestamp: 82,
	lastMajorSwapTimestamp: 90,
	volatilityReference: 98,
	tickGroupIndexReference: 102,
	volatilityAccumulator: 106,
} as const;
