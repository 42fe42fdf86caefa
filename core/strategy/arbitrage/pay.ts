import type { FeeQuote } from "../../execution/fee-policy.ts";
import { type TipTerms, tipAccountOf, tipLamports } from "../../execution/tip.ts";
import type { Cycle } from "../../market/cycle.ts";
import { priceLamports, type SolPrice } from "../network-cost.ts";
import type { Tip } from "../order-intent.ts";
import type { Size } from "./size.ts";

export interface PaymentParts {
	readonly cycle: Pick<Cycle, "name">;
	/** Sized with {@link networkCost}. */
	readonly size: Pick<Size, "netProfit">;
	readonly fee: FeeQuote;
	readonly price: SolPrice;
	/** The fee in base units of the funding mint. */
	readonly networkCost: bigint;
	/** Base units of the funding mint. */
	readonly minimumProfit: bigint;
	/** Null: no tips. */
	readonly terms: TipTerms | null;
}

/** What is paid for a trade, and what it then gains. Base units of the funding mint, the tip itself in lamports. */
export interface Payment {
	readonly networkCost: bigint;
	readonly netProfit: bigint;
	readonly tip: Tip | null;
}

/** Null when the trade is not worth its least profit after all that it has to pay. */
export function payFor(parts: PaymentParts): Payment | null {
	const { cycle, size, fee, price, networkCost, terms } = parts;
	const leastProfit = parts.minimumProfit > 1n ? parts.minimumProfit : 1n;
	if (size.netProfit < leastProfit) return null;
	if (terms === null) return { networkCost, netProfit: size.netProfit, tip: null };
	const beforeCosts = size.netProfit + networkCost;
	// Rounded down: so many lamports cost no more than what is there above the least profit.
	const payable = ((beforeCosts - leastProfit) * price.lamports) / price.amount;
	const lamports = tipLamports(terms, {
		profitLamports: (size.netProfit * price.lamports) / price.amount,
		roomLamports: payable - fee.feeLamports,
	});
	if (lamports === null) return null;
	const cost = priceLamports(fee.feeLamports + lamports, price);
	const tip = { account: tipAccountOf(cycle.name, terms.accounts), lamports };
	return { networkCost: cost, netProfit: beforeCosts - cost, tip };
}
