import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { StrategyEvents } from "../../../../broker/contracts/strategy.ts";
import { lenderAccounts, poolAccounts } from "../../../../core/execution/transaction-size.ts";
import type { PoolDescriptor } from "../../../../core/market/pool.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { addressOf, lenderOf } from "../../core/market/market-fixture.ts";
import { Desk, POOLS } from "./desk.ts";

const LENDER = lenderOf();
/** Two pools with accounts of their own: with this lender's loan they fit no transaction without a table. */
const LARGE = POOLS.map((pool, index) => {
	const names = ["ammConfig", "token0Program", "token1Program", "observationState"];
	const own = names.map((name, at) => [name, addressOf(3_001 + index * 10 + at)] as const);
	return { ...pool, venue: "raydium-cpmm" as const, swapAccounts: Object.fromEntries(own) };
});
const ENTRIES = [...new Set([...LARGE.flatMap(poolAccounts), ...lenderAccounts(LENDER)])];

let desk: Desk;
let asked: StrategyEvents["strategy.table.wanted"][];

/** The chain's head moves on, as the feed of a shard tells. */
const advance = (slot: number, shard = "main") =>
	desk.broker.broadcast("feed.slot.advanced", {
		shard,
		slot,
		chainSeconds: 1,
		epoch: 0,
		blockHeight: 1,
		blockhash: "b" as Blockhash,
		lastValidBlockHeight: 150,
		observedAtMicros: 1,
	});

const ready = (entries: readonly Address[]) =>
	desk.broker.broadcast("executor.ready", {
		executor: "executor",
		wallet: addressOf(1),
		lookupTable: { address: addressOf(2), entries },
	});

beforeEach(() => {
	asked = [];
	desk = new Desk();
	desk.broker.createService({
		name: "executor",
		events: {
			"strategy.table.wanted": (context: { params: StrategyEvents["strategy.table.wanted"] }) =>
				void asked.push(context.params),
		},
	});
});

afterEach(async () => {
	await desk.broker.stop();
});

async function trade(pools: readonly PoolDescriptor[] = LARGE): Promise<void> {
	desk.catalog = { ...desk.catalog, pools, lenders: [LENDER] };
	await Promise.all([desk.addFeed(), desk.addRisk(), desk.broker.start()]);
	await desk.until(async () => (await desk.status()).running);
	desk.publishGap();
}

describe("nobody is asked for a lookup table", () => {
	test("while every trade fits", async () => {
		await trade(POOLS);
		await advance(101);
		await advance(1_000);
		await desk.quiet();
		expect(asked).toEqual([]);
		expect(await desk.status()).toMatchObject({ tooLarge: 0 });
	});

	test("before a trade was passed over for want of room, or at another shard's slots", async () => {
		desk.catalog = { ...desk.catalog, pools: LARGE, lenders: [LENDER] };
		await Promise.all([desk.addFeed(), desk.addRisk(), desk.broker.start()]);
		await desk.until(async () => (await desk.status()).running);
		await advance(101);
		desk.publishGap();
		await advance(1_000, "other");
		await desk.quiet();
		expect(asked).toEqual([]);
	});

	test("once there is one", async () => {
		await trade();
		await ready(ENTRIES);
		await advance(101);
		await advance(500);
		await desk.quiet();
		expect(asked).toEqual([]);
	});
});

describe("a trade that has no room", () => {
	test("is not sent, and executors are asked for a table, once in a while", async () => {
		await trade();
		expect(desk.submitted).toEqual([]);
		expect((await desk.status()).tooLarge).toBeGreaterThan(0);
		await advance(101);
		await desk.until(() => asked.length > 0);
		expect(asked).toEqual([{ shard: "main" }]);
		await advance(102);
		await advance(125);
		await desk.quiet();
		expect(asked).toHaveLength(1);
		await advance(126);
		await desk.until(() => asked.length > 1);
	});

	test("is sent with the table that an executor tells", async () => {
		await trade();
		expect(desk.submitted).toEqual([]);
		await ready(ENTRIES);
		await desk.quiet();
		desk.monotonicMicros += 1_000_000;
		desk.publishGap();
		await desk.until(() => desk.submitted.length > 0);
		expect(desk.submitted[0]?.legs.map(({ venue }) => venue)).toEqual(["raydium-cpmm", "raydium-cpmm"]);
	});
});
