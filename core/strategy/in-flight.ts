import type { PoolRow } from "../market/book.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";

export interface InFlightOptions {
	readonly maximum: number;
	/** Rest of a cycle, counted from the moment of an attempt. Microseconds. */
	readonly coolDownMicros: number;
	/** An intent whose end was never told is given up after this long. Microseconds. */
	readonly timeoutMicros: number;
}

export interface Attempt {
	readonly intentId: IntentId;
	readonly cycle: string;
	/** The rows behind the intent's quotes. */
	readonly rows: readonly PoolRow[];
	/** Monotonic microseconds. */
	readonly nowMicros: number;
}

interface Held {
	readonly cycle: string;
	readonly expiresAtMicros: number;
	/** The pools of its quotes, and by pool the version of the row that the quote used. */
	readonly pools: readonly Address[];
	readonly versions: readonly number[];
}

/** More resting cycles than this are not remembered: the oldest may try again early. */
const MAX_RESTING_CYCLES = 4_096;

/**
 * What a strategy has under way. One intent a cycle; and while an intent is in flight, the quotes it used are spent: no
 * other cycle may use them until the pool has moved on or the intent has ended. Otherwise one price gap would be shot
 * at once from every funding mint and every neighbour, and all but one of these would revert for a fee.
 */
export class InFlight {
	readonly #options: InFlightOptions;
	readonly #held = new Map<IntentId, Held>();
	readonly #resting = new Map<string, number>();

	constructor(options: InFlightOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#held.size;
	}

	/** How many intents may start now. */
	room(nowMicros: number): number {
		for (const [intentId, { expiresAtMicros }] of this.#held) {
			if (expiresAtMicros <= nowMicros) this.#held.delete(intentId);
		}
		return this.#options.maximum - this.#held.size;
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

	start({ intentId, cycle, rows, nowMicros }: Attempt): void {
		this.#held.set(intentId, {
			cycle,
			expiresAtMicros: nowMicros + this.#options.timeoutMicros,
			pools: rows.map((row) => row.pool.address),
			versions: rows.map((row) => row.version),
		});
		// Re-inserted, so that the map stays in the order of the attempts.
		this.#resting.delete(cycle);
		this.#resting.set(cycle, nowMicros + this.#options.coolDownMicros);
		for (const [oldest, restsUntil] of this.#resting) {
			if (restsUntil > nowMicros && this.#resting.size <= MAX_RESTING_CYCLES) break;
			this.#resting.delete(oldest);
		}
	}

	end(intentId: IntentId): void {
		this.#held.delete(intentId);
	}

	/** After a new catalog the rows count anew: only the cycles themselves stay taken. */
	forgetQuotes(): void {
		for (const [intentId, held] of this.#held) this.#held.set(intentId, { ...held, pools: [], versions: [] });
	}
}

/** Pools of a cycle are few: a look at each is cheaper than a map. */
function isQuoted({ pool, version }: PoolRow, { pools, versions }: Held): boolean {
	for (let at = 0; at < pools.length; at++) {
		if (pools[at] === pool.address && versions[at] === version) return true;
	}
	return false;
}
