import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../core/types/clock.ts";

/**
 * The seed of a chain's identity: made once for a folder and kept in it. Two chains of the same market seed are two
 * chains all the same, so that books of one are never read as books of the other.
 *
 * @throws Error when the folder cannot be read or written
 */
export function chainIdentity(folder: string, marketSeed: number, random: Random): string {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, "identity");
	try {
		const kept = readFileSync(file, "utf8").trim();
		if (kept !== "") return kept;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
	const made = `${marketSeed}-${random.nextUint32().toString(16)}${random.nextUint32().toString(16)}`;
	writeFileSync(file, `${made}\n`);
	return made;
}
