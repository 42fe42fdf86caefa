import type { IntentId } from "../types/identifiers.ts";
import type { EndedIntent, LedgerCheckpoint } from "./ledger-record.ts";
import { OpenClaims } from "./open-claims.ts";
import type { Reservation } from "./reservation.ts";

/** How many ended intents are remembered at most, to tell a repetition from a contradiction. */
const KEPT_ENDED = 2_048;
/** So many of them are forgotten at once: finding the oldest costs as much as many intents have left before it. */
const FORGOTTEN_AT_ONCE = 256;
/** Whenever so many more ids are known, those that cannot be replayed any more are forgotten. */
const IDS_PER_SWEEP = 64;
/** An id stays known for so long after its deadline: a clock may step back by less. */
const REPLAY_TOLERANCE_MICROS = 60_000_000;

type Stored = Pick<LedgerCheckpoint, "open" | "approvedIds" | "ended">;

/** What was approved: open until the chain has told how it ended, and known for a while afterwards. */
export class Reservations {
	readonly claims = new OpenClaims();
	readonly #open = new Map<IntentId, Reservation>();
	/** Deadlines by id: what was approved and could still be replayed. */
	readonly #approvedIds: Map<IntentId, number>;
	readonly #ended: Map<IntentId, EndedIntent>;

	constructor(stored: Stored = { open: [], approvedIds: [], ended: [] }) {
		for (const reservation of stored.open) this.#add(reservation);
		this.#approvedIds = new Map(stored.approvedIds);
		this.#ended = new Map(stored.ended);
	}

	get stored(): Stored {
		return { open: [...this.#open.values()], approvedIds: [...this.#approvedIds], ended: [...this.#ended] };
	}

	get size(): number {
		return this.#open.size;
	}

	get all(): Iterable<Reservation> {
		return this.#open.values();
	}

	get(intentId: IntentId): Reservation | undefined {
		return this.#open.get(intentId);
	}

	ended(intentId: IntentId): EndedIntent | undefined {
		return this.#ended.get(intentId);
	}

	/** Whether an id is open, could still be replayed, or ended not long ago. */
	knows(intentId: IntentId): boolean {
		return this.#open.has(intentId) || this.#approvedIds.has(intentId) || this.#ended.has(intentId);
	}

	reserve(reservation: Reservation): void {
		const { intentId, approvedAtMicros, deadlineMicros } = reservation;
		this.#add(reservation);
		// By what is known and not by a count of calls: a ledger that is read again forgets the same.
		if (this.#approvedIds.size % IDS_PER_SWEEP === 0) this.#sweepIds(approvedAtMicros);
		this.#approvedIds.set(intentId, deadlineMicros);
	}

	/** Ends an open intent. */
	end(reservation: Reservation, how: EndedIntent): void {
		this.#open.delete(reservation.intentId);
		this.claims.remove(reservation);
		this.#ended.set(reservation.intentId, how);
		if (this.#ended.size <= KEPT_ENDED) return;
		for (const oldest of this.#ended.keys()) {
			if (this.#ended.size <= KEPT_ENDED - FORGOTTEN_AT_ONCE) break;
			this.#ended.delete(oldest);
		}
	}

	/** A fork took back how an intent had ended. */
	reopen(reservation: Reservation): void {
		this.#ended.delete(reservation.intentId);
		this.#add(reservation);
	}

	#sweepIds(nowMicros: number): void {
		for (const [id, deadlineMicros] of this.#approvedIds) {
			// Oldest first, and deadlines are bounded: the first that must stay ends the search.
			if (deadlineMicros + REPLAY_TOLERANCE_MICROS >= nowMicros) break;
			this.#approvedIds.delete(id);
		}
	}

	#add(reservation: Reservation): void {
		this.#open.set(reservation.intentId, reservation);
		this.claims.add(reservation);
	}
}
