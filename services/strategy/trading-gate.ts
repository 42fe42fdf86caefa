import type { Bus } from "../../broker/bus.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { isTradingStateRecord } from "../../mixins/trading-state.ts";

/** While nothing may be sent, risk is asked so often whether that is still so: a lost event must not last. */
const ASK_INTERVAL_MS = 200;
const ASK_TIMEOUT_MS = 2_000;

/**
 * Whether intents may be sent at all. Risk decides on every one of them; this only keeps from asking in vain. What is
 * not known counts as no.
 */
export class TradingGate {
	readonly #bus: Bus;
	readonly #isEnabled: () => boolean;
	#record: TradingStateRecord | null = null;
	/** Why the strategy itself stands still, or null. */
	#pause: string | null = null;
	#timer: NodeJS.Timeout | null = null;
	#isAsking = false;
	#isStopped = false;

	constructor(options: { readonly bus: Bus; readonly isEnabled: () => boolean }) {
		this.#bus = options.bus;
		this.#isEnabled = options.isEnabled;
	}

	get isOpen(): boolean {
		return this.#pause === null && this.#record?.state === "active";
	}

	/** Why nothing may be sent, or null. */
	get closedBecause(): string | null {
		if (this.#pause !== null) return this.#pause;
		if (this.#record === null) return "risk has not told its trading state";
		const { state, changedBy, reason } = this.#record;
		return state === "active" ? null : `trading is ${state} by ${changedBy}: ${reason}`;
	}

	/** Also when strategies were switched on that were off. */
	start(): void {
		if (this.#isEnabled()) this.#ask();
	}

	stop(): void {
		this.#isStopped = true;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}

	pause(reason: string): void {
		this.#pause = reason;
	}

	resume(): void {
		this.#pause = null;
	}

	/** Takes a trading state, unless a newer one is known. */
	offer(record: TradingStateRecord | null): void {
		if (!isTradingStateRecord(record)) {
			this.doubt();
			return;
		}
		if (this.#record !== null && record.changedAtMicros < this.#record.changedAtMicros) return;
		this.#record = record;
		if (record.state !== "active") this.#askLater();
	}

	/** What was known is in doubt: nothing is sent until risk has answered. */
	doubt(): void {
		this.#record = null;
		this.#askLater();
	}

	#ask(): void {
		if (this.#isAsking || this.#isStopped) return;
		this.#isAsking = true;
		this.#bus.call("risk.tradingState", undefined, { timeout: ASK_TIMEOUT_MS, retries: 0 }).then(
			(record) => {
				this.#isAsking = false;
				this.offer(record);
			},
			() => {
				// Risk is not there, or recovering: it is asked again.
				this.#isAsking = false;
				this.#askLater();
			},
		);
	}

	#askLater(): void {
		if (this.#timer !== null || this.#isStopped || !this.#isEnabled()) return;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			this.#ask();
		}, ASK_INTERVAL_MS);
		this.#timer.unref();
	}
}
