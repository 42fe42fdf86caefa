import { createHash } from "node:crypto";
import { z } from "zod";
import { KeystoreError } from "./keystore-error.ts";

/** What scrypt costs (RFC 7914). Memory is 128 · n · r bytes. */
export interface ScryptCost {
	readonly n: number;
	readonly r: number;
	readonly p: number;
}

/** 128 MiB, a few tenths of a second: OWASP's recommendation for scrypt. */
export const DEFAULT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };

const MINIMUM_N = 2 ** 14;
const MAXIMUM_N = 2 ** 20;
const MAXIMUM_R = 32;
const MAXIMUM_P = 16;
const MAXIMUM_MEMORY_BYTES = 2 ** 30;
const BLOCK_BYTES = 128;

export const SALT_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
export const SECRET_BYTES = 64;

const VERSION = 1;
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const keystoreSchema = z.strictObject({
	version: z.literal(VERSION),
	address: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/),
	kdf: z.strictObject({
		name: z.literal("scrypt"),
		n: z.int(),
		r: z.int(),
		p: z.int(),
		salt: hex(SALT_BYTES),
	}),
	cipher: z.strictObject({
		name: z.literal("aes-256-gcm"),
		nonce: hex(NONCE_BYTES),
		tag: hex(TAG_BYTES),
		secret: hex(SECRET_BYTES),
	}),
	/** SHA-256 over the fields above: tells a damaged file from a wrong passphrase. It keeps no forger out; the tag does. */
	checksum: hex(32),
});

/** The file: JSON, version 1, bytes in lower-case hexadecimal. */
export type KeystoreFile = z.infer<typeof keystoreSchema>;
/** All of it but the checksum. */
export type KeystoreBody = Omit<KeystoreFile, "checksum">;

export function formatKeystore(body: KeystoreBody): string {
	const file: KeystoreFile = { ...body, checksum: checksumOf(body) };
	return `${JSON.stringify(file, null, "\t")}\n`;
}

/** @throws KeystoreError naming the file and the fix */
export function parseKeystore(path: string, text: string): KeystoreFile {
	let content: unknown;
	try {
		content = JSON.parse(text);
	} catch {
		throw new KeystoreError("notJson", `The keystore ${path} is not JSON. ${RESTORE}`);
	}
	const version = typeof content === "object" && content !== null ? Reflect.get(content, "version") : undefined;
	if (version !== undefined && version !== VERSION) {
		throw new KeystoreError(
			"unknownVersion",
			`The keystore ${path} is not of version ${VERSION}. Open it with the release that made it, or import its key again.`,
		);
	}
	const parsed = keystoreSchema.safeParse(content);
	if (!parsed.success) {
		throw new KeystoreError("wrongShape", `The file ${path} is no keystore, or a part of it is damaged. ${RESTORE}`);
	}
	if (!isSaneCost(parsed.data.kdf)) {
		throw new KeystoreError(
			"absurdParameters",
			`The keystore ${path} asks for scrypt parameters outside the bounds (n ${MINIMUM_N} to ${MAXIMUM_N} and a power ` +
				`of two, r to ${MAXIMUM_R}, p to ${MAXIMUM_P}, 1 GiB of memory). ${RESTORE}`,
		);
	}
	if (parsed.data.checksum !== checksumOf(parsed.data)) {
		throw new KeystoreError("damaged", `The keystore ${path} is damaged: its checksum does not match. ${RESTORE}`);
	}
	return parsed.data;
}

/** Whether a file's cost is neither a trap for memory and time, nor too cheap to protect a key. */
export function isSaneCost({ n, r, p }: ScryptCost): boolean {
	if (![n, r, p].every(Number.isSafeInteger)) return false;
	if (n < MINIMUM_N || n > MAXIMUM_N || (n & (n - 1)) !== 0) return false;
	if (r < 1 || r > MAXIMUM_R || p < 1 || p > MAXIMUM_P) return false;
	return BLOCK_BYTES * n * r <= MAXIMUM_MEMORY_BYTES;
}

/** What scrypt may allocate at this cost: its own need, nothing beyond. */
export function scryptMemoryBytes({ n, r, p }: ScryptCost): number {
	return BLOCK_BYTES * r * (n + p + 2);
}

/** What the cipher authenticates besides the secret: everything that is in clear and not its own output. */
export function authenticatedHeader(body: Pick<KeystoreBody, "version" | "address" | "kdf">): Buffer {
	const { name, n, r, p, salt } = body.kdf;
	return Buffer.from(["mojo-keystore", body.version, body.address, name, n, r, p, salt].join("\n"), "utf8");
}

function checksumOf(body: KeystoreBody): string {
	const { name, nonce, tag, secret } = body.cipher;
	return createHash("sha256")
		.update(authenticatedHeader(body))
		.update(["", name, nonce, tag, secret].join("\n"))
		.digest("hex");
}

const RESTORE = "Restore it from a backup, or import its key again.";
