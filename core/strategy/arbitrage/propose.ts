import type { FeeQuote } from "../../execution/fee-policy.ts";
import type { FlashLender } from "../../execution/flash-loan.ts";
import type { Cycle } from "../../market/cycle.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { IntentId } from "../../types/identifiers.ts";
import type { SwapLeg } from "../order-intent.ts";
import type { IntentProposal } from "../strategy.ts";
import type { Payment } from "./pay.ts";
import type { Size } from "./size.ts";

export interface ProposalParts {
	readonly intentId: IntentId;
	readonly strategy: string;
	readonly cycle: Cycle;
	/** By leg. */
	readonly rows: readonly PoolRow[];
	readonly lender: FlashLender;
	readonly size: Size;
	/** Base units of the funding mint. */
	readonly minimumProfit: bigint;
	readonly payment: Payment;
	readonly fee: FeeQuote;
	/** Slot up to which the book's rows are vouched for. */
	readonly slot: number;
}

/**
 * The intent of a sized cycle. Each leg but the last must give exactly its quote, because the next one spends it; the
 * last must repay the loan and leave costs and minimum profit.
 */
export function propose(parts: ProposalParts): IntentProposal {
	const { cycle, size, lender, fee, minimumProfit } = parts;
	const { networkCost, netProfit, tip } = parts.payment;
	const guard = size.amount + size.loanFee + networkCost + minimumProfit;
	const last = cycle.legs.length - 1;
	const legs = cycle.legs.map(({ direction, mintIn, mintOut }, at): SwapLeg => {
		const { pool } = parts.rows[at] as PoolRow;
		const output = size.outputs[at] as bigint;
		return {
			pool: pool.address,
			venue: pool.venue,
			direction,
			mintIn,
			mintOut,
			amountIn: at === 0 ? size.amount : (size.outputs[at - 1] as bigint),
			minimumAmountOut: at === last ? guard : output,
			expectedAmountOut: output,
			observedSlot: parts.slot,
			arrays: size.arrays[at] as readonly number[],
		};
	});
	return {
		intentId: parts.intentId,
		strategy: parts.strategy,
		cycle: cycle.name,
		fundingMint: cycle.fundingMint,
		loan: { reserve: lender.reserve, amount: size.amount, fee: size.loanFee },
		legs,
		expectedNetProfit: netProfit,
		minimumProfit,
		networkCost,
		computeUnitLimit: fee.computeUnitLimit,
		computeUnitPriceMicroLamports: fee.computeUnitPriceMicroLamports,
		maximumFeeLamports: fee.feeLamports,
		tip,
		triggerSlot: parts.slot,
	};
}
