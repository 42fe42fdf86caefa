import type { NoQuoteCode } from "../venue.ts";
import { BITMAP_EXTENSION_OFFSET, POOL_STATE_OFFSET, TICKS_AN_ARRAY } from "./pool-account.ts";

/**
 * Which tick arrays of a pool hold a tick, as one row of bits from the lowest price to the highest: the 14 negative bitmaps of the
 * extension account, the pool's own 1,024 bits, the extension's 14 positive ones (raydium-clmm,
 * libraries/tick_array_bit_map.rs, states/tickarray_bitmap_extension.rs).
 */
export interface ArrayBitmap {
	readonly words: Uint32Array;
	/** The extension account has been read; without it only the pool's own bits are known. */
	isExtensionKnown: boolean;
}

const BITMAP_BITS = 512;
const EXTENSION_BITMAPS = 14;
const ZERO_POSITION = (EXTENSION_BITMAPS + 1) * BITMAP_BITS;
const OWN_FIRST = ZERO_POSITION - BITMAP_BITS;
const OWN_END = ZERO_POSITION + BITMAP_BITS;
const POSITIONS = 2 * ZERO_POSITION;
const BYTES_A_BITMAP = BITMAP_BITS / 8;
/** From this spacing on, the pool's own bits span every tick, and there is nothing to look up in an extension. */
export const SPACING_WITHOUT_EXTENSION = 15;

export function emptyBitmap(): ArrayBitmap {
	return { words: new Uint32Array(POSITIONS / 32), isExtensionKnown: false };
}

/** How many ticks' width an array spans. */
export function arraySpan(tickSpacing: number): number {
	return TICKS_AN_ARRAY * tickSpacing;
}

/** The start of the array that a tick sits in. */
export function arrayStart(tick: number, tickSpacing: number): number {
	const span = arraySpan(tickSpacing);
	return Math.floor(tick / span) * span;
}

/** Copies the pool's own bits. The caller has checked the account's size. */
export function readOwnBits(poolData: Uint8Array, into: ArrayBitmap): void {
	copyBits({
		from: poolData,
		offset: POOL_STATE_OFFSET.tickArrayBitmap,
		into,
		position: OWN_FIRST,
		bits: 2 * BITMAP_BITS,
	});
}

/** Copies the extension's bits. The caller has checked the account's size. */
export function readExtensionBits(data: Uint8Array, into: ArrayBitmap): void {
	for (let bitmap = 0; bitmap < EXTENSION_BITMAPS; bitmap++) {
		const negative = BITMAP_EXTENSION_OFFSET.negative + bitmap * BYTES_A_BITMAP;
		copyBits({
			from: data,
			offset: negative,
			into,
			position: OWN_FIRST - (bitmap + 1) * BITMAP_BITS,
			bits: BITMAP_BITS,
		});
	}
	const bits = EXTENSION_BITMAPS * BITMAP_BITS;
	copyBits({ from: data, offset: BITMAP_EXTENSION_OFFSET.positive, into, position: OWN_END, bits });
	into.isExtensionKnown = true;
}

interface BitCopy {
	readonly from: Uint8Array;
	readonly offset: number;
	readonly into: ArrayBitmap;
	/** A multiple of 32, as `bits` is. */
	readonly position: number;
	readonly bits: number;
}

function copyBits({ from, offset, into, position, bits }: BitCopy): void {
	const first = position >>> 5;
	for (let word = 0; word < bits >>> 5; word++) {
		const at = offset + word * 4;
		into.words[first + word] =
			(from[at] as number) |
			((from[at + 1] as number) << 8) |
			((from[at + 2] as number) << 16) |
			((from[at + 3] as number) << 24);
	}
}

/** Whether the array's bit lies outside what the pool account itself holds. */
export function isInExtension(start: number, tickSpacing: number): boolean {
	const position = positionOf(start, tickSpacing);
	return tickSpacing < SPACING_WITHOUT_EXTENSION && (position < OWN_FIRST || position >= OWN_END);
}

/** Whether the array at `start` holds a tick; `arrayMissing` when only the unread extension could tell. */
export function isArrayInitialized(bitmap: ArrayBitmap, start: number, tickSpacing: number): boolean | NoQuoteCode {
	if (isInExtension(start, tickSpacing) && !bitmap.isExtensionKnown) return "arrayMissing";
	const position = positionOf(start, tickSpacing);
	return (((bitmap.words[position >>> 5] as number) >>> (position & 31)) & 1) === 1;
}

export interface ArraySearch {
	readonly bitmap: ArrayBitmap;
	/** Start of an array; the search begins with its neighbour. */
	readonly start: number;
	readonly tickSpacing: number;
	readonly isDownward: boolean;
}

/**
 * The start of the next array that holds a tick; `insufficientLiquidity` when there is none, `arrayMissing` when only the unread
 * extension could tell (states/pool.rs `next_tick_array_index_with_extension_info`).
 */
export function nextArray({ bitmap, start, tickSpacing, isDownward }: ArraySearch): number | NoQuoteCode {
	const isOwnOnly = tickSpacing >= SPACING_WITHOUT_EXTENSION || !bitmap.isExtensionKnown;
	const first = isOwnOnly ? OWN_FIRST : 0;
	const end = isOwnOnly ? OWN_END : POSITIONS;
	const position = positionOf(start, tickSpacing);
	const found = isDownward ? highestBefore(bitmap.words, position, first) : lowestAfter(bitmap.words, position, end);
	if (found !== NONE) return (found - ZERO_POSITION) * arraySpan(tickSpacing);
	const isUnknown = tickSpacing < SPACING_WITHOUT_EXTENSION && !bitmap.isExtensionKnown;
	return isUnknown ? "arrayMissing" : "insufficientLiquidity";
}

const NONE = -1;

function positionOf(start: number, tickSpacing: number): number {
	return start / arraySpan(tickSpacing) + ZERO_POSITION;
}

/** The highest set bit below `position` and not below `first`. */
function highestBefore(words: Uint32Array, position: number, first: number): number {
	let word = (position - 1) >> 5;
	const shift = 31 - ((position - 1) & 31);
	let bits = position > first ? ((words[word] as number) << shift) >>> shift : 0;
	for (;;) {
		if (bits !== 0) return word * 32 + 31 - Math.clz32(bits);
		word--;
		if (word * 32 < first) return NONE;
		bits = words[word] as number;
	}
}

/** The lowest set bit above `position` and below `end`. */
function lowestAfter(words: Uint32Array, position: number, end: number): number {
	const next = position + 1;
	let word = next >>> 5;
	let bits = next < end ? (((words[word] as number) >>> (next & 31)) << (next & 31)) >>> 0 : 0;
	for (;;) {
		if (bits !== 0) return word * 32 + 31 - Math.clz32(bits & -bits);
		word++;
		if (word * 32 >= end) return NONE;
		bits = words[word] as number;
	}
}
