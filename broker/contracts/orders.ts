import type { FlashCycleCode } from "../../core/orders/flash-cycle.ts";
import type { OrderId, OrderType, TimeInForce } from "../../core/orders/order.ts";
import type { OrderEndCode, OrderStatus } from "../../core/orders/order-state.ts";
import type { OrderSide } from "../../core/orders/price.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { Position, Verdict } from "./risk.ts";

/** An order as it stands. Amounts in base units, times in microseconds since the Unix epoch. */
export interface OrderView {
	readonly orderId: OrderId;
	readonly clientOrderId: string | null;
	readonly side: OrderSide;
	readonly type: OrderType;
	readonly timeInForce: TimeInForce;
	readonly baseMint: Address;
	readonly quoteMint: Address;
	/** What is given at most: quote mint when buying, base mint when selling. */
	readonly amount: bigint;
	/** Whole quote for one whole base, as they were written. */
	readonly limitPrice: string | null;
	readonly stopPrice: string | null;
	readonly slippageBps: number;
	readonly timeoutMs: number | null;
	readonly status: OrderStatus;
	/** Given and taken so far, by the chain's balances. */
	readonly spent: bigint;
	readonly received: bigint;
	readonly attempts: number;
	/** The attempt that is under way, or null. */
	readonly intentId: IntentId | null;
	/** Ends as soon as the attempt under way has ended, or one that a fork opens again. */
	readonly cancelling: boolean;
	/**
	 * False while the newest attempt's end is in a block that a fork can still drop: what it gave and took is counted, no
	 * other attempt begins, and an order that shows as ended may be `working` again.
	 */
	readonly isFinal: boolean;
	/** How often a fork took back how an attempt had ended. */
	readonly reversals: number;
	/** Transactions that filled it, oldest first. */
	readonly signatures: readonly Signature[];
	readonly acceptedAtMicros: number;
	readonly expiresAtMicros: number | null;
	readonly triggeredAtMicros: number | null;
	readonly end: { readonly code: OrderEndCode; readonly detail: string; readonly atMicros: number } | null;
}

/** Why the desk does not take what it is asked for. Closed. */
export const ORDER_REFUSAL_CODES = [
	"malformedOrder",
	"unknownMint",
	"clientOrderIdTaken",
	"tooManyOrders",
	"tradingHalted",
	"marketUnavailable",
	"noRoute",
	"insufficientFunds",
	"journalUnavailable",
	"notFound",
	"alreadyEnded",
] as const;

export type OrderRefusalCode = (typeof ORDER_REFUSAL_CODES)[number];

export interface OrderRefusal {
	readonly status: "refused";
	readonly code: OrderRefusalCode;
	/** One sentence that names the field or the fix. */
	readonly detail: string;
}

/** `repeated`: the caller's own id was known, with the same request; nothing new was made. */
export type SubmitOrderAnswer =
	| { readonly status: "accepted"; readonly repeated: boolean; readonly order: OrderView }
	| OrderRefusal;

/** `cancelling`: an attempt is under way, and its outcome decides how much was filled. */
export type CancelOrderAnswer =
	| { readonly status: "cancelled" | "cancelling"; readonly order: OrderView }
	| OrderRefusal;

export type FlashLoanArbitrageAnswer =
	| {
			readonly status: "submitted";
			readonly intentId: IntentId;
			readonly expectedNetProfit: bigint;
			readonly verdict: Verdict;
	  }
	| { readonly status: "refused"; readonly code: FlashCycleCode | "tradingHalted"; readonly detail: string };

export interface EmergencyStopAnswer {
	/** The latched record; null when risk did not answer: then `problem` says why, and orders are cancelled all the same. */
	readonly tradingState: TradingStateRecord | null;
	readonly problem: string | null;
	/** Orders that ended, and those that end with the attempt under way. */
	readonly cancelled: number;
	readonly cancelling: number;
}

export interface OrderDeskStatus {
	/** The node that holds the orders. */
	readonly node: string;
	readonly open: number;
	/** Orders whose newest attempt is not final yet, ended ones among them. */
	readonly unproven: number;
	/** Ends of attempts that forks took back since the desk started. */
	readonly reversals: number;
	readonly kept: number;
	readonly accepted: number;
	readonly refused: Readonly<Partial<Record<OrderRefusalCode, number>>>;
	readonly attempts: number;
	/** Why no order is tried now, or null. */
	readonly waitingFor: string | null;
}

export interface OrderActions {
	/** Takes an order request, see `core/orders/order-shape.ts`. Answers when the order is durable, not when it is filled. */
	"orders.submit": { params: object; result: SubmitOrderAnswer };
	"orders.cancel": { params: { readonly orderId: string }; result: CancelOrderAnswer };
	/** Newest first. `state`: open, ended, or one status. */
	"orders.list": { params: { readonly state?: string; readonly limit?: number }; result: readonly OrderView[] };
	"orders.get": { params: { readonly orderId: string }; result: OrderView | null };
	/** Sends one loan-funded cycle through risk, see `core/orders/flash-cycle.ts`. */
	"orders.submitFlashLoanArbitrage": { params: object; result: FlashLoanArbitrageAnswer };
	"orders.positions": { params: undefined; result: readonly Position[] };
	/** Halts trading and cancels every order, durably. */
	"orders.emergencyStop": {
		params: { readonly by: string; readonly reason: string };
		result: EmergencyStopAnswer;
	};
	"orders.status": { params: undefined; result: OrderDeskStatus };
}

export interface OrderEvents {
	/** For screens; the desk's journal decides. */
	"orders.order.changed": OrderView;
}
