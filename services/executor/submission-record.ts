import type { Stage, StageTimings } from "../../core/execution/stage-timings.ts";
import type { SubmissionState } from "../../core/execution/submission.ts";
import { advance, isOutcome, step } from "../../core/execution/submission-machine.ts";
import type { SignedTransaction } from "../../libs/solana/intent-signer.ts";
import type { Claim } from "./claim.ts";

/** One signed attempt that is being followed, from its durable claim to its outcome. */
export class SubmissionRecord {
	readonly claim: Claim;
	/** Null for claims of a former life: their bytes are gone, and are not made again. */
	readonly transaction: SignedTransaction | null;
	lastSentMicros = 0;
	/** Sends without an answer. */
	sending = 0;
	/** Its transaction is being read. */
	reading = false;
	stopWatching: () => void = () => {};
	#state: SubmissionState = step("approved", "claimed");
	/** Where it was included, while the block may still vanish. */
	includedSlot = 0;
	#timings: StageTimings;

	constructor(claim: Claim, transaction: SignedTransaction | null) {
		this.claim = claim;
		this.transaction = transaction;
		this.#timings = claim.timings;
	}

	get state(): SubmissionState {
		return this.#state;
	}

	get timings(): StageTimings {
		return this.#timings;
	}

	/** The chain has told how it ended, perhaps not for good. */
	get hasEnded(): boolean {
		return isOutcome(this.#state);
	}

	/** @throws Error when the machine forbids the step: a broken invariant */
	move(to: SubmissionState): void {
		const next = advance(this.#state, to);
		if (!next.ok) throw new Error(`submission ${this.claim.intentId} cannot go from ${this.#state} to ${to}`);
		this.#state = next.value;
	}

	/** The first moment counts. */
	stamp(stage: Stage, micros: number): void {
		if (this.#timings[stage] === undefined) this.#timings = { ...this.#timings, [stage]: micros };
	}
}
