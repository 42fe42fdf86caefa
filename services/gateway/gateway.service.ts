import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import { Bus } from "../../broker/bus.ts";
import { type Runtime, runtimeOf } from "../../broker/runtime.ts";
import { Api, type ApiHandler, bearerToken, change } from "./api.ts";
import { isToken, loadApiToken } from "./api-token.ts";
import { EventStream } from "./event-stream.ts";
import { createFrontDoor, listen, methodNotAllowed, sendError, sendJson } from "./front-door.ts";
import { HttpError, httpErrorOf } from "./http-error.ts";
import { LiveFeed } from "./live-feed.ts";
import { OrdersApi } from "./orders-api.ts";
import { RateLimit } from "./rate-limit.ts";

/** The largest body that a command may have. */
const BODY_LIMIT_BYTES = 4_096;
const STREAM_LIMITS = { maximumClients: 32, maximumUnreadBytes: 262_144 };
const PUBLIC_FOLDER = join(import.meta.dirname, "public");

/** A request as moleculer-web hands it on. */
type RoutedRequest = IncomingMessage & {
	readonly query?: Readonly<Record<string, unknown>>;
	readonly body?: unknown;
	readonly parsedUrl?: string;
	readonly $params?: Readonly<Record<string, string>>;
};
type Next = (error?: unknown) => void;
type RouteHandler = (request: RoutedRequest, response: ServerResponse, next: Next) => void;

/**
 * The gateway: HTTP interface, live stream and dashboard. It holds no key and sits on no path of the money; of what
 * changes anything it passes on only halt and resume, to risk.
 */
export default function gatewayService(broker: ServiceBroker): ServiceSchema {
	const runtime = runtimeOf(broker);
	const { config, clock, nodeID } = runtime;
	const { http_host, http_port, max_requests_per_minute } = config.networking;
	const bus = new Bus(broker);
	const api = new Api(bus, config.monitoring.kept_intents);
	const orders = new OrdersApi(bus, change);
	const stream = new EventStream(STREAM_LIMITS);
	const feed = new LiveFeed(bus, stream);
	const limit = new RateLimit(clock, max_requests_per_minute);
	let token: string | null = null;
	let url = "";
	let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.destroy();
	const server = createFrontDoor({
		limit,
		names: config.networking.http_names,
		next: (request, response) => handle(request, response),
	});

	const authorise: RouteHandler = (request, response, next) => {
		const given = bearerToken(request);
		if (token !== null && given !== null && isToken(given, token)) return next();
		const message = "orders and what changes anything ask for the header Authorization: Bearer <API token>";
		sendError(response, new HttpError(401, "unauthorized", message, { "www-authenticate": 'Bearer realm="mojo"' }));
	};

	return {
		name: "gateway",
		mixins: [ApiGateway as unknown as ServiceSchema],
		metadata: { description: "HTTP API, live stream, dashboard" },
		settings: {
			// The server is our own, see front-door.ts; moleculer-web routes what comes through it.
			server: false,
			logRequest: null,
			logRequestParams: null,
			logResponse: null,
			optimizeOrder: false,
			// An open stream is a call that never ends: a stop must not wait for it.
			rootCallOptions: { tracking: false },
			routes: routes({ api, orders, stream, authorise }),
			// Functions are nothing to tell other nodes.
			$secureSettings: ["routes"],
		} as NonNullable<ServiceSchema["settings"]>,
		// moleculer-web would let anybody on the bus add and remove routes.
		actions: { addRoute: false, removeRoute: false, listAliases: false },
		events: listeners(feed, nodeID),
		methods: {
			send404(request: RoutedRequest, response: ServerResponse) {
				sendError(response, unrouted(request, { api, orders }));
			},
			errorHandler(request: RoutedRequest, response: ServerResponse, error: unknown) {
				const answer = httpErrorOf(error);
				if (answer.status >= 500 && !(error instanceof HttpError)) {
					broker.logger.warn(`${request.method} ${request.url}: ${(error as Error).message}`);
				}
				sendError(response, answer);
			},
			/** Where the gateway listens; tests let the system choose the port. */
			url: () => url,
		},
		created(this: { httpHandler: typeof handle }) {
			handle = this.httpHandler;
		},
		async started() {
			try {
				token = await readToken(runtime);
				url = await listen(server, http_host, http_port);
			} catch (error) {
				runtime.fatal(error as Error);
			}
			feed.start();
		},
		async stopped() {
			feed.stop();
			server.close();
			server.closeAllConnections();
		},
	} as unknown as ServiceSchema;
}

async function readToken({ config, vault }: Runtime): Promise<string> {
	const { token, madeAt } = await loadApiToken({
		configured: config.security.api_token,
		dataFolder: config.data_folder,
		vault,
	});
	if (madeAt !== null) {
		process.stdout.write(`API token for halt and resume, shown once, kept in ${madeAt}:\n  ${token}\n`);
	}
	return vault.know(token);
}

interface RouteParts {
	readonly api: Api;
	readonly orders: OrdersApi;
	readonly stream: EventStream;
	readonly authorise: RouteHandler;
}

/** In the order in which they are tried. */
function routes({ api, orders, stream, authorise }: RouteParts): object[] {
	const closed = { mappingPolicy: "restrict", bodyParsers: false, logging: false };
	const live: RouteHandler = (request, response, next) => {
		try {
			stream.join(request, response);
		} catch (error) {
			next(error);
		}
	};
	const metrics: RouteHandler = (_request, response, next) => {
		api.metrics().then((text) => {
			response.writeHead(200, {
				"content-type": "text/plain; version=0.0.4; charset=utf-8",
				"cache-control": "no-store",
			});
			response.end(text);
		}, next);
	};
	const uplot = dirname(createRequire(join(import.meta.dirname, "gateway.service.ts")).resolve("uplot"));
	return [
		{
			...closed,
			name: "reads",
			path: "/api",
			aliases: { ...aliases(["GET", "HEAD"], api.reads), "GET /stream": live },
		},
		{
			...closed,
			name: "commands",
			path: "/api",
			// Who has no token is told so before a byte of the body is read.
			use: [authorise, ApiGateway.bodyParser.json({ limit: BODY_LIMIT_BYTES })],
			aliases: {
				...aliases(["POST"], { ...api.commands, ...orders.commands }),
				...aliases(["GET", "HEAD"], orders.reads),
				...aliases(["DELETE"], orders.deletions),
			},
		},
		{ ...closed, name: "metrics", path: "/metrics", aliases: { "GET /": metrics, "HEAD /": metrics } },
		{ ...closed, name: "vendor", path: "/vendor", use: [files(uplot)] },
		{ ...closed, name: "dashboard", path: "/", use: [files(PUBLIC_FOLDER)] },
	];
}

function aliases(
	methods: readonly string[],
	handlers: Readonly<Record<string, ApiHandler>>,
): Record<string, RouteHandler> {
	const named = Object.entries(handlers).flatMap(([path, handler]) =>
		methods.map((method): [string, RouteHandler] => [`${method} ${path}`, answering(handler)]),
	);
	return Object.fromEntries(named);
}

function answering(handler: ApiHandler): RouteHandler {
	return (request, response, next) => {
		const { query = {}, $params: params = {}, body } = request;
		handler({ query, params, body }).then(({ status, body: answer }) => sendJson(response, status, answer), next);
	};
}

function files(folder: string): unknown {
	return ApiGateway.serveStatic(folder, {
		dotfiles: "deny",
		redirect: false,
		// Revalidated, so that an update shows at once.
		setHeaders: (response: ServerResponse) => response.setHeader("cache-control", "no-cache"),
	});
}

/** There is nothing at this path, or it is asked in the wrong way. */
function unrouted(request: RoutedRequest, { api, orders }: Pick<RouteParts, "api" | "orders">): HttpError {
	const path = (request.parsedUrl ?? "").replace(/^\/api/, "").replace(/^\/(intents|orders)\/[^/]+$/, "/$1/:id");
	const known = request.parsedUrl?.startsWith("/api/") === true;
	if (known && path === "/orders") return methodNotAllowed(["GET", "HEAD", "POST"]);
	if (known && path === "/orders/:id") return methodNotAllowed(["GET", "HEAD", "DELETE"]);
	if (known && Object.hasOwn({ ...api.commands, ...orders.commands }, path)) return methodNotAllowed(["POST"]);
	if (known && Object.hasOwn(api.reads, path)) return methodNotAllowed(["GET", "HEAD"]);
	if (known && path === "/stream") return methodNotAllowed(["GET"]);
	if (request.method === "POST" || request.method === "DELETE") return methodNotAllowed(["GET", "HEAD"]);
	return new HttpError(404, "notFound", "there is nothing here: the API is under /api, the dashboard at /");
}

/** In a group of its own each gateway hears everything, for the streams that are open at it. */
function listeners(feed: LiveFeed, nodeID: string): ServiceSchema["events"] {
	const listening = Object.entries(feed.hear).map(([name, hear]) => [
		name,
		{
			group: `gateway-${nodeID}`,
			handler: (context: Context<never>) => (hear as (payload: unknown) => void)(context.params),
		},
	]);
	return Object.fromEntries(listening);
}
