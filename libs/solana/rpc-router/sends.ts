import type { Signature } from "../../../core/types/identifiers.ts";
import { Base58 } from "../base58.ts";
import type { Endpoint } from "./endpoint.ts";
import { RpcBusyError, RpcEndpointError, RpcExhaustedError } from "./errors.ts";
import { errorCodeOf, type RpcAnswer } from "./json-rpc.ts";
import type { Ranking } from "./ranking.ts";

/** A `sendTransaction` request. */
export interface SendRequest {
	readonly params: unknown;
	readonly body: string;
	readonly signal?: AbortSignal | undefined;
}

/** Sends without an answer at one endpoint. */
const MOST_SENDS_IN_FLIGHT = 256;
/** JSON-RPC server error: the simulation before the send failed (Agave rpc-client-api, custom_error.rs). */
const PREFLIGHT_FAILURE = -32_002;
const SIGNATURE_OFFSET = 1;
const SIGNATURE_BYTES = 64;

/** Sends the same bytes to every healthy endpoint at once: the first that takes them is enough. */
export class Sends {
	readonly #ranking: Ranking;
	readonly #base58 = new Base58();

	constructor(ranking: Ranking) {
		this.#ranking = ranking;
	}

	/**
	 * The requests are on their way when this returns. A node that has the transaction already has taken it.
	 *
	 * @throws RpcEndpointError or RpcExhaustedError when no endpoint takes it; the bytes may have arrived all the same
	 * @throws RpcBusyError when every endpoint has too many sends without an answer
	 * @throws what the signal was aborted with
	 */
	send({ params, body, signal }: SendRequest): Promise<RpcAnswer> {
		const targets = this.#targets();
		const [only] = targets;
		if (!only) return Promise.reject(new RpcBusyError("sends", MOST_SENDS_IN_FLIGHT));
		const post = (endpoint: Endpoint) => this.#post(endpoint, { params, body, signal });
		return targets.length === 1 ? post(only) : firstTaken(targets, post, signal);
	}

	/**
	 * All that are neither out, nor want to be left alone, nor have no budget left. When there is none such, the least bad
	 * one: a send does not wait.
	 */
	#targets(): Endpoint[] {
		const usable = this.#ranking.usable("send").filter((one) => one.inFlight("send") < MOST_SENDS_IN_FLIGHT);
		const willing = usable.filter((one) => one.isHealthy && one.pausedMs("send") === 0 && one.bucket("send").take());
		if (willing.length > 0) return willing;
		const leastBad = usable.toSorted((a, b) => a.pausedMs("send") - b.pausedMs("send")).slice(0, 1);
		for (const endpoint of leastBad) endpoint.bucket("send").force();
		return leastBad;
	}

	async #post(endpoint: Endpoint, { params, body, signal }: SendRequest): Promise<RpcAnswer> {
		const answer = await endpoint.post({ lane: "send", body, signal });
		const signature = isAlreadyProcessed(answer) ? this.#signatureOf(params) : null;
		return signature ? { result: signature } : answer;
	}

	/** Of a transaction in base64, the first parameter. */
	#signatureOf(params: unknown): Signature | null {
		const [transaction, options] = Array.isArray(params) ? (params as unknown[]) : [];
		const { encoding } = (options ?? {}) as { readonly encoding?: unknown };
		if (typeof transaction !== "string" || encoding !== "base64") return null;
		const bytes = Buffer.from(transaction, "base64").subarray(SIGNATURE_OFFSET, SIGNATURE_OFFSET + SIGNATURE_BYTES);
		return bytes.length === SIGNATURE_BYTES ? this.#base58.signature(bytes) : null;
	}
}

function firstTaken(
	targets: readonly Endpoint[],
	post: (endpoint: Endpoint) => Promise<RpcAnswer>,
	signal: AbortSignal | undefined,
): Promise<RpcAnswer> {
	return new Promise((resolve, reject) => {
		const failures: Error[] = [];
		const failed = (error: Error): void => {
			failures.push(error);
			if (failures.length < targets.length) return;
			reject(signal?.aborted ? (signal.reason as Error) : new RpcExhaustedError("no RPC endpoint takes it", failures));
		};
		for (const endpoint of targets) {
			post(endpoint).then((answer) => {
				if (answer.error === undefined || answer.error === null) resolve(answer);
				else failed(new RpcEndpointError(endpoint.name, `${answer.error.message} (${errorCodeOf(answer)})`));
			}, failed);
		}
	});
}

function isAlreadyProcessed(answer: RpcAnswer): boolean {
	if (errorCodeOf(answer) !== PREFLIGHT_FAILURE) return false;
	const data = answer.error?.data as { readonly err?: unknown } | undefined;
	return data?.err === "AlreadyProcessed";
}
