import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { integerSquareRoot } from "../../../../core/types/square-root.ts";

test("refuses negative numbers", () => {
	expect(() => integerSquareRoot(-1n)).toThrow(RangeError);
});

test("small numbers", () => {
	expect(Array.from({ length: 17 }, (_, value) => Number(integerSquareRoot(BigInt(value))))).toEqual([
		0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4,
	]);
});

test("the largest integer whose square is not above the number, up to 1,200 bits", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 1_200 }), fc.bigInt(0n, 2n ** 1_200n - 1n), (bits, drawn) => {
			const value = drawn & ((1n << BigInt(bits)) - 1n);
			const root = integerSquareRoot(value);
			expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true);
		}),
		{ numRuns: 3_000 },
	);
});

test("squares and their neighbours", () => {
	fc.assert(
		fc.property(fc.bigInt(1n, 2n ** 300n), (root) => {
			expect(integerSquareRoot(root * root)).toBe(root);
			expect(integerSquareRoot(root * root - 1n)).toBe(root - 1n);
			expect(integerSquareRoot(root * root + 1n)).toBe(root);
		}),
		{ numRuns: 1_000 },
	);
});
