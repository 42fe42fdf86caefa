import type { TradingStateRecord } from "../../core/risk/trading-state.ts";

const STATES: readonly unknown[] = ["active", "reducing", "halted"];

/** The trading state as this executor last heard of it. What it does not know, it takes for halted. */
export class TradingStateView {
	#record: TradingStateRecord | null = null;
	#newestMicros = Number.NEGATIVE_INFINITY;
	/** The kill switch was raised while risk's newest word was this old. */
	#killed: { readonly why: string; readonly newestMicros: number } | null = null;

	/**
	 * Takes a record, unless a newer one is known. A halt is taken whatever its time: the clock of the machine that halts
	 * may be behind that of the one which resumed. If it was only late, risk's next word lifts it within moments.
	 */
	offer(record: TradingStateRecord): void {
		if (!STATES.includes(record?.state) || !Number.isFinite(record.changedAtMicros)) return;
		const isOlder = record.changedAtMicros < this.#newestMicros;
		if (isOlder && record.state !== "halted") return;
		this.#newestMicros = Math.max(this.#newestMicros, record.changedAtMicros);
		this.#record = record;
		// Risk's word from before says nothing of it. What comes later was said by a person who resumed.
		if (this.#killed && record.state !== "halted" && record.changedAtMicros > this.#killed.newestMicros) {
			this.#killed = null;
		}
	}

	/** The kill switch was raised: halted until a person resumes, also where risk did not see it. */
	kill(why: string): void {
		this.#killed = { why, newestMicros: this.#newestMicros };
	}

	/** Whether risk itself says that trading is halted. */
	get isHaltedByRisk(): boolean {
		return this.#record?.state === "halted";
	}

	get isKnown(): boolean {
		return this.#record !== null;
	}

	/** Why nothing may be signed or sent, or null. */
	get halt(): string | null {
		if (this.#killed) return this.#killed.why;
		if (!this.#record) return "the trading state is not known yet: risk has not told it";
		const { state, changedBy, reason } = this.#record;
		return state === "halted" ? `halted by ${changedBy}: ${reason}` : null;
	}
}
