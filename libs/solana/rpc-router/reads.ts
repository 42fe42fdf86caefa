import type { Endpoint } from "./endpoint.ts";
import { RpcBusyError, type RpcEndpointError, RpcExhaustedError, RpcPausedError } from "./errors.ts";
import { errorCodeOf, type RpcAnswer } from "./json-rpc.ts";
import type { Ranking } from "./ranking.ts";
import type { Scheduler } from "./scheduler.ts";

/** A request that changes nothing on the chain. */
export interface ReadRequest {
	readonly method: string;
	readonly body: string;
	readonly signal?: AbortSignal | undefined;
}

export interface ReadsOptions {
	readonly ranking: Ranking;
	readonly scheduler: Scheduler;
	/** One attempt of several ends after this long; the caller's signal bounds them all. */
	readonly attemptTimeoutMs: number;
}

interface Waiting {
	readonly tried: ReadonlySet<Endpoint>;
	readonly resolve: (endpoint: Endpoint | null) => void;
	readonly reject: (error: Error) => void;
}

/** Endpoints asked for one read. */
const MOST_ATTEMPTS = 3;
/** Reads without an answer at one endpoint. */
export const MOST_READS_IN_FLIGHT = 64;
const MOST_WAITING = 1_024;
/**
 * JSON-RPC errors that speak of the node and not of the question (Agave rpc-client-api, custom_error.rs): block not
 * available, node unhealthy, no history, key excluded from an index, min context slot not reached; and the protocol's
 * own "method not found" and "internal error".
 */
const ERRORS_OF_THE_NODE: ReadonlySet<number | null> = new Set([
	-32_004, -32_005, -32_007, -32_009, -32_010, -32_011, -32_014, -32_016, -32_601, -32_603,
]);
/** These take long at every node: an attempt is not cut short for them. */
const SLOW_METHODS: ReadonlySet<string> = new Set(["getProgramAccounts", "getBlock"]);
/** The one read that is none: it must not be made twice. */
const NEVER_REPEATED = "requestAirdrop";

/** Sends reads to the best endpoint, and to the next ones when it fails. */
export class Reads {
	readonly #options: ReadsOptions;
	readonly #waiting = new Set<Waiting>();
	/** Places taken at each endpoint: from the choice on, which is before the request is in flight. */
	readonly #taken = new Map<Endpoint, number>();
	#cancelWake: (() => void) | null = null;

	constructor(options: ReadsOptions) {
		this.#options = options;
	}

	/**
	 * @throws RpcPausedError when every endpoint wants to be left alone
	 * @throws RpcBusyError when too many reads wait
	 * @throws RpcEndpointError or RpcExhaustedError when no endpoint answers
	 * @throws what the signal was aborted with
	 */
	async read(request: ReadRequest): Promise<RpcAnswer> {
		const tried = new Set<Endpoint>();
		const failures: Error[] = [];
		let complaint: RpcAnswer | null = null;
		const attempts = request.method === NEVER_REPEATED ? 1 : MOST_ATTEMPTS;
		while (tried.size < attempts) {
			const endpoint = this.#pick(tried) ?? (await this.#turn(tried, request.signal));
			if (!endpoint) break;
			tried.add(endpoint);
			try {
				const answer = await this.ask(endpoint, request);
				if (!ERRORS_OF_THE_NODE.has(errorCodeOf(answer))) return answer;
				complaint ??= answer;
			} catch (error) {
				if (request.signal?.aborted) throw error;
				failures.push(error as RpcEndpointError);
			} finally {
				this.#giveBack(endpoint);
			}
		}
		if (complaint) return complaint;
		throw failures.length === 1
			? failures[0]
			: new RpcExhaustedError(`no RPC endpoint answers ${request.method}`, failures);
	}

	/** Asks one endpoint, whatever its health; the caller minds its pauses. Rejects as {@link Endpoint.post} does. */
	async ask(endpoint: Endpoint, { method, body, signal }: ReadRequest): Promise<RpcAnswer> {
		const { ranking, scheduler, attemptTimeoutMs } = this.#options;
		const isSlow = SLOW_METHODS.has(method);
		let bounded = signal;
		let cancel = () => {};
		if (!isSlow && ranking.endpoints.length > 1) {
			const timeout = new AbortController();
			const reason = new DOMException("no answer in time", "TimeoutError");
			cancel = scheduler.after(attemptTimeoutMs, () => timeout.abort(reason));
			bounded = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
		}
		try {
			return await endpoint.post({ lane: "read", body, signal: bounded, isSlow });
		} finally {
			cancel();
		}
	}

	/** The endpoint to ask now, its budget and its place taken; null when there is none at this moment. */
	#pick(tried: ReadonlySet<Endpoint>): Endpoint | null {
		for (const endpoint of this.#candidates(tried)) {
			const taken = this.#taken.get(endpoint) ?? 0;
			if (endpoint.pausedMs("read") > 0 || taken >= MOST_READS_IN_FLIGHT || !endpoint.bucket("read").take()) continue;
			this.#taken.set(endpoint, taken + 1);
			return endpoint;
		}
		return null;
	}

	#giveBack(endpoint: Endpoint): void {
		this.#taken.set(endpoint, (this.#taken.get(endpoint) ?? 1) - 1);
		this.#wake();
	}

	/** The endpoints that are not out; all of them when every one is. */
	#candidates(tried: ReadonlySet<Endpoint>): Endpoint[] {
		return this.#options.ranking.usable("read").filter((endpoint) => !tried.has(endpoint));
	}

	/** Waits until an endpoint may be asked. Null when no further one is there to be asked. */
	async #turn(tried: ReadonlySet<Endpoint>, signal: AbortSignal | undefined): Promise<Endpoint | null> {
		signal?.throwIfAborted();
		const waits = this.#pauses(tried);
		// What has failed once is not worth a pause.
		if (waits && tried.size > 0) return null;
		if (waits) throw new RpcPausedError(waits);
		if (this.#waiting.size >= MOST_WAITING) throw new RpcBusyError("reads", MOST_WAITING);
		let abort = () => {};
		try {
			return await new Promise<Endpoint | null>((resolve, reject) => {
				const waiting: Waiting = { tried, resolve, reject };
				abort = () => {
					this.#waiting.delete(waiting);
					reject(signal?.reason as Error);
				};
				signal?.addEventListener("abort", abort, { once: true });
				this.#waiting.add(waiting);
				this.#setAlarm();
			});
		} finally {
			signal?.removeEventListener("abort", abort);
		}
	}

	/** How long each endpoint that may be asked wants to be left alone; null when one of them does not. */
	#pauses(tried: ReadonlySet<Endpoint>): { readonly endpoint: string; readonly waitMs: number }[] | null {
		const waits = this.#candidates(tried).map((one) => ({ endpoint: one.name, waitMs: one.pausedMs("read") }));
		return waits.every(({ waitMs }) => waitMs > 0) ? waits : null;
	}

	/** Hands endpoints to those that wait, first come first served. */
	#wake(): void {
		for (const waiting of this.#waiting) {
			const endpoint = this.#pick(waiting.tried);
			const waits = endpoint ? null : this.#pauses(waiting.tried);
			if (!endpoint && !waits) continue;
			this.#waiting.delete(waiting);
			if (waits && waiting.tried.size === 0) waiting.reject(new RpcPausedError(waits));
			else waiting.resolve(endpoint);
		}
		this.#setAlarm();
	}

	/** Wakes when the next budget allows a request. */
	#setAlarm(): void {
		if (this.#waiting.size === 0 || this.#cancelWake) return;
		const waits = this.#options.ranking.usable("read").map((endpoint) => endpoint.bucket("read").waitMs());
		this.#cancelWake = this.#options.scheduler.after(Math.max(1, Math.min(...waits)), () => {
			this.#cancelWake = null;
			this.#wake();
		});
	}
}
