import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OrderView } from "../../../../../broker/contracts/orders.ts";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import type { IntentId, Signature } from "../../../../../core/types/identifiers.ts";
import { DeskWorld, LIMIT, MARKET, SIGNATURE, settle } from "./desk-world.ts";

let world: DeskWorld;

beforeEach(() => {
	world = new DeskWorld();
});

afterEach(async () => {
	await world.close();
});

/** More than the pools give at its price at once. */
const DEEP = { ...LIMIT, amount: "20000000000", limitPrice: "149" };
const WHOLE = 20_000_000_000n;

/** A deep order of which the first attempt has landed, in a block that is not final. */
async function partlyFilled(): Promise<{ order: OrderView; part: bigint }> {
	world.proof = null;
	const order = await world.submit(DEEP);
	world.book("landed");
	await settle();
	const part = world.intents[0]!.legs[0]!.amountIn;
	expect(world.now(order)).toMatchObject({ status: "resting", spent: part, isFinal: false, reversals: 0 });
	return { order, part };
}

const notLanded = (intentId: IntentId): void => void world.outcomes.set(intentId, { outcome: "notLanded" });

describe("the next attempt", () => {
	test("waits for the finality of the one before, however good the price is", async () => {
		await world.open();
		const { order, part } = await partlyFilled();
		world.move(200);
		await world.pass(60_000);
		expect(world.intents).toHaveLength(1);
		expect(world.warnings).toEqual([]);
		expect(world.desk.status()).toMatchObject({ open: 1, unproven: 1 });
		world.proof = "final";
		await world.pass(1_000);
		expect(world.intents).toHaveLength(2);
		expect(world.intents[1]!.legs[0]!.amountIn).toBe(WHOLE - part);
		expect(world.desk.status().unproven).toBe(0);
		world.proof = null;
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "filled", isFinal: false });
		world.proof = "final";
		await world.pass(1_000);
		expect(world.now(order)).toMatchObject({ status: "filled", isFinal: true, spent: WHOLE });
	});

	test("waits for the finality of a revert, too: on another fork it is a fill", async () => {
		await world.open();
		world.proof = null;
		const order = await world.submit(LIMIT);
		world.book("reverted");
		await world.pass(60_000);
		expect(world.intents).toHaveLength(1);
		expect(world.now(order)).toMatchObject({ status: "resting", isFinal: false });
		world.reverse();
		await settle();
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "filled", spent: 10n ** 9n, reversals: 1 });
	});

	test("does not wait for what is proven never to have landed, nor for what never left", async () => {
		await world.open();
		world.proof = null;
		await world.submit(LIMIT);
		world.book("expired");
		await world.pass(60_000);
		expect(world.intents).toHaveLength(2);
		expect(world.proofsAsked).toBe(0);
	});

	test("while the chain cannot be asked, it waits, asks less often, and that is said", async () => {
		await world.open();
		await partlyFilled();
		world.proof = new Error("the node is gone");
		world.move(200);
		await world.pass(60_000);
		expect(world.warnings.join()).toContain("which attempts are final cannot be told: the node is gone");
		expect(world.intents).toHaveLength(1);
		const { proofsAsked } = world;
		for (let second = 0; second < 9; second++) await world.pass(1_000);
		expect(world.proofsAsked).toBe(proofsAsked);
		world.proof = "final";
		await world.pass(1_000);
		await world.pass(60_000);
		expect(world.intents).toHaveLength(2);
	});
});

describe("a reversal", () => {
	test("while the next attempt waits: nothing is tried until the old one's end is certain, then all of it", async () => {
		await world.open();
		const { order } = await partlyFilled();
		world.move(200);
		await world.pass(5_000);
		world.reverse();
		await world.pass(60_000);
		const [first] = world.intents;
		expect(world.now(order)).toMatchObject({
			status: "working",
			intentId: first!.intentId,
			spent: 0n,
			received: 0n,
			signatures: [],
			isFinal: true,
			reversals: 1,
		});
		expect(world.intents).toHaveLength(1);
		notLanded(first!.intentId);
		await world.pass(60_000);
		await world.pass(60_000);
		expect(world.intents.map(({ intentId }) => intentId)).toEqual(
			[0, 1].map((attempt) => attemptIntentId(order.orderId, attempt)),
		);
		expect(world.intents[1]!.legs[0]!.amountIn).toBe(WHOLE);
	});

	test.each(["final", "reversed"] as const)(
		"while the chain is asked, which then says %s: it counts once",
		async (proof) => {
			await world.open();
			const { order } = await partlyFilled();
			world.move(200);
			world.proof = proof;
			world.onProof = () => {
				world.onProof = () => {};
				world.reverse();
			};
			await world.pass(1_000);
			expect(world.now(order)).toMatchObject({ status: "working", attempts: 1, spent: 0n, reversals: 1 });
			expect(world.intents).toHaveLength(1);
		},
	);

	test("and a new block while the chain is asked: the answer is of the old one, and proves nothing", async () => {
		await world.open();
		const { order, part } = await partlyFilled();
		world.proof = "final";
		world.onProof = async () => {
			world.onProof = () => {};
			world.proof = null;
			world.reverse();
			await Promise.resolve();
			world.book("landed", { received: 1n });
		};
		await world.pass(1_000);
		expect(world.now(order)).toMatchObject({ spent: part, received: 1n, isFinal: false, reversals: 1 });
	});

	test("twice, and late: the transaction lands in another block, and is counted once", async () => {
		await world.open();
		const { order, part } = await partlyFilled();
		world.reverse();
		world.reverse();
		await settle();
		world.reverse();
		await settle();
		expect(world.now(order)).toMatchObject({ status: "working", spent: 0n, reversals: 1 });
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ status: "resting", spent: part, signatures: [SIGNATURE], isFinal: false });
		// Of the first block, but told after the second: the attempt is looked for again, and found where it is.
		world.reverse();
		await settle();
		world.book("landed");
		world.book("landed");
		await settle();
		expect(world.now(order)).toMatchObject({ spent: part, signatures: [SIGNATURE], reversals: 2, attempts: 1 });
	});

	test("of what no order has, of another transaction, and of one that is final, changes nothing", async () => {
		await world.open();
		const { order, part } = await partlyFilled();
		world.reverse("someoneelse00000" as IntentId);
		world.reverse("someoneelse00000" as IntentId, "4".repeat(88) as Signature);
		world.reverse(undefined, "4".repeat(88) as Signature);
		world.reverse(null, "4".repeat(88) as Signature);
		await settle();
		expect(world.now(order)).toMatchObject({ status: "resting", spent: part, reversals: 0 });
		expect(world.warnings).toEqual([]);
		world.proof = "final";
		await world.pass(1_000);
		world.reverse();
		await settle();
		expect(world.now(order)).toMatchObject({ spent: part, reversals: 0 });
		expect(world.warnings.join()).toContain("a person must look");
	});

	test("that risk tells without the intent is known by its transaction", async () => {
		await world.open();
		const { order } = await partlyFilled();
		world.reverse(null);
		await settle();
		expect(world.now(order)).toMatchObject({ status: "working", spent: 0n });
	});

	test("of which nobody told is found by asking the chain", async () => {
		await world.open();
		const { order } = await partlyFilled();
		world.proof = "reversed";
		await world.pass(1_000);
		expect(world.now(order)).toMatchObject({ status: "working", spent: 0n, reversals: 1 });
		expect(world.desk.status().reversals).toBe(1);
	});

	test.each(["ioc", "fok"])(
		"%s: filled until it is taken back, then cancelled, and never tried again",
		async (life) => {
			await world.open();
			world.proof = null;
			const order = await world.submit({ ...MARKET, timeInForce: life });
			world.book("landed");
			await settle();
			expect(world.now(order)).toMatchObject({ status: "filled", isFinal: false });
			expect(await world.desk.cancel(order.orderId)).toMatchObject({ code: "alreadyEnded" });
			world.reverse();
			await settle();
			expect(world.now(order)).toMatchObject({ status: "working", spent: 0n, end: null });
			notLanded(world.intents[0]!.intentId);
			await world.pass(60_000);
			expect(world.now(order)).toMatchObject({
				status: "cancelled",
				spent: 0n,
				end: { code: "reversed" },
				reversals: 1,
				isFinal: true,
			});
			expect(world.intents).toHaveLength(1);
		},
	);

	test("after its time is up: the order is expired again, with nothing spent", async () => {
		await world.open();
		world.proof = null;
		const order = await world.submit({ ...DEEP, timeoutMs: 5_000 });
		world.book("landed");
		await world.pass(5_000);
		expect(world.now(order)).toMatchObject({ status: "expired", isFinal: false });
		world.reverse();
		await settle();
		expect(world.now(order)).toMatchObject({ status: "working", cancelling: true });
		notLanded(world.intents[0]!.intentId);
		await world.pass(60_000);
		expect(world.now(order)).toMatchObject({ status: "expired", spent: 0n, reversals: 1, end: { code: "timedOut" } });
		expect(world.intents).toHaveLength(1);
	});

	test("after a cancellation of the filled order, or the emergency stop: it does not trade again", async () => {
		await world.open();
		world.proof = null;
		const [cancelled, stopped] = [await world.submit(LIMIT), await world.submit(LIMIT)];
		for (const intent of world.intents) world.book("landed", {}, intent);
		await settle();
		expect(await world.desk.cancel(cancelled.orderId)).toMatchObject({
			status: "cancelling",
			order: { status: "filled", cancelling: true },
		});
		expect(await world.desk.cancel(cancelled.orderId)).toMatchObject({ status: "cancelling" });
		expect(await world.desk.emergencyStop({ by: "me", reason: "fire" })).toMatchObject({
			cancelling: 2,
			problem: null,
		});
		for (const { intentId } of world.intents) {
			notLanded(intentId);
			world.reverse(intentId);
		}
		await world.pass(60_000);
		expect(world.now(cancelled)).toMatchObject({ status: "cancelled", spent: 0n, end: { code: "cancelledByUser" } });
		expect(world.now(stopped)).toMatchObject({ status: "cancelled", spent: 0n, end: { code: "emergencyStop" } });
		expect(world.intents).toHaveLength(2);
	});
});

describe("a restart", () => {
	test("between reversal and next attempt keeps what was taken back", async () => {
		await world.open();
		const { order } = await partlyFilled();
		world.reverse();
		await settle();
		await world.kill();
		await world.open();
		expect(world.now(order)).toMatchObject({ status: "working", spent: 0n, attempts: 1, reversals: 1 });
		notLanded(world.intents[0]!.intentId);
		await world.pass(60_000);
		await world.pass(60_000);
		expect(world.intents.map(({ intentId }) => intentId)).toEqual(
			[0, 1].map((attempt) => attemptIntentId(order.orderId, attempt)),
		);
		expect(world.intents[1]!.legs[0]!.amountIn).toBe(world.intents[0]!.legs[0]!.amountIn);
	});

	test("before finality goes on waiting for it, also of an order that has ended", async () => {
		await world.open();
		const { order, part } = await partlyFilled();
		const whole = await world.submit(MARKET);
		world.book("landed");
		await settle();
		await world.kill();
		await world.open();
		world.move(200);
		await world.pass(60_000);
		expect(world.intents).toHaveLength(2);
		expect(world.now(order)).toMatchObject({ spent: part, isFinal: false });
		expect(world.now(whole)).toMatchObject({ status: "filled", isFinal: false });
		world.proof = "reversed";
		await world.pass(1_000);
		expect(world.now(whole)).toMatchObject({ status: "working", spent: 0n });
	});
});

describe("orders that are not final", () => {
	test("are not forgotten, and count among those that the desk holds", async () => {
		world.maximumOpen = 7;
		await world.open();
		world.proof = null;
		const orders: OrderView[] = [];
		for (let count = 0; count < 7; count++) {
			orders.push(await world.submit(MARKET));
			world.book("landed");
			await settle();
		}
		expect(await world.desk.submit(MARKET)).toMatchObject({ code: "tooManyOrders" });
		expect(orders.map((order) => world.now(order).isFinal)).toEqual(orders.map(() => false));
		world.proof = "final";
		await world.pass(1_000);
		// Five ended ones are remembered.
		expect(world.desk.list({}).map(({ isFinal }) => isFinal)).toEqual([true, true, true, true, true]);
		await world.submit(MARKET);
	});

	test("are asked for once in a while, all of them at once", async () => {
		await world.open();
		await partlyFilled();
		await world.submit(MARKET);
		world.book("landed");
		await settle();
		await world.pass(1_000);
		const { proofsAsked } = world;
		for (let count = 0; count < 9; count++) await world.pass(100);
		expect(world.proofsAsked).toBe(proofsAsked);
		await world.pass(100);
		expect(world.proofsAsked).toBe(proofsAsked + 1);
	});
});
