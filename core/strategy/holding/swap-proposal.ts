import type { OrderPayment } from "../../orders/order-payment.ts";
import type { RouteQuote } from "../../orders/order-route.ts";
import type { IntentId } from "../../types/identifiers.ts";
import type { SwapLeg } from "../order-intent.ts";
import type { IntentProposal } from "../strategy.ts";

export interface SwapProposalParts {
	readonly intentId: IntentId;
	readonly strategy: string;
	/** See {@link IntentProposal}. */
	readonly cycle: string;
	readonly quote: RouteQuote;
	/** How much less than its quote the swap may bring. */
	readonly slippageBps: number;
	readonly payment: OrderPayment;
	/** Slot up to which the book's rows are vouched for. */
	readonly slot: number;
}

const BASIS_POINTS = 10_000n;

/**
 * The intent of a swap from holdings: it spends exactly its quote's input, and its last leg refuses to bring less than
 * the slippage allows. Each leg before must give exactly its quote, because the next one spends it.
 */
export function proposeSwap(parts: SwapProposalParts): IntentProposal {
	const { quote, payment, slot } = parts;
	const { fee, tip } = payment;
	const last = quote.route.length - 1;
	const legs = quote.route.map(({ row, direction, mintIn, mintOut }, at): SwapLeg => {
		const output = quote.outputs[at] as bigint;
		return {
			pool: row.pool.address,
			venue: row.pool.venue,
			direction,
			mintIn,
			mintOut,
			amountIn: at === 0 ? quote.amountIn : (quote.outputs[at - 1] as bigint),
			minimumAmountOut: at === last ? leastOutput(output, parts.slippageBps) : output,
			expectedAmountOut: output,
			observedSlot: slot,
			arrays: quote.arrays[at] as readonly number[],
		};
	});
	return {
		intentId: parts.intentId,
		strategy: parts.strategy,
		cycle: parts.cycle,
		fundingMint: (legs[0] as SwapLeg).mintIn,
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

/** Rounded up, so that no unit more than allowed is given away; a quote is at least one unit. */
function leastOutput(amountOut: bigint, slippageBps: number): bigint {
	return (amountOut * (BASIS_POINTS - BigInt(slippageBps)) + BASIS_POINTS - 1n) / BASIS_POINTS;
}
