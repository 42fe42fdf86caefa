import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
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
	/** Open reservations older than their blockhash: outcome not proven yet. */
	readonly unknown: number;
}

export interface TradingStateChange {
	/** Who asks, for the record. */
	readonly by: string;
	readonly reason: string;
}

export interface RiskActions {
	"risk.submitIntent": { params: OrderIntent; result: Verdict };
	/** Latches `halted` on disk, then waits until no approved intent can be signed any more. */
	"risk.halt": { params: TradingStateChange; result: TradingStateRecord };
	"risk.resume": { params: TradingStateChange; result: TradingStateRecord };
	"risk.tradingState": { params: undefined; result: TradingStateRecord };
	"risk.status": { params: undefined; result: RiskStatus };
	"risk.books": { params: undefined; result: Books };
	"risk.positions": { params: undefined; result: readonly Position[] };
}

export interface RiskEvents {
	"risk.intent.approved": { readonly intent: ApprovedIntent };
	"risk.intent.denied": { readonly intent: OrderIntent; readonly code: DenyCode; readonly detail: string };
	/** A reservation became a position change (or nothing): the ledger has it. */
	"risk.settlement.booked": { readonly settlement: Settlement; readonly signature: Signature };
	"risk.state.changed": TradingStateRecord;
	/** A new cut of the books. */
	"risk.books.cut": Books;
}
