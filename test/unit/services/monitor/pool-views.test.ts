import { describe, expect, test } from "@jest/globals";
import type { Catalog } from "../../../../broker/contracts/feed.ts";
import { Book } from "../../../../core/market/book.ts";
import type { Tick } from "../../../../core/market/tick-batch.ts";
import { poolSides, poolViews } from "../../../../services/monitor/pool-views.ts";
import { batch, catalog, SOL, TICKS, tick, USDC } from "./peers.ts";

const ORDER = { quoteMint: USDC, secondMint: SOL };

function marketOf(ticks: readonly Tick[], told: Catalog = catalog()) {
	const book = new Book(told);
	book.apply(batch(1, ticks, { snapshot: true }));
	return { book, mint: (mint: string) => told.mints.find(({ address }) => address === mint) };
}

describe("pools on the screen", () => {
	test("are none before the catalog is known, and only those that have been seen", () => {
		expect([poolViews({ book: null, mint: () => undefined }, ORDER), poolSides({ book: null })]).toEqual([[], []]);
		const market = marketOf(TICKS.slice(0, 1));
		expect([poolViews(market, ORDER), poolSides(market)].map(({ length }) => length)).toEqual([1, 1]);
	});

	test("of a pair look alike, whichever way round they are", () => {
		const [cpmm, amm, bonk] = poolViews(marketOf(TICKS), ORDER);
		expect(cpmm).toMatchObject({ pair: "SOL/USDC", symbolA: "SOL", price: 150, pairPrice: 150, slot: 10 });
		expect(amm).toMatchObject({ pair: "SOL/USDC", symbolA: "USDC", pairPrice: 150, stale: false });
		expect(bonk).toMatchObject({ pair: "BONK/SOL", price: (0.0000002 * 1_000) / 1_000 });
		expect(poolSides(marketOf(TICKS))[0]).toMatchObject({ mintA: SOL, reserveB: 150_000_000_000n });
	});

	test("a mint without a symbol goes by its address, an empty pool by price 0", () => {
		const market = marketOf([tick(0, { reserveA: 0n, reserveB: 0n })], catalog({ mints: [] }));
		expect(poolViews(market, ORDER)[0]).toMatchObject({ pair: "So11…1112/EPjF…Dt1v", price: 0, pairPrice: 0 });
	});

	test("mints of the same rank stand in the order of their addresses", () => {
		const market = marketOf(TICKS);
		const views = poolViews(market, { quoteMint: "none", secondMint: "none" });
		expect(views.map(({ pair }) => pair)).toEqual(["USDC/SOL", "USDC/SOL", "BONK/SOL"]);
	});
});
