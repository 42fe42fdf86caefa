import { expect, test } from "@jest/globals";
import type { EndpointHealth } from "../../../../core/types/endpoint-health.ts";
import { EndpointBoard } from "../../../../services/monitor/endpoint-board.ts";
import { METRICS } from "../../../../services/monitor/metrics.ts";

const time = { micros: 0 };
const clock = { epochMicros: () => time.micros, monotonicMicros: () => time.micros };

const lane = (requests: number) => ({ requests, failures: 1, inFlight: 2, pausedMs: 3 });
const health = (changes: Partial<EndpointHealth> = {}): EndpointHealth => ({
	endpoint: "https://a",
	healthy: true,
	slot: 9,
	lagSlots: 4,
	errorRate: 0.25,
	latencyMicros: null,
	oversized: 3,
	reads: lane(10),
	sends: lane(20),
	...changes,
});

test("nobody has told anything: no samples", () => {
	expect(new EndpointBoard(clock).samples()).toEqual([]);
});

test("the newest word of each executor, with all labels that its metrics have", () => {
	const board = new EndpointBoard(clock);
	board.measured({ executor: "x", endpoints: [health({ healthy: false })] });
	board.measured({ executor: "x", endpoints: [health({ latencyMicros: 7 })] });
	const samples = board.samples();
	const valuesOf = (name: string, of?: string) =>
		samples.filter((one) => one.name === name && (!of || one.labels["lane"] === of)).map(({ value }) => value);
	expect(valuesOf("mojo_rpc_endpoint_healthy")).toEqual([1]);
	expect(valuesOf("mojo_rpc_endpoint_lag_slots")).toEqual([4]);
	expect(valuesOf("mojo_rpc_endpoint_error_rate")).toEqual([0.25]);
	expect(valuesOf("mojo_rpc_oversized_answers_total")).toEqual([3]);
	expect(valuesOf("mojo_rpc_endpoint_latency_microseconds")).toEqual([7]);
	expect(valuesOf("mojo_rpc_requests_total", "reads")).toEqual([10]);
	expect(valuesOf("mojo_rpc_requests_total", "sends")).toEqual([20]);
	for (const { name, labels } of samples) {
		const { labelNames } = METRICS[name] as { readonly labelNames: readonly string[] };
		expect(Object.keys(labels).sort()).toEqual([...labelNames].sort());
	}
});

test("one that is gone is forgotten, and no more than 64 are kept", () => {
	const board = new EndpointBoard(clock);
	board.measured({ executor: "gone", endpoints: [health({ latencyMicros: 1 })] });
	time.micros += 15_000_001;
	expect(board.samples()).toEqual([]);
	for (let count = 0; count < 70; count++) board.measured({ executor: `${count}`, endpoints: [health()] });
	const executors = new Set(board.samples().map(({ labels }) => labels["executor"]));
	expect([executors.size, executors.has("5"), executors.has("6")]).toEqual([64, false, true]);
});
