import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { ChainError } from "./chain-error.ts";
import { type ChainInput, corrupt, InputLog, type LogContent, readInputLog } from "./input-log.ts";

/** Changes whenever old files can no longer be read: with LiteSVM's own snapshot format, or with the shapes kept here. */
const FORMAT = "mojo-hft localnet 1, litesvm 1.5";

const SNAPSHOT_FILE = /^(\d{8})\.snapshot$/;
const CHECKSUM_BYTES = 4;

/**
 * The data folder: generations, each a snapshot `NNNNNNNN.snapshot` and the log `NNNNNNNN.log` of the inputs after it.
 * The newest two are kept: the chain is rebuilt from the older snapshot through both logs, so that at least one whole
 * generation of transaction history is there again after a restart.
 */
export class Generations {
	readonly #folder: string;
	#numbers: number[];
	#log: InputLog | null = null;

	private constructor(folder: string, numbers: number[]) {
		this.#folder = folder;
		this.#numbers = numbers;
	}

	/** @throws ChainError `storage` when the folder cannot be made or read. */
	static open(folder: string): Generations {
		try {
			mkdirSync(folder, { recursive: true, mode: 0o700 });
			const numbers = readdirSync(folder)
				.map((name) => SNAPSHOT_FILE.exec(name)?.[1])
				.filter((digits) => digits !== undefined)
				.map(Number)
				.sort((a, b) => a - b);
			return new Generations(folder, numbers);
		} catch (error) {
			throw storageError(folder, error);
		}
	}

	/** No chain is kept here yet. */
	get isEmpty(): boolean {
		return this.#numbers.length === 0;
	}

	/** Bytes of the log that is being written. */
	get logBytes(): number {
		return this.#log?.bytes ?? 0;
	}

	/** The older snapshot, and the logs from there on. The last log is opened for appending; its torn end is cut. */
	load(): { snapshot: unknown; logs: { path: string; content: LogContent }[] } {
		const snapshot = readSnapshot(this.#path(this.#numbers[0]!, "snapshot"));
		const logs = this.#numbers.map((number) => {
			const path = this.#path(number, "log");
			const content = existsSync(path) ? readInputLog(path) : { inputs: [], bytes: 0, tornBytes: 0 };
			return { path, content };
		});
		for (const { path, content } of logs.slice(0, -1)) {
			if (content.tornBytes > 0) throw corrupt(path, content.bytes);
		}
		const last = logs.at(-1)!;
		this.#log = this.#guarded(() => InputLog.open(last.path, last.content.bytes));
		return { snapshot, logs };
	}

	/** @throws ChainError `storage` when the disk refuses. */
	append(input: ChainInput): void {
		this.#guarded(() => this.#log?.append(input));
	}

	/** Begins a generation: the snapshot first, whole under its name or not at all; then the log; then the old go. */
	begin(snapshot: unknown): void {
		this.#guarded(() => {
			const number = (this.#numbers.at(-1) ?? 0) + 1;
			const path = this.#path(number, "snapshot");
			writeSnapshot(path, snapshot);
			this.#log?.close();
			this.#log = InputLog.open(this.#path(number, "log"), 0);
			this.#numbers.push(number);
			while (this.#numbers.length > 2) this.#remove(this.#numbers.shift()!);
		});
	}

	close(): void {
		this.#log?.close();
		this.#log = null;
	}

	#remove(number: number): void {
		rmSync(this.#path(number, "snapshot"), { force: true });
		rmSync(this.#path(number, "log"), { force: true });
	}

	#path(number: number, kind: "snapshot" | "log"): string {
		return join(this.#folder, `${String(number).padStart(8, "0")}.${kind}`);
	}

	#guarded<T>(action: () => T): T {
		try {
			return action();
		} catch (error) {
			throw storageError(this.#folder, error);
		}
	}
}

function writeSnapshot(path: string, snapshot: unknown): void {
	const body = serialize({ format: FORMAT, snapshot });
	const checksum = Buffer.alloc(CHECKSUM_BYTES);
	checksum.writeUInt32LE(crc32(body));
	const unfinished = `${path}.unfinished`;
	writeFileSync(unfinished, Buffer.concat([checksum, body]), { mode: 0o600 });
	renameSync(unfinished, path);
}

function readSnapshot(path: string): unknown {
	const bytes = readFileSync(path);
	const body = bytes.subarray(CHECKSUM_BYTES);
	if (bytes.length < CHECKSUM_BYTES || crc32(body) !== bytes.readUInt32LE(0)) throw corrupt(path, 0);
	const { format, snapshot } = deserialize(body) as { format: string; snapshot: unknown };
	if (format !== FORMAT) {
		throw new ChainError(
			"corrupt_data",
			`${path} was written by another version ("${format}", this one reads "${FORMAT}"). ` +
				"Delete the data folder to start a new local chain.",
		);
	}
	return snapshot;
}

function storageError(folder: string, error: unknown): ChainError {
	const reason = error instanceof Error ? error.message : String(error);
	return new ChainError(
		"storage",
		`the local chain cannot use its data folder ${folder}: ${reason}. ` +
			"Make the folder writable, free space on its disk, or configure another one.",
		{ cause: error },
	);
}
