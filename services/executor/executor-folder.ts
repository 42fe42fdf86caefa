import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { acquireFolderLock, type FolderLock } from "../../libs/folder-lock.ts";
import type { Claim } from "./claim.ts";
import { ClaimJournal, type ClaimJournalOptions, claimsFolder } from "./claim-journal.ts";

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

/** What came of looking for claims of the dead. */
export interface Inheritance {
	readonly claims: readonly Claim[];
	/** A JournalError when the claims in a folder are damaged, any other when a folder or the own disk fails. */
	readonly failure: Error | null;
}

/** Takes over the open claims of executors that are dead. */
export class Heir {
	readonly #options: FolderOptions;
	readonly #into: ClaimJournal;
	/** How the files of folders without open claims look: reading megabytes again would hold up the hot path. */
	readonly #settled = new Map<string, string>();

	constructor(options: FolderOptions, into: ClaimJournal) {
		this.#options = options;
		this.#into = into;
	}

	/**
	 * Claims go into the heir's journal, durably, then out of their own. A crash in between leaves them in both, which is
	 * harmless: they end the same way. A folder that cannot be read does not stop the others.
	 *
	 * @returns the claims taken over, and why a folder could not be read
	 */
	async adopt(): Promise<Inheritance> {
		const claims: Claim[] = [];
		let failure: Error | null = null;
		for (const name of await folderNames(this.#options.parent)) {
			try {
				await this.#adoptFolder(name, claims);
			} catch (error) {
				failure ??= error as Error;
			}
		}
		return { claims, failure };
	}

	async #adoptFolder(name: string, adopted: Claim[]): Promise<void> {
		const folder = join(this.#options.parent, name);
		if (this.#settled.get(name) === (await claimFiles(folder))) return;
		const lock = await tryLock(folder);
		if (!lock) return;
		const held = await hold(lock, this.#options);
		try {
			for (const claim of held.journal.open) {
				// Who takes the dead one's folder counts what it spent.
				const { spending: _spending, ...inherited } = claim;
				await this.#into.claim(inherited);
				adopted.push(claim);
				// Only told to this journal: the chain's word on it will stand in the other one.
				held.journal.end(claim.intentId, "withdrawn");
			}
			this.#settled.set(name, await claimFiles(folder));
		} finally {
			await held.release();
		}
	}
}

async function folderNames(parent: string): Promise<string[]> {
	await mkdir(parent, { recursive: true, mode: 0o700 });
	return (await readdir(parent)).filter((name) => FOLDER_NAME.test(name)).sort((a, b) => Number(a) - Number(b));
}

/** Names, sizes and times of the files that hold a folder's claims. */
async function claimFiles(folder: string): Promise<string> {
	const claims = claimsFolder(folder);
	let text = "";
	for (const name of (await readdir(claims).catch(() => [])).sort()) {
		// A file that is removed just now belongs to a living executor.
		const file = await stat(join(claims, name)).catch(() => null);
		text += `${name} ${file?.size} ${file?.mtimeMs}\n`;
	}
	return text;
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
