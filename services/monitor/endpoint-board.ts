import type { EndpointsMeasured } from "../../broker/contracts/executor.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { Sample } from "./metrics.ts";

/** More executors than a desk runs; beyond it the one longest unheard of is forgotten. */
const MAX_EXECUTORS = 64;
/** Executors tell every two seconds. What is older speaks of one that is gone. */
const LONGEST_AGE_MICROS = 15_000_000;

/** How the RPC endpoints of the executors are, by their newest word. */
export class EndpointBoard {
	readonly #clock: Clock;
	readonly #executors = new Map<string, EndpointsMeasured & { readonly atMicros: number }>();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	measured(measured: EndpointsMeasured): void {
		this.#executors.delete(measured.executor);
		this.#executors.set(measured.executor, { ...measured, atMicros: this.#clock.monotonicMicros() });
		const [oldest] = this.#executors.keys();
		if (this.#executors.size > MAX_EXECUTORS && oldest !== undefined) this.#executors.delete(oldest);
	}

	samples(): Sample[] {
		const samples: Sample[] = [];
		const oldestMicros = this.#clock.monotonicMicros() - LONGEST_AGE_MICROS;
		for (const { executor, endpoints, atMicros } of this.#executors.values()) {
			if (atMicros < oldestMicros) continue;
			for (const one of endpoints) {
				const labels = { executor, endpoint: one.endpoint };
				samples.push(
					{ name: "mojo_rpc_endpoint_healthy", labels, value: one.healthy ? 1 : 0 },
					{ name: "mojo_rpc_endpoint_lag_slots", labels, value: one.lagSlots },
					{ name: "mojo_rpc_endpoint_error_rate", labels, value: one.errorRate },
					{ name: "mojo_rpc_oversized_answers_total", labels, value: one.oversized },
				);
				if (one.latencyMicros !== null) {
					samples.push({ name: "mojo_rpc_endpoint_latency_microseconds", labels, value: one.latencyMicros });
				}
				for (const lane of ["reads", "sends"] as const) {
					const laneLabels = { ...labels, lane };
					const { requests, failures, inFlight, pausedMs } = one[lane];
					samples.push(
						{ name: "mojo_rpc_requests_total", labels: laneLabels, value: requests },
						{ name: "mojo_rpc_failures_total", labels: laneLabels, value: failures },
						{ name: "mojo_rpc_in_flight", labels: laneLabels, value: inFlight },
						{ name: "mojo_rpc_paused_milliseconds", labels: laneLabels, value: pausedMs },
					);
				}
			}
		}
		return samples;
	}
}
