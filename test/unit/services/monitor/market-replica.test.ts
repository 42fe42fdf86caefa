import { describe, expect, test } from "@jest/globals";
import type { Catalog } from "../../../../broker/contracts/feed.ts";
import { MarketReplica } from "../../../../services/monitor/market-replica.ts";
import { batch, catalog, SOL, TICKS, tick, USDC, until } from "./peers.ts";

interface Feed {
	catalog: () => Catalog;
	snapshot: () => Uint8Array;
	asked: number;
}

function replicaOf(feed: Feed): MarketReplica {
	return new MarketReplica({
		quoteMint: USDC,
		secondMint: SOL,
		loadCatalog: async () => {
			feed.asked++;
			return feed.catalog();
		},
		loadSnapshot: async () => feed.snapshot(),
		onHealed: () => {},
		retryMinMs: 1,
		retryMaxMs: 4,
	});
}

const feedOf = (change: Partial<Feed> = {}): Feed => ({
	catalog,
	snapshot: () => batch(5, TICKS, { snapshot: true }),
	asked: 0,
	...change,
});

describe("a replica of the market", () => {
	test("shows nothing and takes garbage calmly before it knows the catalog", () => {
		const replica = replicaOf(feedOf());
		replica.apply(new Uint8Array(3));
		expect([replica.ready, replica.pools(), replica.sides(), replica.catalog]).toEqual([false, [], [], null]);
		replica.stop();
	});

	test("asks again until the feed answers, and takes no snapshot of another catalog", async () => {
		const feed = feedOf();
		feed.catalog = () => {
			if (feed.asked === 1) throw new Error("not there yet");
			return catalog({ catalogEpoch: feed.asked === 2 ? 9 : 1 });
		};
		const replica = replicaOf(feed);
		replica.heal();
		await until(() => replica.ready);
		expect(feed.asked).toBe(3);
		expect(replica.pools()).toHaveLength(3);
		replica.stop();
	});

	test("stops asking when it is stopped", async () => {
		const feed = feedOf({
			catalog: () => {
				throw new Error("never there");
			},
		});
		const replica = replicaOf(feed);
		replica.heal();
		await until(() => feed.asked > 1);
		replica.stop();
		const { asked } = feed;
		replica.heal();
		await new Promise((wake) => setTimeout(wake, 30));
		expect(feed.asked).toBe(asked);
	});

	test("follows the batches: newer slots win, a missing batch is counted and healed", async () => {
		const feed = feedOf();
		const replica = replicaOf(feed);
		replica.heal();
		await until(() => replica.ready);
		replica.apply(batch(6, [tick(0, { slot: 11, reserveA: 7n, reserveB: 8n, stale: true })]));
		replica.apply(batch(7, [tick(0, { slot: 9, reserveA: 1n, reserveB: 1n })]));
		expect(replica.pools()[0]).toMatchObject({ reserveA: 7n, stale: true, slot: 11 });
		expect([replica.gaps, feed.asked]).toEqual([0, 1]);
		feed.snapshot = () => batch(9, [tick(1, { slot: 12, reserveA: 3n })], { snapshot: true });
		replica.apply(batch(9, [tick(2, { slot: 12, reserveA: 4n })]));
		await until(() => feed.asked === 2 && replica.pools()[1]?.reserveA === 3n);
		expect([replica.gaps, replica.pools()[2]?.reserveA]).toEqual([1, 4n]);
		// One that the snapshot overtook is no gap.
		replica.apply(batch(8, []));
		replica.apply(batch(10, []));
		expect(replica.gaps).toBe(1);
		replica.stop();
	});

	test("a feed that begins anew is believed, though its slots are lower", async () => {
		const feed = feedOf({ snapshot: () => batch(1_000, TICKS, { snapshot: true }) });
		const replica = replicaOf(feed);
		replica.heal();
		await until(() => replica.ready);
		feed.snapshot = () => batch(1, [tick(0, { slot: 2, reserveA: 5n })], { snapshot: true });
		replica.apply(batch(1, []));
		await until(() => replica.pools().length === 1);
		expect(replica.pools()[0]).toMatchObject({ slot: 2, reserveA: 5n });
		replica.stop();
	});

	test("a batch of another catalog makes it read the catalog anew; gaps meanwhile are healed once more", async () => {
		const feed = feedOf();
		const replica = replicaOf(feed);
		replica.heal();
		replica.heal();
		await until(() => feed.asked >= 2);
		const { asked } = feed;
		feed.catalog = () => catalog({ catalogEpoch: 2, pools: catalog().pools.slice(0, 1) });
		feed.snapshot = () => batch(1, [tick(0)], { snapshot: true, catalogEpoch: 2 });
		replica.apply(batch(6, [tick(0, { slot: 99, reserveA: 99n })], { catalogEpoch: 2 }));
		await until(() => feed.asked > asked && replica.pools().length === 1);
		expect(replica.pools()[0]?.reserveA).toBe(1n);
		replica.stop();
	});

	test("shows pools of a pair alike, whichever way round they are", async () => {
		const replica = replicaOf(feedOf());
		replica.heal();
		await until(() => replica.ready);
		const [cpmm, amm, bonk] = replica.pools();
		expect(cpmm).toMatchObject({ pair: "SOL/USDC", symbolA: "SOL", price: 150, pairPrice: 150 });
		expect(amm).toMatchObject({ pair: "SOL/USDC", symbolA: "USDC", pairPrice: 150 });
		expect(bonk).toMatchObject({ pair: "BONK/SOL", price: (0.0000002 * 1_000) / 1_000 });
		expect(replica.sides()[0]).toMatchObject({ mintA: SOL, reserveB: 150_000_000_000n });
		replica.stop();
	});

	test("a mint without a symbol goes by its address, an empty pool by price 0", async () => {
		const replica = replicaOf(
			feedOf({
				catalog: () => catalog({ mints: [] }),
				snapshot: () => batch(1, [tick(0, { reserveA: 0n, reserveB: 0n })], { snapshot: true }),
			}),
		);
		replica.heal();
		await until(() => replica.ready);
		expect(replica.pools()[0]).toMatchObject({ pair: "So11…1112/EPjF…Dt1v", price: 0, pairPrice: 0 });
		replica.stop();
	});
});
