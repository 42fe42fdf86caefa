import type { Book } from "../../market/book.ts";
import type { ChainClock } from "../../market/chain-clock.ts";
import type { PoolRoutes } from "../../market/cycle-index.ts";
import { legCode, NO_LEG, ROUTE_STRIDE } from "../../market/leg-code.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { Address } from "../../types/address.ts";

/** What does not change with time is asked at any. */
const ANY_TIME: ChainClock = { slot: 0n, epoch: 0n, unixSeconds: 0n };
const CLOSED = Number.NEGATIVE_INFINITY;
/** Far above the rounding errors of a few sums of logarithms, far below any gap that pays. */
const MARGIN = 1e-12;
/** What the venue leaves changes: its market tells. */
const ASK = 2 ** 32 - 1;
const UNPAYABLE = Number.POSITIVE_INFINITY;

/**
 * What one unit brings on every leg, as logarithms in one array: whether a route may pay at all is a sum of up to four
 * of them. A few nanoseconds a route, however many pools there are.
 */
export class PriceScreen {
	readonly #book: Book;
	/** By leg code; the code of no leg adds nothing. */
	readonly #prices: Float64Array;
	/** By pool: the number of what its venue leaves of an input, about as many as fees; or {@link ASK}. */
	readonly #keptOf: Uint32Array;
	readonly #kept: readonly number[];
	/** By the code of a route's first leg: the number of its loan. */
	readonly #loanOf: Uint16Array;
	/** By number: what the loan costs. The first is that of a mint that nobody lends. */
	#loans: readonly number[] = [UNPAYABLE];

	constructor(book: Book) {
		this.#book = book;
		const codes = legCode(book.rows.length, "aToB");
		this.#prices = new Float64Array(codes).fill(CLOSED);
		this.#prices[NO_LEG] = 0;
		this.#loanOf = new Uint16Array(codes);
		const shares = new Map<number, number>();
		this.#keptOf = Uint32Array.from(book.rows, ({ isShareFixed, market }) => {
			if (!isShareFixed) return ASK;
			const share = market.keptShare("aToB", ANY_TIME);
			if (!shares.has(share)) shares.set(share, shares.size);
			return shares.get(share) as number;
		});
		this.#kept = [...shares.keys()].map(Math.log);
	}

	/** Takes over a row's prices; those of a pool that cannot be traded now let no route pass. */
	set(index: number, clock: ChainClock): void {
		const [sell, buy] = [legCode(index, "aToB"), legCode(index, "bToA")];
		const rough = this.#book.roughPrice(index, clock);
		if (!(rough > 0)) {
			this.#prices[sell] = CLOSED;
			this.#prices[buy] = CLOSED;
			return;
		}
		const price = Math.log(rough);
		const number = this.#keptOf[index]!;
		if (number !== ASK) {
			const kept = this.#kept[number]!;
			this.#prices[sell] = kept + price;
			this.#prices[buy] = kept - price;
			return;
		}
		const { market } = this.#book.rows[index] as PoolRow;
		this.#prices[sell] = Math.log(market.keptShare("aToB", clock)) + price;
		this.#prices[buy] = Math.log(market.keptShare("bToA", clock)) - price;
	}

	/** What a borrowed unit of a mint costs to repay, for routes that begin with it. No others pass. */
	lend(repayShares: ReadonlyMap<Address, number>): void {
		const mints = [...repayShares.keys()];
		this.#loans = [UNPAYABLE, ...[...repayShares.values()].map(Math.log)];
		for (const { index, pool } of this.#book.rows) {
			this.#loanOf[legCode(index, "aToB")] = mints.indexOf(pool.mintA) + 1;
			this.#loanOf[legCode(index, "bToA")] = mints.indexOf(pool.mintB) + 1;
		}
	}

	/** Calls `pass` with the place of every route on a list that may pay. */
	look({ codes, from, to }: PoolRoutes, pass: (at: number) => void): void {
		const prices = this.#prices;
		for (let at = from; at < to; at += ROUTE_STRIDE) {
			const first = codes[at]!;
			const gain = prices[first]! + prices[codes[at + 1]!]! + prices[codes[at + 2]!]! + prices[codes[at + 3]!]!;
			if (gain + MARGIN > this.#loans[this.#loanOf[first]!]!) pass(at);
		}
	}
}
