import type { ExecutorLatencies } from "../../broker/contracts/executor.ts";
import type { LatencySummary, SystemStatus } from "../../broker/contracts/monitor.ts";
import type { Stage, StageTimings } from "../../core/execution/stage-timings.ts";
import { Histogram } from "../../core/types/histogram.ts";

/** What executors measure themselves, in their hot path. */
const MEASURED = ["receivedToSigned", "approvedToSigned", "signedToSent", "sentToLanded"] as const;

/** What is read off the timings that intents carry: the stages before an executor has them. */
const TRACED: Readonly<Record<string, readonly [from: Stage, to: Stage]>> = {
	receivedToDecoded: ["received", "decoded"],
	decodedToFound: ["decoded", "found"],
	foundToApproved: ["found", "approved"],
};

/** More executors than a desk runs; beyond it the one longest unheard of is forgotten. */
const MAX_EXECUTORS = 64;

/**
 * Stage latencies in microseconds. Executors send cumulative histograms, so the newest of each is kept and they are
 * merged on reading: a lost or repeated message changes nothing, and a late listener knows all.
 */
export class LatencyBoard {
	readonly #executors = new Map<string, ExecutorLatencies>();
	readonly #traced: Readonly<Record<string, Histogram>> = Object.fromEntries(
		Object.keys(TRACED).map((name) => [name, new Histogram()]),
	);

	measured(latencies: ExecutorLatencies): void {
		this.#executors.delete(latencies.executor);
		this.#executors.set(latencies.executor, latencies);
		if (this.#executors.size <= MAX_EXECUTORS) return;
		for (const oldest of this.#executors.keys()) {
			this.#executors.delete(oldest);
			break;
		}
	}

	/** Once an intent: when it was approved. */
	traced(timings: StageTimings): void {
		for (const [name, [from, to]] of Object.entries(TRACED)) {
			const start = timings[from];
			const end = timings[to];
			if (start !== undefined && end !== undefined) this.#traced[name]?.record(end - start);
		}
	}

	/** All stages, each over all executors. */
	summaries(): SystemStatus["latencyMicros"] {
		const summaries: Record<string, LatencySummary> = {};
		for (const [name, histogram] of Object.entries(this.#traced)) summaries[name] = summaryOf(histogram);
		for (const name of MEASURED) {
			const merged = new Histogram();
			for (const latencies of this.#executors.values()) merged.merge(latencies[name]);
			summaries[name] = summaryOf(merged);
		}
		return summaries as SystemStatus["latencyMicros"];
	}
}

function summaryOf(histogram: Histogram): LatencySummary {
	return { p50: histogram.percentile(0.5), p99: histogram.percentile(0.99), count: histogram.count };
}
