import {
	BIN_ARRAY_DISCRIMINATOR,
	BIN_ARRAY_OFFSET,
	BIN_ARRAY_SIZE,
	BIN_OFFSET,
	BITMAP_EXTENSION_DISCRIMINATOR,
	BITMAP_EXTENSION_OFFSET,
	BITMAP_EXTENSION_SIZE,
	PAIR_OFFSET,
} from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { binStart } from "../../../core/market/venues/meteora-dlmm/bin-array.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";

const U128_MAX = (1n << 128n) - 1n;

/** What a bin holds: [slot, X, Y, open orders, orders being filled, what is left of these, orders sell X]. */
export type BinContent = readonly [
	slot: number,
	amountX: bigint,
	amountY: bigint,
	openOrders: bigint,
	processing: bigint,
	processedRemaining: bigint,
	askSide: 0 | 1,
];

/** A bin array of a scenario; the bitmap may not know it. */
export interface ArrayContent {
	readonly index: number;
	readonly version: number;
	readonly bins: readonly BinContent[];
	/** Whether the bitmap knows the array, and whether the swap is given it. */
	readonly isMarked: boolean;
	readonly isGiven: boolean;
}

/** A bin array's account (idls/dlmm.json 0.12.0 `BinArray`). */
export function binArrayBytes(content: ArrayContent, pair: Uint8Array, priceOf: (slot: number) => bigint): Uint8Array {
	const data = new Uint8Array(BIN_ARRAY_SIZE);
	data.set(BIN_ARRAY_DISCRIMINATOR);
	new DataView(data.buffer).setBigInt64(BIN_ARRAY_OFFSET.index, BigInt(content.index), true);
	data[BIN_ARRAY_OFFSET.version] = content.version;
	data.set(pair, BIN_ARRAY_OFFSET.pair);
	for (const [slot, x, y, open, processing, remaining, askSide] of content.bins) {
		const start = binStart(slot);
		writeUint64(data, start + BIN_OFFSET.amountX, x);
		writeUint64(data, start + BIN_OFFSET.amountY, y);
		writeUint64(data, start + BIN_OFFSET.openOrderAmount, open);
		writeUint64(data, start + BIN_OFFSET.totalProcessingOrderAmount, processing);
		writeUint64(data, start + BIN_OFFSET.processedOrderRemainingAmount, remaining);
		data[start + BIN_OFFSET.orderAskSide] = askSide;
		const price = priceOf(slot);
		writeUint128(data, start + BIN_OFFSET.price, price);
		// As much as the program gives for such a deposit.
		const liquidity = x * price + (y << 64n);
		writeUint128(data, start + BIN_OFFSET.liquiditySupply, liquidity > U128_MAX ? U128_MAX : liquidity);
	}
	return data;
}

function writeUint128(data: Uint8Array, offset: number, value: bigint): void {
	writeUint64(data, offset, BigInt.asUintN(64, value));
	writeUint64(data, offset + 8, value >> 64n);
}

/** Marks the arrays in the pair's own bitmap; those outside of it in the returned extension (null when not wanted). */
export function markArrays(
	pair: Uint8Array,
	pairAddress: Uint8Array,
	indexes: readonly number[],
	hasExtension: boolean,
): Uint8Array | null {
	const extension = new Uint8Array(BITMAP_EXTENSION_SIZE);
	extension.set(BITMAP_EXTENSION_DISCRIMINATOR);
	extension.set(pairAddress, BITMAP_EXTENSION_OFFSET.pair);
	const mark = (data: Uint8Array, start: number, bit: number) => {
		const at = start + (bit >> 3);
		data[at] = (data[at] as number) | (1 << (bit & 7));
	};
	for (const index of indexes) {
		if (index >= -512 && index < 512) mark(pair, PAIR_OFFSET.binArrayBitmap, index + 512);
		else if (index > 0) mark(extension, BITMAP_EXTENSION_OFFSET.positive, index - 512);
		else mark(extension, BITMAP_EXTENSION_OFFSET.negative, -index - 513);
	}
	return hasExtension ? extension : null;
}
