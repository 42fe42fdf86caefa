import type { PoolRow } from "../market/pool-row.ts";
import type { IntentId } from "../types/identifiers.ts";

/** An intent under way. */
export interface HeldAttempt {
	/** The strategy. */
	readonly owner: string;
	readonly cycle: string;
	/** Monotonic microseconds. */
	readonly expiresAtMicros: number;
	/** The rows of its quotes, and the version of each that the quote used. */
	readonly rows: readonly PoolRow[];
	readonly versions: readonly number[];
}

/** More resting cycles than this are not remembered: the oldest may try again early. */
const MAX_RESTING_CYCLES = 4_096;

/**
 * What all strategies of one market have under way together: the quotes that are spent, and the cycles that rest. Each
 * strategy sees it through an {@link InFlight} of its own, and one that is made anew finds there what its predecessor
 * left in flight.
 */
export class Attempts {
	readonly #held = new Map<IntentId, HeldAttempt>();
	readonly #resting = new Map<string, number>();

	/** How many a strategy has under way. */
	countOf(owner: string): number {
		let count = 0;
		for (const held of this.#held.values()) if (held.owner === owner) count++;
		return count;
	}

	/** Gives up what nobody has told the end of. */
	expire(nowMicros: number): void {
		for (const [intentId, { expiresAtMicros }] of this.#held) {
			if (expiresAtMicros <= nowMicros) this.#held.delete(intentId);
		}
	}

	/** Whether a cycle through these rows may be tried now. */
	isFree(cycle: string, rows: readonly PoolRow[], nowMicros: number): boolean {
		const restsUntil = this.#resting.get(cycle);
		if (restsUntil !== undefined && nowMicros < restsUntil) return false;
		for (const held of this.#held.values()) {
			if (held.expiresAtMicros <= nowMicros) continue;
			if (held.cycle === cycle) return false;
			for (const row of rows) if (isQuoted(row, held)) return false;
		}
		return true;
	}

	hold(intentId: IntentId, attempt: HeldAttempt): void {
		this.#held.set(intentId, attempt);
	}

	/** @param nowMicros of the attempt, after which what has rested by then is forgotten */
	rest(cycle: string, untilMicros: number, nowMicros: number): void {
		// Re-inserted, so that the map stays in the order of the attempts.
		this.#resting.delete(cycle);
		this.#resting.set(cycle, untilMicros);
		for (const [oldest, restsUntil] of this.#resting) {
			if (restsUntil > nowMicros && this.#resting.size <= MAX_RESTING_CYCLES) break;
			this.#resting.delete(oldest);
		}
	}

	/** Unknown ids are ignored. */
	end(intentId: IntentId): void {
		this.#held.delete(intentId);
	}
}

/** Rows of another catalog are other objects: their versions count anew. Those of a cycle are few, so no map. */
function isQuoted(row: PoolRow, { rows, versions }: HeldAttempt): boolean {
	for (let at = 0; at < rows.length; at++) {
		if (rows[at] === row && versions[at] === row.version) return true;
	}
	return false;
}
