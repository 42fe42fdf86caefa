import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import type { Address } from "../../core/types/address.ts";
import { encodeBase58 } from "../../core/types/base58.ts";
import { Wallet } from "../solana/keypair.ts";
import { createSigner, generateSeed, publicKeyOf } from "../solana/signer.ts";
import { KeystoreError } from "./keystore-error.ts";
import { createKeystoreFile, readKeystoreFile } from "./keystore-file.ts";
import {
	authenticatedHeader,
	DEFAULT_COST,
	formatKeystore,
	isSaneCost,
	type KeystoreFile,
	NONCE_BYTES,
	parseKeystore,
	SALT_BYTES,
	type ScryptCost,
	SECRET_BYTES,
	scryptMemoryBytes,
	TAG_BYTES,
} from "./keystore-format.ts";

/** A new keystore's passphrase has at least this many characters. */
export const MINIMUM_PASSPHRASE_CHARACTERS = 12;

export interface CreateKeystoreOptions {
	readonly path: string;
	readonly passphrase: string;
	/** Kept in the file. OWASP's recommendation unless given. */
	readonly cost?: ScryptCost;
}

export interface ImportKeystoreOptions extends CreateKeystoreOptions {
	/** Seed then public key, 64 bytes, as a Solana key file has them. The caller wipes them. */
	readonly secret: Uint8Array;
}

export interface OpenKeystoreOptions {
	readonly path: string;
	readonly passphrase: string;
	/** Sees the 64 secret bytes once, before they are wiped: for the log's redactor. Must not keep the array. */
	readonly onSecret?: (secret: Uint8Array) => void;
}

const SEED_BYTES = 32;
const KEY_BYTES = 32;
const CIPHER = "aes-256-gcm";

/**
 * Makes a new key and keeps it encrypted. An existing file is never replaced.
 *
 * @returns the key's address
 * @throws KeystoreError naming the file and the fix
 */
export async function createKeystore(options: CreateKeystoreOptions): Promise<Address> {
	const seed = generateSeed();
	const secret = Buffer.concat([seed, publicKeyOf(seed)]);
	try {
		return await importKeystore({ ...options, secret });
	} finally {
		seed.fill(0);
		secret.fill(0);
	}
}

/**
 * Keeps a key that exists already, encrypted. An existing file is never replaced.
 *
 * @returns the key's address
 * @throws KeystoreError naming the file and the fix
 */
export async function importKeystore(options: ImportKeystoreOptions): Promise<Address> {
	const { path, passphrase, secret, cost = DEFAULT_COST } = options;
	if ([...passphrase].length < MINIMUM_PASSPHRASE_CHARACTERS) {
		throw new KeystoreError(
			"weakPassphrase",
			`The passphrase is too short. Choose one of at least ${MINIMUM_PASSPHRASE_CHARACTERS} characters.`,
		);
	}
	if (!isSaneCost(cost)) {
		throw new KeystoreError("absurdParameters", "The scrypt parameters are outside the bounds. Use the default ones.");
	}
	const address = addressOf(secret);
	if (address === null) {
		throw new KeystoreError(
			"wrongSecret",
			"The key is damaged: its halves do not belong together. Use another backup.",
		);
	}
	const header = {
		version: 1 as const,
		address,
		kdf: { name: "scrypt" as const, n: cost.n, r: cost.r, p: cost.p, salt: randomBytes(SALT_BYTES).toString("hex") },
	};
	const key = await deriveKey(passphrase, header.kdf);
	try {
		const nonce = randomBytes(NONCE_BYTES);
		const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(authenticatedHeader(header));
		const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
		const text = formatKeystore({
			...header,
			cipher: {
				name: CIPHER,
				nonce: nonce.toString("hex"),
				tag: cipher.getAuthTag().toString("hex"),
				secret: encrypted.toString("hex"),
			},
		});
		await createKeystoreFile(path, text);
	} finally {
		key.fill(0);
	}
	return address;
}

/**
 * Decrypts a keystore to a key that signs and shows nothing but its address.
 *
 * @throws KeystoreError naming the file and the fix
 */
export async function openKeystore({ path, passphrase, onSecret }: OpenKeystoreOptions): Promise<Wallet> {
	const file = parseKeystore(path, await readKeystoreFile(path));
	const key = await deriveKey(passphrase, file.kdf);
	let secret: Buffer | null = null;
	try {
		secret = decrypt(file, key);
		if (secret === null) {
			throw new KeystoreError(
				"wrongPassphrase",
				`The passphrase does not open the keystore ${path}. Try again; if you are sure of it, the file was changed on ` +
					"purpose: restore it from a backup.",
			);
		}
		if (addressOf(secret) !== file.address) {
			throw new KeystoreError(
				"wrongSecret",
				`The key in the keystore ${path} is not that of its address. Restore it from a backup.`,
			);
		}
		onSecret?.(secret);
		return new Wallet(Buffer.from(secret.subarray(SEED_BYTES)), await createSigner(secret));
	} finally {
		key.fill(0);
		secret?.fill(0);
	}
}

/**
 * The address that a keystore shows in clear. Without the passphrase nobody knows that it is the address of the key
 * inside: open the keystore before money is sent there.
 *
 * @throws KeystoreError naming the file and the fix
 */
export async function readKeystoreAddress(path: string): Promise<Address> {
	return parseKeystore(path, await readKeystoreFile(path)).address as Address;
}

/** The secret, or null when the key is not the right one or the file was forged. */
function decrypt(file: KeystoreFile, key: Buffer): Buffer | null {
	const { nonce, tag, secret } = file.cipher;
	const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, "hex"), { authTagLength: TAG_BYTES })
		.setAAD(authenticatedHeader(file))
		.setAuthTag(Buffer.from(tag, "hex"));
	// All of the text comes here: GCM keeps nothing back for its end.
	const plain = decipher.update(Buffer.from(secret, "hex"));
	try {
		decipher.final();
		return plain;
	} catch {
		plain.fill(0);
		return null;
	}
}

/** The address of a 64-byte secret, or null when its halves do not belong together. */
function addressOf(secret: Uint8Array): Address | null {
	if (secret.length !== SECRET_BYTES) return null;
	const publicKey = publicKeyOf(secret.subarray(0, SEED_BYTES));
	return publicKey.equals(secret.subarray(SEED_BYTES)) ? (encodeBase58(publicKey) as Address) : null;
}

/** The same passphrase in another Unicode form, as other keyboards make it, gives the same key. */
async function deriveKey(passphrase: string, kdf: ScryptCost & { readonly salt: string }): Promise<Buffer> {
	const bytes = Buffer.from(passphrase.normalize("NFKC"), "utf8");
	const options: ScryptOptions = { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: scryptMemoryBytes(kdf) };
	try {
		return await new Promise<Buffer>((resolve, reject) => {
			scrypt(bytes, Buffer.from(kdf.salt, "hex"), KEY_BYTES, options, (error, key) =>
				error ? reject(error) : resolve(key),
			);
		});
	} finally {
		bytes.fill(0);
	}
}
