/** The parts of sodium-native 5 that are used; the package carries no types. */
declare module "sodium-native" {
	interface Sodium {
		/** A zeroed buffer in guarded memory that is never swapped out. */
		sodium_malloc(bytes: number): Buffer;
		/** Ed25519 (libsodium `crypto_sign_detached`): 64 bytes of signature by a secret key of seed and public key. */
		crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
		/** BLAKE2b under a key, of as many bytes as `tag` has (libsodium `crypto_generichash`). */
		crypto_generichash(tag: Uint8Array, message: Uint8Array, key: Uint8Array): void;
	}
	const sodium: Sodium;
	export default sodium;
}
