import { failure, type Result, success } from "../types/result.ts";

/** Bytes of the header and of one tick; all numbers little-endian. */
const HEADER_BYTES = 48;
const TICK_BYTES = 48;
const FORMAT_VERSION = 1;
const FLAG_SNAPSHOT = 1;
const TICK_SWAP_ENABLED = 1;
const TICK_STALE = 2;
/** Keeps a batch below NATS's default message limit of 1 MiB. */
export const MAX_TICKS_PER_BATCH = 16_384;

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
	/** The batch is the whole market, not a change of it. */
	readonly snapshot: boolean;
	/** The chain's clock, Unix seconds. */
	readonly chainSeconds: number;
}

/** One market update: the state of one constant-product pool. */
export interface Tick {
	readonly poolIndex: number;
	/** Slot of the newest account behind the state. */
	readonly slot: number;
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	readonly openTimeSeconds: bigint;
	readonly swapEnabled: boolean;
	readonly stale: boolean;
}

/** Packs a batch. Throws when there are more than {@link MAX_TICKS_PER_BATCH} ticks. */
export function encodeTickBatch(header: TickBatchHeader, ticks: readonly Tick[]): Uint8Array {
	if (ticks.length > MAX_TICKS_PER_BATCH) throw new RangeError(`${ticks.length} ticks in one batch`);
	const bytes = new Uint8Array(HEADER_BYTES + ticks.length * TICK_BYTES);
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
	let at = HEADER_BYTES;
	for (const tick of ticks) {
		view.setUint32(at, tick.poolIndex, true);
		view.setUint32(at + 4, (tick.swapEnabled ? TICK_SWAP_ENABLED : 0) | (tick.stale ? TICK_STALE : 0), true);
		view.setFloat64(at + 8, tick.slot, true);
		view.setBigUint64(at + 16, tick.reserveA, true);
		view.setBigUint64(at + 24, tick.reserveB, true);
		view.setBigUint64(at + 32, tick.openTimeSeconds, true);
		at += TICK_BYTES;
	}
	return bytes;
}

/**
 * Reads a batch where it lies, without building a list: `onTick` is called for each tick in order. Bytes may be
 * unaligned, as they are when they come out of a network message.
 */
export function readTickBatch(
	bytes: Uint8Array,
	onTick: (tick: Tick) => void,
): Result<TickBatchHeader, "shortData" | "unknownVersion"> {
	const header = readTickBatchHeader(bytes);
	if (!header.ok) return header;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = HEADER_BYTES; at < bytes.byteLength; at += TICK_BYTES) {
		const flags = view.getUint32(at + 4, true);
		onTick({
			poolIndex: view.getUint32(at, true),
			slot: view.getFloat64(at + 8, true),
			reserveA: view.getBigUint64(at + 16, true),
			reserveB: view.getBigUint64(at + 24, true),
			openTimeSeconds: view.getBigUint64(at + 32, true),
			swapEnabled: (flags & TICK_SWAP_ENABLED) !== 0,
			stale: (flags & TICK_STALE) !== 0,
		});
	}
	return header;
}

/** The header alone, after a check that the whole batch is there. */
export function readTickBatchHeader(bytes: Uint8Array): Result<TickBatchHeader, "shortData" | "unknownVersion"> {
	if (bytes.byteLength < HEADER_BYTES) return failure("shortData");
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint8(0) !== FORMAT_VERSION) return failure("unknownVersion");
	if (bytes.byteLength !== HEADER_BYTES + view.getUint16(2, true) * TICK_BYTES) return failure("shortData");
	return success({
		catalogEpoch: view.getUint32(4, true),
		sequence: view.getFloat64(8, true),
		slot: view.getFloat64(16, true),
		receivedAtMicros: view.getFloat64(24, true),
		decodedAtMicros: view.getFloat64(32, true),
		snapshot: (view.getUint8(1) & FLAG_SNAPSHOT) !== 0,
		chainSeconds: view.getFloat64(40, true),
	});
}
