import type { ChainClock } from "../../market/chain-clock.ts";
import type { PoolRow } from "../../market/pool-row.ts";

/** One leg of a cycle, bound to its row. */
export interface ScreenLeg {
	readonly row: PoolRow;
	readonly isAToB: boolean;
}

/** What the loan costs and allows. */
export interface ScreenLoan {
	/** What a borrowed unit costs to repay: 1 + the lender's fee. */
	readonly repayShare: number;
	/** The most that may be borrowed, base units. */
	readonly maximumAmount: number;
}

/** Far above the rounding errors of the few double operations here (each 2^-53), far below any profit. */
const MARGIN = 1e-12;
/** The lender's fee is rounded to the nearest unit, so that it may be half a unit below its exact value. */
const ROUNDING_UNITS = 1;

/**
 * An upper bound of a cycle's profit before network cost, in base units of the funding mint; 0 when no size can be
 * profitable. In doubles, some ten nanoseconds a leg: it only decides what is looked at exactly.
 *
 * It is a bound where every leg follows one curve at any size; else it is what the present ranges would bring.
 *
 * Constant-product legs with a fee on the input, one after the other, are one curve `out = a·x / (b + c·x)`. It pays
 * only where its slope at zero, a/b, is above the price of the loan; its best profit is (√a − √(b·repay))² / c. Exact
 * quotes round against the trader, so they never give more than this curve.
 */
export function screen(
	legs: readonly ScreenLeg[],
	{ repayShare, maximumAmount }: ScreenLoan,
	clock: ChainClock,
): number {
	let a = 1;
	let b = 1;
	let c = 0;
	for (const { row, isAToB } of legs) {
		const keptShare = row.market.keptShare(isAToB ? "aToB" : "bToA", clock);
		const reserveIn = isAToB ? row.roughA : row.roughB;
		const reserveOut = isAToB ? row.roughB : row.roughA;
		c = reserveIn * c + keptShare * a;
		a *= keptShare * reserveOut;
		b *= reserveIn;
	}
	// Empty reserves on both sides compare as false here too.
	if (!(a * (1 + MARGIN) > b * repayShare)) return 0;
	const bestAmount = (Math.sqrt((a * b) / repayShare) - b) / c;
	if (bestAmount > maximumAmount) {
		const repaid = maximumAmount * repayShare;
		return (a * maximumAmount) / (b + c * maximumAmount) - repaid * (1 - MARGIN) + ROUNDING_UNITS;
	}
	const difference = Math.sqrt(a) * (1 + MARGIN) - Math.sqrt(b * repayShare);
	return (difference * difference) / c + ROUNDING_UNITS;
}
