import { createServer, type Server } from "node:http";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../../core/types/clock.ts";
import type { Chain } from "../chain/chain.ts";
import { errorAnswer, type RpcRequest, requestOf, resultAnswer } from "../rpc/dispatcher.ts";
import { listen } from "../rpc/listen.ts";
import { Params } from "../rpc/params.ts";
import { RequestBudget } from "../rpc/request-budget.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "../rpc/rpc-error.ts";
import { Notifier } from "./notifier.ts";
import { type Subscriber, type Subscription, Subscriptions, type TopicOf } from "./subscriptions.ts";
import { SUBSCRIBE_METHODS, UNSUBSCRIBE_METHODS } from "./topics.ts";

export interface PubSubLimits {
	readonly maxPayloadBytes: number;
	readonly maxConnections: number;
	readonly maxSubscriptionsPerConnection: number;
	readonly maxRequestsPerSecond: number;
	/** A connection with more than this unread is closed. */
	readonly maxBufferedBytes: number;
}

export const DEFAULT_PUBSUB_LIMITS: PubSubLimits = {
	maxPayloadBytes: 50 * 1_024,
	maxConnections: 256,
	maxSubscriptionsPerConnection: 4_096,
	maxRequestsPerSecond: 5_000,
	maxBufferedBytes: 16 * 1_024 * 1_024,
};

export interface PubSubServerOptions {
	readonly chain: Chain;
	/** 0 picks a free one. */
	readonly port: number;
	readonly clock: Clock;
	readonly limits?: Partial<PubSubLimits>;
}

export interface PubSubCounters {
	readonly connections: number;
	readonly subscriptions: number;
	readonly notifications: number;
	/** Connections closed because they did not read what they asked for. */
	readonly slowConsumers: number;
	/** Connections and requests refused for their number. */
	readonly refused: number;
}

/** WebSocket close code for a policy violation (RFC 6455, section 7.4.1) and for a server that has no room. */
const CLOSE_POLICY = 1008;
const CLOSE_TRY_LATER = 1013;

/** Solana's PubSub over WebSocket, on the loopback address only. */
export class PubSubServer {
	readonly port: number;
	readonly #server: Server;
	readonly #sockets: WebSocketServer;
	readonly #hub: Hub;

	private constructor(parts: { server: Server; sockets: WebSocketServer; hub: Hub; port: number }) {
		this.port = parts.port;
		this.#server = parts.server;
		this.#sockets = parts.sockets;
		this.#hub = parts.hub;
	}

	/** @throws ListenError when the port cannot be had; nothing is left open then. */
	static async start(options: PubSubServerOptions): Promise<PubSubServer> {
		const limits = { ...DEFAULT_PUBSUB_LIMITS, ...options.limits };
		const server = createServer((_request, response) => {
			response.writeHead(426, { "content-type": "text/plain" }).end("this port speaks WebSocket");
		});
		const port = await listen(server, options.port, "localnet.ws_port");
		const sockets = new WebSocketServer({
			server,
			maxPayload: limits.maxPayloadBytes,
			perMessageDeflate: false,
			// A page in a browser sends its origin, a program does not: no page may read this chain.
			verifyClient: ({ origin }: { origin?: string }) => origin === undefined,
		});
		const hub = new Hub(options.chain, options.clock, limits);
		sockets.on("connection", (socket) => hub.welcome(socket));
		return new PubSubServer({ server, sockets, hub, port });
	}

	get url(): string {
		return `ws://127.0.0.1:${this.port}`;
	}

	get counters(): PubSubCounters {
		return this.#hub.counters();
	}

	/** Ends all connections. May be called twice. */
	close(): Promise<void> {
		this.#hub.close();
		for (const socket of this.#sockets.clients) socket.terminate();
		this.#sockets.close();
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}
}

/** The connections and what they share. */
class Hub {
	readonly chain: Chain;
	readonly limits: PubSubLimits;
	readonly clock: Clock;
	readonly subscriptions = new Subscriptions();
	readonly notifier: Notifier;
	connections = 0;
	notifications = 0;
	slowConsumers = 0;
	refused = 0;

	constructor(chain: Chain, clock: Clock, limits: PubSubLimits) {
		this.chain = chain;
		this.clock = clock;
		this.limits = limits;
		this.notifier = new Notifier(chain, this.subscriptions);
	}

	welcome(socket: WebSocket): void {
		if (this.connections >= this.limits.maxConnections) {
			this.refused++;
			socket.close(CLOSE_TRY_LATER, "too many connections");
			return;
		}
		new Connection(this, socket);
	}

	counters(): PubSubCounters {
		const { connections, notifications, slowConsumers, refused } = this;
		return { connections, subscriptions: this.subscriptions.size, notifications, slowConsumers, refused };
	}

	close(): void {
		this.notifier.close();
	}
}

/** One client: its socket, its subscriptions, its limits. */
class Connection implements Subscriber {
	readonly #hub: Hub;
	readonly #socket: WebSocket;
	readonly #budget: RequestBudget;
	readonly #ids = new Set<number>();

	constructor(hub: Hub, socket: WebSocket) {
		this.#hub = hub;
		this.#socket = socket;
		this.#budget = new RequestBudget(hub.limits.maxRequestsPerSecond, hub.clock);
		hub.connections++;
		socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
		socket.on("error", () => socket.terminate());
		socket.on("close", () => this.#onClose());
	}

	send(message: string): void {
		this.#hub.notifications++;
		this.#write(message);
	}

	forget(id: number): void {
		this.#ids.delete(id);
	}

	#onClose(): void {
		this.#hub.connections--;
		for (const id of this.#ids) this.#hub.subscriptions.remove(id);
		this.#ids.clear();
	}

	#onMessage(data: RawData, isBinary: boolean): void {
		if (!this.#budget.take(1)) {
			this.#hub.refused++;
			this.#socket.close(CLOSE_POLICY, "too many requests");
			return;
		}
		const value = isBinary ? undefined : parseJson(String(data));
		const request = value === undefined ? new RpcError(RPC_ERROR_CODES.parse, "Parse error") : requestOf(value);
		if (request instanceof RpcError) this.#write(errorAnswer(null, request));
		else this.#answer(request);
	}

	/** A notification (clients send "ping" as one) asks for no answer and has no effect. */
	#answer({ id, method, params }: RpcRequest): void {
		if (id === undefined) return;
		try {
			const subscribe = SUBSCRIBE_METHODS.get(method);
			const kind = UNSUBSCRIBE_METHODS.get(method);
			if (subscribe !== undefined) {
				const topic = subscribe(this.#hub.chain, new Params(params));
				if (this.#ids.size >= this.#hub.limits.maxSubscriptionsPerConnection) throw this.#tooMany();
				const subscription = this.#hub.subscriptions.add(topic, this);
				this.#ids.add(subscription.id);
				this.#write(resultAnswer(id, subscription.id));
				if (topic.kind === "signature") this.#hub.notifier.settle(subscription as Subscription<TopicOf<"signature">>);
			} else if (kind !== undefined) {
				const subscription = new Params(params).count(0, "the subscription id");
				const isOwn = this.#ids.has(subscription) && this.#hub.subscriptions.get(subscription)?.topic.kind === kind;
				if (!isOwn) throw invalidParams("Invalid subscription id.");
				this.#hub.subscriptions.remove(subscription);
				this.#ids.delete(subscription);
				this.#write(resultAnswer(id, true));
			} else {
				throw new RpcError(RPC_ERROR_CODES.methodNotFound, `Method not found: ${method}`);
			}
		} catch (error) {
			if (!(error instanceof RpcError)) throw error;
			this.#write(errorAnswer(id, error));
		}
	}

	#tooMany(): RpcError {
		this.#hub.refused++;
		const message = `more than ${this.#hub.limits.maxSubscriptionsPerConnection} subscriptions on one connection`;
		return new RpcError(RPC_ERROR_CODES.tooManyRequests, message);
	}

	#write(message: string): void {
		if (this.#socket.readyState !== this.#socket.OPEN) return;
		this.#socket.send(message);
		if (this.#socket.bufferedAmount <= this.#hub.limits.maxBufferedBytes) return;
		this.#hub.slowConsumers++;
		this.#socket.terminate();
	}
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
