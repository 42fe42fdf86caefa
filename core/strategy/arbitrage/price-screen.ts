import type { PoolRow } from "../../market/book.ts";
import type { ChainClock } from "../../market/chain-clock.ts";
import type { PoolRoutes } from "../../market/cycle-index.ts";
import { type LegCode, legCode, NO_LEG, ROUTE_STRIDE } from "../../market/leg-code.ts";

const CLOSED = Number.NEGATIVE_INFINITY;
/** Far above the rounding errors of a few sums of logarithms, far below any gap that pays. */
const MARGIN = 1e-12;

/**
 * What one unit brings on every leg, as logarithms in one array: whether a route may pay at all is a sum of up to four
 * of them. A few nanoseconds a route, however many pools there are.
 */
export class PriceScreen {
	/** By leg code; the code of no leg adds nothing. */
	readonly #prices: Float64Array;
	/** By the code of a route's first leg: what the loan costs. */
	readonly #loans: Float64Array;

	constructor(pools: number) {
		this.#prices = new Float64Array(legCode(pools, "aToB")).fill(CLOSED);
		this.#prices[NO_LEG] = 0;
		this.#loans = new Float64Array(this.#prices.length).fill(Number.POSITIVE_INFINITY);
	}

	/** Takes over a row's prices; those of a pool that cannot be traded now let no route pass. */
	set(row: PoolRow, clock: ChainClock): void {
		const [sell, buy] = [legCode(row.index, "aToB"), legCode(row.index, "bToA")];
		const isOpen = !row.stale && row.swapEnabled && row.openTimeSeconds <= clock.unixSeconds;
		if (!isOpen || !(row.roughA > 0 && row.roughB > 0)) {
			this.#prices[sell] = CLOSED;
			this.#prices[buy] = CLOSED;
			return;
		}
		const price = Math.log(row.roughB / row.roughA);
		this.#prices[sell] = price + Math.log(row.market.keptShare("aToB", clock));
		this.#prices[buy] = Math.log(row.market.keptShare("bToA", clock)) - price;
	}

	/** What a borrowed unit costs to repay, for routes that begin with that leg; infinite when nobody lends its mint. */
	setLoan(code: LegCode, repayShare: number): void {
		this.#loans[code] = Math.log(repayShare);
	}

	/** Calls `pass` with the place of every route on a list that may pay. */
	look({ codes, count }: PoolRoutes, pass: (at: number) => void): void {
		const prices = this.#prices;
		for (let at = 0; at < count * ROUTE_STRIDE; at += ROUTE_STRIDE) {
			const first = codes[at]!;
			const gain = prices[first]! + prices[codes[at + 1]!]! + prices[codes[at + 2]!]! + prices[codes[at + 3]!]!;
			if (gain + MARGIN > this.#loans[first]!) pass(at);
		}
	}
}
