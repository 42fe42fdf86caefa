import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Context, ServiceSchema } from "moleculer";
import Prometheus from "moleculer-prometheus";
import { METRICS, type Sample } from "./metrics.ts";

export interface PrometheusOptions {
	readonly host: string;
	/** 0 takes a free port. */
	readonly port: number;
	/** Reads the system; called at every scrape. */
	readonly read: () => Promise<readonly Sample[]>;
	/** The port cannot be had. */
	readonly fatal: (error: Error) => never;
	/** Where the metrics are, once they are. */
	readonly onListening: (url: string) => void;
}

/** The part of prom-client 11's metrics that is used here: a counter can only be set by starting it anew. */
interface Metric {
	reset(): void;
	inc?(labels: Sample["labels"], value: number): void;
	set?(labels: Sample["labels"], value: number): void;
}

type Next = (error?: unknown) => void;

/** What the mixin's hooks leave on the service (moleculer-prometheus 0.2.5, src/index.js). */
interface PrometheusService {
	metrics?: Readonly<Record<string, Metric>>;
	register: { metrics(): string } | null;
	server: {
		server?: Server;
		use(handler: (request: IncomingMessage, response: ServerResponse, next: Next) => void): void;
		listen(port: number): Promise<void>;
	};
	update(name: string, method: string, labels: unknown, value: unknown, timestamp?: unknown): void;
}

interface MetricUpdate {
	readonly name: string;
	readonly method: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly value?: number;
	readonly timestamp?: number;
}

interface Span {
	readonly name: string;
	readonly service?: { readonly name: string } | string;
	readonly duration: number;
	readonly error?: { readonly code?: number; readonly name?: string; readonly type?: string } | null;
	readonly tags?: { readonly nodeID?: string; readonly action?: { readonly name?: string } };
}

/**
 * The service of `moleculer-prometheus` with what it lacks on Moleculer 0.15: its two event handlers get the payload
 * instead of the context, it listens on one address, a busy port is one clear error, and every scrape reads anew.
 */
export function prometheusMixin(options: PrometheusOptions): Partial<ServiceSchema> {
	// Handlers of a mixin are called beside those of the service, so the two that fail have to be left out.
	const { "metrics.trace.span.finish": _span, "metrics.update": _update, ...events } = Prometheus.events;
	const lifecycle = { ...Prometheus, events } as ServiceSchema;
	return {
		mixins: [lifecycle],
		settings: { port: options.port, metrics: { ...METRICS } } as NonNullable<ServiceSchema["settings"]>,
		events: {
			"metrics.update"(this: unknown, context: Context<MetricUpdate>) {
				const service = this as PrometheusService;
				const { name, method, labels, value, timestamp } = context.params;
				if (service.metrics) service.update(name, method, labels, value, timestamp);
			},
			"$tracing.spans"(this: unknown, context: Context<readonly Span[]>) {
				const service = this as PrometheusService;
				if (service.metrics) for (const span of context.params) recordSpan(service, span);
			},
		},
		created(this: unknown) {
			const service = this as PrometheusService;
			const server = createServer();
			service.server.server = server;
			service.server.listen = () => listen(service, server, options);
			service.server.use((_request, response, next) => {
				refreshMetrics(service, options.read).then(
					() => next(),
					() => response.writeHead(503).end(),
				);
			});
		},
		stopped(this: unknown) {
			(this as PrometheusService).server.server?.closeAllConnections();
		},
	};
}

/** The text that the metrics port serves. */
export async function metricsText(service: unknown, read: PrometheusOptions["read"]): Promise<string> {
	const prometheus = service as PrometheusService;
	await refreshMetrics(prometheus, read);
	return prometheus.register?.metrics() ?? "";
}

async function refreshMetrics(service: PrometheusService, read: PrometheusOptions["read"]): Promise<void> {
	const samples = await read();
	const metrics = service.metrics ?? {};
	for (const name of Object.keys(METRICS)) metrics[name]?.reset();
	for (const { name, labels, value } of samples) {
		const metric = metrics[name];
		if (metric?.set) metric.set(labels, value);
		else metric?.inc?.(labels, value);
	}
}

function recordSpan(service: PrometheusService, span: Span): void {
	const name = typeof span.service === "object" ? span.service.name : (span.service ?? "");
	const labels = { action: span.tags?.action?.name ?? span.name, service: name, nodeID: span.tags?.nodeID ?? "" };
	service.update("moleculer_req_total", "inc", labels, undefined);
	service.update("moleculer_req_duration_ms", "observe", labels, span.duration);
	if (!span.error) return;
	const { code, name: errorName, type } = span.error;
	const errorLabels = { errorCode: String(code ?? ""), errorName: errorName ?? "", errorType: type ?? "" };
	service.update("moleculer_req_errors_total", "inc", { ...labels, ...errorLabels }, undefined);
}

async function listen(service: PrometheusService, server: Server, options: PrometheusOptions): Promise<void> {
	const { host, port } = options;
	const polka = service.server as PrometheusService["server"] & {
		handler: (request: IncomingMessage, response: ServerResponse) => void;
	};
	server.on("request", polka.handler);
	try {
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject);
			server.listen(port, host, () => {
				server.off("error", reject);
				resolve();
			});
		});
	} catch (error) {
		options.fatal(listenError(error as NodeJS.ErrnoException, host, port));
	}
	const address = server.address();
	const taken = typeof address === "object" && address ? address.port : port;
	options.onListening(`http://${host.includes(":") ? `[${host}]` : host}:${taken}/metrics`);
}

function listenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error {
	if (code === "EADDRINUSE") {
		return new Error(`port ${port} on ${host} is in use: stop the other program or set monitoring.metrics_port`);
	}
	return new Error(`the metrics cannot listen on ${host}:${port} (${message}): set monitoring.metrics_port`);
}
