import { ceilDiv, U64_MAX } from "../../constant-product.ts";
import type { NoQuoteCode } from "../venue.ts";
import { FEE_RATE_DENOMINATOR } from "./pool-account.ts";

const LOW_64 = U64_MAX;

/** A swap along one range of unchanged liquidity. */
export interface StepQuestion {
	readonly sqrtPrice: bigint;
	readonly target: bigint;
	readonly liquidity: bigint;
	/** What is left of the input or of the wanted output. */
	readonly amount: bigint;
	/** Parts of 10^6. */
	readonly rate: bigint;
	readonly isZeroForOne: boolean;
	readonly isExactIn: boolean;
}

export interface Step {
	sqrtPrice: bigint;
	amountIn: bigint;
	amountOut: bigint;
	fee: bigint;
}

/** One step of a swap (raydium-clmm, libraries/swap_math.rs `compute_swap`). */
export function computeStep(question: StepQuestion): Step | NoQuoteCode {
	const { amount, target, rate, isExactIn } = question;
	const priced = isExactIn ? (amount * (FEE_RATE_DENOMINATOR - rate)) / FEE_RATE_DENOMINATOR : amount;
	const step = stepToTarget(question, priced) ?? stepWithin(question, priced);
	if (typeof step === "string") return step;
	if (!isExactIn && step.amountOut > amount) step.amountOut = amount;
	// A swap that ends within the range leaves all the rest of its input as fee.
	if (isExactIn && step.sqrtPrice !== target) step.fee = amount - step.amountIn;
	else step.fee = ceilDiv(step.amountIn * rate, FEE_RATE_DENOMINATOR - rate);
	return step.fee > U64_MAX ? "amountOverflow" : step;
}

/** The whole way to the target; null when the amount ends before it, or the way's own amounts pass a u64. */
function stepToTarget(question: StepQuestion, priced: bigint): Step | null {
	const { target, isExactIn } = question;
	if (isExactIn) {
		const amountIn = inputBetween(question, target);
		if (amountIn > priced) return null;
		const amountOut = outputBetween(question, target);
		return amountOut > U64_MAX ? null : { sqrtPrice: target, amountIn, amountOut, fee: 0n };
	}
	const amountOut = outputBetween(question, target);
	if (amountOut > priced) return null;
	const amountIn = inputBetween(question, target);
	return amountIn > U64_MAX ? null : { sqrtPrice: target, amountIn, amountOut, fee: 0n };
}

/** As far as the amount goes (libraries/sqrt_price_math.rs `get_next_sqrt_price_from_{input,output}`). */
function stepWithin(question: StepQuestion, priced: bigint): Step | NoQuoteCode {
	const { sqrtPrice, target, liquidity, isZeroForOne, isExactIn } = question;
	if (liquidity === 0n) return "insufficientLiquidity";
	let next: bigint;
	if (priced === 0n) next = sqrtPrice;
	else if (isZeroForOne === isExactIn) {
		const shifted = liquidity << 64n;
		const moved = priced * sqrtPrice;
		const divisor = isExactIn ? shifted + moved : shifted - moved;
		if (divisor <= 0n) return "amountOverflow";
		next = ceilDiv(shifted * sqrtPrice, divisor);
	} else if (isExactIn) next = sqrtPrice + (priced << 64n) / liquidity;
	else next = sqrtPrice - ceilDiv(priced << 64n, liquidity);
	if (isZeroForOne ? next < target : next > target) return "amountOverflow";
	const amountIn = inputBetween(question, next);
	const amountOut = outputBetween(question, next);
	if (amountIn > U64_MAX || amountOut > U64_MAX) return "amountOverflow";
	return { sqrtPrice: next, amountIn, amountOut, fee: 0n };
}

/** What the way to `next` takes, rounded up (libraries/liquidity_math.rs `get_delta_amounts_for_swap`). */
function inputBetween({ sqrtPrice, liquidity, isZeroForOne }: StepQuestion, next: bigint): bigint {
	const moved = liquidity * (next > sqrtPrice ? next - sqrtPrice : sqrtPrice - next);
	return isZeroForOne ? ceilDiv(moved << 64n, sqrtPrice * next) : (moved + LOW_64) >> 64n;
}

/** What the way to `next` gives, rounded down. */
function outputBetween({ sqrtPrice, liquidity, isZeroForOne }: StepQuestion, next: bigint): bigint {
	const moved = liquidity * (next > sqrtPrice ? next - sqrtPrice : sqrtPrice - next);
	return isZeroForOne ? moved >> 64n : (moved << 64n) / (sqrtPrice * next);
}
