import { createPrivateKey, createPublicKey, randomBytes, sign as signWithNode } from "node:crypto";

/** Signs with one Ed25519 key. */
export interface SignMessage {
	readonly by: "sodium-native" | "node:crypto";
	/** Writes the signature of `message` into the 64 bytes of `signature`. */
	sign(message: Uint8Array, signature: Uint8Array): void;
}

const SEED_BYTES = 32;
const SECRET_BYTES = 64;
/** PKCS #8 wrapping of an Ed25519 seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Loads the native signer; replaced in tests by one that fails. */
export type LoadSodium = () => Promise<typeof import("sodium-native")>;

const loadSodiumNative: LoadSodium = () => import("sodium-native");

/**
 * The fastest signer that this machine can load: libsodium, else Node's own with its key object kept. Both make the
 * same signatures.
 *
 * @param secret seed and public key, 64 bytes; copied, the caller may wipe it
 */
export async function createSigner(
	secret: Uint8Array,
	loadSodium: LoadSodium = loadSodiumNative,
): Promise<SignMessage> {
	try {
		const { default: sodium } = await loadSodium();
		const guarded = sodium.sodium_malloc(SECRET_BYTES);
		guarded.set(secret);
		return {
			by: "sodium-native",
			sign: (message, signature) => sodium.crypto_sign_detached(signature, message, guarded),
		};
	} catch {
		// No prebuilt binary for this platform: slower, but the same signatures.
		const key = privateKey(secret.subarray(0, SEED_BYTES));
		return {
			by: "node:crypto",
			sign: (message, signature) => signature.set(signWithNode(null, message, key)),
		};
	}
}

/** The public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Buffer {
	const spki = createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" });
	return Buffer.from(spki.subarray(spki.length - SEED_BYTES));
}

/** A new random seed. */
export function generateSeed(): Buffer {
	return randomBytes(SEED_BYTES);
}

function privateKey(seed: Uint8Array) {
	const der = Buffer.concat([PKCS8_PREFIX, seed]);
	try {
		return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
	} finally {
		der.fill(0);
	}
}
