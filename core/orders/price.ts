import { ceilDiv } from "../market/constant-product.ts";
import { failure, type Result, success } from "../types/result.ts";

/** Digits before and behind the point of a price that a person can mean. */
const MAXIMUM_DIGITS = 20;
const PRICE_PATTERN = /^(\d+)(?:\.(\d+))?$/;

/** A price as a fraction of base units: `quoteUnits` of the quote mint for `baseUnits` of the base mint. Both positive. */
export interface Price {
	/** As it was written: whole quote for one whole base. */
	readonly text: string;
	readonly quoteUnits: bigint;
	readonly baseUnits: bigint;
}

export interface PairDecimals {
	readonly baseDecimals: number;
	readonly quoteDecimals: number;
}

/** Which way an order trades: `buy` gives quote and takes base, `sell` gives base and takes quote. */
export type OrderSide = "buy" | "sell";

/** The price written as a decimal in whole units, such as "150.25" quote for one base. Exact: nothing is rounded. */
export function parsePrice(text: string, { baseDecimals, quoteDecimals }: PairDecimals): Result<Price, "malformed"> {
	const match = PRICE_PATTERN.exec(text);
	if (!match) return failure("malformed");
	const whole = match[1] as string;
	const fraction = match[2] ?? "";
	if (whole.length > MAXIMUM_DIGITS || fraction.length > MAXIMUM_DIGITS) return failure("malformed");
	const digits = BigInt(`${whole}${fraction}`);
	if (digits === 0n) return failure("malformed");
	return success({
		text,
		quoteUnits: digits * 10n ** BigInt(quoteDecimals),
		baseUnits: 10n ** BigInt(fraction.length + baseDecimals),
	});
}

/** The least output that keeps an order's average at its price or better for it: rounded up, so never worse by a unit. */
export function outputAtPrice(side: OrderSide, amountIn: bigint, { quoteUnits, baseUnits }: Price): bigint {
	return side === "sell" ? ceilDiv(amountIn * quoteUnits, baseUnits) : ceilDiv(amountIn * baseUnits, quoteUnits);
}

/** The most input that `amountOut` pays for at a price: the inverse of {@link outputAtPrice}, rounded down. */
export function inputAtPrice(side: OrderSide, amountOut: bigint, { quoteUnits, baseUnits }: Price): bigint {
	return side === "sell" ? (amountOut * baseUnits) / quoteUnits : (amountOut * quoteUnits) / baseUnits;
}

/** What is traded for what, exactly. */
export interface Exchange {
	readonly amountIn: bigint;
	readonly amountOut: bigint;
}

/** Whether an exchange is at a price or better for the one who makes it. */
export function isAtOrBetter(side: OrderSide, { amountIn, amountOut }: Exchange, price: Price): boolean {
	return amountOut >= outputAtPrice(side, amountIn, price);
}

/**
 * Whether the market has come to a stop: what could be traded now is at the stop price or worse for the one who trades.
 * A sell stop waits for a fall, a buy stop for a rise.
 */
export function isStopReached(
	side: OrderSide,
	{ amountIn, amountOut }: Exchange,
	{ quoteUnits, baseUnits }: Price,
): boolean {
	return side === "sell"
		? amountOut * baseUnits <= amountIn * quoteUnits
		: amountIn * baseUnits >= amountOut * quoteUnits;
}
