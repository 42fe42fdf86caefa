import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const TOKEN_BYTES = 32;
const MINIMUM_LENGTH = 16;

export interface ApiTokenOptions {
	/** The token of the configuration; null: kept in the data folder, and made there when it is absent. */
	readonly configured: string | null;
	readonly dataFolder: string;
}

export interface ApiToken {
	readonly token: string;
	/** Where it was made just now; null when it was there before. */
	readonly madeAt: string | null;
}

/**
 * The bearer token that halt and resume ask for.
 *
 * @throws Error naming the file and the remedy when it cannot be read or made
 */
export async function loadApiToken({ configured, dataFolder }: ApiTokenOptions): Promise<ApiToken> {
	if (configured !== null) return { token: configured, madeAt: null };
	const path = join(dataFolder, "api-token");
	try {
		return { token: await create(dataFolder, path), madeAt: path };
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code !== "EEXIST") {
			throw new Error(`the API token cannot be kept at ${path} (${message}): set security.api_token or data_folder`);
		}
	}
	return { token: await read(path), madeAt: null };
}

/** Compares in constant time, whatever the lengths. */
export function isToken(given: string, token: string): boolean {
	return timingSafeEqual(digest(given), digest(token));
}

async function create(folder: string, path: string): Promise<string> {
	await mkdir(folder, { recursive: true });
	const token = randomBytes(TOKEN_BYTES).toString("base64url");
	const temporary = `${path}.${randomBytes(4).toString("hex")}`;
	const file = await open(temporary, "wx", 0o600);
	try {
		await file.writeFile(`${token}\n`);
		await file.sync();
		// Whole and exclusive: of two gateways that start at once one makes the token, the other reads it.
		await link(temporary, path);
		return token;
	} finally {
		await file.close();
		await rm(temporary, { force: true });
	}
}

async function read(path: string): Promise<string> {
	const { mode } = await stat(path);
	// Copied or restored without its permissions: others have no business with it.
	if ((mode & 0o077) !== 0) await chmod(path, 0o600);
	const token = (await readFile(path, "utf8")).trim();
	if (token.length < MINIMUM_LENGTH) {
		throw new Error(
			`the API token in ${path} is shorter than ${MINIMUM_LENGTH} characters: delete the file for a new one`,
		);
	}
	return token;
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
