import type { PoolRow } from "../market/pool-row.ts";
import type { IntentId } from "../types/identifiers.ts";
import { Attempts } from "./attempts.ts";

export interface InFlightOptions {
	readonly maximum: number;
	/** Rest of a cycle, counted from the moment of an attempt. Microseconds. */
	readonly coolDownMicros: number;
	/** An intent whose end was never told is given up after this long. Microseconds. */
	readonly timeoutMicros: number;
	/** Whose it is among those who share {@link attempts}. */
	readonly owner?: string;
	/** Shared with the other strategies of the market; absent: of this one alone. */
	readonly attempts?: Attempts;
}

export interface Attempt {
	readonly intentId: IntentId;
	readonly cycle: string;
	/** The rows behind the intent's quotes. */
	readonly rows: readonly PoolRow[];
	/** Monotonic microseconds. */
	readonly nowMicros: number;
}

/**
 * What a strategy has under way. One intent a cycle; and while an intent is in flight, the quotes it used are spent: no
 * other cycle, and no other strategy that shares its {@link Attempts}, may use them until the pool has moved on or the
 * intent has ended. Otherwise one price gap would be shot at once from every funding mint and every neighbour, and all
 * but one of these would revert for a fee.
 */
export class InFlight {
	readonly #options: InFlightOptions;
	readonly #attempts: Attempts;
	readonly #owner: string;

	constructor(options: InFlightOptions) {
		this.#options = options;
		this.#attempts = options.attempts ?? new Attempts();
		this.#owner = options.owner ?? "";
	}

	get size(): number {
		return this.#attempts.countOf(this.#owner);
	}

	/** How many intents may start now. */
	room(nowMicros: number): number {
		this.#attempts.expire(nowMicros);
		return this.#options.maximum - this.size;
	}

	/** Whether a cycle through these rows may be tried now. */
	isFree(cycle: string, rows: readonly PoolRow[], nowMicros: number): boolean {
		return this.#attempts.isFree(cycle, rows, nowMicros);
	}

	start({ intentId, cycle, rows, nowMicros }: Attempt): void {
		const { coolDownMicros, timeoutMicros } = this.#options;
		this.#attempts.hold(intentId, {
			owner: this.#owner,
			cycle,
			expiresAtMicros: nowMicros + timeoutMicros,
			rows,
			versions: rows.map((row) => row.version),
		});
		this.#attempts.rest(cycle, nowMicros + coolDownMicros, nowMicros);
	}

	end(intentId: IntentId): void {
		this.#attempts.end(intentId);
	}
}
