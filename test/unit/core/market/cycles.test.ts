import { describe, expect, test } from "@jest/globals";
import { buildCycles, type Cycle } from "../../../../core/market/cycles.ts";
import type { PoolDescriptor } from "../../../../core/market/pool.ts";
import type { Address } from "../../../../core/types/address.ts";
import { addressOf, BONK, poolOf, SOL, USDC } from "./market-fixture.ts";

const build = (pools: readonly PoolDescriptor[], funding: readonly Address[], maximumPerPool = 1_000) =>
	buildCycles({ pools, fundingMints: new Set(funding), maximumPerPool });
const routes = (cycles: readonly Cycle[]) => cycles.map(({ legs }) => legs.map(({ poolIndex }) => poolIndex).join(">"));

describe("what is no cycle", () => {
	test("one pool of a pair, and pairs that share one mint only", () => {
		const pools = [poolOf({ number: 0 }), poolOf({ number: 1, mintA: BONK })];
		expect(build(pools, [SOL, USDC, BONK]).cycles).toEqual([]);
	});

	test("pairs without a funding mint", () => {
		const pools = [poolOf({ number: 0 }), poolOf({ number: 1 })];
		const index = build(pools, [BONK]);
		expect(index).toEqual({ cycles: [], byPool: [[], []], leftOut: 0 });
	});
});

test("both directions from every funding mint of the pair, whatever the venue and the order of the mints", () => {
	const pools = [
		poolOf({ number: 0 }),
		poolOf({ number: 1, mintA: USDC, mintB: SOL, venue: "raydium-cpmm" }),
		poolOf({ number: 2, mintA: BONK }),
	];
	const { cycles, byPool, leftOut } = build(pools, [SOL, USDC]);
	expect(routes(cycles)).toEqual(["0>1", "1>0", "0>1", "1>0"]);
	expect(cycles.map(({ fundingMint }) => fundingMint)).toEqual([SOL, SOL, USDC, USDC]);
	expect(cycles[0]?.legs).toEqual([
		{ poolIndex: 0, direction: "aToB", mintIn: SOL, mintOut: USDC },
		{ poolIndex: 1, direction: "aToB", mintIn: USDC, mintOut: SOL },
	]);
	expect(cycles[3]?.legs).toEqual([
		{ poolIndex: 1, direction: "aToB", mintIn: USDC, mintOut: SOL },
		{ poolIndex: 0, direction: "aToB", mintIn: SOL, mintOut: USDC },
	]);
	expect(byPool.map((list) => list.length)).toEqual([4, 4, 0]);
	expect(leftOut).toBe(0);
	expect(cycles.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
});

test.each([2, 3, 4, 5, 8])("every pair of %d pools comes once", (count) => {
	const pools = Array.from({ length: count }, (_, number) => poolOf({ number }));
	const { cycles } = build(pools, [USDC]);
	expect(new Set(routes(cycles)).size).toBe(count * (count - 1));
	expect(cycles).toHaveLength(count * (count - 1));
});

test("names are short, distinct, and the same when the catalog grows", () => {
	const pools = Array.from({ length: 20 }, (_, number) => poolOf({ number }));
	const names = build(pools, [USDC, SOL]).cycles.map(({ name }) => name);
	expect(new Set(names).size).toBe(names.length);
	expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(60);
	const grown = build([poolOf({ number: 77, mintA: BONK }), ...pools], [USDC, SOL]).cycles.map(({ name }) => name);
	expect(new Set(grown)).toEqual(new Set(names));
});

test("a pool keeps its number of cycles, all pools the same, and the rest is counted", () => {
	const pools = Array.from({ length: 40 }, (_, number) => poolOf({ number }));
	const { cycles, byPool, leftOut } = build(pools, [USDC, SOL], 16);
	expect(byPool.every((list) => list.length === 16)).toBe(true);
	expect(cycles.length + leftOut).toBe(40 * 39 * 2);
	expect(cycles).toHaveLength((40 * 16) / 2);
});

test("addresses of the fixture are distinct", () => {
	expect(new Set(Array.from({ length: 5_000 }, (_, number) => addressOf(number))).size).toBe(5_000);
});
