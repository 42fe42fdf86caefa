import type { Clock } from "../../core/types/clock.ts";

const WINDOW_MICROS = 60_000_000;
/** Addresses remembered within a window; beyond it newcomers share one count, so that many addresses are no way around. */
const MAX_ADDRESSES = 10_000;
const EVERYBODY_ELSE = "";

/** Requests per address in windows of a minute. */
export class RateLimit {
	readonly #clock: Clock;
	readonly #maximum: number;
	readonly #counts = new Map<string, number>();
	#windowEndsAt = 0;

	constructor(clock: Clock, maximumPerMinute: number) {
		this.#clock = clock;
		this.#maximum = maximumPerMinute;
	}

	/** Counts a request. Null: it may pass; otherwise the seconds until the next window. */
	take(address: string): number | null {
		const now = this.#clock.monotonicMicros();
		if (now >= this.#windowEndsAt) {
			this.#counts.clear();
			this.#windowEndsAt = now + WINDOW_MICROS;
		}
		const key = this.#counts.has(address) || this.#counts.size < MAX_ADDRESSES ? address : EVERYBODY_ELSE;
		const count = (this.#counts.get(key) ?? 0) + 1;
		this.#counts.set(key, count);
		return count <= this.#maximum ? null : Math.max(1, Math.ceil((this.#windowEndsAt - now) / 1_000_000));
	}
}
