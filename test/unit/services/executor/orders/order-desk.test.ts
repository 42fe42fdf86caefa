import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OrderView } from "../../../../../broker/contracts/orders.ts";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import { openSegmentFile } from "../../../../../libs/journal/segment-file.ts";
import { addressOf } from "../../../core/market/market-fixture.ts";
import { DeskWorld, PAIR, SIGNATURE, settle } from "./desk-world.ts";

let world: DeskWorld;

beforeEach(() => {
	world = new DeskWorld();
});

afterEach(async () => {
	await world.close();
});

const MARKET = { ...PAIR, side: "sell", type: "market", amount: "1000000000" };
const LIMIT = { ...PAIR, side: "sell", type: "limit", amount: "1000000000", limitPrice: "149" };
const STOP = { ...PAIR, side: "sell", type: "stop", amount: "1000000000", stopPrice: "140" };

async function submit(request: object): Promise<OrderView> {
	const answer = await world.desk.submit(request);
	if (answer.status !== "accepted") throw new Error(`${answer.code}: ${answer.detail}`);
	await settle();
	return answer.order;
}

const now = ({ orderId }: Pick<OrderView, "orderId">): OrderView => {
	const order = world.desk.get(orderId);
	if (!order) throw new Error("the order is gone");
	return order;
};

async function until(is: () => boolean): Promise<void> {
	while (!is()) await new Promise((wake) => setTimeout(wake, 1));
}

describe("what is refused", () => {
	test("everything before the market and risk are heard, and while trading is halted", async () => {
		await world.open(null);
		expect(await world.desk.submit(MARKET)).toMatchObject({
			code: "tradingHalted",
			detail: expect.stringContaining("risk has not told"),
		});
		const record = { state: "halted" as const, changedBy: "a", reason: "b", changedAtMicros: world.nowMicros };
		world.desk.onTradingState(record);
		world.desk.onTradingState(null);
		world.desk.onTradingState({ ...record, state: "active", changedAtMicros: record.changedAtMicros - 1 });
		expect(await world.desk.submit(MARKET)).toMatchObject({
			code: "tradingHalted",
			detail: "trading is halted by a: b",
		});
		expect(world.intents).toEqual([]);
		expect(world.desk.status()).toMatchObject({ refused: { tradingHalted: 2 }, open: 0, accepted: 0 });
	});

	test("what is malformed, has no route or no funds, and a market that is silent", async () => {
		await world.open();
		expect(await world.desk.submit({ ...MARKET, amount: -1 })).toMatchObject({ code: "malformedOrder" });
		expect(await world.desk.submit({ ...MARKET, baseMint: addressOf(5) })).toMatchObject({ code: "unknownMint" });
		world.held = 999_999_999n;
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "insufficientFunds" });
		world.nowMicros += 4_000_000;
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "marketUnavailable", detail: "the feed is silent" });
		expect(await world.desk.cancel("nothing")).toMatchObject({ code: "notFound" });
		expect(world.desk.get("nothing")).toBeNull();
	});

	test("more orders than the desk holds, and more at once than it reads", async () => {
		world.maximumOpen = 1;
		await world.open();
		await submit({ ...LIMIT, limitPrice: "200" });
		expect(await world.desk.submit(LIMIT)).toMatchObject({
			code: "tooManyOrders",
			detail: expect.stringContaining("max_open"),
		});
		const many = await Promise.all(Array.from({ length: 80 }, () => world.desk.submit(LIMIT)));
		expect(many.filter((answer) => answer.status === "refused" && answer.detail.includes("slower"))).toHaveLength(16);
	});

	test("every order once the disk has failed, and nothing is submitted any more", async () => {
		let isBroken = false;
		world.openSegment = (path) => {
			const file = openSegmentFile(path);
			const sync = async (): Promise<void> => {
				if (isBroken) throw new Error("EIO");
				await file.sync();
			};
			return { write: (bytes) => file.write(bytes), sync, close: () => file.close() };
		};
		await world.open();
		const waiting = await submit({ ...LIMIT, limitPrice: "160" });
		isBroken = true;
		expect(await world.desk.submit(MARKET)).toMatchObject({
			code: "journalUnavailable",
			detail: expect.stringContaining("EIO"),
		});
		world.move(200);
		await settle();
		expect(world.intents).toEqual([]);
		expect(await world.desk.cancel(waiting.orderId)).toMatchObject({ code: "journalUnavailable" });
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "journalUnavailable" });
	});

	test("an attempt whose record is not durable has not left, and does not if it is called back meanwhile", async () => {
		let release: (() => void) | null = null;
		let isHeld = false;
		world.openSegment = (path) => {
			const file = openSegmentFile(path);
			const sync = async (): Promise<void> => {
				if (isHeld) await new Promise<void>((go) => (release = go));
				await file.sync();
			};
			return { write: (bytes) => file.write(bytes), sync, close: () => file.close() };
		};
		await world.open();
		const go = (): void => {
			isHeld = false;
			release?.();
			release = null;
		};
		try {
			for (const isCalledBack of [false, true]) {
				const order = await submit({ ...LIMIT, limitPrice: "170" });
				isHeld = true;
				world.move(200);
				await until(() => release !== null);
				expect(now(order)).toMatchObject({ status: "working" });
				expect(world.intents).toHaveLength(isCalledBack ? 1 : 0);
				const cancelled = isCalledBack ? world.desk.cancel(order.orderId) : null;
				go();
				await settle();
				expect(world.intents).toHaveLength(1);
				if (isCalledBack) expect(await cancelled).toMatchObject({ status: "cancelled" });
				else world.book("landed");
				world.move(150);
				await settle();
			}
		} finally {
			go();
		}
	});

	test("the same id for something else; the same again is the same order", async () => {
		await world.open();
		const first = await submit({ ...LIMIT, limitPrice: "200", clientOrderId: "mine" });
		const [again, other] = await Promise.all([
			world.desk.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "mine" }),
			world.desk.submit({ ...LIMIT, limitPrice: "201", clientOrderId: "mine" }),
		]);
		expect(again).toMatchObject({ status: "accepted", repeated: true, order: { orderId: first.orderId } });
		expect(other).toMatchObject({ status: "refused", code: "clientOrderIdTaken" });
		const both = await Promise.all([1, 2].map(() => world.desk.submit({ ...MARKET, clientOrderId: "twice" })));
		expect(both.map((answer) => answer.status === "accepted" && answer.repeated)).toEqual([false, true]);
		await settle();
		expect(world.intents).toHaveLength(1);
	});
});

describe("orders for now", () => {
	test("are tried once, with an intent named after the order, and end with what the chain tells", async () => {
		await world.open();
		const order = await submit(MARKET);
		expect(world.intents.map(({ intentId }) => intentId)).toEqual([attemptIntentId(order.orderId, 0)]);
		expect(now(order)).toMatchObject({ status: "working", attempts: 1 });
		world.book("landed", { received: 149_000_000n });
		await settle();
		expect(now(order)).toMatchObject({
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
		const order = await submit({ ...MARKET, timeInForce });
		world.book("reverted");
		await world.pass(10_000);
		expect(now(order)).toMatchObject({ status, end: { code }, spent: 0n });
		expect(world.intents).toHaveLength(1);
	});

	test("whole or nothing is never a part: not for funds, not for price", async () => {
		await world.open();
		const deep = { ...PAIR, side: "sell", type: "limit", timeInForce: "fok", amount: "20000000000", limitPrice: "149" };
		expect(now(await submit(deep))).toMatchObject({ status: "cancelled", end: { code: "priceNotMet" }, attempts: 0 });
		expect(world.intents).toEqual([]);
		const part = await submit({ ...deep, timeInForce: "ioc" });
		const [intent] = world.intents;
		expect(intent!.legs[0]!.amountIn < 20_000_000_000n).toBe(true);
		world.book("landed");
		await settle();
		expect(now(part)).toMatchObject({
			status: "cancelled",
			end: { code: "remainderCancelled" },
			spent: intent!.legs[0]!.amountIn,
		});
	});

	test("are rejected when risk denies them, or is not there, or the wallet's funds went meanwhile", async () => {
		await world.open();
		world.riskAnswers = ["denied"];
		expect(now(await submit(MARKET))).toMatchObject({
			status: "rejected",
			end: { code: "denied", detail: "staleMarket: test" },
		});
		world.riskAnswers = [
			Object.assign(new Error("no"), { type: "SERVICE_NOT_FOUND", data: { action: "risk.submitIntent" } }),
		];
		expect(now(await submit(MARKET))).toMatchObject({ status: "rejected", end: { code: "denied" } });
		let reads = 0;
		world.onFunds = () => {
			if (++reads === 2) world.held = 0n;
		};
		expect(now(await submit(MARKET))).toMatchObject({ status: "cancelled", end: { code: "insufficientFunds" } });
	});
});

describe("orders that wait", () => {
	test("a limit fills in parts as the price allows, one attempt at a time", async () => {
		await world.open();
		const order = await submit({ ...LIMIT, amount: "20000000000", limitPrice: "149" });
		const first = world.intents[0]!.legs[0]!.amountIn;
		world.tick();
		await settle();
		expect(world.intents).toHaveLength(1);
		world.book("landed");
		await settle();
		expect(now(order)).toMatchObject({ status: "resting", spent: first });
		world.move(160);
		await world.pass(5_000);
		expect(world.intents).toHaveLength(2);
		expect(world.intents[1]!.legs[0]!.amountIn).toBe(20_000_000_000n - first);
		world.book("landed");
		await settle();
		expect(now(order)).toMatchObject({ status: "filled", spent: 20_000_000_000n, attempts: 2 });
	});

	test("a stop sleeps until a book update brings its price, and stays awake over a revert", async () => {
		await world.open();
		const order = await submit(STOP);
		world.move(141);
		await settle();
		expect(now(order)).toMatchObject({ status: "resting", triggeredAtMicros: null });
		world.move(139);
		await settle();
		expect(now(order)).toMatchObject({ status: "working", triggeredAtMicros: world.nowMicros });
		world.book("reverted");
		await settle();
		world.move(150);
		await world.pass(5_000);
		expect(world.intents).toHaveLength(2);
		world.book("landed");
		await settle();
		expect(now(order)).toMatchObject({ status: "filled" });
	});

	test("a stale or silent market triggers nothing, and a halt neither", async () => {
		await world.open();
		const order = await submit(STOP);
		const record = { state: "halted" as const, changedBy: "a", reason: "b", changedAtMicros: world.nowMicros + 1 };
		world.desk.onTradingState(record);
		world.move(100);
		await settle();
		expect(now(order)).toMatchObject({ status: "resting" });
		world.desk.onTradingState({ ...record, state: "active", changedAtMicros: record.changedAtMicros + 1 });
		world.desk.onSlotAdvanced({ shard: "main", slot: 5_000, chainSeconds: 1, epoch: 0 } as never);
		await settle();
		expect(world.desk.status().waitingFor).toContain("slots behind");
		expect(now(order)).toMatchObject({ status: "resting" });
		expect(world.intents).toEqual([]);
	});

	test("time ends them: a timeout, the day; never while an attempt is under way", async () => {
		await world.open();
		const brief = await submit({ ...LIMIT, limitPrice: "200", timeoutMs: 1_000 });
		const day = await submit({ ...LIMIT, limitPrice: "200", timeInForce: "day" });
		const working = await submit({ ...LIMIT, timeoutMs: 1_000 });
		await world.pass(1_000);
		expect(now(brief)).toMatchObject({ status: "expired", end: { code: "timedOut" } });
		expect(now(day)).toMatchObject({ status: "resting" });
		expect(now(working)).toMatchObject({ status: "working" });
		world.book("reverted");
		await settle();
		expect(now(working)).toMatchObject({ status: "expired", end: { code: "timedOut" } });
		await world.pass(12 * 3_600_000);
		expect(now(day)).toMatchObject({ status: "expired", end: { code: "dayEnded" } });
	});

	test("refusals that last end them, others are met again after a while, and failures are counted", async () => {
		await world.open();
		world.denyCode = "maxIntentNotional";
		world.riskAnswers = ["denied"];
		expect(now(await submit(LIMIT))).toMatchObject({ status: "rejected", end: { code: "denied" } });
		world.denyCode = "orderRate";
		world.riskAnswers = ["denied"];
		const order = await submit(LIMIT);
		expect(now(order)).toMatchObject({ status: "resting", attempts: 1 });
		await world.pass(100);
		expect(world.intents).toHaveLength(2);
		for (let attempt = 0; attempt < 25; attempt++) {
			await world.pass(60_000);
			if (now(order).status === "working") world.book("expired");
			await settle();
		}
		expect(now(order)).toMatchObject({ status: "rejected", attempts: 21, end: { code: "tooManyAttempts" } });
	}, 20_000);

	test("a node that does not tell the wallet's funds is asked again later", async () => {
		await world.open();
		world.heldFails = true;
		const order = await submit(LIMIT);
		expect(now(order)).toMatchObject({ status: "resting" });
		expect(world.warnings.join()).toContain("the node is gone");
		world.heldFails = false;
		await world.pass(60_000);
		expect(now(order)).toMatchObject({ status: "working" });
	});

	test("two orders do not spend the same tokens at once", async () => {
		await world.open();
		world.held = 1_500_000_000n;
		await submit(LIMIT);
		await submit(LIMIT);
		expect(world.intents.map(({ legs }) => legs[0]!.amountIn)).toEqual([1_000_000_000n, 500_000_000n]);
	});
});

describe("cancelling", () => {
	test("a waiting order ends at once and for good", async () => {
		await world.open();
		const order = await submit({ ...LIMIT, limitPrice: "200" });
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
		const order = await submit(LIMIT);
		expect(await world.desk.cancel(order.orderId)).toMatchObject({ status: "cancelling" });
		expect(await world.desk.cancel(order.orderId)).toMatchObject({ status: "cancelling" });
		world.book(outcome);
		await settle();
		expect(now(order)).toMatchObject({ status });
		await world.pass(60_000);
		expect(world.intents).toHaveLength(1);
	});

	test("between the look at the wallet and the record it is in time: nothing is submitted", async () => {
		await world.open();
		world.onFunds = () => {
			for (const { orderId } of world.desk.list({ state: "open" })) void world.desk.cancel(orderId);
		};
		const order = await submit(LIMIT);
		expect(now(order)).toMatchObject({ status: "cancelled" });
		expect(world.intents).toEqual([]);
		expect(world.warnings).toEqual([]);
	});
});

describe("an attempt without a word", () => {
	test("stays open until its outcome is certain, whoever asks", async () => {
		await world.open();
		world.riskAnswers = [new Error("timed out")];
		const order = await submit(LIMIT);
		await world.pass(10_000);
		expect(now(order)).toMatchObject({ status: "working" });
		expect(world.intents).toHaveLength(1);
		world.outcomes.set(attemptIntentId(order.orderId, 0), {
			outcome: "filled",
			spent: 10n ** 9n,
			received: 5n,
			signature: SIGNATURE,
		});
		await world.pass(10_000);
		expect(now(order)).toMatchObject({ status: "filled", received: 5n });
	});

	test("a known id is no refusal: what became of it is asked for", async () => {
		await world.open();
		world.denyCode = "duplicateIntent";
		world.riskAnswers = ["denied"];
		const order = await submit(MARKET);
		expect(now(order)).toMatchObject({ status: "working" });
		world.outcomes.set(attemptIntentId(order.orderId, 0), { outcome: "notLanded" });
		await world.pass(10_000);
		expect(now(order)).toMatchObject({ status: "cancelled", end: { code: "notLanded" } });
	});

	test("a settlement that does not tell what was filled decides nothing; others' settlements neither", async () => {
		await world.open();
		const order = await submit(LIMIT);
		world.book("landed", { received: 0n });
		world.book("landed", {}, { ...world.intents[0]!, intentId: "someoneelse00000" as never });
		await settle();
		expect(now(order)).toMatchObject({ status: "working" });
	});
});

describe("a restart", () => {
	test("keeps what waits, asks for what was under way before it is tried again, and ends what had no moment", async () => {
		await world.open();
		const waiting = await submit({ ...LIMIT, limitPrice: "200", clientOrderId: "kept" });
		const working = await submit(LIMIT);
		await world.kill();
		await world.open();
		expect(now(waiting)).toMatchObject({ status: "resting", clientOrderId: "kept" });
		expect(now(working)).toMatchObject({ status: "working" });
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
		const open = await submit({ ...LIMIT, limitPrice: "200", clientOrderId: "open" });
		const first = await submit({ ...LIMIT, limitPrice: "200", clientOrderId: "first" });
		await world.desk.cancel(first.orderId);
		for (let count = 0; count < 5; count++) {
			const { orderId } = await submit({ ...LIMIT, limitPrice: "200" });
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
		const waiting = await submit({ ...LIMIT, limitPrice: "200" });
		const working = await submit(LIMIT);
		const ended = await submit({ ...LIMIT, limitPrice: "200" });
		await world.desk.cancel(ended.orderId);
		expect(await world.desk.emergencyStop({ by: "me", reason: "fire" })).toMatchObject({
			tradingState: { state: "halted" },
			problem: null,
			cancelled: 1,
			cancelling: 1,
		});
		expect(world.halts).toEqual([{ by: "me", reason: "fire" }]);
		expect(now(waiting)).toMatchObject({ status: "cancelled", end: { code: "emergencyStop", detail: "fire" } });
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "tradingHalted" });
		world.book("expired");
		await settle();
		expect(now(working)).toMatchObject({ status: "cancelled", end: { code: "emergencyStop" } });
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
