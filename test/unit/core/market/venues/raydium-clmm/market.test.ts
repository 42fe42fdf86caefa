import { describe, expect, test } from "@jest/globals";
import { BITMAP_EXTENSION_INDEX, ClmmMarket } from "../../../../../../core/market/venues/raydium-clmm/market.ts";
import { TICK_ARRAY_SIZE } from "../../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import { arrayData, extensionData, poolData } from "../../../../../../tools/vectors/raydium-clmm/accounts.ts";
import { opened, quoted } from "../../../../../../tools/vectors/raydium-clmm/compare.ts";
import type { Scenario } from "../../../../../../tools/vectors/raydium-clmm/scenario.ts";
import { SCENARIO } from "./scenario.ts";

const CLOCK = { slot: 1n, epoch: SCENARIO.epoch, unixSeconds: SCENARIO.unixSeconds };
const place = { pool: { place: "pool", startIndex: 0 }, bitmap: { place: "bitmap", startIndex: 0 } } as const;

function filled(scenario: Scenario = SCENARIO): ClmmMarket {
	const market = new ClmmMarket(opened(scenario).pool);
	expect(market.apply({ ...place.pool, data: poolData(scenario) })).toBe(true);
	expect(market.apply({ ...place.bitmap, data: extensionData(scenario) })).toBe(true);
	for (const { place: kind, startIndex } of market.wanted()) {
		if (kind !== "array") continue;
		expect(market.apply({ place: kind, startIndex, data: arrayData(scenario, startIndex) })).toBe(true);
	}
	return market;
}

const starts = (market: ClmmMarket) => market.wanted().map(({ place: kind, startIndex }) => `${kind} ${startIndex}`);

describe("a CLMM market", () => {
	test("that knows nothing quotes nothing and wants the bitmap extension only", () => {
		const market = new ClmmMarket(opened(SCENARIO).pool);
		expect(market.quoteExactIn("aToB", 1_000n, CLOCK)).toEqual({ ok: false, error: "swapDisabled" });
		expect([market.reserveA, market.reserveB, market.swapEnabled]).toEqual([0n, 0n, false]);
		expect(starts(market)).toEqual(["bitmap 0"]);
	});

	test("forgets what bad bytes stand for, and an array that does not exist", () => {
		const market = filled();
		const array = { place: "array", startIndex: 0 } as const;
		expect(market.apply({ ...array, data: new Uint8Array(TICK_ARRAY_SIZE) })).toBe(false);
		expect(market.quoteExactIn("aToB", 1_000_000n, CLOCK)).toEqual({ ok: false, error: "arrayMissing" });
		expect(market.apply({ ...array, data: arrayData(SCENARIO, 0) })).toBe(true);
		expect(market.quoteExactIn("aToB", 1_000_000n, CLOCK).ok).toBe(true);
		expect(market.apply({ ...array, data: arrayData(SCENARIO, 600) })).toBe(false);
		expect(market.apply({ ...array, data: new Uint8Array(3) })).toBe(false);
		expect(market.apply({ ...array, data: new Uint8Array(TICK_ARRAY_SIZE).fill(0) })).toBe(false);
		expect(market.apply({ ...array, data: null })).toBe(true);
		expect(market.quoteExactIn("aToB", 1_000_000n, CLOCK)).toEqual({ ok: false, error: "arrayMissing" });
		expect(market.apply({ ...place.bitmap, data: new Uint8Array(3) })).toBe(false);
		expect(market.apply({ ...place.bitmap, data: null })).toBe(true);
		expect(market.apply({ place: "oracle", startIndex: 0, data: null })).toBe(false);
		expect(market.apply({ ...place.pool, data: null })).toBe(false);
		expect([market.swapEnabled, market.reserveA]).toEqual([false, 0n]);
	});

	test("quotes as the venue does, both ways, and goes on from what a swap leaves", () => {
		const market = filled();
		const direct = quoted(SCENARIO, opened(SCENARIO));
		expect(market.quoteExactIn("aToB", SCENARIO.amount, CLOCK)).toEqual(direct);
		const out = { ...SCENARIO, exact: "out" } as const;
		expect(market.quoteExactOut("aToB", out.amount, CLOCK)).toEqual(quoted(out, opened(out)));
		if (!direct.ok) throw new Error(direct.error);
		const after = market.afterSwap("aToB", direct.value);
		const second = after.quoteExactIn("aToB", SCENARIO.amount, CLOCK);
		if (!second.ok) throw new Error(second.error);
		expect(second.value.amountOut).toBeLessThan(direct.value.amountOut);
		expect(after.reserveA).toBeGreaterThan(market.reserveA);
		expect(after.reserveB).toBeLessThan(market.reserveB);
	});

	test("keeps the list of wanted accounts until the price moves on, then drops what is no longer wanted", () => {
		const market = filled();
		const before = market.wanted();
		expect(starts(market)).toEqual(["bitmap 0", "array 0", "array -600", "array 600"]);
		market.apply({ ...place.pool, data: poolData(SCENARIO) });
		expect(market.wanted()).toBe(before);
		const moved = { ...SCENARIO, ticks: SCENARIO.ticks.slice(2) };
		market.apply({ ...place.pool, data: poolData(moved) });
		expect(starts(market)).toEqual(["bitmap 0", "array 0", "array 600"]);
		market.apply({ ...place.pool, data: poolData(SCENARIO) });
		const far = 100_000_000n;
		expect(market.quoteExactIn("aToB", far, CLOCK)).toEqual({ ok: false, error: "arrayMissing" });
	});

	test("wants no bitmap extension where the pool's own bits span every tick", () => {
		const wide = { ...SCENARIO, tickSpacing: 60, arrays: [0], ticks: [[0, 1n, 1n] as const, [60, -1n, 1n] as const] };
		expect(starts(filled(wide))).toEqual(["array 0"]);
	});

	test("keeps of an input what trade fee and transfer fees leave, and opens after its open time", () => {
		expect(filled().keptShare("aToB", CLOCK)).toBeCloseTo(0.9975, 12);
		const tenth = { from: 0n, older: [1_000n, 1n << 60n], newer: [1_000n, 1n << 60n] } as const;
		const taxed = { ...SCENARIO, transferFeeA: tenth, transferFeeB: tenth, openTimeSeconds: 7n };
		expect(filled(taxed).keptShare("bToA", CLOCK)).toBeCloseTo(0.9975 * 0.81, 12);
		expect([filled(taxed).openTimeSeconds, filled().openTimeSeconds]).toEqual([8n, 0n]);
	});

	test("names the bitmap extension first where the way leads past the pool's own bits, and needs it", () => {
		const ticks = [
			[-500, 3_000_000_000n, 3_000_000_000n],
			[308_450, -3_000_000_000n, 3_000_000_000n],
		] as const;
		const far = { ...SCENARIO, ticks, arrays: [-600, 308_400] };
		const market = filled(far);
		const up = market.quoteExactIn("bToA", 1_000_000n, CLOCK);
		expect(up).toMatchObject({ ok: true, value: { arrays: [BITMAP_EXTENSION_INDEX, 308_400] } });
		const out = market.quoteExactOut("bToA", 1_000_000n, CLOCK);
		expect(out).toMatchObject({ ok: true, value: { arrays: [BITMAP_EXTENSION_INDEX, 308_400] } });
		const down = market.quoteExactIn("aToB", 1_000_000n, CLOCK);
		expect(down).toMatchObject({ ok: true, value: { arrays: [-600] } });
		market.apply({ ...place.bitmap, data: null });
		expect(market.quoteExactIn("bToA", 1_000_000n, CLOCK)).toEqual({ ok: false, error: "arrayMissing" });
		expect(market.quoteExactIn("aToB", 1_000_000n, CLOCK)).toEqual(down);
	});
});
