import type { Clock } from "../../../core/types/clock.ts";

/** A token bucket: so many requests a second, with one second's worth in hand. */
export class RequestBudget {
	readonly #perSecond: number;
	readonly #clock: Clock;
	#left: number;
	#filledAtMicros: number;

	constructor(perSecond: number, clock: Clock) {
		this.#perSecond = perSecond;
		this.#clock = clock;
		this.#left = perSecond;
		this.#filledAtMicros = clock.monotonicMicros();
	}

	/** @returns whether the requests are within the budget; they are taken from it only then. */
	take(requests: number): boolean {
		const now = this.#clock.monotonicMicros();
		const earned = ((now - this.#filledAtMicros) * this.#perSecond) / 1_000_000;
		this.#left = Math.min(this.#perSecond, this.#left + earned);
		this.#filledAtMicros = now;
		if (requests > this.#left) return false;
		this.#left -= requests;
		return true;
	}
}
