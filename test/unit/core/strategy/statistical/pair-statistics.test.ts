import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PairStatistics, zScore } from "../../../../../core/strategy/statistical/pair-statistics.ts";
import { PriceHistory } from "../../../../../core/strategy/statistical/price-history.ts";

const LOOKBACKS = [10, 30, 120];

function statisticsOf(history: PriceHistory, stagger = 0): PairStatistics {
	return new PairStatistics({ history, first: 0, second: 1, lookbacks: LOOKBACKS, minimumCoverage: 0.5, stagger });
}

/** The definitions, over the samples themselves. */
function bruteForce(history: PriceHistory, length: number) {
	const known: (readonly [number, number])[] = [];
	for (let at = history.newest - length + 1; at <= history.newest; at++) {
		const [x, y] = [history.at(0, at), history.at(1, at)];
		if (!Number.isNaN(x) && !Number.isNaN(y)) known.push([x, y]);
	}
	if (known.length < 3 || known.length < length * 0.5) return null;
	const meanOf = (pick: (pair: readonly [number, number]) => number) =>
		known.reduce((sum, pair) => sum + pick(pair), 0) / known.length;
	const [meanFirst, meanSecond] = [meanOf(([x]) => x), meanOf(([, y]) => y)];
	const xx = known.reduce((sum, [x]) => sum + (x - meanFirst) ** 2, 0);
	const yy = known.reduce((sum, [, y]) => sum + (y - meanSecond) ** 2, 0);
	const xy = known.reduce((sum, [x, y]) => sum + (x - meanFirst) * (y - meanSecond), 0);
	const least = 1e-12 * known.length;
	if (xx <= least || yy <= least) return null;
	const hedgeRatio = xy / yy;
	const rest = known.reduce((sum, [x, y]) => sum + (x - meanFirst - hedgeRatio * (y - meanSecond)) ** 2, 0);
	const deviation = Math.max(1e-6, Math.sqrt(rest / (known.length - 2)));
	return { correlation: xy / Math.sqrt(xx * yy), hedgeRatio, deviation, meanFirst, meanSecond };
}

/** A repeatable stream of numbers between 0 and 1. */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

function step(history: PriceHistory, sample: number, values: readonly [number, number]): void {
	history.begin(sample);
	history.set(0, values[0]);
	history.set(1, values[1]);
}

describe("history", () => {
	test("knows nothing before the first sample, nor of another time", () => {
		const history = new PriceHistory(2, 4);
		expect(history.newest).toBe(-1);
		expect(history.at(0, 0)).toBeNaN();
		step(history, 7, [1, 2]);
		expect([history.at(0, 7), history.at(1, 7)]).toEqual([1, 2]);
		expect(history.at(0, 8)).toBeNaN();
		expect(history.at(0, 6)).toBeNaN();
		expect(history.at(0, -1)).toBeNaN();
	});

	test("forgets what is older than its capacity, and does not know what it did not see", () => {
		const history = new PriceHistory(1, 4);
		for (const sample of [1, 2, 4, 5]) {
			history.begin(sample);
			history.set(0, sample);
		}
		expect([1, 2, 3, 4, 5].map((sample) => history.at(0, sample))).toEqual([Number.NaN, 2, Number.NaN, 4, 5]);
		history.begin(1_000);
		expect([2, 4, 5, 997, 1_000].map((sample) => history.at(0, sample))).toEqual(Array(5).fill(Number.NaN));
	});
});

describe("no fit", () => {
	test("before enough is known", () => {
		const history = new PriceHistory(2, 121);
		const statistics = statisticsOf(history);
		const next = numbers(1);
		for (let sample = 0; sample < 4; sample++) {
			step(history, sample, [next(), next()]);
			statistics.advance();
			expect(statistics.fit(0)).toBeNull();
		}
		step(history, 4, [next(), next()]);
		statistics.advance();
		expect(statistics.fit(0)).not.toBeNull();
		expect(statistics.fit(1)).toBeNull();
		expect(statistics.fit(9)).toBeNull();
	});

	test("of a price that does not move", () => {
		const history = new PriceHistory(2, 121);
		const statistics = statisticsOf(history);
		const next = numbers(2);
		for (let sample = 0; sample < 20; sample++) {
			step(history, sample, [next(), 5.25]);
			statistics.advance();
		}
		expect(statistics.fit(0)).toBeNull();
	});
});

test("two prices that are one: a spread of nothing is no reason for an infinite score", () => {
	const history = new PriceHistory(2, 121);
	const statistics = statisticsOf(history);
	const next = numbers(3);
	for (let sample = 0; sample < 20; sample++) {
		const value = next();
		step(history, sample, [value + 7, value]);
		statistics.advance();
	}
	const fit = statistics.fit(0);
	expect(fit?.correlation).toBeCloseTo(1, 12);
	expect(Math.abs(zScore(fit as NonNullable<typeof fit>, 1, -6))).toBeLessThan(1);
});

test("are those of the definitions, over random walks with holes, gaps and jumps", () => {
	const value = fc.record({
		// Steps of a price in a sample, now and then a jump by a thousand times; and prices nobody told.
		own: fc.integer({ min: -1_000, max: 1_000 }),
		common: fc.integer({ min: -1_000, max: 1_000 }),
		event: fc.integer({ min: 0, max: 60 }),
	});
	fc.assert(
		fc.property(fc.array(value, { minLength: 20, maxLength: 300 }), fc.nat(50), (steps, stagger) => {
			const history = new PriceHistory(2, 121);
			const statistics = statisticsOf(history, stagger);
			let [sample, x, y] = [1_000, 3, -9];
			for (const [number, { own, common, event }] of steps.entries()) {
				sample += event === 0 ? 17 : 1;
				x += (own + common) / 100_000 + (event === 1 ? 7 : 0);
				y += common / 100_000 + (event === 1 ? 7 : 0);
				step(history, sample, [event === 2 ? Number.NaN : x, y]);
				statistics.advance();
				if (event > 2 && number % 7 !== 0) continue;
				for (const [at, length] of LOOKBACKS.entries()) expectFit(statistics.fit(at), bruteForce(history, length));
			}
		}),
		{ numRuns: 30 },
	);
});

test("are right as soon as a jump has left the lookback that was far larger than what remains", () => {
	const history = new PriceHistory(2, 121);
	// Never made anew by its turn within the test.
	const statistics = statisticsOf(history, 119);
	const next = numbers(6);
	for (let sample = 1; sample < 60; sample++) {
		const jump = sample < 20 ? 2_000 : 0;
		const common = next() * 1e-4;
		step(history, sample, [jump + common + next() * 1e-4, jump + common]);
		statistics.advance();
		if (sample < 50) continue;
		for (const at of [0, 1]) expectFit(statistics.fit(at), bruteForce(history, LOOKBACKS[at] as number));
	}
});

test("do not drift over a hundred thousand samples around a far away price", () => {
	const history = new PriceHistory(2, 121);
	const statistics = statisticsOf(history, 3);
	const next = numbers(4);
	for (let sample = 0; sample < 100_000; sample++) {
		const common = (next() - 0.5) * 0.2;
		// Far from where the sums began, and not so far that this alone has them made anew.
		const far = sample < 500 ? 0 : 250;
		step(history, sample, [common + (next() - 0.5) * 0.2 + far, common - far]);
		statistics.advance();
		if (sample % 977 !== 976) continue;
		for (const [at, length] of LOOKBACKS.entries()) expectFit(statistics.fit(at), bruteForce(history, length), 1e-9);
	}
});

test("come back after nothing was known for longer than a lookback", () => {
	const history = new PriceHistory(2, 121);
	const statistics = statisticsOf(history, 5);
	const next = numbers(7);
	for (let sample = 0; sample < 80; sample++) {
		const isKnown = sample < 20 || sample >= 60;
		step(history, sample, isKnown ? [next(), next()] : [Number.NaN, next()]);
		statistics.advance();
		if (sample >= 30 && sample < 60) expect(statistics.fit(0)).toBeNull();
	}
	expectFit(statistics.fit(0), bruteForce(history, 10));
});

test("begin from what the history has already", () => {
	const history = new PriceHistory(2, 121);
	const next = numbers(5);
	for (let sample = 0; sample < 60; sample++) step(history, sample, [next(), next()]);
	expectFit(statisticsOf(history).fit(1), bruteForce(history, 30));
});

type Fit = ReturnType<typeof bruteForce>;

function expectFit(fit: Fit, exact: Fit, tolerance = 1e-5): void {
	if (exact === null || fit === null) {
		expect(fit).toBe(exact);
		return;
	}
	for (const name of ["correlation", "hedgeRatio", "deviation", "meanFirst", "meanSecond"] as const) {
		expect(Math.abs(fit[name] - exact[name]) / Math.max(1e-3, Math.abs(exact[name]))).toBeLessThan(tolerance);
	}
}
