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

const INTENT_ID_PATTERN = /^[0-9a-z]{16}$/;

export function isIntentId(text: string): text is IntentId {
	return INTENT_ID_PATTERN.test(text);
}
