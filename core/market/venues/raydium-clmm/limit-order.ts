import { ceilDiv, U64_MAX } from "../../constant-product.ts";
import type { NoQuoteCode } from "../venue.ts";
import { FEE_RATE_DENOMINATOR } from "./pool-account.ts";

const Q64 = 1n << 64n;
const U128_MAX = (1n << 128n) - 1n;

/** What a swap takes from the limit orders at one tick. */
export interface OrderMatch {
	/** What the orders get. */
	amountIn: bigint;
	/** What reaches the swap, a fee on the output taken off. */
	amountOut: bigint;
	fee: bigint;
	/** What the orders give, fee included. */
	taken: bigint;
}

export interface OrderQuestion {
	/** What is left of the input or of the wanted output. */
	readonly amount: bigint;
	/** Not zero. */
	readonly unfilled: bigint;
	/** At the tick, Q64.64. */
	readonly sqrtPrice: bigint;
	/** Parts of 10^6. */
	readonly rate: bigint;
	readonly isZeroForOne: boolean;
	readonly isExactIn: boolean;
	readonly isFeeOnInput: boolean;
}

/** Swaps against the limit orders at a tick's price (raydium-clmm, states/tick_array.rs `match_limit_order_with_sqrt_price`). */
export function matchOrders(question: OrderQuestion): OrderMatch | NoQuoteCode {
	const { sqrtPrice, isZeroForOne, isExactIn, isFeeOnInput, rate } = question;
	const price = (sqrtPrice * sqrtPrice + (isZeroForOne ? 0n : Q64 - 1n)) >> 64n;
	if (price > U128_MAX) return "amountOverflow";
	const match = isExactIn ? matchInput(question, price) : matchOutput(question, price);
	if (match.amountIn > U64_MAX || match.fee > U64_MAX) return "amountOverflow";
	if (isFeeOnInput) return match;
	match.fee = ceilDiv(match.taken * rate, FEE_RATE_DENOMINATOR);
	match.amountOut = match.taken - match.fee;
	return match;
}

function matchInput(question: OrderQuestion, price: bigint): OrderMatch {
	const { amount, unfilled, rate, isZeroForOne, isFeeOnInput } = question;
	const fee = isFeeOnInput ? ceilDiv(amount * rate, FEE_RATE_DENOMINATOR) : 0n;
	const amountIn = amount - fee;
	const taken = isZeroForOne ? (amountIn * price) >> 64n : (amountIn << 64n) / price;
	if (taken <= unfilled) return { amountIn, amountOut: taken, fee, taken };
	return filled(question, price, unfilled);
}

function matchOutput(question: OrderQuestion, price: bigint): OrderMatch {
	const { amount, unfilled, rate, isFeeOnInput } = question;
	let taken = amount < unfilled ? amount : unfilled;
	if (!isFeeOnInput) {
		taken = ceilDiv(taken * FEE_RATE_DENOMINATOR, FEE_RATE_DENOMINATOR - rate);
		if (taken > unfilled) taken = unfilled;
	}
	return filled(question, price, taken);
}

/** What the orders ask for `taken`. */
function filled({ rate, isZeroForOne, isFeeOnInput }: OrderQuestion, price: bigint, taken: bigint): OrderMatch {
	const amountIn = isZeroForOne ? ceilDiv(taken << 64n, price) : (taken * price + Q64 - 1n) >> 64n;
	const fee = isFeeOnInput ? ceilDiv(amountIn * rate, FEE_RATE_DENOMINATOR - rate) : 0n;
	return { amountIn, amountOut: taken, fee, taken };
}
