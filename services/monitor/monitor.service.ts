import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { runtimeOf } from "../../broker/runtime.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { type HeardEvent, Monitor } from "./monitor.ts";
import { metricsText, prometheusMixin } from "./prometheus.ts";

/**
 * The monitor: audit trail, books and equity, latencies, health, metrics and the account on the terminal. It hears every
 * event and decides nothing.
 */
export default function monitorService(broker: ServiceBroker): ServiceSchema {
	const runtime = runtimeOf(broker);
	const { config } = runtime;
	const monitor = new Monitor(broker, runtime, (text) => void process.stdout.write(text));
	const read = () => monitor.samples();
	let metricsUrl = "";
	const prometheus = prometheusMixin({
		host: config.networking.http_host,
		port: config.monitoring.metrics_port,
		read,
		fatal: runtime.fatal,
		onListening: (url) => {
			metricsUrl = url;
		},
	});
	return {
		name: "monitor",
		mixins: [prometheus],
		metadata: { description: "metrics, health, audit trail" },
		actions: {
			status: { handler: () => monitor.status() },
			health: { handler: () => monitor.health() },
			pools: { handler: () => monitor.pools() },
			equity: { handler: () => monitor.equity() },
			intents: {
				params: { limit: { type: "number", integer: true, min: 1, max: config.monitoring.kept_intents } },
				handler: (context: Context<{ limit: number }>) => monitor.intents(context.params.limit),
			},
			intent: {
				params: { intentId: { type: "string", pattern: /^[0-9a-z]{16}$/ } },
				handler: (context: Context<{ intentId: IntentId }>) => monitor.intent(context.params.intentId),
			},
			metrics: {
				handler(this: unknown) {
					return metricsText(this, read);
				},
			},
			farewell: { handler: () => monitor.farewell() },
		},
		events: listeners(monitor, runtime.nodeID),
		started() {
			monitor.start(metricsUrl);
		},
		stopped() {
			monitor.stop();
		},
		methods: {
			/** Where the metrics are; tests let the system choose the port. */
			metricsUrl: () => metricsUrl,
		},
	} as ServiceSchema;
}

/** In a group of its own each monitor hears everything: a balanced event would give every monitor a part of the trail. */
function listeners(monitor: Monitor, nodeID: string): ServiceSchema["events"] {
	const listening = Object.entries(monitor.hear).map(([name, hear]) => [
		name,
		{
			group: `monitor-${nodeID}`,
			handler: (context: Context<never>) => (hear as (payload: unknown) => void)(context.params),
		},
	]);
	return Object.fromEntries(listening) as Record<HeardEvent, never>;
}
