import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Authenticates messages with one key. Who has the key can make a tag, and nobody else. */
export interface MessageMac {
	readonly by: "sodium-native" | "node:crypto";
	/** Writes the tag of `message` into the {@link TAG_BYTES} of `tag`. */
	authenticate(message: Uint8Array, tag: Uint8Array): void;
	/** Whether `tag` is that of `message`, in constant time. */
	isAuthentic(message: Uint8Array, tag: Uint8Array): boolean;
}

export const TAG_BYTES = 32;
const KEY_BYTES = 32;

/** Loads the native library; replaced in tests by one that fails. */
export type LoadSodium = () => Promise<typeof import("sodium-native")>;

const loadSodiumNative: LoadSodium = () => import("sodium-native");

/**
 * HMAC-SHA-512, its first 32 bytes (libsodium `crypto_auth`, which is `crypto_auth_hmacsha512256`). libsodium makes it
 * where it can be loaded, else Node: both make the same tags.
 *
 * @param secret any text; its SHA-256 is the key
 */
export async function createMessageMac(secret: string, loadSodium: LoadSodium = loadSodiumNative): Promise<MessageMac> {
	const hash = createHash("sha256").update(secret).digest();
	try {
		const { default: sodium } = await loadSodium();
		const key = sodium.sodium_malloc(KEY_BYTES);
		key.set(hash);
		hash.fill(0);
		return {
			by: "sodium-native",
			authenticate: (message, tag) => sodium.crypto_auth(tag, message, key),
			isAuthentic: (message, tag) => tag.length === TAG_BYTES && sodium.crypto_auth_verify(tag, message, key),
		};
	} catch {
		// No prebuilt binary for this platform: slower, but the same tags.
		const tagOf = (message: Uint8Array) => createHmac("sha512", hash).update(message).digest().subarray(0, TAG_BYTES);
		return {
			by: "node:crypto",
			authenticate: (message, tag) => tag.set(tagOf(message)),
			isAuthentic: (message, tag) => tag.length === TAG_BYTES && timingSafeEqual(tagOf(message), tag),
		};
	}
}
