import type { Book } from "../../market/book.ts";
import { ReferencePrices } from "../../market/reference-prices.ts";
import type { Address } from "../../types/address.ts";
import type { MarketUpdate } from "../strategy.ts";
import { type PairFit, PairStatistics, zScore } from "./pair-statistics.ts";
import { PriceHistory } from "./price-history.ts";

export interface PairMarketOptions {
	/** What all prices are in. */
	readonly fundingMint: Address;
	/** Mints to pair; empty: all that have a pool against the funding mint. At most so many as {@link MOST_MINTS}. */
	readonly mints: readonly Address[];
	/** Seconds, each several times {@link sampleSeconds}. */
	readonly lookbackSeconds: readonly number[];
	readonly sampleSeconds: number;
	/** Over every lookback, of the logarithms of both prices. */
	readonly minimumCorrelation: number;
}

/** A mint whose price is away from where another one says that it belongs. */
export interface Signal {
	readonly mint: Address;
	/** The other of its pair. */
	readonly against: Address;
	readonly lookbackSeconds: number;
	/** Below 0: the mint is cheap. */
	readonly z: number;
	/** By how much the logarithm of its price is below where it belongs. */
	readonly edge: number;
}

/** Mints that are paired with each other: 496 pairs. */
export const MOST_MINTS = 32;
/** Share of a lookback's samples at which both prices must be known. */
const MINIMUM_COVERAGE = 0.9;

interface Pair {
	/** Numbers of the mints. */
	readonly first: number;
	readonly second: number;
	readonly statistics: PairStatistics;
}

/** Everything that is kept for one list of mints, at a chain time that only goes forward. */
interface Series {
	readonly mints: readonly Address[];
	readonly numberOf: ReadonlyMap<Address, number>;
	readonly history: PriceHistory;
	readonly pairs: readonly Pair[];
	/** By mint: its pairs. */
	readonly pairsOf: readonly (readonly Pair[])[];
	/** By mint: logarithm of its price now; NaN while nobody tells it. */
	readonly prices: Float64Array;
}

/** Prices of mints in the funding mint, how each two went together, and which of them are out of line now. */
export class PairMarket {
	readonly #options: PairMarketOptions;
	readonly #lookbacks: readonly number[];
	#series: Series;
	#references = new ReferencePrices([]);
	/** By row: the number of the mint that it prices; −1 for none. */
	#mintOfRow: Int32Array = new Int32Array(0);
	/** Of the book, when its prices were taken last. */
	#passes = Number.NaN;
	readonly #touched = new Set<number>();

	constructor(options: PairMarketOptions) {
		this.#options = options;
		this.#lookbacks = options.lookbackSeconds.map((seconds) => Math.ceil(seconds / options.sampleSeconds));
		this.#series = this.#newSeries([]);
	}

	/** Pairs that are followed. */
	get pairs(): number {
		return this.#series.pairs.length;
	}

	/** Takes another catalog's rows. Prices of mints that are still there are kept. */
	adopt({ rows }: Book): void {
		const { fundingMint, mints } = this.#options;
		const others = rows.map(({ pool: { mintA, mintB } }) =>
			mintA === fundingMint ? mintB : mintB === fundingMint ? mintA : null,
		);
		const traded = new Set(others.filter((mint) => mint !== null));
		const wanted = mints.length > 0 ? mints : [...traded].sort();
		const chosen = [...new Set(wanted)].filter((mint) => mint !== fundingMint).slice(0, MOST_MINTS);
		if (chosen.join() !== this.#series.mints.join()) this.#series = this.#newSeries(chosen, this.#series);
		const { numberOf } = this.#series;
		this.#mintOfRow = Int32Array.from(others, (mint) => (mint === null ? -1 : (numberOf.get(mint) ?? -1)));
		this.#references = new ReferencePrices(rows);
		this.#passes = Number.NaN;
	}

	/** Takes the prices of now. To be called with every update: what was not seen cannot be known later. */
	take(book: Book, { changed, clock }: MarketUpdate): void {
		this.#touched.clear();
		if (book.passes === this.#passes + 1) {
			this.#references.changed(changed);
			for (const row of changed) if (this.#mintOfRow[row]! >= 0) this.#touched.add(this.#mintOfRow[row]!);
		} else {
			this.#references.allChanged();
			for (const mint of this.#series.mints.keys()) this.#touched.add(mint);
		}
		this.#passes = book.passes;
		for (const mint of this.#touched) this.#price(mint);
		this.#sample(Number(clock.unixSeconds));
	}

	/**
	 * The cheap mint of every pair with a price that {@link take} changed, by the lookback that says so most; only of
	 * pairs that went together over all lookbacks.
	 */
	signals(): Signal[] {
		const signals: Signal[] = [];
		const seen = new Set<Pair>();
		for (const mint of this.#touched) {
			for (const pair of this.#series.pairsOf[mint]!) {
				if (seen.has(pair)) continue;
				seen.add(pair);
				const signal = this.#signalOf(pair);
				if (signal !== null) signals.push(signal);
			}
		}
		return signals;
	}

	/** How far a mint is from where another one says that it belongs; null while that is not known. */
	zOf({ mint, against, lookbackSeconds }: Pick<Signal, "mint" | "against" | "lookbackSeconds">): number | null {
		const { numberOf, pairsOf, prices } = this.#series;
		const [own, other] = [numberOf.get(mint), numberOf.get(against)];
		const lookback = this.#options.lookbackSeconds.indexOf(lookbackSeconds);
		if (own === undefined || other === undefined || lookback < 0) return null;
		const pair = pairsOf[own]!.find(({ first, second }) => first === other || second === other);
		const fit = pair?.statistics.fit(lookback);
		if (!pair || !fit) return null;
		const z = zScore(fit, prices[pair.first]!, prices[pair.second]!);
		if (Number.isNaN(z)) return null;
		return pair.first === own ? z : -z;
	}

	#signalOf({ first, second, statistics }: Pair): Signal | null {
		const { mints, prices } = this.#series;
		const { lookbackSeconds, minimumCorrelation } = this.#options;
		let strongest: { readonly z: number; readonly fit: PairFit; readonly at: number } | null = null;
		for (let at = 0; at < lookbackSeconds.length; at++) {
			const fit = statistics.fit(at);
			if (fit === null || fit.correlation < minimumCorrelation) return null;
			const z = zScore(fit, prices[first]!, prices[second]!);
			if (Number.isNaN(z)) return null;
			if (strongest === null || Math.abs(z) > Math.abs(strongest.z)) strongest = { z, fit, at };
		}
		if (strongest === null) return null;
		const { z, fit, at } = strongest;
		const isFirstCheap = z < 0;
		const spread = Math.abs(z) * fit.deviation;
		return {
			mint: mints[isFirstCheap ? first : second] as Address,
			against: mints[isFirstCheap ? second : first] as Address,
			lookbackSeconds: lookbackSeconds[at] as number,
			z: -Math.abs(z),
			// The spread is in the first one's price: the second one's has to move by so much more or less.
			edge: isFirstCheap ? spread : spread / fit.hedgeRatio,
		};
	}

	#price(mint: number): void {
		const { mints, prices } = this.#series;
		const price = this.#references.price(mints[mint] as Address, this.#options.fundingMint)?.rough ?? Number.NaN;
		prices[mint] = Math.log(price);
	}

	#sample(seconds: number): void {
		const sample = Math.floor(seconds / this.#options.sampleSeconds);
		if (sample === this.#series.history.newest) return;
		if (sample < this.#series.history.newest) {
			// The chain's time went back: it is another chain, and its prices are others.
			const { mints, prices } = this.#series;
			this.#series = this.#newSeries(mints);
			this.#series.prices.set(prices);
		}
		const { history, prices, pairs } = this.#series;
		history.begin(sample);
		for (let mint = 0; mint < prices.length; mint++) history.set(mint, prices[mint]!);
		for (const { statistics } of pairs) statistics.advance();
	}

	/** @param before what was kept of mints until now */
	#newSeries(mints: readonly Address[], before?: Series): Series {
		const history = new PriceHistory(mints.length, Math.max(...this.#lookbacks) + 1);
		if (before !== undefined && before.history.newest >= 0) copy(before, { mints, history });
		const pairs: Pair[] = [];
		const pairsOf: Pair[][] = mints.map(() => []);
		for (let first = 0; first < mints.length; first++) {
			for (let second = first + 1; second < mints.length; second++) {
				const statistics = new PairStatistics({
					history,
					first,
					second,
					lookbacks: this.#lookbacks,
					minimumCoverage: MINIMUM_COVERAGE,
					stagger: pairs.length,
				});
				const pair = { first, second, statistics };
				pairs.push(pair);
				pairsOf[first]!.push(pair);
				pairsOf[second]!.push(pair);
			}
		}
		const numberOf = new Map(mints.map((mint, number) => [mint, number]));
		const prices = new Float64Array(mints.length).fill(Number.NaN);
		return { mints, numberOf, history, pairs, pairsOf, prices };
	}
}

function copy(from: Series, to: { readonly mints: readonly Address[]; readonly history: PriceHistory }): void {
	const { newest, capacity } = from.history;
	for (let sample = Math.max(0, newest - capacity + 1); sample <= newest; sample++) {
		to.history.begin(sample);
		for (const [number, mint] of to.mints.entries()) {
			const known = from.numberOf.get(mint);
			if (known !== undefined) to.history.set(number, from.history.at(known, sample));
		}
	}
}
