import { afterEach, describe, expect, test } from "@jest/globals";
import type { Verdict } from "../../../../broker/contracts/risk.ts";
import type { Config } from "../../../../config/schema.ts";
import { findMalformation } from "../../../../core/risk/intent-shape.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { lenderOf, poolOf, tickOf } from "../../core/market/market-fixture.ts";
import { Desk, FOUND_AT_MICROS, record, unavailable } from "./desk.ts";

let desk: Desk;

afterEach(async () => {
	await desk.broker.stop();
});

const crossVenue = (change: Partial<Config["strategies"]["cross_venue"]>) => (config: Config) => ({
	...config,
	strategies: {
		...config.strategies,
		cyclic: { ...config.strategies.cyclic, enabled: false },
		cross_venue: { ...config.strategies.cross_venue, ...change },
	},
});
const denied =
	(code: "orderRate" | "tradingHalted") =>
	({ intentId }: OrderIntent): Verdict => ({
		status: "denied",
		intentId,
		code,
		detail: "because",
	});
/** So long after the last attempt a cycle may be tried again. */
const rest = () => {
	desk.monotonicMicros += 1_000_000;
};

describe("sends nothing", () => {
	test("while the feed is not there, and says so", async () => {
		desk = new Desk();
		await desk.broker.start();
		await desk.addRisk();
		await desk.until(() => desk.statesAsked > 0);
		await desk.quiet();
		expect(await desk.status()).toMatchObject({ running: false, cycles: 0 });
		expect((await desk.status()).waitingFor).toContain("catalog");
		desk.publishGap();
		await desk.addFeed();
		await desk.until(async () => (await desk.status()).running);
		expect(desk.submitted).toEqual([]);
	});

	test("while risk is not there, and says so", async () => {
		desk = new Desk();
		await desk.broker.start();
		await desk.addFeed();
		await desk.until(async () => (await desk.status()).cycles > 0);
		desk.publishGap();
		await desk.quiet();
		expect((await desk.status()).waitingFor).toContain("trading state");
		await desk.addRisk();
		await desk.until(async () => (await desk.status()).running);
		expect(desk.submitted).toEqual([]);
	});

	test("while risk tells no state that exists", async () => {
		desk = new Desk();
		desk.tradingState = { ...record("active"), state: "fine" as never };
		await desk.broker.start();
		await desk.addFeed();
		await desk.addRisk();
		await desk.until(() => desk.statesAsked > 1);
		expect(await desk.status()).toMatchObject({ running: false });
	});

	test.each(["halted", "reducing"] as const)("while trading is %s, until risk says otherwise", async (state) => {
		desk = await Desk.trading();
		await desk.broker.broadcast("risk.state.changed", record(state, 5));
		desk.tradingState = record(state, 5);
		desk.publishGap();
		await desk.quiet();
		expect(desk.submitted).toEqual([]);
		expect(await desk.status()).toMatchObject({ running: false, waitingFor: `trading is ${state} by test: because` });
		// A late word of before does not count.
		await desk.broker.broadcast("risk.state.changed", record("active", 4));
		expect((await desk.status()).running).toBe(false);
		// The event that ends it is lost; asking finds out.
		desk.tradingState = record("active", 6);
		await desk.until(async () => (await desk.status()).running);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test("when it is switched off in the configuration", async () => {
		desk = new Desk(crossVenue({ enabled: false }));
		await desk.broker.start();
		await desk.addFeed();
		await desk.addRisk();
		await desk.until(() => desk.snapshotsAsked > 0);
		await desk.broker.broadcast("risk.state.changed", record("active"));
		await desk.quiet();
		desk.publishGap();
		expect(await desk.bus.call("strategy.resume")).toMatchObject({
			running: false,
			waitingFor: "no strategy is switched on: set strategies.<name>.enabled to true",
		});
		expect([desk.submitted.length, desk.statesAsked]).toEqual([0, 0]);
	});

	test("while paused; in flight stays in flight", async () => {
		desk = await Desk.trading();
		desk.publishGap();
		expect(await desk.bus.call("strategy.pause")).toMatchObject({ running: false, inFlight: 1 });
		rest();
		await desk.settle(desk.submitted[0] as OrderIntent);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		expect(await desk.bus.call("strategy.resume")).toMatchObject({ running: true, inFlight: 0 });
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
	});

	test("on ticks of another shard, or after it was stopped", async () => {
		desk = await Desk.trading();
		const { ticks } = (await desk.status()) as { ticks: number };
		desk.catalog = { ...desk.catalog, shard: "other" };
		desk.publishGap();
		expect((await desk.status()).ticks).toBe(ticks);
		desk.catalog = { ...desk.catalog, shard: "main" };
		await desk.broker.stop();
		desk.publishGap();
		expect(desk.submitted).toEqual([]);
		await desk.broker.stop();
	});

	test("on a book that the slot notices have left behind", async () => {
		desk = await Desk.trading();
		const notice = { blockHeight: 1, blockhash: "b" as Blockhash, lastValidBlockHeight: 150, observedAtMicros: 1 };
		await desk.broker.broadcast("feed.slot.advanced", {
			shard: "other",
			slot: 999,
			chainSeconds: 1,
			epoch: 0,
			...notice,
		});
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		await desk.settle(desk.submitted[0] as OrderIntent);
		rest();
		await desk.broker.broadcast("feed.slot.advanced", {
			shard: "main",
			slot: 105,
			chainSeconds: 1,
			epoch: 0,
			...notice,
		});
		desk.publishGap({ slot: 100 });
		expect(desk.submitted).toHaveLength(1);
		desk.publishGap({ slot: 101 });
		expect(desk.submitted).toHaveLength(2);
	});

	test("with a configuration that names no exact amounts: the process ends with one line", () => {
		const inexact = crossVenue({ minimum_profit: { USDC: "0.0000001" } });
		expect(() => new Desk(inexact)).toThrow(/The strategies cannot start: .*minimum_profit.USDC: .*6 places/);
		desk = new Desk();
	});
});

describe("an intent", () => {
	test("carries id, deadline and timings, and is told with its verdict", async () => {
		desk = await Desk.trading();
		desk.publishGap({ receivedAtMicros: 11, decodedAtMicros: 12 });
		expect(desk.submitted).toHaveLength(1);
		const intent = desk.submitted[0] as OrderIntent;
		expect(findMalformation(intent)).toBeNull();
		expect(intent.intentId).toMatch(/^[0-9a-z]{8}00000000$/);
		expect(intent).toMatchObject({
			deadlineMicros: FOUND_AT_MICROS + 250_000,
			timings: { received: 11, decoded: 12, found: FOUND_AT_MICROS },
			minimumProfit: 10_000n,
		});
		await desk.until(() => desk.told.length === 1);
		expect(desk.told[0]).toEqual({ intent, verdict: { status: "approved", intentId: intent.intentId } });
		expect(await desk.status()).toMatchObject({ intents: 1, opportunities: 1, inFlight: 1, cycles: 2, gaps: 0 });
	});

	test("is not waited for in the hot path, and blocks its cycle until it is booked", async () => {
		desk = await Desk.trading();
		let answer: (verdict: Verdict) => void = () => {};
		desk.verdict = () => new Promise((resolve) => (answer = resolve));
		desk.publishGap();
		rest();
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		const intent = desk.submitted[0] as OrderIntent;
		answer({ status: "approved", intentId: intent.intentId });
		await desk.until(() => desk.told.length === 1);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		await desk.settle(intent);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
		expect(desk.submitted[1]?.intentId.slice(8)).toBe("00000001");
	});

	test("that is denied frees its cycle after the cool-down", async () => {
		desk = await Desk.trading();
		desk.verdict = denied("orderRate");
		desk.publishGap();
		await desk.until(() => desk.told.length === 1);
		expect(desk.told[0]?.verdict).toMatchObject({ status: "denied", code: "orderRate" });
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		rest();
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
		expect((await desk.status()).running).toBe(true);
	});

	test("that is denied by the trading state has it asked for", async () => {
		desk = await Desk.trading();
		desk.verdict = denied("tradingHalted");
		desk.tradingState = record("halted", 9);
		desk.publishGap();
		await desk.until(async () => (await desk.status()).waitingFor?.startsWith("trading is halted") ?? false);
		rest();
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test("that never reached risk frees its cycle, and nothing is sent until risk is back", async () => {
		desk = await Desk.trading();
		await desk.removeRisk();
		desk.publishGap();
		await desk.until(() => desk.logged.length === 1);
		expect(desk.logged[0]).toContain("it was not delivered");
		expect(await desk.status()).toMatchObject({ running: false, inFlight: 0, intents: 1 });
		await desk.addRisk();
		await desk.until(async () => (await desk.status()).running);
		rest();
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test.each([
		["fails in risk", () => Promise.reject(unavailable())],
		["gets no answer in time", () => new Promise<Verdict>(() => {})],
	])("that %s stays in flight: it may have traded", async (_, verdict) => {
		desk = await Desk.trading();
		desk.verdict = verdict;
		desk.publishGap();
		await desk.until(() => desk.logged.length === 1);
		expect(desk.logged[0]).toContain("its outcome is open");
		rest();
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		expect(desk.told).toEqual([]);
		await desk.settle(desk.submitted[0] as OrderIntent);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
	});
});

describe("the market", () => {
	test("is healed by a snapshot after a gap, and traded on again", async () => {
		desk = await Desk.trading();
		const asked = desk.snapshotsAsked;
		desk.publishGap({}, 3);
		expect(desk.submitted).toEqual([]);
		expect(await desk.status()).toMatchObject({ running: false, gaps: 1 });
		await desk.until(async () => (await desk.status()).running);
		expect(desk.snapshotsAsked).toBe(asked + 1);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test("is asked for again until the snapshot fits", async () => {
		desk = await Desk.trading();
		const asked = desk.snapshotsAsked;
		const whole = desk.snapshot;
		desk.snapshot = () => new Uint8Array(7);
		desk.publishGap({}, 1);
		await desk.until(() => desk.snapshotsAsked > asked + 1);
		expect((await desk.status()).waitingFor).toContain("snapshot");
		desk.snapshot = whole;
		await desk.until(async () => (await desk.status()).running);
	});

	test("is read anew when a batch belongs to another catalog", async () => {
		desk = await Desk.trading();
		desk.publishGap({}, 1);
		await desk.until(async () => (await desk.status()).running);
		const old = desk.catalog;
		desk.catalog = { ...old, catalogEpoch: 2, pools: [...old.pools, poolOf({ number: 2 })] };
		desk.publish([tickOf({ poolIndex: 2 })]);
		await desk.until(async () => (await desk.status()).cycles === 6);
		await desk.until(async () => (await desk.status()).running);
		expect((await desk.status()).gaps).toBe(1);
		desk.publishGap();
		expect(desk.submitted.length).toBeGreaterThan(0);
	});

	test("is asked for again while the feed still tells the catalog of before", async () => {
		desk = await Desk.trading();
		const asked = desk.catalogsAsked;
		desk.publish([], { catalogEpoch: 2 });
		await desk.until(() => desk.catalogsAsked === asked + 1);
		desk.publish([], { catalogEpoch: 2 });
		desk.catalog = { ...desk.catalog, catalogEpoch: 2 };
		await desk.until(() => desk.catalogsAsked > asked + 1);
		await desk.until(async () => (await desk.status()).running);
	});

	test("is read anew when the feed says so, once, and only for the own shard", async () => {
		desk = await Desk.trading();
		const asked = desk.catalogsAsked;
		await desk.broker.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: 1 });
		await desk.broker.broadcast("feed.catalog.changed", { shard: "other", catalogEpoch: 2 });
		await desk.quiet();
		expect(desk.catalogsAsked).toBe(asked);
		desk.catalog = { ...desk.catalog, catalogEpoch: 2 };
		await desk.broker.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: 2 });
		await desk.until(() => desk.catalogsAsked === asked + 1);
		await desk.until(async () => (await desk.status()).running);
	});

	test("is not taken from a feed of another shard", async () => {
		desk = new Desk();
		desk.catalog = { ...desk.catalog, shard: "other" };
		await desk.broker.start();
		await desk.addFeed();
		await desk.until(() => desk.catalogsAsked > 1);
		expect(await desk.status()).toMatchObject({ cycles: 0, running: false });
	});

	test("has lenders that change", async () => {
		desk = await Desk.trading();
		const lenders = [lenderOf({ availableAmount: 30_000_000n })];
		await desk.broker.broadcast("feed.lenders.changed", { shard: "other", lenders: [] });
		await desk.broker.broadcast("feed.lenders.changed", { shard: "main", lenders });
		desk.publishGap();
		expect(desk.submitted[0]?.loan?.amount).toBe(30_000_000n);
	});
});

/** A pool that no strategy can quote. */
async function breakPool(): Promise<void> {
	const { mintA, mintB } = poolOf({ number: 0 });
	const broken = { ...poolOf({ number: 5, venue: "raydium-cpmm" }), mintA, mintB, parameters: {} };
	desk.catalog = { ...desk.catalog, catalogEpoch: 2, pools: [broken, poolOf({ number: 6 })] };
	await desk.broker.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: 2 });
	await desk.until(async () => (await desk.status()).running);
	expect(() => desk.publishGap()).not.toThrow();
}

test("a defect stops the strategy alone, and not the feed, until a person resumes", async () => {
	desk = await Desk.trading();
	await breakPool();
	const waitingFor = "a defect stopped it: read the log, then call strategy.resume";
	expect(await desk.status()).toMatchObject({
		running: true,
		strategies: [
			{ name: "cross-venue", running: false, waitingFor },
			{ name: "cyclic", running: true, waitingFor: null },
			{ name: "statistical", enabled: false },
			{ name: "listing", enabled: false },
		],
	});
	expect(desk.logged[0]).toContain("The strategy cross-venue broke and is paused");
	desk.publishGap();
	expect(desk.logged).toHaveLength(1);
	const resumed = await desk.bus.call("strategy.resume", { strategy: "cross-venue" });
	expect(resumed.strategies[0]).toMatchObject({ running: true });
});

test("where no other strategy is on, that defect is what the actor waits for", async () => {
	desk = await Desk.trading(crossVenue({}));
	await breakPool();
	expect(await desk.status()).toMatchObject({
		running: false,
		waitingFor: "cross-venue: a defect stopped it: read the log, then call strategy.resume",
	});
	expect(await desk.bus.call("strategy.resume")).toMatchObject({ running: true });
});

test("one strategy can be paused, and one that does not exist cannot", async () => {
	desk = await Desk.trading();
	const paused = await desk.bus.call("strategy.pause", { strategy: "cross-venue" });
	expect(paused).toMatchObject({ running: true, strategies: [{ running: false }, { running: true }, {}, {}] });
	desk.publishGap();
	expect(desk.submitted).toEqual([]);
	for (const action of ["strategy.pause", "strategy.resume"] as const) {
		await expect(desk.bus.call(action, { strategy: "momentum" })).rejects.toThrow("there is no strategy momentum");
	}
	await desk.bus.call("strategy.resume", { strategy: "cross-venue" });
	desk.publishGap();
	expect(desk.submitted).toHaveLength(1);
});

test("bytes that are no batch have the market read anew", async () => {
	desk = await Desk.trading();
	const asked = desk.snapshotsAsked;
	desk.runtime.ticks.publish("main", new Uint8Array(5));
	await desk.until(() => desk.snapshotsAsked > asked);
});

test("refuses parameters that it does not know", async () => {
	desk = await Desk.trading();
	await expect(desk.broker.call("strategy.pause", { forever: true as unknown as Address })).rejects.toThrow(
		"validation",
	);
});
