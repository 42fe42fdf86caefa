import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Histogram } from "../../../../core/types/histogram.ts";

describe("what is not a plain observation", () => {
	test("an empty histogram has nothing to say", () => {
		const histogram = new Histogram();
		expect([histogram.count, histogram.max, histogram.percentile(0.5), histogram.snapshot()]).toEqual([
			0,
			0,
			0,
			{ count: 0, max: 0, buckets: [] },
		]);
	});

	test("negative values and NaN count as zero, huge ones as the largest", () => {
		const histogram = new Histogram();
		for (const value of [-5, Number.NaN, 1e300]) histogram.record(value);
		expect(histogram.count).toBe(3);
		expect(histogram.percentile(0.5)).toBe(0);
		expect(histogram.max).toBe(0xffff_ffff);
	});

	test("entries of a snapshot that fit nowhere are left out", () => {
		const histogram = new Histogram();
		histogram.merge({ count: 9, max: 3, buckets: [-1, 1, 1e9, 1, 1.5, 1, 2, -4, 3, 2, 7] });
		expect(histogram.count).toBe(2);
		expect(histogram.percentile(1)).toBe(3);
	});
});

test("small values are exact", () => {
	const histogram = new Histogram();
	for (let value = 0; value < 32; value++) histogram.record(value);
	expect(histogram.percentile(0.5)).toBe(15);
	expect(histogram.percentile(1)).toBe(31);
});

test("a percentile is never above the true one, and at most a 32nd below it", () => {
	fc.assert(
		fc.property(
			fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 200 }),
			fc.double({ min: 0, max: 1, noNaN: true }),
			(values, share) => {
				const histogram = new Histogram();
				for (const value of values) histogram.record(value);
				const sorted = [...values].sort((a, b) => a - b);
				const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1]!;
				const told = histogram.percentile(share);
				expect(told).toBeLessThanOrEqual(exact);
				expect(exact - told).toBeLessThanOrEqual(exact / 32);
			},
		),
	);
});

test("merging snapshots is recording everything in one", () => {
	fc.assert(
		fc.property(fc.array(fc.nat(1e6)), fc.array(fc.nat(1e6)), (first, second) => {
			const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()];
			for (const value of first) a.record(value);
			for (const value of second) b.record(value);
			for (const value of [...first, ...second]) both.record(value);
			a.merge(b.snapshot());
			expect(a.snapshot()).toEqual(both.snapshot());
		}),
	);
});
