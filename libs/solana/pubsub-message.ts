/** A message of a Solana PubSub server (JSON-RPC 2.0), as far as a client acts on it. */
export type PubsubMessage =
	| { readonly kind: "notification"; readonly subscription: number; readonly result: unknown }
	| { readonly kind: "accepted"; readonly id: number; readonly result: unknown }
	| { readonly kind: "refused"; readonly id: number; readonly code: number; readonly message: string }
	| { readonly kind: "garbage" };

const GARBAGE: PubsubMessage = { kind: "garbage" };

/** Reads a message; whatever it is, it does not throw. */
export function readPubsubMessage(text: string): PubsubMessage {
	let message: unknown;
	try {
		message = JSON.parse(text);
	} catch {
		return GARBAGE;
	}
	if (!isObject(message)) return GARBAGE;
	if (isObject(message["params"])) {
		const { subscription, result } = message["params"];
		return typeof subscription === "number" ? { kind: "notification", subscription, result } : GARBAGE;
	}
	const { id, result, error } = message;
	if (typeof id !== "number") return GARBAGE;
	if (isObject(error)) {
		const { code, message: reason } = error;
		return { kind: "refused", id, code: typeof code === "number" ? code : 0, message: String(reason) };
	}
	return { kind: "accepted", id, result };
}

/** The slot and bytes of an `accountNotification` in base64; null when it is none. An absent account has no bytes. */
export function readAccountNotification(result: unknown): { readonly slot: number; readonly data: Uint8Array } | null {
	if (!isObject(result) || !isObject(result["context"])) return null;
	const { slot } = result["context"];
	const { value } = result;
	if (typeof slot !== "number") return null;
	if (value === null) return { slot, data: new Uint8Array(0) };
	const data = isObject(value) ? value["data"] : undefined;
	if (!Array.isArray(data) || typeof data[0] !== "string" || data[1] !== "base64") return null;
	return { slot, data: Buffer.from(data[0], "base64") };
}

/** The slot of a `slotNotification`; null when it is none. */
export function readSlotNotification(result: unknown): number | null {
	return isObject(result) && typeof result["slot"] === "number" ? result["slot"] : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}
