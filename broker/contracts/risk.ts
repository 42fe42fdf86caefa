import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { Settlement, SubmissionOutcome } from "../../core/execution/submission.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import type { RiskLease } from "../../core/risk/lease.ts";
import type { LimitUse } from "../../core/risk/limit-use.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";

/** Risk's answer to an intent. `approved` means reserved and handed to an executor, whose acknowledgement it carries. */
export type Verdict =
	| { readonly status: "approved"; readonly intentId: IntentId }
	| { readonly status: "denied"; readonly intentId: IntentId; readonly code: DenyCode; readonly detail: string };

/** One line of the books: opening + fills − fees − tips − loanFees = chain, base units of the mint. */
export interface BookLine {
	readonly mint: Address;
	readonly symbol: string;
	readonly decimals: number;
	readonly opening: bigint;
	readonly fills: bigint;
	readonly fees: bigint;
	readonly tips: bigint;
	readonly loanFees: bigint;
	readonly chain: bigint;
	/** chain − (opening + fills − fees − tips − loanFees). Anything but zero is an alarm. */
	readonly difference: bigint;
}

/** The books at one cut: every line is of the same slot, and every transaction up to it is in them. */
export interface Books {
	readonly slot: number;
	readonly lines: readonly BookLine[];
	/** Reservations open when the cut was asked for. */
	readonly inFlight: number;
}

export interface Position {
	readonly mint: Address;
	readonly symbol: string;
	readonly decimals: number;
	/** Net holding on chain, base units. */
	readonly balance: bigint;
	/** Worst-case claim of approved intents, base units. */
	readonly reserved: bigint;
	/** Realised since the ledger was opened, and today (UTC), after loan fees; base units. */
	readonly realised: bigint;
	readonly realisedToday: bigint;
}

export interface RiskStatus {
	readonly tradingState: TradingStateRecord;
	readonly riskEpoch: number;
	readonly recovering: boolean;
	readonly approved: number;
	readonly denied: number;
	readonly deniedByCode: Readonly<Partial<Record<DenyCode, number>>>;
	readonly inFlight: number;
	/** Submissions by how they ended, since the ledger was opened. */
	readonly landed: number;
	readonly reverted: number;
	readonly expired: number;
	/** Bookings that forks took back, since the ledger was opened; absent from versions that did not tell. */
	readonly reversed?: number;
	/** Open reservations older than their blockhash: outcome not proven yet. */
	readonly unknown: number;
	/** How far each limit is used. */
	readonly uses: readonly LimitUse[];
	/** Strategies that failed too often and are off until a person enables them. */
	readonly throttled: readonly string[];
	/** Settlements from the bus that were not an executor's word: none of them freed or booked anything. */
	readonly forgedSettlements?: number;
}

/**
 * What the ledger knows of an intent. `unknown`: it was never approved, or ended so long ago that it is forgotten, or a
 * power cut took the record: then only the wallet's history tells. `released`: nothing of it was signed.
 */
export type IntentOutcome =
	| { readonly status: "recovering" | "open" | "unknown" }
	| {
			readonly status: "ended";
			readonly outcome: SubmissionOutcome | "released";
			readonly signature: Signature | null;
	  };

export interface TradingStateChange {
	/** Who asks, for the record. */
	readonly by: string;
	readonly reason: string;
}

export interface StrategyEnabling extends TradingStateChange {
	/** Name of the strategy, as its intents carry it. */
	readonly strategy: string;
}

/** How far what trading earned in a mint is below its peak, base units. */
export interface Drawdown {
	readonly mint: Address;
	readonly amount: bigint;
}

export interface RiskActions {
	"risk.submitIntent": { params: OrderIntent; result: Verdict };
	/** Latches `halted` on disk, then waits until no approved intent can be signed any more. */
	"risk.halt": { params: TradingStateChange; result: TradingStateRecord };
	/** Latches `reducing`: from now on only what lowers exposure. From `halted` it is a release, for a person. */
	"risk.reduce": { params: TradingStateChange; result: TradingStateRecord };
	"risk.resume": { params: TradingStateChange; result: TradingStateRecord };
	/** Switches a strategy on again that failed too often. For a person. */
	/** A person says that the fall from the equity peak is understood: it is counted from here. */
	"risk.resetPeak": { params: TradingStateChange; result: { readonly drawdowns: readonly Drawdown[] } };
	"risk.enableStrategy": { params: StrategyEnabling; result: { readonly throttled: readonly string[] } };
	"risk.tradingState": { params: undefined; result: TradingStateRecord };
	"risk.status": { params: undefined; result: RiskStatus };
	"risk.books": { params: undefined; result: Books };
	"risk.positions": { params: undefined; result: readonly Position[] };
	"risk.outcome": { params: { readonly intentId: IntentId }; result: IntentOutcome };
}

export interface RiskEvents {
	"risk.intent.approved": { readonly intent: ApprovedIntent };
	"risk.intent.denied": { readonly intent: OrderIntent; readonly code: DenyCode; readonly detail: string };
	/** A reservation became a position change (or nothing): the ledger has it. */
	"risk.settlement.booked": { readonly settlement: Settlement; readonly signature: Signature };
	/** A fork took back what was booked. The intent that it had ended, if there is one, is open again. */
	"risk.settlement.reversed": { readonly signature: Signature; readonly intentId: IntentId | null };
	"risk.state.changed": TradingStateRecord;
	/** Risk lives and is in charge; executors sign only while they hear it. At least every half second. */
	"risk.lease.renewed": RiskLease;
	/** A new cut of the books. */
	"risk.books.cut": Books;
}
