import { writeUint64 } from "../../../types/bytes.ts";
import { BIN_OFFSET, BINS_PER_ARRAY } from "./accounts.ts";
import { arrayIndexOf, type BinArray, binStart, copyBinArray } from "./bin-array.ts";
import type { BinFill } from "./bin-fill.ts";
import type { DlmmState } from "./layout.ts";
import type { DlmmQuote } from "./quote.ts";

/**
 * The state that a quoted swap leaves behind, for a second swap through the same pair. `state` stays as it is: what the
 * swap does not touch is shared with it, so use the new state before `state` is next read into.
 */
export function afterSwap(state: DlmmState, quote: Pick<DlmmQuote, "after">): DlmmState {
	const { after } = quote;
	const arrays = new Map(state.arrays);
	const copied = new Set<number>();
	for (const fill of after.fills) {
		const index = arrayIndexOf(fill.binId);
		const known = arrays.get(index);
		if (known === undefined) throw new Error(`bin array ${index} is not in the state: it is not the quoted one`);
		const array = copied.has(index) ? known : copyBinArray(known);
		copied.add(index);
		arrays.set(index, array);
		applyFill(array, fill, after.isDown);
	}
	return {
		...state,
		activeId: after.activeId,
		volatilityAccumulator: after.volatilityAccumulator,
		volatilityReference: after.volatilityReference,
		indexReference: after.indexReference,
		lastUpdateSeconds: after.lastUpdateSeconds,
		arrays,
	};
}

function applyFill(array: BinArray, fill: BinFill, isDown: boolean): void {
	const start = binStart(fill.binId - array.index * BINS_PER_ARRAY);
	const add = (offset: number, change: bigint) => {
		if (change === 0n) return;
		writeUint64(array.bytes, start + offset, array.view.getBigUint64(start + offset, true) + change);
	};
	add(isDown ? BIN_OFFSET.amountX : BIN_OFFSET.amountY, fill.makerIn);
	add(isDown ? BIN_OFFSET.amountY : BIN_OFFSET.amountX, -fill.makerOut);
	add(BIN_OFFSET.processedOrderRemainingAmount, -fill.processedOut);
	if (fill.openOut === 0n) return;
	writeUint64(array.bytes, start + BIN_OFFSET.openOrderAmount, 0n);
	writeUint64(array.bytes, start + BIN_OFFSET.processedOrderRemainingAmount, fill.openBefore - fill.openOut);
}
