import { bestQuote, type RouteQuote, type Routes } from "./order-route.ts";
import { inputAtPrice, isAtOrBetter, type OrderSide, type Price } from "./price.ts";

export interface SizeBounds {
	readonly side: OrderSide;
	readonly limitPrice: Price;
	/** Base units of the mint given. */
	readonly maximumAmount: bigint;
}

/** Steps from above before halving takes over: enough for every size up to this to be the very largest. */
const STEPS_FROM_ABOVE = 64;

/**
 * The largest amount whose average price respects the limit, with its quote; null when none does.
 *
 * More input never gives less output. So where `x` is too much, everything above the amount that its output pays for at
 * the limit is too much as well: the search steps down there until it fits, and what it meets first is the largest. Close
 * to the market's price these steps become short; then the rest is halved, which finds an amount that fits and of which
 * one unit more does not. A larger one that fits can then only be hidden by rounding, within a few units of output.
 */
export function largestWithin(routes: Routes, { side, limitPrice, maximumAmount }: SizeBounds): RouteQuote | null {
	let amount = maximumAmount;
	for (let step = 0; step < STEPS_FROM_ABOVE && amount >= 1n; step++) {
		const quote = bestQuote(routes, amount);
		// Refused at this size, say beyond a u64: smaller ones may be quoted, and nothing is known of where.
		if (quote === null) break;
		if (isAtOrBetter(side, quote, limitPrice)) return quote;
		amount = inputAtPrice(side, quote.amountOut, limitPrice);
	}
	return amount < 1n ? null : halve(routes, { side, limitPrice, maximumAmount: amount });
}

function halve(routes: Routes, { side, limitPrice, maximumAmount }: SizeBounds): RouteQuote | null {
	let tooMuch = maximumAmount + 1n;
	let fits: RouteQuote | null = null;
	let enough = 0n;
	while (tooMuch - enough > 1n) {
		const middle = (enough + tooMuch) / 2n;
		const quote = bestQuote(routes, middle);
		if (quote !== null && isAtOrBetter(side, quote, limitPrice)) {
			fits = quote;
			enough = middle;
		} else {
			tooMuch = middle;
		}
	}
	return fits;
}
