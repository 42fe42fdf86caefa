import { join } from "node:path";
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
	| { readonly type: "open"; readonly claims: readonly Claim[] };

export type ClaimJournalOptions = Pick<JournalOptions, "maximumSegmentBytes" | "openSegment"> & {
	/** The executor's own folder. */
	readonly folder: string;
};

/**
 * The claims of one executor. A claim is open until it is ended; the file holds the open ones and the last segment's
 * history, so that it stays small however long the executor runs.
 */
export class ClaimJournal {
	readonly #journal: Journal;
	readonly #open: Map<IntentId, Claim>;

	private constructor(journal: Journal, open: Map<IntentId, Claim>) {
		this.#journal = journal;
		this.#open = open;
	}

	/**
	 * Opens the journal in an executor's folder.
	 *
	 * @throws JournalError when it is damaged
	 */
	static async open(options: ClaimJournalOptions): Promise<ClaimJournal> {
		const open = new Map<IntentId, Claim>();
		const { journal, records } = await Journal.open({
			folder: claimsFolder(options.folder),
			maximumSegmentBytes: options.maximumSegmentBytes,
			checkpoint: (): ClaimRecord => ({ type: "open", claims: [...open.values()] }),
			...(options.openSegment && { openSegment: options.openSegment }),
		});
		for (const record of records) fold(open, record as ClaimRecord);
		return new ClaimJournal(journal, open);
	}

	/** Claims that have no end. */
	get open(): readonly Claim[] {
		return [...this.#open.values()];
	}

	/** Why no claim can be made any more, or null. */
	get dead(): Error | null {
		return this.#journal.dead;
	}

	/** Resolves when the claim is durable; rejects when that is not certain: then nothing may leave. */
	claim(claim: Claim): Promise<void> {
		const durable = this.#journal.append({ type: "claim", claim } satisfies ClaimRecord);
		this.#open.set(claim.intentId, claim);
		return durable;
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
		this.#open.delete(intentId);
	}

	close(): Promise<void> {
		return this.#journal.close();
	}
}

/** Where the journal's files are, in an executor's folder. */
export function claimsFolder(folder: string): string {
	return join(folder, "claims");
}

function fold(open: Map<IntentId, Claim>, record: ClaimRecord): void {
	switch (record.type) {
		case "claim":
			open.set(record.claim.intentId, record.claim);
			return;
		case "moved":
			return;
		case "end":
			open.delete(record.intentId);
			return;
		case "open":
			open.clear();
			for (const claim of record.claims) open.set(claim.intentId, claim);
	}
}
