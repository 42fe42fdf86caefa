import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openSegmentFile } from "../../../../../libs/journal/segment-file.ts";
import { addressOf } from "../../../core/market/market-fixture.ts";
import { DeskWorld, LIMIT, MARKET, settle, turnsUntil } from "./desk-world.ts";

let world: DeskWorld;

beforeEach(() => {
	world = new DeskWorld();
});

afterEach(async () => {
	await world.close();
});

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
			detail: "halted by a: b",
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
		await world.submit({ ...LIMIT, limitPrice: "200" });
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
		const waiting = await world.submit({ ...LIMIT, limitPrice: "160" });
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
				const order = await world.submit({ ...LIMIT, limitPrice: "170" });
				isHeld = true;
				world.move(200);
				await turnsUntil(() => release !== null);
				expect(world.now(order)).toMatchObject({ status: "working" });
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
		const first = await world.submit({ ...LIMIT, limitPrice: "200", clientOrderId: "mine" });
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
