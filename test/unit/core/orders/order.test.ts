import { describe, expect, test } from "@jest/globals";
import {
	attemptIntentId,
	expiryOf,
	isOrderId,
	isSameRequest,
	MOST_ATTEMPTS,
	mintGiven,
	mintTaken,
	newOrderId,
} from "../../../../core/orders/order.ts";
import { isIntentId } from "../../../../core/types/identifiers.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { SOL, USDC } from "../market/market-fixture.ts";
import { NOON_MICROS, ORDER_ID, priceOf, termsOf } from "./order-world.ts";

describe("ids", () => {
	test.each([-1, 1.5, Number.NaN, MOST_ATTEMPTS])("attempt %p has no intent id", (attempt) => {
		expect(() => attemptIntentId(ORDER_ID, attempt)).toThrow("is not within");
	});

	test("attempts of an order have ids of their own, the same whenever they are asked for", () => {
		const ids = [0, 1, 35, 36, MOST_ATTEMPTS - 1].map((attempt) => attemptIntentId(ORDER_ID, attempt));
		expect(ids).toEqual([
			`${ORDER_ID}0000`,
			`${ORDER_ID}0001`,
			`${ORDER_ID}000z`,
			`${ORDER_ID}0010`,
			`${ORDER_ID}zzzz`,
		]);
		expect(ids.every(isIntentId)).toBe(true);
	});

	test("order ids are well formed and differ; numbers that would favour some letters are drawn again", () => {
		const random = seededRandom(7);
		const ids = Array.from({ length: 500 }, () => newOrderId(random));
		expect(ids.every(isOrderId)).toBe(true);
		expect(new Set(ids).size).toBe(500);
		const draws = [0xffff_ffff, ...Array.from({ length: 12 }, (_, index) => index)];
		expect(newOrderId({ nextUint32: () => draws.shift() as number })).toBe("0123456789ab");
		expect(isOrderId("ABC")).toBe(false);
		expect(isOrderId(7)).toBe(false);
	});
});

describe("terms", () => {
	test("a sale gives the base mint, a purchase the quote mint", () => {
		expect([mintGiven(termsOf()), mintTaken(termsOf())]).toEqual([SOL, USDC]);
		expect([mintGiven(termsOf({ side: "buy" })), mintTaken(termsOf({ side: "buy" }))]).toEqual([USDC, SOL]);
	});

	test("a day order ends with the UTC day, also when it begins with it; a timeout that is sooner comes first", () => {
		const day = 86_400_000_000;
		const midnight = NOON_MICROS + day / 2;
		expect(expiryOf(termsOf(), NOON_MICROS)).toBeNull();
		expect(expiryOf(termsOf({ timeInForce: "day" }), NOON_MICROS)).toBe(midnight);
		expect(expiryOf(termsOf({ timeInForce: "day" }), midnight)).toBe(midnight + day);
		expect(expiryOf(termsOf({ timeInForce: "day" }), midnight - 1)).toBe(midnight);
		expect(expiryOf(termsOf({ timeoutMs: 5 }), NOON_MICROS)).toBe(NOON_MICROS + 5_000);
		expect(expiryOf(termsOf({ timeInForce: "day", timeoutMs: 5 }), NOON_MICROS)).toBe(NOON_MICROS + 5_000);
		expect(expiryOf(termsOf({ timeInForce: "day", timeoutMs: 86_400_000 }), NOON_MICROS)).toBe(midnight);
	});

	test.each([
		["clientOrderId", { clientOrderId: "other" }],
		["side", { side: "buy" as const }],
		["type", { type: "stopLimit" as const }],
		["timeInForce", { timeInForce: "day" as const }],
		["baseMint", { baseMint: USDC }],
		["quoteMint", { quoteMint: SOL }],
		["amount", { amount: 2n }],
		["limitPrice", { limitPrice: priceOf("149.0") }],
		["stopPrice", { stopPrice: priceOf("1") }],
		["slippageBps", { slippageBps: 1 }],
		["timeoutMs", { timeoutMs: 1 }],
	])("another %s is another request", (_, change) => {
		expect(isSameRequest(termsOf(), termsOf({ acceptedAtMicros: 1 }))).toBe(true);
		expect(isSameRequest(termsOf(), termsOf(change))).toBe(false);
	});
});
