import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { ParameterSetting } from "../../core/strategy/parameter.ts";
import type { Verdict } from "./risk.ts";

/** One plug-in strategy. Counters are those of its life in this process, over all changes of its parameters. */
export interface HostedStrategyStatus {
	readonly name: string;
	/** Switched on in the configuration. */
	readonly enabled: boolean;
	/** Its intents would be sent now. */
	readonly running: boolean;
	/** Why not, in one sentence; null when running. */
	readonly waitingFor: string | null;
	/** As the configuration has them. */
	readonly parameters: Readonly<Record<string, ParameterSetting>>;
	/** How often there was a trade worth proposing. */
	readonly opportunities: number;
	/** Proposed intents. */
	readonly intents: number;
	/** Intents whose end is not known yet. */
	readonly inFlight: number;
	/** Cycles watched, and those that are not because a pool of theirs has its full number; 0 where it follows none. */
	readonly cycles: number;
	readonly cyclesLeftOut: number;
	/** Trades passed over because no SOL price was known for their costs. */
	readonly unpriced: number;
	/** Trades passed over because their transaction would have been too large. */
	readonly tooLarge: number;
	/** Positions that it holds; null where it holds none by its nature, or they have not been read. */
	readonly positions: number | null;
}

/** Sums over the strategies, and each of them. */
export interface StrategyStatus {
	/** Cycles known, and how often there was a trade worth proposing. */
	readonly cycles: number;
	readonly opportunities: number;
	readonly intents: number;
	readonly ticks: number;
	/** Gaps in the tick stream that a snapshot healed. */
	readonly gaps: number;
	/** Intents of at least one strategy would be sent now. */
	readonly running: boolean;
	/** Why not, in one sentence; null when running. */
	readonly waitingFor: string | null;
	/** Intents sent whose end is not known yet. */
	readonly inFlight: number;
	/** Cycles that exist but are not watched, because a pool of theirs has its full number. */
	readonly cyclesLeftOut: number;
	/** Profitable cycles passed over because no SOL price was known for their costs. */
	readonly unpriced: number;
	/** Profitable cycles passed over because their transaction would have been too large. */
	readonly tooLarge: number;
	/** In the order in which they are asked. */
	readonly strategies: readonly HostedStrategyStatus[];
}

/** Absent: all of them. */
export interface StrategyChoice {
	readonly strategy?: string;
}

/** Who asks, and why. */
export interface StrategyReloadRequest {
	readonly by: string;
	readonly reason: string;
}

/** Why nothing was changed: the configuration cannot be read, strategies cannot run by it, or it is not what was armed. */
export type ReloadRefusal = "unreadable" | "unusable" | "armed";

export type Reload =
	| { readonly status: "applied" /** Names. */; readonly changed: readonly string[] }
	| { readonly status: "refused"; readonly code: ReloadRefusal; readonly reasons: readonly string[] };

export interface StrategyActions {
	"strategy.status": { params: undefined; result: StrategyStatus };
	/** Stops new intents; nothing in flight is affected. */
	"strategy.pause": { params: StrategyChoice | undefined; result: StrategyStatus };
	"strategy.resume": { params: StrategyChoice | undefined; result: StrategyStatus };
	/**
	 * Reads the strategies' part of the configuration again: all of it applies, or nothing. For a person. Where it applies,
	 * the other nodes are told to do the same with their own files.
	 */
	"strategy.reload": { params: StrategyReloadRequest; result: Reload };
}

export interface StrategyEvents {
	/** A node runs by what its configuration says now; the others are to follow. */
	"strategy.reloaded": StrategyReloadRequest;
	/** Trades were passed over because their transactions are too large, and no lookup table is known that could help. */
	"strategy.table.wanted": { readonly shard: string };
	/** Sent once a verdict is known; carries both, so that a refusal can be explained. */
	"strategy.intent.submitted": { readonly intent: OrderIntent; readonly verdict: Verdict };
}
