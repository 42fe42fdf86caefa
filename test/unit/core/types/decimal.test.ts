import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseDecimal } from "../../../../core/types/decimal.ts";
import { failure, success } from "../../../../core/types/result.ts";

describe("parseDecimal", () => {
	test.each(["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0x1", "1.2.3", "١"])("refuses %p", (text) => {
		expect(parseDecimal(text, 6)).toEqual(failure("malformed"));
	});

	test("refuses what the asset cannot hold, instead of rounding it", () => {
		expect(parseDecimal("0.0000001", 6)).toEqual(failure("tooPrecise"));
		expect(parseDecimal("1.5", 0)).toEqual(failure("tooPrecise"));
	});

	test.each([
		["0", 6, 0n],
		["12.5", 6, 12_500_000n],
		["12.500000000", 6, 12_500_000n],
		["007", 0, 7n],
		["7.0", 0, 7n],
		["0.000000001", 9, 1n],
		["99999999999999999999.999999999999999999", 18, 99_999_999_999_999_999_999_999_999_999_999_999_999n],
	])("%s with %d places", (text, decimals, amount) => {
		expect(parseDecimal(text, decimals)).toEqual(success(amount));
	});

	test("any amount, written with all its places", () => {
		fc.assert(
			fc.property(fc.bigInt(0n, 2n ** 80n), fc.integer({ min: 1, max: 18 }), (amount, decimals) => {
				const one = 10n ** BigInt(decimals);
				const text = `${amount / one}.${(amount % one).toString().padStart(decimals, "0")}`;
				expect(parseDecimal(text, decimals)).toEqual(success(amount));
			}),
		);
	});
});
