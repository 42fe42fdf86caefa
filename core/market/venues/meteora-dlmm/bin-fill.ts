import { ceilDiv, U64_MAX } from "../../constant-product.ts";
import type { NoQuoteCode } from "../venue.ts";
import { BASIS_POINT_MAX, BIN_OFFSET, FEE_PRECISION } from "./accounts.ts";
import { type BinArray, binStart, isSet } from "./bin-array.ts";

const SCALE = 64n;
const FRACTION = (1n << SCALE) - 1n;
const ONE = 1n << SCALE;
const HIGH_BIT = 0x8000_0000;
const HALF = 1n << 63n;
const BASIS_POINTS = BigInt(BASIS_POINT_MAX);
/** What an order's owner gets of the fee that the order earned, in basis points (constants.rs `LIMIT_ORDER_FEE_SHARE`). */
const ORDER_FEE_SHARE = 5_000n;

/** How one bin is met. */
export interface BinTerms {
	readonly price: bigint;
	/** In parts of 10^9. */
	readonly rate: bigint;
	/** X comes in and Y goes out. */
	readonly isDown: boolean;
	readonly isFeeOnInput: boolean;
	readonly hasLimitOrders: boolean;
	readonly protocolShare: bigint;
}

/** What a swap did in one bin, in base units; `In` without the fee where that is taken on input, `Out` with it. */
export interface BinFill {
	readonly binId: number;
	/** With the fee where it is taken on input. */
	amountIn: bigint;
	/** Without the fee where it is taken on output. */
	amountOut: bigint;
	fee: bigint;
	/** The protocol's part. */
	protocolFee: bigint;
	/** What an exact output leaves over by rounding, beside the fee, and the protocol gets. */
	surplus: bigint;
	/** The part of the owners of limit orders. */
	orderFee: bigint;
	makerIn: bigint;
	makerOut: bigint;
	/** Orders that were already being filled. */
	processedIn: bigint;
	processedOut: bigint;
	/** Orders that nothing had filled yet. */
	openIn: bigint;
	openOut: bigint;
	/** Open orders before the fill: once one is filled, what is left of them counts as being filled. */
	openBefore: bigint;
}

/** Whether a bin has anything to give. Most have not, so no bigint is built. */
export function hasOutput(array: BinArray, slot: number, isDown: boolean, hasLimitOrders: boolean): boolean {
	const { view } = array;
	const start = binStart(slot);
	if (isSet(view, start + (isDown ? BIN_OFFSET.amountY : BIN_OFFSET.amountX))) return true;
	if (!hasLimitOrders || !isOrderSide(view, start, isDown)) return false;
	return (
		isSet(view, start + BIN_OFFSET.openOrderAmount) || isSet(view, start + BIN_OFFSET.processedOrderRemainingAmount)
	);
}

/**
 * What a bin gives for at most `amount` (dlmm-sdk, commons/src/quote.rs `swap_exact_in_quote_at_bin`,
 * `get_exact_in_fill_amount_result`); a code where the program refuses. Fees are rounded up, input up, output
 * down.
 */
export function fillExactIn(
	array: BinArray,
	slot: number,
	binId: number,
	amount: bigint,
	terms: BinTerms,
): BinFill | NoQuoteCode {
	const { price, rate, isDown, isFeeOnInput } = terms;
	const { view } = array;
	const start = binStart(slot);
	let fee = isFeeOnInput ? feeWithin(amount, rate) : 0n;
	const net = amount - fee;
	const most = view.getBigUint64(start + (isDown ? BIN_OFFSET.amountY : BIN_OFFSET.amountX), true);
	let makerIn = 0n;
	let makerOut = 0n;
	if (most !== 0n) {
		if (isInputTooLarge(most, price, isDown)) return "amountOverflow";
		makerOut = outputFor(net, price, isDown);
		if (makerOut >= most) {
			makerOut = most;
			makerIn = inputFor(most, price, isDown);
		} else makerIn = net;
	}
	const fill: BinFill = {
		binId,
		amountIn: amount,
		amountOut: 0n,
		fee: 0n,
		protocolFee: 0n,
		orderFee: 0n,
		surplus: 0n,
		makerIn,
		makerOut,
		processedIn: 0n,
		processedOut: 0n,
		openIn: 0n,
		openOut: 0n,
		openBefore: 0n,
	};
	let taken = makerIn;
	let out = makerOut;
	if (taken < net && terms.hasLimitOrders && isOrderSide(view, start, isDown)) {
		if (!fillOrders(view, start, net - taken, terms, fill)) return "amountOverflow";
		taken += fill.processedIn + fill.openIn;
		out += fill.processedOut + fill.openOut;
		if (out > U64_MAX) return "amountOverflow";
	}
	if (taken < net) {
		if (isFeeOnInput) fee = feeOnTop(taken, rate);
		fill.amountIn = isFeeOnInput ? taken + fee : taken;
	}
	if (!isFeeOnInput) fee = feeWithin(out, rate);
	fill.fee = fee;
	fill.amountOut = isFeeOnInput ? out : out - fee;
	splitFee(fill, taken, terms);
	return isBinTooFull(view, start, makerIn, isDown) ? "amountOverflow" : fill;
}

/**
 * What a bin asks for at most `amount` out (dlmm-sdk, commons/src/quote.rs `swap_exact_out_quote_at_bin`). A part of a
 * bin's limit orders is not asked for: by rounding, the program refuses some of these swaps (6085) and not others.
 */
export function fillExactOut(
	array: BinArray,
	slot: number,
	binId: number,
	amount: bigint,
	terms: BinTerms,
): BinFill | NoQuoteCode {
	const { price, rate, isDown, isFeeOnInput, hasLimitOrders } = terms;
	const { view } = array;
	const start = binStart(slot);
	const wanted = isFeeOnInput ? amount : amount + feeOnTop(amount, rate);
	if (wanted > U64_MAX) return "amountOverflow";
	const maker = view.getBigUint64(start + (isDown ? BIN_OFFSET.amountY : BIN_OFFSET.amountX), true);
	let processed = 0n;
	let open = 0n;
	if (hasLimitOrders && isOrderSide(view, start, isDown)) {
		processed = view.getBigUint64(start + BIN_OFFSET.processedOrderRemainingAmount, true);
		open = view.getBigUint64(start + BIN_OFFSET.openOrderAmount, true);
	}
	const most = maker + processed + open;
	if (wanted >= most || wanted === U64_MAX) return fillExactIn(array, slot, binId, U64_MAX, terms);
	if (wanted > maker) return "insufficientLiquidity";
	let needed = inputFor(wanted, price, isDown);
	if (isFeeOnInput) needed += feeOnTop(needed, rate);
	if (needed > U64_MAX) return "amountOverflow";
	const fill = fillExactIn(array, slot, binId, needed, terms);
	if (typeof fill === "string") return fill;
	if (fill.amountOut < amount) return "insufficientLiquidity";
	// What rounding leaves over has left the bin. The protocol counts it where its fee is in the same token.
	if (!isFeeOnInput) fill.surplus = fill.amountOut - amount;
	fill.amountOut = amount;
	return fill;
}

function isOrderSide(view: DataView, start: number, isDown: boolean): boolean {
	return (view.getUint8(start + BIN_OFFSET.orderAskSide) !== 0) !== isDown;
}

/** Orders after the providers: first those already being filled. False where the program's numbers overflow. */
function fillOrders(view: DataView, start: number, amount: bigint, terms: BinTerms, fill: BinFill): boolean {
	const { price, isDown } = terms;
	const processed = view.getBigUint64(start + BIN_OFFSET.processedOrderRemainingAmount, true);
	let left = amount;
	if (processed !== 0n) {
		if (isInputTooLarge(processed, price, isDown)) return false;
		const out = outputFor(left, price, isDown);
		const isDrained = out >= processed;
		fill.processedOut = isDrained ? processed : out;
		fill.processedIn = isDrained ? inputFor(processed, price, isDown) : left;
		left -= fill.processedIn;
	}
	const open = left === 0n ? 0n : view.getBigUint64(start + BIN_OFFSET.openOrderAmount, true);
	if (open !== 0n) {
		if (isInputTooLarge(open, price, isDown)) return false;
		const out = outputFor(left, price, isDown);
		const isDrained = out >= open;
		fill.openOut = isDrained ? open : out;
		fill.openIn = isDrained ? inputFor(open, price, isDown) : left;
		fill.openBefore = open;
	}
	return true;
}

/**
 * Who gets the fee (dlmm-sdk, commons/src/quote.rs `split_fee`): orders share theirs with the protocol by half, and the
 * protocol takes a fee that buys nothing.
 */
function splitFee(fill: BinFill, taken: bigint, terms: BinTerms): void {
	const { fee } = fill;
	if (fee === 0n) return;
	const share = (fee * terms.protocolShare) / BASIS_POINTS;
	if (taken === 0n) fill.protocolFee = fee;
	else if (fill.makerIn === taken) fill.protocolFee = share;
	else {
		const makerFee = ceilDiv(fee * fill.makerIn, taken);
		const ordersFee = fee - makerFee;
		fill.orderFee = (ordersFee * ORDER_FEE_SHARE) / BASIS_POINTS;
		fill.protocolFee = ordersFee - fill.orderFee + (makerFee * terms.protocolShare) / BASIS_POINTS;
	}
}

/** The fee contained in `amount`, rounded up (dlmm-sdk, lb_pair.rs `compute_fee_from_amount`). */
function feeWithin(amount: bigint, rate: bigint): bigint {
	return (amount * rate + FEE_PRECISION - 1n) / FEE_PRECISION;
}

/** The fee to be added to `amount`, rounded up (dlmm-sdk, lb_pair.rs `compute_fee`). */
function feeOnTop(amount: bigint, rate: bigint): bigint {
	const kept = FEE_PRECISION - rate;
	return (amount * rate + kept - 1n) / kept;
}

function outputFor(amount: bigint, price: bigint, isDown: boolean): bigint {
	return isDown ? (amount * price) >> SCALE : (amount << SCALE) / price;
}

function inputFor(amount: bigint, price: bigint, isDown: boolean): bigint {
	return isDown ? ((amount << SCALE) + price - 1n) / price : (amount * price + FRACTION) >> SCALE;
}

/** The input that drains `most` is no u64. The program computes it first, and fails, whatever the amount is. */
function isInputTooLarge(most: bigint, price: bigint, isDown: boolean): boolean {
	if (isDown) return most >= price && most << SCALE > U64_MAX * price;
	return price > ONE && most * price > U64_MAX << SCALE;
}

/** The bin's own count of the input token would pass a u64. */
function isBinTooFull(view: DataView, start: number, makerIn: bigint, isDown: boolean): boolean {
	const offset = start + (isDown ? BIN_OFFSET.amountX : BIN_OFFSET.amountY);
	if (makerIn < HALF && view.getUint32(offset + 4, true) < HIGH_BIT) return false;
	return view.getBigUint64(offset, true) + makerIn > U64_MAX;
}
