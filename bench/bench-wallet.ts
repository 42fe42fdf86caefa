import sodium from "sodium-native";
import { Wallet } from "../libs/solana/keypair.ts";
import { createSigner, generateSeed, publicKeyOf } from "../libs/solana/signer.ts";

const SIGNATURE_BYTES = 64;

/** A new key, as the product's wallet and bare. */
export interface BenchWallet {
	readonly wallet: Wallet;
	/** One call of libsodium and nothing else. */
	readonly signBare: (message: Uint8Array) => void;
}

export async function benchWallet(): Promise<BenchWallet> {
	const seed = generateSeed();
	const publicKey = publicKeyOf(seed);
	const secret = sodium.sodium_malloc(seed.length + publicKey.length);
	secret.set(seed);
	secret.set(publicKey, seed.length);
	const wallet = new Wallet(publicKey, await createSigner(secret));
	if (wallet.signedBy !== "sodium-native") {
		throw new Error("sodium-native cannot be loaded here, and every figure is measured against it: run npm ci");
	}
	const signature = Buffer.alloc(SIGNATURE_BYTES);
	return { wallet, signBare: (message) => sodium.crypto_sign_detached(signature, message, secret) };
}
