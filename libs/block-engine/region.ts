import type { Clock } from "../../core/types/clock.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { retryAfterMs } from "../solana/rpc-router/retry-after.ts";
import type { BlockEngineError, BlockEngineErrorCode } from "./block-engine-error.ts";

/** What a region has been asked since it was made. */
export interface RegionCounters {
	readonly requests: number;
	readonly failures: number;
	/** Requests that were not made, because the region asked to be left alone. */
	readonly heldBack: number;
}

export interface RegionOptions {
	readonly url: string;
	readonly clock: Clock;
	readonly fetch: typeof fetch;
	readonly timeoutMs: number;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
}

/** Requests without an answer at one time. */
const MOST_IN_FLIGHT = 16;
/** Far more than any answer holds. */
const LONGEST_ANSWER_BYTES = 64 * 1_024;
const LONGEST_DETAIL = 200;
/** The pause after a 429 that names none. Jito gives one request a second and region by default. */
const DEFAULT_PAUSE_MS = 1_000;
const MICROS_PER_MILLI = 1_000;
const TOO_MANY_REQUESTS = 429;
const ALREADY_PROCESSED = /already processed/i;

/** One regional block engine, by JSON-RPC over HTTP. Asks once; never repeats a request by itself. */
export class Region {
	readonly name: string;
	readonly #options: RegionOptions;
	readonly #counters = { requests: 0, failures: 0, heldBack: 0 };
	#inFlight = 0;
	#pausedUntilMicros = 0;
	#nextId = 0;

	constructor(options: RegionOptions) {
		this.#options = options;
		this.name = new URL(options.url).host;
	}

	get counters(): RegionCounters {
		return { ...this.#counters };
	}

	/** @param read gives null where the result has another shape than it should */
	async ask<T>(
		method: string,
		params: readonly unknown[],
		read: (result: unknown) => T | null,
	): Promise<Result<T, BlockEngineError>> {
		const nowMicros = this.#options.clock.monotonicMicros();
		if (nowMicros < this.#pausedUntilMicros) {
			this.#counters.heldBack++;
			const waitMs = Math.ceil((this.#pausedUntilMicros - nowMicros) / MICROS_PER_MILLI);
			return this.#failed("rateLimited", `it asked to be left alone for another ${waitMs} ms`);
		}
		if (this.#inFlight >= MOST_IN_FLIGHT) {
			return this.#failed("busy", `${MOST_IN_FLIGHT} requests are without an answer`);
		}
		this.#inFlight++;
		this.#counters.requests++;
		try {
			const answer = await this.#post(method, params);
			const result = answer.ok ? this.#readAnswer(answer.value, read) : answer;
			if (!result.ok) this.#counters.failures++;
			return result;
		} finally {
			this.#inFlight--;
		}
	}

	async #post(method: string, params: readonly unknown[]): Promise<Result<string, BlockEngineError>> {
		const { url, fetch, timeoutMs, abortSignal } = this.#options;
		const timeout = AbortSignal.timeout(timeoutMs);
		try {
			const response = await fetch(url, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#nextId, method, params }),
				signal: AbortSignal.any([timeout, abortSignal]),
				redirect: "error",
			});
			this.#notePause(response);
			const text = await readBounded(response);
			if (response.status === TOO_MANY_REQUESTS) return this.#failed("rateLimited", text ?? "");
			if (text === null) return this.#failed("malformedAnswer", `longer than ${LONGEST_ANSWER_BYTES} bytes`);
			// Refusals come with HTTP 400 and a JSON-RPC error in the body.
			if (response.ok || isJsonRpcError(text)) return success(text);
			return this.#failed("httpError", `HTTP ${response.status}`);
		} catch (error) {
			if (abortSignal.aborted) return this.#failed("aborted", "the request was given up");
			if (timeout.aborted) return this.#failed("timeout", `no answer within ${timeoutMs} ms`);
			const { cause, message } = error as Error;
			return this.#failed("unreachable", cause instanceof Error ? `${message}: ${cause.message}` : message);
		}
	}

	#notePause(response: Response): void {
		const { clock } = this.#options;
		const header = response.headers.get("retry-after");
		const waitMs = retryAfterMs(header, clock.epochMicros() / MICROS_PER_MILLI);
		if (waitMs === null && response.status !== TOO_MANY_REQUESTS) return;
		this.#pausedUntilMicros = clock.monotonicMicros() + (waitMs ?? DEFAULT_PAUSE_MS) * MICROS_PER_MILLI;
	}

	#readAnswer<T>(text: string, read: (result: unknown) => T | null): Result<T, BlockEngineError> {
		const answer = parseJson(text);
		if (typeof answer !== "object" || answer === null) return this.#failed("malformedAnswer", text);
		const { error, result } = answer as { readonly error?: unknown; readonly result?: unknown };
		if (error !== undefined && error !== null) {
			const { message } = error as { readonly message?: unknown };
			if (typeof message !== "string") return this.#failed("malformedAnswer", text);
			return this.#failed(ALREADY_PROCESSED.test(message) ? "alreadyProcessed" : "refused", message);
		}
		const value = result === undefined ? null : read(result);
		return value === null ? this.#failed("malformedAnswer", text) : success(value);
	}

	#failed(code: BlockEngineErrorCode, detail: string): Result<never, BlockEngineError> {
		return failure({ code, region: this.name, detail: printable(detail) });
	}
}

/** Null when the answer is longer than any should be. */
async function readBounded(response: Response): Promise<string | null> {
	if (!response.body) return "";
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
		bytes += chunk.length;
		// Leaving the loop cancels the rest.
		if (bytes > LONGEST_ANSWER_BYTES) return null;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function isJsonRpcError(text: string): boolean {
	const answer = parseJson(text);
	return typeof answer === "object" && answer !== null && "error" in answer && typeof answer.error === "object";
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A stranger's text, fit for a log line. */
function printable(text: string): string {
	return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, LONGEST_DETAIL);
}
