import { rankLenders } from "../../execution/choose-lender.ts";
import type { FlashLender } from "../../execution/flash-loan.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { Address } from "../../types/address.ts";
import { SolPricing } from "../network-cost.ts";
import { largestLoan } from "./size.ts";

/** What may be borrowed in one mint, and what it must bring. Base units. */
export interface FundingTerms {
	readonly minimumProfit: bigint;
	readonly maximumAmount: bigint;
}

/** What a funding mint's routes have in common. */
export interface Funding {
	readonly mint: Address;
	readonly terms: FundingTerms;
	readonly pricing: SolPricing;
	/** Not empty; the best first. */
	readonly lenders: readonly FlashLender[];
	/** What the screens need of them, in doubles: the least that one asks, the most that one has. */
	readonly repayShare: number;
	readonly maximumAmount: number;
}

/** By mint that may fund, and that somebody lends. */
export function fundingsOf(
	terms: ReadonlyMap<Address, FundingTerms>,
	lenders: readonly FlashLender[],
	rows: readonly PoolRow[],
): ReadonlyMap<Address, Funding> {
	const fundings = new Map<Address, Funding>();
	for (const [mint, own] of terms) {
		const ranked = rankLenders(lenders, { mint, amount: own.maximumAmount });
		if (ranked.length === 0) continue;
		const fees = ranked.map(({ feeNumerator, feeDenominator }) => Number(feeNumerator) / Number(feeDenominator));
		const loans = ranked.map((lender) => Number(largestLoan(lender, own.maximumAmount)));
		fundings.set(mint, {
			mint,
			terms: own,
			pricing: new SolPricing(mint, rows),
			lenders: ranked,
			repayShare: 1 + Math.min(...fees),
			maximumAmount: Math.max(...loans),
		});
	}
	return fundings;
}
