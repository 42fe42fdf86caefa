import type { Clock } from "../../../core/types/clock.ts";

const HALF_LIFE_MICROS = 10_000_000;

/** The share of failures among recent requests: one of ten seconds ago counts half. */
export class DecayingRate {
	readonly #clock: Clock;
	#failures = 0;
	#total = 0;
	#atMicros: number;

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#atMicros = clock.monotonicMicros();
	}

	note(failed: boolean): void {
		this.#decay();
		this.#total++;
		if (failed) this.#failures++;
	}

	/** Requests behind the rate, by their weight. */
	get weight(): number {
		this.#decay();
		return this.#total;
	}

	/** From 0 to 1. */
	get rate(): number {
		return this.#total > 0 ? this.#failures / this.#total : 0;
	}

	#decay(): void {
		const nowMicros = this.#clock.monotonicMicros();
		const factor = 0.5 ** ((nowMicros - this.#atMicros) / HALF_LIFE_MICROS);
		this.#total *= factor;
		this.#failures *= factor;
		this.#atMicros = nowMicros;
	}
}
