import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { OrderId } from "../../../../../core/orders/order.ts";
import type { OrderEvent } from "../../../../../core/orders/order-machine.ts";
import { Journal } from "../../../../../libs/journal/journal.ts";
import { OrderLedger } from "../../../../../services/executor/orders/order-ledger.ts";
import { NOON_MICROS, ORDER_ID, RESTED, termsOf } from "../../../core/orders/order-world.ts";

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
