import { U64_MAX } from "../../constant-product.ts";
import type { NoQuoteCode } from "../venue.ts";
import { arrayStart, isArrayInitialized, isInExtension, nextArray } from "./array-bitmap.ts";
import { accumulate, totalRate, type Volatility, volatilityAt } from "./dynamic-fee.ts";
import type { ClmmPool, ClmmState } from "./layout.ts";
import { matchOrders } from "./limit-order.ts";
import { FEE_RATE_DENOMINATOR, MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK } from "./pool-account.ts";
import type { ClmmQuoteRequest } from "./quote.ts";
import { computeStep } from "./swap-step.ts";
import { firstTick, nextTick, priceOf, type Tick, type TickArray } from "./tick-array.ts";
import { sqrtPriceAtTick, tickAtSqrtPrice } from "./tick-price.ts";

/** What is left of a tick's limit orders. */
export interface TouchedTick {
	/** Start of its array. */
	readonly start: number;
	readonly tick: number;
	readonly ordersAmount: bigint;
	readonly partFilled: bigint;
}

/** A swap on its way through a pool (raydium-clmm, instructions/swap.rs `SwapState`). */
export interface Walk {
	readonly pool: ClmmPool;
	readonly state: ClmmState;
	readonly isZeroForOne: boolean;
	readonly isExactIn: boolean;
	readonly isFeeOnInput: boolean;
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
	/** In tick spacings; of a dynamic fee only. */
	spacingIndex: number;
	readonly volatility: Volatility | null;
	readonly arrays: number[];
	readonly touched: TouchedTick[];
	needsBitmapExtension: boolean;
	steps: number;
}

/** More steps than any transaction's compute budget pays for. */
const MOST_STEPS = 4_096;
/** Prices kept of ticks that a dynamic fee stops at. */
const MOST_PRICES = 4_096;
const U32 = 32;

export function startWalk(
	{ pool, state, direction, clock }: ClmmQuoteRequest,
	amount: bigint,
	isExactIn: boolean,
): Walk {
	const isZeroForOne = direction === "aToB";
	const { dynamicFee, tickSpacing, feeOn } = pool;
	const spacingIndex = dynamicFee === null ? 0 : Math.floor(state.tick / tickSpacing);
	const now = { index: spacingIndex, seconds: BigInt.asUintN(U32, clock.unixSeconds) };
	return {
		pool,
		state,
		isZeroForOne,
		isExactIn,
		isFeeOnInput: feeOn === "input" || (feeOn === "token0") === isZeroForOne,
		limit: isZeroForOne ? MIN_SQRT_PRICE + 1n : MAX_SQRT_PRICE - 1n,
		remaining: amount,
		calculated: 0n,
		sqrtPrice: state.sqrtPrice,
		tick: state.tick,
		liquidity: state.liquidity,
		lpFee: 0n,
		protocolFee: 0n,
		fundFee: 0n,
		spacingIndex,
		volatility: dynamicFee === null ? null : volatilityAt(state.volatility, dynamicFee, now),
		arrays: [],
		touched: [],
		needsBitmapExtension: false,
		steps: 0,
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
		const stopped = walkTo(going, tick, array.start);
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
function walkTo(going: Walk, next: Tick, arrayStartIndex: number): NoQuoteCode | null {
	const { isZeroForOne, limit } = going;
	const nextPrice = priceOf(next);
	const isPastLimit = isZeroForOne ? nextPrice < limit : nextPrice > limit;
	const target = isPastLimit ? limit : nextPrice;
	// The price and the tick of the pool contradict its arrays: the program stops the swap by an assertion.
	if (isZeroForOne ? going.sqrtPrice < target : going.sqrtPrice > target) return "priceLimit";
	let liquidityAfter = going.liquidity;
	for (;;) {
		if (++going.steps > MOST_STEPS) return "insufficientLiquidity";
		const bound = boundOf(going, target);
		const before = going.sqrtPrice;
		const rate = rateOf(going);
		if (before !== bound.price) {
			const stopped = stepTo(going, bound.price, rate);
			if (stopped !== null) return stopped;
		}
		if (going.sqrtPrice === nextPrice) {
			const crossed = reach(going, { next, arrayStartIndex, rate });
			if (typeof crossed === "string") return crossed;
			liquidityAfter = crossed;
		} else if (going.sqrtPrice !== before) {
			const isAtBound = bound.tick !== null && going.sqrtPrice === bound.price;
			going.tick = isAtBound ? (bound.tick as number) : tickAtSqrtPrice(going.sqrtPrice);
		}
		if (going.volatility !== null) leaveSpacing(going, bound.isSkipping, nextPrice, next.tick);
		if (going.remaining === 0n || going.sqrtPrice === target) break;
	}
	going.liquidity = liquidityAfter;
	if (going.liquidity < 0n) return "insufficientLiquidity";
	return null;
}

function stepTo(going: Walk, target: bigint, rate: bigint): NoQuoteCode | null {
	const { sqrtPrice, liquidity, remaining, isZeroForOne, isExactIn, isFeeOnInput } = going;
	const step = computeStep({
		sqrtPrice,
		target,
		liquidity,
		amount: remaining,
		rate,
		isZeroForOne,
		isExactIn,
		isFeeOnInput,
	});
	if (typeof step === "string") return step;
	going.sqrtPrice = step.sqrtPrice;
	return book(going, step);
}

/** Counts amounts and fee (`apply_swap_amounts`, `spilt_fees`). */
function book(
	going: Walk,
	{ amountIn, amountOut, fee }: { readonly amountIn: bigint; readonly amountOut: bigint; readonly fee: bigint },
): NoQuoteCode | null {
	const consumed = going.isFeeOnInput ? amountIn + fee : amountIn;
	going.remaining -= going.isExactIn ? consumed : amountOut;
	going.calculated += going.isExactIn ? amountOut : consumed;
	if (going.remaining < 0n || going.calculated > U64_MAX) return "amountOverflow";
	if (fee === 0n) return null;
	const { protocol, fund } = going.pool.rates;
	const forProtocol = (fee * protocol) / FEE_RATE_DENOMINATOR;
	const forFund = (fee * fund) / FEE_RATE_DENOMINATOR;
	const rest = fee - forProtocol - forFund;
	going.protocolFee += forProtocol;
	going.fundFee += forFund;
	if (going.liquidity > 0n) going.lpFee += rest;
	else going.protocolFee += rest;
	return null;
}

/** At a tick's price: its limit orders, then its liquidity. Returns the liquidity beyond. */
function reach(
	going: Walk,
	{ next, arrayStartIndex, rate }: { readonly next: Tick; readonly arrayStartIndex: number; readonly rate: bigint },
): bigint | NoQuoteCode {
	const { isZeroForOne, isExactIn, isFeeOnInput, remaining, sqrtPrice } = going;
	let unfilled = next.ordersAmount + next.partFilled;
	if (unfilled > U64_MAX) return "amountOverflow";
	if (unfilled > 0n && remaining > 0n) {
		const match = matchOrders({
			amount: remaining,
			unfilled,
			sqrtPrice,
			rate,
			isZeroForOne,
			isExactIn,
			isFeeOnInput,
		});
		if (typeof match === "string") return match;
		const stopped = book(going, match);
		if (stopped !== null) return stopped;
		if (match.taken > 0n) going.touched.push(leftAt(next, arrayStartIndex, match.taken));
		unfilled -= match.taken;
	}
	const isStanding = unfilled > 0n;
	// Orders that are left keep the price at their tick, on the side from which the next swap meets them again.
	going.tick = isZeroForOne === isStanding ? next.tick : next.tick - 1;
	if (isStanding || !next.hasLiquidity) return going.liquidity;
	const after = going.liquidity + (isZeroForOne ? -next.liquidityNet : next.liquidityNet);
	return after < 0n || after >= U128_END ? "amountOverflow" : after;
}

const U128_END = 1n << 128n;

/** The partly filled orders go first; what is then taken makes the others partly filled. */
function leftAt({ tick, ordersAmount, partFilled }: Tick, start: number, taken: bigint): TouchedTick {
	if (taken <= partFilled) return { start, tick, ordersAmount, partFilled: partFilled - taken };
	return { start, tick, ordersAmount: 0n, partFilled: ordersAmount - (taken - partFilled) };
}

interface Bound {
	readonly price: bigint;
	/** The tick at {@link price}, where the end of a spacing bounds the step. */
	readonly tick: number | null;
	/** The fee does not change before the target, so that spacings need not be counted one by one. */
	readonly isSkipping: boolean;
}

/** How far the fee rate holds (`get_spacing_bounded_price`), after the volatility of the way so far has been counted. */
function boundOf(going: Walk, target: bigint): Bound {
	const { pool, volatility, isZeroForOne, liquidity, spacingIndex, state } = going;
	const { dynamicFee, tickSpacing } = pool;
	if (volatility === null || dynamicFee === null) return { price: target, tick: null, isSkipping: true };
	accumulate(volatility, dynamicFee, spacingIndex);
	if (liquidity === 0n || volatility.accumulator === dynamicFee.maximumAccumulator) {
		return { price: target, tick: null, isSkipping: true };
	}
	const edge = (isZeroForOne ? spacingIndex : spacingIndex + 1) * tickSpacing;
	const tick = Math.max(MIN_TICK, Math.min(MAX_TICK, edge));
	const price = rememberedPrice(state.prices, tick);
	if (isZeroForOne ? target > price : target < price) return { price: target, tick: null, isSkipping: false };
	return { price, tick, isSkipping: false };
}

function rememberedPrice(prices: Map<number, bigint>, tick: number): bigint {
	const known = prices.get(tick);
	if (known !== undefined) return known;
	const price = sqrtPriceAtTick(tick);
	if (prices.size >= MOST_PRICES) prices.clear();
	prices.set(tick, price);
	return price;
}

function rateOf({ pool, volatility }: Walk): bigint {
	const { dynamicFee, rates, tickSpacing } = pool;
	if (volatility === null || dynamicFee === null) return rates.trade;
	return totalRate({ baseRate: rates.trade, fee: dynamicFee, accumulator: volatility.accumulator, tickSpacing });
}

/** Counts the spacings that the step passed (`update_dynamic_fee_index`). */
function leaveSpacing(going: Walk, isSkipping: boolean, nextPrice: bigint, nextTickIndex: number): void {
	const { pool, volatility, isZeroForOne } = going;
	const { dynamicFee, tickSpacing } = pool;
	if (volatility === null || dynamicFee === null) return;
	if (isSkipping) {
		const tick = going.sqrtPrice === nextPrice ? nextTickIndex : going.tick;
		going.spacingIndex = Math.floor(tick / tickSpacing);
		if (!isZeroForOne && tick % tickSpacing === 0) going.spacingIndex--;
		if (volatility.accumulator !== dynamicFee.maximumAccumulator)
			accumulate(volatility, dynamicFee, going.spacingIndex);
	}
	going.spacingIndex += isZeroForOne ? -1 : 1;
}
