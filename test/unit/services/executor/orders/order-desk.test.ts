import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import { addressOf } from "../../../core/market/market-fixture.ts";
import { DeskWorld, LIMIT, MARKET, settle } from "./desk-world.ts";

let world: DeskWorld;

beforeEach(() => {
	world = new DeskWorld();
});

afterEach(async () => {
	await world.close();
});

describe("cancelling", () => {
	test("a waiting order ends at once and for good", async () => {
		await world.open();
		const order = await world.submit({ ...LIMIT, limitPrice: "200" });
		expect(await world.desk.cancel(order.orderId)).toMatchObject({
			status: "cancelled",
			order: { end: { code: "cancelledByUser" } },
		});
		expect(await world.desk.cancel(order.orderId)).toMatchObject({ code: "alreadyEnded" });
		world.move(300);
		await settle();
		expect(world.intents).toEqual([]);
	});

	test.each([
		["landed", "filled"],
		["reverted", "cancelled"],
		["expired", "cancelled"],
	] as const)("while an attempt is under way its outcome decides: %s is %s", async (outcome, status) => {
		await world.open();
		const order = await world.submit(LIMIT);
		expect(await world.desk.cancel(order.orderId)).toMatchObject({ status: "cancelling" });
		expect(await world.desk.cancel(order.orderId)).toMatchObject({ status: "cancelling" });
		world.book(outcome);
		await settle();
		expect(world.now(order)).toMatchObject({ status });
		await world.pass(60_000);
		expect(world.intents).toHaveLength(1);
	});

	test("between the look at the wallet and the record it is in time: nothing is submitted", async () => {
		await world.open();
		world.onFunds = () => {
			for (const { orderId } of world.desk.list({ state: "open" })) void world.desk.cancel(orderId);
		};
		const order = await world.submit(LIMIT);
		expect(world.now(order)).toMatchObject({ status: "cancelled" });
		expect(world.intents).toEqual([]);
		expect(world.warnings).toEqual([]);
	});
});

describe("a restart", () => {
	test("keeps what waits, asks for what was under way before it is tried again, and ends what had no moment", async () => {
		await world.open();
		const waiting = await world.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "kept" });
		const working = await world.submit(LIMIT);
		await world.kill();
		await world.open();
		expect(world.now(waiting)).toMatchObject({ status: "resting", clientOrderId: "kept" });
		expect(world.now(working)).toMatchObject({ status: "working" });
		await world.pass(10_000);
		expect(world.intents).toHaveLength(1);
		world.outcomes.set(attemptIntentId(working.orderId, 0), { outcome: "notLanded" });
		await world.pass(10_000);
		await world.pass(60_000);
		expect(world.intents.map(({ intentId }) => intentId)).toEqual(
			[0, 1].map((attempt) => attemptIntentId(working.orderId, attempt)),
		);
		expect(await world.desk.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "kept" })).toMatchObject({
			repeated: true,
		});
	});

	test("forgets the oldest ended orders with their ids, never open ones", async () => {
		await world.open();
		const open = await world.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "open" });
		const first = await world.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "first" });
		await world.desk.cancel(first.orderId);
		for (let count = 0; count < 5; count++) {
			const { orderId } = await world.submit({ ...LIMIT, limitPrice: "200" });
			await world.desk.cancel(orderId);
		}
		expect(world.desk.get(first.orderId)).toBeNull();
		expect(world.desk.list({ state: "ended" })).toHaveLength(5);
		expect(world.desk.list({ limit: 2 })).toHaveLength(2);
		await world.kill();
		await world.open();
		expect(world.desk.list({ state: "open" }).map(({ orderId }) => orderId)).toEqual([open.orderId]);
		expect(await world.desk.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "first" })).toMatchObject({
			repeated: false,
		});
	});
});

describe("the emergency stop", () => {
	test("halts and ends everything; also when risk does not answer", async () => {
		await world.open();
		const waiting = await world.submit({ ...LIMIT, limitPrice: "200" });
		const working = await world.submit(LIMIT);
		const ended = await world.submit({ ...LIMIT, limitPrice: "200" });
		await world.desk.cancel(ended.orderId);
		expect(await world.desk.emergencyStop({ by: "me", reason: "fire" })).toMatchObject({
			tradingState: { state: "halted" },
			problem: null,
			cancelled: 1,
			cancelling: 1,
		});
		expect(world.halts).toEqual([{ by: "me", reason: "fire" }]);
		expect(world.now(waiting)).toMatchObject({ status: "cancelled", end: { code: "emergencyStop", detail: "fire" } });
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "tradingHalted" });
		world.book("expired");
		await settle();
		expect(world.now(working)).toMatchObject({ status: "cancelled", end: { code: "emergencyStop" } });
		world.haltFails = true;
		expect(await world.desk.emergencyStop({ by: "me", reason: "fire" })).toMatchObject({
			tradingState: null,
			problem: "risk did not halt: risk is gone",
		});
	});
});

describe("arbitrage by hand", () => {
	const cycle = { fundingMint: "USDC", pools: [addressOf(1), addressOf(2)], minimumProfit: "1" };

	test("is refused where it would lose, and while the market or trading is not there", async () => {
		await world.open();
		expect(await world.desk.submitFlashLoanArbitrage({ ...cycle, pools: [] })).toMatchObject({
			code: "malformedRequest",
		});
		expect(await world.desk.submitFlashLoanArbitrage(cycle)).toMatchObject({ code: "notProfitable" });
		world.nowMicros += 4_000_000;
		expect(await world.desk.submitFlashLoanArbitrage(cycle)).toMatchObject({ code: "marketUnavailable" });
		expect(world.intents).toEqual([]);
	});
});
