import type { Clock } from "../../../core/types/clock.ts";
import type { EndpointHealth, LaneHealth } from "../../../core/types/endpoint-health.ts";
import { boundedText } from "./bounded-text.ts";
import { DecayingRate } from "./decaying-rate.ts";
import { RpcEndpointError } from "./errors.ts";
import { decodeAnswer, errorCodeOf, type RpcAnswer } from "./json-rpc.ts";
import { LONGEST_PAUSE_MS, retryAfterMs } from "./retry-after.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Reads and sends have budgets, pauses and counts of their own: the one never waits for the other. */
export type Lane = "read" | "send";

export interface EndpointOptions {
	readonly url: string;
	readonly name: string;
	readonly clock: Clock;
	readonly fetch: typeof fetch;
	readonly readsPerSecond: number;
	readonly sendsPerSecond: number;
	/** No more of an answer is read; {@link LARGEST_ANSWER_BYTES} unless given. */
	readonly maximumAnswerBytes?: number;
}

export interface Post {
	readonly lane: Lane;
	readonly body: string;
	readonly signal?: AbortSignal | undefined;
	/** The answer's time says nothing of the endpoint: a search of a whole program takes long everywhere. */
	readonly isSlow?: boolean;
}

/** A hundred accounts of half a megabyte each; whoever sends more would fill the memory. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

interface LaneState {
	readonly bucket: TokenBucket;
	requests: number;
	failures: number;
	inFlight: number;
	pausedUntilMicros: number;
	refusalsInRow: number;
}

/** Failures in a row after which an endpoint counts as dead. */
const FAILURES_OF_A_DEAD_ONE = 3;
/** An endpoint that fails more than this share of at least so many recent requests is out. */
const HIGHEST_ERROR_RATE = 0.5;
const LEAST_WEIGHT = 8;
/** Weight of the newest answer in the smoothed latency. */
const LATENCY_WEIGHT = 0.2;
/** The pause after a 429 that names none; doubles with each further one. */
const FIRST_PAUSE_MS = 1_000;
const MOST_DOUBLINGS = 3;
/** JSON-RPC server error -32005: the node says of itself that it is behind (Agave rpc-client-api, custom_error.rs). */
const NODE_UNHEALTHY = -32_005;
const LONGEST_COMPLAINT = 200;
const MICROS_PER_MILLI = 1_000;

/** One node: sends it requests and keeps what that tells of it. */
export class Endpoint {
	readonly name: string;
	readonly #url: string;
	readonly #headers: Readonly<Record<string, string>>;
	readonly #clock: Clock;
	readonly #fetch: typeof fetch;
	readonly #maximumAnswerBytes: number;
	readonly #lanes: Readonly<Record<Lane, LaneState>>;
	readonly #errors: DecayingRate;
	#failuresInRow = 0;
	#oversized = 0;
	#latencyMicros: number | null = null;
	/** Newest processed slot and when it was told, monotonic microseconds; kept up by the slot watch. */
	slot: number | null = null;
	slotAtMicros = 0;
	lagSlots = 0;
	isLagging = false;

	constructor(options: EndpointOptions) {
		const { url, name, clock, readsPerSecond, sendsPerSecond } = options;
		const target = new URL(url);
		this.name = name;
		this.#headers = headersFor(target);
		// fetch takes no credentials in an address.
		target.username = "";
		target.password = "";
		this.#url = target.href;
		this.#clock = clock;
		this.#fetch = options.fetch;
		this.#maximumAnswerBytes = options.maximumAnswerBytes ?? LARGEST_ANSWER_BYTES;
		const lane = (perSecond: number): LaneState => ({
			bucket: new TokenBucket(perSecond, clock),
			requests: 0,
			failures: 0,
			inFlight: 0,
			pausedUntilMicros: 0,
			refusalsInRow: 0,
		});
		this.#lanes = { read: lane(readsPerSecond), send: lane(sendsPerSecond) };
		this.#errors = new DecayingRate(clock);
	}

	get isDead(): boolean {
		return this.#failuresInRow >= FAILURES_OF_A_DEAD_ONE;
	}

	get isHealthy(): boolean {
		if (this.isLagging || this.isDead) return false;
		return this.#errors.weight < LEAST_WEIGHT || this.#errors.rate <= HIGHEST_ERROR_RATE;
	}

	/** The smaller the better: smoothed latency, the more the more it fails. 0 before the first answer. */
	get cost(): number {
		return (this.#latencyMicros ?? 0) * (1 + this.#errors.rate);
	}

	bucket(lane: Lane): TokenBucket {
		return this.#lanes[lane].bucket;
	}

	inFlight(lane: Lane): number {
		return this.#lanes[lane].inFlight;
	}

	/** How long the endpoint wants to be left alone on a lane: whole milliseconds, 0 when it does not. */
	pausedMs(lane: Lane): number {
		const leftMicros = this.#lanes[lane].pausedUntilMicros - this.#clock.monotonicMicros();
		return leftMicros > 0 ? Math.ceil(leftMicros / MICROS_PER_MILLI) : 0;
	}

	health(): EndpointHealth {
		return {
			endpoint: this.name,
			healthy: this.isHealthy,
			slot: this.slot,
			lagSlots: this.lagSlots,
			errorRate: this.#errors.rate,
			latencyMicros: this.#latencyMicros,
			oversized: this.#oversized,
			reads: this.#laneHealth("read"),
			sends: this.#laneHealth("send"),
		};
	}

	/**
	 * Posts a request; it is on its way when this returns. An answer with a JSON-RPC error is an answer.
	 *
	 * @throws RpcEndpointError when there is no answer
	 * @throws what the signal was aborted with, when its owner gave up
	 */
	async post({ lane, body, signal, isSlow = false }: Post): Promise<RpcAnswer> {
		const state = this.#lanes[lane];
		const startedAtMicros = this.#clock.monotonicMicros();
		state.requests++;
		state.inFlight++;
		try {
			const response = await this.#fetch(this.#url, {
				method: "POST",
				headers: this.#headers,
				body,
				...(signal && { signal }),
			});
			const text = await boundedText(response, this.#maximumAnswerBytes);
			if (text === null) throw this.#tooLong(lane, response.status);
			if (!response.ok) throw this.#refused(lane, response, text);
			const answer = decodeAnswer(text);
			if (!answer) throw this.#failed(lane, "the answer is no JSON-RPC answer", response.status);
			state.refusalsInRow = 0;
			if (errorCodeOf(answer) === NODE_UNHEALTHY) this.#noteFailure(lane);
			else this.#noteSuccess(isSlow ? null : this.#clock.monotonicMicros() - startedAtMicros);
			return answer;
		} catch (error) {
			if (error instanceof RpcEndpointError) throw error;
			if (!signal?.aborted) throw this.#failed(lane, reasonOf(error));
			// Whoever gives up on purpose says nothing about the endpoint.
			if (!isTimeout(signal.reason)) throw signal.reason;
			throw this.#failed(lane, "no answer in time");
		} finally {
			state.inFlight--;
		}
	}

	#refused(lane: Lane, response: Response, text: string): RpcEndpointError {
		const { status } = response;
		const nowMs = this.#clock.epochMicros() / MICROS_PER_MILLI;
		const asked = retryAfterMs(response.headers.get("retry-after"), nowMs);
		const reason = `HTTP ${status}${complaintOf(text)}`;
		if (status === 429 || (status === 503 && asked !== null)) {
			const pauseMs = this.#pause(lane, asked);
			this.#lanes[lane].failures++;
			if (status === 503) this.#noteFailure(null);
			return new RpcEndpointError(this.name, `${reason}; it is left alone for ${pauseMs} ms`, status);
		}
		return this.#failed(lane, reason, status);
	}

	#tooLong(lane: Lane, status: number): RpcEndpointError {
		this.#oversized++;
		const reason = `the answer is longer than ${this.#maximumAnswerBytes} bytes, and the rest was not read: ask for less at a time`;
		return this.#failed(lane, reason, status);
	}

	#pause(lane: Lane, askedMs: number | null): number {
		const state = this.#lanes[lane];
		const ownMs = FIRST_PAUSE_MS * 2 ** Math.min(state.refusalsInRow, MOST_DOUBLINGS);
		state.refusalsInRow++;
		const pauseMs = Math.min(LONGEST_PAUSE_MS, askedMs ?? ownMs);
		const untilMicros = this.#clock.monotonicMicros() + pauseMs * MICROS_PER_MILLI;
		state.pausedUntilMicros = Math.max(state.pausedUntilMicros, untilMicros);
		return pauseMs;
	}

	#failed(lane: Lane, reason: string, status: number | null = null): RpcEndpointError {
		this.#noteFailure(lane);
		return new RpcEndpointError(this.name, reason, status);
	}

	#noteFailure(lane: Lane | null): void {
		if (lane) this.#lanes[lane].failures++;
		this.#failuresInRow++;
		this.#errors.note(true);
	}

	#noteSuccess(tookMicros: number | null): void {
		this.#failuresInRow = 0;
		this.#errors.note(false);
		if (tookMicros === null) return;
		const before = this.#latencyMicros ?? tookMicros;
		this.#latencyMicros = before + (tookMicros - before) * LATENCY_WEIGHT;
	}

	#laneHealth(lane: Lane): LaneHealth {
		const { requests, failures, inFlight } = this.#lanes[lane];
		return { requests, failures, inFlight, pausedMs: this.pausedMs(lane) };
	}
}

/** What an address may be called where people and logs see it: without credentials, path and query. */
export function endpointName(url: string): string {
	const { protocol, host } = new URL(url);
	return `${protocol}//${host}`;
}

function headersFor({ username, password }: URL): Record<string, string> {
	const headers = { accept: "application/json", "content-type": "application/json; charset=utf-8" };
	if (username === "" && password === "") return headers;
	const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return { ...headers, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function isTimeout(reason: unknown): boolean {
	return (reason as { readonly name?: unknown } | null | undefined)?.name === "TimeoutError";
}

/** Node's fetch says only "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
	const { cause, message } = error as Error & {
		readonly cause?: { readonly code?: string; readonly message?: string };
	};
	return cause?.code ?? (cause?.message || message);
}

function complaintOf(text: string): string {
	const message = decodeAnswer(text)?.error?.message;
	return message ? `: ${message.slice(0, LONGEST_COMPLAINT)}` : "";
}
