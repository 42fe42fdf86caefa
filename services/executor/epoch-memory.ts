import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileDurably } from "../../libs/files.ts";

/** In each executor's folder. */
const FILE = "risk-epoch";

/** The highest incarnation of risk that any executor of this machine has obeyed, kept over restarts. */
export class EpochMemory {
	readonly #path: string;
	#highest: number;
	#durable: number;
	#writing: Promise<void> = Promise.resolve();

	private constructor(path: string, highest: number) {
		this.#path = path;
		this.#highest = highest;
		this.#durable = highest;
	}

	/**
	 * @param parent holds the folders of all executors
	 * @param folder this executor's own
	 * @throws Error naming the file when one cannot be understood
	 */
	static async open(parent: string, folder: string): Promise<EpochMemory> {
		let highest = 0;
		for (const name of await readdir(parent)) highest = Math.max(highest, await read(join(parent, name, FILE)));
		return new EpochMemory(join(folder, FILE), highest);
	}

	get highest(): number {
		return this.#highest;
	}

	/** Older ones count no more, from now on; resolves when that is so after a restart, too. */
	remember(epoch: number): Promise<void> {
		this.#highest = Math.max(this.#highest, epoch);
		const write = this.#writing.then(() => this.#write(epoch));
		this.#writing = write.catch(() => {});
		return write;
	}

	async #write(epoch: number): Promise<void> {
		if (epoch <= this.#durable) return;
		await writeFileDurably(this.#path, `${epoch}\n`);
		this.#durable = epoch;
	}
}

async function read(path: string): Promise<number> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return 0;
		throw new Error(`${path} cannot be read (${message}): give this user the right to it.`);
	}
	const epoch = Number(text);
	if (!/^\d{1,16}\n?$/.test(text) || !Number.isSafeInteger(epoch)) {
		throw new Error(
			`${path} holds no epoch of risk: find out who changed it. When no other risk process runs, delete it.`,
		);
	}
	return epoch;
}
