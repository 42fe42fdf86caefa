import { failure, type Result, success } from "../../../types/result.ts";
import type { ChainClock } from "../../chain-clock.ts";
import { U64_MAX } from "../../constant-product.ts";
import { sentFor, type TransferFee, transferFeeAt, withheld } from "../../transfer-fee.ts";
import type { Direction, NoQuoteCode } from "../venue.ts";
import type { ClmmPool, ClmmState } from "./layout.ts";
import { startWalk, type Walk, walk } from "./walk.ts";

export interface ClmmQuoteRequest {
	readonly pool: ClmmPool;
	/** Not changed, but for the memo of ticks' prices. */
	readonly state: ClmmState;
	/** `aToB` gives token 0 for token 1. */
	readonly direction: Direction;
	/** Input amount for {@link quoteExactIn}, output amount for {@link quoteExactOut}; base units, transfer fees included. */
	readonly amount: bigint;
	readonly clock: ChainClock;
}

/** Who gets the fee, in base units of the token of `feeSide`. */
export interface ClmmFeeSplit {
	readonly liquidityProviders: bigint;
	readonly protocol: bigint;
	readonly fund: bigint;
}

/** What the swap does to the pool; `afterSwap` makes a state of it. */
export interface ClmmAfter {
	readonly sqrtPrice: bigint;
	readonly tick: number;
	readonly liquidity: bigint;
	/** The fees are counted in token 0. */
	readonly isFeeInToken0: boolean;
}

export interface ClmmQuote {
	/** What leaves the trader, transfer fee included. */
	readonly amountIn: bigint;
	/** What reaches the trader, transfer fee taken off. */
	readonly amountOut: bigint;
	/** The venue's whole fee, in base units of the token of `feeSide`. */
	readonly fee: bigint;
	readonly feeSide: "input";
	readonly fees: ClmmFeeSplit;
	/** Starts of the tick arrays, in the order in which the program wants them. */
	readonly arrays: readonly number[];
	/** The program looks into the pool's bitmap extension: its account must be among the remaining ones. */
	readonly needsBitmapExtension: boolean;
	readonly after: ClmmAfter;
}

export type ClmmQuoteResult = Result<ClmmQuote, NoQuoteCode>;

/**
 * Output for an exact input (raydium-clmm commit 03b44b7, instructions/swap_v2.rs `exact_internal_v2`, instructions/swap.rs
 * `swap_internal`), without a price limit. Pools with
 * limit orders, a dynamic fee or a fee on one token are refused by the decoder.
 */
export function quoteExactIn(request: ClmmQuoteRequest): ClmmQuoteResult {
	const { amount, state } = request;
	if (amount <= 0n) return failure("zeroInput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const refused = refusal(request);
	if (refused !== null) return failure(refused);
	const fees = transferFees(request);
	const arriving = fees.in === null ? amount : amount - withheld(amount, fees.in);
	if (arriving === 0n) return failure("transferFee");
	const going = startWalk(request, arriving, true);
	const stopped = walk(going, state);
	if (stopped !== null) return failure(stopped);
	if (going.calculated === 0n) return failure("zeroOutput");
	const amountOut = fees.out === null ? going.calculated : going.calculated - withheld(going.calculated, fees.out);
	if (amountOut === 0n) return failure("transferFee");
	return settle(going, amount, amountOut);
}

/** Input for an exact output; sources and scope as {@link quoteExactIn}. */
export function quoteExactOut(request: ClmmQuoteRequest): ClmmQuoteResult {
	const { amount, state } = request;
	if (amount <= 0n) return failure("zeroOutput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const refused = refusal(request);
	if (refused !== null) return failure(refused);
	const fees = transferFees(request);
	const leaving = sentFor(amount, fees.out);
	if (leaving === null) return failure("transferFee");
	const going = startWalk(request, leaving, false);
	const stopped = walk(going, state);
	if (stopped !== null) return failure(stopped);
	if (going.calculated === 0n) return failure("zeroInput");
	const amountIn = sentFor(going.calculated, fees.in);
	if (amountIn === null) return failure("transferFee");
	return settle(going, amountIn, amount);
}

/** What no amount would change (`get_status_by_bit`, `open_time`). */
function refusal({ state, clock }: ClmmQuoteRequest): NoQuoteCode | null {
	if (!state.swapEnabled) return "swapDisabled";
	return clock.unixSeconds <= state.openTimeSeconds ? "notOpenYet" : null;
}

function transferFees({ pool, direction, clock }: ClmmQuoteRequest): {
	readonly in: TransferFee | null;
	readonly out: TransferFee | null;
} {
	const feeA = transferFeeAt(pool.transferFeeA, clock.epoch);
	const feeB = transferFeeAt(pool.transferFeeB, clock.epoch);
	return direction === "aToB" ? { in: feeA, out: feeB } : { in: feeB, out: feeA };
}

/** Fails where the program's counters would (states/pool.rs `update_fee`). */
function settle(going: Walk, amountIn: bigint, amountOut: bigint): ClmmQuoteResult {
	const { state, lpFee, protocolFee, fundFee, isZeroForOne: isFeeInToken0 } = going;
	const protocolBefore = isFeeInToken0 ? state.protocolFees0 : state.protocolFees1;
	const fundBefore = isFeeInToken0 ? state.fundFees0 : state.fundFees1;
	const fee = lpFee + protocolFee + fundFee;
	if (protocolBefore + protocolFee > U64_MAX || fundBefore + fundFee > U64_MAX || fee > U64_MAX) {
		return failure("amountOverflow");
	}
	return success({
		amountIn,
		amountOut,
		fee,
		feeSide: "input",
		fees: { liquidityProviders: lpFee, protocol: protocolFee, fund: fundFee },
		arrays: going.arrays,
		needsBitmapExtension: going.needsBitmapExtension,
		after: {
			sqrtPrice: going.sqrtPrice,
			tick: going.tick,
			liquidity: going.liquidity,
			isFeeInToken0,
		},
	});
}
