/** The parts of sodium-native 5 that are used; the package carries no types. */
declare module "sodium-native" {
	interface Sodium {
		/** A zeroed buffer in guarded memory that is never swapped out. */
		sodium_malloc(bytes: number): Buffer;
		/** Ed25519 (libsodium `crypto_sign_detached`): 64 bytes of signature by a secret key of seed and public key. */
		crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
		/** HMAC-SHA-512 by a key of 32 bytes, its first 32 bytes (libsodium `crypto_auth`). */
		crypto_auth(tag: Uint8Array, message: Uint8Array, key: Uint8Array): void;
		/** Whether a tag is that of a message, in constant time (libsodium `crypto_auth_verify`). */
		crypto_auth_verify(tag: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
	}
	const sodium: Sodium;
	export default sodium;
}
