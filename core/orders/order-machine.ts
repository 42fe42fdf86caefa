import type { DenyCode } from "../risk/deny-code.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import { failure, type Result, success } from "../types/result.ts";
import { attemptIntentId, isImmediate, type OrderTerms } from "./order.ts";

/**
 * Where an order stands. `accepted`: it is durable. `resting`: it waits for its price, its stop or a better moment.
 * `triggered`: its stop was reached; from here on it is a market or limit order. `working`: an attempt is under way. The
 * others are ends. An order that was filled in part is one of these with something spent.
 */
export const ORDER_STATUSES = [
	"accepted",
	"resting",
	"triggered",
	"working",
	"filled",
	"cancelled",
	"expired",
	"rejected",
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The statuses that end an order. */
export type OrderEnding = Extract<OrderStatus, "filled" | "cancelled" | "expired" | "rejected">;

/** Why an order ended. */
export const ORDER_END_CODES = [
	"filled",
	"cancelledByUser",
	"emergencyStop",
	"remainderCancelled",
	"priceNotMet",
	"noRoute",
	"marketUnavailable",
	"insufficientFunds",
	"timedOut",
	"dayEnded",
	"denied",
	"reverted",
	"notLanded",
	"tooManyAttempts",
	"deskStopped",
] as const;

export type OrderEndCode = (typeof ORDER_END_CODES)[number];

/** Why, as a code and a sentence. */
export interface OrderReason {
	readonly code: OrderEndCode;
	readonly detail: string;
}

/** The one attempt that may be under way. */
export interface OrderAttempt {
	readonly number: number;
	readonly intentId: IntentId;
	/** Base units of the mint given. */
	readonly amountIn: bigint;
	/** After this moment nobody approves or signs it: microseconds since the Unix epoch. */
	readonly deadlineMicros: number;
	readonly atMicros: number;
	/** It can be in no earlier slot. Absent in attempts of versions that did not note it. */
	readonly slot?: number;
}

/**
 * How an attempt ended. `filled` and `reverted` are the chain's word; `notLanded` is proven absence; `denied` never left:
 * risk refused it, or nobody was there to take it, or it was called back.
 */
export type AttemptEnd =
	| {
			readonly outcome: "filled";
			readonly spent: bigint;
			readonly received: bigint;
			readonly signature: Signature;
	  }
	| { readonly outcome: "reverted"; readonly signature: Signature | null }
	| { readonly outcome: "notLanded" }
	| { readonly outcome: "denied"; readonly code: DenyCode | null; readonly detail: string };

/** An order with everything that has become of it. */
export interface OrderState {
	readonly terms: OrderTerms;
	readonly status: OrderStatus;
	/** Base units of the mint given and of the mint taken, by the chain's balances. */
	readonly spent: bigint;
	readonly received: bigint;
	/** Attempts begun so far: the next one's number. */
	readonly attempts: number;
	/** Attempts in a row that reverted or did not land. */
	readonly failures: number;
	readonly attempt: OrderAttempt | null;
	/** Transactions that filled it, oldest first. */
	readonly signatures: readonly Signature[];
	readonly triggeredAtMicros: number | null;
	/** Asked to end while an attempt was under way: its outcome decides first. */
	readonly cancelAsked: OrderReason | null;
	readonly end: (OrderReason & { readonly atMicros: number }) | null;
}

/** What can happen to an order. Each is one record of its journal. Times are microseconds since the Unix epoch. */
export type OrderEvent =
	| { readonly type: "rested"; readonly atMicros: number }
	| { readonly type: "triggered"; readonly atMicros: number }
	| {
			readonly type: "attempted";
			readonly amountIn: bigint;
			readonly deadlineMicros: number;
			readonly atMicros: number;
			readonly slot?: number;
	  }
	| { readonly type: "attemptEnded"; readonly attempt: number; readonly end: AttemptEnd; readonly atMicros: number }
	| { readonly type: "cancelAsked"; readonly reason: OrderReason; readonly atMicros: number }
	| {
			readonly type: "ended";
			readonly status: Exclude<OrderEnding, "filled">;
			readonly reason: OrderReason;
			readonly atMicros: number;
	  };

/** An event that cannot follow, in one sentence. */
export interface IllegalTransition {
	readonly code: "illegalTransition";
	readonly detail: string;
}

type Advanced = Result<OrderState, IllegalTransition>;

/** What is left to give. */
export function remainingOf({ terms, spent }: Pick<OrderState, "terms" | "spent">): bigint {
	return terms.amount - spent;
}

/** Whether an order has ended. */
export function isEnded({ status }: Pick<OrderState, "status">): boolean {
	return status === "filled" || status === "cancelled" || status === "expired" || status === "rejected";
}

/** A new order. */
export function acceptedOrder(terms: OrderTerms): OrderState {
	return {
		terms,
		status: "accepted",
		spent: 0n,
		received: 0n,
		attempts: 0,
		failures: 0,
		attempt: null,
		signatures: [],
		triggeredAtMicros: null,
		cancelAsked: null,
		end: null,
	};
}

/**
 * The order after an event, or why the event cannot follow. The same events give the same order: what follows from an
 * attempt's end is decided here and nowhere else.
 */
export function advanceOrder(state: OrderState, event: OrderEvent): Advanced {
	switch (event.type) {
		case "rested":
			return rest(state, event);
		case "triggered":
			return trigger(state, event);
		case "attempted":
			return beginAttempt(state, event);
		case "attemptEnded":
			return endAttempt(state, event);
		case "cancelAsked":
			return askCancel(state, event);
		case "ended":
			return end(state, event);
		default:
			return illegal(state, event satisfies never);
	}
}

type EventOf<T extends OrderEvent["type"]> = Extract<OrderEvent, { readonly type: T }>;

function rest(state: OrderState, event: EventOf<"rested">): Advanced {
	if (state.status !== "accepted" || isImmediate(state.terms)) return illegal(state, event);
	return success({ ...state, status: "resting" });
}

function trigger(state: OrderState, event: EventOf<"triggered">): Advanced {
	const waits = state.status === "accepted" || state.status === "resting";
	if (!waits || state.terms.stopPrice === null) return illegal(state, event);
	return success({ ...state, status: "triggered", triggeredAtMicros: event.atMicros });
}

function beginAttempt(state: OrderState, event: EventOf<"attempted">): Advanced {
	const { terms, status, attempts } = state;
	const { amountIn, deadlineMicros, atMicros, slot } = event;
	const isFree = status === "accepted" || status === "resting" || status === "triggered";
	const awaitsStop = terms.stopPrice !== null && state.triggeredAtMicros === null;
	if (!isFree || awaitsStop || amountIn < 1n || amountIn > remainingOf(state)) return illegal(state, event);
	if (terms.timeInForce === "fok" && amountIn !== terms.amount) return illegal(state, event);
	if (terms.expiresAtMicros !== null && atMicros >= terms.expiresAtMicros) return illegal(state, event);
	const attempt = {
		number: attempts,
		intentId: attemptIntentId(terms.orderId, attempts),
		amountIn,
		deadlineMicros,
		atMicros,
		...(slot !== undefined && { slot }),
	};
	return success({ ...state, status: "working", attempts: attempts + 1, attempt });
}

function endAttempt(state: OrderState, event: EventOf<"attemptEnded">): Advanced {
	const { attempt } = state;
	if (state.status !== "working" || attempt === null || attempt.number !== event.attempt) return illegal(state, event);
	const { end: outcome, atMicros } = event;
	if (outcome.outcome === "filled") {
		if (outcome.spent < 1n || outcome.spent > attempt.amountIn || outcome.received < 1n) return illegal(state, event);
		const filled: OrderState = {
			...state,
			attempt: null,
			spent: state.spent + outcome.spent,
			received: state.received + outcome.received,
			failures: 0,
			signatures: [...state.signatures, outcome.signature],
		};
		if (remainingOf(filled) === 0n)
			return success(ended(filled, "filled", { code: "filled", detail: "whole" }, atMicros));
		const detail = `${remainingOf(filled)} of ${filled.terms.amount} did not fit the price`;
		return success(afterAttempt(filled, { code: "remainderCancelled", detail }, atMicros));
	}
	const isCostly = outcome.outcome !== "denied";
	const freed = { ...state, attempt: null, failures: state.failures + (isCostly ? 1 : 0) };
	return success(afterAttempt(freed, reasonOf(outcome), atMicros));
}

/** Something is left: an order for now alone ends, one that was asked to end does so, any other waits on. */
function afterAttempt(state: OrderState, reason: OrderReason, atMicros: number): OrderState {
	if (state.cancelAsked !== null) return ended(state, "cancelled", state.cancelAsked, atMicros);
	if (isImmediate(state.terms))
		return ended(state, reason.code === "denied" ? "rejected" : "cancelled", reason, atMicros);
	return { ...state, status: state.triggeredAtMicros === null ? "resting" : "triggered" };
}

function reasonOf(outcome: Exclude<AttemptEnd, { readonly outcome: "filled" }>): OrderReason {
	switch (outcome.outcome) {
		case "reverted":
			return { code: "reverted", detail: `the chain refused the price: ${outcome.signature ?? "signature not known"}` };
		case "notLanded":
			return { code: "notLanded", detail: "the transaction did not reach the chain in its time" };
		case "denied":
			return { code: "denied", detail: outcome.code === null ? outcome.detail : `${outcome.code}: ${outcome.detail}` };
	}
}

function askCancel(state: OrderState, event: EventOf<"cancelAsked">): Advanced {
	if (state.status !== "working" || state.cancelAsked !== null) return illegal(state, event);
	return success({ ...state, cancelAsked: event.reason });
}

function end(state: OrderState, event: EventOf<"ended">): Advanced {
	if (state.status === "working" || isEnded(state)) return illegal(state, event);
	return success(ended(state, event.status, event.reason, event.atMicros));
}

function ended(state: OrderState, status: OrderEnding, reason: OrderReason, atMicros: number): OrderState {
	return { ...state, status, cancelAsked: null, end: { ...reason, atMicros } };
}

function illegal({ terms, status }: OrderState, { type }: OrderEvent): Advanced {
	return failure({ code: "illegalTransition", detail: `order ${terms.orderId} is ${status}: ${type} cannot follow` });
}
