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
	/** Finds books of an earlier start, or null. Where there are some, the file must be there, too. */
	readonly findLedger: () => Promise<string | null>;
	/** Called after every change. */
	readonly onChange: (record: TradingStateRecord) => void;
}

const STATES: readonly unknown[] = ["active", "reducing", "halted"];

/**
 * The trading state, latched in a file: a restart finds it as it was left. Only a person resumes. A file that cannot be
 * understood means halted, and so does one that is missing beside a ledger: what it said may have been a halt.
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

	/** Reads the file, or begins it: active at the very first start. Never rejects; what is not certain is halted. */
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
		const write = this.#writing.then(() => writeFileDurably(path, textOf(record)));
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

async function read(options: LatchOptions): Promise<TradingStateRecord> {
	const { path, clock } = options;
	const changedAtMicros = clock.epochMicros();
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return begin(options, changedAtMicros);
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

/** There is no file: the very first start writes one, so that its absence later tells that somebody took it away. */
async function begin({ path, findLedger }: LatchOptions, changedAtMicros: number): Promise<TradingStateRecord> {
	try {
		const ledger = await findLedger();
		if (ledger !== null) {
			const reason =
				`${path} is missing beside the ledger ${ledger}, and it may have said that trading is halted. ` +
				"Find out who removed it, then resume (mojo resume): that writes it anew.";
			return halted(reason, changedAtMicros);
		}
		const record: TradingStateRecord = { state: "active", changedBy: "system", reason: "first start", changedAtMicros };
		await writeFileDurably(path, textOf(record));
		return record;
	} catch (error) {
		const reason =
			`${path} cannot be begun (${(error as Error).message}), so no halt could be kept. ` +
			"Mend the disk, then resume (mojo resume).";
		return halted(reason, changedAtMicros);
	}
}

function unreadable(path: string, why: string, changedAtMicros: number): TradingStateRecord {
	const reason =
		`${path} cannot be understood (${why}), so trading is halted. ` +
		"Find out who changed the file, then resume: that writes it anew.";
	return halted(reason, changedAtMicros);
}

function halted(reason: string, changedAtMicros: number): TradingStateRecord {
	return { state: "halted", changedBy: "system", reason, changedAtMicros };
}

function textOf(record: TradingStateRecord): string {
	return `${JSON.stringify(record, null, "\t")}\n`;
}
