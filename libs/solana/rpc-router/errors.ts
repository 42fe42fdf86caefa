/** An endpoint did not answer a request, or not with a JSON-RPC answer. The message names it, never its keys. */
export class RpcEndpointError extends Error {
	override readonly name = "RpcEndpointError";
	readonly endpoint: string;
	/** Null when there was no HTTP answer. */
	readonly statusCode: number | null;

	constructor(endpoint: string, reason: string, statusCode: number | null = null) {
		super(`${endpoint}: ${reason}`);
		this.endpoint = endpoint;
		this.statusCode = statusCode;
	}
}

/** Every endpoint wants to be left alone for a while. */
export class RpcPausedError extends Error {
	override readonly name = "RpcPausedError";
	/** Until the first of them may be asked again. */
	readonly waitMs: number;

	constructor(waits: readonly { readonly endpoint: string; readonly waitMs: number }[]) {
		const waitMs = Math.min(...waits.map((one) => one.waitMs));
		const each = waits.map((one) => `${one.endpoint} ${one.waitMs} ms`).join(", ");
		super(
			`every RPC endpoint has asked for a pause of reads (${each}): ask again in ${waitMs} ms, ` +
				"lower chain.read_requests_per_second, or add an endpoint to chain.rpc_urls",
		);
		this.waitMs = waitMs;
	}
}

/** More requests wait than the router lets wait. */
export class RpcBusyError extends Error {
	override readonly name = "RpcBusyError";

	constructor(what: string, limit: number) {
		super(`${limit} ${what} are waiting for an RPC endpoint already: ask less, or add an endpoint to chain.rpc_urls`);
	}
}

/** No endpoint gave what was asked for; the message names the complaint of each. */
export class RpcExhaustedError extends AggregateError {
	override readonly name = "RpcExhaustedError";

	constructor(what: string, errors: readonly Error[]) {
		super(errors, `${what}: ${errors.map(({ message }) => message).join("; ")}`);
	}
}

/** Two endpoints tell different truths about money: neither is believed. */
export class RpcDisagreementError extends Error {
	override readonly name = "RpcDisagreementError";

	constructor(detail: string) {
		super(`the RPC endpoints disagree: ${detail}`);
	}
}
