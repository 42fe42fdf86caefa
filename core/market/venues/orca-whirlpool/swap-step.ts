import { U64_MAX } from "../../constant-product.ts";
import { MAX_SQRT_PRICE, MIN_SQRT_PRICE } from "../../tick-math.ts";

/** What a step moves, and where it ends; overwritten by every step. */
export interface SwapStep {
	amountIn: bigint;
	amountOut: bigint;
	fee: bigint;
	sqrtPrice: bigint;
}

/** A piece of a swap over which liquidity and fee rate stand still. */
export interface StepQuestion {
	readonly isExactIn: boolean;
	readonly isAToB: boolean;
	remaining: bigint;
	/** Parts of 10^6. */
	feeRate: bigint;
	liquidity: bigint;
	sqrtPrice: bigint;
	target: bigint;
}

const MILLION = 1_000_000n;
const Q64_MASK = 0xffff_ffff_ffff_ffffn;

/**
 * One step (whirlpools, math/swap_math.rs `compute_swap`). False where the program fails: an amount that is no u64, a
 * product that is no u256, or a price outside its range.
 */
export function computeStep(question: StepQuestion, into: SwapStep): boolean {
	const { isExactIn, isAToB, remaining, feeRate, liquidity, sqrtPrice, target } = question;
	const upper = isAToB ? sqrtPrice : target;
	const lower = isAToB ? target : sqrtPrice;
	const isFixedA = isExactIn === isAToB;
	// Amounts of token A pass through (liquidity * difference) << 64, which has to be a u256.
	if (isFixedA && (liquidity * (upper - lower)) >> 192n !== 0n) return false;
	const whole = isFixedA
		? amountOfA(liquidity, lower, upper, isExactIn)
		: amountOfB(liquidity, upper - lower, isExactIn);
	const usable = isExactIn ? (remaining * (MILLION - feeRate)) / MILLION : remaining;
	const next = whole <= usable ? target : nextSqrtPrice(question, usable);
	if (next < 0n) return false;
	const isWhole = next === target;
	const nextUpper = isAToB ? sqrtPrice : next;
	const nextLower = isAToB ? next : sqrtPrice;
	let fixed = whole;
	if (!isWhole || whole > U64_MAX) {
		fixed = isFixedA
			? amountOfA(liquidity, nextLower, nextUpper, isExactIn)
			: amountOfB(liquidity, nextUpper - nextLower, isExactIn);
	}
	if (!isFixedA && (liquidity * (nextUpper - nextLower)) >> 192n !== 0n) return false;
	const unfixed = isFixedA
		? amountOfB(liquidity, nextUpper - nextLower, !isExactIn)
		: amountOfA(liquidity, nextLower, nextUpper, !isExactIn);
	if (fixed > U64_MAX || unfixed > U64_MAX) return false;
	into.sqrtPrice = next;
	if (isExactIn) {
		into.amountIn = fixed;
		into.amountOut = unfixed;
	} else {
		into.amountIn = unfixed;
		into.amountOut = fixed;
		if (fixed > remaining) into.amountOut = remaining;
	}
	into.fee = isExactIn && !isWhole ? remaining - fixed : feeOn(into.amountIn, feeRate);
	return into.fee <= U64_MAX && into.fee >= 0n;
}

function feeOn(amountIn: bigint, feeRate: bigint): bigint {
	if (amountIn === 0n || feeRate === 0n) return 0n;
	return (amountIn * feeRate - 1n) / (MILLION - feeRate) + 1n;
}

/** whirlpools, math/token_math.rs `try_get_amount_delta_a`. */
function amountOfA(liquidity: bigint, lower: bigint, upper: bigint, isRoundedUp: boolean): bigint {
	const numerator = (liquidity * (upper - lower)) << 64n;
	if (numerator === 0n) return 0n;
	return isRoundedUp ? (numerator - 1n) / (upper * lower) + 1n : numerator / (upper * lower);
}

/** whirlpools, math/token_math.rs `try_get_amount_delta_b`. */
function amountOfB(liquidity: bigint, difference: bigint, isRoundedUp: boolean): bigint {
	const product = liquidity * difference;
	return isRoundedUp ? (product + Q64_MASK) >> 64n : product >> 64n;
}

/** The price after a part of a step; negative where the program fails (whirlpools, math/token_math.rs `get_next_sqrt_price`). */
function nextSqrtPrice(question: StepQuestion, amount: bigint): bigint {
	const { isExactIn, isAToB, liquidity, sqrtPrice } = question;
	if (isExactIn !== isAToB) {
		const shifted = amount << 64n;
		if (isExactIn) return sqrtPrice + shifted / liquidity;
		return sqrtPrice - (shifted + liquidity - 1n) / liquidity;
	}
	if (amount === 0n) return sqrtPrice;
	const product = liquidity * sqrtPrice;
	if (product >> 192n !== 0n) return -1n;
	const moved = sqrtPrice * amount;
	const denominator = isExactIn ? (liquidity << 64n) + moved : (liquidity << 64n) - moved;
	if (denominator <= 0n) return -1n;
	const next = ((product << 64n) + denominator - 1n) / denominator;
	return next < MIN_SQRT_PRICE || next > MAX_SQRT_PRICE ? -1n : next;
}
