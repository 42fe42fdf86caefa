import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../files.ts";
import { KeystoreError } from "./keystore-error.ts";

const OPEN_TO_OTHERS = 0o077;
/** A keystore is under one kilobyte. */
const MAXIMUM_BYTES = 8_192;

/**
 * The text of a keystore that nobody else may read.
 *
 * @throws KeystoreError naming the file and the fix
 */
export async function readKeystoreFile(path: string): Promise<string> {
	try {
		// Without blocking, or a pipe that nobody writes to would hold the start for ever.
		const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		try {
			const { mode, size } = await file.stat();
			if (process.platform !== "win32" && (mode & OPEN_TO_OTHERS) !== 0) {
				throw new KeystoreError(
					"tooOpen",
					`The keystore ${path} is open to other users. Run: chmod 600 ${path} (and choose a new passphrase).`,
				);
			}
			if (size > MAXIMUM_BYTES) {
				throw new KeystoreError("wrongShape", `The file ${path} is no keystore: it is too long. Check its path.`);
			}
			return await file.readFile("utf8");
		} finally {
			await file.close();
		}
	} catch (error) {
		if (error instanceof KeystoreError) throw error;
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT") {
			throw new KeystoreError(
				"missing",
				`The keystore ${path} does not exist. Make one with: mojo keystore create, or import.`,
			);
		}
		throw new KeystoreError(
			"unreadable",
			`The keystore ${path} cannot be read (${code}). Give this user the right to it.`,
		);
	}
}

/**
 * Makes a keystore under another name and links it to its own: the file is whole as soon as it is visible, and one that
 * is there already is never replaced.
 *
 * @throws KeystoreError naming the file and the fix
 */
export async function createKeystoreFile(path: string, text: string): Promise<void> {
	const temporary = `${path}.${randomUUID()}.tmp`;
	try {
		await mkdir(dirname(path), { recursive: true, mode: 0o700 });
		const file = await open(temporary, "wx", 0o600);
		try {
			await file.writeFile(text);
			await file.sync();
		} finally {
			await file.close();
		}
		await link(temporary, path);
		await syncFolder(dirname(path));
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		// Only the link meets a keystore; the folder's name may be that of a file, too.
		if (code === "EEXIST" && (error as NodeJS.ErrnoException).syscall === "link") {
			throw new KeystoreError("exists", `The keystore ${path} exists already and is left alone. Choose another path.`);
		}
		throw new KeystoreError("notWritten", `The keystore ${path} cannot be made (${code}). Make its folder writable.`);
	} finally {
		await rm(temporary, { force: true }).catch(() => undefined);
	}
}
