/** An answer to a JSON-RPC request: one of the two is there. */
export interface RpcAnswer {
	readonly result?: unknown;
	readonly error?: { readonly code: number | bigint; readonly message: string; readonly data?: unknown };
}

/** Node 22 and later; TypeScript's library does not name them yet. */
const { rawJSON, parse } = JSON as unknown as {
	rawJSON(text: string): unknown;
	parse(
		text: string,
		reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
	): unknown;
};
const INTEGER = /^-?\d+$/;

/** JSON with `bigint` as plain numbers of full precision, as Solana's RPC reads them. */
export function encodeRequest(payload: unknown): string {
	return JSON.stringify(payload, (_key, value) => (typeof value === "bigint" ? rawJSON(value.toString()) : value));
}

/**
 * Reads an answer. Integers become `bigint`: the client library makes numbers of those that its types call numbers.
 *
 * @returns null when the text is no JSON-RPC answer
 */
export function decodeAnswer(text: string): RpcAnswer | null {
	let answer: unknown;
	try {
		answer = parse(text, (_key, value, { source }) =>
			typeof value === "number" && source !== undefined && INTEGER.test(source) ? BigInt(source) : value,
		);
	} catch {
		return null;
	}
	if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return null;
	const { error } = answer as { readonly error?: unknown };
	if (error === undefined || error === null) return "result" in answer ? (answer as RpcAnswer) : null;
	return typeof error === "object" && "code" in error ? (answer as RpcAnswer) : null;
}

/** The code of an answer's error; null when it is none. */
export function errorCodeOf({ error }: RpcAnswer): number | null {
	return error ? Number(error.code) : null;
}
