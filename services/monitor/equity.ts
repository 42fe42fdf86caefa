import type { EquityPoint } from "../../broker/contracts/monitor.ts";
import type { BookLine } from "../../broker/contracts/risk.ts";

/** The two sides of a pool, in base units. */
export interface PoolSides {
	readonly mintA: string;
	readonly mintB: string;
	readonly reserveA: bigint;
	readonly reserveB: bigint;
}

/** Base units of the quote asset per base unit of a mint, as a fraction. */
interface Price {
	readonly numerator: bigint;
	readonly denominator: bigint;
	/** How much of the quote asset stands behind the price. */
	readonly depth: bigint;
}

/**
 * Mid prices in the quote asset: from the deepest pool with the quote asset, else from the deepest pool with a mint that
 * has such a pool. For display and for the equity curve; no order is priced by it.
 */
export class PriceTable {
	readonly #prices = new Map<string, Price>();

	constructor(pools: readonly PoolSides[], quoteMint: string) {
		this.#prices.set(quoteMint, { numerator: 1n, denominator: 1n, depth: 0n });
		for (let hop = 0; hop < 2; hop++) this.#extend(pools);
	}

	/** The value in base units of the quote asset, rounded towards zero; null when nothing prices the mint. */
	value(mint: string, amount: bigint): bigint | null {
		if (amount === 0n) return 0n;
		const price = this.#prices.get(mint);
		return price ? (amount * price.numerator) / price.denominator : null;
	}

	/** One hop further: prices what shares a pool with a mint that had its price before. */
	#extend(pools: readonly PoolSides[]): void {
		const found = new Map<string, Price>();
		for (const { mintA, mintB, reserveA, reserveB } of pools) {
			if (reserveA === 0n || reserveB === 0n) continue;
			this.#consider(found, { mint: mintA, reserve: reserveA, by: mintB, byReserve: reserveB });
			this.#consider(found, { mint: mintB, reserve: reserveB, by: mintA, byReserve: reserveA });
		}
		for (const [mint, price] of found) this.#prices.set(mint, price);
	}

	#consider(
		found: Map<string, Price>,
		{ mint, reserve, by, byReserve }: { mint: string; reserve: bigint; by: string; byReserve: bigint },
	): void {
		const known = this.#prices.get(by);
		if (!known || this.#prices.has(mint)) return;
		const depth = (byReserve * known.numerator) / known.denominator;
		const best = found.get(mint);
		if (best && best.depth >= depth) return;
		found.set(mint, {
			numerator: byReserve * known.numerator,
			denominator: reserve * known.denominator,
			depth,
		});
	}
}

/** What a line of the books earned since the ledger was opened: fills less fees, tips and loan fees. Base units. */
export function realisedOf({
	fills,
	fees,
	tips,
	loanFees,
}: Pick<BookLine, "fills" | "fees" | "tips" | "loanFees">): bigint {
	return fills - fees - tips - loanFees;
}

/** All lines' results in the quote asset. What nothing prices counts as nothing. */
export function realisedProfit(lines: readonly BookLine[], prices: PriceTable): bigint {
	return lines.reduce((sum, line) => sum + (prices.value(line.mint, realisedOf(line)) ?? 0n), 0n);
}

/** Books are cut with every settlement; a curve needs no more than this. */
const MIN_SPACING_MS = 1_000;

/** The newest points of the equity curve. */
export class EquityCurve {
	readonly #capacity: number;
	readonly #points: EquityPoint[] = [];

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	/** The newest point always stands; one that crowds the point before it is replaced by the next. */
	add(point: EquityPoint): void {
		const before = this.#points.at(-2);
		if (before && point.atMs - before.atMs < MIN_SPACING_MS) this.#points.pop();
		this.#points.push(point);
		if (this.#points.length > this.#capacity) this.#points.shift();
	}

	get newest(): EquityPoint | null {
		return this.#points.at(-1) ?? null;
	}

	/** Oldest first. */
	points(): readonly EquityPoint[] {
		return [...this.#points];
	}
}
