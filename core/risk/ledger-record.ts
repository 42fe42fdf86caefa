import type { SubmissionOutcome } from "../execution/submission.ts";
import type { Address } from "../types/address.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import type { Booking } from "./booking.ts";
import type { BookingEffects } from "./booking-effects.ts";
import type { EquityEntry } from "./equity.ts";
import type { Position } from "./positions.ts";
import type { Reservation } from "./reservation.ts";
import type { SpendingRecord } from "./spending.ts";

/** A token account of the wallet that the books count. */
export interface TrackedAccount {
	readonly account: Address;
	readonly mint: Address;
}

/**
 * One entry of the ledger. The books, the open reservations and the profit of the day are a fold of these; see
 * `LedgerState`. Times are microseconds since the Unix epoch.
 */
export type LedgerRecord =
	| {
			readonly type: "opened";
			readonly version: 1;
			readonly genesisHash: string;
			readonly wallet: Address;
			/** Every transaction up to this slot is in {@link balances}; later ones are booked. */
			readonly slot: number;
			readonly balances: readonly { readonly mint: Address; readonly amount: bigint }[];
			readonly accounts: readonly TrackedAccount[];
			readonly atMicros: number;
	  }
	| { readonly type: "epoch"; readonly epoch: number; readonly atMicros: number }
	| { readonly type: "approved"; readonly reservation: Reservation }
	/** Nothing was signed: the executor refused, or the intent never reached one. */
	| { readonly type: "released"; readonly intentId: IntentId; readonly reason: string; readonly atMicros: number }
	| {
			readonly type: "settled";
			readonly intentId: IntentId;
			readonly outcome: SubmissionOutcome;
			readonly signature: Signature | null;
			/** Null when it expired. */
			readonly booking: Booking | null;
			readonly atMicros: number;
	  }
	/** A transaction of the wallet that no open reservation explains. */
	| {
			readonly type: "adopted";
			readonly booking: Booking;
			/** Its memo when that is an intent's id and the wallet paid for it: then it was a trade of ours. */
			readonly intentId: IntentId | null;
			readonly atMicros: number;
	  }
	/**
	 * A fork took the block of a booking: it is out of the books. The intent that it had ended is open again, and ends
	 * anew when the transaction lands in another block or can land in none.
	 */
	| { readonly type: "reversed"; readonly signature: Signature; readonly atMicros: number }
	/** A person says that the fall from the peak is understood: it is counted from here. */
	| { readonly type: "peakReset"; readonly by: string; readonly reason: string; readonly atMicros: number }
	/** A strategy failed too often and is off until a person enables it. */
	| { readonly type: "throttled"; readonly strategy: string; readonly reason: string; readonly atMicros: number }
	| {
			readonly type: "enabled";
			readonly strategy: string;
			readonly by: string;
			readonly reason: string;
			readonly atMicros: number;
	  }
	| { readonly type: "tracked"; readonly account: TrackedAccount }
	/** At this slot the books equalled the chain: no transaction up to it is missing. */
	| { readonly type: "proven"; readonly slot: number }
	| { readonly type: "checkpoint"; readonly state: LedgerCheckpoint };

/** Sums of a mint since the ledger was opened, base units. */
export interface MintTotals {
	readonly fills: bigint;
	readonly fees: bigint;
	readonly tips: bigint;
	readonly loanFees: bigint;
	readonly transfers: bigint;
	/** Profit of trades: transfers and account rents are not in it. */
	readonly realised: bigint;
	/** Days since the Unix epoch (UTC), and the profit of that day. */
	readonly day: number;
	readonly realisedOfDay: bigint;
}

/** How an intent ended. `released`: nothing of it was signed. */
export interface EndedIntent {
	readonly outcome: SubmissionOutcome | "released";
	readonly signature: Signature | null;
}

export interface LedgerCounters {
	readonly landed: number;
	readonly reverted: number;
	readonly expired: number;
	readonly adopted: number;
	/** Bookings that a fork took back. */
	readonly reversed: number;
}

/** What a booking was made for, as long as a fork can take it back. */
export interface BookingOrigin {
	/** How the intent ended by it; null for what no reservation explained. */
	readonly outcome: SubmissionOutcome | null;
	readonly reservation: Reservation | null;
	readonly effects: BookingEffects;
	readonly atMicros: number;
}

/** A ledger's state as plain values. */
export interface LedgerCheckpoint {
	readonly version: 1;
	readonly genesisHash: string;
	readonly wallet: Address | null;
	readonly openedSlot: number;
	readonly provenSlot: number;
	readonly epoch: number;
	readonly opening: readonly (readonly [Address, bigint])[];
	readonly totals: readonly (readonly [Address, MintTotals])[];
	readonly accounts: readonly TrackedAccount[];
	readonly open: readonly Reservation[];
	readonly approvedIds: readonly (readonly [IntentId, number])[];
	readonly ended: readonly (readonly [IntentId, EndedIntent])[];
	readonly recent: readonly Booking[];
	readonly counters: LedgerCounters;
	/** Absent in checkpoints of before there were budgets. */
	readonly spending?: SpendingRecord;
	/** Strategies that are off, and why. Absent: none. */
	readonly throttled?: readonly (readonly [string, string])[];
	/** When each strategy's last intents reverted or expired. Absent: never. */
	readonly failures?: readonly (readonly [string, readonly number[]])[];
	readonly newestMicros?: number;
	/** Of the recent bookings. Absent, as in older checkpoints: those cannot be taken back. */
	readonly origins?: readonly (readonly [Signature, BookingOrigin])[];
	readonly positions?: readonly (readonly [Address, Position])[];
	readonly equity?: readonly EquityEntry[];
}
