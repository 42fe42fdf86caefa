import type { FlashLender } from "../../core/execution/flash-loan.ts";
import { type LenderReader, type LenderRefusal, sameLenders } from "./lender-reader.ts";

export interface LenderWatchOptions {
	readonly reader: LenderReader;
	/** What was told of the lenders so far, and of those that cannot lend. */
	readonly lenders: readonly FlashLender[];
	readonly refusals: readonly LenderRefusal[];
	/** Something about the lenders is another than before. */
	readonly onChanged: (lenders: readonly FlashLender[]) => void;
	/** Other reserves than before cannot lend. */
	readonly onRefused: (refusals: readonly LenderRefusal[]) => void;
	readonly onTrouble: (reason: string) => void;
}

const EVERY_SLOTS = 5;

/** Reads the lenders again every few slots, never twice at a time: what they can lend changes, and one may come late. */
export class LenderWatch {
	readonly #options: LenderWatchOptions;
	readonly #abort = new AbortController();
	#lenders: readonly FlashLender[];
	#refused = "";
	#readAtSlot = Number.NEGATIVE_INFINITY;
	#isReading = false;

	constructor(options: LenderWatchOptions) {
		this.#options = options;
		this.#lenders = options.lenders;
		this.#noteRefusals(options.refusals);
	}

	advance(slot: number): void {
		if (this.#isReading || slot - this.#readAtSlot < EVERY_SLOTS) return;
		this.#readAtSlot = slot;
		void this.#read();
	}

	stop(): void {
		this.#abort.abort();
	}

	async #read(): Promise<void> {
		this.#isReading = true;
		try {
			const { lenders, refusals } = await this.#options.reader.read(this.#abort.signal);
			if (this.#abort.signal.aborted) return;
			this.#noteRefusals(refusals);
			if (sameLenders(lenders, this.#lenders)) return;
			this.#lenders = lenders;
			this.#options.onChanged(lenders);
		} catch (error) {
			if (!this.#abort.signal.aborted) this.#options.onTrouble(`lenders cannot be read: ${(error as Error).message}`);
		} finally {
			this.#isReading = false;
		}
	}

	#noteRefusals(refusals: readonly LenderRefusal[]): void {
		const text = refusals.map(({ reserve, code }) => `${reserve} ${code}`).join();
		if (text === this.#refused) return;
		this.#refused = text;
		if (refusals.length > 0) this.#options.onRefused(refusals);
	}
}
