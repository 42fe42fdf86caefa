import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CycleIndex, type CycleLimits } from "../../../../core/market/cycle-index.ts";
import { directionOfLeg, legCode, poolOfLeg, ROUTE_STRIDE } from "../../../../core/market/leg-code.ts";
import type { TradedPair } from "../../../../core/market/pool-graph.ts";
import { addressOf } from "./market-fixture.ts";

const mint = (number: number) => addressOf(50_000 + number);
const pool = (_: number, a: number, b: number): TradedPair => ({
	mintA: mint(a),
	mintB: mint(b),
});
const limits = (change: Partial<CycleLimits> = {}): CycleLimits => ({
	fundingMints: new Set([mint(0)]),
	minimumLegs: 2,
	maximumLegs: 4,
	maximumPerPool: 100_000,
	maximumSteps: 1_000_000,
	...change,
});

function countOf(index: CycleIndex, poolIndex: number): number {
	const { from, to } = index.through(poolIndex);
	return (to - from) / ROUTE_STRIDE;
}

/** A pool's routes as text: "pool+" sells the pool's A, "pool-" its B. */
function routesOf(index: CycleIndex, poolIndex: number): string[] {
	const { codes, from } = index.through(poolIndex);
	return Array.from({ length: countOf(index, poolIndex) }, (_, at) =>
		[...codes.subarray(from + at * ROUTE_STRIDE, from + (at + 1) * ROUTE_STRIDE)]
			.filter((code) => code > 0)
			.map((code) => `${poolOfLeg(code)}${directionOfLeg(code) === "aToB" ? "+" : "-"}`)
			.join(" "),
	);
}

/** Every route by trying all: no mint and no pool twice. */
function bruteForce(
	pools: readonly (TradedPair | undefined)[],
	{ fundingMints, minimumLegs, maximumLegs }: CycleLimits,
) {
	const found: string[] = [];
	const walk = (start: string, at: string, route: string[], mints: string[], used: number[]): void => {
		for (const [index, one] of pools.entries()) {
			if (one === undefined || used.includes(index) || (one.mintA !== at && one.mintB !== at)) continue;
			const isForward = one.mintA === at;
			const next = isForward ? one.mintB : one.mintA;
			const longer = [...route, `${index}${isForward ? "+" : "-"}`];
			if (next === start) {
				if (longer.length >= minimumLegs) found.push(longer.join(" "));
			} else if (!mints.includes(next) && longer.length < maximumLegs) {
				walk(start, next, longer, [...mints, next], [...used, index]);
			}
		}
	};
	for (const funding of fundingMints) walk(funding, funding, [], [funding], []);
	return found;
}

function expectAll(index: CycleIndex, pools: readonly (TradedPair | undefined)[], of: CycleLimits): void {
	const all = bruteForce(pools, of);
	for (const [place, one] of pools.entries()) {
		if (one === undefined) continue;
		const through = all.filter((route) => route.split(" ").some((leg) => leg.slice(0, -1) === `${place}`));
		expect(routesOf(index, place).sort()).toEqual(through.sort());
	}
}

const graph = fc
	.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 10 })
	.map((pairs) => pairs.filter(([a, b]) => a !== b).map(([a, b], number) => pool(number, a, b)));
const shape = fc.record({
	fundingMints: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }).map((some) => new Set(some.map(mint))),
	legs: fc.constantFrom([2, 2], [2, 3], [2, 4], [3, 4], [4, 4]),
});

describe("what is no cycle", () => {
	test("one pool of a pair, pairs that share one mint, and rings without a funding mint", () => {
		expect(new CycleIndex(limits(), [pool(0, 0, 1), pool(1, 0, 2)]).size).toBe(0);
		expect(new CycleIndex(limits(), [pool(0, 1, 2), pool(1, 2, 1)]).size).toBe(0);
	});

	test("a place without a pool", () => {
		const index = new CycleIndex(limits());
		expect(countOf(index, 3)).toBe(0);
		index.remove(3);
		expect(() => new CycleIndex(limits(), [pool(0, 0, 1)]).add(0, pool(0, 0, 1))).toThrow(RangeError);
	});
});

describe("the routes of a pool", () => {
	test("two legs both ways, whatever the order of the mints", () => {
		const index = new CycleIndex(limits(), [pool(0, 0, 1), pool(1, 1, 0)]);
		expect(routesOf(index, 0).sort()).toEqual(["0+ 1+", "1- 0-"]);
		expect(routesOf(index, 1).sort()).toEqual(["0+ 1+", "1- 0-"]);
		expect([poolOfLeg(legCode(7, "bToA")), directionOfLeg(legCode(7, "bToA"))]).toEqual([7, "bToA"]);
	});

	test("are all that there are, and no others", () => {
		const property = fc.property(graph, shape, (pools, { fundingMints, legs: [minimumLegs, maximumLegs] }) => {
			const of = limits({ fundingMints, minimumLegs: minimumLegs as number, maximumLegs: maximumLegs as number });
			const index = new CycleIndex(of, pools);
			expectAll(index, pools, of);
			expect([index.leftOut, index.unfinished]).toEqual([0, 0]);
		});
		fc.assert(property, { seed: 11, numRuns: 400 });
	});

	test("stay right while pools come and go", () => {
		const property = fc.property(graph, fc.array(fc.nat(20), { maxLength: 12 }), (pools, moves) => {
			const of = limits({ fundingMints: new Set([mint(0), mint(1)]) });
			const index = new CycleIndex(of);
			const present: (TradedPair | undefined)[] = pools.map(() => undefined);
			for (const move of [...pools.keys(), ...moves]) {
				const place = move % Math.max(1, pools.length);
				if (pools[place] === undefined) continue;
				if (present[place] === undefined) index.add(place, pools[place]);
				else index.remove(place);
				present[place] = present[place] === undefined ? pools[place] : undefined;
			}
			expectAll(index, present, of);
		});
		fc.assert(property, { seed: 12, numRuns: 200 });
	});
});

describe("bounds", () => {
	const crowd = Array.from({ length: 40 }, (_, number) => pool(number, 0, 1));

	test("every pool has its number, and what has no room is counted", () => {
		const index = new CycleIndex(limits({ maximumPerPool: 16, maximumLegs: 2 }), crowd);
		expect(crowd.every((_, place) => countOf(index, place) === 16)).toBe(true);
		expect(index.size + index.leftOut).toBe(40 * 39);
	});

	test("short routes leave room for longer ones", () => {
		const pools = [...crowd, pool(40, 1, 2), pool(41, 2, 0)];
		const index = new CycleIndex(limits({ maximumPerPool: 16, maximumLegs: 3 }), pools);
		const lengths = routesOf(index, 0).map((route) => route.split(" ").length);
		expect(lengths.filter((length) => length === 2)).toHaveLength(8);
		expect(lengths.filter((length) => length === 3)).toHaveLength(2);
	});

	test("a pool that comes later is on its own list in full, though the others have no room for it", () => {
		const index = new CycleIndex(limits({ maximumPerPool: 16, maximumLegs: 2 }), crowd);
		index.add(40, pool(40, 1, 0));
		expect(countOf(index, 40)).toBe(16);
		expect(routesOf(index, 0).some((route) => route.includes("40"))).toBe(false);
	});

	test("a full list is filled again when a pool goes", () => {
		const of = limits({ maximumPerPool: 16, maximumLegs: 2 });
		const index = new CycleIndex(of, crowd.slice(0, 10));
		index.remove(1);
		expect(routesOf(index, 0).some((route) => /\b1[+-]/.test(route))).toBe(false);
		expect(countOf(index, 0)).toBe(16);
		expect(index.leftOut).toBe(0);
	});

	test("a search that takes too many steps says so", () => {
		const hub = Array.from({ length: 60 }, (_, number) => pool(number, number % 2, 2 + (number >> 1)));
		const index = new CycleIndex(limits({ maximumSteps: 3 }), hub);
		expect(index.unfinished).toBeGreaterThan(0);
	});
});
