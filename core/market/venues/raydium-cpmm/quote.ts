import { failure, success } from "../../../types/result.ts";
import { ceilDiv, curveInput, curveOutput, U64_MAX } from "../../constant-product.ts";
import type { PoolDescriptor } from "../../pool.ts";
import {
	NO_ARRAYS,
	type NoQuoteCode,
	type QuoteRequest,
	type QuoteResult,
	type ReserveState,
	type SwapRequest,
} from "../venue.ts";
import { FEE_RATE_DENOMINATOR } from "./layout.ts";

/** What a swap in one direction computes with. */
interface Side {
	readonly reserveIn: bigint;
	readonly reserveOut: bigint;
	/** All that is taken from the input, in parts of {@link FEE_RATE_DENOMINATOR}. */
	readonly inputRate: bigint;
	/** What the creator takes from the output. */
	readonly outputRate: bigint;
	/** The program splits the input's fee between pool and creator, by a division that fails when both rates are 0. */
	readonly isSplitImpossible: boolean;
}

/**
 * Output for an exact input (raydium-cp-swap, instructions/swap_base_input.rs, curve/calculator.rs `swap_base_input`).
 * Fees are rounded up, the output down. `fee` is what leaves the input; where the creator takes a fee from the output it
 * is already missing in `amountOut`.
 */
export function quoteExactIn(request: QuoteRequest): QuoteResult {
	const closed = refuseClosed(request);
	if (closed !== undefined) return failure(closed);
	const amountIn = request.amount;
	if (amountIn <= 0n) return failure("zeroInput");
	const side = sideOf(request);
	if (!isPriced(side)) return failure("insufficientLiquidity");
	if (side.isSplitImpossible) return failure("zeroOutput");
	if (overflows(side.reserveIn, amountIn)) return failure("amountOverflow");
	const net = afterFee(amountIn, side.inputRate);
	const amountOut = afterFee(curveOutput(net, side.reserveIn, side.reserveOut), side.outputRate);
	if (amountOut === 0n) return failure("zeroOutput");
	return success({ amountIn, amountOut, fee: amountIn - net, feeSide: "input", arrays: NO_ARRAYS });
}

/**
 * What the curve sees next: the vaults have the whole input and have given the output, and what protocol, fund and
 * creator are owed is not the curve's (raydium-cp-swap, curve/calculator.rs `swap_base_input`, states/pool.rs
 * `update_fees`).
 */
export function afterSwap(request: SwapRequest): ReserveState {
	const { pool, state, direction } = request;
	const { amountIn, amountOut, fee } = request.quote;
	const { swapEnabled, openTimeSeconds } = state;
	const { reserveIn, reserveOut, inputRate, outputRate } = sideOf(request);
	const tradeFeeRate = parameter(pool, "tradeFeeRate");
	const creatorFee = inputRate > tradeFeeRate ? (fee * (inputRate - tradeFeeRate)) / inputRate : 0n;
	const tradeFee = fee - creatorFee;
	const owed = (rate: bigint): bigint => (tradeFee * rate) / FEE_RATE_DENOMINATOR;
	const taken = creatorFee + owed(parameter(pool, "protocolFeeRate")) + owed(parameter(pool, "fundFeeRate"));
	const swapped = curveOutput(amountIn - fee, reserveIn, reserveOut);
	const left = outputRate === 0n ? reserveOut - amountOut : reserveOut - swapped;
	const [reserveA, reserveB] =
		direction === "aToB" ? [reserveIn + amountIn - taken, left] : [left, reserveIn + amountIn - taken];
	return { reserveA, reserveB, swapEnabled, openTimeSeconds };
}

/**
 * Input for an exact output (raydium-cp-swap, instructions/swap_base_output.rs, curve/calculator.rs `swap_base_output`).
 * Each step is rounded up; `fee` as in {@link quoteExactIn}.
 */
export function quoteExactOut(request: QuoteRequest): QuoteResult {
	const amountOut = request.amount;
	if (amountOut <= 0n) return failure("zeroOutput");
	const closed = refuseClosed(request);
	if (closed !== undefined) return failure(closed);
	const side = sideOf(request);
	if (!isPriced(side)) return failure("insufficientLiquidity");
	const leaving = beforeFee(amountOut, side.outputRate);
	if (leaving >= side.reserveOut) return failure("insufficientLiquidity");
	const swapped = curveInput(leaving, side.reserveIn, side.reserveOut);
	const amountIn = beforeFee(swapped, side.inputRate);
	if (amountIn > U64_MAX) return failure("amountOverflow");
	if (side.isSplitImpossible) return failure("zeroOutput");
	if (overflows(side.reserveIn, amountIn)) return failure("amountOverflow");
	return success({ amountIn, amountOut, fee: amountIn - swapped, feeSide: "input", arrays: NO_ARRAYS });
}

const HALF = U64_MAX >> 1n;

/** The sum is only built where it can be too much: a comparison allocates nothing. */
function overflows(reserve: bigint, amount: bigint): boolean {
	return (reserve > HALF || amount > HALF) && reserve + amount > U64_MAX;
}

/** What is left of an amount: to round a fee up is to round the rest down, which takes one division and no more. */
function afterFee(amount: bigint, rate: bigint): bigint {
	return rate === 0n ? amount : (amount * (FEE_RATE_DENOMINATOR - rate)) / FEE_RATE_DENOMINATOR;
}

/** The amount of which `net` is left when `rate` has been taken off, rounded up (curve/fees.rs `calculate_pre_fee_amount`). */
function beforeFee(net: bigint, rate: bigint): bigint {
	return rate === 0n ? net : ceilDiv(net * FEE_RATE_DENOMINATOR, FEE_RATE_DENOMINATOR - rate);
}

function refuseClosed({ state, amount, clock }: QuoteRequest): NoQuoteCode | undefined {
	if (amount > U64_MAX) return "amountOverflow";
	if (!state.swapEnabled) return "swapDisabled";
	if (clock.unixSeconds < state.openTimeSeconds) return "notOpenYet";
	return undefined;
}

/** A reserve below zero is a vault that owes more than it holds; one of zero has no price. */
function isPriced(side: Side): boolean {
	return side.reserveIn > 0n && side.reserveOut > 0n;
}

/** Which side pays the creator: raydium-cp-swap, states/pool.rs `is_creator_fee_on_input`. */
function sideOf({ pool, state, direction }: Pick<QuoteRequest, "pool" | "state" | "direction">): Side {
	const isInputTokenA = direction === "aToB";
	// Read by their names and not through a function: this runs for every quote.
	const { parameters } = pool;
	const tradeFeeRate = parameters["tradeFeeRate"] ?? missing(pool, "tradeFeeRate");
	const isEnabled = (parameters["enableCreatorFee"] ?? missing(pool, "enableCreatorFee")) !== 0n;
	const creatorFeeRate = isEnabled ? (parameters["creatorFeeRate"] ?? missing(pool, "creatorFeeRate")) : 0n;
	const creatorFeeOn = parameters["creatorFeeOn"] ?? missing(pool, "creatorFeeOn");
	const isCreatorFeeOnInput = creatorFeeOn === 0n || creatorFeeOn === (isInputTokenA ? 1n : 2n);
	const inputRate = isCreatorFeeOnInput ? tradeFeeRate + creatorFeeRate : tradeFeeRate;
	return {
		reserveIn: isInputTokenA ? state.reserveA : state.reserveB,
		reserveOut: isInputTokenA ? state.reserveB : state.reserveA,
		inputRate,
		outputRate: isCreatorFeeOnInput ? 0n : creatorFeeRate,
		isSplitImpossible: isCreatorFeeOnInput && inputRate === 0n,
	};
}

function parameter(pool: PoolDescriptor, name: string): bigint {
	return pool.parameters[name] ?? missing(pool, name);
}

function missing(pool: PoolDescriptor, name: string): never {
	throw new Error(`pool ${pool.address} has no parameter ${name}: describe it with its own venue`);
}
