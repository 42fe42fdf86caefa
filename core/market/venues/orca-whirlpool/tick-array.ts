import { readInt32, readInt128 } from "../../../types/bytes.ts";
import { MAX_TICK, MIN_TICK, sqrtPriceAtTick } from "../../tick-math.ts";
import type { DecodeError, Direction } from "../venue.ts";
import {
	DYNAMIC_ARRAY_DISCRIMINATOR,
	DYNAMIC_ARRAY_MINIMUM_SIZE,
	DYNAMIC_ARRAY_OFFSET,
	FIXED_ARRAY_DISCRIMINATOR,
	FIXED_ARRAY_OFFSET,
	FIXED_ARRAY_SIZE,
	TICK_SIZE,
	TICKS_IN_ARRAY,
} from "./accounts.ts";
import { holds, impossible } from "./decoding.ts";
import { MAX_ARRAYS, type TickArray, type WhirlpoolPool, type WhirlpoolState } from "./state.ts";

/** Arrays that one swap takes (whirlpools, util/sparse_swap.rs). */
const ARRAYS_IN_SWAP = 3;

/**
 * An array account of the pool, into its state. Null data: the chain has no such account, and the program takes its
 * ticks for uninitialised (whirlpools, state/zeroed_tick_array.rs). After an error the array is unknown.
 */
export function readTickArray(
	data: Uint8Array | null,
	startIndex: number,
	{ pool, state }: { readonly pool: WhirlpoolPool; readonly state: WhirlpoolState },
): DecodeError | null {
	const known = state.arrays.get(startIndex);
	const array = known ?? emptyArray(startIndex);
	state.arrays.delete(startIndex);
	if (!isStartIndex(startIndex, pool.tickSpacing))
		return impossible("start_tick_index", startIndex, "an array's start");
	array.initialized.fill(0);
	if (data !== null) {
		const refused = readTicks(data, array, pool);
		if (refused !== null) return refused;
	}
	if (known === undefined && state.arrays.size >= MAX_ARRAYS) dropFarthest(state);
	state.arrays.set(startIndex, array);
	return null;
}

/** The square root of the price at a slot's tick. */
export function sqrtPriceOfSlot(array: TickArray, slot: number, tickSpacing: number): bigint {
	let sqrtPrice = array.sqrtPrices[slot] as bigint;
	if (sqrtPrice === 0n) {
		sqrtPrice = sqrtPriceAtTick(array.startIndex + slot * tickSpacing);
		array.sqrtPrices[slot] = sqrtPrice;
	}
	return sqrtPrice;
}

/** The arrays that a swap takes, in its order (whirlpools, util/sparse_swap.rs `get_start_tick_indexes`). */
export function startIndexesFor(direction: Direction, tickCurrentIndex: number, tickSpacing: number): number[] {
	const span = TICKS_IN_ARRAY * tickSpacing;
	const base = Math.floor(tickCurrentIndex / span) * span;
	const first = direction === "bToA" && tickCurrentIndex + tickSpacing >= base + span ? base + span : base;
	const step = direction === "aToB" ? -span : span;
	const starts: number[] = [];
	for (let count = 0; count < ARRAYS_IN_SWAP; count++) {
		const start = first + count * step;
		if (isStartIndex(start, tickSpacing)) starts.push(start);
	}
	return starts;
}

/** The arrays that swaps in either direction may take, lowest first. */
export function startIndexesAround(tickCurrentIndex: number, tickSpacing: number): number[] {
	const down = startIndexesFor("aToB", tickCurrentIndex, tickSpacing);
	const up = startIndexesFor("bToA", tickCurrentIndex, tickSpacing);
	return [...new Set([...down, ...up])].sort((one, other) => one - other);
}

/** Seeds of an array's address: the index stands there in decimal digits (whirlpools, util/sparse_swap.rs). */
export function tickArraySeeds(poolAddress: Uint8Array, startIndex: number): readonly Uint8Array[] {
	return [ascii("tick_array"), poolAddress, ascii(String(startIndex))];
}

/** Seeds of the oracle's address (whirlpools, instructions/v2/swap.rs). */
export function oracleSeeds(poolAddress: Uint8Array): readonly Uint8Array[] {
	return [ascii("oracle"), poolAddress];
}

function ascii(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** whirlpools, state/tick.rs `check_is_valid_start_tick`: the lowest array begins below the lowest tick. */
function isStartIndex(index: number, tickSpacing: number): boolean {
	const span = TICKS_IN_ARRAY * tickSpacing;
	return Number.isInteger(index) && index % span === 0 && index > MIN_TICK - span && index <= MAX_TICK;
}

function emptyArray(startIndex: number): TickArray {
	return {
		startIndex,
		initialized: new Uint8Array(TICKS_IN_ARRAY),
		liquidityNet: new Array<bigint>(TICKS_IN_ARRAY).fill(0n),
		sqrtPrices: new Array<bigint>(TICKS_IN_ARRAY).fill(0n),
	};
}

function readTicks(data: Uint8Array, array: TickArray, pool: WhirlpoolPool): DecodeError | null {
	if (data.length < 8) return { code: "shortData", detail: `tick array has ${data.length} bytes, expected at least 8` };
	const isFixed = holds(data, 0, FIXED_ARRAY_DISCRIMINATOR);
	if (!isFixed && !holds(data, 0, DYNAMIC_ARRAY_DISCRIMINATOR)) {
		return { code: "wrongDiscriminator", detail: "tick array starts with the discriminator of neither kind" };
	}
	const isShort = isFixed ? data.length !== FIXED_ARRAY_SIZE : data.length < DYNAMIC_ARRAY_MINIMUM_SIZE;
	if (isShort) {
		const expected = isFixed ? FIXED_ARRAY_SIZE : `at least ${DYNAMIC_ARRAY_MINIMUM_SIZE}`;
		return { code: "shortData", detail: `tick array has ${data.length} bytes, expected ${expected}` };
	}
	const layout = isFixed ? FIXED_ARRAY_OFFSET : DYNAMIC_ARRAY_OFFSET;
	const startIndex = readInt32(data, layout.startTickIndex);
	if (startIndex !== array.startIndex) return impossible("start_tick_index", startIndex, String(array.startIndex));
	if (!holds(data, layout.whirlpool, pool.addressBytes)) return impossible("whirlpool", "another", pool.address);
	for (let slot = 0, offset: number = layout.ticks; slot < TICKS_IN_ARRAY; slot++) {
		const flag = data[offset];
		if (flag === undefined) return { code: "shortData", detail: `tick array ends before slot ${slot}` };
		if (flag > 1) return impossible(`initialized of slot ${slot}`, flag, "0 or 1");
		if (!isFixed && isInBitmap(data, slot) !== (flag === 1)) return impossible("tick_bitmap", slot, "the slots' own");
		if (flag === 1) {
			const tick = startIndex + slot * pool.tickSpacing;
			if (tick < MIN_TICK || tick > MAX_TICK) return impossible("an initialized tick", tick, "a tick of the program");
			if (offset + TICK_SIZE > data.length) return { code: "shortData", detail: `tick array ends in slot ${slot}` };
			array.initialized[slot] = 1;
			array.liquidityNet[slot] = readInt128(data, offset + 1);
		}
		offset += isFixed || flag === 1 ? TICK_SIZE : 1;
	}
	return null;
}

function isInBitmap(data: Uint8Array, slot: number): boolean {
	return (((data[DYNAMIC_ARRAY_OFFSET.tickBitmap + (slot >> 3)] as number) >> (slot & 7)) & 1) === 1;
}

function dropFarthest(state: WhirlpoolState): void {
	let farthest = 0;
	let most = -1;
	for (const start of state.arrays.keys()) {
		const distance = Math.abs(start - state.tickCurrentIndex);
		if (distance > most) [farthest, most] = [start, distance];
	}
	state.arrays.delete(farthest);
}
