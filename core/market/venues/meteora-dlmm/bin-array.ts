import { BIN_ARRAY_OFFSET, BIN_ARRAY_SIZE, BIN_OFFSET, BIN_SIZE, BINS_PER_ARRAY } from "./accounts.ts";

const PRICE_WORDS = 4;

/** A bin array's bytes, copied; fields are read where a swap meets them. */
export interface BinArray {
	readonly index: number;
	readonly bytes: Uint8Array;
	readonly view: DataView;
	/** The price of each bin that a quote has met, Q64.64. */
	readonly prices: bigint[];
	/** What the account held as price when {@link prices} was filled. */
	readonly priceWords: Uint32Array;
}

export function emptyBinArray(index: number): BinArray {
	const bytes = new Uint8Array(BIN_ARRAY_SIZE);
	return {
		index,
		bytes,
		view: new DataView(bytes.buffer),
		prices: new Array<bigint>(BINS_PER_ARRAY).fill(0n),
		priceWords: new Uint32Array(BINS_PER_ARRAY * PRICE_WORDS),
	};
}

/** A copy that may change without the original. */
export function copyBinArray(array: BinArray): BinArray {
	const copy = emptyBinArray(array.index);
	copy.bytes.set(array.bytes);
	copy.priceWords.set(array.priceWords);
	for (let slot = 0; slot < BINS_PER_ARRAY; slot++) copy.prices[slot] = array.prices[slot] as bigint;
	return copy;
}

/** Which array a bin lies in (dlmm-sdk, commons/src/extensions/bin_array.rs `bin_id_to_bin_array_index`). */
export function arrayIndexOf(binId: number): number {
	return Math.floor(binId / BINS_PER_ARRAY);
}

/** Where a bin's bytes begin; `slot` counts from the array's first bin. */
export function binStart(slot: number): number {
	return BIN_ARRAY_OFFSET.bins + slot * BIN_SIZE;
}

/** Whether a u64 is not zero, without building a bigint: most bins of an array are empty. */
export function isSet(view: DataView, offset: number): boolean {
	return (view.getUint32(offset, true) | view.getUint32(offset + 4, true)) !== 0;
}

/**
 * A bin's price, Q64.64, as the account holds it. Deposits and orders store it; 0 where there was none, and then the
 * program's own results make no sense.
 */
export function priceOf(array: BinArray, slot: number): bigint {
	const { view, prices, priceWords } = array;
	const offset = binStart(slot) + BIN_OFFSET.price;
	const first = slot * PRICE_WORDS;
	if (
		view.getUint32(offset, true) === priceWords[first] &&
		view.getUint32(offset + 4, true) === priceWords[first + 1] &&
		view.getUint32(offset + 8, true) === priceWords[first + 2] &&
		view.getUint32(offset + 12, true) === priceWords[first + 3]
	) {
		return prices[slot] as bigint;
	}
	for (let word = 0; word < PRICE_WORDS; word++) priceWords[first + word] = view.getUint32(offset + word * 4, true);
	const price = view.getBigUint64(offset, true) | (view.getBigUint64(offset + 8, true) << 64n);
	prices[slot] = price;
	return price;
}
