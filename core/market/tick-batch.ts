import { failure, type Result, success } from "../types/result.ts";

/** All numbers little-endian. A record is its head, and then what its kind says. */
const HEADER_BYTES = 56;
const RECORD_HEAD_BYTES = 16;
const RESERVES_BYTES = 24;
const ACCOUNT_HEAD_BYTES = 8;
const FORMAT_VERSION = 2;
const FLAG_SNAPSHOT = 1;
const TICK_STALE = 1;
const TICK_SWAP_ENABLED = 2;
const TICK_ABSENT = 4;
const KIND_STATUS = 0;
const KIND_RESERVES = 1;
const KIND_ACCOUNT = 2;
/** A writer starts with so much memory. */
const FIRST_WRITER_BYTES = 4_096;
/** What a {@link ReserveTick} takes in a batch. */
const RESERVE_TICK_BYTES = RECORD_HEAD_BYTES + RESERVES_BYTES;
/** Records in one batch. */
export const MAX_TICKS_PER_BATCH = 16_384;
/** Keeps a batch below NATS's default message limit of 1 MiB, with room for an envelope. */
export const MAX_BATCH_BYTES = 960 * 1_024;

/** What is true of a whole batch. */
export interface TickBatchHeader {
	/** Which catalog the pool indexes refer to. */
	readonly catalogEpoch: number;
	/** Counts a shard's batches without gaps; a gap means that ticks were lost. */
	readonly sequence: number;
	/** Newest slot that the feed had seen. */
	readonly slot: number;
	/** When the first bytes of the batch arrived and when all were decoded: microseconds since the Unix epoch. */
	readonly receivedAtMicros: number;
	readonly decodedAtMicros: number;
	/** The batch is a page of the whole market, not a change of it. */
	readonly snapshot: boolean;
	/** The chain's clock, Unix seconds. */
	readonly chainSeconds: number;
	/** The chain's epoch at {@link slot}. */
	readonly epoch: number;
}

/** What a pool's ticks say besides its state. */
export interface TickHead {
	readonly poolIndex: number;
	/** Slot of the newest account behind the state. */
	readonly slot: number;
	/** The feed does not vouch for the pool's state. */
	readonly stale: boolean;
}

/** Whether a pool's state may be trusted changed, and nothing else. */
export interface StatusTick extends TickHead {
	readonly kind: "status";
}

/** The whole state of a pool that is priced by its reserves. */
export interface ReserveTick extends TickHead {
	readonly kind: "reserves";
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	readonly openTimeSeconds: bigint;
	readonly swapEnabled: boolean;
}

/** What an account is to its pool. */
export const ACCOUNT_PLACES = ["pool", "oracle", "array", "bitmap"] as const;
export type AccountPlace = (typeof ACCOUNT_PLACES)[number];

/** One account of a pool that is priced by its accounts: all its bytes. */
export interface AccountTick extends TickHead {
	readonly kind: "account";
	readonly place: AccountPlace;
	/** Of an array: the first tick or bin index that it covers. Else 0. */
	readonly startIndex: number;
	/** Null: the chain was asked, and there is no such account. */
	readonly data: Uint8Array | null;
}

/** One market update. */
export type Tick = StatusTick | ReserveTick | AccountTick;

/** How many bytes a tick takes in a batch. */
export function tickBytes(tick: Tick): number {
	switch (tick.kind) {
		case "status":
			return RECORD_HEAD_BYTES;
		case "reserves":
			return RESERVE_TICK_BYTES;
		case "account":
			return RECORD_HEAD_BYTES + ACCOUNT_HEAD_BYTES + padded(tick.data?.length ?? 0);
	}
}

/** Packs batches, one after the other, in memory that it keeps. */
export class TickBatchWriter {
	#bytes = new Uint8Array(FIRST_WRITER_BYTES);
	#view = new DataView(this.#bytes.buffer);
	#ticks = 0;
	#size = HEADER_BYTES;

	/** Ticks of the batch in hand. */
	get ticks(): number {
		return this.#ticks;
	}

	/** Size of the batch in hand. */
	get bytes(): number {
		return this.#size;
	}

	/** Throws when there are {@link MAX_TICKS_PER_BATCH} already. */
	add(tick: Tick): void {
		if (tick.kind === "reserves") this.addReserves(tick);
		else if (tick.kind === "status") this.#begin(tick, RECORD_HEAD_BYTES, { kind: KIND_STATUS, flags: 0, place: 0 });
		else this.#addAccount(tick);
	}

	/** The same for a tick of reserves. Hot path. */
	addReserves(tick: Omit<ReserveTick, "kind">): void {
		const flags = tick.swapEnabled ? TICK_SWAP_ENABLED : 0;
		const body = this.#begin(tick, RESERVE_TICK_BYTES, { kind: KIND_RESERVES, flags, place: 0 });
		this.#view.setBigUint64(body, tick.reserveA, true);
		this.#view.setBigUint64(body + 8, tick.reserveB, true);
		this.#view.setBigUint64(body + 16, tick.openTimeSeconds, true);
	}

	/** The batch in hand, with its header; the next begins. */
	finish(header: TickBatchHeader): Uint8Array {
		const view = this.#view;
		view.setUint8(0, FORMAT_VERSION);
		view.setUint8(1, header.snapshot ? FLAG_SNAPSHOT : 0);
		view.setUint16(2, this.#ticks, true);
		view.setUint32(4, header.catalogEpoch, true);
		view.setFloat64(8, header.sequence, true);
		view.setFloat64(16, header.slot, true);
		view.setFloat64(24, header.receivedAtMicros, true);
		view.setFloat64(32, header.decodedAtMicros, true);
		view.setFloat64(40, header.chainSeconds, true);
		view.setFloat64(48, header.epoch, true);
		const batch = this.#bytes.slice(0, this.#size);
		this.#ticks = 0;
		this.#size = HEADER_BYTES;
		return batch;
	}

	#addAccount(tick: AccountTick): void {
		const { data } = tick;
		const flags = data === null ? TICK_ABSENT : 0;
		const place = ACCOUNT_PLACES.indexOf(tick.place);
		const body = this.#begin(tick, tickBytes(tick), { kind: KIND_ACCOUNT, flags, place });
		this.#view.setUint32(body, data?.length ?? 0, true);
		this.#view.setInt32(body + 4, tick.startIndex, true);
		if (data === null) return;
		const start = body + ACCOUNT_HEAD_BYTES;
		this.#bytes.set(data, start);
		// What an earlier batch left in the padding is nobody's business.
		this.#bytes.fill(0, start + data.length, this.#size);
	}

	/** Writes a record's head; where its body begins. */
	#begin({ poolIndex, slot, stale }: TickHead, bytes: number, { kind, flags, place }: RecordKind): number {
		if (this.#ticks >= MAX_TICKS_PER_BATCH) throw new RangeError(`more than ${MAX_TICKS_PER_BATCH} ticks in one batch`);
		const at = this.#size;
		if (at + bytes > this.#bytes.length) this.#grow(at + bytes);
		const view = this.#view;
		view.setUint32(at, poolIndex, true);
		view.setUint8(at + 4, stale ? flags | TICK_STALE : flags);
		view.setUint8(at + 5, kind);
		view.setUint16(at + 6, place, true);
		view.setFloat64(at + 8, slot, true);
		this.#ticks++;
		this.#size = at + bytes;
		return at + RECORD_HEAD_BYTES;
	}

	#grow(bytes: number): void {
		const grown = new Uint8Array(Math.max(bytes, this.#bytes.length * 2));
		grown.set(this.#bytes.subarray(0, this.#size));
		this.#bytes = grown;
		this.#view = new DataView(grown.buffer);
	}
}

interface RecordKind {
	readonly kind: number;
	readonly flags: number;
	readonly place: number;
}

/**
 * Reads the ticks of a batch that {@link readTickBatchHeader} has looked over, where they lie: `onTick` is called for each
 * in order. Nothing of a tick outlives the call: reserves are read through one object that moves on, and an account's
 * bytes are a view. Bytes may be unaligned, as they are when they come out of a network message.
 */
export function readTicks(bytes: Uint8Array, onTick: (tick: Tick) => void): void {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const reserves = new ReserveCursor(view);
	for (let at = HEADER_BYTES; at < bytes.byteLength; ) {
		if (view.getUint8(at + 5) === KIND_RESERVES) {
			reserves.at = at;
			onTick(reserves);
			at += RESERVE_TICK_BYTES;
		} else {
			const tick = readTick(bytes, view, at);
			onTick(tick);
			at += tickBytes(tick);
		}
	}
}

/** The record of reserves at `at`, read where it lies. */
class ReserveCursor implements ReserveTick {
	readonly kind = "reserves";
	readonly #view: DataView;
	at = HEADER_BYTES;

	constructor(view: DataView) {
		this.#view = view;
	}

	get poolIndex(): number {
		return this.#view.getUint32(this.at, true);
	}

	get slot(): number {
		return this.#view.getFloat64(this.at + 8, true);
	}

	get stale(): boolean {
		return (this.#view.getUint8(this.at + 4) & TICK_STALE) !== 0;
	}

	get swapEnabled(): boolean {
		return (this.#view.getUint8(this.at + 4) & TICK_SWAP_ENABLED) !== 0;
	}

	get reserveA(): bigint {
		return this.#view.getBigUint64(this.at + RECORD_HEAD_BYTES, true);
	}

	get reserveB(): bigint {
		return this.#view.getBigUint64(this.at + RECORD_HEAD_BYTES + 8, true);
	}

	get openTimeSeconds(): bigint {
		return this.#view.getBigUint64(this.at + RECORD_HEAD_BYTES + 16, true);
	}
}

/** A record at `at` that is none of reserves. */
function readTick(bytes: Uint8Array, view: DataView, at: number): StatusTick | AccountTick {
	const poolIndex = view.getUint32(at, true);
	const flags = view.getUint8(at + 4);
	const slot = view.getFloat64(at + 8, true);
	const stale = (flags & TICK_STALE) !== 0;
	if (view.getUint8(at + 5) === KIND_STATUS) return { kind: "status", poolIndex, slot, stale };
	const body = at + RECORD_HEAD_BYTES;
	const start = body + ACCOUNT_HEAD_BYTES;
	return {
		kind: "account",
		poolIndex,
		slot,
		stale,
		place: ACCOUNT_PLACES[view.getUint8(at + 6)] as AccountPlace,
		startIndex: view.getInt32(body + 4, true),
		data: (flags & TICK_ABSENT) === 0 ? bytes.subarray(start, start + view.getUint32(body, true)) : null,
	};
}

/** The header alone, after a check that every record is whole. */
export function readTickBatchHeader(bytes: Uint8Array): Result<TickBatchHeader, "shortData" | "unknownVersion"> {
	if (bytes.byteLength < HEADER_BYTES) return failure("shortData");
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint8(0) !== FORMAT_VERSION) return failure("unknownVersion");
	let at = HEADER_BYTES;
	for (let rest = view.getUint16(2, true); rest > 0; rest--) {
		const next = endOfRecord(view, at);
		if (next === null) return failure("shortData");
		at = next;
	}
	if (at !== bytes.byteLength) return failure("shortData");
	return success({
		catalogEpoch: view.getUint32(4, true),
		sequence: view.getFloat64(8, true),
		slot: view.getFloat64(16, true),
		receivedAtMicros: view.getFloat64(24, true),
		decodedAtMicros: view.getFloat64(32, true),
		snapshot: (view.getUint8(1) & FLAG_SNAPSHOT) !== 0,
		chainSeconds: view.getFloat64(40, true),
		epoch: view.getFloat64(48, true),
	});
}

/** Where the record at `at` ends; null when it is cut or none that is known. */
function endOfRecord(view: DataView, at: number): number | null {
	const body = at + RECORD_HEAD_BYTES;
	if (body > view.byteLength) return null;
	let end = body;
	switch (view.getUint8(at + 5)) {
		case KIND_STATUS:
			break;
		case KIND_RESERVES:
			end += RESERVES_BYTES;
			break;
		case KIND_ACCOUNT:
			end += ACCOUNT_HEAD_BYTES;
			if (end > view.byteLength || view.getUint8(at + 6) >= ACCOUNT_PLACES.length) return null;
			end += padded(view.getUint32(body, true));
			break;
		default:
			return null;
	}
	return end <= view.byteLength ? end : null;
}

/** Records begin at multiples of eight. */
function padded(length: number): number {
	return Math.ceil(length / 8) * 8;
}
