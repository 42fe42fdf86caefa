import type { Address } from "../../../types/address.ts";
import type { TransferFeeSchedule } from "../../transfer-fee.ts";

/** The ticks of one array; an array that does not exist on the chain has none that is initialised. */
export interface TickArray {
	readonly startIndex: number;
	/** 1 where a tick is initialised, by slot: slot n is the tick `startIndex + n * tickSpacing`. */
	readonly initialized: Uint8Array;
	/** What liquidity changes by when the price rises over the tick; without meaning where none is initialised. */
	readonly liquidityNet: bigint[];
	/** Square root of the price at a slot's tick, once asked for; 0 before. */
	readonly sqrtPrices: bigint[];
}

/** What an operator sets of an adaptive fee (whirlpools, state/oracle.rs `AdaptiveFeeConstants`). */
export interface AdaptiveFeeConstants {
	/** Seconds in which swaps count as one movement. */
	readonly filterPeriod: number;
	/** Seconds after which volatility is forgotten. */
	readonly decayPeriod: number;
	/** What is left of volatility between the two, parts of 10^4. */
	readonly reductionFactor: number;
	readonly adaptiveFeeControlFactor: number;
	readonly maxVolatilityAccumulator: number;
	readonly tickGroupSize: number;
	readonly majorSwapThresholdTicks: number;
}

/** What swaps change of it (whirlpools, state/oracle.rs `AdaptiveFeeVariables`). Times in Unix seconds. */
export interface AdaptiveFeeVariables {
	readonly lastReferenceUpdateTimestamp: number;
	readonly lastMajorSwapTimestamp: number;
	readonly volatilityReference: number;
	readonly tickGroupIndexReference: number;
	readonly volatilityAccumulator: number;
}

/** A pool's oracle account. */
export interface Oracle {
	/** Unix seconds from which swaps are allowed. */
	readonly tradeEnableSeconds: bigint;
	readonly constants: AdaptiveFeeConstants;
	readonly variables: AdaptiveFeeVariables;
	/** Square roots of prices at the bounds of tick groups that were asked for, by tick; bounded by its user. */
	readonly prices: Map<number, bigint>;
}

/** What `decodePool` reads: everything in a pool account that a swap does not change. */
export interface WhirlpoolPool {
	readonly address: Address;
	/** The address as bytes: seeds, and what arrays and the oracle name. */
	readonly addressBytes: Uint8Array;
	readonly mintA: Address;
	readonly mintB: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	readonly transferFeeA: TransferFeeSchedule | null;
	readonly transferFeeB: TransferFeeSchedule | null;
	/** Ticks between two that may be initialised. */
	readonly tickSpacing: number;
	/** The pool was made with an adaptive fee tier: its oracle account has a part in every fee. */
	readonly hasAdaptiveFee: boolean;
}

/** What a swap, a deposit or an operator changes. Kept for the pool's life and overwritten by the readers. */
export interface WhirlpoolState {
	/** Parts of 10^6. */
	feeRate: bigint;
	/** Of the fee, parts of 10^4. */
	protocolFeeRate: bigint;
	liquidity: bigint;
	/** Square root of the price of token A in token B, Q64.64; 0 before the pool was read. */
	sqrtPrice: bigint;
	tickCurrentIndex: number;
	/** Square roots of the price at the current tick and at the next one. */
	tickFloor: bigint;
	tickCeiling: bigint;
	protocolFeeOwedA: bigint;
	protocolFeeOwedB: bigint;
	/** Unix seconds of the newest swap or deposit. */
	rewardLastUpdatedSeconds: bigint;
	/** Null: not known yet, or the pool has none. */
	oracle: Oracle | null;
	/** The chain was asked for the oracle. Without an account of it the fee is the static one. */
	isOracleKnown: boolean;
	/** Known arrays by the first tick that each covers. At most {@link MAX_ARRAYS}. */
	readonly arrays: Map<number, TickArray>;
}

/** A swap takes three arrays in its direction; the rest is room for a price that moves to and fro. */
export const MAX_ARRAYS = 16;

/** A state that `readPoolState` has not filled yet. */
export function emptyState(): WhirlpoolState {
	return {
		feeRate: 0n,
		protocolFeeRate: 0n,
		liquidity: 0n,
		sqrtPrice: 0n,
		tickCurrentIndex: Number.NaN,
		tickFloor: 0n,
		tickCeiling: 0n,
		protocolFeeOwedA: 0n,
		protocolFeeOwedB: 0n,
		rewardLastUpdatedSeconds: 0n,
		oracle: null,
		isOracleKnown: false,
		arrays: new Map(),
	};
}
