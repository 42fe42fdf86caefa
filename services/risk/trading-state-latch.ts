import { readFile } from "node:fs/promises";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Clock } from "../../core/types/clock.ts";
import { writeFileDurably } from "../../libs/files.ts";

/** Who asks for a change, and why. */
export interface ChangeRequest {
	readonly by: string;
	readonly reason: string;
}

export interface LatchOptions {
	readonly path: string;
	readonly clock: Clock;
	/** Called after every change. */
	readonly onChange: (record: TradingStateRecord) => void;
}

const STATES: readonly unknown[] = ["active", "reducing", "halted"];

/**
 * The trading state, latched in a file: a restart finds it as it was left. Only a person resumes. A file that cannot be
 * understood means halted.
 */
export class TradingStateLatch {
	readonly #options: LatchOptions;
	#record: TradingStateRecord;
	/** Writes happen one after another, in the order of the requests. */
	#writing: Promise<void> = Promise.resolve();
	/** Halts, and reductions of what was active. */
	#tightenings = 0;
	#changedAtMicros: number;

	private constructor(options: LatchOptions, record: TradingStateRecord) {
		this.#options = options;
		this.#record = record;
		this.#changedAtMicros = record.changedAtMicros;
	}

	static async load(options: LatchOptions): Promise<TradingStateLatch> {
		return new TradingStateLatch(options, await read(options));
	}

	get record(): TradingStateRecord {
		return this.#record;
	}

	/**
	 * Halts at once, and resolves when a restart would find it halted.
	 *
	 * @throws Error when the file cannot be written; halted until the end of this process nevertheless
	 */
	async halt(request: ChangeRequest): Promise<TradingStateRecord> {
		this.#tightenings++;
		const record = this.#make("halted", request);
		this.#record = record;
		this.#options.onChange(record);
		await this.#write(record, "Trading is halted, but a restart would not know");
		return record;
	}

	/**
	 * Only what lowers exposure: at once when trading was active, and as a resume is when it was halted.
	 *
	 * @throws Error when the file cannot be written
	 */
	async reduce(request: ChangeRequest): Promise<TradingStateRecord> {
		if (this.#record.state === "halted") return this.#release("reducing", request);
		// A release that is still being written does not undo this.
		this.#tightenings++;
		const record = this.#make("reducing", request);
		this.#record = record;
		this.#options.onChange(record);
		await this.#write(record, "Exposure is only reduced, but a restart would not know");
		return record;
	}

	/**
	 * Active again, as soon as a restart would find it so. A halt that comes meanwhile wins.
	 *
	 * @throws Error when the file cannot be written; trading stays halted
	 */
	resume(request: ChangeRequest): Promise<TradingStateRecord> {
		return this.#release("active", request);
	}

	async #release(state: "active" | "reducing", request: ChangeRequest): Promise<TradingStateRecord> {
		const tightenings = this.#tightenings;
		const record = this.#make(state, request);
		await this.#write(record, `Trading stays ${this.#record.state}`);
		if (tightenings !== this.#tightenings) return this.#record;
		this.#record = record;
		this.#options.onChange(record);
		return record;
	}

	#make(state: TradingStateRecord["state"], { by, reason }: ChangeRequest): TradingStateRecord {
		// Listeners keep the newest record: a clock that stepped back must not make a halt look old.
		this.#changedAtMicros = Math.max(this.#options.clock.epochMicros(), this.#changedAtMicros + 1);
		return { state, changedBy: by, reason, changedAtMicros: this.#changedAtMicros };
	}

	async #write(record: TradingStateRecord, consequence: string): Promise<void> {
		const { path } = this.#options;
		const write = this.#writing.then(() => writeFileDurably(path, `${JSON.stringify(record, null, "\t")}\n`));
		this.#writing = write.catch(() => {});
		try {
			await write;
		} catch (error) {
			throw new Error(
				`${consequence}: ${path} cannot be written (${(error as Error).message}). Mend the disk and ask again.`,
				{ cause: error },
			);
		}
	}
}

async function read({ path, clock }: LatchOptions): Promise<TradingStateRecord> {
	const changedAtMicros = clock.epochMicros();
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") {
			return { state: "active", changedBy: "system", reason: "first start", changedAtMicros };
		}
		return unreadable(path, (error as Error).message, changedAtMicros);
	}
	try {
		const record = JSON.parse(text) as Partial<TradingStateRecord>;
		if (
			STATES.includes(record.state) &&
			typeof record.changedBy === "string" &&
			typeof record.reason === "string" &&
			typeof record.changedAtMicros === "number"
		) {
			const { state, changedBy, reason, changedAtMicros: at } = record as TradingStateRecord;
			return { state, changedBy, reason, changedAtMicros: at };
		}
		return unreadable(path, "it is no trading state", changedAtMicros);
	} catch (error) {
		return unreadable(path, (error as Error).message, changedAtMicros);
	}
}

function unreadable(path: string, why: string, changedAtMicros: number): TradingStateRecord {
	const reason =
		`${path} cannot be understood (${why}), so trading is halted. ` +
		"Find out who changed the file, then resume: that writes it anew.";
	return { state: "halted", changedBy: "system", reason, changedAtMicros };
}
