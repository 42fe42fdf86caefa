import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import type { Passage } from "./pool-passages.ts";

/** The worst case of an approved intent: claimed from the limits until the chain has told how it ended. */
export interface Reservation {
	readonly intentId: IntentId;
	readonly strategy: string;
	readonly cycle: string;
	readonly fundingMint: Address;
	/** Base units of {@link fundingMint}. */
	readonly notional: bigint;
	/** What the lender keeps when it lands, base units of {@link fundingMint}. */
	readonly loanFee: bigint;
	/** What an attempt can cost, landed or reverted. */
	readonly maximumFeeLamports: bigint;
	readonly deadlineMicros: number;
	/** The intent's only transaction is refused by the chain beyond this block height. */
	readonly lastValidBlockHeight: number;
	readonly riskEpoch: number;
	readonly approvedAtMicros: number;
	/** What it pays a leader when it lands. Absent: nothing. */
	readonly tipLamports?: bigint;
	/** {@link notional} is taken from the wallet's holdings, not borrowed. Absent: a loan pays. */
	readonly isFromHoldings?: boolean;
	/** What a swap from holdings is expected to bring. */
	readonly receives?: { readonly mint: Address; readonly amount: bigint };
	/** What a swap from holdings can lose by its guard, besides fee and tip; base units of {@link fundingMint}. */
	readonly lossAtStake?: bigint;
	/** Of a swap from holdings: the mints that count as cash. */
	readonly cash?: readonly Address[];
	/** What a cycle's guard covers of fees and tip, base units of {@link fundingMint}. Absent: nothing. */
	readonly networkCost?: bigint;
	/** The pools it goes through, and the newest slot when it was approved. */
	readonly passages?: readonly Passage[];
	readonly slot?: number;
}
