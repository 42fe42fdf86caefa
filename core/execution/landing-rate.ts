import type { IntentId } from "../types/identifiers.ts";
import type { SubmissionOutcome } from "./submission.ts";

/** Included more than so many slots after the market moved is late. */
const LATE_SLOTS = 8;
/** Each step raises by a quarter: 16 steps are a factor of 35. */
const MOST_STEPS = 16;
/** So many that land in time take one step back. */
const LANDED_PER_STEP = 3;
/** Intents under way that are remembered at most; far more than are allowed. */
const MOST_REMEMBERED = 1_024;
/** So many are forgotten at once: finding the oldest costs as much as many have left before it. */
const FORGOTTEN_AT_ONCE = 128;

/** How far prices are raised because trades do not land, or land late; it falls again while they do. */
export class LandingRate {
	readonly #triggerSlots = new Map<IntentId, number>();
	#steps = 0;
	#landedInRow = 0;

	/** From 0 (nothing is raised) to 16. */
	get steps(): number {
		return this.#steps;
	}

	/** An intent is proposed on the market of a slot. */
	proposed(intentId: IntentId, triggerSlot: number): void {
		if (this.#triggerSlots.size >= MOST_REMEMBERED) this.#forgetOldest();
		this.#triggerSlots.set(intentId, triggerSlot);
	}

	/**
	 * An intent ended on the chain. Others' intents say nothing.
	 *
	 * @param slot the slot that included it; null when none did
	 * @returns whether the steps changed
	 */
	settled(intentId: IntentId, outcome: SubmissionOutcome, slot: number | null): boolean {
		const triggerSlot = this.#triggerSlots.get(intentId);
		if (triggerSlot === undefined) return false;
		this.#triggerSlots.delete(intentId);
		const before = this.#steps;
		const isLate = slot !== null && slot - triggerSlot > LATE_SLOTS;
		if (outcome === "expired" || isLate) {
			this.#landedInRow = 0;
			if (this.#steps < MOST_STEPS) this.#steps++;
		} else if (++this.#landedInRow >= LANDED_PER_STEP) {
			this.#landedInRow = 0;
			if (this.#steps > 0) this.#steps--;
		}
		return this.#steps !== before;
	}

	/** An intent that was denied or never left. */
	forget(intentId: IntentId): void {
		this.#triggerSlots.delete(intentId);
	}

	/** A price, raised by the steps and rounded up. */
	raise(price: bigint): bigint {
		const [numerator, denominator] = [5n ** BigInt(this.#steps), 4n ** BigInt(this.#steps)];
		return (price * numerator + denominator - 1n) / denominator;
	}

	#forgetOldest(): void {
		for (const oldest of this.#triggerSlots.keys()) {
			if (this.#triggerSlots.size <= MOST_REMEMBERED - FORGOTTEN_AT_ONCE) break;
			this.#triggerSlots.delete(oldest);
		}
	}
}
