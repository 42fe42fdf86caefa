import { failure, type Result, success } from "../../../types/result.ts";
import type { ChainClock } from "../../chain-clock.ts";
import { U64_MAX } from "../../constant-product.ts";
import { tickAtSqrtPrice } from "../../tick-math.ts";
import { sentFor, type TransferFee, transferFeeAt, withheld } from "../../transfer-fee.ts";
import type { Direction, NoQuoteCode } from "../venue.ts";
import { AdaptiveFee } from "./adaptive-fee.ts";
import { Passage } from "./passage.ts";
import type { AdaptiveFeeVariables, WhirlpoolPool, WhirlpoolState } from "./state.ts";

export interface WhirlpoolQuoteRequest {
	readonly pool: WhirlpoolPool;
	/** Not changed, but for the prices of ticks that it remembers. */
	readonly state: WhirlpoolState;
	readonly direction: Direction;
	/** Input amount for {@link quoteExactIn}, output amount for {@link quoteExactOut}; base units, transfer fees included. */
	readonly amount: bigint;
	readonly clock: ChainClock;
}

/** Who gets the fee, in base units of the input token. */
export interface WhirlpoolFeeSplit {
	readonly liquidityProviders: bigint;
	readonly protocol: bigint;
}

/** What the swap leaves in the pool; `afterSwap` makes a state of it. */
export interface WhirlpoolAfter {
	readonly sqrtPrice: bigint;
	readonly liquidity: bigint;
	readonly tickIndex: number;
	readonly unixSeconds: bigint;
	/** Null without an adaptive fee. */
	readonly variables: AdaptiveFeeVariables | null;
}

export type WhirlpoolQuoteResult = Result<WhirlpoolQuote, NoQuoteCode>;

/** What a swap is quoted with, once it is known that the pool takes it. */
interface Terms {
	readonly request: WhirlpoolQuoteRequest;
	readonly isAToB: boolean;
	readonly transferFeeIn: TransferFee | null;
	readonly transferFeeOut: TransferFee | null;
	readonly unixSeconds: bigint;
	readonly adaptiveFee: AdaptiveFee | null;
}

/** A quote that works out what the swap leaves behind only when somebody asks. */
export class WhirlpoolQuote {
	/** What leaves the trader, transfer fee included. */
	readonly amountIn: bigint;
	/** What reaches the trader, transfer fee taken off. */
	readonly amountOut: bigint;
	/** The venue's whole fee, in base units of the input token. */
	readonly fee: bigint;
	readonly feeSide = "input";
	readonly fees: WhirlpoolFeeSplit;
	/** Arrays that were looked into, by the first tick of each, in the swap's order. */
	readonly arrays: readonly number[];
	readonly direction: Direction;
	readonly #terms: Terms;
	readonly #passage: Passage;
	readonly #sqrtPriceBefore: bigint;

	constructor(terms: Terms, passage: Passage, amounts: { readonly in: bigint; readonly out: bigint }) {
		this.amountIn = amounts.in;
		this.amountOut = amounts.out;
		this.fee = passage.fee;
		this.fees = { liquidityProviders: passage.fee - passage.protocolFee, protocol: passage.protocolFee };
		this.arrays = passage.arrays;
		this.direction = terms.request.direction;
		this.#terms = terms;
		this.#passage = passage;
		this.#sqrtPriceBefore = terms.request.state.sqrtPrice;
	}

	get after(): WhirlpoolAfter {
		const { sqrtPrice, liquidity, tickIndex } = this.#passage;
		const { adaptiveFee, unixSeconds } = this.#terms;
		const swap = {
			sqrtPriceBefore: this.#sqrtPriceBefore,
			sqrtPriceAfter: sqrtPrice,
			nowSeconds: Number(unixSeconds),
		};
		return {
			sqrtPrice,
			liquidity,
			tickIndex: tickIndex ?? tickAtSqrtPrice(sqrtPrice),
			unixSeconds,
			variables: adaptiveFee === null ? null : adaptiveFee.variablesAfter(swap),
		};
	}
}

/** Output for an exact input (whirlpools, instructions/v2/swap.rs). A pool that cannot take all of it gives no quote. */
export function quoteExactIn(request: WhirlpoolQuoteRequest): WhirlpoolQuoteResult {
	const { amount } = request;
	if (amount <= 0n) return failure("zeroInput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const terms = termsOf(request);
	if (typeof terms === "string") return failure(terms);
	const entering = amount - withheld(amount, terms.transferFeeIn);
	if (entering === 0n) return failure("transferFee");
	const passage = passageOf(terms, entering, true);
	if (typeof passage === "string") return failure(passage);
	if (passage.amountOut === 0n) return failure("zeroOutput");
	const amountOut = passage.amountOut - withheld(passage.amountOut, terms.transferFeeOut);
	if (amountOut === 0n) return failure("transferFee");
	return success(new WhirlpoolQuote(terms, passage, { in: amount, out: amountOut }));
}

/** Input for an exact output (whirlpools, instructions/v2/swap.rs). */
export function quoteExactOut(request: WhirlpoolQuoteRequest): WhirlpoolQuoteResult {
	const { amount } = request;
	if (amount <= 0n) return failure("zeroOutput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const terms = termsOf(request);
	if (typeof terms === "string") return failure(terms);
	const leaving = sentFor(amount, terms.transferFeeOut);
	if (leaving === null) return failure("transferFee");
	const passage = passageOf(terms, leaving, false);
	if (typeof passage === "string") return failure(passage);
	const amountIn = sentFor(passage.amountIn, terms.transferFeeIn);
	if (amountIn === null) return failure("transferFee");
	return success(new WhirlpoolQuote(terms, passage, { in: amountIn, out: amount }));
}

/** Refuses what no amount would change. */
function termsOf(request: WhirlpoolQuoteRequest): Terms | NoQuoteCode {
	const { pool, state, direction, clock } = request;
	if (state.sqrtPrice === 0n) return "swapDisabled";
	const { oracle } = state;
	let unixSeconds = clock.unixSeconds;
	// The chain's clock is never behind what it has written: a clock that was heard may be.
	if (unixSeconds < state.rewardLastUpdatedSeconds) unixSeconds = state.rewardLastUpdatedSeconds;
	const isAToB = direction === "aToB";
	let adaptiveFee: AdaptiveFee | null = null;
	if (pool.hasAdaptiveFee) {
		if (!state.isOracleKnown) return "arrayMissing";
		if (oracle !== null) {
			if (clock.unixSeconds < oracle.tradeEnableSeconds) return "notOpenYet";
			const { lastReferenceUpdateTimestamp, lastMajorSwapTimestamp } = oracle.variables;
			const nowSeconds = Math.max(Number(unixSeconds), lastReferenceUpdateTimestamp, lastMajorSwapTimestamp);
			unixSeconds = BigInt(nowSeconds);
			const { tickCurrentIndex, feeRate: staticRate } = state;
			adaptiveFee = new AdaptiveFee(oracle, { isAToB, staticRate, tickCurrentIndex, nowSeconds });
		}
	}
	const feeA = pool.transferFeeA === null ? null : transferFeeAt(pool.transferFeeA, clock.epoch);
	const feeB = pool.transferFeeB === null ? null : transferFeeAt(pool.transferFeeB, clock.epoch);
	return {
		request,
		isAToB,
		transferFeeIn: isAToB ? feeA : feeB,
		transferFeeOut: isAToB ? feeB : feeA,
		unixSeconds,
		adaptiveFee,
	};
}

function passageOf(terms: Terms, amount: bigint, isExactIn: boolean): Passage | NoQuoteCode {
	const { request, isAToB, adaptiveFee } = terms;
	const { pool, state } = request;
	const passage = new Passage({ pool, state, isAToB, isExactIn, amount, adaptiveFee });
	const refused = passage.run();
	if (refused !== null) return refused;
	const owed = isAToB ? state.protocolFeeOwedA : state.protocolFeeOwedB;
	return owed + passage.protocolFee > U64_MAX ? "amountOverflow" : passage;
}
