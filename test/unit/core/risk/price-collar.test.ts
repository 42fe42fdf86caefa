import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { checkCollar, lossByGuard } from "../../../../core/risk/price-collar.ts";
import { BONK, inventorySwap, pricesOf, USDC } from "./risk-world.ts";

/** Two of what comes for one of what goes. */
const DOUBLE = pricesOf({ price: () => ({ amountIn: 100n, amountOut: 200n, rough: 2 }) });

function swap(minimum: bigint, expected = minimum) {
	return inventorySwap({ amount: 10_000n, minimum, expected });
}

describe("the collar", () => {
	test("keeps what an order must bring near the reference, to the unit, and says how far it is", () => {
		expect(checkCollar(swap(19_800n), DOUBLE, 100n)).toBeNull();
		expect(checkCollar(swap(19_799n), DOUBLE, 100n)).toEqual({
			ok: false,
			code: "priceCollar",
			detail: "legs[0] may bring 19799, more than 100 bps from the reference of 20000",
		});
	});

	test("keeps what it is expected to bring near the reference", () => {
		expect(checkCollar(swap(20_000n, 20_200n), DOUBLE, 100n)).toBeNull();
		expect(checkCollar(swap(20_000n, 20_201n), DOUBLE, 100n)).toEqual({
			ok: false,
			code: "priceCollar",
			detail: "legs[0] is expected to bring 20201, more than 100 bps from the reference of 20000",
		});
	});

	test("looks at amounts beyond what doubles can tell apart", () => {
		const amount = 10n ** 18n;
		const order = (minimum: bigint, expected: bigint) => inventorySwap({ amount, minimum, expected });
		const low = (2n * amount * 99n) / 100n;
		const high = (2n * amount * 101n) / 100n;
		expect(checkCollar(order(low, high), DOUBLE, 100n)).toBeNull();
		expect(checkCollar(order(low - 1n, high), DOUBLE, 100n)?.code).toBe("priceCollar");
		expect(checkCollar(order(low, high + 1n), DOUBLE, 100n)?.code).toBe("priceCollar");
	});

	test("needs no exact arithmetic well inside, and names a pair without a price", () => {
		const rough = pricesOf({ price: () => ({ amountIn: 0n, amountOut: 0n, rough: 2 }) });
		expect(checkCollar(swap(20_000n), rough, 100n)).toBeNull();
		expect(() => checkCollar(swap(19_800n), rough, 100n)).toThrow(RangeError);
		expect(checkCollar(swap(20_000n), pricesOf({ price: () => null }), 100n)).toEqual({
			ok: false,
			code: "noReference",
			detail: `no fresh pool tells the price of ${USDC} in ${SOL_MINT}`,
		});
	});
});

describe("what a guard leaves open", () => {
	test("is what goes, less the worth of what must come, over every leg", () => {
		expect(lossByGuard(swap(19_000n), DOUBLE)).toBe(500n);
		// Half a unit of worth counts as lost.
		expect(lossByGuard(swap(19_001n), DOUBLE)).toBe(500n);
		expect(lossByGuard(swap(19_999n), DOUBLE)).toBe(1n);
		expect([lossByGuard(swap(20_000n), DOUBLE), lossByGuard(swap(30_000n), DOUBLE)]).toEqual([0n, 0n]);
		const long = inventorySwap({ amount: 10_000n, minimum: 36_000n, mints: [USDC, BONK, SOL_MINT] });
		expect(lossByGuard(long, DOUBLE)).toBe(1_000n);
	});

	test("is not asked without a price", () => {
		expect(() => lossByGuard(swap(1n), pricesOf({ price: () => null }))).toThrow(
			`${USDC} has no reference: the collar is checked before losses`,
		);
	});
});
