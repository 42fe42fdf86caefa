import { readdir } from "node:fs/promises";
import { join } from "node:path";

const GENESIS_PREFIX = 8;
const ACTOR = "risk";
const JOURNAL_FILE = ".journal";

/** Where the ledger of one chain is. */
export function ledgerFolder(dataFolder: string, genesisHash: string): string {
	return join(dataFolder, genesisHash.slice(0, GENESIS_PREFIX), ACTOR);
}

/**
 * A folder in which risk has kept books before, of whatever chain, or null.
 *
 * @throws Error of the file system when that cannot be told
 */
export async function findLedger(dataFolder: string): Promise<string | null> {
	for (const name of (await namesIn(dataFolder)).sort()) {
		const folder = join(dataFolder, name, ACTOR);
		if ((await namesIn(folder)).some((name) => name.endsWith(JOURNAL_FILE))) return folder;
	}
	return null;
}

async function namesIn(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return [];
		throw error;
	}
}
