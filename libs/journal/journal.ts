import { mkdir, readdir, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../files.ts";
import { JournalError } from "./journal-error.ts";
import { decodeRecord, encodeRecord } from "./json.ts";
import {
	encodeFrame,
	encodeSegmentHeader,
	FIRST_CHAIN,
	LARGEST_PAYLOAD_BYTES,
	readSegment,
	SEGMENT_HEADER_BYTES,
	type SegmentContent,
} from "./segment.ts";
import { type OpenSegment, openSegmentFile, type SegmentFile } from "./segment-file.ts";

export { JournalError, type JournalErrorCode } from "./journal-error.ts";

export interface JournalOptions {
	/** Made (mode 0700) when absent. One process at a time: take its folder lock first. */
	readonly folder: string;
	/** A new segment begins when the records of the current one, its checkpoint not counted, pass this size. */
	readonly maximumSegmentBytes: number;
	/**
	 * Sums up every record handed over so far as one record. It becomes the first record of the next segment, and the
	 * segments before are removed, which bounds the disk and the next start. It is called while the next record is
	 * being handed over and must not contain it: hand a record over first, then fold it into the state. Without it all
	 * segments are kept.
	 */
	readonly checkpoint?: () => unknown;
	/** How segment files are opened; the file system's way unless a test gives a failing one. */
	readonly openSegment?: OpenSegment;
}

export interface OpenedJournal {
	readonly journal: Journal;
	/** Everything since the last checkpoint, that one included, oldest first. */
	readonly records: readonly unknown[];
	/** Length of the torn tail that was cut off: what a power cut left half written. */
	readonly cutBytes: number;
}

/** Waiting appends beyond this are refused: the disk does not follow. */
const MAXIMUM_WAITING = 100_000;
/** How long a record that nobody waits for may stay in the operating system's cache. */
const LAZY_SYNC_MS = 50;
const SEGMENT_NAME = /^(\d{10})\.journal$/;

interface OpenFile {
	readonly sequence: number;
	readonly file: SegmentFile;
	/** True while its name may not survive a power cut. */
	isNew: boolean;
}

interface Waiter {
	readonly resolve: () => void;
	readonly reject: (error: Error) => void;
}

/**
 * An append-only log of records that survives crashes: every record is framed, checksummed and chained to the one
 * before it. Records are JSON values, also with bigint and bytes. Appends of a moment share one fsync.
 *
 * After any I/O error the journal is dead for good: what is on disk is then not known, and money must not move on it.
 */
export class Journal {
	readonly #options: JournalOptions;
	readonly #open: OpenSegment;
	/** Segments with bytes that are not known to be on disk, oldest first; the last one is being written. */
	#files: [OpenFile, ...OpenFile[]];
	#chain: Buffer;
	#recordBytes: number;
	#waiting: Waiter[] = [];
	#unsynced = false;
	#syncing: Promise<void> | null = null;
	#lazySync: NodeJS.Timeout | null = null;
	#dead: JournalError | null = null;
	#staleSegments: string[] = [];
	#isClosed = false;

	/** Not for callers: use {@link Journal.open}. */
	private constructor(options: JournalOptions, current: OpenFile, chain: Buffer, recordBytes: number) {
		this.#options = options;
		this.#open = options.openSegment ?? openSegmentFile;
		this.#files = [current];
		this.#chain = chain;
		this.#recordBytes = recordBytes;
	}

	/**
	 * Opens the journal in a folder and reads it. A torn tail is cut off.
	 *
	 * @throws JournalError corrupt when a byte before the tail is not what was written; names file, offset and remedy
	 */
	static async open(options: JournalOptions): Promise<OpenedJournal> {
		await mkdir(options.folder, { recursive: true, mode: 0o700 });
		const stored = await readStored(options.folder);
		const { cutBytes } = stored;
		const open = options.openSegment ?? openSegmentFile;
		const path = join(options.folder, segmentName(stored.sequence));
		if (cutBytes > 0) await truncate(path, stored.soundBytes);
		const file = open(path);
		if (stored.soundBytes === 0) file.write(encodeSegmentHeader(stored.chain));
		await file.sync();
		await syncFolder(options.folder);
		for (const name of stored.obsolete) await rm(join(options.folder, name), { force: true });
		const current = { sequence: stored.sequence, file, isNew: false };
		const journal = new Journal(options, current, stored.chain, stored.recordBytes);
		return { journal, records: stored.records, cutBytes };
	}

	/** The error that ended this journal, or null while it takes records. */
	get dead(): JournalError | null {
		return this.#dead;
	}

	/**
	 * Hands a record over and resolves when it survives a power cut. The bytes are with the operating system (they
	 * survive the end of this process) before this returns.
	 */
	append(record: unknown): Promise<void> {
		try {
			if (this.#waiting.length >= MAXIMUM_WAITING) {
				throw new JournalError("overloaded", `the disk of ${this.#options.folder} does not follow: lower the load`);
			}
			this.#put(record);
		} catch (error) {
			return Promise.reject(error);
		}
		return new Promise((resolve, reject) => {
			this.#waiting.push({ resolve, reject });
			this.#sync();
		});
	}

	/**
	 * As {@link append}, without waiting: the record survives the end of this process, and a power cut within moments.
	 *
	 * @throws JournalError when the journal is dead or closed
	 */
	write(record: unknown): void {
		this.#put(record);
		this.#lazySync ??= setTimeout(() => {
			this.#lazySync = null;
			this.#sync();
		}, LAZY_SYNC_MS).unref();
	}

	/** Makes everything durable and closes. Idempotent; rejects when the disk fails at the last moment. */
	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		if (this.#lazySync) clearTimeout(this.#lazySync);
		this.#lazySync = null;
		if (!this.#dead && this.#unsynced) this.#sync();
		const failed = this.#dead;
		this.#dead ??= new JournalError("closed", `the journal in ${this.#options.folder} is closed`);
		await this.#syncing;
		for (const { file } of this.#files) file.close();
		// Whoever closes a journal that failed before was told so then.
		if (!failed && this.#isBroken()) throw this.#dead;
	}

	#put(record: unknown): void {
		if (this.#dead) throw this.#dead;
		const payload = encodeRecord(record);
		if (payload.length > LARGEST_PAYLOAD_BYTES) {
			throw new JournalError("unencodable", `a record of ${payload.length} bytes is too large for the journal`);
		}
		if (this.#recordBytes >= this.#options.maximumSegmentBytes) this.#rotate();
		const frame = encodeFrame({ checkpoint: false, payload }, this.#chain);
		this.#tryIo(() => this.#current.file.write(frame.bytes));
		this.#chain = frame.chain;
		this.#recordBytes += frame.bytes.length;
		this.#unsynced = true;
	}

	get #current(): OpenFile {
		return this.#files[this.#files.length - 1] as OpenFile;
	}

	#rotate(): void {
		const { folder, checkpoint } = this.#options;
		const payload = checkpoint ? encodeRecord(checkpoint()) : null;
		const previous = this.#current;
		const sequence = previous.sequence + 1;
		this.#tryIo(() => {
			const file = this.#open(join(folder, segmentName(sequence)));
			this.#files.push({ sequence, file, isNew: true });
			file.write(encodeSegmentHeader(this.#chain));
			if (!payload) return;
			const frame = encodeFrame({ checkpoint: true, payload }, this.#chain);
			file.write(frame.bytes);
			this.#chain = frame.chain;
			this.#staleSegments.push(segmentName(previous.sequence));
		});
		this.#recordBytes = 0;
	}

	#sync(): void {
		this.#syncing ??= this.#syncLoop();
	}

	async #syncLoop(): Promise<void> {
		// Lets the appends of this turn of the event loop share the first fsync.
		await Promise.resolve();
		while (this.#unsynced && !this.#isBroken()) {
			const waiting = this.#waiting;
			this.#waiting = [];
			this.#unsynced = false;
			const stale = this.#staleSegments;
			this.#staleSegments = [];
			try {
				await this.#syncFiles([...this.#files], stale);
			} catch (error) {
				this.#waiting = [...waiting, ...this.#waiting];
				this.#die(error);
				break;
			}
			for (const { resolve } of waiting) resolve();
		}
		// In the same step as the last look at #unsynced: an append cannot fall in between.
		this.#syncing = null;
	}

	async #syncFiles(files: readonly OpenFile[], stale: readonly string[]): Promise<void> {
		for (const open of files) await open.file.sync();
		if (files.some(({ isNew }) => isNew)) await syncFolder(this.#options.folder);
		for (const open of files) open.isNew = false;
		for (const open of files.slice(0, -1)) {
			open.file.close();
			this.#files.shift();
		}
		// Only now: the checkpoint that replaces them is durable.
		for (const name of stale) await rm(join(this.#options.folder, name), { force: true });
	}

	#isBroken(): boolean {
		return this.#dead !== null && this.#dead.code !== "closed";
	}

	#tryIo(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#die(error);
			throw this.#dead;
		}
	}

	#die(cause: unknown): void {
		if (!this.#isBroken()) {
			this.#dead = new JournalError(
				"ioFailed",
				`the journal in ${this.#options.folder} cannot be written: ${(cause as Error).message}. ` +
					"Mend the disk (space, permissions, hardware) and start again.",
				{ cause },
			);
		}
		// Also when it was dead before: a write may have failed while an fsync was under way that fails now.
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const { reject } of waiting) reject(this.#dead as JournalError);
	}
}

interface Stored {
	readonly sequence: number;
	readonly chain: Buffer;
	readonly records: unknown[];
	readonly recordBytes: number;
	readonly soundBytes: number;
	readonly cutBytes: number;
	readonly obsolete: readonly string[];
}

async function readStored(folder: string): Promise<Stored> {
	const names = (await readdir(folder)).filter((name) => SEGMENT_NAME.test(name)).sort();
	if (names.length === 0) {
		return { sequence: 1, chain: FIRST_CHAIN, records: [], recordBytes: 0, soundBytes: 0, cutBytes: 0, obsolete: [] };
	}
	// From the newest backwards, to the segment that begins with a checkpoint: older ones were only not yet removed.
	const segments: { name: string; size: number; content: SegmentContent }[] = [];
	let first = names.length;
	while (first > 0) {
		const name = names[--first] as string;
		const bytes = await readFile(join(folder, name));
		const content = readSegment(bytes);
		segments.unshift({ name, size: bytes.length, content });
		if (content.frames[0]?.checkpoint) break;
	}
	return assemble(folder, segments, names.slice(0, first));
}

function assemble(
	folder: string,
	segments: readonly { name: string; size: number; content: SegmentContent }[],
	obsolete: readonly string[],
): Stored {
	const records: unknown[] = [];
	let chain: Buffer | null = segments[0]?.content.frames[0]?.checkpoint ? null : FIRST_CHAIN;
	const [oldest] = segments;
	if (oldest && chain !== null && Number(SEGMENT_NAME.exec(oldest.name)?.[1]) !== 1) {
		throw corrupt(
			join(folder, oldest.name),
			0,
			"it does not begin with a sound checkpoint and the segments before it are gone",
		);
	}
	if (oldest && chain !== null && oldest.content.continues === null && oldest.size > SEGMENT_HEADER_BYTES) {
		// Its header was durable before anything stood behind it: no power cut leaves this.
		throw corrupt(join(folder, oldest.name), 0, oldest.content.damage ?? "damaged segment header");
	}
	let recordBytes = 0;
	segments.forEach(({ name, content }, index) => {
		const isLast = index === segments.length - 1;
		if (content.damage !== null && (!isLast || content.continuesAfterDamage)) {
			throw corrupt(join(folder, name), content.soundBytes, content.damage);
		}
		if (content.continues !== null) {
			if (chain !== null && !content.continues.equals(chain)) {
				throw corrupt(join(folder, name), 0, "segment does not follow the one before it: a file is missing");
			}
			chain = content.chain;
		}
		recordBytes = 0;
		for (const { checkpoint, payload } of content.frames) {
			records.push(decodeRecord(payload.toString("utf8")));
			if (!checkpoint) recordBytes += payload.length;
		}
	});
	const last = segments[segments.length - 1] as (typeof segments)[number];
	return {
		sequence: Number(SEGMENT_NAME.exec(last.name)?.[1]),
		chain: chain ?? FIRST_CHAIN,
		records,
		recordBytes,
		soundBytes: last.content.soundBytes,
		cutBytes: last.size - last.content.soundBytes,
		obsolete,
	};
}

function segmentName(sequence: number): string {
	return `${String(sequence).padStart(10, "0")}.journal`;
}

function corrupt(path: string, offset: number, what: string): JournalError {
	return new JournalError(
		"corrupt",
		`${path} is damaged at byte ${offset}: ${what}. Restore the file from a backup, or move the folder ` +
			"aside to begin anew from what the chain shows.",
	);
}
