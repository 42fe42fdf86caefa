import type { Address } from "../../../core/types/address.ts";
import { decodeBase58, encodeBase58 } from "../../../core/types/base58.ts";
import type { Blockhash, Signature } from "../../../core/types/identifiers.ts";
import { Remembered } from "./remembered.ts";

/** A 32-byte account address as a one-byte-per-character string: a map key that costs no base58. */
export type AccountKey = string & { readonly __brand: "AccountKey" };
/** A 64-byte signature in the same form. */
export type SignatureKey = string & { readonly __brand: "SignatureKey" };
/** A 32-byte blockhash in the same form. */
export type BlockhashKey = string & { readonly __brand: "BlockhashKey" };

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Longest base58 text of 32 and of 64 bytes; longer input is refused before it is decoded. */
const LONGEST_KEY_TEXT = 44;
const LONGEST_SIGNATURE_TEXT = 88;
/** A few megabytes in each direction. */
const REMEMBERED = 16_384;
const TEXTS = new Remembered(REMEMBERED, (key) => encodeBase58(Buffer.from(key, "latin1")));
const KEYS = new Remembered(REMEMBERED, (text) => {
	const decoded = decodeBase58(text);
	return decoded === null ? null : bufferOf(decoded).toString("latin1");
});

export function accountKeyAt(bytes: Buffer, offset: number): AccountKey {
	return bytes.toString("latin1", offset, offset + KEY_BYTES) as AccountKey;
}

export function accountKeyOf(bytes: Uint8Array): AccountKey {
	return bufferOf(bytes).toString("latin1") as AccountKey;
}

export function bytesOfKey(key: AccountKey | SignatureKey | BlockhashKey): Buffer {
	return Buffer.from(key, "latin1");
}

export function addressOf(key: AccountKey): Address {
	return TEXTS.of(key) as Address;
}

export function blockhashOf(key: BlockhashKey): Blockhash {
	return TEXTS.of(key) as Blockhash;
}

export function signatureOf(key: SignatureKey): Signature {
	return TEXTS.of(key) as Signature;
}

/** `null` when the text is not the base58 of exactly 32 bytes. */
export function parseAccountKey(text: string): AccountKey | null {
	return parseKey(text, KEY_BYTES, LONGEST_KEY_TEXT) as AccountKey | null;
}

/** `null` when the text is not the base58 of exactly 32 bytes. */
export function parseBlockhashKey(text: string): BlockhashKey | null {
	return parseKey(text, KEY_BYTES, LONGEST_KEY_TEXT) as BlockhashKey | null;
}

/** `null` when the text is not the base58 of exactly 64 bytes. */
export function parseSignatureKey(text: string): SignatureKey | null {
	return parseKey(text, SIGNATURE_BYTES, LONGEST_SIGNATURE_TEXT) as SignatureKey | null;
}

/** The key of an address that the program itself supplies. @throws RangeError when it is not a base58 address. */
export function requireAccountKey(address: string): AccountKey {
	const key = parseAccountKey(address);
	if (key === null) throw new RangeError(`not a base58 address of 32 bytes: ${address}`);
	return key;
}

function parseKey(text: string, bytes: number, longest: number): string | null {
	if (text.length > longest) return null;
	const key = KEYS.of(text);
	return key?.length === bytes ? key : null;
}

/** The same memory as a Buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
	return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
