import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * A segment file: a header, then frames.
 *
 * header: magic "MOJOJNL1" (8) · chain hash that the segment continues (16) · crc32 of both (4)
 * frame: 0xF5 (1) · flags (1) · payload length u32 (4) · chain hash (16) · crc32 of all else (4) · payload
 *
 * Numbers are little-endian. The chain hash of a frame is the first 16 bytes of SHA-256 over the previous chain hash,
 * the flags and the payload, so that a frame removed, repeated or moved is seen too. 0xF5 never occurs in UTF-8 text,
 * which keeps the search for a later frame cheap.
 */
export const SEGMENT_HEADER_BYTES = 28;
export const FRAME_HEADER_BYTES = 26;
const CHAIN_BYTES = 16;
const MAGIC = Buffer.from("MOJOJNL1", "latin1");
const FRAME_MARK = 0xf5;
const FLAG_CHECKPOINT = 1;
/** A larger record is refused. */
export const LARGEST_PAYLOAD_BYTES = 256 * 1024 * 1024;

/** The chain hash before the first frame of a journal. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(CHAIN_BYTES);

export interface Frame {
	/** True when the payload sums up everything before it. */
	readonly checkpoint: boolean;
	readonly payload: Buffer;
}

export function encodeSegmentHeader(chain: Buffer): Buffer {
	const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
	MAGIC.copy(header, 0);
	chain.copy(header, MAGIC.length);
	header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
	return header;
}

/** A frame's bytes and the chain hash after it. */
export function encodeFrame(frame: Frame, chain: Buffer): { readonly bytes: Buffer; readonly chain: Buffer } {
	const bytes = Buffer.alloc(FRAME_HEADER_BYTES + frame.payload.length);
	bytes[0] = FRAME_MARK;
	bytes[1] = frame.checkpoint ? FLAG_CHECKPOINT : 0;
	bytes.writeUInt32LE(frame.payload.length, 2);
	frame.payload.copy(bytes, FRAME_HEADER_BYTES);
	const next = nextChain(chain, bytes[1], frame.payload);
	next.copy(bytes, 6);
	bytes.writeUInt32LE(checksum(bytes, 0, frame.payload.length), 22);
	return { bytes, chain: next };
}

/** What a segment's bytes hold, up to their end or to the first byte that is no frame. */
export interface SegmentContent {
	/** The chain hash that the segment continues; null when its header is incomplete or damaged. */
	readonly continues: Buffer | null;
	readonly frames: readonly Frame[];
	/** Chain hash after the last frame. */
	readonly chain: Buffer;
	/** Length of the sound part. */
	readonly soundBytes: number;
	/** Why reading stopped before the end; null when everything is sound. */
	readonly damage: string | null;
	/** True when a sound frame stands behind the damage: then it is no torn tail. */
	readonly continuesAfterDamage: boolean;
}

export function readSegment(bytes: Buffer): SegmentContent {
	const frames: Frame[] = [];
	if (!hasSoundHeader(bytes)) {
		const damage = bytes.length < SEGMENT_HEADER_BYTES ? "incomplete segment header" : "damaged segment header";
		const continuesAfterDamage = hasFrameFrom(bytes, 0);
		return { continues: null, frames, chain: FIRST_CHAIN, soundBytes: 0, damage, continuesAfterDamage };
	}
	const continues = Buffer.from(bytes.subarray(MAGIC.length, MAGIC.length + CHAIN_BYTES));
	let chain: Buffer = continues;
	let offset = SEGMENT_HEADER_BYTES;
	while (offset < bytes.length) {
		const damage = damageAt(bytes, offset, chain);
		if (damage !== null) {
			const continuesAfterDamage = damage.chainBroken || hasFrameFrom(bytes, offset + 1);
			return { continues, frames, chain, soundBytes: offset, damage: damage.what, continuesAfterDamage };
		}
		const length = bytes.readUInt32LE(offset + 2);
		const payload = bytes.subarray(offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + length);
		frames.push({ checkpoint: (bytes[offset + 1]! & FLAG_CHECKPOINT) !== 0, payload });
		chain = bytes.subarray(offset + 6, offset + 6 + CHAIN_BYTES);
		offset += FRAME_HEADER_BYTES + length;
	}
	return { continues, frames, chain, soundBytes: offset, damage: null, continuesAfterDamage: false };
}

function hasSoundHeader(bytes: Buffer): boolean {
	return (
		bytes.length >= SEGMENT_HEADER_BYTES &&
		bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
		bytes.readUInt32LE(24) === crc32(bytes.subarray(0, 24))
	);
}

function damageAt(bytes: Buffer, offset: number, chain: Buffer): { what: string; chainBroken: boolean } | null {
	if (bytes[offset] !== FRAME_MARK) return { what: "no record begins here", chainBroken: false };
	if (!isWholeFrame(bytes, offset)) return { what: "incomplete record", chainBroken: false };
	if (!hasSoundChecksum(bytes, offset)) return { what: "checksum does not match", chainBroken: false };
	const length = bytes.readUInt32LE(offset + 2);
	const payload = bytes.subarray(offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + length);
	const expected = nextChain(chain, bytes[offset + 1]!, payload);
	if (!expected.equals(bytes.subarray(offset + 6, offset + 6 + CHAIN_BYTES))) {
		// A sound record that does not follow its predecessor was never torn: something was cut out or put in.
		return { what: "record does not follow the one before it", chainBroken: true };
	}
	return null;
}

function hasFrameFrom(bytes: Buffer, from: number): boolean {
	for (let at = bytes.indexOf(FRAME_MARK, from); at !== -1; at = bytes.indexOf(FRAME_MARK, at + 1)) {
		if (isWholeFrame(bytes, at) && hasSoundChecksum(bytes, at)) return true;
	}
	return false;
}

function isWholeFrame(bytes: Buffer, offset: number): boolean {
	if (offset + FRAME_HEADER_BYTES > bytes.length) return false;
	const length = bytes.readUInt32LE(offset + 2);
	return length <= LARGEST_PAYLOAD_BYTES && offset + FRAME_HEADER_BYTES + length <= bytes.length;
}

function hasSoundChecksum(bytes: Buffer, offset: number): boolean {
	const length = bytes.readUInt32LE(offset + 2);
	return bytes.readUInt32LE(offset + 22) === checksum(bytes, offset, length);
}

function checksum(bytes: Buffer, offset: number, payloadLength: number): number {
	const head = crc32(bytes.subarray(offset, offset + 22));
	return crc32(bytes.subarray(offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + payloadLength), head);
}

function nextChain(chain: Buffer, flags: number, payload: Buffer): Buffer {
	const input = Buffer.allocUnsafe(CHAIN_BYTES + 1 + payload.length);
	chain.copy(input, 0);
	input[CHAIN_BYTES] = flags;
	payload.copy(input, CHAIN_BYTES + 1);
	return hash("sha256", input, "buffer").subarray(0, CHAIN_BYTES);
}
