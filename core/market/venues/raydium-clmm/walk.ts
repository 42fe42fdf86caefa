import { U64_MAX } from "../../constant-product.ts";
import type { Direction, NoQuoteCode } from "../venue.ts";
import { arrayStart, isArrayInitialized, isInExtension, nextArray } from "./array-bitmap.ts";
import type { ClmmPool, ClmmState } from "./layout.ts";
import { FEE_RATE_DENOMINATOR, MAX_SQRT_PRICE, MIN_SQRT_PRICE } from "./pool-account.ts";
import { computeStep, type Step } from "./swap-step.ts";
import { firstTick, nextTick, priceOf, type Tick, type TickArray } from "./tick-array.ts";
import { tickAtSqrtPrice } from "./tick-price.ts";

/** A swap on its way through a pool (raydium-clmm, instructions/swap.rs `SwapState`). */
export interface Walk {
	readonly pool: ClmmPool;
	readonly state: ClmmState;
	readonly isZeroForOne: boolean;
	readonly isExactIn: boolean;
	/** The swap ends here at the latest, Q64.64. */
	readonly limit: bigint;
	/** What is left of the given input or of the wanted output. */
	remaining: bigint;
	/** The other side so far. */
	calculated: bigint;
	sqrtPrice: bigint;
	tick: number;
	liquidity: bigint;
	lpFee: bigint;
	protocolFee: bigint;
	fundFee: bigint;
	readonly arrays: number[];
	needsBitmapExtension: boolean;
}

/** Where a swap goes. */
export interface WalkRequest {
	readonly pool: ClmmPool;
	readonly state: ClmmState;
	/** `aToB` gives token 0 for token 1. */
	readonly direction: Direction;
}

/** A swap of `amount`, at the pool's present price; {@link walk} takes it on. */
export function startWalk({ pool, state, direction }: WalkRequest, amount: bigint, isExactIn: boolean): Walk {
	const isZeroForOne = direction === "aToB";
	return {
		pool,
		state,
		isZeroForOne,
		isExactIn,
		limit: isZeroForOne ? MIN_SQRT_PRICE + 1n : MAX_SQRT_PRICE - 1n,
		remaining: amount,
		calculated: 0n,
		sqrtPrice: state.sqrtPrice,
		tick: state.tick,
		liquidity: state.liquidity,
		lpFee: 0n,
		protocolFee: 0n,
		fundFee: 0n,
		arrays: [],
		needsBitmapExtension: false,
	};
}

/** Goes until nothing remains; the reason when it cannot (instructions/swap.rs `swap_internal`). */
export function walk(going: Walk, state: ClmmState): NoQuoteCode | null {
	const { isZeroForOne, limit } = going;
	if (isZeroForOne ? limit >= state.sqrtPrice : limit <= state.sqrtPrice) return "priceLimit";
	const entered = enter(going);
	if (typeof entered === "string") return entered;
	let array = entered;
	let isInside = array.start === arrayStart(state.tick, going.pool.tickSpacing);
	while (going.remaining !== 0n) {
		if (going.sqrtPrice === limit) return "insufficientLiquidity";
		let tick = isIn(array, going) ? nextTick(array, going.tick, isZeroForOne) : null;
		if (tick === null && !isInside) tick = firstTick(array, isZeroForOne);
		else if (tick === null) {
			const next = advance(going, array.start);
			if (typeof next === "string") return next;
			array = next;
			tick = firstTick(array, isZeroForOne);
		}
		isInside = true;
		// The bitmap says that the array holds a tick: an array without one is not of the same moment.
		if (tick === null) return "arrayMissing";
		const stopped = walkTo(going, tick);
		if (stopped !== null) return stopped;
	}
	return null;
}

function isIn(array: TickArray, { tick, pool }: Walk): boolean {
	return arrayStart(tick, pool.tickSpacing) === array.start;
}

/** The first array: where the price is, or the next one that holds a tick. */
function enter(going: Walk): TickArray | NoQuoteCode {
	const { tickSpacing } = going.pool;
	const start = arrayStart(going.tick, tickSpacing);
	if (isInExtension(start, tickSpacing)) going.needsBitmapExtension = true;
	const isHere = isArrayInitialized(going.state.bitmap, start, tickSpacing);
	if (typeof isHere === "string") return isHere;
	return isHere ? load(going, start) : advance(going, start);
}

function advance(going: Walk, start: number): TickArray | NoQuoteCode {
	const { pool, state, isZeroForOne } = going;
	const { tickSpacing } = pool;
	const next = nextArray({ bitmap: state.bitmap, start, tickSpacing, isDownward: isZeroForOne });
	if (typeof next === "string") return next;
	if (isInExtension(next, tickSpacing)) going.needsBitmapExtension = true;
	return load(going, next);
}

function load(going: Walk, start: number): TickArray | NoQuoteCode {
	const array = going.state.arrays.get(start);
	if (array === undefined) return "arrayMissing";
	going.arrays.push(start);
	return array;
}

/** Goes to the next initialized tick, or until nothing remains. */
function walkTo(going: Walk, next: Tick): NoQuoteCode | null {
	const { isZeroForOne, isExactIn, limit, sqrtPrice, liquidity, pool } = going;
	const nextPrice = priceOf(next);
	const isPastLimit = isZeroForOne ? nextPrice < limit : nextPrice > limit;
	const target = isPastLimit ? limit : nextPrice;
	// The price and the tick of the pool contradict its arrays: the program stops the swap by an assertion.
	if (isZeroForOne ? sqrtPrice < target : sqrtPrice > target) return "priceLimit";
	if (sqrtPrice !== target) {
		const step = computeStep({
			sqrtPrice,
			target,
			liquidity,
			amount: going.remaining,
			rate: pool.rates.trade,
			isZeroForOne,
			isExactIn,
		});
		if (typeof step === "string") return step;
		going.sqrtPrice = step.sqrtPrice;
		const stopped = book(going, step);
		if (stopped !== null) return stopped;
	}
	if (going.sqrtPrice === nextPrice) {
		going.tick = isZeroForOne ? next.tick - 1 : next.tick;
		const after = liquidity + (isZeroForOne ? -next.liquidityNet : next.liquidityNet);
		if (after < 0n || after >= U128_END) return "amountOverflow";
		going.liquidity = after;
	} else if (going.sqrtPrice !== sqrtPrice) going.tick = tickAtSqrtPrice(going.sqrtPrice);
	return null;
}

const U128_END = 1n << 128n;

/** Counts amounts and fee. */
function book(going: Walk, { amountIn, amountOut, fee }: Step): NoQuoteCode | null {
	const consumed = amountIn + fee;
	going.remaining -= going.isExactIn ? consumed : amountOut;
	going.calculated += going.isExactIn ? amountOut : consumed;
	if (going.remaining < 0n || going.calculated > U64_MAX) return "amountOverflow";
	const { protocol, fund } = going.pool.rates;
	const forProtocol = (fee * protocol) / FEE_RATE_DENOMINATOR;
	const forFund = (fee * fund) / FEE_RATE_DENOMINATOR;
	going.protocolFee += forProtocol;
	going.fundFee += forFund;
	going.lpFee += fee - forProtocol - forFund;
	return null;
}
