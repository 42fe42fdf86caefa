import { BITMAP_EXTENSION_OFFSET, PAIR_OFFSET } from "./accounts.ts";

/** Bin arrays that the pair's own bitmap covers (dlmm-sdk, commons/src/constants.rs `BIN_ARRAY_BITMAP_SIZE`). */
export const OWN_LOWEST_INDEX = -512;
export const OWN_HIGHEST_INDEX = 511;
/** Bin arrays that the extension covers besides (`EXTENSION_BINARRAY_BITMAP_SIZE`). */
export const LOWEST_INDEX = -6_656;
export const HIGHEST_INDEX = 6_655;

const WORD_BITS = 32;
const OWN_WORDS = 32;
const SIDE_WORDS = 192;

/**
 * Which bin arrays hold liquidity. Bit `index - LOWEST_INDEX`, whichever account it comes from: the extension's negative
 * half counts away from zero and is turned round when it is read.
 */
export interface ArrayBitmap {
	readonly words: Uint32Array;
	/** The pair has an extension account; without it the program looks no further than the own bitmap. */
	hasExtension: boolean;
}

export function emptyBitmap(): ArrayBitmap {
	return { words: new Uint32Array(SIDE_WORDS + OWN_WORDS + SIDE_WORDS), hasExtension: false };
}

/** The pair's own bitmap, from its account of checked size. */
export function readOwnBitmap(pair: Uint8Array, into: ArrayBitmap): void {
	for (let word = 0; word < OWN_WORDS; word++) {
		into.words[SIDE_WORDS + word] = wordAt(pair, PAIR_OFFSET.binArrayBitmap + word * 4);
	}
}

/** The extension's two halves, from its account of checked size. */
export function readExtensionBitmap(extension: Uint8Array, into: ArrayBitmap): void {
	into.hasExtension = true;
	for (let word = 0; word < SIDE_WORDS; word++) {
		const offset = word * 4;
		into.words[SIDE_WORDS + OWN_WORDS + word] = wordAt(extension, BITMAP_EXTENSION_OFFSET.positive + offset);
		into.words[SIDE_WORDS - 1 - word] = reversed(wordAt(extension, BITMAP_EXTENSION_OFFSET.negative + offset));
	}
}

/**
 * The first array with liquidity from `from` on, downwards or upwards; null when the program finds none
 * (dlmm-sdk, commons/src/quote.rs `get_bin_array_pubkeys_for_swap`).
 */
export function nextArrayIndex(bitmap: ArrayBitmap, from: number, isDown: boolean): number | null {
	const lowest = bitmap.hasExtension ? LOWEST_INDEX : OWN_LOWEST_INDEX;
	const highest = bitmap.hasExtension ? HIGHEST_INDEX : OWN_HIGHEST_INDEX;
	if (from < lowest || from > highest) return null;
	const start = from - LOWEST_INDEX;
	const end = (isDown ? lowest : highest) - LOWEST_INDEX;
	return isDown ? searchDown(bitmap.words, start, end) : searchUp(bitmap.words, start, end);
}

function searchDown(words: Uint32Array, start: number, end: number): number | null {
	let word = start >>> 5;
	let bits = (words[word] as number) & (0xffff_ffff >>> (31 - (start & 31)));
	for (;;) {
		if (bits !== 0) return word * WORD_BITS + 31 - Math.clz32(bits) + LOWEST_INDEX;
		if (word <= end >>> 5) return null;
		word--;
		bits = words[word] as number;
	}
}

function searchUp(words: Uint32Array, start: number, end: number): number | null {
	let word = start >>> 5;
	let bits = (words[word] as number) & (0xffff_ffff << (start & 31));
	for (;;) {
		if (bits !== 0) return word * WORD_BITS + 31 - Math.clz32(bits & -bits) + LOWEST_INDEX;
		if (word >= end >>> 5) return null;
		word++;
		bits = words[word] as number;
	}
}

function wordAt(data: Uint8Array, offset: number): number {
	const byte = (index: number) => data[offset + index] as number;
	return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function reversed(word: number): number {
	let from = word;
	let result = 0;
	for (let bit = 0; bit < WORD_BITS; bit++, from >>>= 1) result = (result << 1) | (from & 1);
	return result >>> 0;
}
