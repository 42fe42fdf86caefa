import { join } from "node:path";
import {
	type SignedSpending,
	SignerSpending,
	type SignerSpendingRecord,
} from "../../core/execution/signer-spending.ts";
import type { SubmissionOutcome, SubmissionState } from "../../core/execution/submission.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { Journal, type JournalOptions } from "../../libs/journal/journal.ts";
import type { Claim } from "./claim.ts";

/** How a claim is closed: by the chain, or because its bytes never left. */
export type ClaimEnd = SubmissionOutcome | "finalized" | "withdrawn";

type ClaimRecord =
	| { readonly type: "claim"; readonly claim: Claim }
	| { readonly type: "moved"; readonly intentId: IntentId; readonly state: SubmissionState; readonly atMicros: number }
	| { readonly type: "end"; readonly intentId: IntentId; readonly end: ClaimEnd }
	| { readonly type: "signed"; readonly spending: SignedSpending }
	/** What begins a segment; without spending: by a version that forgot it. */
	| { readonly type: "open"; readonly claims: readonly Claim[]; readonly spending?: SignerSpendingRecord };

/** What follows from the records. */
interface State {
	readonly open: Map<IntentId, Claim>;
	spending: SignerSpending;
}

export type ClaimJournalOptions = Pick<JournalOptions, "maximumSegmentBytes" | "openSegment"> & {
	/** The executor's own folder. */
	readonly folder: string;
};

/**
 * The claims of one executor, and what it signed within the hour. A claim is open until it is ended; the file holds the open ones and the last segment's
 * history, so that it stays small however long the executor runs.
 */
export class ClaimJournal {
	readonly #journal: Journal;
	readonly #state: State;

	private constructor(journal: Journal, state: State) {
		this.#journal = journal;
		this.#state = state;
	}

	/**
	 * Opens the journal in an executor's folder.
	 *
	 * @throws JournalError when it is damaged
	 */
	static async open(options: ClaimJournalOptions): Promise<ClaimJournal> {
		const state: State = { open: new Map(), spending: new SignerSpending() };
		const { journal, records } = await Journal.open({
			folder: claimsFolder(options.folder),
			maximumSegmentBytes: options.maximumSegmentBytes,
			checkpoint: (): ClaimRecord => ({
				type: "open",
				claims: [...state.open.values()],
				spending: state.spending.record,
			}),
			...(options.openSegment && { openSegment: options.openSegment }),
		});
		for (const record of records) fold(state, record as ClaimRecord);
		return new ClaimJournal(journal, state);
	}

	/** Claims that have no end. */
	get open(): readonly Claim[] {
		return [...this.#state.open.values()];
	}

	/** What was signed within the hour by whoever held this folder. */
	get spending(): SignerSpendingRecord {
		return this.#state.spending.record;
	}

	/** Why no claim can be made any more, or null. */
	get dead(): Error | null {
		return this.#journal.dead;
	}

	/** Resolves when the claim is durable; rejects when that is not certain: then nothing may leave. */
	claim(claim: Claim): Promise<void> {
		return this.#append({ type: "claim", claim });
	}

	/** Resolves when it is durable that something besides intents was signed; rejects when that is not certain. */
	signed(spending: SignedSpending): Promise<void> {
		return this.#append({ type: "signed", spending });
	}

	/**
	 * Writes down how a submission went on, for whoever reads the file. Not waited for: the chain is asked, not the file.
	 *
	 * @throws JournalError when the journal is dead
	 */
	moved(intentId: IntentId, state: SubmissionState, atMicros: number): void {
		this.#journal.write({ type: "moved", intentId, state, atMicros } satisfies ClaimRecord);
	}

	/**
	 * Ends a claim. Not waited for: an end that a power cut takes away is found again on the chain.
	 *
	 * @throws JournalError when the journal is dead
	 */
	end(intentId: IntentId, end: ClaimEnd): void {
		this.#journal.write({ type: "end", intentId, end } satisfies ClaimRecord);
		this.#state.open.delete(intentId);
	}

	close(): Promise<void> {
		return this.#journal.close();
	}

	/** Handed over first, then taken in: a segment that begins with the record sums up what was before it. */
	#append(record: ClaimRecord): Promise<void> {
		const durable = this.#journal.append(record);
		fold(this.#state, record);
		return durable;
	}
}

/** Where the journal's files are, in an executor's folder. */
export function claimsFolder(folder: string): string {
	return join(folder, "claims");
}

function fold(state: State, record: ClaimRecord): void {
	const { open } = state;
	switch (record.type) {
		case "claim":
			open.set(record.claim.intentId, record.claim);
			if (record.claim.spending) state.spending.add(record.claim.spending);
			return;
		case "signed":
			state.spending.add(record.spending);
			return;
		case "moved":
			return;
		case "end":
			open.delete(record.intentId);
			return;
		case "open":
			open.clear();
			for (const claim of record.claims) open.set(claim.intentId, claim);
			state.spending = new SignerSpending(record.spending);
	}
}
