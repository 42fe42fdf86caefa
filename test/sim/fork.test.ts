import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ExecutorStatus } from "../../broker/contracts/executor.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import { systemClock } from "../../libs/clock.ts";
import { until } from "../support/until.ts";
import { idIn } from "./fates.ts";
import { IntentMaker } from "./intent-maker.ts";
import { checkInvariants, tradesOf, untilQuiet } from "./invariants.ts";
import { Observer } from "./observer.ts";
import { World } from "./world.ts";

const SEED = 5;
const SLOT_MS = 30;
const INTENTS = 12;
const EXECUTORS = ["executor-1", "executor-2"] as const;

let world: World;
let observer: Observer;

beforeEach(async () => {
	world = await World.open({ seed: SEED, slotMs: SLOT_MS });
	observer = new Observer();
	await world.startFeed("feed");
	observer.listen(await world.startRisk("risk"));
	for (const name of EXECUTORS) await world.startExecutor(name);
	const { bus } = world.node("risk");
	await until(async () => !(await bus.call("risk.status")).recovering, { what: "risk's recovery" });
	// The wallet's own preparations are final before anything is traded.
	const prepared = world.chain.slot("processed");
	await until(() => world.chain.slot("finalized") > prepared, { what: "a final start" });
});

afterEach(async () => {
	await world.close();
});

/** Trades until risk has booked so many, and gives the slot before the first of them. */
async function tradeAndBook(): Promise<number> {
	const { bus } = world.node("risk");
	const catalog = await bus.call("feed.catalog");
	const fundingMint = catalog.lenders.find(({ mint }) => mint !== SOL_MINT)!.mint;
	const { chain } = world;
	const maker = new IntentMaker({ seed: SEED, chain, catalog, clock: systemClock, fundingMint, deadlineMs: 700 });
	const before = chain.slot("confirmed");
	while (observer.approved.size < INTENTS) {
		await bus.call("risk.submitIntent", maker.next().intent);
	}
	await until(() => observer.booked.size > 0, { what: "a booking", everyMs: 2 });
	return Math.max(before, chain.slot("finalized"));
}

async function afterwards(forked: ReadonlySet<IntentId>) {
	const executors = EXECUTORS.map((name) => world.node(name));
	await untilQuiet(world, world.node("risk"), executors);
	return checkInvariants(world, world.node("risk"), observer, { forked });
}

function idsOf(signatures: readonly Signature[], memos: ReadonlyMap<Signature, IntentId>): Set<IntentId> {
	return new Set(signatures.flatMap((signature) => memos.get(signature) ?? []));
}

function memosBySignature(): Map<Signature, IntentId> {
	return new Map(tradesOf(world).map((record) => [record.detail().signature, idIn(record.memo as string)!]));
}

test("a fork drops landed trades after they were booked: positions and profit are taken back, nothing lands twice", async () => {
	const backToSlot = await tradeAndBook();
	const booked = new Set(observer.booked.keys());
	const memos = memosBySignature();
	const { dropped } = world.chain.fork({ backToSlot, keep: () => false });
	const forked = idsOf(dropped, memos);
	expect([...forked].some((intentId) => booked.has(intentId))).toBe(true);
	const outcomes = await afterwards(forked);
	expect(observer.reversed.size).toBeGreaterThan(0);
	expect(outcomes.landed + outcomes.reverted + outcomes.expired).toBe(outcomes.approved);
	// What a fork took back and another block has again counts once.
	const told = await Promise.all(EXECUTORS.map((name) => world.node(name).bus.call("executor.status")));
	expect(new Set(told.map(({ executor }) => executor)).size).toBe(EXECUTORS.length);
	const sum = (count: (status: ExecutorStatus) => number) => told.map(count).reduce((a, b) => a + b, 0);
	expect(sum(({ landed }) => landed)).toBe(outcomes.landed);
	expect(sum(({ reverted }) => reverted)).toBe(outcomes.reverted);
	expect(sum(({ expired }) => expired)).toBe(outcomes.expired);
}, 120_000);

test("a fork that keeps the trades, in other blocks: they stay booked, once", async () => {
	const backToSlot = await tradeAndBook();
	const memos = memosBySignature();
	const { dropped, replayed } = world.chain.fork({ backToSlot, keep: () => true });
	await afterwards(idsOf([...dropped, ...replayed], memos));
}, 120_000);

test("forks in a row, each dropping half of what the one before left", async () => {
	const forked = new Set<IntentId>();
	await tradeAndBook();
	for (let fork = 0; fork < 3; fork++) {
		await new Promise((wake) => setTimeout(wake, SLOT_MS * 4));
		const memos = memosBySignature();
		let turn = 0;
		const { dropped, replayed } = world.chain.fork({
			backToSlot: Math.max(world.chain.slot("finalized"), world.chain.slot("processed") - 8),
			keep: () => turn++ % 2 === 0,
		});
		for (const intentId of idsOf([...dropped, ...replayed], memos)) forked.add(intentId);
	}
	await afterwards(forked);
}, 120_000);
