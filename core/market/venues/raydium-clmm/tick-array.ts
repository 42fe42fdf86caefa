import { readInt32, readInt128 } from "../../../types/bytes.ts";
import type { DecodeError } from "../venue.ts";
import { arraySpan } from "./array-bitmap.ts";
import {
	MAX_TICK,
	MIN_TICK,
	TICK_ARRAY_DISCRIMINATOR,
	TICK_ARRAY_OFFSET,
	TICK_ARRAY_SIZE,
	TICK_OFFSET,
	TICK_SIZE,
	TICKS_AN_ARRAY,
} from "./pool-account.ts";
import { sqrtPriceAtTick } from "./tick-price.ts";

/** One tick of an array (raydium-clmm, states/tick_array.rs `TickState`), as much of it as a swap looks at. */
export interface Tick {
	readonly tick: number;
	/** Q64.64; 0 until {@link priceOf} was asked. */
	sqrtPrice: bigint;
	/** What crossing it upwards adds to the liquidity. */
	liquidityNet: bigint;
}

/** An array's ticks by offset, and which of them are initialized, in ascending order. Overwritten in place. */
export interface TickArray {
	readonly start: number;
	readonly ticks: readonly Tick[];
	readonly initialized: Uint8Array;
	count: number;
}

/** An array of `start` with no tick initialized. */
export function emptyTickArray(start: number, tickSpacing: number): TickArray {
	const ticks: Tick[] = [];
	for (let offset = 0; offset < TICKS_AN_ARRAY; offset++) {
		ticks.push({
			tick: start + offset * tickSpacing,
			sqrtPrice: 0n,
			liquidityNet: 0n,
		});
	}
	return { start, ticks, initialized: new Uint8Array(TICKS_AN_ARRAY), count: 0 };
}

/** The price at a tick, computed once. */
export function priceOf(tick: Tick): bigint {
	if (tick.sqrtPrice === 0n) tick.sqrtPrice = sqrtPriceAtTick(tick.tick);
	return tick.sqrtPrice;
}

/** The next initialized tick: at or below `from` going down, above it going up (`next_initialized_tick`). */
export function nextTick(array: TickArray, from: number, isDownward: boolean): Tick | null {
	if (isDownward) {
		for (let index = array.count - 1; index >= 0; index--) {
			const tick = array.ticks[array.initialized[index] as number] as Tick;
			if (tick.tick <= from) return tick;
		}
		return null;
	}
	for (let index = 0; index < array.count; index++) {
		const tick = array.ticks[array.initialized[index] as number] as Tick;
		if (tick.tick > from) return tick;
	}
	return null;
}

/** The first initialized tick that a swap meets in an array (`first_initialized_tick`). */
export function firstTick(array: TickArray, isDownward: boolean): Tick | null {
	if (array.count === 0) return null;
	return array.ticks[array.initialized[isDownward ? array.count - 1 : 0] as number] as Tick;
}

export interface TickArrayHeader {
	readonly poolBytes: Uint8Array;
	readonly tickSpacing: number;
}

/** The start of an array's account, when the account is one of this pool's. */
export function readArrayStart(data: Uint8Array, { poolBytes, tickSpacing }: TickArrayHeader): number | DecodeError {
	if (data.length !== TICK_ARRAY_SIZE) {
		return { code: "shortData", detail: `tick array has ${data.length} bytes, expected ${TICK_ARRAY_SIZE}` };
	}
	for (let index = 0; index < 8; index++) {
		if (data[index] === TICK_ARRAY_DISCRIMINATOR[index]) continue;
		return {
			code: "wrongDiscriminator",
			detail: "tick array does not start with the discriminator of TickArrayState",
		};
	}
	for (let index = 0; index < poolBytes.length; index++) {
		if (data[TICK_ARRAY_OFFSET.poolId + index] === poolBytes[index]) continue;
		return { code: "impossibleValue", detail: "pool_id of the tick array is another pool's" };
	}
	const start = readInt32(data, TICK_ARRAY_OFFSET.startTickIndex);
	const span = arraySpan(tickSpacing);
	if (start % span !== 0 || start > MAX_TICK || start + span <= MIN_TICK) {
		return { code: "impossibleValue", detail: `start_tick_index is ${start}, expected a multiple of ${span} in range` };
	}
	return start;
}

/** Checks an array's ticks, then overwrites `into`; `into` stays as it was when a tick is impossible. */
export function readTicks(data: Uint8Array, into: TickArray): DecodeError | null {
	for (let offset = 0; offset < TICKS_AN_ARRAY; offset++) {
		const at = TICK_ARRAY_OFFSET.ticks + offset * TICK_SIZE;
		if (!isZero(data, at + TICK_OFFSET.ordersAmount, 16)) {
			return { code: "unsupported", detail: `tick ${offset} of the array holds limit orders, which are not quoted` };
		}
		if (!isInitialized(data, at)) continue;
		const tick = readInt32(data, at + TICK_OFFSET.tick);
		const expected = (into.ticks[offset] as Tick).tick;
		if (tick !== expected || tick < MIN_TICK || tick > MAX_TICK) {
			return {
				code: "impossibleValue",
				detail: `tick ${offset} of the array is ${tick}, expected ${expected} in range`,
			};
		}
	}
	let count = 0;
	for (let offset = 0; offset < TICKS_AN_ARRAY; offset++) {
		const at = TICK_ARRAY_OFFSET.ticks + offset * TICK_SIZE;
		if (!isInitialized(data, at)) continue;
		const tick = into.ticks[offset] as Tick;
		tick.liquidityNet = readInt128(data, at + TICK_OFFSET.liquidityNet);
		into.initialized[count] = offset;
		count++;
	}
	into.count = count;
	return null;
}

/** Positions end at the tick (`TickState::is_initialized`). */
function isInitialized(data: Uint8Array, at: number): boolean {
	return !isZero(data, at + TICK_OFFSET.liquidityGross, 16);
}

function isZero(data: Uint8Array, from: number, bytes: number): boolean {
	for (let at = from; at < from + bytes; at++) if (data[at] !== 0) return false;
	return true;
}
