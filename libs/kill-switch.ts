import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Clock } from "../core/types/clock.ts";

/** Its presence in the data folder halts trading, whatever is in it. */
export const HALT_FILE = "HALT";

/** Who halts, and why. */
export interface HaltOrder {
	readonly by: string;
	readonly reason: string;
}

export interface KillSwitchOptions {
	readonly dataFolder: string;
	readonly clock: Clock;
}

/** A signature is made at most so long after the file appeared. */
const LOOK_INTERVAL_MS = 50;
const LOOK_INTERVAL_MICROS = LOOK_INTERVAL_MS * 1_000;
const MOST_CHARACTERS = 512;

/**
 * The kill switch that needs nothing but this machine's disk: a file. It is looked at when somebody asks and the last
 * look is old, so that what it stops does not depend on a timer, and by a timer while somebody watches. Only a person
 * removes the file.
 */
export class KillSwitch {
	readonly path: string;
	readonly #clock: Clock;
	readonly #listeners = new Set<(why: string) => void>();
	#timer: NodeJS.Timeout | null = null;
	#lookedMicros = Number.NEGATIVE_INFINITY;
	#why: string | null = null;
	/** Raised in this process, and the file could not be written. */
	#unwritten: string | null = null;

	constructor({ dataFolder, clock }: KillSwitchOptions) {
		this.path = resolve(join(dataFolder, HALT_FILE));
		this.#clock = clock;
	}

	/** Why nothing may be signed, or null. Cheap: at most 20 times a second it looks at the disk. */
	get raised(): string | null {
		if (this.#clock.monotonicMicros() - this.#lookedMicros >= LOOK_INTERVAL_MICROS) this.#look();
		return this.#why;
	}

	/** The same by a look at the disk now. */
	look(): string | null {
		this.#look();
		return this.#why;
	}

	/**
	 * Raises it in this process at once, and by the file for every process and every restart.
	 *
	 * @throws Error when the file cannot be written; it stays raised until the end of this process nevertheless
	 */
	raise(order: HaltOrder): void {
		this.#unwritten = explain(order, this.path);
		this.#look();
		try {
			writeHaltFile(this.path, order, this.#clock);
		} catch (error) {
			throw new Error(
				`trading is halted in this process, but not in others: ${this.path} cannot be written (${(error as Error).message})`,
				{ cause: error },
			);
		}
		this.#unwritten = null;
		this.#look();
	}

	/** Tells once when it is raised, and at once when it is already. @returns the way to stop watching */
	watch(listener: (why: string) => void): () => void {
		const { raised } = this;
		this.#listeners.add(listener);
		this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
		if (raised !== null) listener(raised);
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size > 0 || !this.#timer) return;
			clearInterval(this.#timer);
			this.#timer = null;
		};
	}

	#look(): void {
		this.#lookedMicros = this.#clock.monotonicMicros();
		const was = this.#why;
		this.#why = this.#unwritten ?? readHaltFile(this.path, was);
		if (was !== null || this.#why === null) return;
		for (const listener of this.#listeners) listener(this.#why);
	}
}

/**
 * Writes the file that halts trading. One that is there already stays.
 *
 * @throws Error of the file system
 */
export function writeHaltFile(path: string, { by, reason }: HaltOrder, clock: Clock): void {
	mkdirSync(resolve(path, ".."), { recursive: true });
	let file: number;
	try {
		file = openSync(path, "wx", 0o600);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
		throw error;
	}
	try {
		const at = new Date(clock.epochMicros() / 1_000).toISOString();
		writeSync(file, `${JSON.stringify({ by, reason, at })}\n`);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
}

/** @param known what the file said at the last look: it is read once only */
function readHaltFile(path: string, known: string | null): string | null {
	try {
		if (!statSync(path, { throwIfNoEntry: false })) {
			// A person removes the file. Where its whole folder is gone, nobody released anything.
			const isReleased = known === null || statSync(dirname(path), { throwIfNoEntry: false }) !== undefined;
			return isReleased ? null : known;
		}
	} catch (error) {
		return `it cannot be seen whether ${path} is there (${(error as Error).message}), so trading is halted: mend the data folder`;
	}
	return known ?? explain(orderIn(path), path);
}

/** What the file says, as far as it can be read: a person in a hurry touches it. */
function orderIn(path: string): HaltOrder {
	const unknown = { by: "somebody", reason: "no reason given" };
	try {
		const { by, reason } = JSON.parse(readFileSync(path, "utf8")) as Partial<HaltOrder>;
		return typeof by === "string" && typeof reason === "string" ? { by, reason } : unknown;
	} catch {
		return unknown;
	}
}

function explain({ by, reason }: HaltOrder, path: string): string {
	return `halted by ${by.slice(0, MOST_CHARACTERS)}: ${reason.slice(0, MOST_CHARACTERS)}; to release it remove ${path}, then resume`;
}
