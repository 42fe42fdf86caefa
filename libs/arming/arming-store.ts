import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ArmingStatement, isArmingStatement } from "../../core/execution/arming.ts";
import { writeFileDurably } from "../files.ts";

const MOST_STATEMENTS = 16;

/** The statements of people who armed, in the data folder. They prove themselves: the file needs no trust. */
export class ArmingStore {
	readonly path: string;
	#changing: Promise<void> = Promise.resolve();

	constructor(dataFolder: string) {
		this.path = join(dataFolder, "arming.json");
	}

	/** What cannot be understood counts as not armed. */
	async read(): Promise<readonly ArmingStatement[]> {
		try {
			const found = JSON.parse(await readFile(this.path, "utf8")) as unknown;
			return Array.isArray(found) ? found.filter(isArmingStatement).slice(-MOST_STATEMENTS) : [];
		} catch {
			return [];
		}
	}

	/** Keeps a statement, in place of an earlier one of the same person. */
	add(statement: ArmingStatement): Promise<void> {
		return this.#change(async () => {
			const others = (await this.read()).filter(({ name }) => name !== statement.name);
			const kept = [...others, statement].slice(-MOST_STATEMENTS);
			await writeFileDurably(this.path, `${JSON.stringify(kept, null, "\t")}\n`);
		});
	}

	clear(): Promise<void> {
		return this.#change(() => rm(this.path, { force: true }));
	}

	#change(change: () => Promise<void>): Promise<void> {
		const changed = this.#changing.then(change);
		this.#changing = changed.catch(() => {});
		return changed;
	}
}
