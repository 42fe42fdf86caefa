import type { LedgerRecord } from "../../core/risk/ledger-record.ts";
import { LedgerState } from "../../core/risk/ledger-state.ts";
import { Journal } from "../../libs/journal/journal.ts";
import type { OpenSegment } from "../../libs/journal/segment-file.ts";

/** A segment is folded in well under a second, and checkpoints keep it the only one. */
const MAXIMUM_SEGMENT_BYTES = 4 * 1024 * 1024;

export interface LedgerOptions {
	readonly folder: string;
	readonly maximumSegmentBytes?: number;
	/** How the ledger's files are opened; tests give a disk that fails. */
	readonly openSegment?: OpenSegment;
}

/** The ledger: a journal of what risk decided and what the chain told, and the state that follows from it. */
export class Ledger {
	readonly state: LedgerState;
	readonly #journal: Journal;

	private constructor(journal: Journal, state: LedgerState) {
		this.#journal = journal;
		this.state = state;
	}

	/**
	 * @throws JournalError corrupt when the files are not what was written
	 * @throws Error when a record cannot follow those before it
	 */
	static async open(options: LedgerOptions): Promise<{ readonly ledger: Ledger; readonly cutBytes: number }> {
		const state = new LedgerState();
		const { journal, records, cutBytes } = await Journal.open({
			folder: options.folder,
			maximumSegmentBytes: options.maximumSegmentBytes ?? MAXIMUM_SEGMENT_BYTES,
			...(options.openSegment && { openSegment: options.openSegment }),
			checkpoint: (): LedgerRecord => ({ type: "checkpoint", state: state.checkpoint() }),
		});
		try {
			for (const record of records) state.apply(record as LedgerRecord);
		} catch (error) {
			await journal.close();
			throw error;
		}
		return { ledger: new Ledger(journal, state), cutBytes };
	}

	/** Why no records are taken, or null. */
	get failure(): string | null {
		return this.#journal.dead?.message ?? null;
	}

	/**
	 * Writes a record and takes it into the state. It survives the end of this process at once, and a power cut within
	 * moments. That is enough: an intent's durable claim is its executor's, and what a power cut takes from here, the
	 * memos in the wallet's history give back.
	 *
	 * @throws JournalError when the journal is dead, Error when the record cannot follow; the state is then unchanged
	 */
	record(record: LedgerRecord): void {
		this.state.assertFollows(record);
		this.#journal.write(record);
		this.state.apply(record);
	}

	close(): Promise<void> {
		return this.#journal.close();
	}
}
