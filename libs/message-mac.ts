import { createHash, timingSafeEqual } from "node:crypto";
import { keyedBlake2b } from "./blake2b.ts";

/** Authenticates messages with one key. Who has the key can make a tag, and nobody else. */
export interface MessageMac {
	readonly by: "sodium-native" | "own";
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
 * BLAKE2b-256 under a key of 32 bytes (RFC 7693), which is a MAC by its design and takes half the time of an HMAC.
 * libsodium makes it where it can be loaded, else our own code: both make the same tags.
 *
 * @param secret any text; its SHA-256 is the key
 */
export async function createMessageMac(secret: string, loadSodium: LoadSodium = loadSodiumNative): Promise<MessageMac> {
	const hash = createHash("sha256").update(secret).digest();
	const expected = Buffer.alloc(TAG_BYTES);
	const macBy = (by: MessageMac["by"], authenticate: MessageMac["authenticate"]): MessageMac => ({
		by,
		authenticate,
		isAuthentic: (message, tag) => {
			if (tag.length !== TAG_BYTES) return false;
			authenticate(message, expected);
			return timingSafeEqual(expected, tag);
		},
	});
	try {
		const { default: sodium } = await loadSodium();
		const key = sodium.sodium_malloc(KEY_BYTES);
		key.set(hash);
		hash.fill(0);
		return macBy("sodium-native", (message, tag) => sodium.crypto_generichash(tag, message, key));
	} catch {
		// No prebuilt binary for this platform: slower, but the same tags.
		return macBy("own", (message, tag) => tag.set(keyedBlake2b(message, hash)));
	}
}
