import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { Verdict } from "./risk.ts";

export interface StrategyStatus {
	/** Cycles known, and how often one of them was worth more than its minimum profit. */
	readonly cycles: number;
	readonly opportunities: number;
	readonly intents: number;
	readonly ticks: number;
	/** Gaps in the tick stream that a snapshot healed. */
	readonly gaps: number;
	/** Intents would be sent now. */
	readonly running: boolean;
	/** Why not, in one sentence; null when running. */
	readonly waitingFor: string | null;
	/** Intents sent whose end is not known yet. */
	readonly inFlight: number;
	/** Cycles that exist but are not watched, because a pool of theirs has its full number. */
	readonly cyclesLeftOut: number;
	/** Profitable cycles passed over because no SOL price was known for their costs. */
	readonly unpriced: number;
}

export interface StrategyActions {
	"strategy.status": { params: undefined; result: StrategyStatus };
	/** Stops new intents; nothing in flight is affected. */
	"strategy.pause": { params: undefined; result: StrategyStatus };
	"strategy.resume": { params: undefined; result: StrategyStatus };
}

export interface StrategyEvents {
	/** Sent once a verdict is known; carries both, so that a refusal can be explained. */
	"strategy.intent.submitted": { readonly intent: OrderIntent; readonly verdict: Verdict };
}
