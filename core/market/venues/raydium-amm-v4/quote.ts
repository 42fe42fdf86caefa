import { failure, success } from "../../../types/result.ts";
import { ceilDiv, curveInput, curveOutput, U64_MAX } from "../../constant-product.ts";
import {
	NO_ARRAYS,
	type NoQuoteCode,
	type QuoteRequest,
	type QuoteResult,
	type ReserveState,
	type SwapRequest,
} from "../venue.ts";

/** Raydium-amm computes in math.rs `U128` and panics beyond it. */
const U128_MAX = (1n << 128n) - 1n;

/**
 * Output for an exact input (raydium-amm, processor.rs `process_swap_base_in`; math.rs `swap_token_amount_base_in`).
 * The fee is rounded up and leaves the input before the curve; the output is rounded down. An input that
 * together with the reserve passes 2^64 is more than the rest of the mint's supply: no trader can hold it.
 */
export function quoteExactIn(request: QuoteRequest): QuoteResult {
	const refusal = refuseState(request);
	if (refusal !== undefined) return failure(refusal);
	const { amount: amountIn, pool } = request;
	const { reserveIn, reserveOut } = orient(request);
	if (amountIn <= 0n) return failure("zeroInput");
	if (reserveIn + amountIn > U64_MAX) return failure("amountOverflow");
	const fee = ceilDiv(amountIn * pool.feeNumerator, pool.feeDenominator);
	const amountInAfterFee = amountIn - fee;
	if (reserveIn + amountInAfterFee === 0n) return failure("insufficientLiquidity");
	const amountOut = curveOutput(amountInAfterFee, reserveIn, reserveOut);
	if (amountOut === 0n) return failure("zeroOutput");
	if (amountOut >= reserveOut) return failure("insufficientLiquidity");
	return success({ amountIn, amountOut, fee, feeSide: "input", arrays: NO_ARRAYS });
}

/** The whole input stays in the pool, its fee too (raydium-amm, processor.rs `process_swap_base_in`). */
export function afterSwap({ state, direction, quote }: SwapRequest): ReserveState {
	const { amountIn, amountOut } = quote;
	const { swapEnabled, openTimeSeconds } = state;
	const [reserveA, reserveB] =
		direction === "aToB"
			? [state.reserveA + amountIn, state.reserveB - amountOut]
			: [state.reserveA - amountOut, state.reserveB + amountIn];
	return { reserveA, reserveB, swapEnabled, openTimeSeconds };
}

/**
 * Input for an exact output (raydium-amm, processor.rs `process_swap_base_out`; math.rs `swap_token_amount_base_out`).
 * Both the curve's input and the input with the fee on top are rounded up; `fee` is the difference of the two.
 */
export function quoteExactOut(request: QuoteRequest): QuoteResult {
	const refusal = refuseState(request);
	if (refusal !== undefined) return failure(refusal);
	const { amount: amountOut, pool } = request;
	const { reserveIn, reserveOut } = orient(request);
	if (amountOut <= 0n) return failure("zeroOutput");
	if (amountOut >= reserveOut) return failure("insufficientLiquidity");
	const amountInBeforeFee = curveInput(amountOut, reserveIn, reserveOut);
	const scaled = amountInBeforeFee * pool.feeDenominator;
	if (scaled > U128_MAX) return failure("amountOverflow");
	const amountIn = ceilDiv(scaled, pool.feeDenominator - pool.feeNumerator);
	if (amountIn === 0n) return failure("zeroInput");
	if (reserveIn + amountIn > U64_MAX) return failure("amountOverflow");
	return success({ amountIn, amountOut, fee: amountIn - amountInBeforeFee, feeSide: "input", arrays: NO_ARRAYS });
}

/**
 * The refusals that do not depend on the curve, in the program's order. A reserve below zero is a vault that owes more
 * than it holds.
 */
function refuseState({ state, clock, amount }: QuoteRequest): NoQuoteCode | undefined {
	if (amount > U64_MAX) return "amountOverflow";
	if (!state.swapEnabled) return "swapDisabled";
	if (clock.unixSeconds < state.openTimeSeconds) return "notOpenYet";
	if (state.reserveA < 0n || state.reserveB < 0n) return "insufficientLiquidity";
	return undefined;
}

function orient({ state, direction }: QuoteRequest): { reserveIn: bigint; reserveOut: bigint } {
	return direction === "aToB"
		? { reserveIn: state.reserveA, reserveOut: state.reserveB }
		: { reserveIn: state.reserveB, reserveOut: state.reserveA };
}
