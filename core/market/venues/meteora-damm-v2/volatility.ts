import { type DynamicFee, ONE_IN_BASIS_POINTS } from "./fee-parameters.ts";
import { smaller } from "./integers.ts";

/** What of the volatility a swap changes (damm-v2, state/fee.rs `DynamicFeeStruct`). */
export interface Volatility {
	readonly lastUpdateSeconds: bigint;
	readonly sqrtPriceReference: bigint;
	readonly volatilityAccumulator: bigint;
	readonly volatilityReference: bigint;
}

const ONE = 1n << 64n;
const SCALE = 100_000_000_000n;

/** What volatility adds to a fee, in parts of 10^9 (damm-v2, state/fee.rs `get_variable_fee`). */
export function variableFeeNumerator(dynamic: DynamicFee, accumulator: bigint): bigint {
	const moved = accumulator * dynamic.binStep;
	return (moved * moved * dynamic.variableFeeControl + SCALE - 1n) / SCALE;
}

/** Whether the swap starts from the present price: the last one is `filter_period` seconds old (`update_references`). */
export function isReferenceRenewed(dynamic: DynamicFee, lastUpdateSeconds: bigint, nowSeconds: bigint): boolean {
	return elapsed(lastUpdateSeconds, nowSeconds) >= dynamic.filterPeriodSeconds;
}

/**
 * The volatility that a swap leaves behind: damm-v2, state/fee.rs `update_references` before it,
 * `update_volatility_accumulator` after it, and state/pool.rs `update_post_swap` for the time.
 */
export function volatilityAfter(
	dynamic: DynamicFee,
	before: Volatility,
	swap: { readonly sqrtPriceBefore: bigint; readonly sqrtPriceAfter: bigint; readonly nowSeconds: bigint },
): Volatility {
	let { sqrtPriceReference, volatilityReference } = before;
	const age = elapsed(before.lastUpdateSeconds, swap.nowSeconds);
	if (age >= dynamic.filterPeriodSeconds) {
		sqrtPriceReference = swap.sqrtPriceBefore;
		const isDecaying = age < dynamic.decayPeriodSeconds;
		volatilityReference = isDecaying
			? (before.volatilityAccumulator * dynamic.reductionFactor) / ONE_IN_BASIS_POINTS
			: 0n;
	}
	const moved = binsBetween(dynamic, swap.sqrtPriceAfter, sqrtPriceReference) * ONE_IN_BASIS_POINTS;
	const isMoved = binsBetween(dynamic, swap.sqrtPriceBefore, swap.sqrtPriceAfter) > 0n;
	return {
		lastUpdateSeconds: isMoved ? swap.nowSeconds : before.lastUpdateSeconds,
		sqrtPriceReference,
		volatilityAccumulator: smaller(volatilityReference + moved, dynamic.maxVolatilityAccumulator),
		volatilityReference,
	};
}

/** Saturating: an observer's clock may lag behind the last swap's. */
function elapsed(lastUpdateSeconds: bigint, nowSeconds: bigint): bigint {
	return nowSeconds > lastUpdateSeconds ? nowSeconds - lastUpdateSeconds : 0n;
}

/** damm-v2, state/fee.rs `get_delta_bin_id`: two bins a step of the square root. */
function binsBetween(dynamic: DynamicFee, first: bigint, second: bigint): bigint {
	const ratio = first > second ? (first << 64n) / second : (second << 64n) / first;
	return ((ratio - ONE) / dynamic.binStepU128) * 2n;
}
