import type { RehearsalCounts } from "../../broker/contracts/executor.ts";

/** What a simulation said. */
export interface Simulated {
	/** The chain's error as JSON, or null. */
	readonly error: string | null;
	readonly computeUnits: number;
}

export interface RehearsalOptions {
	/** Simulates wire bytes as base64 without looking at their signature. */
	readonly simulate: (base64: string) => Promise<Simulated>;
	readonly onOutcome: (line: string) => void;
}

/** Simulations under way at once. */
const MOST_AT_ONCE = 4;

/** A dry run: everything but the signature and the sending. */
export class Rehearsal {
	readonly #options: RehearsalOptions;
	readonly #counts = { wouldLand: 0, wouldRevert: 0, unknown: 0 };
	#running = 0;

	constructor(options: RehearsalOptions) {
		this.#options = options;
	}

	get counts(): RehearsalCounts {
		return { ...this.#counts };
	}

	/** Never rejects. */
	async run(intentId: string, base64: string): Promise<void> {
		if (this.#running >= MOST_AT_ONCE) {
			this.#counts.unknown++;
			return;
		}
		this.#running++;
		try {
			const { error, computeUnits } = await this.#options.simulate(base64);
			this.#counts[error === null ? "wouldLand" : "wouldRevert"]++;
			const outcome = error === null ? `would land, ${computeUnits} compute units` : `would revert: ${error}`;
			this.#options.onOutcome(`dry run: ${intentId} ${outcome}`);
		} catch (error) {
			this.#counts.unknown++;
			this.#options.onOutcome(`dry run: ${intentId} could not be simulated: ${(error as Error).message}`);
		} finally {
			this.#running--;
		}
	}
}
