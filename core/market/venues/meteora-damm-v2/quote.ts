import { failure, type Result, success } from "../../../types/result.ts";
import type { ChainClock } from "../../chain-clock.ts";
import { U64_MAX } from "../../constant-product.ts";
import { sentFor, type TransferFee, transferFeeAt, withheld } from "../../transfer-fee.ts";
import type { Direction, NoQuoteCode } from "../venue.ts";
import { type FeeQuestion, keptParts } from "./base-fee.ts";
import { FEE_DENOMINATOR, type FeeParameters, ONE_IN_BASIS_POINTS } from "./fee-parameters.ts";
import { ceilDiv } from "./integers.ts";
import type { DammV2Pool, DammV2State } from "./layout.ts";
import { isReferenceRenewed } from "./volatility.ts";

export interface DammV2QuoteRequest {
	readonly pool: DammV2Pool;
	/** Not changed, but for the memo of a fee schedule's last period. */
	readonly state: DammV2State;
	readonly direction: Direction;
	/** Input amount for {@link quoteExactIn}, output amount for {@link quoteExactOut}; base units, transfer fees included. */
	readonly amount: bigint;
	readonly clock: ChainClock;
	/** The swap names a referrer's token account, who gets a part of the protocol's fee. Default false. */
	readonly hasReferral?: boolean;
}

/** Who gets the fee, in base units of the token of `feeSide`. */
export interface DammV2FeeSplit {
	/** Providers', to be claimed. */
	readonly claimable: bigint;
	/** Providers', left in the reserves. */
	readonly compounding: bigint;
	readonly protocol: bigint;
	readonly referral: bigint;
}

/** What the swap does to the pool; `afterSwap` makes a state of it. */
export interface DammV2After {
	readonly direction: Direction;
	/** What passes the curve, in base units: the input without its fee, the output with the fee that is still in it. */
	readonly amountIn: bigint;
	readonly amountOut: bigint;
	/** Q64.64; null where the price follows from the reserves (compounding). */
	readonly sqrtPrice: bigint | null;
	readonly unixSeconds: bigint;
}

export interface DammV2Quote {
	/** What leaves the trader, transfer fee included. */
	readonly amountIn: bigint;
	/** What reaches the trader, transfer fee taken off. */
	readonly amountOut: bigint;
	/** The venue's whole fee, in base units of the token of `feeSide`. */
	readonly fee: bigint;
	readonly feeSide: "input" | "output";
	readonly fees: DammV2FeeSplit;
	/** The venue has no tick or bin arrays. */
	readonly arrays: readonly number[];
	readonly after: DammV2After;
}

export type DammV2QuoteResult = Result<DammV2Quote, NoQuoteCode>;

/** What a swap is quoted with, once it is known that the pool takes it. */
interface Terms extends FeeQuestion {
	readonly isFeeOnInput: boolean;
	readonly transferFeeIn: TransferFee | null;
	readonly transferFeeOut: TransferFee | null;
	readonly request: DammV2QuoteRequest;
}

/** What passes the curve, transfer fees aside. */
interface Passed {
	readonly amountIn: bigint;
	readonly amountOut: bigint;
	/** Null where the price follows from the reserves. */
	readonly sqrtPrice: bigint | null;
}

const NO_ARRAYS: readonly number[] = [];
const Q128 = 1n << 128n;
const HALF_U64 = 1n << 63n;

/** A quote whose fee is split only when somebody asks: most quotes are compared by their amounts and dropped. */
class Quoted implements DammV2Quote {
	readonly amountIn: bigint;
	readonly amountOut: bigint;
	readonly fee: bigint;
	readonly feeSide: "input" | "output";
	readonly after: DammV2After;
	readonly parameters: FeeParameters;
	readonly hasReferral: boolean;

	constructor(
		terms: Terms,
		passed: Passed,
		amounts: { readonly in: bigint; readonly out: bigint; readonly fee: bigint },
	) {
		const { direction, clock, hasReferral } = terms.request;
		this.amountIn = amounts.in;
		this.amountOut = amounts.out;
		this.fee = amounts.fee;
		this.feeSide = terms.isFeeOnInput ? "input" : "output";
		this.after = {
			direction,
			amountIn: passed.amountIn,
			amountOut: passed.amountOut,
			sqrtPrice: passed.sqrtPrice,
			unixSeconds: clock.unixSeconds,
		};
		this.parameters = terms.state.fees;
		this.hasReferral = hasReferral === true;
	}

	get arrays(): readonly number[] {
		return NO_ARRAYS;
	}

	get fees(): DammV2FeeSplit {
		return splitFee(this.fee, this.parameters, this.hasReferral);
	}
}

/**
 * Output for an exact input (damm-v2 0.2.1, instructions/swap/swap_exact_in.rs, state/pool.rs
 * `get_swap_result_from_exact_input` and `apply_swap_result`). Where the program would take the input and give nothing,
 * the answer is `zeroOutput`.
 */
export function quoteExactIn(request: DammV2QuoteRequest): DammV2QuoteResult {
	const { amount } = request;
	if (amount <= 0n) return failure("zeroInput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const terms = termsOf(request);
	if (typeof terms === "string") return failure(terms);
	const arriving = terms.transferFeeIn === null ? amount : amount - withheld(amount, terms.transferFeeIn);
	if (terms.transferFeeIn !== null && arriving === 0n) return failure("transferFee");
	const kept = keptParts(terms, arriving, false);
	if (kept === null) return failure("amountOverflow");
	const passed = passInput(terms, terms.isFeeOnInput ? afterFee(arriving, kept) : arriving);
	if (typeof passed === "string") return failure(passed);
	const leaving = terms.isFeeOnInput ? passed.amountOut : afterFee(passed.amountOut, kept);
	const fee = terms.isFeeOnInput ? arriving - passed.amountIn : passed.amountOut - leaving;
	if (leaving === 0n) return failure("zeroOutput");
	const amountOut = terms.transferFeeOut === null ? leaving : leaving - withheld(leaving, terms.transferFeeOut);
	if (terms.transferFeeOut !== null && amountOut === 0n) return failure("transferFee");
	return settle(terms, passed, { in: amount, out: amountOut, fee });
}

/**
 * Input for an exact output (damm-v2 0.2.1, instructions/swap/swap_exact_out.rs, state/pool.rs
 * `get_swap_result_from_exact_output` and `apply_swap_result`).
 */
export function quoteExactOut(request: DammV2QuoteRequest): DammV2QuoteResult {
	const { amount } = request;
	if (amount <= 0n) return failure("zeroOutput");
	if (amount > U64_MAX) return failure("amountOverflow");
	const terms = termsOf(request);
	if (typeof terms === "string") return failure(terms);
	const leaving = sentFor(amount, terms.transferFeeOut);
	if (leaving === null) return failure("transferFee");
	let fee = 0n;
	let gross = leaving;
	if (!terms.isFeeOnInput) {
		const kept = keptParts(terms, leaving, true);
		if (kept === null) return failure("amountOverflow");
		gross = beforeFee(leaving, kept);
		if (gross > U64_MAX) return failure("amountOverflow");
		fee = gross - leaving;
	}
	const passed = passOutput(terms, gross);
	if (typeof passed === "string") return failure(passed);
	let arriving = passed.amountIn;
	if (terms.isFeeOnInput) {
		const kept = keptParts(terms, arriving, true);
		if (kept === null) return failure("amountOverflow");
		arriving = beforeFee(passed.amountIn, kept);
		if (arriving > U64_MAX) return failure("amountOverflow");
		fee = arriving - passed.amountIn;
	}
	const amountIn = sentFor(arriving, terms.transferFeeIn);
	if (amountIn === null) return failure("transferFee");
	return settle(terms, passed, { in: amountIn, out: amount, fee });
}

/** What is left when the fee, rounded up, has been taken off (state/fee.rs `get_excluded_fee_amount`). */
function afterFee(gross: bigint, kept: bigint): bigint {
	return (gross * kept) / FEE_DENOMINATOR;
}

/** The amount of which `net` is left when the fee has been taken off, rounded up (state/fee.rs `get_included_fee_amount`). */
function beforeFee(net: bigint, kept: bigint): bigint {
	return ceilDiv(net * FEE_DENOMINATOR, kept);
}

/** Refuses what no amount would change (pool_action_access/permissionless.rs `can_swap` and what a curve needs). */
function termsOf(request: DammV2QuoteRequest): Terms | NoQuoteCode {
	const { pool, state, direction, clock } = request;
	if (!state.swapEnabled) return "swapDisabled";
	const point = pool.isTimedBySlot ? clock.slot : clock.unixSeconds;
	if (point < pool.activationPoint) return "notOpenYet";
	if (state.liquidity === 0n) return "insufficientLiquidity";
	const { dynamic } = state.fees;
	if (dynamic !== null && state.sqrtPriceReference === 0n) {
		// The program would divide by the reference. It is 0 until a pool's first swap, which sets it: time is never that short.
		if (!isReferenceRenewed(dynamic, state.lastUpdateSeconds, clock.unixSeconds)) return "amountOverflow";
	}
	const isAToB = direction === "aToB";
	const feeA = pool.transferFeeA === null ? null : transferFeeAt(pool.transferFeeA, clock.epoch);
	const feeB = pool.transferFeeB === null ? null : transferFeeAt(pool.transferFeeB, clock.epoch);
	return {
		pool,
		state,
		point,
		isAToB,
		isFeeOnInput: !isAToB && pool.collectFeeMode !== "bothTokens",
		transferFeeIn: isAToB ? feeA : feeB,
		transferFeeOut: isAToB ? feeB : feeA,
		request,
	};
}

/** damm-v2, liquidity_handler/{concentrated,compounding}_liquidity.rs `calculate_*_from_amount_in`. */
function passInput({ pool, state, isAToB }: Terms, amountIn: bigint): Passed | NoQuoteCode {
	const { liquidity, sqrtPrice, reserveA, reserveB } = state;
	if (pool.collectFeeMode === "compounding") {
		const total = (isAToB ? reserveA : reserveB) + amountIn;
		if (total > U64_MAX) return "amountOverflow";
		return { amountIn, amountOut: ((isAToB ? reserveB : reserveA) * amountIn) / total, sqrtPrice: null };
	}
	let next: bigint;
	let amountOut: bigint;
	if (isAToB) {
		// What the price falls by, rounded down, where the program rounds the next price up: one division, no remainder.
		const moved = amountIn * sqrtPrice;
		const fallen = (moved * sqrtPrice) / (liquidity + moved);
		next = sqrtPrice - fallen;
		if (next < pool.sqrtMinPrice) return "priceLimit";
		amountOut = (liquidity * fallen) >> 128n;
	} else {
		const risen = (amountIn << 128n) / liquidity;
		next = sqrtPrice + risen;
		if (next > pool.sqrtMaxPrice) return "priceLimit";
		amountOut = (liquidity * risen) / (sqrtPrice * next);
	}
	return { amountIn, amountOut, sqrtPrice: next };
}

/** damm-v2, liquidity_handler/{concentrated,compounding}_liquidity.rs `calculate_*_from_amount_out`. */
function passOutput({ pool, state, isAToB }: Terms, amountOut: bigint): Passed | NoQuoteCode {
	const { liquidity, sqrtPrice, reserveA, reserveB } = state;
	let next: bigint | null = null;
	let amountIn: bigint;
	if (pool.collectFeeMode === "compounding") {
		const left = (isAToB ? reserveB : reserveA) - amountOut;
		if (left <= 0n) return "insufficientLiquidity";
		amountIn = ceilDiv((isAToB ? reserveA : reserveB) * amountOut, left);
	} else if (isAToB) {
		const fallen = ceilDiv(amountOut << 128n, liquidity);
		next = sqrtPrice - fallen;
		if (next < pool.sqrtMinPrice) return "priceLimit";
		amountIn = ceilDiv(liquidity * fallen, next * sqrtPrice);
	} else {
		const moved = amountOut * sqrtPrice;
		const left = liquidity - moved;
		if (left <= 0n) return "priceLimit";
		const risen = ceilDiv(moved * sqrtPrice, left);
		next = sqrtPrice + risen;
		if (next > pool.sqrtMaxPrice) return "priceLimit";
		amountIn = ceilDiv(liquidity * risen, Q128);
	}
	if (amountIn > U64_MAX) return "amountOverflow";
	return { amountIn, amountOut, sqrtPrice: next };
}

/** Books the swap as the program does, and fails where its counters would (state/pool.rs `apply_swap_result`). */
function settle(
	terms: Terms,
	passed: Passed,
	amounts: { readonly in: bigint; readonly out: bigint; readonly fee: bigint },
): DammV2QuoteResult {
	const { state, isAToB, isFeeOnInput } = terms;
	const reserveOut = isAToB ? state.reserveB : state.reserveA;
	if (passed.amountOut > reserveOut) return failure("insufficientLiquidity");
	const reserveIn = isAToB ? state.reserveA : state.reserveB;
	const isNearOverflow = (isAToB ? state.isReserveAHigh : state.isReserveBHigh) || passed.amountIn >= HALF_U64;
	if (isNearOverflow && passed.amountIn + reserveIn > U64_MAX) return failure("amountOverflow");
	const quote = new Quoted(terms, passed, amounts);
	const room = !isAToB && !isFeeOnInput ? state.protocolFeeRoomA : state.protocolFeeRoomB;
	if (room !== null && quote.fees.protocol > room) return failure("amountOverflow");
	if (terms.pool.collectFeeMode === "compounding") {
		const before = isAToB ? reserveOut - passed.amountOut : reserveIn + passed.amountIn;
		if (before + quote.fees.compounding > U64_MAX) return failure("amountOverflow");
	}
	return success(quote);
}

/** damm-v2, state/fee.rs `split_fees`: every share rounded down, the rest to those who claim. */
function splitFee(fee: bigint, parameters: FeeParameters, hasReferral: boolean): DammV2FeeSplit {
	const { protocolFeePercent, referralFeePercent, compoundingFeeBps } = parameters;
	const shared = (fee * protocolFeePercent) / 100n;
	const providers = fee - shared;
	const compounding = (providers * compoundingFeeBps) / ONE_IN_BASIS_POINTS;
	const referral = hasReferral ? (shared * referralFeePercent) / 100n : 0n;
	return { claimable: providers - compounding, compounding, protocol: shared - referral, referral };
}
