import type { Middleware, ServiceBroker } from "moleculer";
import { attachRuntime, type RuntimeParts } from "../runtime.ts";

/** After this long without a NATS server a person is told. */
const SERVER_PATIENCE_MS = 2_000;

/** Hands the runtime to the broker, and connects and closes the data plane with it. */
export function runtimeMiddleware(runtime: RuntimeParts, notice: (line: string) => void): Middleware {
	let patience: NodeJS.Timeout | undefined;
	return {
		name: "Runtime",
		created(broker: ServiceBroker) {
			attachRuntime(broker, runtime);
			const url = runtime.config.networking.nats_url;
			if (url === null) return;
			// The broker's own start waits for the server, so the word about it has to be said from here.
			patience = setTimeout(() => {
				notice(
					`no NATS server answers at ${url} yet: start one (nats-server), or unset NATS_URL to trade in one process`,
				);
			}, SERVER_PATIENCE_MS);
		},
		async starting() {
			await runtime.ticks.start();
			clearTimeout(patience);
		},
		async stopped() {
			clearTimeout(patience);
			await runtime.ticks.stop();
		},
	} as Middleware;
}
