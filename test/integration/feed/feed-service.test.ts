import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import { Bus } from "../../../broker/bus.ts";
import type { MarketFreshness, SlotAdvanced } from "../../../broker/contracts/feed.ts";
import { attachRuntime } from "../../../broker/runtime.ts";
import { createTickStream, type TickStream } from "../../../broker/tick-stream.ts";
import { systemClock } from "../../../libs/clock.ts";
import { seededRandom } from "../../../libs/random.ts";
import feed from "../../../services/feed/feed.service.ts";
import { ammFixture, type PoolFixture } from "../../unit/core/market/market-accounts.ts";
import { decode, feedConfig, MarketOnChain, until } from "./market-on-chain.ts";

let folder: string;
let market: MarketOnChain;
let pool: PoolFixture;
let broker: ServiceBroker;
let ticks: TickStream;
let bus: Bus;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "mojo-feed-"));
	market = new MarketOnChain("service");
	await market.open();
	pool = await ammFixture();
	ticks = createTickStream({ namespace: "test", natsUrl: null, name: "test" });
	broker = new ServiceBroker({ logger: false, cacher: { type: "Memory", options: { clone: false } } });
	attachRuntime(broker, {
		config: feedConfig(market, folder, { cache_ttl_seconds: 600 }),
		clock: systemClock,
		random: seededRandom(1),
		ticks,
		nodeID: "test",
		fatal: (error) => {
			throw error;
		},
	});
	bus = new Bus(broker);
	broker.createService(feed(broker));
});

afterEach(async () => {
	await broker.stop();
	await market.close();
	rmSync(folder, { recursive: true, force: true });
});

test("starts before the chain, answers from the first moment, and tells the bus and the ticks what it sees", async () => {
	const batches: Uint8Array[] = [];
	const slots: SlotAdvanced[] = [];
	const freshness: MarketFreshness[] = [];
	const epochs: number[] = [];
	let lenders = 0;
	ticks.subscribe("main", (batch) => batches.push(batch));
	broker.createService({
		name: "listener",
		events: {
			"feed.slot.advanced": ({ params }: { params: SlotAdvanced }) => void slots.push(params),
			"feed.market.changed": ({ params }: { params: MarketFreshness }) => void freshness.push(params),
			"feed.catalog.changed": ({ params }: { params: { catalogEpoch: number } }) =>
				void epochs.push(params.catalogEpoch),
			"feed.lenders.changed": () => void lenders++,
		},
	});
	await broker.start();
	expect(await bus.call("feed.catalog")).toMatchObject({ catalogEpoch: 0, pools: [] });
	expect(decode((await bus.call("feed.snapshot")).batch).ticks).toEqual([]);

	market.putPools(pool);
	market.chain.start();
	await until(() => epochs.length === 1);
	const catalog = await bus.call("feed.catalog");
	expect(catalog).toMatchObject({ catalogEpoch: epochs[0], shard: "main" });
	expect(catalog.pools.map(({ address }) => address)).toEqual([pool.address]);
	expect(await bus.call("feed.catalog")).toBe(catalog);
	await until(() => slots.length > 2 && freshness.some(({ fresh }) => fresh));
	expect(decode(batches.at(-1)!).ticks).toMatchObject([{ poolIndex: 0, stale: false }]);
	expect(await bus.call("feed.status")).toMatchObject({ shard: "main", connected: true, pools: 1, stalePools: 0 });

	await market.putLender(9n);
	await until(() => lenders === 1);
	expect((await bus.call("feed.catalog")).lenders).toMatchObject([{ availableAmount: 9n }]);
});

test.each(["feed.catalog", "feed.snapshot", "feed.status"])("%s takes no parameters", async (action) => {
	await broker.start();
	await expect(broker.call(action, { pool: 1 })).rejects.toMatchObject({ code: 422 });
});
