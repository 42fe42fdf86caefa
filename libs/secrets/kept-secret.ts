import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

const SECRET_BYTES = 32;

export interface KeptSecret {
	readonly text: string;
	/** Whether it was made just now. */
	readonly isNew: boolean;
}

/**
 * A random secret that is kept in a file of mode 0600, made when it is absent. Processes that start at once share one:
 * one makes it, the others read it.
 *
 * @throws Error when the file cannot be made or read, or holds less than a secret
 */
export async function keptSecret(path: string, minimumLength: number): Promise<KeptSecret> {
	try {
		return { text: await create(path), isNew: true };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
	const { mode } = await stat(path);
	// Copied or restored without its permissions: others have no business with it.
	if ((mode & 0o077) !== 0) await chmod(path, 0o600);
	const text = (await readFile(path, "utf8")).trim();
	if (text.length < minimumLength) {
		throw new Error(`${path} is shorter than ${minimumLength} characters: delete the file for a new one`);
	}
	return { text, isNew: false };
}

async function create(path: string): Promise<string> {
	await mkdir(dirname(path), { recursive: true });
	const text = randomBytes(SECRET_BYTES).toString("base64url");
	const temporary = `${path}.${randomBytes(4).toString("hex")}`;
	const file = await open(temporary, "wx", 0o600);
	try {
		await file.writeFile(`${text}\n`);
		await file.sync();
		// Whole and exclusive.
		await link(temporary, path);
		return text;
	} finally {
		await file.close();
		await rm(temporary, { force: true });
	}
}
