import { type RawData, WebSocket } from "ws";
import type { Clock, Random } from "../../core/types/clock.ts";
import { Backoff } from "./backoff.ts";
import { readPubsubMessage } from "./pubsub-message.ts";

export interface PubsubOptions {
	/** ws:// or wss:// address of a Solana PubSub server. */
	readonly url: string;
	readonly clock: Clock;
	readonly random: Random;
	/** Wait before a lost connection is tried again: first, and at most. */
	readonly reconnectMinMs: number;
	readonly reconnectMaxMs: number;
	/** A connection on which nothing arrived for so long is dropped. */
	readonly silenceMs: number;
	/** The same of one that does not open, or does not answer a request. As {@link silenceMs} unless given. */
	readonly answerMs?: number;
	/**
	 * What breaks the silence: only messages (for clients with a subscription that never rests, such as slots), or the
	 * server's answers to pings as well.
	 */
	readonly aliveBy: "messages" | "pongs";
	/** Requests without an answer at one time; further ones wait. 64 unless given. */
	readonly maximumPending?: number;
	/** Subscriptions held at one time. 16,384 unless given. */
	readonly maximumSubscriptions?: number;
	/** Connected, and every subscription was answered by the server. */
	readonly onConnected?: () => void;
	/** A connection that {@link onConnected} told of is gone. */
	readonly onDisconnected?: (reason: string) => void;
	/** An attempt to connect failed; the next follows after the wait. */
	readonly onAttemptFailed?: (reason: string, retryInMs: number) => void;
}

export interface PubsubRequest {
	/** For example "accountSubscribe"; its counterpart is "accountUnsubscribe". */
	readonly method: `${string}Subscribe`;
	readonly params: readonly unknown[];
	/**
	 * @param result what the server notified, unchecked
	 * @param receivedAtMicros when the message arrived, before it was parsed: microseconds since the Unix epoch
	 */
	readonly onNotification: (result: unknown, receivedAtMicros: number) => void;
	/** The server has taken the subscription: from now on it notifies. Again on every connection. */
	readonly onSubscribed?: () => void;
	/** The server refused the subscription. It is tried again on the next connection. */
	readonly onRefused?: (code: number, message: string) => void;
	/** Forgotten after its first notification, as the server forgets a signature's. */
	readonly once?: boolean;
}

export interface PubsubSubscription {
	/** Notifications stop at once. Idempotent. */
	unsubscribe(): void;
}

/** What happened since the client was made. */
export interface PubsubCounters {
	readonly connections: number;
	readonly messages: number;
	/** Messages that were no JSON-RPC. */
	readonly garbage: number;
	/** Notifications and answers that belong to nothing the client asked for. */
	readonly unknown: number;
	readonly refused: number;
}

interface Held extends PubsubRequest {
	serverId: number | null;
	cancelled: boolean;
}

type Pending =
	| { readonly kind: "subscribe"; readonly held: Held; readonly sentAtMicros: number }
	| { readonly kind: "unsubscribe"; readonly sentAtMicros: number };

const DEFAULT_PENDING = 64;
const DEFAULT_SUBSCRIPTIONS = 16_384;
/** The largest message taken: an account of 10 MB has no place on the hot path. */
const LARGEST_MESSAGE_BYTES = 1_048_576;
const CHECKS_PER_SILENCE = 4;

/**
 * A client of Solana's PubSub that outlives its connections: after a loss it connects again, subscribes again to
 * everything, and only then says so. What was notified meanwhile is lost; the owner reads it anew.
 */
export class PubsubClient {
	readonly #options: PubsubOptions;
	readonly #backoff: Backoff;
	readonly #answerMs: number;
	readonly #maximumPending: number;
	readonly #maximumSubscriptions: number;
	readonly #held = new Set<Held>();
	readonly #byServerId = new Map<number, Held>();
	readonly #pending = new Map<number, Pending>();
	readonly #toSubscribe = new Set<Held>();
	readonly #toUnsubscribe: { readonly method: string; readonly serverId: number }[] = [];
	readonly #counters = { connections: 0, messages: 0, garbage: 0, unknown: 0, refused: 0 };
	#socket: WebSocket | null = null;
	#state: "idle" | "waiting" | "opening" | "subscribing" | "connected" | "closed" = "idle";
	#nextId = 1;
	#heardAtMicros = 0;
	#checkedAtMicros = 0;
	#connectedAtMicros = 0;
	#check: NodeJS.Timeout | undefined;
	#retry: NodeJS.Timeout | undefined;

	constructor(options: PubsubOptions) {
		this.#options = options;
		this.#backoff = new Backoff({
			minMs: options.reconnectMinMs,
			maxMs: options.reconnectMaxMs,
			random: options.random,
		});
		this.#answerMs = options.answerMs ?? options.silenceMs;
		this.#maximumPending = options.maximumPending ?? DEFAULT_PENDING;
		this.#maximumSubscriptions = options.maximumSubscriptions ?? DEFAULT_SUBSCRIPTIONS;
	}

	/** Connected, with every subscription answered by the server. */
	get connected(): boolean {
		return this.#state === "connected";
	}

	get counters(): PubsubCounters {
		return { ...this.#counters };
	}

	/** Begins to connect, and does not stop before {@link close}. */
	start(): void {
		if (this.#state === "idle") this.#connect();
	}

	/**
	 * Adds a subscription, now or as soon as there is a connection.
	 *
	 * @throws RangeError when `maximumSubscriptions` are held: the caller knows its number beforehand
	 */
	subscribe(request: PubsubRequest): PubsubSubscription {
		if (this.#held.size >= this.#maximumSubscriptions) {
			throw new RangeError(`${this.#held.size} subscriptions on one connection: raise maximumSubscriptions`);
		}
		const held: Held = { ...request, serverId: null, cancelled: false };
		this.#held.add(held);
		if (this.#isOpen) {
			this.#toSubscribe.add(held);
			this.#pump();
		}
		return { unsubscribe: () => this.#forget(held) };
	}

	/** Gives up the present connection, if there is one, and makes a new one. */
	drop(reason: string): void {
		if (this.#socket) this.#lose(this.#socket, reason);
	}

	/** Ends everything at once, without a word to the owner. Idempotent. */
	close(): void {
		this.#state = "closed";
		clearTimeout(this.#retry);
		this.#discardSocket();
		this.#held.clear();
	}

	get #isOpen(): boolean {
		return this.#state === "subscribing" || this.#state === "connected";
	}

	#connect(): void {
		const { url } = this.#options;
		this.#state = "opening";
		const socket = new WebSocket(url, {
			handshakeTimeout: this.#answerMs,
			maxPayload: LARGEST_MESSAGE_BYTES,
			perMessageDeflate: false,
		});
		this.#socket = socket;
		socket.on("open", () => this.#opened(socket));
		socket.on("message", (data, isBinary) => this.#received(socket, data, isBinary));
		socket.on("pong", () => {
			if (this.#options.aliveBy === "pongs") this.#heardAtMicros = this.#options.clock.monotonicMicros();
		});
		socket.on("error", (error) => this.#lose(socket, error.message));
		socket.on("close", (code) => this.#lose(socket, `closed by the server with code ${code}`));
	}

	#opened(socket: WebSocket): void {
		if (socket !== this.#socket) return;
		this.#state = "subscribing";
		this.#heardAtMicros = this.#options.clock.monotonicMicros();
		this.#checkedAtMicros = this.#heardAtMicros;
		this.#check = setInterval(() => this.#checkLife(socket), this.#options.silenceMs / CHECKS_PER_SILENCE);
		for (const held of this.#held) this.#toSubscribe.add(held);
		this.#pump();
		this.#settle();
	}

	/** The moment at which everything asked for is answered. */
	#settle(): void {
		if (this.#state !== "subscribing" || this.#toSubscribe.size > 0 || this.#pending.size > 0) return;
		this.#state = "connected";
		this.#connectedAtMicros = this.#options.clock.monotonicMicros();
		this.#counters.connections++;
		this.#options.onConnected?.();
	}

	#lose(socket: WebSocket, reason: string): void {
		if (socket !== this.#socket) return;
		const wasConnected = this.#state === "connected";
		this.#discardSocket();
		// A server that takes us in and drops us at once is not asked again at once.
		const livedMs = (this.#options.clock.monotonicMicros() - this.#connectedAtMicros) / 1_000;
		if (wasConnected && livedMs >= this.#options.reconnectMaxMs) this.#backoff.reset();
		const retryInMs = this.#backoff.nextMs();
		this.#state = "waiting";
		this.#retry = setTimeout(() => this.#connect(), retryInMs);
		if (wasConnected) this.#options.onDisconnected?.(reason);
		else this.#options.onAttemptFailed?.(reason, retryInMs);
	}

	#discardSocket(): void {
		clearInterval(this.#check);
		this.#pending.clear();
		this.#byServerId.clear();
		this.#toSubscribe.clear();
		this.#toUnsubscribe.length = 0;
		for (const held of this.#held) held.serverId = null;
		const socket = this.#socket;
		this.#socket = null;
		// Its late events find that it is no longer the socket of now.
		socket?.terminate();
	}

	#checkLife(socket: WebSocket): void {
		const { clock, silenceMs } = this.#options;
		const nowMicros = clock.monotonicMicros();
		const sinceCheckMs = (nowMicros - this.#checkedAtMicros) / 1_000;
		this.#checkedAtMicros = nowMicros;
		const [oldest] = this.#pending.values();
		if (sinceCheckMs > silenceMs) {
			// This process stood still: what has arrived meanwhile is yet to be read.
			socket.ping();
		} else if (nowMicros - this.#heardAtMicros > silenceMs * 1_000) {
			this.#lose(socket, `silent for ${silenceMs} ms`);
		} else if (oldest && nowMicros - oldest.sentAtMicros > this.#answerMs * 1_000) {
			this.#lose(socket, `a request without an answer for ${this.#answerMs} ms`);
		} else {
			socket.ping();
		}
	}

	#received(socket: WebSocket, data: RawData, isBinary: boolean): void {
		if (socket !== this.#socket) return;
		const { clock } = this.#options;
		const receivedAtMicros = clock.epochMicros();
		this.#heardAtMicros = clock.monotonicMicros();
		this.#counters.messages++;
		const message = isBinary ? ({ kind: "garbage" } as const) : readPubsubMessage(data.toString());
		switch (message.kind) {
			case "notification": {
				const held = this.#byServerId.get(message.subscription);
				if (!held) {
					this.#counters.unknown++;
					return;
				}
				if (held.once) {
					// The server has forgotten it already.
					this.#byServerId.delete(message.subscription);
					this.#held.delete(held);
					held.cancelled = true;
				}
				held.onNotification(message.result, receivedAtMicros);
				return;
			}
			case "accepted":
			case "refused":
				this.#answered(message);
				return;
			case "garbage":
				this.#counters.garbage++;
		}
	}

	#answered(answer: { readonly id: number } & ({ result: unknown } | { code: number; message: string })): void {
		const pending = this.#pending.get(answer.id);
		if (!pending) {
			this.#counters.unknown++;
			return;
		}
		this.#pending.delete(answer.id);
		if (pending.kind === "subscribe") {
			const { held } = pending;
			if ("result" in answer && typeof answer.result === "number") this.#subscribed(held, answer.result);
			else {
				this.#counters.refused++;
				const [code, reason] = "code" in answer ? [answer.code, answer.message] : [0, "the answer holds no number"];
				if (!held.cancelled) held.onRefused?.(code, reason);
			}
		}
		this.#pump();
		this.#settle();
	}

	#subscribed(held: Held, serverId: number): void {
		if (held.cancelled) {
			this.#toUnsubscribe.push({ method: unsubscribeMethod(held), serverId });
			return;
		}
		held.serverId = serverId;
		this.#byServerId.set(serverId, held);
		held.onSubscribed?.();
	}

	#forget(held: Held): void {
		if (held.cancelled) return;
		held.cancelled = true;
		this.#held.delete(held);
		this.#toSubscribe.delete(held);
		if (held.serverId === null) {
			this.#settle();
			return;
		}
		this.#byServerId.delete(held.serverId);
		this.#toUnsubscribe.push({ method: unsubscribeMethod(held), serverId: held.serverId });
		this.#pump();
	}

	/** Sends what waits, as far as the bound on unanswered requests allows. */
	#pump(): void {
		const sentAtMicros = this.#options.clock.monotonicMicros();
		while (this.#isOpen && this.#pending.size < this.#maximumPending) {
			const leaving = this.#toUnsubscribe.pop();
			if (leaving) {
				this.#send(leaving.method, [leaving.serverId], { kind: "unsubscribe", sentAtMicros });
				continue;
			}
			const [held] = this.#toSubscribe;
			if (!held) return;
			this.#toSubscribe.delete(held);
			this.#send(held.method, held.params, { kind: "subscribe", held, sentAtMicros });
		}
	}

	#send(method: string, params: readonly unknown[], pending: Pending): void {
		const id = this.#nextId++;
		this.#pending.set(id, pending);
		this.#socket?.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
	}
}

function unsubscribeMethod(held: Held): string {
	return held.method.replace(/Subscribe$/, "Unsubscribe");
}
