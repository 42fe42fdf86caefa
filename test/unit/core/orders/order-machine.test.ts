import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ALLOWED_TIMES, isImmediate, type OrderTerms, type OrderType } from "../../../../core/orders/order.ts";
import {
	type AttemptEnd,
	acceptedOrder,
	advanceOrder,
	isEnded,
	type OrderEvent,
	type OrderReason,
	type OrderState,
	remainingOf,
} from "../../../../core/orders/order-machine.ts";
import {
	attempted,
	filled,
	marketTerms,
	NOON_MICROS,
	orderAfter,
	priceOf,
	RESTED,
	SIGNATURE,
	TRIGGERED,
	termsOf,
} from "./order-world.ts";

const WHY: OrderReason = { code: "cancelledByUser", detail: "asked for" };
const CANCEL: OrderEvent = { type: "cancelAsked", reason: WHY, atMicros: NOON_MICROS + 9 };
const END: OrderEvent = { type: "ended", status: "cancelled", reason: WHY, atMicros: NOON_MICROS + 9 };
const ALL = termsOf().amount;

function refused(state: OrderState, event: OrderEvent): void {
	expect(advanceOrder(state, event)).toMatchObject({ ok: false, error: { code: "illegalTransition" } });
}

function endedBy(attempt: number, end: AttemptEnd): OrderEvent {
	return { type: "attemptEnded", attempt, end, atMicros: NOON_MICROS + 4 };
}

describe("what cannot follow", () => {
	test("nothing follows an end", () => {
		const over = orderAfter(termsOf(), RESTED, END);
		for (const event of [RESTED, TRIGGERED, attempted(1n), filled(0, 1n), CANCEL, END]) refused(over, event);
	});

	test("a second attempt while one is under way, and an end before its outcome", () => {
		const working = orderAfter(termsOf(), RESTED, attempted(5n));
		for (const event of [attempted(5n), END, RESTED, TRIGGERED]) refused(working, event);
	});

	test("an attempt of nothing, or of more than is left", () => {
		const resting = orderAfter(termsOf(), RESTED);
		refused(resting, attempted(0n));
		refused(resting, attempted(ALL + 1n));
		refused(orderAfter(termsOf(), RESTED, attempted(5n), filled(0, 5n)), attempted(ALL - 4n));
	});

	test("a part of an order that is whole or nothing", () => {
		const fok = marketTerms({ timeInForce: "fok" });
		refused(acceptedOrder(fok), attempted(ALL - 1n));
		expect(orderAfter(fok, attempted(ALL)).status).toBe("working");
	});

	test("an attempt before the stop, and one after the time is up", () => {
		refused(orderAfter(termsOf({ type: "stopLimit", stopPrice: priceOf("140") }), RESTED), attempted(5n));
		refused(acceptedOrder(termsOf({ expiresAtMicros: NOON_MICROS + 2 })), attempted(5n));
	});

	test("a stop where there is none, and a second time", () => {
		refused(orderAfter(termsOf(), RESTED), TRIGGERED);
		refused(orderAfter(termsOf({ type: "stop", stopPrice: priceOf("140"), limitPrice: null }), TRIGGERED), TRIGGERED);
	});

	test("rest of an order for now alone, or twice", () => {
		refused(acceptedOrder(marketTerms()), RESTED);
		refused(orderAfter(termsOf(), RESTED), RESTED);
	});

	test("the end of another attempt, of none, and of one that gave what it cannot have given", () => {
		refused(orderAfter(termsOf(), RESTED), filled(0, 5n));
		const second = orderAfter(termsOf(), RESTED, attempted(5n), filled(0, 5n), attempted(7n));
		refused(second, filled(0, 5n));
		refused(second, filled(1, 8n));
		refused(second, filled(1, 0n));
		refused(second, filled(1, 7n, 0n));
	});

	test("a cancellation of what is not under way, or twice", () => {
		refused(orderAfter(termsOf(), RESTED), CANCEL);
		refused(orderAfter(termsOf(), RESTED, attempted(5n), CANCEL), CANCEL);
	});
});

describe("lives", () => {
	test("filled in parts, then whole", () => {
		const part = orderAfter(termsOf(), RESTED, attempted(400n), filled(0, 400n, 60n));
		expect(part).toMatchObject({ status: "resting", spent: 400n, received: 60n, attempts: 1, attempt: null });
		const whole = orderAfter(
			termsOf(),
			RESTED,
			attempted(400n),
			filled(0, 400n, 60n),
			attempted(ALL - 400n),
			filled(1, ALL - 400n, 7n),
		);
		expect(whole).toMatchObject({ status: "filled", spent: ALL, received: 67n, signatures: [SIGNATURE, SIGNATURE] });
		expect(whole.end?.code).toBe("filled");
	});

	test("an order for now alone ends with its one attempt, whatever comes of it", () => {
		expect(orderAfter(marketTerms(), attempted(400n), filled(0, 400n))).toMatchObject({
			status: "cancelled",
			spent: 400n,
			end: { code: "remainderCancelled" },
		});
		const ends: [AttemptEnd, string, string][] = [
			[{ outcome: "reverted", signature: SIGNATURE }, "cancelled", "reverted"],
			[{ outcome: "reverted", signature: null }, "cancelled", "reverted"],
			[{ outcome: "notLanded" }, "cancelled", "notLanded"],
			[{ outcome: "denied", code: "staleMarket", detail: "old" }, "rejected", "denied"],
			[{ outcome: "denied", code: null, detail: "nobody there" }, "rejected", "denied"],
		];
		for (const [end, status, code] of ends) {
			expect(orderAfter(marketTerms(), attempted(ALL), endedBy(0, end))).toMatchObject({
				status,
				spent: 0n,
				end: { code },
			});
		}
	});

	test("a stop order stays triggered over failures, which are counted until a fill", () => {
		const stop = termsOf({ type: "stop", stopPrice: priceOf("140"), limitPrice: null, slippageBps: 50 });
		const once = orderAfter(
			stop,
			RESTED,
			TRIGGERED,
			attempted(ALL),
			endedBy(0, { outcome: "reverted", signature: SIGNATURE }),
		);
		expect(once).toMatchObject({ status: "triggered", failures: 1, attempts: 1, triggeredAtMicros: NOON_MICROS + 1 });
		const denied = endedBy(1, { outcome: "denied", code: "orderRate", detail: "fast" });
		const twice = orderAfter(
			stop,
			TRIGGERED,
			attempted(ALL),
			endedBy(0, { outcome: "notLanded" }),
			attempted(ALL),
			denied,
		);
		expect(twice).toMatchObject({ status: "triggered", failures: 1, attempts: 2 });
		const part = orderAfter(
			termsOf(),
			RESTED,
			attempted(9n),
			endedBy(0, { outcome: "notLanded" }),
			attempted(9n),
			filled(1, 9n),
		);
		expect(part.failures).toBe(0);
	});

	test("a cancellation under way waits for the outcome, and keeps what was filled", () => {
		const asked = orderAfter(termsOf(), RESTED, attempted(400n), CANCEL);
		expect(asked).toMatchObject({ status: "working", cancelAsked: WHY });
		const part = orderAfter(termsOf(), RESTED, attempted(400n), CANCEL, filled(0, 400n, 60n));
		expect(part).toMatchObject({ status: "cancelled", spent: 400n, end: { code: "cancelledByUser" } });
		const whole = orderAfter(termsOf(), RESTED, attempted(ALL), CANCEL, filled(0, ALL, 60n));
		expect(whole).toMatchObject({ status: "filled", end: { code: "filled" } });
		const none = orderAfter(termsOf(), RESTED, attempted(400n), CANCEL, endedBy(0, { outcome: "notLanded" }));
		expect(none).toMatchObject({ status: "cancelled", spent: 0n });
	});
});

const anyTerms: fc.Arbitrary<OrderTerms> = fc
	.record({
		type: fc.constantFrom<OrderType>("market", "limit", "stop", "stopLimit"),
		life: fc.nat(3),
		amount: fc.bigInt(1n, 50n),
		expires: fc.option(fc.integer({ min: 0, max: 8 })),
	})
	.map(({ type, life, amount, expires }) => {
		const times = ALLOWED_TIMES[type];
		return termsOf({
			type,
			timeInForce: times[life % times.length]!,
			amount,
			limitPrice: type === "limit" || type === "stopLimit" ? priceOf("149") : null,
			stopPrice: type === "stop" || type === "stopLimit" ? priceOf("140") : null,
			expiresAtMicros: expires === null ? null : NOON_MICROS + expires,
		});
	});

const anyEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
	fc.constant<OrderEvent>(RESTED),
	fc.constant<OrderEvent>(TRIGGERED),
	fc.bigInt(0n, 60n).map(attempted),
	fc.tuple(fc.nat(4), fc.bigInt(0n, 60n)).map(([attempt, spent]) => filled(attempt, spent)),
	fc.nat(4).map((attempt) => endedBy(attempt, { outcome: "notLanded" })),
	fc.nat(4).map((attempt) => endedBy(attempt, { outcome: "denied", code: "orderRate", detail: "" })),
	fc.constant(CANCEL),
	fc.constant(END),
);

/** What has to hold of every order, whatever happened to it. */
function expectSound(state: OrderState): void {
	const { terms, status, spent, received, attempt, signatures, end } = state;
	expect(spent >= 0n && spent <= terms.amount).toBe(true);
	expect(spent > 0n).toBe(received > 0n);
	expect(spent > 0n).toBe(signatures.length > 0);
	expect(status === "working").toBe(attempt !== null);
	expect(isEnded(state)).toBe(end !== null);
	expect(status === "filled").toBe(remainingOf(state) === 0n);
	if (attempt) expect(attempt.amountIn <= remainingOf(state)).toBe(true);
	if (terms.timeInForce === "fok") expect(spent === 0n || spent === terms.amount).toBe(true);
	if (isImmediate(terms)) expect(state.attempts <= 1).toBe(true);
	if (terms.stopPrice !== null && state.attempts > 0) expect(state.triggeredAtMicros).not.toBeNull();
}

test("any events in any order leave a sound order, and never spend more than its amount or twice for one attempt", () => {
	fc.assert(
		fc.property(anyTerms, fc.array(anyEvent, { maxLength: 40 }), (terms, events) => {
			let state = acceptedOrder(terms);
			const settledAttempts = new Set<number>();
			for (const event of events) {
				const advanced = advanceOrder(state, event);
				if (!advanced.ok) continue;
				expect(isEnded(state)).toBe(false);
				if (event.type === "attemptEnded") {
					expect(settledAttempts.has(event.attempt)).toBe(false);
					settledAttempts.add(event.attempt);
				}
				state = advanced.value;
				expectSound(state);
			}
		}),
		{ numRuns: 500 },
	);
});
