import { describe, expect, test } from "@jest/globals";
import { EquityCurve, PriceTable, realisedProfit } from "../../../../services/monitor/equity.ts";
import { BONK, bookLine, SOL, USDC } from "./peers.ts";

const SOL_USDC = { mintA: SOL, mintB: USDC, reserveA: 1_000_000_000_000n, reserveB: 150_000_000_000n };
const BONK_SOL = { mintA: BONK, mintB: SOL, reserveA: 50_000_000_000_000n, reserveB: 100_000_000_000n };

describe("prices in the quote asset", () => {
	test("there is none for a mint that no pool trades, nor from an empty pool", () => {
		const prices = new PriceTable([{ ...SOL_USDC, reserveA: 0n }], USDC);
		expect(prices.value(SOL, 1n)).toBeNull();
		expect(prices.value(SOL, 0n)).toBe(0n);
		expect(prices.value(USDC, -7n)).toBe(-7n);
	});

	test("come straight from the quote asset, or over one mint between", () => {
		const prices = new PriceTable([BONK_SOL, SOL_USDC], USDC);
		expect(prices.value(SOL, 1_000_000_000n)).toBe(150_000_000n);
		// 500,000 BONK = 1 SOL.
		expect(prices.value(BONK, 50_000_000_000n)).toBe(15_000_000n);
	});

	test("come from the deepest pool", () => {
		const shallow = { mintA: USDC, mintB: SOL, reserveA: 1n, reserveB: 1_000_000_000n };
		for (const pools of [
			[shallow, SOL_USDC],
			[SOL_USDC, shallow],
		]) {
			expect(new PriceTable(pools, USDC).value(SOL, 1_000_000_000n)).toBe(150_000_000n);
		}
	});

	test("round towards zero, so that neither gain nor loss is exaggerated", () => {
		const prices = new PriceTable([{ mintA: SOL, mintB: USDC, reserveA: 3n, reserveB: 2n }], USDC);
		expect([prices.value(SOL, 2n), prices.value(SOL, -2n)]).toEqual([1n, -1n]);
	});

	test("value the result of all books together", () => {
		const lines = [
			bookLine({ fills: 1_500_000n, loanFees: 100_000n }),
			bookLine({ mint: SOL, symbol: "SOL", decimals: 9, fills: 0n, fees: 1_000_000n, loanFees: 0n }),
			bookLine({ mint: BONK, fills: 1_000n }),
		];
		// 1.4 USDC less 0.001 SOL at 150; BONK has no price here.
		expect(realisedProfit(lines, new PriceTable([SOL_USDC], USDC))).toBe(1_250_000n);
	});
});

describe("the equity curve", () => {
	test("is bounded and keeps the newest", () => {
		const curve = new EquityCurve(3);
		expect(curve.newest).toBeNull();
		for (let second = 0; second < 10; second++) curve.add({ atMs: second * 1_000, profit: BigInt(second) });
		expect(curve.points().map(({ profit }) => profit)).toEqual([7n, 8n, 9n]);
		expect(curve.newest).toEqual({ atMs: 9_000, profit: 9n });
	});

	test("takes a point a second, and always the newest", () => {
		const curve = new EquityCurve(100);
		for (let tenth = 0; tenth <= 30; tenth++) curve.add({ atMs: tenth * 100, profit: BigInt(tenth) });
		expect(curve.points().length).toBeLessThanOrEqual(5);
		expect(curve.newest?.profit).toBe(30n);
		expect(curve.points()[0]?.profit).toBe(0n);
	});
});
