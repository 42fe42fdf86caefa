import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AccountOrder } from "../../../../core/market/account-order.ts";

describe("the order of an account's updates", () => {
	test("refuses what is older than what is shown", () => {
		const order = new AccountOrder(2);
		expect(order.admit(0, 5, "notification")).toBe("applied");
		expect(order.admit(0, 4, "notification")).toBe("outOfOrder");
		expect(order.admit(0, 4, "read")).toBe("superseded");
		expect(order.admit(1, 4, "read")).toBe("applied");
	});

	test("of one slot: notifications follow each other, a read does not replace one", () => {
		const order = new AccountOrder(1);
		expect(order.admit(0, 5, "read")).toBe("applied");
		expect(order.admit(0, 5, "read")).toBe("applied");
		expect(order.admit(0, 5, "notification")).toBe("applied");
		expect(order.admit(0, 5, "notification")).toBe("applied");
		expect(order.admit(0, 5, "read")).toBe("superseded");
		order.forget(0, 1);
		expect(order.admit(0, 5, "read")).toBe("applied");
	});

	test("forgets the connection of some accounts and no others", () => {
		const order = new AccountOrder(4);
		for (const account of [0, 1, 2, 3]) order.admit(account, 5, "notification");
		order.forget(1, 2);
		expect([0, 1, 2, 3].map((account) => order.admit(account, 5, "read"))).toEqual([
			"superseded",
			"applied",
			"applied",
			"superseded",
		]);
	});

	test("a number that stands for another account begins anew, at any slot", () => {
		const order = new AccountOrder(2);
		order.admit(0, 9, "notification");
		order.admit(1, 9, "notification");
		order.reset(0);
		expect(order.newestSlot(0, 1)).toBe(0);
		expect(order.admit(0, 0, "read")).toBe("applied");
		expect(order.admit(1, 0, "read")).toBe("superseded");
	});

	test("tells the newest slot of a range, 0 before anything", () => {
		const order = new AccountOrder(4);
		expect(order.newestSlot(0, 4)).toBe(0);
		order.admit(1, 7, "read");
		order.admit(3, 12, "read");
		expect([order.newestSlot(0, 3), order.newestSlot(0, 4), order.newestSlot(2, 1)]).toEqual([7, 12, 0]);
	});

	test("what is shown never goes back, whatever comes in whatever order", () => {
		const update = fc.tuple(fc.nat(3), fc.nat(20), fc.constantFrom("read" as const, "notification" as const));
		const property = fc.property(fc.array(update, { maxLength: 60 }), (updates) => {
			const order = new AccountOrder(4);
			const shown = [-1, -1, -1, -1];
			for (const [account, slot, source] of updates) {
				const verdict = order.admit(account, slot, source);
				if (slot > (shown[account] as number)) expect(verdict).toBe("applied");
				if (slot < (shown[account] as number)) expect(verdict).not.toBe("applied");
				if (verdict === "applied") shown[account] = slot;
				expect(order.newestSlot(0, 4)).toBe(Math.max(0, ...shown));
			}
		});
		fc.assert(property, { seed: 2, numRuns: 300 });
	});
});
