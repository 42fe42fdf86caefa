import { FEE_OFFSET } from "../../../../../../core/market/venues/meteora-damm-v2/fee-parameters.ts";
import {
	type DammV2Pool,
	type DammV2State,
	decodePool,
	emptyState,
	readPoolState,
} from "../../../../../../core/market/venues/meteora-damm-v2/layout.ts";
import {
	DAMM_V2_PROGRAM,
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
} from "../../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import type { Address } from "../../../../../../core/types/address.ts";

export const OFFSET = { ...FEE_OFFSET, ...POOL_OFFSET };
export const POOL_ADDRESS = "8Pm2kZpnxD3hoMmt4bjStX2Pw2Z9abpbHzZxMPqxPmie" as Address;
export const CLOCK = { slot: 1_000n, epoch: 5n, unixSeconds: 2_000_000n };

/** [offset, bytes, value] */
export type Edit = readonly [offset: number, bytes: 1 | 2 | 4 | 8 | 16, value: bigint | number];

/** An open pool at price 1 with 0.25 % fee in both tokens, and a 20 % share for the protocol. */
export function poolBytes(...edits: readonly Edit[]): Uint8Array {
	const data = new Uint8Array(POOL_SIZE);
	data.set(POOL_DISCRIMINATOR);
	data.fill(3, OFFSET.tokenAMint, OFFSET.tokenAMint + 32);
	data.fill(4, OFFSET.tokenBMint, OFFSET.tokenBMint + 32);
	const usual: readonly Edit[] = [
		[OFFSET.cliffFeeNumerator, 8, 2_500_000n],
		[OFFSET.protocolFeePercent, 1, 20],
		[OFFSET.referralFeePercent, 1, 20],
		[OFFSET.liquidity, 16, 1_000_000_000_000n << 64n],
		[OFFSET.sqrtMinPrice, 16, MIN_SQRT_PRICE],
		[OFFSET.sqrtMaxPrice, 16, MAX_SQRT_PRICE],
		[OFFSET.sqrtPrice, 16, 1n << 64n],
		[OFFSET.activationPoint, 8, 900n],
		[OFFSET.feeVersion, 1, 1],
		[OFFSET.tokenAAmount, 8, 1_000_000_000_000n],
		[OFFSET.tokenBAmount, 8, 1_000_000_000_000n],
		[OFFSET.layoutVersion, 1, 1],
	];
	for (const [offset, bytes, value] of [...usual, ...edits]) {
		for (let index = 0; index < bytes; index++) {
			data[offset + index] = Number((BigInt(value) >> BigInt(8 * index)) & 0xffn);
		}
	}
	return data;
}

/** Fees that follow volatility, as the program's own defaults set them. */
export const DYNAMIC: readonly Edit[] = [
	[OFFSET.dynamicInitialized, 1, 1],
	[OFFSET.maxVolatilityAccumulator, 4, 14_460_000],
	[OFFSET.variableFeeControl, 4, 956],
	[OFFSET.binStep, 2, 1],
	[OFFSET.filterPeriod, 2, 10],
	[OFFSET.decayPeriod, 2, 120],
	[OFFSET.reductionFactor, 2, 5_000],
	[OFFSET.binStepU128, 16, 1_844_674_407_370_955n],
];

export function account(data: Uint8Array) {
	return { address: POOL_ADDRESS, owner: DAMM_V2_PROGRAM, data };
}

/** Pool and state of bytes that must decode. */
export function opened(data: Uint8Array): { readonly pool: DammV2Pool; readonly state: DammV2State } {
	const decoded = decodePool(account(data), { a: null, b: null });
	if (!decoded.ok) throw new Error(decoded.error.detail);
	const state = emptyState();
	const refused = readPoolState(data, decoded.value, state);
	if (refused !== null) throw new Error(refused.detail);
	return { pool: decoded.value, state };
}
