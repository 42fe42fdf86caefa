import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OrderId } from "../../../../../core/orders/order.ts";
import type { OrderEvent } from "../../../../../core/orders/order-machine.ts";
import { Journal } from "../../../../../libs/journal/journal.ts";
import { OrderLedger } from "../../../../../services/executor/orders/order-ledger.ts";
import {
	attempted,
	filled,
	NOON_MICROS,
	ORDER_ID,
	orderAfter,
	proven,
	RESTED,
	reversed,
	termsOf,
} from "../../../core/orders/order-world.ts";

const END: OrderEvent = {
	type: "ended",
	status: "cancelled",
	reason: { code: "cancelledByUser", detail: "asked for" },
	atMicros: NOON_MICROS,
};

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-orders-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (maximumSegmentBytes = 1_000_000, keptEnded = 10): Promise<OrderLedger> =>
	OrderLedger.open({ folder, keptEnded, maximumSegmentBytes, onChanged: () => {} });

async function written(...records: readonly unknown[]): Promise<void> {
	const { journal } = await Journal.open({ folder, maximumSegmentBytes: 1_000_000 });
	for (const record of records) await journal.append(record);
	await journal.close();
}

test("records of another version, and events that cannot follow, stop the start", async () => {
	await written({ type: "borrowed" });
	await expect(open()).rejects.toThrow('record of type "borrowed"');
	rmSync(folder, { recursive: true });
	await written({ type: "event", orderId: ORDER_ID, event: RESTED });
	await expect(open()).rejects.toThrow("which cannot follow");
	rmSync(folder, { recursive: true });
	await written(
		{ type: "accepted", terms: termsOf() },
		{ type: "event", orderId: ORDER_ID, event: RESTED },
		{ type: "event", orderId: ORDER_ID, event: RESTED },
	);
	await expect(open()).rejects.toThrow(`rested of ${ORDER_ID}, which cannot follow`);
});

test("what cannot follow is not written, nor what is told of an order that nobody has", async () => {
	const ledger = await open();
	await ledger.accept(termsOf());
	await expect(ledger.record("nobodynobody" as OrderId, RESTED)).rejects.toThrow("is not known");
	await ledger.record(ORDER_ID, RESTED);
	await expect(ledger.record(ORDER_ID, RESTED)).rejects.toThrow("cannot follow");
	await ledger.close();
	const again = await open();
	expect(again.get(ORDER_ID)?.status).toBe("resting");
	expect([again.openCount, again.size, again.failure]).toEqual([1, 1, null]);
	await again.close();
	expect(again.failure).not.toBeNull();
	await expect(again.accept(termsOf({ orderId: "abcdefghij02" as OrderId }))).rejects.toThrow("closed");
	await expect(again.record(ORDER_ID, END)).rejects.toThrow("closed");
	expect(again.get(ORDER_ID)?.status).toBe("resting");
});

test("over many small segments the folder stays small and every open order is kept", async () => {
	const ledger = await open(600, 3);
	await ledger.accept(termsOf({ clientOrderId: "kept" }));
	for (let count = 0; count < 40; count++) {
		const orderId = `order${String(count).padStart(7, "0")}` as OrderId;
		await ledger.accept(termsOf({ orderId, clientOrderId: `client-${count}` }));
		await ledger.record(orderId, END);
	}
	await ledger.close();
	expect(readdirSync(folder).length).toBeLessThan(4);
	const again = await open(600, 3);
	expect(again.byClientId("kept")).toMatchObject({
		status: "accepted",
		terms: { orderId: ORDER_ID, amount: 10n ** 9n },
	});
	expect(again.byClientId("client-0")).toBeUndefined();
	expect(again.byClientId("client-39")?.status).toBe("cancelled");
	expect([again.openCount, again.size]).toEqual([1, 4]);
	await again.close();
});

describe("journals of versions that did not wait for finality", () => {
	const end = { outcome: "filled", spent: 5n, received: 1n, signature: "5".repeat(88) };
	const ended = { type: "attemptEnded", attempt: 0, end, atMicros: NOON_MICROS };
	const event = (it: object) => ({ type: "event", orderId: ORDER_ID, event: it });

	test("what they counted is final, and what followed it follows", async () => {
		const begun = [{ type: "accepted", terms: termsOf() }, event(RESTED), event(attempted(5n)), event(ended)];
		await written(...begun, event(attempted(7n)));
		const ledger = await open();
		expect(ledger.get(ORDER_ID)).toMatchObject({ status: "working", spent: 5n, attempts: 2, unproven: null });
		await ledger.close();
		rmSync(folder, { recursive: true });
		await written(...begun, event({ ...ended, end: { ...end, slot: 9 } }));
		await expect(open()).rejects.toThrow("attemptEnded of");
		rmSync(folder, { recursive: true });
		await written(...begun.slice(0, 3), event({ ...ended, end: { ...end, slot: 9 } }), event(attempted(7n)));
		await expect(open()).rejects.toThrow("attempted of");
	});

	test("their checkpoints have orders without proofs and reversals", async () => {
		const { unproven: _unproven, reversals: _reversals, ...old } = orderAfter(termsOf(), RESTED);
		await written({ type: "checkpoint", version: 1, orders: [old] });
		const ledger = await open();
		expect(ledger.get(ORDER_ID)).toMatchObject({ status: "resting", unproven: null, reversals: 0 });
		await ledger.record(ORDER_ID, attempted(5n));
		await ledger.close();
	});
});

test("orders that are not final are kept and counted, in and over checkpoints", async () => {
	const ledger = await open(600, 1);
	await ledger.accept(termsOf());
	await ledger.record(ORDER_ID, RESTED);
	await ledger.record(ORDER_ID, attempted(5n));
	await ledger.record(ORDER_ID, filled(0, 5n));
	await ledger.record(ORDER_ID, END);
	expect([ledger.openCount, ledger.unprovenCount, ledger.unsettledCount]).toEqual([0, 1, 1]);
	for (let count = 0; count < 9; count++) {
		const orderId = `order${String(count).padStart(7, "0")}` as OrderId;
		await ledger.accept(termsOf({ orderId }));
		await ledger.record(orderId, END);
	}
	await ledger.close();
	const again = await open(600, 1);
	expect(again.get(ORDER_ID)?.unproven?.end).toMatchObject({ spent: 5n, slot: 101 });
	expect([again.openCount, again.unprovenCount, again.unsettledCount, again.size]).toEqual([0, 1, 1, 2]);
	await again.record(ORDER_ID, reversed(0));
	expect([again.openCount, again.unprovenCount, again.unsettledCount]).toEqual([1, 0, 1]);
	await again.record(ORDER_ID, filled(0, 5n));
	await again.record(ORDER_ID, proven(0));
	expect([again.openCount, again.unprovenCount, again.unsettledCount, again.size]).toEqual([0, 0, 0, 1]);
	await again.close();
});
