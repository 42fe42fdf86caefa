import type { Middleware, ServiceBroker } from "moleculer";
import { Bus } from "../bus.ts";

/** How long a stop waits for submissions in flight. What is left is the next start's recovery. */
const SETTLE_PATIENCE_MS = 1_200;
const SETTLE_POLL_MS = 50;
const CALL_TIMEOUT_MS = 300;

/**
 * Stops a process in the order of the money's way: first no new intents, then the settlement of what is in flight (for a
 * bounded time), then the last account, and only then the services.
 */
export function orderlyStop(): Middleware {
	return {
		name: "OrderlyStop",
		async stopping(broker: ServiceBroker) {
			const bus = new Bus(broker);
			const options = { timeout: CALL_TIMEOUT_MS, retries: 0, nodeID: broker.nodeID };
			const runsHere = (service: string): boolean => broker.services.some(({ name }) => name === service);
			if (runsHere("strategy")) await quietly(broker, bus.call("strategy.pause", undefined, options));
			if (runsHere("risk") && runsHere("executor")) {
				for (let waitedMs = 0; waitedMs < SETTLE_PATIENCE_MS; waitedMs += SETTLE_POLL_MS) {
					const status = await quietly(broker, bus.call("risk.status", undefined, options));
					if (!status || status.inFlight === 0) break;
					await new Promise((wake) => setTimeout(wake, SETTLE_POLL_MS));
				}
			}
			if (runsHere("monitor")) await quietly(broker, bus.call("monitor.farewell", undefined, options));
		},
	} as Middleware;
}

/** A stop goes on whatever an actor answers; the log keeps why. */
async function quietly<T>(broker: ServiceBroker, call: Promise<T>): Promise<T | null> {
	try {
		return await call;
	} catch (error) {
		broker.logger.info(`While stopping: ${(error as Error).message}`);
		return null;
	}
}
