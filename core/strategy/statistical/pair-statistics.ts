import type { PriceHistory } from "./price-history.ts";

/** How two series went together over a lookback, by least squares of the first on the second. */
export interface PairFit {
	/** Of the logarithms of both prices, −1 to 1. */
	readonly correlation: number;
	/** By how much the first moves with the second. */
	readonly hedgeRatio: number;
	/** Standard deviation of the spread, in logarithms of the first price. */
	readonly deviation: number;
	readonly meanFirst: number;
	readonly meanSecond: number;
}

export interface PairStatisticsOptions {
	readonly history: PriceHistory;
	/** Of the two series in the history. */
	readonly first: number;
	readonly second: number;
	/** In samples; each at least 3 and below the history's capacity. */
	readonly lookbacks: readonly number[];
	/** Share of a lookback's samples at which both prices must be known. */
	readonly minimumCoverage: number;
	/** Pairs with different ones recompute their sums at different samples. */
	readonly stagger: number;
}

/** Below this a spread is rounding, not movement: a hundredth of a hundredth of a percent. */
const LEAST_DEVIATION = 1e-6;
/** When so little is left of the sums of squares, their rounding errors count: they are made anew. */
const WORN_SHARE = 1e-9;

/** Sums over one lookback, of differences to an origin near them: so that squares do not cancel out. */
interface Sums {
	readonly length: number;
	originFirst: number;
	originSecond: number;
	count: number;
	first: number;
	second: number;
	firstFirst: number;
	secondSecond: number;
	firstSecond: number;
	/** The largest that the squares have been since the sums were made. */
	scaleFirst: number;
	scaleSecond: number;
	/** Null: too little is known. */
	fit: PairFit | null;
}

/**
 * Rolling statistics of two series over several lookbacks. A sample costs a few additions a lookback. Rounding errors
 * cannot grow: each lookback's sums are made anew from the history once in every full length of it, and when a jump has
 * left it that was far larger than what remains.
 */
export class PairStatistics {
	readonly #options: PairStatisticsOptions;
	readonly #sums: readonly Sums[];
	#newest: number;

	constructor(options: PairStatisticsOptions) {
		this.#options = options;
		this.#sums = options.lookbacks.map(emptySums);
		this.#newest = options.history.newest;
		for (const sums of this.#sums) this.#recompute(sums);
	}

	/** Takes the samples that the history has gained; those of the last must be set. */
	advance(): void {
		const { history, stagger } = this.#options;
		const { newest } = history;
		// Of what was missed, so much has gone that adding what is left is no cheaper.
		const isFar = newest - this.#newest > 1;
		this.#newest = newest;
		for (const sums of this.#sums) {
			if (isFar || (newest + stagger) % sums.length === 0) {
				this.#recompute(sums);
				continue;
			}
			this.#add(sums, newest, 1);
			this.#add(sums, newest - sums.length, -1);
			if (isWorn(sums)) this.#recompute(sums);
			else sums.fit = this.#fitOf(sums);
		}
	}

	/** Over the lookback of that place; null while too little is known, or when a price does not move at all. */
	fit(lookback: number): PairFit | null {
		return this.#sums[lookback]?.fit ?? null;
	}

	#add(sums: Sums, sample: number, sign: 1 | -1): void {
		const { history, first, second } = this.#options;
		const x = history.at(first, sample) - sums.originFirst;
		const y = history.at(second, sample) - sums.originSecond;
		if (Number.isNaN(x) || Number.isNaN(y)) return;
		sums.count += sign;
		sums.first += sign * x;
		sums.second += sign * y;
		sums.firstFirst += sign * x * x;
		sums.secondSecond += sign * y * y;
		sums.firstSecond += sign * x * y;
		sums.scaleFirst = Math.max(sums.scaleFirst, sums.firstFirst);
		sums.scaleSecond = Math.max(sums.scaleSecond, sums.secondSecond);
	}

	#recompute(sums: Sums): void {
		const { history, first, second } = this.#options;
		Object.assign(sums, emptySums(sums.length));
		let isPlaced = false;
		for (let sample = history.newest - sums.length + 1; sample <= history.newest; sample++) {
			const [x, y] = [history.at(first, sample), history.at(second, sample)];
			if (Number.isNaN(x) || Number.isNaN(y)) continue;
			if (!isPlaced) {
				sums.originFirst = x;
				sums.originSecond = y;
				isPlaced = true;
			}
			this.#add(sums, sample, 1);
		}
		sums.fit = this.#fitOf(sums);
	}

	#fitOf(sums: Sums): PairFit | null {
		const { count, length } = sums;
		if (count < 3 || count < length * this.#options.minimumCoverage) return null;
		const varianceFirst = squaresAround(sums.firstFirst, sums.first, count);
		const varianceSecond = squaresAround(sums.secondSecond, sums.second, count);
		const covariance = sums.firstSecond - (sums.first * sums.second) / count;
		const least = LEAST_DEVIATION * LEAST_DEVIATION * count;
		if (!(varianceFirst > least && varianceSecond > least)) return null;
		const correlation = covariance / Math.sqrt(varianceFirst * varianceSecond);
		const rest = Math.max(0, varianceFirst * (1 - correlation * correlation));
		return {
			correlation,
			hedgeRatio: covariance / varianceSecond,
			deviation: Math.max(LEAST_DEVIATION, Math.sqrt(rest / (count - 2))),
			meanFirst: sums.originFirst + sums.first / count,
			meanSecond: sums.originSecond + sums.second / count,
		};
	}
}

/** How far the spread is from its mean at two prices, in deviations: below 0 where the first is cheap. */
export function zScore(fit: PairFit, first: number, second: number): number {
	return (first - fit.meanFirst - fit.hedgeRatio * (second - fit.meanSecond)) / fit.deviation;
}

/** Sum of the squares of differences to the mean, by those to the origin. */
function squaresAround(squares: number, sum: number, count: number): number {
	return squares - (sum * sum) / count;
}

/** Whether what is left of the squares is so little that the rounding errors of what has gone may be as large. */
function isWorn({ count, first, second, firstFirst, secondSecond, scaleFirst, scaleSecond }: Sums): boolean {
	if (count === 0) return scaleFirst > 0 || scaleSecond > 0;
	return (
		squaresAround(firstFirst, first, count) < scaleFirst * WORN_SHARE ||
		squaresAround(secondSecond, second, count) < scaleSecond * WORN_SHARE
	);
}

function emptySums(length: number): Sums {
	return {
		length,
		originFirst: 0,
		originSecond: 0,
		count: 0,
		first: 0,
		second: 0,
		firstFirst: 0,
		secondSecond: 0,
		firstSecond: 0,
		scaleFirst: 0,
		scaleSecond: 0,
		fit: null,
	};
}
