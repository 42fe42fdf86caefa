import type { SealedSettlement } from "../../core/execution/submission.ts";
import type { IntentId } from "../../core/types/identifiers.ts";

/** Settlements kept for repetition; beyond it the oldest is given up, and risk finds it on the chain. */
const MOST_KEPT = 1_024;
const MOST_REPEATS = 10;

/** Repeats settlements until risk has booked them, a bounded number of times: events get lost. */
export class SettlementOutbox {
	readonly #emit: (settlement: SealedSettlement) => void;
	readonly #waiting = new Map<IntentId, { readonly settlement: SealedSettlement; repeats: number }>();

	constructor(emit: (settlement: SealedSettlement) => void) {
		this.#emit = emit;
	}

	get size(): number {
		return this.#waiting.size;
	}

	add(settlement: SealedSettlement): void {
		if (this.#waiting.size >= MOST_KEPT) {
			const [oldest] = this.#waiting.keys();
			if (oldest !== undefined) this.#waiting.delete(oldest);
		}
		this.#waiting.set(settlement.intentId, { settlement, repeats: 0 });
		this.#emit(settlement);
	}

	/** Risk has it. */
	booked(intentId: IntentId): void {
		this.#waiting.delete(intentId);
	}

	/** Says again what is not booked yet. To be called every few seconds. */
	repeat(): void {
		for (const [intentId, entry] of this.#waiting) {
			this.#emit(entry.settlement);
			entry.repeats++;
			if (entry.repeats >= MOST_REPEATS) this.#waiting.delete(intentId);
		}
	}
}
