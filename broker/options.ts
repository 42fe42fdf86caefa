import { hostname } from "node:os";
import type { BrokerOptions, Middleware } from "moleculer";
import type { Config } from "../config/schema.ts";
import type { Clock, Random } from "../core/types/clock.ts";
import type { KillSwitch } from "../libs/kill-switch.ts";
import type { Vault } from "../libs/secrets/vault.ts";
import { loggerOptions } from "./logger.ts";
import { moneyActions } from "./middlewares/money-actions.ts";
import { orderlyStop } from "./middlewares/orderly-stop.ts";
import { runtimeMiddleware } from "./middlewares/runtime.ts";
import { statusCommand } from "./repl/status-command.ts";
import { createTickStream } from "./tick-stream.ts";

export interface ProcessContext {
	readonly config: Config;
	readonly clock: Clock;
	readonly random: Random;
	/** Ends the process with one clear line. */
	readonly fatal: (error: Error) => never;
	/** Made from the configuration unless given. */
	readonly killSwitch?: KillSwitch;
	/** Likewise. */
	readonly vault?: Vault;
	/** Tells a person something in one line. */
	readonly notice: (line: string) => void;
}

/**
 * Moleculer's own middlewares, innermost first. Against its default order, Timeout sits inside CircuitBreaker, so that a
 * hung node opens the breaker as soon as calls time out. Metrics and Tracing are left out: they cannot be switched off
 * for single actions and cost more than a call; hot steps keep their own histograms.
 */
const MIDDLEWARE_ORDER = [
	"ActionHook",
	"Validator",
	"Bulkhead",
	"Cacher",
	"ContextTracker",
	"Timeout",
	"CircuitBreaker",
	"Retry",
	"Fallback",
	"ErrorHandler",
	"Debounce",
	"Throttle",
];

/** The options of the broker: how actors of this process find and call each other and those of other processes. */
export function brokerOptions(context: ProcessContext): BrokerOptions {
	const { config, clock, random, fatal, killSwitch, vault } = context;
	const { networking } = config;
	const nodeID = networking.node_id ?? `${hostname()}-${process.pid}`;
	const ticks = createTickStream({
		namespace: networking.namespace,
		natsUrl: networking.nats_url,
		name: nodeID,
	});
	return {
		namespace: networking.namespace,
		nodeID,
		logger: loggerOptions({
			level: config.monitoring.log_level,
			readable: config.monitoring.console,
			...(vault && { redact: vault.redactor.redact }),
		}),
		transporter:
			networking.nats_url === null
				? null
				: { type: "NATS", options: { url: networking.nats_url, name: nodeID, waitOnFirstConnect: true } },
		// The one built-in serializer that carries bigint and bytes.
		serializer: { type: "CBOR" },
		cacher:
			networking.redis_url === null
				? { type: "Memory", options: { clone: false } }
				: {
						type: "Redis",
						options: { prefix: networking.namespace, redis: networking.redis_url, serializer: "CBOR" },
					},
		requestTimeout: networking.request_timeout_ms,
		// For reads: an answer from another node is as good. Money actions are never retried (money-actions.ts).
		retryPolicy: {
			enabled: true,
			retries: 2,
			delay: 50,
			maxDelay: 500,
			factor: 2,
			check: (error: Error & { retryable?: boolean }) => error.retryable === true,
		},
		circuitBreaker: {
			enabled: true,
			threshold: 0.5,
			minRequestCount: 5,
			windowTime: 10,
			halfOpenTime: 2_000,
			check: (error: Error & { code?: number }) => (error.code ?? 500) >= 500,
		},
		heartbeatInterval: networking.heartbeat_interval_seconds,
		heartbeatTimeout: networking.heartbeat_timeout_seconds,
		tracking: { enabled: true, shutdownTimeout: 1_000 },
		registry: { strategy: "RoundRobin", preferLocal: true, stopDelay: 0 },
		validator: true,
		metrics: false,
		tracing: false,
		internalMiddlewares: false,
		middlewares: [
			...(MIDDLEWARE_ORDER as unknown as Middleware[]),
			moneyActions(),
			orderlyStop(),
			runtimeMiddleware(
				{ config, clock, random, ticks, nodeID, fatal, ...(killSwitch && { killSwitch }), ...(vault && { vault }) },
				context.notice,
			),
		],
		replOptions: { delimiter: "mojo $", customCommands: [statusCommand] },
	} as BrokerOptions;
}
