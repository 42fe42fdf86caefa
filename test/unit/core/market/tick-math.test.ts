import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	MAX_SQRT_PRICE,
	MAX_TICK,
	MIN_SQRT_PRICE,
	MIN_TICK,
	sqrtPriceAtTick,
	tickAtSqrtPrice,
} from "../../../../core/market/tick-math.ts";

describe("prices of ticks", () => {
	test.each([1.5, Number.NaN, 2 ** 19, -(2 ** 19)])("there is no tick %p", (tick) => {
		expect(() => sqrtPriceAtTick(tick)).toThrow(RangeError);
	});

	test("the ends are the program's own", () => {
		expect(sqrtPriceAtTick(MIN_TICK)).toBe(MIN_SQRT_PRICE);
		expect(sqrtPriceAtTick(MAX_TICK)).toBe(MAX_SQRT_PRICE);
		expect(sqrtPriceAtTick(0)).toBe(1n << 64n);
	});

	test("every tick is that of its own price, and of all prices up to the next", () => {
		fc.assert(
			fc.property(fc.integer({ min: MIN_TICK, max: MAX_TICK - 1 }), fc.bigInt(0n, 1_000n), (tick, share) => {
				const floor = sqrtPriceAtTick(tick);
				const next = sqrtPriceAtTick(tick + 1);
				expect(next > floor).toBe(true);
				expect(tickAtSqrtPrice(floor)).toBe(tick);
				expect(tickAtSqrtPrice(next - 1n)).toBe(tick);
				expect(tickAtSqrtPrice(floor + ((next - floor - 1n) * share) / 1_000n)).toBe(tick);
			}),
			{ numRuns: 300 },
		);
	});

	test("a price is 1.0001 to the tick", () => {
		for (const tick of [-400_000, -1, 1, 12_345, 400_000]) {
			const root = Number(sqrtPriceAtTick(tick)) / 2 ** 64;
			expect(Math.abs(root / 1.0001 ** (tick / 2) - 1)).toBeLessThan(1e-8);
		}
	});
});
