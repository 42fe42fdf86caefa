import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "peers");

/** An amount as its side has it; its digits tell it. */
export interface Quoted {
	toString(): string;
}

/** The same quote by the project and by the venue's official SDK; both give the amount that is not asked for. */
export interface QuoteCase {
	ours(): Quoted;
	theirs(): Quoted;
}

/** Quotes of one venue, some hundred at most. */
export interface QuotePeer {
	readonly name: string;
	/** `load` gives a package of `bench/peers`. */
	cases(load: (name: string) => unknown): readonly QuoteCase[];
}

/**
 * Loads packages of `bench/peers`, which has a lock file of its own and is installed when it is first needed.
 *
 * @throws Error when they cannot be installed
 */
export function peerLoader(): (name: string) => unknown {
	if (!existsSync(join(FOLDER, "node_modules"))) {
		process.stderr.write("quotes: installing the SDKs to compare with (bench/peers)\n");
		const flags = ["ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund"];
		const { status } = spawnSync("npm", flags, { stdio: ["ignore", "ignore", "inherit"] });
		if (status !== 0) throw new Error(`npm ci --prefix ${FOLDER} failed: it needs a package registry`);
	}
	return createRequire(join(FOLDER, "package.json"));
}
