import type { Clock } from "../../../core/types/clock.ts";

const MICROS_PER_SECOND = 1_000_000;

/** So many requests a second, with one second's worth in hand, and never less than one request. */
export class TokenBucket {
	readonly #perSecond: number;
	readonly #capacity: number;
	readonly #clock: Clock;
	#left: number;
	#filledAtMicros: number;

	constructor(perSecond: number, clock: Clock) {
		this.#perSecond = perSecond;
		this.#capacity = Math.max(1, perSecond);
		this.#clock = clock;
		this.#left = this.#capacity;
		this.#filledAtMicros = clock.monotonicMicros();
	}

	/** True when a request is within the budget; only then it is taken from it. */
	take(): boolean {
		this.#fill();
		if (this.#left < 1) return false;
		this.#left--;
		return true;
	}

	/** A request that is made in any case: what follows waits the longer for it. */
	force(): void {
		this.#fill();
		this.#left = Math.max(-this.#capacity, this.#left - 1);
	}

	/** Until the next request is within the budget: whole milliseconds, 0 when it is now. */
	waitMs(): number {
		this.#fill();
		return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) * 1_000) / this.#perSecond);
	}

	#fill(): void {
		const nowMicros = this.#clock.monotonicMicros();
		const earned = ((nowMicros - this.#filledAtMicros) * this.#perSecond) / MICROS_PER_SECOND;
		this.#left = Math.min(this.#capacity, this.#left + earned);
		this.#filledAtMicros = nowMicros;
	}
}
