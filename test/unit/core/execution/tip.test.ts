import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type TipTerms, tipAccountOf, tipLamports } from "../../../../core/execution/tip.ts";
import { payFor } from "../../../../core/strategy/arbitrage/pay.ts";
import { priceLamports } from "../../../../core/strategy/network-cost.ts";
import type { Address } from "../../../../core/types/address.ts";

const ACCOUNTS = Array.from({ length: 8 }, (_, index) => `account ${index}`) as unknown as readonly Address[];
const TERMS: TipTerms = { sharePercent: 20, minimumLamports: 1_000n, maximumLamports: 50_000n, accounts: ACCOUNTS };
const ENOUGH = 1n << 60n;

describe("a tip", () => {
	test("is not paid when the room holds not even the least", () => {
		expect(tipLamports(TERMS, { profitLamports: ENOUGH, roomLamports: 999n })).toBeNull();
		expect(tipLamports(TERMS, { profitLamports: ENOUGH, roomLamports: 1_000n })).toBe(1_000n);
		expect(tipLamports(TERMS, { profitLamports: ENOUGH, roomLamports: -1n })).toBeNull();
		expect(tipLamports({ ...TERMS, minimumLamports: 0n }, { profitLamports: 0n, roomLamports: 0n })).toBeNull();
		expect(
			tipLamports({ ...TERMS, maximumLamports: 999n }, { profitLamports: ENOUGH, roomLamports: ENOUGH }),
		).toBeNull();
	});

	test.each([
		[0n, 1_000n],
		[5_004n, 1_000n],
		[5_005n, 1_001n],
		[249_999n, 49_999n],
		[250_000n, 50_000n],
		[250_005n, 50_000n],
	])("of a profit of %d lamports is %d", (profitLamports, tip) => {
		expect(tipLamports(TERMS, { profitLamports, roomLamports: ENOUGH })).toBe(tip);
	});
});

describe("the tip account of a cycle", () => {
	test("is always the same one, and all are used", () => {
		const names = Array.from({ length: 200 }, (_, index) => `EPjFWdd5:pool${index}>pool${index + 1}`);
		const chosen = names.map((name) => tipAccountOf(name, ACCOUNTS));
		expect(names.map((name) => tipAccountOf(name, ACCOUNTS))).toEqual(chosen);
		expect(new Set(chosen).size).toBe(8);
	});

	test("of none is an error", () => {
		expect(() => tipAccountOf("x", [])).toThrow(/risk\.tip_accounts/);
	});
});

describe("what a trade pays", () => {
	const FEE = { computeUnitLimit: 1, computeUnitPriceMicroLamports: 0n, feeLamports: 5_250n };
	const price = { amount: 150_000n, lamports: 1_000_000n };
	const base = {
		cycle: { name: "cycle" },
		fee: FEE,
		price,
		networkCost: priceLamports(5_250n, price),
		minimumProfit: 10_000n,
	};

	test("without terms nothing is tipped; one unit below the least profit it is not worth it", () => {
		expect(payFor({ ...base, terms: null, size: { netProfit: 9_999n } })).toBeNull();
		expect(payFor({ ...base, terms: null, size: { netProfit: 10_000n } })).toEqual({
			networkCost: 788n,
			netProfit: 10_000n,
			tip: null,
		});
		expect(payFor({ ...base, terms: null, minimumProfit: 0n, size: { netProfit: 0n } })).toBeNull();
	});

	test("a profit that the least tip would eat is left alone", () => {
		// 1,000 lamports are 150 units; with 5,250 lamports they round up to 938, for which 1,003 may be tipped.
		expect(payFor({ ...base, terms: TERMS, size: { netProfit: 10_149n } })).toBeNull();
		expect(payFor({ ...base, terms: TERMS, size: { netProfit: 10_150n } })).toMatchObject({
			networkCost: 938n,
			netProfit: 10_000n,
			tip: { lamports: 1_003n },
		});
	});

	test("property: the tip keeps its bounds, and what remains is at least the minimum, to the unit", () => {
		const positive = fc.bigInt({ min: 1n, max: 10n ** 12n });
		const any = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 15n });
		fc.assert(
			fc.property(positive, positive, any, fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.nat(100), (...given) => {
				const [amount, lamports, netProfit, minimumProfit, sharePercent] = given;
				const rate = { amount, lamports };
				const networkCost = priceLamports(FEE.feeLamports, rate);
				const terms = { ...TERMS, sharePercent };
				const paid = payFor({
					cycle: { name: "c" },
					size: { netProfit },
					fee: FEE,
					price: rate,
					networkCost,
					minimumProfit,
					terms,
				});
				if (paid === null) {
					// Not worth it: even the least tip would leave less than the least profit.
					const left = netProfit + networkCost - priceLamports(FEE.feeLamports + TERMS.minimumLamports, rate);
					expect(left < (minimumProfit > 1n ? minimumProfit : 1n)).toBe(true);
					return;
				}
				expect(paid.netProfit).toBeGreaterThanOrEqual(minimumProfit);
				expect(paid.netProfit).toBeGreaterThan(0n);
				expect(paid.tip!.lamports).toBeGreaterThanOrEqual(TERMS.minimumLamports);
				expect(paid.tip!.lamports).toBeLessThanOrEqual(TERMS.maximumLamports);
				expect(paid.networkCost).toBe(priceLamports(FEE.feeLamports + paid.tip!.lamports, rate));
				expect(paid.netProfit + paid.networkCost).toBe(netProfit + networkCost);
			}),
			{ numRuns: 2_000 },
		);
	});
});
