import { randomUUID } from "node:crypto";
import { link, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { inspect } from "node:util";
import type { Address } from "../../core/types/address.ts";
import { encodeBase58 } from "../../core/types/base58.ts";
import { syncFolder } from "../files.ts";
import { createSigner, generateSeed, publicKeyOf, type SignMessage } from "./signer.ts";

/** Why a key file is not used. */
export type WalletErrorCode =
	| "missing"
	| "unreadable"
	| "notJson"
	| "wrongShape"
	| "mismatch"
	| "tooOpen"
	| "notCreated";

/** A key file that cannot be used. The message names the file and the fix, never its content. */
export class WalletError extends Error {
	override readonly name = "WalletError";
	readonly code: WalletErrorCode;

	constructor(code: WalletErrorCode, message: string) {
		super(message);
		this.code = code;
	}
}

/** A key that signs. It shows its address and nothing else, however it is printed. */
export class Wallet {
	readonly address: Address;
	/** The 32 bytes of {@link address}. */
	readonly publicKey: Uint8Array;
	/** Which implementation signs. */
	readonly signedBy: SignMessage["by"];
	readonly #sign: SignMessage;

	constructor(publicKey: Uint8Array, sign: SignMessage) {
		this.publicKey = publicKey;
		this.address = encodeBase58(publicKey) as Address;
		this.signedBy = sign.by;
		this.#sign = sign;
	}

	/** Writes the Ed25519 signature of `message` into the 64 bytes of `signature`. The same message signs the same. */
	sign(message: Uint8Array, signature: Uint8Array): void {
		this.#sign.sign(message, signature);
	}

	toJSON(): { readonly address: Address } {
		return { address: this.address };
	}

	[inspect.custom](): string {
		return `Wallet(${this.address})`;
	}
}

export interface OpenWalletOptions {
	/** Make a new key when the file is absent. An existing file is never replaced. */
	readonly create: boolean;
	/** Sees the 64 secret bytes once, before they are wiped: for the log's redactor. Must not keep the array. */
	readonly onSecret?: (secret: Uint8Array) => void;
}

const SECRET_BYTES = 64;
const SEED_BYTES = 32;
const OPEN_TO_OTHERS = 0o077;

/**
 * Opens a key file of the Solana command line: a JSON array of 64 numbers, seed then public key. Several processes may
 * open, and make, the same file at once: one key comes of it.
 *
 * @throws WalletError naming the file and the fix
 */
export async function openWallet(path: string, options: OpenWalletOptions): Promise<Wallet> {
	let secret = await readSecret(path);
	if (!secret) {
		if (!options.create) {
			throw new WalletError(
				"missing",
				`The wallet ${path} does not exist. Put a Solana key file there (mode 600), or set security.create_wallet.`,
			);
		}
		await createFile(path);
		secret = await readSecret(path);
		if (!secret) throw new WalletError("missing", `The wallet ${path} vanished while it was opened. Start again.`);
	}
	try {
		const publicKey = matchedPublicKey(path, secret);
		options.onSecret?.(secret);
		return new Wallet(publicKey, await createSigner(secret));
	} finally {
		secret.fill(0);
	}
}

/**
 * The 64 bytes of a key file of the Solana command line, seed then public key. The caller wipes them.
 *
 * @throws WalletError naming the file and the fix
 */
export async function readKeyFile(path: string): Promise<Buffer> {
	const secret = await readSecret(path);
	if (!secret) throw new WalletError("missing", `The key file ${path} does not exist. Check its path.`);
	try {
		matchedPublicKey(path, secret);
	} catch (error) {
		secret.fill(0);
		throw error;
	}
	return secret;
}

/** The public half, once it is proven to belong to the secret half. */
function matchedPublicKey(path: string, secret: Buffer): Buffer {
	const publicKey = publicKeyOf(secret.subarray(0, SEED_BYTES));
	if (!secret.subarray(SEED_BYTES).equals(publicKey)) {
		throw new WalletError(
			"mismatch",
			`The wallet ${path} is damaged: its public half does not belong to its secret half. Restore it from a backup.`,
		);
	}
	return publicKey;
}

/** The 64 bytes of a key file, or null when there is no such file. */
async function readSecret(path: string): Promise<Buffer | null> {
	let text: string;
	try {
		const file = await open(path, "r");
		try {
			const { mode } = await file.stat();
			if (process.platform !== "win32" && (mode & OPEN_TO_OTHERS) !== 0) {
				throw new WalletError(
					"tooOpen",
					`The wallet ${path} can be read by other users. Run: chmod 600 ${path} (and think of its key as known).`,
				);
			}
			text = await file.readFile("utf8");
		} finally {
			await file.close();
		}
	} catch (error) {
		if (error instanceof WalletError) throw error;
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT") return null;
		throw new WalletError("unreadable", `The wallet ${path} cannot be read (${code}). Give this user the right to it.`);
	}
	return parseSecret(path, text);
}

function parseSecret(path: string, text: string): Buffer {
	let numbers: unknown;
	try {
		numbers = JSON.parse(text);
	} catch {
		// The parser's own message would quote the file.
		throw new WalletError("notJson", `The wallet ${path} is no Solana key file: it is not JSON. ${REMEDY}`);
	}
	const isByte = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
	if (!Array.isArray(numbers) || numbers.length !== SECRET_BYTES || !numbers.every(isByte)) {
		throw new WalletError(
			"wrongShape",
			`The wallet ${path} is no Solana key file: expected a JSON array of ${SECRET_BYTES} numbers from 0 to 255. ${REMEDY}`,
		);
	}
	return Buffer.from(numbers as number[]);
}

const REMEDY = "Make one with solana-keygen, or move the file away and set security.create_wallet.";

/**
 * Makes a key file under another name and links it to its own: the file is whole as soon as it is visible, and a file
 * that came in between is left alone.
 */
async function createFile(path: string): Promise<void> {
	const temporary = `${path}.${randomUUID()}.tmp`;
	const seed = generateSeed();
	try {
		await mkdir(dirname(path), { recursive: true, mode: 0o700 });
		const file = await open(temporary, "wx", 0o600);
		try {
			await file.writeFile(JSON.stringify([...seed, ...publicKeyOf(seed)]));
			await file.sync();
		} finally {
			await file.close();
		}
		await link(temporary, path);
		// Somebody may pay into the wallet at once: a power cut must not take its name away.
		await syncFolder(dirname(path));
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "EEXIST") return;
		throw new WalletError(
			"notCreated",
			`The wallet ${path} cannot be made (${code}). Make its folder writable, or name another security.wallet_path.`,
		);
	} finally {
		seed.fill(0);
		await rm(temporary, { force: true });
	}
}
