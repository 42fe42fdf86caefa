import { chmod, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface WriteFileOptions {
	/** Permission bits of the new file; 0600 unless given. */
	readonly mode?: number;
}

/**
 * Replaces a file's content so that a reader, and a restart after a power cut, sees either the old content or the new
 * one: temporary file, fsync, rename, fsync of the folder. Makes the folder when it is absent. One writer of a path at a
 * time: the callers see to that.
 */
export async function writeFileDurably(
	path: string,
	content: string | Uint8Array,
	options: WriteFileOptions = {},
): Promise<void> {
	const mode = options.mode ?? 0o600;
	const folder = dirname(path);
	await mkdir(folder, { recursive: true });
	const temporary = `${path}.tmp`;
	try {
		const file = await open(temporary, "w", mode);
		try {
			await file.writeFile(content);
			await file.sync();
		} finally {
			await file.close();
		}
		// The mode given at open is masked by the umask, and ignored where the temporary file was left behind.
		await chmod(temporary, mode);
		await rename(temporary, path);
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	}
	await syncFolder(folder);
}

/** Makes the names in a folder (files made, renamed, removed) survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
