import { failure, type Result, success } from "../types/result.ts";
import { attemptIntentId, isImmediate } from "./order.ts";
import {
	type AttemptEnd,
	isEnded,
	type OrderAttempt,
	type OrderEnding,
	type OrderReason,
	type OrderState,
	remainingOf,
} from "./order-state.ts";

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
	/** The newest attempt's end is in a block that no fork can drop. */
	| { readonly type: "attemptProven"; readonly attempt: number; readonly atMicros: number }
	/** A fork dropped the block of the newest attempt's end: it is open again, and so is the order, whatever it was. */
	| { readonly type: "attemptReversed"; readonly attempt: number; readonly atMicros: number }
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
		case "attemptProven":
			return proveAttempt(state, event);
		case "attemptReversed":
			return reverseAttempt(state, event);
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
	// A fork may open the one before again: two could then land for one amount.
	if (!isFree || awaitsStop || state.unproven !== null) return illegal(state, event);
	if (amountIn < 1n || amountIn > remainingOf(state)) return illegal(state, event);
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
	const { attempt, failures, cancelAsked } = state;
	if (state.status !== "working" || attempt === null || attempt.number !== event.attempt) return illegal(state, event);
	const { end: outcome, atMicros } = event;
	const isLanded = outcome.outcome === "filled" || outcome.outcome === "reverted";
	const unproven = isLanded ? { attempt, end: outcome, failures, cancelAsked } : null;
	if (outcome.outcome === "filled") {
		if (outcome.spent < 1n || outcome.spent > attempt.amountIn || outcome.received < 1n) return illegal(state, event);
		const filled: OrderState = {
			...state,
			attempt: null,
			unproven,
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
	const freed = { ...state, attempt: null, unproven, failures: failures + (isCostly ? 1 : 0) };
	return success(afterAttempt(freed, reasonOf(outcome, attempt), atMicros));
}

function proveAttempt(state: OrderState, event: EventOf<"attemptProven">): Advanced {
	if (state.unproven?.attempt.number !== event.attempt) return illegal(state, event);
	return success({ ...state, unproven: null });
}

/** The order is as it was while the attempt was under way; what ended it since then counts again when it has ended. */
function reverseAttempt(state: OrderState, event: EventOf<"attemptReversed">): Advanced {
	const { unproven, spent, received, signatures } = state;
	if (unproven?.attempt.number !== event.attempt) return illegal(state, event);
	const { attempt, end, failures, cancelAsked } = unproven;
	const isFilled = end.outcome === "filled";
	return success({
		...state,
		status: "working",
		spent: isFilled ? spent - end.spent : spent,
		received: isFilled ? received - end.received : received,
		signatures: isFilled ? signatures.slice(0, -1) : signatures,
		failures,
		attempt: { ...attempt, isReopened: true },
		unproven: null,
		reversals: state.reversals + 1,
		cancelAsked: cancelAsked ?? endedMeanwhile(state),
		end: null,
	});
}

/** What ended a waiting order after its attempt, by somebody's wish or by time; null when the attempt itself did. */
function endedMeanwhile({ status, terms, end }: OrderState): OrderReason | null {
	if (end === null || status === "filled" || isImmediate(terms)) return null;
	return { code: end.code, detail: end.detail };
}

/** Something is left: an order for now alone ends, one that was asked to end does so, any other waits on. */
function afterAttempt(state: OrderState, reason: OrderReason, atMicros: number): OrderState {
	const { cancelAsked } = state;
	if (cancelAsked !== null) {
		const isTime = cancelAsked.code === "timedOut" || cancelAsked.code === "dayEnded";
		return ended(state, isTime ? "expired" : "cancelled", cancelAsked, atMicros);
	}
	if (isImmediate(state.terms))
		return ended(state, reason.code === "denied" ? "rejected" : "cancelled", reason, atMicros);
	return { ...state, status: state.triggeredAtMicros === null ? "resting" : "triggered" };
}

function reasonOf(
	outcome: Exclude<AttemptEnd, { readonly outcome: "filled" }>,
	{ isReopened }: OrderAttempt,
): OrderReason {
	switch (outcome.outcome) {
		case "reverted": {
			const detail = `the chain refused the price: ${outcome.signature ?? "signature not known"}`;
			return { code: isReopened ? "reversed" : "reverted", detail };
		}
		case "notLanded":
			if (isReopened) return { code: "reversed", detail: "a fork dropped its block, and it is in no other one" };
			return { code: "notLanded", detail: "the transaction did not reach the chain in its time" };
		case "denied":
			return { code: "denied", detail: outcome.code === null ? outcome.detail : `${outcome.code}: ${outcome.detail}` };
	}
}

/** Of what is under way, or of what a fork may open again: it ends then, too, and trades no more. */
function askCancel(state: OrderState, event: EventOf<"cancelAsked">): Advanced {
	const { status, terms, unproven } = state;
	if (status === "working" && state.cancelAsked === null) return success({ ...state, cancelAsked: event.reason });
	const mayWait = status === "filled" && !isImmediate(terms);
	if (!mayWait || unproven === null || unproven.cancelAsked !== null) return illegal(state, event);
	return success({ ...state, unproven: { ...unproven, cancelAsked: event.reason } });
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
