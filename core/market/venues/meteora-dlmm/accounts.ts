import type { Address } from "../../../types/address.ts";

/** Meteora DLMM on mainnet (MeteoraAg/dlmm-sdk, idls/dlmm.json `address`). */
export const DLMM_PROGRAM = "LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo" as Address;

/** Signs the program's events: the program address of "__event_authority" (dlmm-sdk, commons/src/pda.rs). */
export const DLMM_EVENT_AUTHORITY = "D1ZN9Wj1fRSUQfCjhvnu1hqDMT7hzjzBBpi12nVniYD6" as Address;

/** Size of `LbPair` with its discriminator. */
export const PAIR_SIZE = 904;

/** Anchor's discriminators: the first 8 bytes of sha256("account:<name>"). */
export const PAIR_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(33, 11, 49, 98, 181, 101, 177, 13);
export const BIN_ARRAY_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(92, 142, 92, 220, 5, 148, 70, 181);
export const BITMAP_EXTENSION_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(80, 111, 124, 113, 55, 237, 18, 5);
export const ORACLE_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(139, 194, 131, 179, 140, 179, 229, 244);

/**
 * Byte offsets in a pair's account, discriminator included (MeteoraAg/dlmm-sdk, commit fb02e51, idls/dlmm.json 0.12.0:
 * `LbPair`, `StaticParameters`, `VariableParameters`, `ProtocolFee`, `RewardInfo`).
 */
export const PAIR_OFFSET = {
	baseFactor: 8,
	filterPeriod: 10,
	decayPeriod: 12,
	reductionFactor: 14,
	variableFeeControl: 16,
	maxVolatilityAccumulator: 20,
	minBinId: 24,
	maxBinId: 28,
	protocolShare: 32,
	baseFeePowerFactor: 34,
	functionType: 35,
	collectFeeMode: 36,
	volatilityAccumulator: 40,
	volatilityReference: 44,
	indexReference: 48,
	lastUpdateTimestamp: 56,
	pairType: 75,
	activeId: 76,
	binStep: 80,
	status: 82,
	activationType: 86,
	tokenXMint: 88,
	tokenYMint: 120,
	reserveX: 152,
	reserveY: 184,
	protocolFeeX: 216,
	protocolFeeY: 224,
	rewardMint0: 264,
	rewardMint1: 408,
	oracle: 552,
	binArrayBitmap: 584,
	activationPoint: 816,
	tokenMintXProgramFlag: 880,
	tokenMintYProgramFlag: 881,
} as const;

/** Bins of one array (dlmm-sdk, commons/src/constants.rs `MAX_BIN_PER_ARRAY`). */
export const BINS_PER_ARRAY = 70;

/** Bytes of a `Bin`, and of a `BinArray` with its discriminator. */
export const BIN_SIZE = 144;
export const BIN_ARRAY_SIZE = 10_136;

/** Byte offsets in a bin array's account, discriminator included (idls/dlmm.json 0.12.0 `BinArray`). */
export const BIN_ARRAY_OFFSET = { index: 8, version: 16, pair: 24, bins: 56 } as const;

/** Byte offsets in a bin (idls/dlmm.json 0.12.0 `Bin`). */
export const BIN_OFFSET = {
	amountX: 0,
	amountY: 8,
	price: 16,
	liquiditySupply: 32,
	fulfilledOrderAmountX: 48,
	fulfilledOrderAmountY: 56,
	orderFeeAskSide: 64,
	orderFeeBidSide: 72,
	openOrderAmount: 112,
	totalProcessingOrderAmount: 120,
	processedOrderRemainingAmount: 128,
	orderAge: 136,
	orderAskSide: 140,
} as const;

/** Size of `BinArrayBitmapExtension` with its discriminator, and where its bitmaps stand (idls/dlmm.json 0.12.0). */
export const BITMAP_EXTENSION_SIZE = 1_576;
export const BITMAP_EXTENSION_OFFSET = { pair: 8, positive: 40, negative: 808 } as const;

/** Lowest and highest bin of any pair (dlmm-sdk, commons/src/constants.rs `MIN_BIN_ID`, `MAX_BIN_ID`). */
export const MIN_BIN_ID = -443_636;
export const MAX_BIN_ID = 443_636;

/** Widest bin, in basis points (dlmm-sdk, commons/src/constants.rs `MAX_BIN_STEP`). */
export const MAX_BIN_STEP = 400;

/** Fee rates are parts of this (dlmm-sdk, commons/src/constants.rs `FEE_PRECISION`). */
export const FEE_PRECISION = 1_000_000_000n;

/** No swap pays a higher rate (dlmm-sdk, commons/src/constants.rs `MAX_FEE_RATE`). */
export const MAX_FEE_RATE = 100_000_000;

export const BASIS_POINT_MAX = 10_000;

/** Whether an account's data begins with a discriminator. */
export function startsWith(data: Uint8Array, discriminator: Readonly<Uint8Array>): boolean {
	for (let index = 0; index < discriminator.length; index++) {
		if (data[index] !== discriminator[index]) return false;
	}
	return true;
}
