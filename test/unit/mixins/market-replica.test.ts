import { afterEach, describe, expect, test } from "@jest/globals";
import { Bus } from "../../../broker/bus.ts";
import type { Catalog } from "../../../broker/contracts/feed.ts";
import { createTickStream } from "../../../broker/tick-stream.ts";
import type { Tick } from "../../../core/market/tick-batch.ts";
import { seededRandom } from "../../../libs/random.ts";
import { MarketReplica, type MarketReplicaOptions } from "../../../mixins/market-replica.ts";
import { BONK, batch, catalog, POOLS, SOL, TICKS, tick, USDC, until } from "../services/monitor/peers.ts";

/** A feed that answers as it is told to, and publishes. */
class Feed {
	readonly ticks = createTickStream({ namespace: "test", natsUrl: null, name: "feed" });
	readonly asked: string[] = [];
	catalog: () => Catalog = catalog;
	snapshot: () => Uint8Array = () => batch(5, TICKS, { snapshot: true });

	readonly bus = new Bus({
		call: async (action: string) => {
			this.asked.push(action);
			return action === "feed.catalog" ? this.catalog() : { batch: this.snapshot(), next: null };
		},
		emit: async () => {},
		broadcast: async () => {},
	} as never);

	get catalogsAsked(): number {
		return this.asked.filter((action) => action === "feed.catalog").length;
	}

	publish(sequence: number, told: readonly Tick[], change: { snapshot?: boolean; catalogEpoch?: number } = {}): void {
		this.ticks.publish("main", batch(sequence, told, change));
	}
}

let replica: MarketReplica;
let defects: Error[] = [];

function start(feed: Feed, options: Partial<MarketReplicaOptions> = {}): MarketReplica {
	defects = [];
	replica = new MarketReplica({
		shard: "main",
		bus: feed.bus,
		ticks: feed.ticks,
		random: seededRandom(3),
		onDefect: (error) => defects.push(error),
		...options,
	});
	replica.start();
	return replica;
}

const isFresh = (): boolean => replica.trouble === null;

afterEach(() => {
	replica.stop();
	expect(defects).toEqual([]);
});

describe("a replica of the market", () => {
	test("says what is missing and takes garbage calmly before it knows the catalog", () => {
		const feed = new Feed();
		start(feed);
		feed.ticks.publish("main", new Uint8Array(3));
		feed.publish(1, [tick(0)]);
		expect(replica.trouble).toBe("the feed of shard main has not told its catalog yet");
		expect([replica.book, replica.catalog, replica.gaps]).toEqual([null, null, 0]);
		expect([replica.price(SOL, USDC), replica.value(SOL, 1n, USDC)]).toEqual([null, null]);
		expect([replica.row(POOLS[0]!.address), replica.mint(SOL)]).toEqual([undefined, undefined]);
	});

	test("asks again until the feed answers, and takes no catalog of another shard, no snapshot of another catalog", async () => {
		const feed = new Feed();
		let calls = 0;
		feed.catalog = () => {
			calls++;
			if (calls === 1) throw new Error("not there yet");
			return catalog(calls === 2 ? { shard: "other" } : {});
		};
		let snapshots = 0;
		feed.snapshot = () => batch(5, TICKS, { snapshot: true, catalogEpoch: ++snapshots === 1 ? 9 : 1 });
		start(feed);
		await until(isFresh);
		expect([calls >= 3, snapshots]).toEqual([true, 2]);
		expect(replica.row(POOLS[1]!.address)?.reserveB).toBe(500_000_000_000n);
		expect(replica.mint(BONK)?.symbol).toBe("BONK");
	});

	test("stops asking when it is stopped, and hears nothing more", async () => {
		const feed = new Feed();
		feed.catalog = () => {
			throw new Error("never there");
		};
		start(feed);
		await until(() => feed.asked.length > 1);
		replica.stop();
		const { length } = feed.asked;
		replica.onCatalogChanged({ shard: "main", catalogEpoch: 2 });
		await new Promise((wake) => setTimeout(wake, 150));
		expect(feed.asked).toHaveLength(length);
	});

	test("an answer that comes after the stop changes nothing", async () => {
		const feed = new Feed();
		const heard: string[] = [];
		start(feed, { onCatalog: () => heard.push("catalog") });
		replica.stop();
		await new Promise((wake) => setImmediate(wake));
		expect([heard, replica.book]).toEqual([[], null]);
		const later = new Feed();
		later.snapshot = () => {
			replica.stop();
			return batch(5, TICKS, { snapshot: true });
		};
		start(later, { onHealed: () => heard.push("healed") });
		await until(() => later.asked.includes("feed.snapshot"));
		await new Promise((wake) => setImmediate(wake));
		expect([heard, replica.book?.stale]).toEqual([[], true]);
	});

	test("tells its owner of every catalog, every change and every healing", async () => {
		const feed = new Feed();
		const heard: unknown[] = [];
		start(feed, {
			onCatalog: (book, { catalogEpoch }) => heard.push(["catalog", book.rows.length, catalogEpoch]),
			onApplied: ({ sequence }, changed) => heard.push(["applied", sequence, [...changed]]),
			onHealed: () => heard.push("healed"),
		});
		await until(isFresh);
		feed.publish(6, [tick(2, { slot: 11 })]);
		expect(heard).toEqual([["catalog", 3, 1], ["applied", 5, [0, 1, 2]], "healed", ["applied", 6, [2]]]);
	});

	test("a missing batch is counted, nothing is traded on meanwhile, and a snapshot heals it", async () => {
		const feed = new Feed();
		start(feed);
		await until(isFresh);
		feed.snapshot = () => batch(9, [tick(0), tick(1, { reserveA: 3n }), tick(2)], { snapshot: true });
		feed.publish(8, [tick(2, { slot: 12, reserveA: 4n })]);
		expect(replica.trouble).toBe("market data is missing until the feed's snapshot has come");
		expect([replica.price(SOL, USDC), replica.value(SOL, 1n, USDC)]).toEqual([null, null]);
		expect(replica.book?.rows[2]?.reserveA).toBe(4n);
		await until(isFresh);
		expect([replica.gaps, replica.row(POOLS[1]!.address)?.reserveA]).toEqual([1, 3n]);
		// One that the snapshot overtook is no gap.
		feed.publish(9, []);
		feed.publish(10, []);
		expect([replica.gaps, replica.trouble]).toEqual([1, null]);
	});

	test("a snapshot in the stream itself heals, too", async () => {
		const feed = new Feed();
		start(feed);
		await until(isFresh);
		feed.snapshot = () => {
			throw new Error("no answer");
		};
		feed.publish(9, []);
		expect(isFresh()).toBe(false);
		feed.publish(10, TICKS, { snapshot: true });
		expect(isFresh()).toBe(true);
	});

	test("a batch of another catalog, or word of one, makes it read the catalog anew", async () => {
		const feed = new Feed();
		start(feed);
		await until(isFresh);
		replica.onCatalogChanged({ shard: "other", catalogEpoch: 8 });
		replica.onCatalogChanged({ shard: "main", catalogEpoch: 1 });
		expect(feed.catalogsAsked).toBe(1);
		// The first answer is still the catalog of before: it is asked for once more.
		feed.catalog = () => (feed.catalogsAsked < 3 ? catalog() : catalog({ catalogEpoch: 2, pools: POOLS.slice(0, 1) }));
		feed.snapshot = () => batch(1, [tick(0)], { snapshot: true, catalogEpoch: 2 });
		feed.publish(6, [tick(0, { reserveA: 99n })], { catalogEpoch: 2 });
		await until(() => replica.book?.catalogEpoch === 2 && isFresh());
		expect([replica.book?.rows.length, replica.row(POOLS[0]!.address)?.reserveA]).toEqual([1, 1n]);
		expect(replica.row(POOLS[2]!.address)).toBeUndefined();
		replica.onCatalogChanged({ shard: "main", catalogEpoch: 3 });
		feed.catalog = () => catalog({ catalogEpoch: 3 });
		feed.snapshot = () => batch(1, TICKS, { snapshot: true, catalogEpoch: 3 });
		await until(() => replica.book?.catalogEpoch === 3 && isFresh());
	});

	test("knows prices, and forgets them with the state they came from", async () => {
		const feed = new Feed();
		start(feed);
		await until(isFresh);
		expect(replica.price(BONK, SOL)).toMatchObject({ amountIn: 50_000_000_000_000n, amountOut: 100_000_000_000n });
		expect(replica.value(SOL, 1_000_000_000n, USDC)).toBe(150_000_000n);
		feed.publish(6, [tick(2, { slot: 11, reserveA: 1_000n, reserveB: 10n })]);
		expect(replica.price(SOL, BONK)).toMatchObject({ amountIn: 10n, amountOut: 1_000n });
		feed.publish(7, [tick(2, { slot: 12, reserveA: 1_000n, reserveB: 10n, stale: true })]);
		expect(replica.price(SOL, BONK)).toBeNull();
		// A snapshot that leaves a pool out takes its price, too.
		feed.publish(8, [tick(2, { slot: 12 })], { snapshot: true });
		expect(replica.price(SOL, USDC)).toBeNull();
		expect(replica.price(SOL, BONK)).toMatchObject({ amountIn: 1n, amountOut: 1n });
	});

	test("a listener's defect stays with its owner: the feed and the replica go on", async () => {
		const feed = new Feed();
		const broken = (): never => {
			throw new Error("broken");
		};
		start(feed, { onCatalog: broken, onApplied: broken, onHealed: broken });
		await until(isFresh);
		feed.publish(6, [tick(0)]);
		expect(defects.splice(0).map(({ message }) => message)).toEqual(["broken", "broken", "broken", "broken"]);
		expect(feed.asked).toEqual(["feed.catalog", "feed.snapshot"]);
	});
});
