import type { Fill, Settlement } from "../../core/execution/submission.ts";
import type { BookedChange, Booking } from "../../core/risk/booking.ts";
import type { EndedIntent } from "../../core/risk/ledger-record.ts";
import { findSettlementMalformation } from "../../core/risk/settlement-shape.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { Ledger } from "./ledger.ts";
import type { RiskLogger } from "./risk-logger.ts";

/**
 * `booked`: the reservation became a position change. `repeated`: known already. `unknown`: no intent of this ledger
 * that is remembered. `doubted`: the block that it was booked from may be gone. `contradiction`: the chain or an executor says something else than before. `refused`: not taken,
 * the reservation stays.
 */
export type SettleResult = "booked" | "repeated" | "unknown" | "doubted" | "contradiction" | "refused";

export interface SettlementsOptions {
	readonly ledger: Ledger;
	readonly clock: Clock;
	readonly logger: RiskLogger;
	readonly onBooked: (settlement: Settlement, strategy: string) => void;
	/** Two tellings of one intent's end differ: a person must look before anything is signed again. */
	readonly onContradiction: (reason: string) => void;
}

/** More tellings than this that differ are no fork. */
const MOST_DOUBTS = 256;

/** Turns outcomes into ledger records, each once, whoever tells them: an executor's event or the chain's history. */
export class Settlements {
	readonly #options: SettlementsOptions;
	/** Bookings that somebody contradicts while a fork may still prove them right, and what they told. */
	readonly #doubts = new Map<Signature, string>();

	constructor(options: SettlementsOptions) {
		this.#options = options;
	}

	settle(candidate: unknown): SettleResult {
		const { ledger, clock, logger, onBooked } = this.#options;
		const malformation = findSettlementMalformation(candidate);
		if (malformation) {
			logger.error(`A settlement was not understood and is left to reconciliation: ${malformation}.`);
			return "refused";
		}
		const settlement = candidate as Settlement;
		const { intentId, outcome, signature, fill } = settlement;
		const reservation = ledger.state.reservation(intentId);
		if (!reservation) return this.#compare(settlement);
		if (fill && ledger.state.hasBooked(signature)) {
			return this.#contradict(`${signature} settles ${intentId} and was booked for something else`);
		}
		const booking = fill ? bookingOf(fill) : null;
		try {
			ledger.record({ type: "settled", intentId, outcome, signature, booking, atMicros: clock.epochMicros() });
		} catch (error) {
			logger.error(`${intentId} could not be booked and stays reserved: ${(error as Error).message}`);
			return "refused";
		}
		onBooked(settlement, reservation.strategy);
		return "booked";
	}

	/**
	 * Books a transaction of the wallet that belongs to no open reservation. Without an intent's id it was no trade, and
	 * what it changed is capital brought in or taken out.
	 */
	adopt(found: Booking, { intentId, isSetUp }: { intentId: IntentId | null; isSetUp: boolean }): void {
		const { ledger, clock, logger } = this.#options;
		const ended = intentId ? ledger.state.ended(intentId) : undefined;
		const booking = intentId === null ? { ...found, changes: found.changes.map(asTransfer) } : found;
		ledger.record({ type: "adopted", booking, intentId, atMicros: clock.epochMicros() });
		const changes = booking.changes.map(
			({ mint, fill, transfer = 0n, loanFee, networkFee, tip = 0n }) =>
				`${fill + transfer - loanFee - networkFee - tip} ${mint}`,
		);
		if (isSetUp) {
			logger.info(
				`Booked ${booking.signature} at slot ${booking.slot}, which set the wallet up: ${changes.join(", ")}.`,
			);
			return;
		}
		logger.warn(
			`Adopted ${booking.signature} at slot ${booking.slot}, which no open reservation explains` +
				`${intentId ? ` (intent ${intentId})` : ""}: ${changes.join(", ") || "no change"}.`,
		);
		if (ended) this.#contradict(`${intentId} was booked as ${ended.outcome}, and ${booking.signature} is on chain`);
	}

	#compare({ intentId, outcome, signature, fill }: Settlement): SettleResult {
		const { state } = this.#options.ledger;
		const ended = state.ended(intentId);
		if (!ended) return "unknown";
		const booked = ended.signature === null ? undefined : state.recentBooking(ended.signature);
		const isSameEnd = ended.outcome === outcome && ended.signature === signature;
		// Not final yet: whoever tells something else may have seen a fork.
		if (booked && !(isSameEnd && booked.slot === fill?.slot)) {
			if (!isSameEnd) this.#doubt(booked.signature, difference(intentId, ended, { outcome, signature }));
			return "doubted";
		}
		// An expiry is proven by absence; whoever proves it may not know the signature.
		if (outcome === "expired" && (ended.outcome === "expired" || ended.outcome === "released")) return "repeated";
		if (ended.outcome === outcome && ended.signature === signature) return "repeated";
		return this.#contradict(difference(intentId, ended, { outcome, signature }));
	}

	#doubt(booked: Signature, reason: string): void {
		if (this.#doubts.size < MOST_DOUBTS) this.#doubts.set(booked, reason);
		else this.#contradict(reason);
	}

	/** What was booked is in its block for good: who told something else was wrong. */
	finalized(signature: Signature): void {
		const reason = this.#doubts.get(signature);
		this.#doubts.delete(signature);
		if (reason !== undefined) this.#contradict(reason);
	}

	/** What was booked is taken back: who told something else was right. */
	reversed(signature: Signature): void {
		this.#doubts.delete(signature);
	}

	#contradict(reason: string): SettleResult {
		this.#options.onContradiction(reason);
		return "contradiction";
	}
}

function difference(
	intentId: IntentId,
	booked: Pick<EndedIntent, "outcome">,
	told: Pick<Settlement, "outcome" | "signature">,
): string {
	return `${intentId} was booked as ${booked.outcome}, and is told to have ${told.outcome} by ${told.signature}`;
}

function asTransfer({ fill, ...change }: BookedChange): BookedChange {
	return { ...change, fill: 0n, transfer: fill };
}

/** The part of a fill that the books need. */
export function bookingOf(fill: Pick<Fill, "signature" | "slot" | "changes">): Booking {
	return {
		signature: fill.signature,
		slot: fill.slot,
		changes: fill.changes.map(({ mint, fill: amount, loanFee, networkFee, tip }) => ({
			mint,
			fill: amount,
			loanFee,
			networkFee,
			tip,
		})),
	};
}
