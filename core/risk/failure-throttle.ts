import type { SubmissionOutcome } from "../execution/submission.ts";
import type { ThrottleLimits } from "./limits.ts";

/** Strategies whose failures are remembered: far more than any configuration names. */
const KEPT_STRATEGIES = 256;

/**
 * When a strategy has failed too often: with the last of `failures` intents that the chain reverted, or that never
 * landed, within the window. One more within a longer time is bad luck; so many within a short one is a strategy, a
 * market or a machine that is not what somebody thinks it is, and every further attempt costs fees.
 *
 * The rule only. That a strategy is off, and stays off over restarts, the ledger remembers.
 */
export class FailureThrottle {
	readonly #limits: ThrottleLimits;
	/** By strategy: when it failed, oldest first, at most as often as the limit says. */
	readonly #failures = new Map<string, number[]>();

	constructor(limits: ThrottleLimits) {
		this.#limits = limits;
	}

	/**
	 * An intent of a strategy has ended.
	 *
	 * @param atMicros microseconds since the Unix epoch
	 * @returns whether the strategy is to be switched off
	 */
	ended(strategy: string, outcome: SubmissionOutcome, atMicros: number): boolean {
		if (outcome === "landed") return false;
		const { failures, windowMicros } = this.#limits;
		const times = this.#timesOf(strategy);
		times.push(atMicros);
		if (times.length > failures) times.shift();
		const [first] = times;
		return times.length === failures && first !== undefined && atMicros - first <= windowMicros;
	}

	/** A person enabled the strategy again: what was before does not count. */
	forget(strategy: string): void {
		this.#failures.delete(strategy);
	}

	#timesOf(strategy: string): number[] {
		const known = this.#failures.get(strategy);
		if (known) return known;
		const times: number[] = [];
		this.#failures.set(strategy, times);
		for (const oldest of this.#failures.keys()) {
			if (this.#failures.size <= KEPT_STRATEGIES) break;
			this.#failures.delete(oldest);
		}
		return times;
	}
}
