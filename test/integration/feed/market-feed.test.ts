import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Config } from "../../../config/schema.ts";
import { describePool } from "../../../core/market/describe-pool.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { NO_ADDRESS } from "../../../core/market/venues/pumpswap/layout.ts";
import type { Address } from "../../../core/types/address.ts";
import { FaultyNode } from "../../support/faulty-node.ts";
import {
	ASSETS,
	ammFixture,
	BONK,
	cpmmFixture,
	type PoolFixture,
	pumpSwapFixture,
	USDC,
} from "../../unit/core/market/market-accounts.ts";
import { derive } from "../../unit/core/market/venues/pumpswap/accounts.ts";
import { decode, FeedUnderTest, feedConfig, MarketOnChain, until, withNumber } from "./market-on-chain.ts";
import { TamperingProxy } from "./tampering-proxy.ts";

let folder: string;
let market: MarketOnChain;
let amm: PoolFixture;
let cpmm: PoolFixture;
let feeds: FeedUnderTest[];

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "mojo-feed-"));
	market = new MarketOnChain("feed");
	amm = await ammFixture();
	cpmm = await cpmmFixture();
	feeds = [];
	await market.open();
});

afterEach(async () => {
	for (const { feed } of feeds) feed.stop();
	await market.close();
	rmSync(folder, { recursive: true, force: true });
});

function begin(pipeline: Partial<Config["data_pipeline"]> = {}, searchAgainMs?: number): FeedUnderTest {
	const feed = new FeedUnderTest(feedConfig(market, folder, pipeline), searchAgainMs);
	feeds.push(feed);
	feed.feed.start();
	feed.feed.start();
	return feed;
}

async function beginFresh(pipeline: Partial<Config["data_pipeline"]> = {}): Promise<FeedUnderTest> {
	market.putPools(amm, cpmm);
	await market.putLender(10n ** 12n);
	market.chain.start();
	const feed = begin(pipeline);
	await until(() => feed.isFresh);
	return feed;
}

/** What a feed makes of a fixture's accounts. */
function describedOf({ address, accounts }: PoolFixture): PoolDescriptor {
	const pool = accounts.get(address)!;
	const described = describePool({ pool, assets: ASSETS, account: (name) => accounts.get(name), derive });
	if (!described.ok) throw new Error(described.error);
	return described.value.pool;
}

/** Waits until the feed has learnt how short this chain's slots are, so that silence shows soon. */
async function paceIsKnown(feed: FeedUnderTest): Promise<void> {
	const { slot } = feed.feed.status();
	await until(() => feed.feed.status().slot > slot + 5);
}

describe("before there is a market", () => {
	test("an absent chain is waited for; catalog and snapshot are empty, of epoch 0", async () => {
		market.putPools(amm, cpmm);
		await market.closeRpc();
		await market.closePubsub();
		const feed = begin();
		await until(() => feed.log.length > 0);
		expect(feed.log[0]).toContain("gives no market yet");
		expect(feed.feed.catalog()).toMatchObject({ catalogEpoch: 0, pools: [], mints: [], lenders: [] });
		expect(decode(feed.feed.snapshot(0).batch)).toMatchObject({
			header: { catalogEpoch: 0, snapshot: true },
			ticks: [],
		});
		expect(feed.feed.status()).toMatchObject({ connected: false, pools: 0, slot: 0 });
		await market.open();
		market.chain.start();
		await until(() => feed.isFresh);
		expect(feed.feed.catalog().pools).toHaveLength(2);
	});

	test("a chain without pools is searched until there are some", async () => {
		market.chain.start();
		const feed = begin();
		await until(() => feed.log.some((line) => line.includes("no pool to follow yet")));
		market.putPools(amm);
		await until(() => feed.isFresh);
		expect(feed.feed.catalog().pools.map(({ address }) => address)).toEqual([amm.address]);
	});

	test("PubSub alone away: the catalog is known and every pool stale", async () => {
		market.putPools(amm);
		market.chain.start();
		await market.closePubsub();
		const feed = begin();
		await until(() => feed.log.some((line) => line.includes("ECONNREFUSED")));
		expect(feed.feed.status()).toMatchObject({ pools: 1, stalePools: 1, connected: false });
		await market.open();
		await until(() => feed.isFresh);
	});
});

describe("staleness", () => {
	test("a lost connection: stale ticks at once, then the word; back only when everything was read anew", async () => {
		const feed = await beginFresh();
		const { length } = feed.batches;
		await market.closePubsub();
		await until(() => feed.freshness.some(({ fresh }) => !fresh));
		expect(feed.tickOf(amm)?.stale).toBe(true);
		await until(() => feed.tickOf(cpmm)?.stale === true);
		market.move(amm, 4_000_000_000n, 125_000_000n);
		expect(feed.tickOf(amm)?.reserveA).toBe(5_000_000_000n);
		await market.open();
		await until(() => feed.isFresh);
		expect(feed.tickOf(amm)).toMatchObject({ reserveA: 4_000_000_000n, reserveB: 125_000_000n, stale: false });
		expect(feed.freshness.map(({ fresh }) => fresh)).toEqual([true, false, true]);
		expect(feed.feed.status().reconnects).toBe(2);
		// Never a tick in between that was old and passed for fresh.
		const row = feed.tickOf(amm)!.poolIndex;
		const ticks = feed.batches.slice(length).flatMap((batch) => batch.ticks.filter((tick) => tick.poolIndex === row));
		expect(ticks.filter(({ stale, reserveA }) => !stale && reserveA === 5_000_000_000n)).toEqual([]);
	});

	test("slots that stop make everything stale over a live connection; when they go on, it is read anew", async () => {
		const feed = await beginFresh();
		await paceIsKnown(feed);
		market.chain.stop();
		await until(() => feed.feed.status().stalePools === 2);
		expect(feed.freshness.at(-1)).toMatchObject({
			fresh: false,
			reason: expect.stringMatching(/^no slot for \d+ ms$/),
		});
		market.chain.start();
		await until(() => feed.isFresh);
		expect(feed.freshness.at(-1)?.fresh).toBe(true);
	});

	test("without slots a connection is dropped, and a new one is not trusted before one is heard", async () => {
		const feed = await beginFresh();
		await paceIsKnown(feed);
		const { length } = feed.freshness;
		market.chain.stop();
		await until(() => feed.feed.status().reconnects >= 2);
		await until(() => feed.log.filter((line) => line.includes("no slot for")).length >= 1);
		expect(feed.freshness.slice(length).some(({ fresh }) => fresh)).toBe(false);
		expect(feed.feed.status().stalePools).toBe(2);
		market.chain.start();
		await until(() => feed.isFresh);
	});

	test("reads that fail after a reconnect keep the market stale until they work", async () => {
		const feed = await beginFresh();
		await market.closeRpc();
		await market.closePubsub();
		await until(() => feed.feed.status().stalePools === 2);
		const { slot } = feed.feed.status();
		await market.openPubsub();
		await until(() => feed.feed.status().slot > slot + 5);
		expect(feed.feed.status()).toMatchObject({ stalePools: 2, connected: false });
		await market.open();
		await until(() => feed.isFresh);
	});

	test("an account that is gone makes its pool stale, also when it went while nobody listened", async () => {
		const feed = await beginFresh();
		const vault = amm.accounts.get(amm.vaultB)!;
		market.remove(vault);
		await until(() => feed.tickOf(amm)?.stale === true);
		await market.closePubsub();
		await until(() => feed.feed.status().stalePools === 2);
		await market.open();
		await until(() => feed.feed.status().connected);
		expect(feed.feed.status().stalePools).toBe(1);
		market.put(vault);
		await until(() => feed.isFresh);
	});

	test("a pool whose subscription is refused stays stale", async () => {
		await market.closePubsub();
		market.pubsubLimits = { maxSubscriptionsPerConnection: 5 };
		await market.open();
		market.putPools(amm, cpmm);
		market.chain.start();
		const feed = begin({ max_concurrent_feeds: 1 });
		await until(() => feed.feed.status().connected);
		expect(feed.feed.status()).toMatchObject({ pools: 2, stalePools: 1 });
		expect(feed.log.join("\n")).toMatch(/accountSubscribe of \w+ refused/);
	});

	test("bytes that are no pool make that pool stale and no other, until they are one again", async () => {
		const feed = await beginFresh();
		const pool = amm.accounts.get(amm.address)!;
		market.put({ ...pool, data: new Uint8Array(40) });
		await until(() => feed.tickOf(amm)?.stale === true);
		expect(feed.feed.status()).toMatchObject({ stalePools: 1, undecodable: 1, connected: true });
		market.put(pool);
		await until(() => feed.isFresh);
	});

	test("another chain at the same address: everything is read from the beginning, under a new epoch", async () => {
		const feed = await beginFresh();
		const [first] = feed.catalogs;
		const other = await ammFixture();
		await market.replaceChain("another");
		market.putPools(other);
		await until(() => feed.catalogs.length === 2 && feed.isFresh);
		expect(feed.catalogs[1]!.catalogEpoch).toBeGreaterThan(first!.catalogEpoch);
		expect(feed.catalogs[1]!.pools.map(({ address }) => address)).toEqual([other.address]);
		expect(feed.freshness.map(({ fresh }) => fresh)).toEqual([true, false, true]);
	});

	test("a chain that went back behind what was seen is read from the beginning", async () => {
		const feed = await beginFresh({ reconnect_max_ms: 5 });
		await until(() => feed.feed.status().slot > 40);
		await market.replaceChain("feed");
		market.chain.stop();
		market.putPools(amm);
		await until(() => feed.log.some((line) => line.includes("went back")));
		market.chain.start();
		await until(() => feed.catalogs.length === 2 && feed.isFresh);
		expect(feed.feed.status().pools).toBe(1);
	});
});

describe("ticks", () => {
	test("all that arrives in one turn is one batch; sequences have no gap; a snapshot fits between", async () => {
		const feed = await beginFresh({ max_concurrent_feeds: 1 });
		await until(() => feed.slots.length > 0);
		const { length } = feed.batches;
		market.move(amm, 6_000_000_000n, 84_000_000n);
		market.move(cpmm, 7n, 9n);
		await until(() => feed.tickOf(amm)?.reserveA === 6_000_000_000n && feed.tickOf(cpmm)?.reserveA === 7n);
		const fresh = feed.batches.slice(length);
		expect(fresh).toHaveLength(1);
		expect(fresh[0]!.ticks).toHaveLength(2);
		const { header } = fresh[0]!;
		expect(header.decodedAtMicros).toBeGreaterThanOrEqual(header.receivedAtMicros);
		expect(header).toMatchObject({ snapshot: false, catalogEpoch: feed.feed.catalog().catalogEpoch });
		expect(header.slot).toBeGreaterThan(0);
		expect(header.chainSeconds).toBeGreaterThan(1_700_000_000);
		market.move(amm, 5_000_000_000n, 100_000_000n);
		await until(() => feed.tickOf(amm)?.reserveA === 5_000_000_000n);
		expect(feed.batches.map((batch) => batch.header.sequence)).toEqual(feed.batches.map((_, index) => index + 1));
		const snapshot = decode(feed.feed.snapshot(0).batch);
		expect(snapshot.header).toMatchObject({ snapshot: true, sequence: feed.batches.length });
		expect(snapshot.ticks.find(({ poolIndex }) => poolIndex === feed.tickOf(amm)!.poolIndex)).toEqual(feed.tickOf(amm));
		expect(feed.feed.status()).toMatchObject({ outOfOrder: 0, stalePools: 0 });
	});

	test("a pool's own account counts too: what it owes is not part of the reserve", async () => {
		const feed = await beginFresh();
		market.put(withNumber(amm.accounts.get(amm.address)!, 192, 1_000n));
		await until(() => feed.tickOf(amm)?.reserveA === 4_999_999_000n);
		market.put(withNumber(amm.accounts.get(amm.address)!, 192, 2n ** 63n));
		await until(() => feed.tickOf(amm)?.stale === true);
	});
});

describe("a server that garbles", () => {
	let proxy: TamperingProxy;

	async function beginBehindProxy(pipeline: Partial<Config["data_pipeline"]> = {}): Promise<FeedUnderTest> {
		proxy = await TamperingProxy.start(market.urls.ws_url);
		market.putPools(amm, cpmm);
		market.chain.start();
		const config = feedConfig(market, folder, pipeline);
		const feed = new FeedUnderTest({ ...config, chain: { ...config.chain, ws_url: proxy.url } });
		feeds.push(feed);
		feed.feed.start();
		await until(() => feed.isFresh);
		return feed;
	}

	afterEach(async () => {
		for (const { feed } of feeds) feed.stop();
		await proxy.close();
	});

	test("a notification that cannot be read ends the connection, and everything is read anew", async () => {
		const feed = await beginBehindProxy();
		proxy.tamper = (text) => [text.replace('"base64"', '"base99"')];
		market.move(amm, 1_000n, 2_000n);
		await until(() => feed.feed.status().undecodable > 0);
		await until(() => feed.feed.status().stalePools > 0);
		await until(() => feed.isFresh && feed.tickOf(amm)?.reserveA === 1_000n);
		expect(feed.tickOf(amm)).toMatchObject({ reserveB: 2_000n, stale: false });
	});

	test("what comes late from an older slot is refused and counted", async () => {
		const feed = await beginBehindProxy();
		const late: { readonly text: string; readonly connection: number }[] = [];
		proxy.tamper = (text, connection) => {
			if (text.includes("accountNotification") && late.length < 2) late.push({ text, connection });
			return [text];
		};
		market.move(amm, 1_000n, 2_000n);
		await until(() => feed.tickOf(amm)?.reserveA === 1_000n);
		const slot = market.chain.slot("processed");
		await until(() => market.chain.slot("processed") > slot);
		market.move(amm, 3_000n, 4_000n);
		await until(() => feed.tickOf(amm)?.reserveA === 3_000n);
		// A subscription belongs to its connection: on another one nobody would know it.
		proxy.tamper = (text, connection) => {
			const again = late.filter((one) => one.connection === connection);
			for (const one of again) late.splice(late.indexOf(one), 1);
			return [text, ...again.map((one) => one.text)];
		};
		await until(() => feed.feed.status().outOfOrder === 2);
		expect(feed.tickOf(amm)).toMatchObject({ reserveA: 3_000n, reserveB: 4_000n });
	});

	test("slots that are no slots count as silence", async () => {
		const feed = await beginBehindProxy();
		await paceIsKnown(feed);
		proxy.tamper = (text) => [text.replace('"slot":', '"slut":')];
		await until(() => feed.feed.status().stalePools === 2);
		proxy.tamper = (text) => [text];
		await until(() => feed.isFresh);
	});

	test("a connection to a node that lags behind the others goes stale, and only that one", async () => {
		const feed = await beginBehindProxy({ max_concurrent_feeds: 2 });
		await paceIsKnown(feed);
		proxy.tamper = (text, connection) =>
			connection === 0
				? [text.replace(/"slot":(\d+)/, (_, slot) => `"slot":${Math.max(0, Number(slot) - 1_000)}`)]
				: [text];
		await until(() => feed.freshness.some(({ fresh }) => !fresh));
		expect(feed.feed.status().stalePools).toBe(1);
		await until(() => feed.isFresh);
		expect(proxy.connections).toBe(3);
	});
});

describe("a socket that goes silent without closing", () => {
	let proxy: TamperingProxy;
	let node: FaultyNode;

	async function beginBehindBoth(): Promise<FeedUnderTest> {
		proxy = await TamperingProxy.start(market.urls.ws_url);
		node = await FaultyNode.start(market.urls.rpc_url);
		market.putPools(amm, cpmm);
		market.chain.start();
		const config = feedConfig(market, folder, { max_concurrent_feeds: 1 });
		const feed = new FeedUnderTest({ ...config, chain: { ...config.chain, ws_url: proxy.url, rpc_url: node.url } });
		feeds.push(feed);
		feed.feed.start();
		await until(() => feed.isFresh);
		await paceIsKnown(feed);
		return feed;
	}

	afterEach(async () => {
		for (const { feed } of feeds) feed.stop();
		await proxy.close();
		await node.close();
	});

	/** No tick after the silence passed what was before it for fresh. */
	function nothingOldIsFresh(feed: FeedUnderTest, since: number): void {
		const row = feed.tickOf(amm)!.poolIndex;
		const ticks = feed.batches.slice(since).flatMap((batch) => batch.ticks.filter((tick) => tick.poolIndex === row));
		expect(ticks.filter(({ stale, reserveA }) => !stale && reserveA !== 1_000n)).toEqual([]);
	}

	test("it answers pings and sends no slot: everything is stale, and read anew before it is fresh again", async () => {
		const feed = await beginBehindBoth();
		const { length } = feed.batches;
		proxy.tamper = () => [];
		market.move(amm, 1_000n, 2_000n);
		await until(() => feed.freshness.at(-1)?.fresh === false);
		expect(feed.freshness.at(-1)?.reason).toMatch(/^no slot for \d+ ms$/);
		expect(feed.feed.status().stalePools).toBe(2);
		proxy.tamper = (text) => [text];
		await until(() => feed.isFresh);
		expect(feed.tickOf(amm)).toMatchObject({ reserveA: 1_000n, reserveB: 2_000n, stale: false });
		nothingOldIsFresh(feed, length);
	});

	test("it answers nothing at all: given up, and everything read anew over another one", async () => {
		const feed = await beginBehindBoth();
		const { length } = feed.batches;
		const { connections } = proxy;
		proxy.freeze();
		market.move(amm, 1_000n, 2_000n);
		await until(() => feed.freshness.at(-1)?.fresh === false);
		await until(() => proxy.connections > connections);
		proxy.tamper = (text) => [text];
		await until(() => feed.isFresh);
		expect(feed.tickOf(amm)).toMatchObject({ reserveA: 1_000n, reserveB: 2_000n });
		nothingOldIsFresh(feed, length);
	});

	test("accounts from before the first slot that it says again are no backfill: what came between was lost", async () => {
		const feed = await beginBehindBoth();
		proxy.tamper = () => [];
		await until(() => feed.freshness.at(-1)?.fresh === false);
		const { length } = feed.log;
		node.pinnedSlot = market.chain.slot("processed");
		await until(() => market.chain.slot("processed") > (node.pinnedSlot ?? 0) + 3);
		proxy.tamper = (text) => [text];
		await until(() => feed.log.slice(length).some((line) => line.includes("answers from before what was seen")));
		expect(feed.freshness.at(-1)?.fresh).toBe(false);
		node.pinnedSlot = null;
		await until(() => feed.isFresh);
	});
});

describe("slots", () => {
	test("each is told once, in order, with a blockhash that the chain takes and the chain's clock", async () => {
		const feed = await beginFresh();
		await until(() => feed.slots.length >= 20);
		const { slots } = feed;
		expect(slots.every(({ slot }, index) => index === 0 || slot > slots[index - 1]!.slot)).toBe(true);
		const last = slots.at(-1)!;
		expect(market.chain.isBlockhashValid(last.blockhash, "processed")).toBe(true);
		expect(last.lastValidBlockHeight - last.blockHeight).toBe(150);
		expect(last.slot - last.blockHeight).toBeLessThanOrEqual(6);
		expect(Math.abs(last.chainSeconds - market.chain.unixTimestamp)).toBeLessThanOrEqual(2);
		expect(last.shard).toBe("main");
	});

	test("an old blockhash is not passed off as fresh while the node does not answer", async () => {
		const feed = await beginFresh({ stale_after_slots: 5 });
		await market.closeRpc();
		await until(() => feed.feed.status().slot > (feed.slots.at(-1)?.slot ?? 0) + 10);
		const { length } = feed.slots;
		const { slot } = feed.feed.status();
		await until(() => feed.feed.status().slot > slot + 5);
		expect(feed.slots).toHaveLength(length);
		await market.open();
		await until(() => feed.slots.length > length);
	});
});

describe("what is followed", () => {
	test("configured pools alone, where there are some; what cannot be described is left out and counted", async () => {
		market.putPools(amm, cpmm);
		market.put({ ...amm.accounts.get(amm.vaultA)!, data: new Uint8Array(165) });
		market.chain.start();
		const feed = begin({ pools: [amm.address, cpmm.address, USDC] });
		await until(() => feed.catalogs.length === 1);
		expect(feed.feed.catalog().pools.map(({ address }) => address)).toEqual([cpmm.address]);
		expect(feed.log.join("\n")).toContain("left out: 1 unusableVault, 1 unknownVenue");
		expect(readdirSync(folder)).toEqual([]);
	});

	test("no more pools than allowed, and only allowed mints", async () => {
		market.putPools(amm, cpmm);
		market.chain.start();
		const feed = begin({ max_pools: 1 });
		await until(() => feed.catalogs.length === 1);
		expect(feed.feed.catalog().pools).toHaveLength(1);
		expect(feed.log.join("\n")).toContain("1 beyondMaximum");
		const config = feedConfig(market, folder, { shard: "strict" });
		const strict = new FeedUnderTest({
			...config,
			assets: config.assets.filter(({ mint }) => mint !== BONK),
			risk: { ...config.risk, allow_unlisted_mints: false },
		});
		feeds.push(strict);
		strict.feed.start();
		await until(() => strict.log.some((line) => line.includes("2 mintNotAllowed")));
		expect(strict.feed.catalog().pools).toEqual([]);
	});

	test("the list of pools is kept, and used only on its own chain", async () => {
		const first = await beginFresh();
		const path = join(folder, market.chain.genesisHash.slice(0, 8), "feed", "main.json");
		await until(() => existsSync(path) && readFileSync(path, "utf8").endsWith("}"));
		first.feed.stop();
		const third = await ammFixture();
		market.putPools(third);
		const kept = begin();
		await until(() => kept.isFresh);
		expect(kept.feed.catalog().pools).toHaveLength(2);
		kept.feed.stop();
		const content = JSON.parse(readFileSync(path, "utf8"));
		for (const spoiled of ["{", "null", { ...content, genesisHash: "x" }, { ...content, pools: ["../x"] }]) {
			writeFileSync(path, typeof spoiled === "string" ? spoiled : JSON.stringify(spoiled));
			const searched = begin();
			await until(() => searched.isFresh);
			expect(searched.feed.catalog().pools).toHaveLength(3);
			searched.feed.stop();
		}
	});

	test("a kept pool that is gone leads to a new search", async () => {
		const first = await beginFresh();
		await until(() => readdirSync(folder).length > 0);
		first.feed.stop();
		const third = await ammFixture();
		market.putPools(third);
		market.put({ ...amm.accounts.get(amm.address)!, owner: USDC, data: new Uint8Array(1) });
		const feed = begin();
		await until(() => feed.isFresh);
		expect(new Set(feed.feed.catalog().pools.map(({ address }) => address))).toEqual(
			new Set([cpmm.address, third.address]),
		);
	});

	test("pools that came late are found by the second search", async () => {
		market.putPools(amm);
		market.chain.start();
		const feed = begin({}, 150);
		await until(() => feed.isFresh);
		market.putPools(cpmm);
		await until(() => feed.catalogs.length === 2 && feed.isFresh);
		expect(feed.feed.catalog().pools).toHaveLength(2);
	});

	test("a PumpSwap pool is left out while its swaps would make an account at the trader's cost, and found after", async () => {
		const pump = pumpSwapFixture();
		market.putPools(amm, pump);
		const pool = describedOf(pump);
		const vault = pump.accounts.get(pool.swapAccounts.creatorVault as Address)!;
		market.remove(vault);
		market.chain.start();
		const feed = begin({}, 150);
		await until(() => feed.isFresh);
		expect(feed.feed.catalog().pools.map(({ address }) => address)).toEqual([amm.address]);
		expect(feed.log.join("\n")).toContain("1 missingAccount");
		market.put(vault);
		await until(() => feed.catalogs.length === 2);
		expect(feed.feed.catalog().pools.map(({ address }) => address)).toContain(pump.address);
	});

	test("a pool whose creator is set while it is followed gives no quote until it is described anew", async () => {
		const pump = pumpSwapFixture({ hasCreator: false });
		market.putPools(amm, pump);
		market.chain.start();
		const feed = begin({}, 150);
		await until(() => feed.isFresh);
		const [first] = feed.catalogs;
		const before = feed.feed.catalog().pools.find(({ address }) => address === pump.address);
		expect(before?.swapAccounts.coinCreator).toBe(NO_ADDRESS);
		const changed = pumpSwapFixture({ address: pump.address });
		market.putPools(changed);
		await until(() => feed.tickOf(pump)?.stale === true);
		expect(feed.tickOf(amm)?.stale).toBe(false);
		await until(() => feed.catalogs.length === 2 && feed.isFresh);
		const after = feed.feed.catalog().pools.find(({ address }) => address === pump.address);
		expect(after).toEqual(describedOf(changed));
		expect(after?.swapAccounts.creatorVault).not.toBe(before?.swapAccounts.creatorVault);
		expect(feed.feed.catalog().catalogEpoch).toBeGreaterThan(first?.catalogEpoch ?? 0);
		expect(feed.log.join("\n")).toContain("says something else than its description");
	});

	test("lenders: absent ones are named, late and changed ones told", async () => {
		market.putPools(amm);
		market.chain.start();
		const feed = begin();
		await until(() => feed.isFresh);
		expect(feed.log.join("\n")).toContain(`flash_loans.reserves that cannot lend: ${market.reserve} (missing)`);
		await market.putLender(10n ** 12n);
		await until(() => feed.lenders.length === 1);
		expect(feed.feed.catalog().lenders).toMatchObject([{ reserve: market.reserve, availableAmount: 10n ** 12n }]);
		market.setAvailable(5n);
		await until(() => feed.lenders.length === 2);
		expect(feed.feed.catalog().lenders[0]?.availableAmount).toBe(5n);
		market.put({ address: market.reserve, owner: USDC, data: new Uint8Array(3) });
		await until(() => feed.lenders.length === 3);
		expect(feed.feed.catalog().lenders).toEqual([]);
	});
});

test("a feed that stopped says so, tells nothing more, and may be stopped again", async () => {
	const feed = await beginFresh();
	feed.feed.stop();
	expect(feed.freshness.at(-1)).toEqual({ shard: "main", fresh: false, reason: "the feed stopped" });
	const told = feed.batches.length + feed.slots.length;
	market.move(amm, 1n, 1n);
	const slot = market.chain.slot("processed");
	await until(() => market.chain.slot("processed") > slot + 5);
	feed.feed.stop();
	expect(feed.batches.length + feed.slots.length).toBe(told);
	expect(feed.feed.catalog().pools).toEqual([]);
});
