import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../core/types/address.ts";
import { writeFileDurably } from "../../libs/files.ts";

export interface PoolListOptions {
	readonly dataFolder: string;
	readonly shard: string;
	/** The chain the list belongs to. */
	readonly genesisHash: string;
	/** What the search was limited to; a list made under other limits does not count. */
	readonly criteria: string;
}

const VERSION = 1;
const LARGEST_FILE_BYTES = 8 * 1024 * 1024;
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/**
 * The addresses of the pools that an earlier start found, so that this one need not search the chain. Only addresses:
 * what the pools are is read from the chain each time.
 */
export class PoolList {
	readonly #options: PoolListOptions;
	readonly path: string;

	constructor(options: PoolListOptions) {
		this.#options = options;
		this.path = join(options.dataFolder, options.genesisHash.slice(0, 8), "feed", `${options.shard}.json`);
	}

	/** The kept list; null when there is none, or none that is of this chain and these limits. */
	async load(): Promise<readonly Address[] | null> {
		try {
			if ((await stat(this.path)).size > LARGEST_FILE_BYTES) return null;
			return this.#validate(JSON.parse(await readFile(this.path, "utf8")));
		} catch {
			// Absent, unreadable or cut off: a cache that is no use is no error, the search makes it anew.
			return null;
		}
	}

	/** Replaces the kept list. Rejects when the disk refuses. */
	async save(pools: readonly Address[]): Promise<void> {
		const { genesisHash, criteria } = this.#options;
		await writeFileDurably(this.path, JSON.stringify({ version: VERSION, genesisHash, criteria, pools }));
	}

	#validate(content: unknown): readonly Address[] | null {
		if (typeof content !== "object" || content === null) return null;
		const { version, genesisHash, criteria, pools } = content as Record<string, unknown>;
		if (version !== VERSION || genesisHash !== this.#options.genesisHash || criteria !== this.#options.criteria) {
			return null;
		}
		if (!Array.isArray(pools) || pools.length === 0) return null;
		return pools.every((pool) => typeof pool === "string" && ADDRESS.test(pool)) ? (pools as Address[]) : null;
	}
}
