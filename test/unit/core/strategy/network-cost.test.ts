import { describe, expect, test } from "@jest/globals";
import { Book } from "../../../../core/market/book.ts";
import type { Tick } from "../../../../core/market/tick-batch.ts";
import { networkFeeLamports, priceLamports, SolPricing } from "../../../../core/strategy/network-cost.ts";
import { BONK, batchOf, poolOf, SOL, tickOf, USDC } from "../market/market-fixture.ts";

const POOLS = [
	poolOf({ number: 0 }),
	poolOf({ number: 1, mintA: USDC, mintB: SOL }),
	poolOf({ number: 2, mintA: BONK, mintB: USDC }),
	poolOf({ number: 3, mintA: SOL, mintB: BONK }),
];

function bookOf(ticks: readonly Tick[]): Book {
	const book = new Book({ catalogEpoch: 1, pools: POOLS });
	book.heal([batchOf({ snapshot: true, sequence: 1 }, ticks)], book.snapshotRequest());
	return book;
}

describe("no price", () => {
	test.each([
		["no pool told", []],
		["a stale pool", [tickOf({ poolIndex: 0, stale: true })]],
		["a disabled pool", [tickOf({ poolIndex: 0, swapEnabled: false })]],
		["a pool without SOL", [tickOf({ poolIndex: 0, reserveA: 0n })]],
		["a pool without the other", [tickOf({ poolIndex: 0, reserveB: 0n })]],
		["pools of other mints", [tickOf({ poolIndex: 2 }), tickOf({ poolIndex: 3 })]],
	])("%s", (_, ticks) => {
		expect(new SolPricing(USDC, bookOf(ticks).rows).price(100)).toBeNull();
	});

	test("as soon as the only pool becomes stale, within the same slot", () => {
		const book = bookOf([tickOf({ poolIndex: 0 })]);
		const pricing = new SolPricing(USDC, book.rows);
		expect(pricing.price(100)).not.toBeNull();
		book.apply(batchOf({ sequence: 2 }, [tickOf({ poolIndex: 0, stale: true })]));
		expect(pricing.price(100)).toBeNull();
	});
});

test("SOL is worth itself", () => {
	expect(new SolPricing(SOL, bookOf([]).rows).price(1)).toEqual({ amount: 1n, lamports: 1n });
});

test("the pool with most SOL tells, on whichever side it stands, with its reserves of now", () => {
	const book = bookOf([
		tickOf({ poolIndex: 0, reserveA: 10n, reserveB: 1_500n }),
		tickOf({ poolIndex: 1, reserveA: 3_000n, reserveB: 20n }),
	]);
	const pricing = new SolPricing(USDC, book.rows);
	expect(pricing.price(100)).toEqual({ amount: 3_000n, lamports: 20n });
	book.apply(batchOf({ sequence: 2 }, [tickOf({ poolIndex: 1, reserveA: 3_100n, reserveB: 19n })]));
	expect(pricing.price(100)).toEqual({ amount: 3_100n, lamports: 19n });
	book.apply(batchOf({ sequence: 3 }, [tickOf({ poolIndex: 0, reserveA: 30n, reserveB: 4_500n })]));
	expect(pricing.price(100)).toEqual({ amount: 3_100n, lamports: 19n });
	expect(pricing.price(101)).toEqual({ amount: 4_500n, lamports: 30n });
});

test("the fee is one signature and the compute budget's price, rounded up", () => {
	const fee = (computeUnitLimit: number, computeUnitPriceMicroLamports: bigint) =>
		networkFeeLamports({ computeUnitLimit, computeUnitPriceMicroLamports });
	expect(fee(250_000, 1_000n)).toBe(5_250n);
	expect(fee(250_000, 0n)).toBe(5_000n);
	expect(fee(1, 1n)).toBe(5_001n);
	expect(fee(1_000_001, 1n)).toBe(5_002n);
});

test("costs are rounded up into the funding mint", () => {
	expect(priceLamports(5_250n, { amount: 150n, lamports: 1_000n })).toBe(788n);
	expect(priceLamports(5_250n, { amount: 1n, lamports: 1n })).toBe(5_250n);
	expect(priceLamports(1n, { amount: 1n, lamports: 1_000_000n })).toBe(1n);
});
