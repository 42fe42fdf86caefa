import type { Address } from "../../../types/address.ts";

/** Meteora DAMM v2 on mainnet (damm-v2, lib.rs `declare_id`). */
export const DAMM_V2_PROGRAM = "cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG" as Address;

/** The one authority over every pool's vaults: the program address of "pool_authority" (damm-v2, const_pda.rs). */
export const DAMM_V2_AUTHORITY = "HLnpSz9h2S4hiLQ43rnSD9XkcUThA7B8hQMKmDaiTLcC" as Address;

/** Signs the program's events: the program address of "__event_authority" (damm-v2, const_pda.rs). */
export const DAMM_V2_EVENT_AUTHORITY = "3rmHSu74h1ZcmAisVcWerTCiRDQbUrBKmcwptYGjHfet" as Address;

/** Size of `Pool` with its discriminator (damm-v2, state/pool.rs: 1,104 + 8). */
export const POOL_SIZE = 1_112;

/** Anchor's discriminator: the first 8 bytes of sha256("account:Pool"). */
export const POOL_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(241, 154, 109, 4, 17, 177, 109, 188);

/**
 * Byte offsets in a pool account, discriminator included (damm-v2 0.2.1, commit a3d3827, state/pool.rs `Pool`,
 * state/fee.rs `DynamicFeeStruct`; u128 stands at multiples of 8). Fee parameters: `fee-parameters.ts`.
 */
export const POOL_OFFSET = {
	lastUpdateTimestamp: 80,
	sqrtPriceReference: 104,
	volatilityAccumulator: 120,
	volatilityReference: 136,
	tokenAMint: 168,
	tokenBMint: 200,
	tokenAVault: 232,
	tokenBVault: 264,
	whitelistedVault: 296,
	liquidity: 360,
	protocolAFee: 392,
	protocolBFee: 400,
	sqrtMinPrice: 424,
	sqrtMaxPrice: 440,
	sqrtPrice: 456,
	activationPoint: 472,
	activationType: 480,
	poolStatus: 481,
	tokenAFlag: 482,
	tokenBFlag: 483,
	collectFeeMode: 484,
	feeVersion: 486,
	feeAPerLiquidity: 488,
	feeBPerLiquidity: 520,
	totalLpAFee: 568,
	totalLpBFee: 584,
	totalProtocolAFee: 600,
	totalProtocolBFee: 608,
	tokenAAmount: 680,
	tokenBAmount: 688,
	layoutVersion: 696,
} as const;

/** Lowest and highest square root of a price, Q64.64 (damm-v2, constants.rs `MIN_SQRT_PRICE`, `MAX_SQRT_PRICE`). */
export const MIN_SQRT_PRICE = 4_295_048_016n;
export const MAX_SQRT_PRICE = 79_226_673_521_066_979_257_578_248_091n;
