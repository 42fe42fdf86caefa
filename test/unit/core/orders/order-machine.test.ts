import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ALLOWED_TIMES, isImmediate, type OrderTerms, type OrderType } from "../../../../core/orders/order.ts";
import { advanceOrder, type OrderEvent } from "../../../../core/orders/order-machine.ts";
import {
	type AttemptEnd,
	acceptedOrder,
	isEnded,
	isSettled,
	type OrderReason,
	type OrderState,
	remainingOf,
} from "../../../../core/orders/order-state.ts";
import {
	attempted,
	filled,
	marketTerms,
	NOON_MICROS,
	orderAfter,
	priceOf,
	proven,
	RESTED,
	reversed,
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
	test("nothing follows an end that no fork can take back", () => {
		const over = orderAfter(termsOf(), RESTED, END);
		const whole = orderAfter(termsOf(), RESTED, attempted(ALL), filled(0, ALL), proven(0));
		for (const state of [over, whole]) {
			expect(isSettled(state)).toBe(true);
			for (const event of [RESTED, TRIGGERED, attempted(1n), filled(0, 1n), CANCEL, END, proven(0), reversed(0)]) {
				refused(state, event);
			}
		}
	});

	test("an attempt while a fork can still take back how the one before ended: it may land a second time", () => {
		const reverted = endedBy(0, { outcome: "reverted", signature: SIGNATURE, slot: 101 });
		for (const end of [filled(0, 5n), reverted]) {
			const resting = orderAfter(termsOf(), RESTED, attempted(5n), end);
			refused(resting, attempted(7n));
			expect(orderAfter(termsOf(), RESTED, attempted(5n), end, proven(0), attempted(7n)).attempts).toBe(2);
		}
		const absent = endedBy(0, { outcome: "notLanded" });
		expect(orderAfter(termsOf(), RESTED, attempted(5n), absent, attempted(7n)).attempts).toBe(2);
	});

	test("proof or reversal of another attempt, of none, of one under way, and twice", () => {
		const once = [RESTED, attempted(5n), filled(0, 5n)];
		for (const event of [proven(1), reversed(1)]) refused(orderAfter(termsOf(), ...once), event);
		for (const event of [proven(0), reversed(0)]) {
			refused(orderAfter(termsOf(), RESTED), event);
			refused(orderAfter(termsOf(), RESTED, attempted(5n)), event);
			refused(orderAfter(termsOf(), ...once, reversed(0)), event);
			refused(orderAfter(termsOf(), ...once, proven(0)), event);
			refused(orderAfter(termsOf(), RESTED, attempted(5n), endedBy(0, { outcome: "notLanded" })), event);
		}
	});

	test("a second attempt while one is under way, and an end before its outcome", () => {
		const working = orderAfter(termsOf(), RESTED, attempted(5n));
		for (const event of [attempted(5n), END, RESTED, TRIGGERED]) refused(working, event);
	});

	test("an attempt of nothing, or of more than is left", () => {
		const resting = orderAfter(termsOf(), RESTED);
		refused(resting, attempted(0n));
		refused(resting, attempted(ALL + 1n));
		refused(orderAfter(termsOf(), RESTED, attempted(5n), filled(0, 5n), proven(0)), attempted(ALL - 4n));
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
		const second = orderAfter(termsOf(), RESTED, attempted(5n), filled(0, 5n), proven(0), attempted(7n));
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
			proven(0),
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
			[{ outcome: "reverted", signature: SIGNATURE, slot: 101 }, "cancelled", "reverted"],
			[{ outcome: "reverted", signature: null, slot: null }, "cancelled", "reverted"],
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
			endedBy(0, { outcome: "reverted", signature: SIGNATURE, slot: 101 }),
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

describe("a fork takes back how an attempt ended", () => {
	const absent = endedBy(0, { outcome: "notLanded" });

	test("a part: the amount is open again, and so is the attempt; then the order goes on with all of it", () => {
		const again = orderAfter(termsOf(), RESTED, attempted(400n), filled(0, 400n, 60n), reversed(0));
		expect(again).toMatchObject({ status: "working", spent: 0n, received: 0n, signatures: [], reversals: 1 });
		expect(again.attempt).toMatchObject({ number: 0, amountIn: 400n, isReopened: true });
		refused(again, attempted(400n));
		const rests = orderAfter(termsOf(), RESTED, attempted(400n), filled(0, 400n, 60n), reversed(0), absent);
		expect(rests).toMatchObject({ status: "resting", spent: 0n, attempts: 1, unproven: null });
	});

	test("a later part: what was proven before stays", () => {
		const parts = [attempted(400n), filled(0, 400n, 60n), proven(0), attempted(100n), filled(1, 100n, 9n)];
		const again = orderAfter(termsOf(), RESTED, ...parts, reversed(1));
		expect(again).toMatchObject({ status: "working", spent: 400n, received: 60n, signatures: [SIGNATURE] });
	});

	test("a whole one that waits for a price is open again, and lands elsewhere with what it did there", () => {
		const whole = orderAfter(termsOf(), RESTED, attempted(ALL), filled(0, ALL, 60n));
		expect([whole.status, isSettled(whole)]).toEqual(["filled", false]);
		const again = orderAfter(termsOf(), RESTED, attempted(ALL), filled(0, ALL, 60n), reversed(0));
		expect(again).toMatchObject({ status: "working", end: null });
		const elsewhere = [reversed(0), filled(0, ALL, 59n), proven(0)];
		expect(orderAfter(termsOf(), RESTED, attempted(ALL), filled(0, ALL, 60n), ...elsewhere)).toMatchObject({
			status: "filled",
			received: 59n,
			signatures: [SIGNATURE],
			reversals: 1,
		});
	});

	test.each(["ioc", "fok"] as const)("%s: its lifetime is over, and it says why", (timeInForce) => {
		const events = [attempted(ALL), filled(0, ALL), reversed(0)];
		const lost = orderAfter(marketTerms({ timeInForce }), ...events, absent);
		expect(lost).toMatchObject({ status: "cancelled", spent: 0n, end: { code: "reversed" }, reversals: 1 });
		const refusedThere = endedBy(0, { outcome: "reverted", signature: SIGNATURE, slot: 103 });
		const reverted = orderAfter(marketTerms({ timeInForce }), ...events, refusedThere);
		expect(reverted).toMatchObject({ status: "cancelled", end: { code: "reversed" } });
	});

	test("what ended it meanwhile ends it again, once the outcome is known", () => {
		const late: OrderEvent = {
			type: "ended",
			status: "expired",
			reason: { code: "timedOut", detail: "1 ms have passed" },
			atMicros: NOON_MICROS + 9,
		};
		for (const [event, status, code] of [
			[END, "cancelled", "cancelledByUser"],
			[late, "expired", "timedOut"],
		] as const) {
			const events = [RESTED, attempted(400n), filled(0, 400n), event, reversed(0)];
			expect(orderAfter(termsOf(), ...events)).toMatchObject({ status: "working", cancelAsked: { code } });
			expect(orderAfter(termsOf(), ...events, absent)).toMatchObject({ status, spent: 0n, end: { code } });
			expect(orderAfter(termsOf(), ...events, filled(0, 400n))).toMatchObject({ status, spent: 400n, end: { code } });
		}
	});

	test("a cancellation holds, asked for before the fill or after it", () => {
		const before = [RESTED, attempted(ALL), CANCEL, filled(0, ALL), reversed(0)];
		const after = [RESTED, attempted(ALL), filled(0, ALL), CANCEL, reversed(0)];
		for (const events of [before, after]) {
			expect(orderAfter(termsOf(), ...events, absent)).toMatchObject({ status: "cancelled", end: WHY });
			refused(orderAfter(termsOf(), ...events), CANCEL);
		}
		refused(orderAfter(termsOf(), RESTED, attempted(ALL), filled(0, ALL), CANCEL), CANCEL);
		refused(orderAfter(marketTerms(), attempted(ALL), filled(0, ALL)), CANCEL);
	});

	test("a revert, which may be a fill elsewhere: failures are what they were", () => {
		const fails = [RESTED, attempted(9n), endedBy(0, { outcome: "notLanded" }), attempted(9n)];
		const reverted = endedBy(1, { outcome: "reverted", signature: SIGNATURE, slot: 101 });
		expect(orderAfter(termsOf(), ...fails, reverted).failures).toBe(2);
		expect(orderAfter(termsOf(), ...fails, reverted, reversed(1))).toMatchObject({ failures: 1, spent: 0n });
		expect(orderAfter(termsOf(), ...fails, filled(1, 9n), reversed(1)).failures).toBe(1);
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
	fc.nat(4).map(proven),
	fc.nat(4).map(reversed),
	fc.constant(CANCEL),
	fc.constant(END),
);

/** What may follow an end: a fork can still open the order again. */
const AFTER_END: readonly OrderEvent["type"][] = ["attemptProven", "attemptReversed", "cancelAsked"];

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
	// One attempt at most can still land or vanish.
	if (state.unproven !== null) expect([attempt, state.unproven.attempt.number]).toEqual([null, state.attempts - 1]);
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
				if (isEnded(state)) expect([isSettled(state), AFTER_END.includes(event.type)]).toEqual([false, true]);
				if (event.type === "attempted") expect(state.unproven).toBeNull();
				if (event.type === "attemptReversed") settledAttempts.delete(event.attempt);
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
