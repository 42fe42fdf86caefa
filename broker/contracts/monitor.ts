import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { Fill, SubmissionState } from "../../core/execution/submission.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import type { LimitUse } from "../../core/risk/limit-use.ts";
import type { TradingState } from "../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { BookLine } from "./risk.ts";
import type { HostedStrategyStatus } from "./strategy.ts";

export interface LatencySummary {
	readonly p50: number;
	readonly p99: number;
	readonly count: number;
}

export interface SystemStatus {
	readonly mode: string;
	readonly tradingState: TradingState;
	readonly slot: number;
	readonly uptimeSeconds: number;
	readonly feed: { readonly pools: number; readonly updates: number; readonly stalePools: number };
	readonly strategy: {
		readonly opportunities: number;
		readonly intents: number;
		/** Each plug-in, node after node. */
		readonly strategies: readonly HostedStrategyStatus[];
	};
	readonly risk: {
		readonly approved: number;
		readonly denied: number;
		readonly deniedByCode: Readonly<Partial<Record<DenyCode, number>>>;
		/** How far each limit is used. */
		readonly uses: readonly LimitUse[];
		/** Strategies that are off until a person enables them. */
		readonly throttled: readonly string[];
	};
	readonly executor: {
		readonly submitted: number;
		readonly landed: number;
		readonly reverted: number;
		readonly expired: number;
		/** Bookings that forks took back. */
		readonly reversed: number;
		readonly unknown: number;
	};
	readonly books: readonly BookLine[];
	readonly latencyMicros: { readonly receivedToSigned: LatencySummary } & Readonly<Record<string, LatencySummary>>;
	/** Slot of the books' cut and reservations open at it. */
	readonly booksSlot: number;
	readonly inFlight: number;
	/** Profit realised since the ledger opened, in the quote asset; null until the books and the prices are known. */
	readonly equity: Equity | null;
	/** Actors that did not answer: their numbers are the last known, or zero. */
	readonly silent: readonly string[];
}

/** The newest point of the equity curve with the asset it is valued in. */
export interface Equity extends EquityPoint {
	readonly symbol: string;
	readonly decimals: number;
}

/** How an actor of a node is. `missing`: no node runs it. `silent`: its node is there, but no answer came in time. */
export type ActorState = "ok" | "recovering" | "disconnected" | "paused" | "silent" | "missing";

export interface ActorHealth {
	readonly actor: string;
	/** The node that runs it; null when none does. */
	readonly node: string | null;
	readonly state: ActorState;
}

export interface SystemHealth {
	/** Every actor that trading needs is there and well. A halted desk can be healthy. */
	readonly healthy: boolean;
	/** Null while risk does not answer. */
	readonly tradingState: TradingState | null;
	readonly actors: readonly ActorHealth[];
}

/** The whole life of an intent. */
export interface IntentTrace {
	readonly intent: OrderIntent;
	readonly verdict: {
		readonly status: "approved" | "denied" | "pending";
		readonly code: DenyCode | null;
		readonly detail: string | null;
	};
	readonly state: SubmissionState | "none";
	readonly executor: string | null;
	readonly signature: Signature | null;
	readonly fill: Fill | null;
	readonly timings: StageTimings;
}

/** One point of the equity curve. */
export interface EquityPoint {
	/** Milliseconds since the Unix epoch. */
	readonly atMs: number;
	/** Profit realised since the ledger opened, valued in the quote asset at its current price, in its base units. */
	readonly profit: bigint;
}

export interface PoolView {
	readonly address: string;
	readonly venue: string;
	/** The two symbols, in the same order for every pool of the pair. */
	readonly pair: string;
	readonly mintA: string;
	readonly mintB: string;
	readonly symbolA: string;
	readonly symbolB: string;
	readonly decimalsA: number;
	readonly decimalsB: number;
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	readonly slot: number;
	readonly stale: boolean;
	/** B per A, for display. */
	readonly price: number;
	/** The pair's second symbol per its first, for display: comparable over all pools of the pair. */
	readonly pairPrice: number;
}

export interface MonitorActions {
	"monitor.status": { params: undefined; result: SystemStatus };
	"monitor.pools": { params: undefined; result: readonly PoolView[] };
	/** Newest first. */
	"monitor.intents": { params: { readonly limit: number }; result: readonly IntentTrace[] };
	"monitor.intent": { params: { readonly intentId: IntentId }; result: IntentTrace | null };
	/** Oldest first. */
	"monitor.equity": { params: undefined; result: readonly EquityPoint[] };
	"monitor.health": { params: undefined; result: SystemHealth };
	/** What the metrics port serves, in the Prometheus text format. */
	"monitor.metrics": { params: undefined; result: string };
	/** Prints the session's books on the terminal, where the configuration wants an account there. */
	"monitor.farewell": { params: undefined; result: null };
}
