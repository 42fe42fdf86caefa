import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../../../config/load.ts";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import { DeskWorld, LIMIT, MARKET, PAIR, SIGNATURE, STOP, settle } from "./desk-world.ts";

let world: DeskWorld;

beforeEach(() => {
	world = new DeskWorld();
});

afterEach(async () => {
	await world.close();
});

describe("orders for now", () => {
	test("are tried once, with an intent named after the order, and end with what the chain tells", async () => {
		await world.open();
		const order = await world.submit(MARKET);
		expect(world.intents.map(({ intentId }) => intentId)).toEqual([attemptIntentId(order.orderId, 0)]);
		expect(world.now(order)).toMatchObject({ status: "working", attempts: 1 });
		world.book("landed", { received: 149_000_000n });
		await settle();
		expect(world.now(order)).toMatchObject({
			status: "filled",
			spent: 10n ** 9n,
			received: 149_000_000n,
			signatures: [SIGNATURE],
		});
		expect(world.changes.at(-1)).toMatchObject({ orderId: order.orderId, status: "filled" });
	});

	test.each([
		["fok", "cancelled", "reverted"],
		["ioc", "cancelled", "reverted"],
	])("%s: a revert ends it, and nothing is tried again", async (timeInForce, status, code) => {
		await world.open();
		const order = await world.submit({ ...MARKET, timeInForce });
		world.book("reverted");
		await world.pass(10_000);
		expect(world.now(order)).toMatchObject({ status, end: { code }, spent: 0n });
		expect(world.intents).toHaveLength(1);
	});

	test("whole or nothing is never a part: not for funds, not for price", async () => {
		await world.open();
		const deep = { ...PAIR, side: "sell", type: "limit", timeInForce: "fok", amount: "20000000000", limitPrice: "149" };
		expect(world.now(await world.submit(deep))).toMatchObject({
			status: "cancelled",
			end: { code: "priceNotMet" },
			attempts: 0,
		});
		expect(world.intents).toEqual([]);
		const part = await world.submit({ ...deep, timeInForce: "ioc" });
		const [intent] = world.intents;
		expect(intent!.legs[0]!.amountIn < 20_000_000_000n).toBe(true);
		world.book("landed");
		await settle();
		expect(world.now(part)).toMatchObject({
			status: "cancelled",
			end: { code: "remainderCancelled" },
			spent: intent!.legs[0]!.amountIn,
		});
	});

	test("are rejected when risk denies them, or is not there, or the wallet's funds went meanwhile", async () => {
		await world.open();
		world.riskAnswers = ["denied"];
		expect(world.now(await world.submit(MARKET))).toMatchObject({
			status: "rejected",
			end: { code: "denied", detail: "staleMarket: test" },
		});
		world.riskAnswers = [
			Object.assign(new Error("no"), { type: "SERVICE_NOT_FOUND", data: { action: "risk.submitIntent" } }),
		];
		expect(world.now(await world.submit(MARKET))).toMatchObject({ status: "rejected", end: { code: "denied" } });
		let reads = 0;
		world.onFunds = () => {
			if (++reads === 2) world.held = 0n;
		};
		expect(world.now(await world.submit(MARKET))).toMatchObject({
			status: "cancelled",
			end: { code: "insufficientFunds" },
		});
	});
});

describe("what an attempt pays", () => {
	test("by the policy: what the route was measured to need, and what others pay there, of the own shard alone", async () => {
		const { execution } = loadConfig({ environment: {} });
		await world.open();
		await world.submit(LIMIT);
		const [first] = world.intents;
		expect(first).toMatchObject({
			computeUnitLimit: execution.compute_unit_limit,
			computeUnitPriceMicroLamports: BigInt(execution.compute_unit_price_micro_lamports),
			tip: { lamports: BigInt(execution.min_tip_lamports) },
		});
		const legs = first!.legs.map(({ pool, direction }) => ({ pool, direction }));
		world.desk.onRouteMeasured({ executor: "executor-1", reserve: null, legs, computeUnits: 100_000 });
		const fees = legs.map(({ pool }) => ({ pool, microLamports: 7_777n }));
		world.desk.onFeesChanged({ shard: "main", fees });
		world.desk.onFeesChanged({ shard: "other", fees: legs.map(({ pool }) => ({ pool, microLamports: 9_999n })) });
		await world.submit(LIMIT);
		const computeUnitLimit = 1_000 * (100 + execution.compute_unit_margin_percent);
		expect(world.intents[1]).toMatchObject({
			legs: [{ pool: legs[0]!.pool }],
			computeUnitLimit,
			computeUnitPriceMicroLamports: 7_777n,
			maximumFeeLamports: 5_000n + BigInt(Math.ceil((computeUnitLimit * 7_777) / 1_000_000)),
		});
	});
});

describe("orders that wait", () => {
	test("a limit fills in parts as the price allows, one attempt at a time", async () => {
		await world.open();
		const order = await world.submit({ ...LIMIT, amount: "20000000000", limitPrice: "149" });
		const first = world.intents[0]!.legs[0]!.amountIn;
		world.tick();
		await settle();
		expect(world.intents).toHaveLength(1);
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "resting", spent: first });
		world.move(160);
		await world.pass(5_000);
		expect(world.intents).toHaveLength(2);
		expect(world.intents[1]!.legs[0]!.amountIn).toBe(20_000_000_000n - first);
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "filled", spent: 20_000_000_000n, attempts: 2 });
	});

	test("a stop sleeps until a book update brings its price, and stays awake over a revert", async () => {
		await world.open();
		const order = await world.submit(STOP);
		world.move(141);
		await settle();
		expect(world.now(order)).toMatchObject({ status: "resting", triggeredAtMicros: null });
		world.move(139);
		await settle();
		expect(world.now(order)).toMatchObject({ status: "working", triggeredAtMicros: world.nowMicros });
		world.book("reverted");
		await settle();
		world.move(150);
		await world.pass(5_000);
		expect(world.intents).toHaveLength(2);
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "filled" });
	});

	test("a stale or silent market triggers nothing, and a halt neither", async () => {
		await world.open();
		const order = await world.submit(STOP);
		const record = { state: "halted" as const, changedBy: "a", reason: "b", changedAtMicros: world.nowMicros + 1 };
		world.desk.onTradingState(record);
		world.move(100);
		await settle();
		expect(world.now(order)).toMatchObject({ status: "resting" });
		world.desk.onTradingState({ ...record, state: "active", changedAtMicros: record.changedAtMicros + 1 });
		world.desk.onSlotAdvanced({ shard: "main", slot: 5_000, chainSeconds: 1, epoch: 0 } as never);
		await settle();
		expect(world.desk.status().waitingFor).toContain("slots behind");
		expect(world.now(order)).toMatchObject({ status: "resting" });
		expect(world.intents).toEqual([]);
	});

	test("time ends them: a timeout, the day; never while an attempt is under way", async () => {
		await world.open();
		const brief = await world.submit({ ...LIMIT, limitPrice: "200", timeoutMs: 1_000 });
		const day = await world.submit({ ...LIMIT, limitPrice: "200", timeInForce: "day" });
		const working = await world.submit({ ...LIMIT, timeoutMs: 1_000 });
		await world.pass(1_000);
		expect(world.now(brief)).toMatchObject({ status: "expired", end: { code: "timedOut" } });
		expect(world.now(day)).toMatchObject({ status: "resting" });
		expect(world.now(working)).toMatchObject({ status: "working" });
		world.book("reverted");
		await settle();
		expect(world.now(working)).toMatchObject({ status: "expired", end: { code: "timedOut" } });
		await world.pass(12 * 3_600_000);
		expect(world.now(day)).toMatchObject({ status: "expired", end: { code: "dayEnded" } });
	});

	test("refusals that last end them, others are met again after a while, and failures are counted", async () => {
		await world.open();
		world.denyCode = "maxIntentNotional";
		world.riskAnswers = ["denied"];
		expect(world.now(await world.submit(LIMIT))).toMatchObject({ status: "rejected", end: { code: "denied" } });
		world.denyCode = "orderRate";
		world.riskAnswers = ["denied"];
		const order = await world.submit(LIMIT);
		expect(world.now(order)).toMatchObject({ status: "resting", attempts: 1 });
		await world.pass(100);
		expect(world.intents).toHaveLength(2);
		for (let attempt = 0; attempt < 25; attempt++) {
			await world.pass(60_000);
			if (world.now(order).status === "working") world.book("expired");
			await settle();
		}
		expect(world.now(order)).toMatchObject({ status: "rejected", attempts: 21, end: { code: "tooManyAttempts" } });
	}, 20_000);

	test("a node that does not tell the wallet's funds is asked again later", async () => {
		await world.open();
		world.heldFails = true;
		const order = await world.submit(LIMIT);
		expect(world.now(order)).toMatchObject({ status: "resting" });
		expect(world.warnings.join()).toContain("the node is gone");
		world.heldFails = false;
		await world.pass(60_000);
		expect(world.now(order)).toMatchObject({ status: "working" });
	});

	test("two orders do not spend the same tokens at once", async () => {
		await world.open();
		world.held = 1_500_000_000n;
		await world.submit(LIMIT);
		await world.submit(LIMIT);
		expect(world.intents.map(({ legs }) => legs[0]!.amountIn)).toEqual([1_000_000_000n, 500_000_000n]);
	});
});

describe("an attempt without a word", () => {
	test("stays open until its outcome is certain, whoever asks", async () => {
		await world.open();
		world.riskAnswers = [new Error("timed out")];
		const order = await world.submit(LIMIT);
		await world.pass(10_000);
		expect(world.now(order)).toMatchObject({ status: "working" });
		expect(world.intents).toHaveLength(1);
		world.outcomes.set(attemptIntentId(order.orderId, 0), {
			outcome: "filled",
			spent: 10n ** 9n,
			received: 5n,
			signature: SIGNATURE,
			slot: 1,
		});
		await world.pass(10_000);
		expect(world.now(order)).toMatchObject({ status: "filled", received: 5n });
	});

	test("a known id is no refusal: what became of it is asked for", async () => {
		await world.open();
		world.denyCode = "duplicateIntent";
		world.riskAnswers = ["denied"];
		const order = await world.submit(MARKET);
		expect(world.now(order)).toMatchObject({ status: "working" });
		world.outcomes.set(attemptIntentId(order.orderId, 0), { outcome: "notLanded" });
		await world.pass(10_000);
		expect(world.now(order)).toMatchObject({ status: "cancelled", end: { code: "notLanded" } });
	});

	test("a settlement that does not tell what was filled decides nothing; others' settlements neither", async () => {
		await world.open();
		const order = await world.submit(LIMIT);
		world.book("landed", { received: 0n });
		world.book("landed", {}, { ...world.intents[0]!, intentId: "someoneelse00000" as never });
		await settle();
		expect(world.now(order)).toMatchObject({ status: "working" });
	});
});
