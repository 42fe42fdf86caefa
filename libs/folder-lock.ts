import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { failure, type Result, success } from "../core/types/result.ts";

/** The sole right to a folder. Ends with {@link release}, or with the process however it ends. */
export interface FolderLock {
	readonly folder: string;
	/** Idempotent. */
	release(): void;
}

/** SQLITE_BUSY and SQLITE_LOCKED (sqlite.org/rescode.html). */
const BUSY_CODES: readonly unknown[] = [5, 6];

/**
 * Takes the sole right to a folder, making the folder (mode 0700) when it is absent. The lock is the exclusive lock of
 * an SQLite file `folder.lock`: the operating system drops it when the process dies, however it dies, so there is
 * nothing to clean up and no process id to misjudge.
 *
 * @returns the lock, or the process id of the holder (0 when it is not known)
 * @throws Error naming the folder when it cannot be made or written
 */
export async function acquireFolderLock(folder: string): Promise<Result<FolderLock, { readonly pid: number }>> {
	const holderFile = join(folder, "folder.pid");
	let database: DatabaseSync | null = null;
	try {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		database = new DatabaseSync(join(folder, "folder.lock"), { timeout: 0 });
		// Without a journal file the lock leaves one file, and nothing that would be rolled back.
		database.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
		writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
	} catch (error) {
		database?.close();
		if (BUSY_CODES.includes((error as { errcode?: number }).errcode)) return failure({ pid: readHolder(holderFile) });
		throw new Error(
			`cannot lock the folder ${folder}: ${(error as Error).message}. Make it writable for this user, or name another data_folder.`,
			{ cause: error },
		);
	}
	return success(new SqliteFolderLock(folder, database));
}

class SqliteFolderLock implements FolderLock {
	readonly folder: string;
	#database: DatabaseSync | null;

	constructor(folder: string, database: DatabaseSync) {
		this.folder = folder;
		this.#database = database;
	}

	release(): void {
		this.#database?.close();
		this.#database = null;
	}
}

function readHolder(file: string): number {
	try {
		const pid = Number(readFileSync(file, "utf8"));
		return Number.isInteger(pid) ? pid : 0;
	} catch {
		return 0;
	}
}
