import { describe, expect, test } from "@jest/globals";
import { WhirlpoolMarket } from "../../../../../../core/market/venues/orca-whirlpool/market.ts";
import { arrayBytes, oracleBytes, poolBytes } from "../../../../../../tools/vectors/orca-whirlpool/account-bytes.ts";
import { quoted } from "../../../../../../tools/vectors/orca-whirlpool/compare.ts";
import type { Scenario } from "../../../../../../tools/vectors/orca-whirlpool/scenario.ts";
import { CLOCK, NAMES, ORACLE, POOL_BYTES, SCENARIO } from "./accounts.ts";

const ADAPTIVE = { ...SCENARIO, feeTierIndex: 1_024, oracle: ORACLE };

function fed(scenario: Scenario) {
	const read = quoted(scenario, POOL_BYTES, NAMES);
	const market = new WhirlpoolMarket(read.pool);
	expect(market.apply({ place: "pool", startIndex: 0, data: poolBytes(scenario, NAMES) })).toBe(true);
	for (const { place, startIndex } of market.wanted()) {
		const array = scenario.arrays.find(({ start }) => start === startIndex);
		const data = place === "oracle" ? oracleBytes(scenario.oracle, POOL_BYTES) : null;
		const bytes = place === "array" && array !== undefined ? arrayBytes(array, POOL_BYTES) : data;
		expect(market.apply({ place, startIndex, data: bytes })).toBe(true);
	}
	return { market, read };
}

describe("a Whirlpool's market", () => {
	test("of which nothing is known trades nothing and wants nothing", () => {
		const market = new WhirlpoolMarket(quoted(SCENARIO, POOL_BYTES, NAMES).pool);
		expect([market.swapEnabled, market.reserveA, market.reserveB, market.openTimeSeconds]).toEqual([false, 0n, 0n, 0n]);
		expect(market.wanted()).toEqual([]);
		expect(market.quoteExactIn("aToB", 1_000n, CLOCK)).toMatchObject({ error: "swapDisabled" });
		expect(market.apply({ place: "bitmap", startIndex: 0, data: null })).toBe(false);
	});

	test("forgets a pool whose bytes are gone or are none", () => {
		const { market } = fed(SCENARIO);
		expect(market.apply({ place: "pool", startIndex: 0, data: null })).toBe(false);
		expect(market.swapEnabled).toBe(false);
		const { market: other } = fed(SCENARIO);
		expect(other.apply({ place: "pool", startIndex: 0, data: new Uint8Array(653) })).toBe(false);
		expect(other.swapEnabled).toBe(false);
	});

	test("has no swaps while an adaptive fee's oracle is unknown", () => {
		const { market } = fed(ADAPTIVE);
		expect(market.swapEnabled).toBe(true);
		expect(market.apply({ place: "oracle", startIndex: 0, data: new Uint8Array(1) })).toBe(false);
		expect(market.swapEnabled).toBe(false);
		expect(market.keptShare("aToB", CLOCK)).toBe(1 - 3_000 / 1_000_000);
	});

	test.each<[string, Scenario]>([
		["static", SCENARIO],
		["adaptive", ADAPTIVE],
	])("of a %s fee quotes as its accounts do, and once more behind a swap", (_name, scenario) => {
		const { market, read } = fed(scenario);
		const quote = market.quoteExactIn("aToB", scenario.amount, CLOCK);
		if (!quote.ok || !read.quote.ok) throw new Error("refused");
		expect(quote.value.amountOut).toBe(read.quote.value.amountOut);
		const behind = market.afterSwap("aToB", quote.value).quoteExactOut("aToB", quote.value.amountOut, CLOCK);
		if (!behind.ok) throw new Error(behind.error);
		expect(behind.value.amountIn).toBeGreaterThan(quote.value.amountIn);
	});

	test("keeps less of an input while its fee is adaptive, and its reserves give its price", () => {
		const { market } = fed(ADAPTIVE);
		expect(market.keptShare("bToA", CLOCK)).toBeLessThan(fed(SCENARIO).market.keptShare("bToA", CLOCK));
		const price = Number(market.reserveB) / Number(market.reserveA);
		expect(Math.abs(price / 1.0001 ** 10 - 1)).toBeLessThan(1e-9);
	});

	test("wants the arrays around its price, the same list until it changes", () => {
		const { market } = fed(ADAPTIVE);
		const wanted = market.wanted();
		expect(wanted.map(({ place, startIndex }) => `${place} ${startIndex}`)).toEqual([
			...[-11_264, -5_632, 0, 5_632, 11_264].map((start) => `array ${start}`),
			"oracle 0",
		]);
		expect(market.wanted()).toBe(wanted);
	});
});
