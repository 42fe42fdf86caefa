import { failure, type Result, success } from "../../../types/result.ts";
import type { ChainClock } from "../../chain-clock.ts";
import { U64_MAX } from "../../constant-product.ts";
import { sentFor, transferFeeAt, withheld } from "../../transfer-fee.ts";
import type { Direction, NoQuoteCode } from "../venue.ts";
import { BASIS_POINT_MAX, BINS_PER_ARRAY, MAX_BIN_ID, MIN_BIN_ID } from "./accounts.ts";
import { arrayIndexOf, type BinArray, priceOf } from "./bin-array.ts";
import { type BinFill, fillExactIn, fillExactOut, hasOutput } from "./bin-fill.ts";
import { nextArrayIndex } from "./bitmap.ts";
import { feeRate } from "./fee-rate.ts";
import type { DlmmPool, DlmmState } from "./layout.ts";

export interface DlmmQuoteRequest {
	readonly pool: DlmmPool;
	readonly state: DlmmState;
	/** `aToB` sells X for Y. */
	readonly direction: Direction;
	/** Input amount for `quoteExactIn`, output amount for `quoteExactOut`; base units, with transfer fees as the trader sees them. */
	readonly amount: bigint;
	readonly clock: ChainClock;
}

export interface DlmmQuote {
	/** What leaves the trader, the mint's transfer fee included. */
	readonly amountIn: bigint;
	/** What reaches the trader, the mint's transfer fee already gone. */
	readonly amountOut: bigint;
	/** The pair's whole fee, in base units of `feeSide`'s mint. */
	readonly fee: bigint;
	readonly feeSide: "input" | "output";
	/** Who gets {@link fee}; the protocol also what an exact output leaves over by rounding, in the output's token. */
	readonly fees: DlmmFees;
	/** Indexes of the bin arrays that the swap opens, in its order. */
	readonly arrays: readonly number[];
	readonly after: DlmmAfter;
}

export interface DlmmFees {
	readonly liquidityProviders: bigint;
	readonly limitOrders: bigint;
	readonly protocol: bigint;
}

/** What the swap leaves behind; see `after-swap.ts`. */
export interface DlmmAfter {
	readonly activeId: number;
	readonly volatilityAccumulator: number;
	readonly volatilityReference: number;
	readonly indexReference: number;
	readonly lastUpdateSeconds: bigint;
	readonly isDown: boolean;
	/** In the order in which the swap met the bins. */
	readonly fills: readonly BinFill[];
}

export type DlmmQuoteResult = Result<DlmmQuote, NoQuoteCode>;

/** A walk through the bins: where it is, and what it has gathered. */
interface Walk {
	readonly isDown: boolean;
	readonly isExactIn: boolean;
	readonly isFeeOnInput: boolean;
	readonly volatilityReference: number;
	readonly indexReference: number;
	/** What is left to bring in, or to get out. */
	left: bigint;
	activeId: number;
	volatility: number;
	readonly arrays: number[];
	readonly fills: BinFill[];
}

const U32_LIMIT = 0x1_0000_0000;

/** Output for an exact input (dlmm-sdk, commons/src/quote.rs `quote_exact_in`; idls/dlmm.json 0.12.0 `swap2`). */
export function quoteExactIn(request: DlmmQuoteRequest): DlmmQuoteResult {
	const { pool, direction, amount, clock } = request;
	if (amount <= 0n) return failure("zeroInput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const isDown = direction === "aToB";
	const feeIn = transferFeeAt(isDown ? pool.transferFeeX : pool.transferFeeY, clock.epoch);
	const net = amount - withheld(amount, feeIn);
	if (net === 0n) return failure("transferFee");
	const walk = begin(request, net, true);
	if (typeof walk === "string") return failure(walk);
	const refused = walkBins(request, walk);
	if (refused !== null) return failure(refused);
	let gross = 0n;
	for (const fill of walk.fills) gross += fill.amountOut;
	if (gross === 0n) return failure("zeroOutput");
	if (gross > U64_MAX) return failure("amountOverflow");
	const feeOut = transferFeeAt(isDown ? pool.transferFeeY : pool.transferFeeX, clock.epoch);
	const amountOut = gross - withheld(gross, feeOut);
	if (amountOut === 0n) return failure("transferFee");
	return success(quoteOf(request, walk, { amountIn: amount, amountOut }));
}

/** Input for an exact output (dlmm-sdk, commons/src/quote.rs `quote_exact_out`; idls/dlmm.json 0.12.0 `swap_exact_out2`). */
export function quoteExactOut(request: DlmmQuoteRequest): DlmmQuoteResult {
	const { pool, direction, amount, clock } = request;
	if (amount <= 0n) return failure("zeroOutput");
	const isDown = direction === "aToB";
	const feeOut = transferFeeAt(isDown ? pool.transferFeeY : pool.transferFeeX, clock.epoch);
	const gross = sentFor(amount, feeOut);
	if (gross === null) return failure("amountOverflow");
	const walk = begin(request, gross, false);
	if (typeof walk === "string") return failure(walk);
	const refused = walkBins(request, walk);
	if (refused !== null) return failure(refused);
	let net = 0n;
	for (const fill of walk.fills) net += fill.amountIn;
	if (net > U64_MAX) return failure("amountOverflow");
	const feeIn = transferFeeAt(isDown ? pool.transferFeeX : pool.transferFeeY, clock.epoch);
	const amountIn = sentFor(net, feeIn);
	if (amountIn === null) return failure("amountOverflow");
	if (amountIn === 0n) return failure("zeroInput");
	const amountOut = gross - withheld(gross, feeOut);
	if (amountOut === 0n) return failure("transferFee");
	return success(quoteOf(request, walk, { amountIn, amountOut }));
}

/** Refusals that need no walk, and the references that the elapsed time sets (lb_pair.rs `update_references`). */
function begin(request: DlmmQuoteRequest, left: bigint, isExactIn: boolean): Walk | NoQuoteCode {
	const { pool, state, clock } = request;
	if (!state.swapEnabled) return "swapDisabled";
	if (pool.hasActivationPoint) {
		const now = pool.isTimedBySlot ? clock.slot : clock.unixSeconds;
		if (now < state.activationPoint) return "notOpenYet";
	}
	let { volatilityReference, indexReference } = state;
	const elapsed = Number(clock.unixSeconds - state.lastUpdateSeconds);
	if (elapsed >= state.filterPeriodSeconds) {
		indexReference = state.activeId;
		volatilityReference = 0;
		if (elapsed < state.decayPeriodSeconds) {
			const reduced = state.volatilityAccumulator * state.reductionFactor;
			if (reduced >= U32_LIMIT) return "amountOverflow";
			volatilityReference = Math.floor(reduced / BASIS_POINT_MAX);
		}
	}
	const isDown = request.direction === "aToB";
	return {
		isDown,
		isExactIn,
		isFeeOnInput: !(pool.isFeeOnlyInY && isDown),
		volatilityReference,
		indexReference,
		left,
		activeId: state.activeId,
		volatility: state.volatilityAccumulator,
		arrays: [],
		fills: [],
	};
}

/** Goes from array to array, over those that the bitmap says are empty, until nothing is left. */
function walkBins(request: DlmmQuoteRequest, walk: Walk): NoQuoteCode | null {
	const { state } = request;
	while (walk.left > 0n) {
		const here = arrayIndexOf(walk.activeId);
		const next = nextArrayIndex(state.bitmap, here, walk.isDown);
		if (next === null) return "insufficientLiquidity";
		const array = state.arrays.get(next);
		if (array === undefined) return "arrayMissing";
		walk.arrays.push(next);
		if (next !== here) walk.activeId = next * BINS_PER_ARRAY + (walk.isDown ? BINS_PER_ARRAY - 1 : 0);
		const refused = walkArray(request, walk, array);
		if (refused !== null) return refused;
	}
	return null;
}

function walkArray(request: DlmmQuoteRequest, walk: Walk, array: BinArray): NoQuoteCode | null {
	const { state } = request;
	const { isDown } = walk;
	const first = array.index * BINS_PER_ARRAY;
	const step = isDown ? -1 : 1;
	for (let slot = walk.activeId - first; slot >= 0 && slot < BINS_PER_ARRAY; slot += step) {
		if (hasOutput(array, slot, isDown, state.hasLimitOrders)) {
			const moved = Math.abs(walk.indexReference - walk.activeId) * BASIS_POINT_MAX;
			walk.volatility = Math.min(walk.volatilityReference + moved, state.maxVolatilityAccumulator);
			const price = priceOf(array, slot);
			if (price === 0n) return "amountOverflow";
			const terms = {
				price,
				rate: feeRate(state.rates, walk.volatility),
				isDown,
				isFeeOnInput: walk.isFeeOnInput,
				hasLimitOrders: state.hasLimitOrders,
				protocolShare: state.protocolShare,
			};
			const fill = (walk.isExactIn ? fillExactIn : fillExactOut)(array, slot, walk.activeId, walk.left, terms);
			if (typeof fill === "string") return fill;
			walk.fills.push(fill);
			walk.left -= walk.isExactIn ? fill.amountIn : fill.amountOut;
			if (walk.left < 0n) return "amountOverflow";
			if (walk.left === 0n) return null;
		}
		walk.activeId += step;
		if (walk.activeId < MIN_BIN_ID || walk.activeId > MAX_BIN_ID) return "priceLimit";
	}
	return null;
}

function quoteOf(
	{ state, clock }: DlmmQuoteRequest,
	walk: Walk,
	amounts: { readonly amountIn: bigint; readonly amountOut: bigint },
): DlmmQuote {
	let fee = 0n;
	let protocol = 0n;
	let surplus = 0n;
	let limitOrders = 0n;
	for (const fill of walk.fills) {
		fee += fill.fee;
		protocol += fill.protocolFee;
		surplus += fill.surplus;
		limitOrders += fill.orderFee;
	}
	return {
		amountIn: amounts.amountIn,
		amountOut: amounts.amountOut,
		fee,
		feeSide: walk.isFeeOnInput ? "input" : "output",
		fees: { liquidityProviders: fee - limitOrders - protocol, limitOrders, protocol: protocol + surplus },
		arrays: walk.arrays,
		after: {
			activeId: walk.activeId,
			volatilityAccumulator: walk.volatility,
			volatilityReference: walk.volatilityReference,
			indexReference: walk.indexReference,
			// A swap that stays in its bin leaves the time as it was.
			lastUpdateSeconds: walk.activeId === state.activeId ? state.lastUpdateSeconds : clock.unixSeconds,
			isDown: walk.isDown,
			fills: walk.fills,
		},
	};
}
