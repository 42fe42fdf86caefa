import type { SwapLeg } from "../strategy/order-intent.ts";
import type { IntentProposal } from "../strategy/strategy.ts";
import type { IntentId } from "../types/identifiers.ts";
import { mintGiven, type OrderTerms } from "./order.ts";
import type { OrderPayment } from "./order-payment.ts";
import type { Trade } from "./order-plan.ts";

/** Name of orders in their intents, where a strategy's would stand. */
export const ORDER_STRATEGY = "order";

export interface OrderProposalParts {
	readonly intentId: IntentId;
	readonly terms: OrderTerms;
	readonly trade: Trade;
	readonly payment: OrderPayment;
	/** Slot up to which the book's rows are vouched for. */
	readonly slot: number;
}

/**
 * The intent of one attempt: it spends inventory, and its last swap refuses to give less than the order's minimum. Each
 * swap before must give exactly its quote, because the next one spends it.
 */
export function proposeOrder({ intentId, terms, trade, payment, slot }: OrderProposalParts): IntentProposal {
	const { fee, tip } = payment;
	const { route, amountIn, outputs } = trade.quote;
	const last = route.length - 1;
	const legs = route.map(({ row, direction, mintIn, mintOut }, at): SwapLeg => {
		const output = outputs[at] as bigint;
		return {
			pool: row.pool.address,
			venue: row.pool.venue,
			direction,
			mintIn,
			mintOut,
			amountIn: at === 0 ? amountIn : (outputs[at - 1] as bigint),
			minimumAmountOut: at === last ? trade.minimumAmountOut : output,
			expectedAmountOut: output,
			observedSlot: slot,
			arrays: trade.quote.arrays[at] as readonly number[],
		};
	});
	return {
		intentId,
		strategy: ORDER_STRATEGY,
		cycle: `order ${terms.orderId}`,
		fundingMint: mintGiven(terms),
		loan: null,
		legs,
		expectedNetProfit: 0n,
		minimumProfit: 0n,
		networkCost: 0n,
		computeUnitLimit: fee.computeUnitLimit,
		computeUnitPriceMicroLamports: fee.computeUnitPriceMicroLamports,
		maximumFeeLamports: fee.feeLamports,
		tip,
		triggerSlot: slot,
	};
}
