import { describe, expect, test } from "@jest/globals";
import { isPoolAllowed, selectPools } from "../../../../core/market/select-pools.ts";
import type { Address } from "../../../../core/types/address.ts";

const pool = (address: string, mintA: string, mintB: string) => ({
	address: address as Address,
	mintA: mintA as Address,
	mintB: mintB as Address,
});
const listedMints = new Set(["SOL", "USDC"] as Address[]);
const pools = [
	pool("p5", "cat", "dog"),
	pool("p4", "SOL", "cat"),
	pool("p3", "USDC", "SOL"),
	pool("p2", "dog", "USDC"),
	pool("p1", "SOL", "USDC"),
];

describe("selectPools", () => {
	test("leaves out pools with unlisted mints where those are not allowed, and counts them", () => {
		expect(selectPools(pools, { listedMints, allowUnlistedMints: false, maximumPools: 9 })).toEqual({
			selected: ["p1", "p3"],
			notAllowed: 3,
			leftOut: 0,
		});
	});

	test("keeps to the maximum, pools between listed mints first, and counts what has no room", () => {
		expect(selectPools(pools, { listedMints, allowUnlistedMints: true, maximumPools: 3 })).toEqual({
			selected: ["p1", "p3", "p2"],
			notAllowed: 0,
			leftOut: 2,
		});
	});

	test("the order in which pools were found does not matter", () => {
		const selection = { listedMints, allowUnlistedMints: true, maximumPools: 9 };
		expect(selectPools(pools.toReversed(), selection)).toEqual(selectPools(pools, selection));
	});

	test("a pool with one unlisted mint is not allowed", () => {
		expect(isPoolAllowed(pools[1]!, { listedMints, allowUnlistedMints: false })).toBe(false);
		expect(isPoolAllowed(pools[1]!, { listedMints, allowUnlistedMints: true })).toBe(true);
		expect(isPoolAllowed(pools[2]!, { listedMints, allowUnlistedMints: false })).toBe(true);
	});
});
