import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { acquireFolderLock, type FolderLock } from "../../libs/folder-lock.ts";
import type { Claim } from "./claim.ts";
import { ClaimJournal, type ClaimJournalOptions } from "./claim-journal.ts";

/** Executors of one machine and chain; more is a mistake. */
const MOST_FOLDERS = 64;
const FOLDER_NAME = /^\d{1,2}$/;

/** An executor's folder and the claims in it, held alone. */
export interface HeldFolder {
	readonly journal: ClaimJournal;
	readonly folder: string;
	release(): Promise<void>;
}

/** Everything about folders that is the same for all of them. */
export interface FolderOptions {
	/** Holds one numbered folder for each executor. */
	readonly parent: string;
	readonly maximumSegmentBytes: number;
	readonly openSegment?: NonNullable<ClaimJournalOptions["openSegment"]>;
}

/**
 * Takes the first numbered folder that no living executor holds.
 *
 * @throws JournalError when the claims in it are damaged; Error when the folder cannot be used, or all are held
 */
export async function takeFolder(options: FolderOptions): Promise<HeldFolder> {
	for (let number = 1; number <= MOST_FOLDERS; number++) {
		const lock = await tryLock(join(options.parent, String(number)));
		if (lock) return await hold(lock, options);
	}
	throw new Error(`${MOST_FOLDERS} executors hold folders in ${options.parent}: stop some of them.`);
}

/**
 * Takes over the open claims of executors that are dead: into `into`, durably, then out of their own journals. A crash
 * in between leaves claims in both, which is harmless: they end the same way.
 *
 * @returns the claims taken over
 */
export async function adoptClaims(options: FolderOptions, into: ClaimJournal): Promise<readonly Claim[]> {
	const adopted: Claim[] = [];
	for (const name of await folderNames(options.parent)) {
		const lock = await tryLock(join(options.parent, name));
		if (!lock) continue;
		const held = await hold(lock, options);
		try {
			for (const claim of held.journal.open) {
				await into.claim(claim);
				adopted.push(claim);
				// Only told to this journal: the chain's word on it will stand in the other one.
				held.journal.end(claim.intentId, "withdrawn");
			}
		} finally {
			await held.release();
		}
	}
	return adopted;
}

async function folderNames(parent: string): Promise<string[]> {
	await mkdir(parent, { recursive: true, mode: 0o700 });
	return (await readdir(parent)).filter((name) => FOLDER_NAME.test(name)).sort((a, b) => Number(a) - Number(b));
}

async function tryLock(folder: string): Promise<FolderLock | null> {
	const lock = await acquireFolderLock(folder);
	return lock.ok ? lock.value : null;
}

async function hold(lock: FolderLock, options: FolderOptions): Promise<HeldFolder> {
	try {
		const { maximumSegmentBytes, openSegment } = options;
		const journal = await ClaimJournal.open({
			folder: lock.folder,
			maximumSegmentBytes,
			...(openSegment && { openSegment }),
		});
		return {
			journal,
			folder: lock.folder,
			async release() {
				try {
					await journal.close();
				} finally {
					lock.release();
				}
			},
		};
	} catch (error) {
		lock.release();
		throw error;
	}
}
