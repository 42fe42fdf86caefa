import type { Clock } from "../../core/types/clock.ts";
import type { ChainView, FinalizedHead } from "./confirmation/chain-view.ts";
import type { SubmissionRecord } from "./submission-record.ts";

export interface FinalityWatchOptions {
	readonly chain: Pick<ChainView, "inclusions" | "transaction">;
	readonly clock: Clock;
	/** No fork can take it back any more. */
	readonly onFinalized: (submission: SubmissionRecord) => void;
	/** A fork dropped its block: it is in another one now, or in none. */
	readonly onMoved: (submission: SubmissionRecord) => void;
}

/** Finality comes some 13 s after inclusion: there is no hurry. */
const INTERVAL_MICROS = 2_000_000;
/** Some minutes of trading at full speed. What is let go keeps its claim, and the next start asks for it again. */
const MOST_WATCHED = 8_192;

/** Watches submissions that are included until the chain cannot drop their block any more. */
export class FinalityWatch {
	readonly #options: FinalityWatchOptions;
	readonly #watched = new Set<SubmissionRecord>();
	#polledMicros = Number.NEGATIVE_INFINITY;
	#letGo = 0;

	constructor(options: FinalityWatchOptions) {
		this.#options = options;
	}

	get size(): number {
		return this.#watched.size;
	}

	/** Submissions that were not watched to their end, because there were too many. */
	get letGo(): number {
		return this.#letGo;
	}

	add(submission: SubmissionRecord): void {
		this.#watched.add(submission);
		if (this.#watched.size <= MOST_WATCHED) return;
		const [oldest] = this.#watched;
		if (oldest) this.#watched.delete(oldest);
		this.#letGo++;
	}

	/**
	 * Asks the chain, at most once in a while.
	 *
	 * @throws when the node cannot be asked
	 */
	async poll(head: () => Promise<FinalizedHead>): Promise<void> {
		const { chain, clock, onFinalized, onMoved } = this.#options;
		const nowMicros = clock.monotonicMicros();
		if (this.#watched.size === 0 || nowMicros - this.#polledMicros < INTERVAL_MICROS) return;
		this.#polledMicros = nowMicros;
		const submissions = [...this.#watched];
		const inclusions = await chain.inclusions(submissions.map(({ claim }) => claim.signature));
		const absent: SubmissionRecord[] = [];
		submissions.forEach((submission, index) => {
			const inclusion = inclusions[index];
			if (!inclusion) {
				absent.push(submission);
				return;
			}
			// In another block than the one that was read: there it may have done something else.
			const isReverted = submission.state === "reverted";
			const hasMoved = inclusion.slot !== submission.includedSlot || inclusion.isReverted !== isReverted;
			if (!hasMoved && !inclusion.isFinalized) return;
			this.#watched.delete(submission);
			if (hasMoved) onMoved(submission);
			else onFinalized(submission);
		});
		if (absent.length > 0) await this.#ask(absent, await head());
	}

	/**
	 * Absent from what a node keeps at hand is normal after some minutes; absent from its blocks looks like a fork. That
	 * is no proof, and none is needed: what is open again ends by proof, and a node that erred finds it again.
	 */
	async #ask(absent: readonly SubmissionRecord[], head: FinalizedHead): Promise<void> {
		const { chain, onFinalized, onMoved } = this.#options;
		for (const submission of absent) {
			if (submission.includedSlot > head.slot) continue;
			const transaction = await chain.transaction(submission.claim.signature);
			if (transaction && transaction.slot > head.slot) continue;
			this.#watched.delete(submission);
			if (transaction?.slot === submission.includedSlot) onFinalized(submission);
			else onMoved(submission);
		}
	}
}
