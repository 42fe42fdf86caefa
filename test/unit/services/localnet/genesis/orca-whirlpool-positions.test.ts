import { describe, expect, test } from "@jest/globals";
import { MAX_TICK, sqrtPriceAtTick } from "../../../../../core/market/tick-math.ts";
import {
	amountsOf,
	positionsAround,
	sqrtPriceOf,
	USUAL_RINGS,
} from "../../../../../services/localnet/genesis/orca-whirlpool-positions.ts";

const ONE = 1n << 64n;

describe("a Whirlpool's positions at genesis", () => {
	test("refuses a price that is none", () => {
		expect(() => sqrtPriceOf({ amountA: 0n, amountB: 1n })).toThrow(/must be positive/);
		expect(() => sqrtPriceOf({ amountA: 1n, amountB: 0n })).toThrow(/must be positive/);
	});

	test("refuses rings beyond the outermost tick", () => {
		const sqrtPrice = sqrtPriceAtTick(MAX_TICK - 200);
		expect(() => positionsAround({ sqrtPrice, tickSpacing: 1, amountA: 10n ** 9n })).toThrow(/narrow it/);
	});

	test.each([
		[1n, 1n, ONE],
		[1n, 4n, 2n * ONE],
		[9n, 1n, ONE / 3n],
		// 150 USDC for a SOL: the root of 0.15 of a base unit for a base unit.
		[1_000_000_000n, 150_000_000n, 7_144_393_260_602_283_010n],
	])("the price of %s A for %s B", (amountA, amountB, price) => {
		const found = sqrtPriceOf({ amountA, amountB });
		expect(Number(found) / Number(price)).toBeCloseTo(1, 8);
		expect((found * found * amountA) >> 128n <= amountB).toBe(true);
		expect(((found + 1n) * (found + 1n) * amountA) / ONE / ONE >= amountB - 1n).toBe(true);
	});

	test.each([1, 8, 64, 128])("hold the depth asked for, as much on either side (spacing %i)", (tickSpacing) => {
		const sqrtPrice = sqrtPriceOf({ amountA: 1_000_000_000n, amountB: 150_000_000n });
		const amountA = 5_000_000_000_000n;
		const positions = positionsAround({ sqrtPrice, tickSpacing, amountA });
		expect(positions).toHaveLength(USUAL_RINGS.length);
		const held = positions.map((position) => amountsOf(position, sqrtPrice));
		const sumA = held.reduce((sum, each) => sum + each.amountA, 0n);
		const sumB = held.reduce((sum, each) => sum + each.amountB, 0n);
		expect(Number(sumA) / Number(amountA)).toBeCloseTo(1, 6);
		// Ticks are whole spacings, so that the sides of a narrow ring differ.
		expect(Number(sumB) / (Number(amountA) * 0.15)).toBeGreaterThan(0.4);
		expect(Number(sumB) / (Number(amountA) * 0.15)).toBeLessThan(1.7);
		for (const { lowerTick, upperTick } of positions) {
			expect([Math.abs(lowerTick % tickSpacing), Math.abs(upperTick % tickSpacing)]).toEqual([0, 0]);
		}
		// The centre is the densest.
		expect((positions[0]?.liquidity ?? 0n) > (positions[2]?.liquidity ?? 0n)).toBe(true);
	});

	test("hold one side alone outside the price", () => {
		const position = { lowerTick: 64, upperTick: 128, liquidity: 1_000_000_000n };
		expect(amountsOf(position, sqrtPriceAtTick(0))).toEqual({ amountA: expect.any(BigInt), amountB: 0n });
		expect(amountsOf(position, sqrtPriceAtTick(200)).amountA).toBe(0n);
		// 10^9 * (1.0001^64 - 1.0001^32), rounded up.
		expect(amountsOf(position, sqrtPriceAtTick(128)).amountB).toBe(3_215_237n);
	});
});
