import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ceilDiv, curveInput, curveOutput, U64_MAX } from "../../../../core/market/constant-product.ts";

const amount = fc.bigInt({ min: 1n, max: U64_MAX });

describe("the constant product curve", () => {
	test("division rounds up, and only when something is left", () => {
		expect([ceilDiv(0n, 7n), ceilDiv(6n, 3n), ceilDiv(7n, 3n), ceilDiv(1n, U64_MAX)]).toEqual([0n, 2n, 3n, 1n]);
	});

	test("output and input round against the trader", () => {
		expect(curveOutput(10n, 100n, 1_000n)).toBe(90n);
		expect(curveInput(90n, 100n, 1_000n)).toBe(10n);
		expect(curveInput(91n, 100n, 1_000n)).toBe(11n);
	});

	test("the product of the reserves never falls, and one unit less of input would not do", () => {
		fc.assert(
			fc.property(amount, amount, amount, (given, reserveIn, reserveOut) => {
				const gives = curveOutput(given, reserveIn, reserveOut);
				expect((reserveIn + given) * (reserveOut - gives) >= reserveIn * reserveOut).toBe(true);
				if (gives === 0n) return;
				const asks = curveInput(gives, reserveIn, reserveOut);
				expect(asks <= given).toBe(true);
				expect(curveOutput(asks, reserveIn, reserveOut)).toBe(gives);
				if (asks > 1n) expect(curveOutput(asks - 1n, reserveIn, reserveOut) < gives).toBe(true);
			}),
		);
	});
});
