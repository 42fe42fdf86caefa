import { failure, type Result, success } from "../types/result.ts";
import type { ChainClock } from "./chain-clock.ts";
import type { Direction, NoQuoteCode, PoolMarket } from "./venues/venue.ts";

/** One swap of a route, with the market that it goes through. */
export interface RouteLeg {
	readonly market: PoolMarket;
	readonly direction: Direction;
}

/** What goes through a route, leg by leg. Base units. */
export interface RoutePassage {
	/** What each leg gives; the next one spends exactly that. */
	readonly outputs: readonly bigint[];
	/** The arrays that each leg's swap has to name. */
	readonly arrays: readonly (readonly number[])[];
	/** The markets as the whole route leaves them, by leg. */
	readonly after: readonly PoolMarket[];
}

/**
 * Quotes a route for an exact input, to the unit. A market that the route passes again is the one that its own earlier
 * leg has left.
 */
export function passRoute(
	legs: readonly RouteLeg[],
	amount: bigint,
	clock: ChainClock,
): Result<RoutePassage, NoQuoteCode> {
	const outputs: bigint[] = [];
	const arrays: (readonly number[])[] = [];
	const after: PoolMarket[] = [];
	let carried = amount;
	for (const [at, { market, direction }] of legs.entries()) {
		const last = lastPassage(legs, at);
		const now = last === -1 ? market : (after[last] as PoolMarket);
		const quote = now.quoteExactIn(direction, carried, clock);
		if (!quote.ok) return failure(quote.error);
		after.push(now.afterSwap(direction, quote.value));
		carried = quote.value.amountOut;
		outputs.push(carried);
		arrays.push(quote.value.arrays);
	}
	return success({ outputs, arrays, after });
}

/** The last leg before `at` through the same market; −1 when there is none. Routes are short: no map. */
function lastPassage(legs: readonly RouteLeg[], at: number): number {
	const market = legs[at]?.market;
	for (let before = at - 1; before >= 0; before--) if (legs[before]?.market === market) return before;
	return -1;
}
