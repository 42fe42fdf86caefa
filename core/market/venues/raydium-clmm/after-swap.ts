import { flipArray } from "./array-bitmap.ts";
import type { ClmmPool, ClmmState } from "./layout.ts";
import type { ClmmQuote } from "./quote.ts";
import type { TickArray } from "./tick-array.ts";
import type { TouchedTick } from "./walk.ts";

/** The state that a quoted swap leaves behind, for a second swap through the same pool. `state` is not changed. */
export function afterSwap(pool: ClmmPool, state: ClmmState, quote: ClmmQuote): ClmmState {
	const { after, fees } = quote;
	const [protocol0, protocol1] = after.isFeeInToken0 ? [fees.protocol, 0n] : [0n, fees.protocol];
	const [fund0, fund1] = after.isFeeInToken0 ? [fees.fund, 0n] : [0n, fees.fund];
	const isTouched = after.touched.length > 0;
	const { words, isExtensionKnown } = state.bitmap;
	const next: ClmmState = {
		...state,
		liquidity: after.liquidity,
		sqrtPrice: after.sqrtPrice,
		tick: after.tick,
		protocolFees0: state.protocolFees0 + protocol0,
		protocolFees1: state.protocolFees1 + protocol1,
		fundFees0: state.fundFees0 + fund0,
		fundFees1: state.fundFees1 + fund1,
		volatility: { ...(after.volatility ?? state.volatility) },
		bitmap: { words: isTouched ? words.slice() : words, isExtensionKnown },
		arrays: isTouched ? new Map(state.arrays) : state.arrays,
	};
	for (const touched of after.touched) touch(pool, next, touched);
	return next;
}

/** Puts what is left of a tick's limit orders into a copy of its array. */
function touch(pool: ClmmPool, state: ClmmState, { start, tick, ordersAmount, partFilled }: TouchedTick): void {
	const before = state.arrays.get(start) as TickArray;
	const ticks = before.ticks.map((each) => (each.tick === tick ? { ...each, ordersAmount, partFilled } : each));
	const array: TickArray = { start, ticks, initialized: new Uint8Array(ticks.length), count: 0 };
	for (const offset of before.initialized.subarray(0, before.count)) {
		const each = ticks[offset] as (typeof ticks)[number];
		if (!each.hasLiquidity && each.ordersAmount + each.partFilled === 0n) continue;
		array.initialized[array.count] = offset;
		array.count++;
	}
	state.arrays.set(start, array);
	if (array.count === 0) flipArray(state.bitmap, start, pool.tickSpacing);
}
