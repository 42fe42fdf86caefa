import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	inputAtPrice,
	isAtOrBetter,
	isStopReached,
	type OrderSide,
	outputAtPrice,
	parsePrice,
} from "../../../../core/orders/price.ts";
import { priceOf } from "./order-world.ts";

const PLACES = { baseDecimals: 9, quoteDecimals: 6 };
const anySide = fc.constantFrom<OrderSide>("buy", "sell");
const anyPrice = fc
	.tuple(fc.bigInt(0n, 10n ** 6n), fc.bigInt(0n, 999_999n))
	.filter(([whole, fraction]) => whole + fraction > 0n)
	.map(([whole, fraction]) => priceOf(`${whole}.${fraction.toString().padStart(6, "0")}`));

describe("parsePrice", () => {
	test.each([
		"",
		"abc",
		"-1",
		"+1",
		"1e5",
		"NaN",
		"Infinity",
		"0x10",
		"1.",
		".5",
		"1,5",
		" 1",
		"0",
		"0.000",
		"1".repeat(21),
	])("refuses %j", (text) => {
		expect(parsePrice(text, PLACES).ok).toBe(false);
	});

	test("refuses more digits behind the point than anybody means", () => {
		expect(parsePrice(`1.${"0".repeat(20)}1`, PLACES).ok).toBe(false);
	});

	test("is exact where a double is not", () => {
		const price = priceOf("0.1");
		expect(price.quoteUnits * 3n * 10n ** 10n).toBe(3n * 10n ** 6n * 10n ** 10n);
		expect(outputAtPrice("sell", 3_000_000_000n, priceOf("0.1"))).toBe(300_000n);
		expect(outputAtPrice("sell", 10n ** 18n, priceOf("0.00000000000000000001"))).toBe(1n);
	});
});

describe("prices as bounds", () => {
	test("a sale asks for its price rounded up, a purchase too", () => {
		expect(outputAtPrice("sell", 1_000_000_000n, priceOf("150"))).toBe(150_000_000n);
		expect(outputAtPrice("sell", 1n, priceOf("150"))).toBe(1n);
		expect(outputAtPrice("buy", 150_000_000n, priceOf("150"))).toBe(1_000_000_000n);
		expect(outputAtPrice("buy", 1n, priceOf("150"))).toBe(7n);
	});

	test("the largest input that an output pays for is the last that the output is enough for", () => {
		fc.assert(
			fc.property(anySide, anyPrice, fc.bigInt(1n, 10n ** 15n), (side, price, amountOut) => {
				const amountIn = inputAtPrice(side, amountOut, price);
				expect(isAtOrBetter(side, { amountIn, amountOut }, price)).toBe(true);
				expect(isAtOrBetter(side, { amountIn: amountIn + 1n, amountOut }, price)).toBe(false);
			}),
		);
	});

	test("what is better than a stop by one unit does not reach it, what is at it does", () => {
		fc.assert(
			fc.property(anySide, anyPrice, fc.bigInt(1n, 10n ** 15n), (side, price, amountIn) => {
				const atPrice = outputAtPrice(side, amountIn, price);
				const isExact =
					side === "sell"
						? (amountIn * price.quoteUnits) % price.baseUnits === 0n
						: (amountIn * price.baseUnits) % price.quoteUnits === 0n;
				expect(isStopReached(side, { amountIn, amountOut: atPrice + 1n }, price)).toBe(false);
				expect(isStopReached(side, { amountIn, amountOut: atPrice }, price)).toBe(isExact);
				expect(isStopReached(side, { amountIn, amountOut: atPrice - 1n }, price)).toBe(true);
			}),
		);
	});
});
