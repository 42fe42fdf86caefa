import type { Address } from "../types/address.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import type { StageTimings } from "./stage-timings.ts";

/**
 * The states of a submission. A transaction that is included is `seen` while its block is only processed; once that is
 * confirmed it is `landed` or `reverted`, with and without success, and settled; `finalized` says that no fork can take
 * it back. `expired` is proven absence after the blockhash died; `unknown` is everything not proven.
 */
export const SUBMISSION_STATES = [
	"approved",
	"claimed",
	"signed",
	"sent",
	"seen",
	"landed",
	"reverted",
	"finalized",
	"expired",
	"unknown",
] as const;

export type SubmissionState = (typeof SUBMISSION_STATES)[number];

/** How a submission can end. */
export type SubmissionOutcome = Extract<SubmissionState, "landed" | "reverted" | "expired">;

/** Why an executor does not take an intent. Nothing of it has left the process, and nothing will. */
export const REFUSAL_CODES = [
	"notApproved",
	"staleEpoch",
	"leaseLapsed",
	"tradingHalted",
	"notArmed",
	"policyViolation",
	"deadlinePassed",
	"wrongWallet",
	"unknownPool",
	"unknownReserve",
	"unusableLookupTable",
	"malformedIntent",
	"transactionTooLarge",
	"journalUnavailable",
	"recovering",
	"atCapacity",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What one leg moved, read from the pool's vaults. Base units. */
export interface FillLeg {
	readonly pool: Address;
	readonly mintIn: Address;
	readonly mintOut: Address;
	readonly amountIn: bigint;
	readonly amountOut: bigint;
}

/** A wallet's change of one mint by one transaction, signed, base units. */
export interface BalanceChange {
	readonly mint: Address;
	/** By swaps and transfers, before loan fee, network fee and tip: what the trade itself gave or took. */
	readonly fill: bigint;
	/** What the lender kept, ≥ 0. */
	readonly loanFee: bigint;
	/** Network fees (lamports, mint SOL only), ≥ 0. */
	readonly networkFee: bigint;
	/** What went to tip accounts (lamports, mint SOL only), ≥ 0. */
	readonly tip: bigint;
	/** The amount after the transaction in those of the wallet's accounts that the transaction names. */
	readonly balanceAfter: bigint;
}

/** What a transaction did, read from the chain. A reverted one has changes too: its fee. */
export interface Fill {
	readonly intentId: IntentId;
	readonly signature: Signature;
	readonly slot: number;
	/** True when the program refused: no leg happened, only the fee was paid. */
	readonly reverted: boolean;
	/** The chain's error as JSON, or null. */
	readonly error: string | null;
	readonly legs: readonly FillLeg[];
	readonly changes: readonly BalanceChange[];
	readonly computeUnits: number;
}

/** How a submission ended. A fill is there for everything that the chain included. */
export interface Settlement {
	readonly intentId: IntentId;
	readonly outcome: SubmissionOutcome;
	readonly signature: Signature;
	readonly fill: Fill | null;
	readonly executor: string;
	readonly timings: StageTimings;
}

/** A settlement as an executor tells it. */
export interface SealedSettlement extends Settlement {
	/** Authenticates everything else with the key that executors share with risk; base64. */
	readonly seal: string;
}
