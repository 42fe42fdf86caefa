import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { Fill, SubmissionState } from "../../core/execution/submission.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import type { TradingState } from "../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { BookLine } from "./risk.ts";

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
	readonly strategy: { readonly opportunities: number; readonly intents: number };
	readonly risk: {
		readonly approved: number;
		readonly denied: number;
		readonly deniedByCode: Readonly<Partial<Record<DenyCode, number>>>;
	};
	readonly executor: {
		readonly submitted: number;
		readonly landed: number;
		readonly reverted: number;
		readonly expired: number;
		readonly unknown: number;
	};
	readonly books: readonly BookLine[];
	readonly latencyMicros: { readonly receivedToSigned: LatencySummary } & Readonly<Record<string, LatencySummary>>;
	/** Slot of the books' cut and reservations open at it. */
	readonly booksSlot: number;
	readonly inFlight: number;
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
	readonly pair: string;
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
}

export interface MonitorActions {
	"monitor.status": { params: undefined; result: SystemStatus };
	"monitor.pools": { params: undefined; result: readonly PoolView[] };
	/** Newest first. */
	"monitor.intents": { params: { readonly limit: number }; result: readonly IntentTrace[] };
	"monitor.intent": { params: { readonly intentId: IntentId }; result: IntentTrace | null };
	"monitor.equity": { params: undefined; result: readonly EquityPoint[] };
}
