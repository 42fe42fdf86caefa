import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** Everything that runs, and the lock file that says with which packages. */
const PARTS = ["broker", "config", "core", "libs", "mixins", "programs", "services"];
const FILES = ["moleculer.config.ts", "moleculer.config.js", "package.json", "package-lock.json"];
const PROGRAM_FILES: ReadonlySet<string> = new Set([".ts", ".js", ".so"]);

/** The folder of the program that runs. */
export const PROGRAM_FOLDER = join(import.meta.dirname, "..", "..");

/**
 * One hash over the program's files, by name and content, the same on every machine and without Git. Some milliseconds.
 *
 * @throws Error of the file system when the program is not whole
 */
export function buildHash(folder = PROGRAM_FOLDER): string {
	const names = PARTS.flatMap((part) =>
		readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && PROGRAM_FILES.has(extname(entry.name)))
			.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")),
	);
	const hash = createHash("sha256");
	for (const name of [...names, ...FILES].sort()) {
		const content = readFileSync(join(folder, name));
		hash.update(`${name}\n${content.length}\n`).update(content);
	}
	return hash.digest("hex");
}
