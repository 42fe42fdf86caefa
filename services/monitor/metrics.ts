import type { SystemStatus } from "../../broker/contracts/monitor.ts";
import type { BookLine } from "../../broker/contracts/risk.ts";
import { DENY_CODES } from "../../core/risk/deny-code.ts";
import { realisedOf } from "./equity.ts";

/** A metric as `moleculer-prometheus` takes it in `settings.metrics`. */
export interface MetricDefinition {
	readonly type: "Gauge" | "Counter";
	readonly help: string;
	readonly labelNames?: readonly string[];
}

/**
 * Every metric of our own: name, kind, meaning and unit. Counters are their owners' counts since those started, so a
 * restart sets them back, as Prometheus expects of counters; what the ledger counts survives restarts.
 */
export const METRICS = {
	mojo_up: { type: "Gauge", help: "1 when no actor that trading needs is silent, else 0" },
	mojo_uptime_seconds: { type: "Gauge", help: "Seconds since the monitor started" },
	mojo_slot: { type: "Gauge", help: "Newest slot of the chain that the feed has seen" },
	mojo_trading_state: {
		type: "Gauge",
		help: "1 for the state the desk is in, 0 for the others",
		labelNames: ["state"],
	},
	mojo_pools: { type: "Gauge", help: "Pools that are followed" },
	mojo_stale_pools: { type: "Gauge", help: "Pools of them that are stale" },
	mojo_updates_total: { type: "Counter", help: "Account updates that the feeds applied" },
	mojo_tick_gaps_total: { type: "Counter", help: "Tick batches that this monitor missed" },
	mojo_tick_batches_dropped_total: { type: "Counter", help: "Tick batches that this node did not send" },
	mojo_opportunities_total: { type: "Counter", help: "Cycles found to be worth their minimum profit" },
	mojo_intents_total: { type: "Counter", help: "Order intents that strategies submitted" },
	mojo_approved_total: { type: "Counter", help: "Intents that risk approved" },
	mojo_denied_total: { type: "Counter", help: "Intents that risk denied, by code", labelNames: ["code"] },
	mojo_limit_use_ratio: {
		type: "Gauge",
		help: "How far a limit is used, from 0 to 1, by the code that its refusals carry; mint and strategy where it is of one",
		labelNames: ["limit", "mint", "strategy"],
	},
	mojo_strategy_running: {
		type: "Gauge",
		help: "1 for a strategy whose intents would be sent now, on any node",
		labelNames: ["strategy"],
	},
	mojo_strategy_opportunities_total: {
		type: "Counter",
		help: "Trades that a strategy found worth proposing",
		labelNames: ["strategy"],
	},
	mojo_strategy_intents_total: { type: "Counter", help: "Intents that a strategy proposed", labelNames: ["strategy"] },
	mojo_strategy_positions: { type: "Gauge", help: "Positions that a strategy holds", labelNames: ["strategy"] },
	mojo_strategy_throttled: {
		type: "Gauge",
		help: "1 for a strategy that failed too often and is off until a person enables it",
		labelNames: ["strategy"],
	},
	mojo_submitted_total: { type: "Counter", help: "Submissions since the ledger was opened" },
	mojo_landed_total: { type: "Counter", help: "Submissions that landed with success" },
	mojo_reverted_total: { type: "Counter", help: "Submissions that the chain included and reverted" },
	mojo_expired_total: { type: "Counter", help: "Submissions proven never to have landed" },
	mojo_reversed_total: { type: "Counter", help: "Bookings that a fork took back: the intent was open again" },
	mojo_unknown: { type: "Gauge", help: "Submissions whose outcome is not proven yet" },
	mojo_in_flight: { type: "Gauge", help: "Open reservations at the newest cut of the books" },
	mojo_book_difference: {
		type: "Gauge",
		help: "Chain balance less booked balance, base units: anything but 0 is an alarm",
		labelNames: ["mint", "symbol"],
	},
	mojo_realised_profit: {
		type: "Gauge",
		help: "Fills less fees, tips and loan fees since the ledger was opened, base units of the mint",
		labelNames: ["mint", "symbol"],
	},
	mojo_equity: {
		type: "Gauge",
		help: "Profit realised since the ledger was opened, base units of the quote asset",
		labelNames: ["symbol"],
	},
	mojo_latency_microseconds: {
		type: "Gauge",
		help: "Stage latency over all executors, microseconds, by quantile",
		labelNames: ["stage", "quantile"],
	},
	mojo_latency_observations_total: {
		type: "Counter",
		help: "Observations behind the stage latencies",
		labelNames: ["stage"],
	},
	mojo_rpc_endpoint_healthy: {
		type: "Gauge",
		help: "1 when an executor counts the RPC endpoint as well, 0 when it is out",
		labelNames: ["executor", "endpoint"],
	},
	mojo_rpc_endpoint_lag_slots: {
		type: "Gauge",
		help: "Slots that the RPC endpoint is behind the median",
		labelNames: ["executor", "endpoint"],
	},
	mojo_rpc_endpoint_error_rate: {
		type: "Gauge",
		help: "Share of requests of the last seconds that failed, 0 to 1",
		labelNames: ["executor", "endpoint"],
	},
	mojo_rpc_endpoint_latency_microseconds: {
		type: "Gauge",
		help: "Smoothed time of an answer, microseconds",
		labelNames: ["executor", "endpoint"],
	},
	mojo_rpc_oversized_answers_total: {
		type: "Counter",
		help: "Answers of the RPC endpoint that were longer than is ever read",
		labelNames: ["executor", "endpoint"],
	},
	mojo_rpc_requests_total: {
		type: "Counter",
		help: "Requests to the RPC endpoint, by lane: reads, sends",
		labelNames: ["executor", "endpoint", "lane"],
	},
	mojo_rpc_failures_total: {
		type: "Counter",
		help: "Requests that the RPC endpoint did not answer, refusals for their rate among them",
		labelNames: ["executor", "endpoint", "lane"],
	},
	mojo_rpc_in_flight: {
		type: "Gauge",
		help: "Requests without an answer",
		labelNames: ["executor", "endpoint", "lane"],
	},
	mojo_rpc_paused_milliseconds: {
		type: "Gauge",
		help: "How long the RPC endpoint still wants to be left alone",
		labelNames: ["executor", "endpoint", "lane"],
	},
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** A value of a metric. */
export interface Sample {
	readonly name: MetricName;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export interface MetricsReading {
	readonly status: SystemStatus;
	readonly tickGaps: number;
	readonly ticksDropped: number;
}

/** All samples of a reading. */
export function samplesOf({ status, tickGaps, ticksDropped }: MetricsReading): Sample[] {
	const plain: Partial<Record<MetricName, number>> = {
		mojo_up: status.silent.length === 0 ? 1 : 0,
		mojo_uptime_seconds: status.uptimeSeconds,
		mojo_slot: status.slot,
		mojo_pools: status.feed.pools,
		mojo_stale_pools: status.feed.stalePools,
		mojo_updates_total: status.feed.updates,
		mojo_tick_gaps_total: tickGaps,
		mojo_tick_batches_dropped_total: ticksDropped,
		mojo_opportunities_total: status.strategy.opportunities,
		mojo_intents_total: status.strategy.intents,
		mojo_approved_total: status.risk.approved,
		mojo_submitted_total: status.executor.submitted,
		mojo_landed_total: status.executor.landed,
		mojo_reverted_total: status.executor.reverted,
		mojo_expired_total: status.executor.expired,
		mojo_reversed_total: status.executor.reversed,
		mojo_unknown: status.executor.unknown,
		mojo_in_flight: status.inFlight,
	};
	const samples = Object.entries(plain).map(([name, value]) => sample(name as MetricName, value));
	for (const state of ["active", "reducing", "halted"]) {
		samples.push(sample("mojo_trading_state", status.tradingState === state ? 1 : 0, { state }));
	}
	samples.push(...strategySamples(status.strategy), ...riskSamples(status.risk));
	for (const line of status.books) {
		samples.push(sample("mojo_book_difference", Number(line.difference), labelsOf(line)));
		samples.push(sample("mojo_realised_profit", Number(realisedOf(line)), labelsOf(line)));
	}
	if (status.equity) {
		samples.push(sample("mojo_equity", Number(status.equity.profit), { symbol: status.equity.symbol }));
	}
	for (const [stage, { p50, p99, count }] of Object.entries(status.latencyMicros)) {
		samples.push(sample("mojo_latency_microseconds", p50, { stage, quantile: "0.5" }));
		samples.push(sample("mojo_latency_microseconds", p99, { stage, quantile: "0.99" }));
		samples.push(sample("mojo_latency_observations_total", count, { stage }));
	}
	return samples;
}

/** One line a strategy, over all nodes that run it. */
function strategySamples({ strategies }: SystemStatus["strategy"]): Sample[] {
	return [...Map.groupBy(strategies, ({ name }) => name)].flatMap(([strategy, nodes]) => {
		const total = (of: (node: (typeof nodes)[number]) => number) => nodes.reduce((sum, node) => sum + of(node), 0);
		const labels = { strategy };
		return [
			sample("mojo_strategy_running", nodes.some(({ running }) => running) ? 1 : 0, labels),
			sample(
				"mojo_strategy_opportunities_total",
				total(({ opportunities }) => opportunities),
				labels,
			),
			sample(
				"mojo_strategy_intents_total",
				total(({ intents }) => intents),
				labels,
			),
			sample(
				"mojo_strategy_positions",
				total(({ positions }) => positions ?? 0),
				labels,
			),
		];
	});
}

/** Every deny code has its line, also when nothing was refused with it yet: a rate needs its zero. */
function riskSamples({ deniedByCode, throttled, uses }: SystemStatus["risk"]): Sample[] {
	return [
		...DENY_CODES.map((code) => sample("mojo_denied_total", deniedByCode[code] ?? 0, { code })),
		...throttled.map((strategy) => sample("mojo_strategy_throttled", 1, { strategy })),
		...uses.map(({ code, mint, strategy, used, limit }) =>
			sample("mojo_limit_use_ratio", ratio(used, limit), { limit: code, mint: mint ?? "", strategy: strategy ?? "" }),
		),
	];
}

/** A limit of 0 is used up from the start. */
function ratio(used: bigint, limit: bigint): number {
	return limit === 0n ? 1 : Number(used) / Number(limit);
}

function sample(name: MetricName, value: number, labels: Sample["labels"] = {}): Sample {
	return { name, labels, value };
}

function labelsOf({ mint, symbol }: BookLine): Sample["labels"] {
	return { mint, symbol };
}
