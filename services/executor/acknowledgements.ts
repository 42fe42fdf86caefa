import type { ExecuteAck } from "../../broker/contracts/executor.ts";
import type { IntentId } from "../../core/types/identifiers.ts";

/** Acknowledgements kept to answer a repeated intent; far more than can be in flight. */
const MOST_KEPT = 8_192;
/** So many are forgotten at once: finding the oldest costs as much as many have left before it. */
const FORGOTTEN_AT_ONCE = 1_024;

/** What was answered to an intent: the same is answered when it comes again, and nothing is signed a second time. */
export class Acknowledgements {
	readonly #kept = new Map<IntentId, Promise<ExecuteAck>>();

	/** Also while the answer is still to come. */
	get(intentId: IntentId): Promise<ExecuteAck> | undefined {
		return this.#kept.get(intentId);
	}

	add(intentId: IntentId, ack: Promise<ExecuteAck>): void {
		if (this.#kept.size >= MOST_KEPT) this.#forgetOldest();
		this.#kept.set(intentId, ack);
	}

	#forgetOldest(): void {
		for (const oldest of this.#kept.keys()) {
			if (this.#kept.size <= MOST_KEPT - FORGOTTEN_AT_ONCE) break;
			this.#kept.delete(oldest);
		}
	}
}
