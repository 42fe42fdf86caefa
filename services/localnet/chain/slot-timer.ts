import type { Clock } from "../../../core/types/clock.ts";

/** Ends a slot every `durationMs`, on a fixed beat: a late slot does not shift the next ones, but none is made up for. */
export class SlotTimer {
	readonly #durationMs: number;
	readonly #clock: Clock;
	readonly #onSlot: () => void;
	#timer: NodeJS.Timeout | null = null;
	#dueMs = 0;

	constructor(options: { durationMs: number; clock: Clock; onSlot: () => void }) {
		this.#durationMs = options.durationMs;
		this.#clock = options.clock;
		this.#onSlot = options.onSlot;
	}

	start(): void {
		if (this.#timer !== null) return;
		this.#dueMs = this.#nowMs();
		this.#schedule();
	}

	stop(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}

	#schedule(): void {
		const nowMs = this.#nowMs();
		this.#dueMs = Math.max(this.#dueMs + this.#durationMs, nowMs);
		this.#timer = setTimeout(() => this.#fire(), this.#dueMs - nowMs);
	}

	/** The next slot is scheduled first, so that a listener may stop the timer. */
	#fire(): void {
		this.#schedule();
		this.#onSlot();
	}

	#nowMs(): number {
		return this.#clock.monotonicMicros() / 1_000;
	}
}
