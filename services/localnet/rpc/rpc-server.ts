import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../../core/types/clock.ts";
import type { Chain } from "../chain/chain.ts";
import { Dispatcher, errorAnswer } from "./dispatcher.ts";
import { listen } from "./listen.ts";
import { RequestBudget } from "./request-budget.ts";
import { RPC_ERROR_CODES, RpcError } from "./rpc-error.ts";

export interface RpcLimits {
	readonly maxBodyBytes: number;
	readonly maxBatch: number;
	readonly maxConnections: number;
	/** Requests a second on one connection; those of a batch count each. */
	readonly maxRequestsPerSecond: number;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
	maxBodyBytes: 50 * 1_024,
	maxBatch: 100,
	maxConnections: 256,
	maxRequestsPerSecond: 5_000,
};

export interface RpcServerOptions {
	readonly chain: Chain;
	/** 0 picks a free one. */
	readonly port: number;
	readonly clock: Clock;
	readonly limits?: Partial<RpcLimits>;
	readonly onInternalError?: (method: string, error: unknown) => void;
}

export interface RpcCounters {
	readonly requests: number;
	/** Refused for the rate, the size or the number of connections. */
	readonly refused: number;
}

/** Time for a client to send a whole request. */
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
/** Longer than clients keep an idle connection, so that it is never the server that ends one under a request. */
const KEEP_ALIVE_MS = 65_000;
/** A body this many times too large is cut off. */
const DISCARDED_BODIES = 20;

/** Solana's JSON-RPC over HTTP, on the loopback address only. */
export class RpcServer {
	readonly port: number;
	readonly #server: Server;
	readonly #counters: { requests: number; refused: number };

	private constructor(server: Server, port: number, counters: { requests: number; refused: number }) {
		this.#server = server;
		this.port = port;
		this.#counters = counters;
	}

	/** @throws ListenError when the port cannot be had; nothing is left open then. */
	static async start(options: RpcServerOptions): Promise<RpcServer> {
		const limits = { ...DEFAULT_RPC_LIMITS, ...options.limits };
		const counters = { requests: 0, refused: 0 };
		const dispatcher = new Dispatcher({
			chain: options.chain,
			maxBatch: limits.maxBatch,
			onInternalError: options.onInternalError ?? (() => {}),
		});
		const connections = new RpcConnections({ dispatcher, limits, counters, clock: options.clock });
		const server = createServer((request, response) => void connections.serve(request, response));
		server.maxConnections = limits.maxConnections;
		server.requestTimeout = REQUEST_TIMEOUT_MS;
		server.headersTimeout = HEADERS_TIMEOUT_MS;
		server.keepAliveTimeout = KEEP_ALIVE_MS;
		server.on("drop", () => counters.refused++);
		server.on("clientError", (_error, socket) => socket.destroy());
		const port = await listen(server, options.port, "localnet.rpc_port");
		return new RpcServer(server, port, counters);
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	get counters(): RpcCounters {
		return { ...this.#counters };
	}

	/** Ends all connections. May be called twice. */
	close(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}
}

/** Takes requests off their connections, within the limits. */
class RpcConnections {
	readonly #dispatcher: Dispatcher;
	readonly #limits: RpcLimits;
	readonly #counters: { requests: number; refused: number };
	readonly #clock: Clock;
	readonly #budgets = new WeakMap<Socket, RequestBudget>();

	constructor(options: {
		dispatcher: Dispatcher;
		limits: RpcLimits;
		counters: { requests: number; refused: number };
		clock: Clock;
	}) {
		this.#dispatcher = options.dispatcher;
		this.#limits = options.limits;
		this.#counters = options.counters;
		this.#clock = options.clock;
	}

	async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (request.method === "GET" && request.url === "/health") return respond(response, 200, "ok", "text/plain");
		if (request.method !== "POST") return respond(response, 405, "use POST", "text/plain");
		// Only JSON: a page in a browser cannot send that here without this server's consent, which it never gives.
		if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
			return respond(response, 415, "supplied content type is not allowed: use application/json", "text/plain");
		}
		const body = await this.#body(request);
		if (body === "broken") return void response.destroy();
		if (body === "too_large") {
			const message = `Request body is larger than ${this.#limits.maxBodyBytes} bytes`;
			return this.#refuse(response, 413, new RpcError(RPC_ERROR_CODES.bodyTooLarge, message));
		}
		const parsed = this.#dispatcher.parse(body.toString("utf8"));
		if (!parsed.ok) return respond(response, 200, parsed.answer);
		if (!this.#budgetOf(request.socket).take(parsed.requests.length)) {
			const message = `More than ${this.#limits.maxRequestsPerSecond} requests a second on one connection`;
			return this.#refuse(response, 429, new RpcError(RPC_ERROR_CODES.tooManyRequests, message));
		}
		this.#counters.requests += parsed.requests.length;
		const answers = parsed.requests.map((one) => this.#dispatcher.answer(one)).filter((one) => one !== null);
		if (answers.length === 0) return respond(response, 204, "");
		respond(response, 200, parsed.isBatch ? `[${answers.join(",")}]` : answers[0]!);
	}

	/** What comes in beyond the limit is thrown away, so that the client gets to read its answer. */
	#body(request: IncomingMessage): Promise<Buffer | "too_large" | "broken"> {
		return new Promise((resolve) => {
			const chunks: Buffer[] = [];
			let bytes = 0;
			request.on("data", (chunk: Buffer) => {
				bytes += chunk.length;
				if (bytes <= this.#limits.maxBodyBytes) return void chunks.push(chunk);
				chunks.length = 0;
				resolve("too_large");
				if (bytes > DISCARDED_BODIES * this.#limits.maxBodyBytes) request.destroy();
			});
			request.on("end", () => resolve(Buffer.concat(chunks)));
			request.on("error", () => resolve("broken"));
			request.on("close", () => resolve("broken"));
		});
	}

	#budgetOf(socket: Socket): RequestBudget {
		const known = this.#budgets.get(socket);
		if (known !== undefined) return known;
		const budget = new RequestBudget(this.#limits.maxRequestsPerSecond, this.#clock);
		this.#budgets.set(socket, budget);
		return budget;
	}

	#refuse(response: ServerResponse, status: 413 | 429, error: RpcError): void {
		this.#counters.refused++;
		response.setHeader(status === 413 ? "connection" : "retry-after", status === 413 ? "close" : "1");
		respond(response, status, errorAnswer(null, error));
	}
}

function respond(response: ServerResponse, status: number, body: string, type = "application/json"): void {
	if (status !== 204) response.setHeader("content-type", type);
	response.writeHead(status, status === 204 ? {} : { "content-length": Buffer.byteLength(body) });
	response.end(body);
}
