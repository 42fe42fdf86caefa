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
const KINDS = ["status", "reserves", "account"] as const;
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

interface TickHead {
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
			return RECORD_HEAD_BYTES + RESERVES_BYTES;
		case "account":
			return RECORD_HEAD_BYTES + ACCOUNT_HEAD_BYTES + padded(tick.data?.length ?? 0);
	}
}

/** Packs a batch. Throws when there are more than {@link MAX_TICKS_PER_BATCH} ticks. */
export function encodeTickBatch(header: TickBatchHeader, ticks: readonly Tick[]): Uint8Array {
	if (ticks.length > MAX_TICKS_PER_BATCH) throw new RangeError(`${ticks.length} ticks in one batch`);
	let size = HEADER_BYTES;
	for (const tick of ticks) size += tickBytes(tick);
	const bytes = new Uint8Array(size);
	const view = new DataView(bytes.buffer);
	view.setUint8(0, FORMAT_VERSION);
	view.setUint8(1, header.snapshot ? FLAG_SNAPSHOT : 0);
	view.setUint16(2, ticks.length, true);
	view.setUint32(4, header.catalogEpoch, true);
	view.setFloat64(8, header.sequence, true);
	view.setFloat64(16, header.slot, true);
	view.setFloat64(24, header.receivedAtMicros, true);
	view.setFloat64(32, header.decodedAtMicros, true);
	view.setFloat64(40, header.chainSeconds, true);
	view.setFloat64(48, header.epoch, true);
	let at = HEADER_BYTES;
	for (const tick of ticks) {
		writeTick(bytes, view, { at, tick });
		at += tickBytes(tick);
	}
	return bytes;
}

function writeTick(
	bytes: Uint8Array,
	view: DataView,
	{ at, tick }: { readonly at: number; readonly tick: Tick },
): void {
	let flags = tick.stale ? TICK_STALE : 0;
	let place = 0;
	const body = at + RECORD_HEAD_BYTES;
	if (tick.kind === "reserves") {
		if (tick.swapEnabled) flags |= TICK_SWAP_ENABLED;
		view.setBigUint64(body, tick.reserveA, true);
		view.setBigUint64(body + 8, tick.reserveB, true);
		view.setBigUint64(body + 16, tick.openTimeSeconds, true);
	} else if (tick.kind === "account") {
		if (tick.data === null) flags |= TICK_ABSENT;
		place = ACCOUNT_PLACES.indexOf(tick.place);
		view.setUint32(body, tick.data?.length ?? 0, true);
		view.setInt32(body + 4, tick.startIndex, true);
		if (tick.data !== null) bytes.set(tick.data, body + ACCOUNT_HEAD_BYTES);
	}
	view.setUint32(at, tick.poolIndex, true);
	view.setUint8(at + 4, flags);
	view.setUint8(at + 5, KINDS.indexOf(tick.kind));
	view.setUint8(at + 6, place);
	view.setFloat64(at + 8, tick.slot, true);
}

/**
 * Reads a batch where it lies, without building a list: `onTick` is called for each tick in order. Bytes may be
 * unaligned, as they are when they come out of a network message; an account's bytes are a view into them.
 */
export function readTickBatch(
	bytes: Uint8Array,
	onTick: (tick: Tick) => void,
): Result<TickBatchHeader, "shortData" | "unknownVersion"> {
	const header = readTickBatchHeader(bytes);
	if (!header.ok) return header;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = HEADER_BYTES; at < bytes.byteLength; ) {
		const tick = readTick(bytes, view, at);
		onTick(tick);
		at += tickBytes(tick);
	}
	return header;
}

/** The record at `at`, of a batch that {@link readTickBatchHeader} has looked over. */
function readTick(bytes: Uint8Array, view: DataView, at: number): Tick {
	const poolIndex = view.getUint32(at, true);
	const flags = view.getUint8(at + 4);
	const slot = view.getFloat64(at + 8, true);
	const stale = (flags & TICK_STALE) !== 0;
	const body = at + RECORD_HEAD_BYTES;
	switch (view.getUint8(at + 5)) {
		case 1:
			return {
				kind: "reserves",
				poolIndex,
				slot,
				stale,
				reserveA: view.getBigUint64(body, true),
				reserveB: view.getBigUint64(body + 8, true),
				openTimeSeconds: view.getBigUint64(body + 16, true),
				swapEnabled: (flags & TICK_SWAP_ENABLED) !== 0,
			};
		case 2: {
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
		default:
			return { kind: "status", poolIndex, slot, stale };
	}
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
		case 0:
			break;
		case 1:
			end += RESERVES_BYTES;
			break;
		case 2:
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
