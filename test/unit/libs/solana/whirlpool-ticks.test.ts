import { describe, expect, test } from "@jest/globals";
import {
	MAX_SQRT_PRICE,
	MAX_TICK,
	MIN_SQRT_PRICE,
	MIN_TICK,
	sqrtPriceOfTick,
	tickOfSqrtPrice,
} from "../../../../libs/solana/whirlpool-ticks.ts";

describe("a Whirlpool's ticks", () => {
	test("refuses ticks and prices that do not exist", () => {
		for (const tick of [MIN_TICK - 1, MAX_TICK + 1, 0.5])
			expect(() => sqrtPriceOfTick(tick)).toThrow(/ticks are whole/);
		expect(() => tickOfSqrtPrice(MIN_SQRT_PRICE - 1n)).toThrow(RangeError);
		expect(() => tickOfSqrtPrice(MAX_SQRT_PRICE + 1n)).toThrow(RangeError);
	});

	test.each([
		[MIN_TICK, MIN_SQRT_PRICE],
		[-1, 18_445_821_805_675_392_311n],
		[0, 1n << 64n],
		[1, 18_447_666_387_855_959_850n],
		[MAX_TICK, MAX_SQRT_PRICE],
	])("tick %i has the program's price", (tick, price) => {
		expect(sqrtPriceOfTick(tick)).toBe(price);
		expect(tickOfSqrtPrice(price)).toBe(tick);
	});

	test("a price belongs to the tick at or below it, and prices rise", () => {
		for (let tick = MIN_TICK + 1; tick <= MAX_TICK; tick += 7_919) {
			const price = sqrtPriceOfTick(tick);
			expect(price).toBeGreaterThan(sqrtPriceOfTick(tick - 1));
			expect(tickOfSqrtPrice(price)).toBe(tick);
			expect(tickOfSqrtPrice(price - 1n)).toBe(tick - 1);
			// A tick is a hundredth of a per cent of the price, so half of that of its root.
			expect(Number(price) / 2 ** 64 / 1.0001 ** (tick / 2)).toBeCloseTo(1, 5);
		}
	});
});
