/** A base58-encoded 64-byte transaction signature. Markers as in `Signature` of `@solana/kit` 8. */
export type Signature = string & {
	readonly "__brand:@solana/kit": "Signature";
	readonly "__stringEncoding:@solana/kit": "base58";
};

/** A base58-encoded recent blockhash. Markers as in `Blockhash` of `@solana/kit` 8. */
export type Blockhash = string & {
	readonly "__brand:@solana/kit": "Blockhash";
	readonly "__stringEncoding:@solana/kit": "base58";
};

/**
 * The one name of an order intent, exactly {@link INTENT_ID_LENGTH} characters of `[0-9a-z]`. It travels inside the
 * transaction as a memo, so that the chain's own history tells which intent a signature belongs to.
 */
export type IntentId = string & { readonly __brand: "IntentId" };

/** Fixed, so that a precompiled message has room for any intent id. */
export const INTENT_ID_LENGTH = 16;

const [ZERO, NINE, LETTER_A, LETTER_Z] = [0x30, 0x39, 0x61, 0x7a];

/** By character code: gate and executor ask for every intent, and a pattern takes several times as long. */
export function isIntentId(text: string): text is IntentId {
	if (text.length !== INTENT_ID_LENGTH) return false;
	for (let at = 0; at < INTENT_ID_LENGTH; at++) {
		const code = text.charCodeAt(at);
		const isDigit = code >= ZERO && code <= NINE;
		if (!isDigit && !(code >= LETTER_A && code <= LETTER_Z)) return false;
	}
	return true;
}
