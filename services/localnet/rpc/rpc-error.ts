/** JSON-RPC 2.0 codes, and those of Solana's own (Agave, `rpc-client-types`, `custom_error`). */
export const RPC_ERROR_CODES = {
	parse: -32_700,
	invalidRequest: -32_600,
	methodNotFound: -32_601,
	invalidParams: -32_602,
	internal: -32_603,
	sendPreflightFailure: -32_002,
	signatureFailure: -32_003,
	blockNotAvailable: -32_004,
	nodeUnhealthy: -32_005,
	slotSkippedOrMissing: -32_009,
	unsupportedTransactionVersion: -32_015,
	minContextSlotNotReached: -32_016,
	/** Not Solana's: this server's own limits. */
	tooManyRequests: -32_029,
	bodyTooLarge: -32_030,
} as const;

export type RpcErrorCode = (typeof RPC_ERROR_CODES)[keyof typeof RPC_ERROR_CODES];

/** An answer of the server that is an error. */
export class RpcError extends Error {
	readonly code: RpcErrorCode;
	readonly data: unknown;

	constructor(code: RpcErrorCode, message: string, data?: unknown) {
		super(message);
		this.code = code;
		this.data = data;
	}
}

export function invalidParams(sentence: string): RpcError {
	return new RpcError(RPC_ERROR_CODES.invalidParams, `Invalid params: ${sentence}`);
}
