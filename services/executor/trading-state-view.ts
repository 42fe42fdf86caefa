import type { TradingStateRecord } from "../../core/risk/trading-state.ts";

const STATES: readonly unknown[] = ["active", "reducing", "halted"];

/** The trading state as this executor last heard of it. What it does not know, it takes for halted. */
export class TradingStateView {
	#record: TradingStateRecord | null = null;

	/** Takes a record, unless a newer one is known. */
	offer(record: TradingStateRecord): void {
		if (!STATES.includes(record?.state) || !Number.isFinite(record.changedAtMicros)) return;
		if (this.#record && record.changedAtMicros < this.#record.changedAtMicros) return;
		this.#record = record;
	}

	get isKnown(): boolean {
		return this.#record !== null;
	}

	/** Why nothing may be signed or sent, or null. */
	get halt(): string | null {
		if (!this.#record) return "the trading state is not known yet: risk has not told it";
		const { state, changedBy, reason } = this.#record;
		return state === "halted" ? `halted by ${changedBy}: ${reason}` : null;
	}
}
