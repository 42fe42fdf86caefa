import { arrayStart, isArrayInitialized, nextArray } from "./array-bitmap.ts";
import type { ClmmPool, ClmmState } from "./layout.ts";

const encoder = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const TICK_ARRAY_SEED = encoder("tick_array");
const BITMAP_EXTENSION_SEED = encoder("pool_tick_array_bitmap_extension");
const OBSERVATION_SEED = encoder("observation");

/** What seeds are made of. */
type Named = Pick<ClmmPool, "poolBytes">;

/** Seeds of a tick array's program address (raydium-clmm, states/tick_array.rs `TickArrayState::key`): the start is big-endian. */
export function tickArraySeeds(pool: Named, start: number): Uint8Array[] {
	const startBytes = Uint8Array.of(start >>> 24, (start >>> 16) & 0xff, (start >>> 8) & 0xff, start & 0xff);
	return [TICK_ARRAY_SEED, pool.poolBytes, startBytes];
}

/** Seeds of the bitmap extension's program address (states/tickarray_bitmap_extension.rs `TickArrayBitmapExtension::key`). */
export function bitmapExtensionSeeds(pool: Named): Uint8Array[] {
	return [BITMAP_EXTENSION_SEED, pool.poolBytes];
}

/** Seeds of the observation account's program address; the pool names the same account (states/oracle.rs). */
export function observationSeeds(pool: Named): Uint8Array[] {
	return [OBSERVATION_SEED, pool.poolBytes];
}

/**
 * Starts of the arrays that a swap near the price may need, nearest first: those that hold a tick, at most `each` in either
 * direction beside the one that the price is in. What only an unread bitmap extension could tell is left out.
 */
export function startIndexesAround(pool: ClmmPool, state: ClmmState, each: number): number[] {
	const { tickSpacing } = pool;
	const { bitmap } = state;
	const current = arrayStart(state.tick, tickSpacing);
	const starts = isArrayInitialized(bitmap, current, tickSpacing) === true ? [current] : [];
	let [down, up]: [number | string, number | string] = [current, current];
	for (let count = 0; count < each; count++) {
		if (typeof down === "number") down = nextArray({ bitmap, start: down, tickSpacing, isDownward: true });
		if (typeof down === "number") starts.push(down);
		if (typeof up === "number") up = nextArray({ bitmap, start: up, tickSpacing, isDownward: false });
		if (typeof up === "number") starts.push(up);
	}
	return starts;
}
