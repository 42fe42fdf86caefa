import type { Random } from "../../core/types/clock.ts";

export interface BackoffOptions {
	/** The shortest and the longest wait, in milliseconds. */
	readonly minMs: number;
	readonly maxMs: number;
	readonly random: Random;
}

const UINT32_RANGE = 2 ** 32;
/** Doubling further would only overflow: 2^30 ms are twelve days. */
const MOST_DOUBLINGS = 30;

/**
 * How long to wait before the next attempt: doubles from the shortest to the longest wait, with half of each step drawn
 * at random, so that many clients that lost one server do not come back at the same moment.
 */
export class Backoff {
	readonly #options: BackoffOptions;
	#failures = 0;

	constructor(options: BackoffOptions) {
		this.#options = options;
	}

	/** Waits handed out since the last {@link reset}. */
	get failures(): number {
		return this.#failures;
	}

	/** The wait before the next attempt, in whole milliseconds between the two bounds. */
	nextMs(): number {
		const { minMs, maxMs, random } = this.#options;
		const step = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures, MOST_DOUBLINGS));
		this.#failures++;
		const jittered = (step / 2) * (1 + random.nextUint32() / UINT32_RANGE);
		return Math.round(Math.min(maxMs, Math.max(minMs, jittered)));
	}

	/** An attempt succeeded: the next wait is the shortest again. */
	reset(): void {
		this.#failures = 0;
	}
}
