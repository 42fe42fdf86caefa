import type { OrderView } from "../../../broker/contracts/orders.ts";
import type { OrderState } from "../../../core/orders/order-state.ts";

/** An order as others see it. */
export function viewOf(order: OrderState): OrderView {
	const { terms } = order;
	return {
		orderId: terms.orderId,
		clientOrderId: terms.clientOrderId,
		side: terms.side,
		type: terms.type,
		timeInForce: terms.timeInForce,
		baseMint: terms.baseMint,
		quoteMint: terms.quoteMint,
		amount: terms.amount,
		limitPrice: terms.limitPrice?.text ?? null,
		stopPrice: terms.stopPrice?.text ?? null,
		slippageBps: terms.slippageBps,
		timeoutMs: terms.timeoutMs,
		status: order.status,
		spent: order.spent,
		received: order.received,
		attempts: order.attempts,
		intentId: order.attempt?.intentId ?? null,
		cancelling: (order.cancelAsked ?? order.unproven?.cancelAsked ?? null) !== null,
		isFinal: order.unproven === null,
		reversals: order.reversals,
		signatures: order.signatures,
		acceptedAtMicros: terms.acceptedAtMicros,
		expiresAtMicros: terms.expiresAtMicros,
		triggeredAtMicros: order.triggeredAtMicros,
		end: order.end,
	};
}
