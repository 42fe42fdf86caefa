import type { DenyCode } from "../risk/deny-code.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import type { OrderTerms } from "./order.ts";

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
	"reversed",
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
	/** A fork took back how it had ended: it may land again, in another block. */
	readonly isReopened?: true;
}

/**
 * How an attempt ended. `filled` and `reverted` are the chain's word, at commitment `confirmed`; `notLanded` is proven
 * absence; `denied` never left: risk refused it, or nobody was there to take it, or it was called back.
 */
export type AttemptEnd =
	| {
			readonly outcome: "filled";
			readonly spent: bigint;
			readonly received: bigint;
			readonly signature: Signature;
			/** Of its block. */
			readonly slot: number;
	  }
	/** Null: not told. */
	| { readonly outcome: "reverted"; readonly signature: Signature | null; readonly slot: number | null }
	| { readonly outcome: "notLanded" }
	| { readonly outcome: "denied"; readonly code: DenyCode | null; readonly detail: string };

/** The ends of an attempt that are in a block. */
export type LandedEnd = Extract<AttemptEnd, { readonly outcome: "filled" | "reverted" }>;

/** An attempt whose end is in a confirmed block that a fork can still drop, and what the order was before that end. */
export interface UnprovenAttempt {
	readonly attempt: OrderAttempt;
	readonly end: LandedEnd;
	readonly failures: number;
	readonly cancelAsked: OrderReason | null;
}

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
	/**
	 * The newest attempt, while a fork can still take back how it ended: counted above, and no other attempt begins. Orders
	 * that ended have it too. Null: what is counted is final.
	 */
	readonly unproven: UnprovenAttempt | null;
	/** How often a fork took back how an attempt had ended. */
	readonly reversals: number;
	/** Transactions that filled it, oldest first. */
	readonly signatures: readonly Signature[];
	readonly triggeredAtMicros: number | null;
	/** Asked to end while an attempt was under way: its outcome decides first. */
	readonly cancelAsked: OrderReason | null;
	readonly end: (OrderReason & { readonly atMicros: number }) | null;
}

/** What is left to give. */
export function remainingOf({ terms, spent }: Pick<OrderState, "terms" | "spent">): bigint {
	return terms.amount - spent;
}

/** Whether an order has ended. */
export function isEnded({ status }: Pick<OrderState, "status">): boolean {
	return status === "filled" || status === "cancelled" || status === "expired" || status === "rejected";
}

/** Whether nothing can become of an order any more: it has ended, and no fork can open it again. */
export function isSettled(state: Pick<OrderState, "status" | "unproven">): boolean {
	return isEnded(state) && state.unproven === null;
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
		unproven: null,
		reversals: 0,
		signatures: [],
		triggeredAtMicros: null,
		cancelAsked: null,
		end: null,
	};
}
