import { describe, expect, test } from "@jest/globals";
import { seededRandom } from "../../../../../libs/random.ts";
import { planMarket } from "../../../../../services/localnet/market/plan.ts";

const LISTED = [
	{ symbol: "SOL", mint: "So11111111111111111111111111111111111111112", decimals: 9 },
	{ symbol: "USDC", mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", decimals: 6 },
	{ symbol: "BONK", mint: "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263", decimals: 5 },
];

test.each(["SOL", "USDC", "BONK"])("without %s there is no market, and the message says what to list", (symbol) => {
	const listed = LISTED.filter((token) => token.symbol !== symbol);
	expect(() => planMarket(6, listed, seededRandom(1))).toThrow(`list it under assets`);
});

describe("a plan", () => {
	test("of six pools has every pair of the listed tokens on both venues", () => {
		const { pools, tokens } = planMarket(6, LISTED, seededRandom(1));
		expect(tokens).toHaveLength(3);
		expect(pools.map(({ venue, base, quote }) => `${base.symbol}/${quote.symbol} ${venue}`)).toEqual([
			"SOL/USDC raydium-cpmm",
			"SOL/USDC raydium-amm-v4",
			"BONK/USDC raydium-cpmm",
			"BONK/USDC raydium-amm-v4",
			"BONK/SOL raydium-cpmm",
			"BONK/SOL raydium-amm-v4",
		]);
	});

	test.each([7, 200, 2_000])("of %i pools has exactly so many, over tokens with different symbols", (count) => {
		const { pools, tokens } = planMarket(count, LISTED, seededRandom(1));
		expect(pools).toHaveLength(count);
		expect(new Set(tokens.map(({ symbol }) => symbol)).size).toBe(tokens.length);
		for (const { depthDollars } of pools) expect(depthDollars).toBeGreaterThan(0);
	});

	test("is the same for the same seed, and another for another", () => {
		expect(planMarket(40, LISTED, seededRandom(5))).toEqual(planMarket(40, LISTED, seededRandom(5)));
		expect(planMarket(40, LISTED, seededRandom(5))).not.toEqual(planMarket(40, LISTED, seededRandom(6)));
	});
});
