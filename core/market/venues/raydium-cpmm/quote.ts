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

/** What is taken from swaps in one direction, in parts of {@link FEE_RATE_DENOMINATOR}. */
interface Rates {
	/** All that is taken from the input, and what is left of it. */
	readonly input: bigint;
	readonly inputKept: bigint;
	/** What the creator takes from the output, and what is left of it. */
	readonly output: bigint;
	readonly outputKept: bigint;
	readonly hasOutputFee: boolean;
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
	const { reserveA, reserveB } = request.state;
	const isAToB = request.direction === "aToB";
	const reserveIn = isAToB ? reserveA : reserveB;
	const reserveOut = isAToB ? reserveB : reserveA;
	if (!isPriced(reserveIn, reserveOut)) return failure("insufficientLiquidity");
	const rates = ratesOf(request.pool, isAToB);
	if (rates.isSplitImpossible) return failure("zeroOutput");
	if (overflows(reserveIn, amountIn)) return failure("amountOverflow");
	// To round a fee up is to round the rest down, which takes one division and no more.
	const net = (amountIn * rates.inputKept) / FEE_RATE_DENOMINATOR;
	const swapped = curveOutput(net, reserveIn, reserveOut);
	const amountOut = rates.hasOutputFee ? (swapped * rates.outputKept) / FEE_RATE_DENOMINATOR : swapped;
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
	const isAToB = direction === "aToB";
	const [reserveIn, reserveOut] = isAToB ? [state.reserveA, state.reserveB] : [state.reserveB, state.reserveA];
	const rates = ratesOf(pool, isAToB);
	const tradeFeeRate = parameter(pool, "tradeFeeRate");
	const creatorFee = rates.input > tradeFeeRate ? (fee * (rates.input - tradeFeeRate)) / rates.input : 0n;
	const tradeFee = fee - creatorFee;
	const owed = (rate: bigint): bigint => (tradeFee * rate) / FEE_RATE_DENOMINATOR;
	const taken = creatorFee + owed(parameter(pool, "protocolFeeRate")) + owed(parameter(pool, "fundFeeRate"));
	const swapped = curveOutput(amountIn - fee, reserveIn, reserveOut);
	const left = rates.hasOutputFee ? reserveOut - swapped : reserveOut - amountOut;
	const [reserveA, reserveB] = isAToB ? [reserveIn + amountIn - taken, left] : [left, reserveIn + amountIn - taken];
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
	const { reserveA, reserveB } = request.state;
	const isAToB = request.direction === "aToB";
	const [reserveIn, reserveOut] = isAToB ? [reserveA, reserveB] : [reserveB, reserveA];
	if (!isPriced(reserveIn, reserveOut)) return failure("insufficientLiquidity");
	const rates = ratesOf(request.pool, isAToB);
	const leaving = beforeFee(amountOut, rates.output);
	if (leaving >= reserveOut) return failure("insufficientLiquidity");
	const swapped = curveInput(leaving, reserveIn, reserveOut);
	const amountIn = beforeFee(swapped, rates.input);
	if (amountIn > U64_MAX) return failure("amountOverflow");
	if (rates.isSplitImpossible) return failure("zeroOutput");
	if (overflows(reserveIn, amountIn)) return failure("amountOverflow");
	return success({ amountIn, amountOut, fee: amountIn - swapped, feeSide: "input", arrays: NO_ARRAYS });
}

const HALF = U64_MAX >> 1n;

/** The sum is only built where it can be too much: a comparison allocates nothing. */
function overflows(reserve: bigint, amount: bigint): boolean {
	return (reserve > HALF || amount > HALF) && reserve + amount > U64_MAX;
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
function isPriced(reserveIn: bigint, reserveOut: bigint): boolean {
	return reserveIn > 0n && reserveOut > 0n;
}

interface PoolRates {
	readonly aToB: Rates;
	readonly bToA: Rates;
}

/** What a descriptor's parameters come to, worked out once: this runs for every quote. */
const known = new WeakMap<PoolDescriptor, PoolRates>();

function ratesOf(pool: PoolDescriptor, isAToB: boolean): Rates {
	let rates = known.get(pool);
	if (rates === undefined) {
		rates = { aToB: newRates(pool, 1n), bToA: newRates(pool, 2n) };
		known.set(pool, rates);
	}
	return isAToB ? rates.aToB : rates.bToA;
}

/**
 * Which side pays the creator: raydium-cp-swap, states/pool.rs `is_creator_fee_on_input`.
 *
 * @param ofInput the value of `creator_fee_on` by which it is the input of this direction alone
 */
function newRates(pool: PoolDescriptor, ofInput: bigint): Rates {
	const trade = parameter(pool, "tradeFeeRate");
	const isEnabled = parameter(pool, "enableCreatorFee") !== 0n;
	const creator = isEnabled ? parameter(pool, "creatorFeeRate") : 0n;
	const creatorFeeOn = parameter(pool, "creatorFeeOn");
	const isCreatorFeeOnInput = creatorFeeOn === 0n || creatorFeeOn === ofInput;
	const input = isCreatorFeeOnInput ? trade + creator : trade;
	const output = isCreatorFeeOnInput ? 0n : creator;
	return {
		input,
		inputKept: FEE_RATE_DENOMINATOR - input,
		output,
		outputKept: FEE_RATE_DENOMINATOR - output,
		hasOutputFee: output !== 0n,
		isSplitImpossible: isCreatorFeeOnInput && input === 0n,
	};
}

function parameter(pool: PoolDescriptor, name: string): bigint {
	return pool.parameters[name] ?? missing(pool, name);
}

function missing(pool: PoolDescriptor, name: string): never {
	throw new Error(`pool ${pool.address} has no parameter ${name}: describe it with its own venue`);
}
