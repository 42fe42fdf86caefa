import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ArmingStatement, isArmingStatement } from "../../core/execution/arming.ts";
import { writeFileDurably } from "../files.ts";

const MOST_STATEMENTS = 16;

/** The statements of people who armed, in the data folder. They prove themselves: the file needs no trust. */
export class ArmingStore {
	readonly path: string;
	readonly #disarmedPath: string;
	#changing: Promise<void> = Promise.resolve();

	constructor(dataFolder: string) {
		this.path = join(dataFolder, "arming.json");
		this.#disarmedPath = join(dataFolder, "disarmed.json");
	}

	/** What cannot be understood counts as not armed. */
	async read(): Promise<readonly ArmingStatement[]> {
		try {
			const found = JSON.parse(await readFile(this.path, "utf8")) as unknown;
			const disarmedAtMicros = await this.#disarmedAt();
			if (!Array.isArray(found)) return [];
			const statements = found.filter(isArmingStatement).slice(-MOST_STATEMENTS);
			return statements.filter(({ signedAtMicros }) => signedAtMicros > disarmedAtMicros);
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

	/** Takes everything back that was said until then: the same words, heard again, arm no more. */
	disarm(atMicros: number): Promise<void> {
		return this.#change(async () => {
			const disarmedAtMicros = Math.max(atMicros, await this.#disarmedAt().catch(() => 0));
			await writeFileDurably(this.#disarmedPath, `${JSON.stringify({ disarmedAtMicros })}\n`);
			await rm(this.path, { force: true });
		});
	}

	/** @throws Error when the file cannot be understood: then nothing counts as said since */
	async #disarmedAt(): Promise<number> {
		let text: string;
		try {
			text = await readFile(this.#disarmedPath, "utf8");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
			throw error;
		}
		const { disarmedAtMicros } = JSON.parse(text) as { readonly disarmedAtMicros?: unknown };
		if (!Number.isSafeInteger(disarmedAtMicros)) throw new Error(`${this.#disarmedPath} holds no time`);
		return disarmedAtMicros as number;
	}

	#change(change: () => Promise<void>): Promise<void> {
		const changed = this.#changing.then(change);
		this.#changing = changed.catch(() => {});
		return changed;
	}
}
