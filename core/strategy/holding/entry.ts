import type { ChainClock } from "../../market/chain-clock.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { Direction, Quote } from "../../market/venues/venue.ts";
import type { RouteQuote } from "../../orders/order-route.ts";
import type { Address } from "../../types/address.ts";
import { failure, type Result, success } from "../../types/result.ts";

const BASIS_POINTS = 10_000n;
/** An amount is found to within this share of the most that is asked for. */
const PRECISION = 1_024n;

export interface EntryRequest {
	readonly row: PoolRow;
	readonly mintIn: Address;
	/** Given at most, base units of {@link mintIn}. */
	readonly amount: bigint;
	/** Given at least; a smaller purchase is not worth its fees. */
	readonly minimumAmount: bigint;
	/** How far below the pool's price the average may be, before its fee. */
	readonly maximumImpactBps: number;
	readonly clock: ChainClock;
}

/** Why nothing is bought from a pool. */
export type NoEntryCode = "noQuote" | "priceImpact";

/** The largest purchase from a pool, up to an amount, that moves its price no further than allowed. Exact, to the unit. */
export function quoteEntry(request: EntryRequest): Result<RouteQuote, NoEntryCode> {
	const whole = tryEntry(request, request.amount);
	if (whole.ok) return whole;
	let best = tryEntry(request, request.minimumAmount);
	if (!best.ok) return best;
	let [fits, tooMuch] = [request.minimumAmount, request.amount];
	while ((tooMuch - fits) * PRECISION > request.amount && tooMuch - fits > 1n) {
		const middle = (fits + tooMuch) / 2n;
		const tried = tryEntry(request, middle);
		if (tried.ok) {
			best = tried;
			fits = middle;
		} else {
			tooMuch = middle;
		}
	}
	return best;
}

function tryEntry(
	{ row, mintIn, maximumImpactBps, clock }: EntryRequest,
	amount: bigint,
): Result<RouteQuote, NoEntryCode> {
	const { mintA, mintB } = row.pool;
	const direction: Direction = mintIn === mintA ? "aToB" : "bToA";
	const quoted = row.market.quoteExactIn(direction, amount, clock);
	if (!quoted.ok) return failure("noQuote");
	const { amountIn, amountOut, arrays } = quoted.value;
	if (!isWithinImpact(row, { direction, quote: quoted.value, maximumImpactBps })) return failure("priceImpact");
	const route = [{ row, direction, mintIn, mintOut: mintIn === mintA ? mintB : mintA }];
	return success({ route, amountIn, amountOut, outputs: [amountOut], arrays: [arrays] });
}

/** Exact: what the curve gives for what reaches it, against the price of its reserves. */
function isWithinImpact(
	{ reserveA, reserveB }: PoolRow,
	{
		direction,
		quote,
		maximumImpactBps,
	}: { readonly direction: Direction; readonly quote: Quote; readonly maximumImpactBps: number },
): boolean {
	const { amountIn, amountOut, fee, feeSide } = quote;
	const [reserveIn, reserveOut] = direction === "aToB" ? [reserveA, reserveB] : [reserveB, reserveA];
	const into = feeSide === "input" ? amountIn - fee : amountIn;
	const outOf = feeSide === "output" ? amountOut + fee : amountOut;
	return outOf * reserveIn * BASIS_POINTS >= into * reserveOut * (BASIS_POINTS - BigInt(maximumImpactBps));
}

/** Whether swaps through a row are possible now, as far as the row itself tells. */
export function isOpen({ stale, swapEnabled, openTimeSeconds }: PoolRow, { unixSeconds }: ChainClock): boolean {
	return !stale && swapEnabled && openTimeSeconds <= unixSeconds;
}

/** What a pool holds of a mint at its present price, base units; 0 when it does not trade it. */
export function reserveOf({ pool, reserveA, reserveB }: PoolRow, mint: Address): bigint {
	if (pool.mintA === mint) return reserveA;
	return pool.mintB === mint ? reserveB : 0n;
}
