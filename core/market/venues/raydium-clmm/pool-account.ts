import type { Address } from "../../../types/address.ts";

/**
 * Raydium CLMM on mainnet (raydium-io/raydium-clmm, lib.rs `declare_id`). Offsets are of the generation with limit orders,
 * dynamic fees and one-sided fees (commit 03b44b7, July 2026); pools of earlier generations read the same, with zeros in the new
 * fields. Quotes are compared with a build of the earlier generation only, so pools that use a new field are refused.
 */
export const RAYDIUM_CLMM_PROGRAM = "CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK" as Address;

/** Size of `PoolState` with its discriminator (states/pool.rs `PoolState::LEN`). */
export const POOL_STATE_SIZE = 1_544;
/** Anchor's discriminator: the first 8 bytes of sha256("account:PoolState"). */
export const POOL_STATE_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(247, 237, 227, 245, 215, 195, 222, 70);

/** Byte offsets in a pool account, discriminator included (states/pool.rs `PoolState`, packed). */
export const POOL_STATE_OFFSET = {
	bump: 8,
	ammConfig: 9,
	owner: 41,
	mint0: 73,
	mint1: 105,
	vault0: 137,
	vault1: 169,
	observationKey: 201,
	mintDecimals0: 233,
	mintDecimals1: 234,
	tickSpacing: 235,
	liquidity: 237,
	sqrtPrice: 253,
	tickCurrent: 269,
	feeGrowthGlobal0: 277,
	feeGrowthGlobal1: 293,
	protocolFees0: 309,
	protocolFees1: 317,
	status: 389,
	feeOn: 390,
	rewardInfos: 397,
	tickArrayBitmap: 904,
	fundFees0: 1_064,
	fundFees1: 1_072,
	openTime: 1_080,
	recentEpoch: 1_088,
	dynamicFee: 1_096,
} as const;

/** The bit of `status` that forbids swaps (states/pool.rs `PoolStatusBitIndex::Swap`). */
export const STATUS_SWAP_DISABLED = 0b1_0000;

/** Size of `DynamicFeeInfo` (states/pool_fee.rs): all zeros where the fee is not dynamic. */
export const DYNAMIC_FEE_SIZE = 80;

/** Size of `AmmConfig` with its discriminator (states/config.rs `AmmConfig::LEN`). */
export const AMM_CONFIG_SIZE = 117;
/** Anchor's discriminator: the first 8 bytes of sha256("account:AmmConfig"). */
export const AMM_CONFIG_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(218, 244, 33, 104, 203, 203, 43, 111);
/** Byte offsets in a configuration, discriminator included (states/config.rs `AmmConfig`). */
export const AMM_CONFIG_OFFSET = {
	index: 9,
	owner: 11,
	protocolFeeRate: 43,
	tradeFeeRate: 47,
	tickSpacing: 51,
	fundFeeRate: 53,
	fundOwner: 61,
} as const;

/** Size of `TickArrayState` with its discriminator (states/tick_array.rs `TickArrayState::LEN`): every array is whole. */
export const TICK_ARRAY_SIZE = 10_240;
/** Anchor's discriminator: the first 8 bytes of sha256("account:TickArrayState"). */
export const TICK_ARRAY_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(192, 155, 85, 205, 49, 249, 129, 42);
/** Byte offsets in a tick array, discriminator included (states/tick_array.rs `TickArrayState`, packed). */
export const TICK_ARRAY_OFFSET = { poolId: 8, startTickIndex: 40, ticks: 44, initializedTickCount: 10_124 } as const;
/** Byte offsets in one tick of an array (states/tick_array.rs `TickState`, packed). */
export const TICK_OFFSET = {
	tick: 0,
	liquidityNet: 4,
	liquidityGross: 20,
	ordersAmount: 124,
	partFilledOrdersRemaining: 132,
} as const;
export const TICK_SIZE = 168;
export const TICKS_AN_ARRAY = 60;

/** Size of `TickArrayBitmapExtension` with its discriminator (states/tickarray_bitmap_extension.rs). */
export const BITMAP_EXTENSION_SIZE = 1_832;
/** Anchor's discriminator: the first 8 bytes of sha256("account:TickArrayBitmapExtension"). */
export const BITMAP_EXTENSION_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(60, 150, 36, 219, 97, 128, 139, 153);
/** Byte offsets in a bitmap extension, discriminator included; 14 bitmaps of 512 bits each way. */
export const BITMAP_EXTENSION_OFFSET = { poolId: 8, positive: 40, negative: 936 } as const;

/** The prices' bounds (libraries/tick_math.rs). */
export const MIN_TICK = -443_636;
export const MAX_TICK = 443_636;
export const MIN_SQRT_PRICE = 4_295_048_016n;
export const MAX_SQRT_PRICE = 79_226_673_521_066_979_257_578_248_091n;

/** Rates are parts of this (states/config.rs `FEE_RATE_DENOMINATOR_VALUE`). */
export const FEE_RATE_DENOMINATOR = 1_000_000n;
/** states/config.rs `MAX_TICK_SPACING`. */
export const MAX_TICK_SPACING = 1_000;
