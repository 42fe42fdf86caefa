import type { PoolView } from "../../broker/contracts/monitor.ts";
import type { PoolRow } from "../../core/market/pool-row.ts";
import type { MarketReplica } from "../../mixins/market-replica.ts";
import type { PoolSides } from "./equity.ts";

export interface PairOrder {
	/** Mint whose price is the unit: it stands second in every pair that has it. */
	readonly quoteMint: string;
	/** Mint that stands second where the quote mint is absent. */
	readonly secondMint: string;
}

/** What the screen shows of every pool that has been seen. */
export function poolViews(market: Pick<MarketReplica, "book" | "mint">, order: PairOrder): PoolView[] {
	return seenRows(market).map((row) => {
		const { pool, reserveA, reserveB } = row;
		const symbolA = market.mint(pool.mintA)?.symbol ?? shortAddress(pool.mintA);
		const symbolB = market.mint(pool.mintB)?.symbol ?? shortAddress(pool.mintB);
		const price = wholeUnits(reserveB, pool.decimalsB) / wholeUnits(reserveA, pool.decimalsA);
		const inOrder = standsFirst(order, pool.mintA, pool.mintB);
		return {
			address: pool.address,
			venue: pool.venue,
			pair: inOrder ? `${symbolA}/${symbolB}` : `${symbolB}/${symbolA}`,
			pairPrice: finite(inOrder ? price : 1 / price),
			mintA: pool.mintA,
			mintB: pool.mintB,
			symbolA,
			symbolB,
			decimalsA: pool.decimalsA,
			decimalsB: pool.decimalsB,
			reserveA,
			reserveB,
			slot: row.slot,
			stale: row.stale,
			price: finite(price),
		};
	});
}

/** The two sides of every pool that has been seen. */
export function poolSides(market: Pick<MarketReplica, "book">): PoolSides[] {
	return seenRows(market).map(({ pool: { mintA, mintB }, reserveA, reserveB }) => ({
		mintA,
		mintB,
		reserveA,
		reserveB,
	}));
}

/** An address for a place where a symbol is expected. */
export function shortAddress(address: string): string {
	return `${address.slice(0, 4)}…${address.slice(-4)}`;
}

function seenRows({ book }: Pick<MarketReplica, "book">): PoolRow[] {
	return book ? book.rows.filter(({ slot }) => slot >= 0) : [];
}

function standsFirst({ quoteMint, secondMint }: PairOrder, mint: string, other: string): boolean {
	const rank = (address: string): number => (address === quoteMint ? 2 : address === secondMint ? 1 : 0);
	return rank(mint) === rank(other) ? mint < other : rank(mint) < rank(other);
}

/** For display only. */
function wholeUnits(amount: bigint, decimals: number): number {
	return Number(amount) / 10 ** decimals;
}

function finite(value: number): number {
	return Number.isFinite(value) ? value : 0;
}
