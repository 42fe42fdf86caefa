import type { Chain } from "../chain/chain.ts";
import { toJson } from "./json.ts";
import { accountMethods } from "./methods/accounts.ts";
import { bundleMethods } from "./methods/bundles.ts";
import { clusterMethods } from "./methods/cluster.ts";
import { historyMethods } from "./methods/history.ts";
import type { Method } from "./methods/method.ts";
import { transactionMethods } from "./methods/transactions.ts";
import { Params } from "./params.ts";
import { RPC_ERROR_CODES, RpcError } from "./rpc-error.ts";

/** A request that has JSON-RPC's form. */
export interface RpcRequest {
	/** `undefined`: a notification, which gets no answer. */
	readonly id: string | number | null | undefined;
	readonly method: string;
	readonly params: unknown;
}

/** Answers JSON-RPC 2.0 requests from the chain. Whatever comes in, an answer goes out; nothing is thrown. */
export class Dispatcher {
	readonly #chain: Chain;
	readonly #methods: ReadonlyMap<string, Method>;
	readonly #maxBatch: number;
	readonly #onInternalError: (method: string, error: unknown) => void;

	constructor(options: {
		chain: Chain;
		/** Most requests in one batch. */
		maxBatch: number;
		onInternalError: (method: string, error: unknown) => void;
	}) {
		this.#chain = options.chain;
		this.#maxBatch = options.maxBatch;
		this.#onInternalError = options.onInternalError;
		this.#methods = new Map(
			Object.entries({
				...accountMethods,
				...bundleMethods,
				...clusterMethods,
				...historyMethods,
				...transactionMethods,
			}),
		);
	}

	/** The parsed body of a call; an error answer when it is no JSON or too large a batch. */
	parse(body: string): { ok: true; requests: unknown[]; isBatch: boolean } | { ok: false; answer: string } {
		let parsed: unknown;
		try {
			parsed = JSON.parse(body);
		} catch {
			return { ok: false, answer: errorAnswer(null, new RpcError(RPC_ERROR_CODES.parse, "Parse error")) };
		}
		if (!Array.isArray(parsed)) return { ok: true, requests: [parsed], isBatch: false };
		if (parsed.length === 0 || parsed.length > this.#maxBatch) {
			const message = `Invalid request: a batch must hold 1 to ${this.#maxBatch} requests`;
			return { ok: false, answer: errorAnswer(null, new RpcError(RPC_ERROR_CODES.invalidRequest, message)) };
		}
		return { ok: true, requests: parsed, isBatch: true };
	}

	/** @returns the answer as JSON, or `null` for a notification. */
	answer(value: unknown): string | null {
		const request = requestOf(value);
		if (request instanceof RpcError) return errorAnswer(null, request);
		const answer = this.#call(request);
		return request.id === undefined ? null : answer;
	}

	#call({ id = null, method, params }: RpcRequest): string {
		try {
			const call = this.#methods.get(method);
			if (call === undefined) throw new RpcError(RPC_ERROR_CODES.methodNotFound, `Method not found: ${method}`);
			return resultAnswer(id, call(this.#chain, new Params(params)));
		} catch (error) {
			if (error instanceof RpcError) return errorAnswer(id, error);
			this.#onInternalError(method, error);
			const reason = error instanceof Error ? error.message : String(error);
			return errorAnswer(id, new RpcError(RPC_ERROR_CODES.internal, `Internal error: ${reason}`));
		}
	}
}

/** Checks a request's form. */
export function requestOf(value: unknown): RpcRequest | RpcError {
	const invalid = (what: string) => new RpcError(RPC_ERROR_CODES.invalidRequest, `Invalid request: ${what}`);
	if (typeof value !== "object" || value === null || Array.isArray(value)) return invalid("it must be an object");
	const { jsonrpc, id, method, params } = value as Record<string, unknown>;
	if (jsonrpc !== "2.0") return invalid('jsonrpc must be "2.0"');
	if (typeof method !== "string" || method.length > 64)
		return invalid("method must be a string of at most 64 characters");
	if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") {
		return invalid("id must be a string, a number or null");
	}
	return { id, method, params };
}

export function resultAnswer(id: string | number | null, result: unknown): string {
	return toJson({ jsonrpc: "2.0", id, result: result ?? null });
}

export function errorAnswer(id: string | number | null, error: RpcError): string {
	const { code, message, data } = error;
	return toJson({ jsonrpc: "2.0", id, error: data === undefined ? { code, message } : { code, message, data } });
}
