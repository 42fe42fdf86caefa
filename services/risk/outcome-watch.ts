import type { Clock } from "../../core/types/clock.ts";
import type { Ledger } from "./ledger.ts";
import { Pause } from "./pause.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface OutcomeWatchOptions {
	readonly ledger: Ledger;
	readonly reconciler: Pick<Reconciler, "expire">;
	readonly clock: Clock;
	readonly logger: RiskLogger;
	readonly hasExecutor: () => boolean;
	/** Asks any executor for its wallet, in case its announcement was missed. */
	readonly askWallet: () => Promise<unknown>;
	readonly askCatalog: () => void;
}

const LOOK_INTERVAL_MS = 1_000;
/** A settlement normally comes within two or three slots of the deadline. */
const EXPECTED_WITHIN_MICROS = 4_000_000;
/** Looking again at what did not change becomes rarer up to this. */
const LONGEST_WAIT_MS = 15_000;

/** Asks the chain about reservations that outlived what is usual: their settlement may have been lost. */
export class OutcomeWatch {
	readonly #options: OutcomeWatchOptions;
	readonly #pause = new Pause();
	#stopped = false;
	#asked = false;
	#waitMs = LOOK_INTERVAL_MS;
	#reported = "";

	constructor(options: OutcomeWatchOptions) {
		this.#options = options;
	}

	/** Looks at the chain soon. */
	look(): void {
		this.#asked = true;
		this.#waitMs = LOOK_INTERVAL_MS;
		this.#pause.wake();
	}

	stop(): void {
		this.#stopped = true;
		this.#pause.close();
	}

	/** Looks until it is stopped. */
	async run(): Promise<void> {
		while (!this.#stopped) {
			this.#options.askCatalog();
			if (!this.#options.hasExecutor()) await this.#options.askWallet().catch(() => {});
			await this.#round();
			await this.#pause.wait(this.#waitMs, { wakeable: true });
		}
	}

	async #round(): Promise<void> {
		const { reconciler, logger } = this.#options;
		const overdue = this.#overdue();
		if (!this.#asked && overdue === 0) {
			this.#waitMs = LOOK_INTERVAL_MS;
			return;
		}
		this.#asked = false;
		try {
			await reconciler.expire();
			this.#reported = "";
		} catch (error) {
			const { message } = error as Error;
			if (!this.#stopped && message !== this.#reported) {
				logger.warn(`Outcomes of ${overdue} intents cannot be read from the chain yet: ${message}`);
			}
			this.#reported = message;
		}
		this.#waitMs = this.#overdue() > 0 ? Math.min(LONGEST_WAIT_MS, this.#waitMs * 2) : LOOK_INTERVAL_MS;
	}

	#overdue(): number {
		const { ledger, clock } = this.#options;
		const nowMicros = clock.epochMicros();
		let overdue = 0;
		for (const { deadlineMicros } of ledger.state.reservations) {
			if (deadlineMicros + EXPECTED_WITHIN_MICROS < nowMicros) overdue++;
		}
		return overdue;
	}
}
