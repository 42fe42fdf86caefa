import { isImmediate } from "./order.ts";
import { bestQuote, type RouteQuote, type Routes } from "./order-route.ts";
import { largestWithin } from "./order-size.ts";
import { type OrderReason, type OrderState, remainingOf } from "./order-state.ts";
import { isAtOrBetter, isStopReached, outputAtPrice } from "./price.ts";

/** What the market offers an order, and what the wallet has for it. */
export interface OrderView extends Routes {
	/** What may be given at once, by the wallet's balance and the limits; base units of the mint given. */
	readonly spendable: bigint;
	/** A part of an order below this share of it is not worth its fee, hundredths of a percent. */
	readonly minimumPartBps: number;
}

/** One exchange to be made now. */
export interface Trade {
	readonly quote: RouteQuote;
	/** Less than this the chain refuses. */
	readonly minimumAmountOut: bigint;
}

/** What an order does now: trade, wait, or end because now was its only moment. */
export type OrderPlan =
	| { readonly action: "trade"; readonly trade: Trade }
	| { readonly action: "wait"; readonly reason: OrderReason }
	| { readonly action: "end"; readonly reason: OrderReason };

const BASIS_POINTS = 10_000n;

/**
 * Whether the stop of an order that waits for one is reached: by what the whole rest of the order would get now over its
 * best route, not by a middle price. What cannot be quoted triggers nothing.
 */
export function isTriggered(state: OrderState, routes: Routes): boolean {
	const { stopPrice, side } = state.terms;
	if (stopPrice === null || state.triggeredAtMicros !== null) return false;
	const quote = bestQuote(routes, remainingOf(state));
	return quote !== null && isStopReached(side, quote, stopPrice);
}

/** What an order that waits for no stop, or no longer, does on this market. */
export function planOrder(state: OrderState, view: OrderView): OrderPlan {
	const { terms } = state;
	const remaining = remainingOf(state);
	const isWhole = terms.timeInForce === "fok" || terms.limitPrice === null;
	if (view.routes.length === 0) return instead(state, "noRoute", "no pools lead from one mint to the other");
	const most = lesser(view.spendable, remaining);
	if (most < 1n || (terms.timeInForce === "fok" && most < remaining)) {
		return instead(state, "insufficientFunds", `${view.spendable} can be given now, the order asks for ${remaining}`);
	}
	const quote = isWhole ? wholeQuote(state, view, most) : partQuote(state, view, most);
	if (quote === null) return instead(state, "priceNotMet", "no pool gives the price now");
	const minimumAmountOut = minimumOutput(state, quote);
	if (minimumAmountOut > quote.amountOut) return instead(state, "priceNotMet", "no pool gives the price now");
	return { action: "trade", trade: { quote, minimumAmountOut } };
}

function lesser(one: bigint, other: bigint): bigint {
	if (one < other) return one;
	return other;
}

function wholeQuote({ terms }: OrderState, view: OrderView, amount: bigint): RouteQuote | null {
	const quote = bestQuote(view, amount);
	if (quote === null || terms.limitPrice === null) return quote;
	return isAtOrBetter(terms.side, quote, terms.limitPrice) ? quote : null;
}

function partQuote(state: OrderState, view: OrderView, maximumAmount: bigint): RouteQuote | null {
	const { limitPrice, side, amount } = state.terms;
	if (limitPrice === null) throw new Error(`order ${state.terms.orderId} has no limit price to be filled in parts by`);
	const quote = largestWithin(view, { side, limitPrice, maximumAmount });
	if (quote === null || quote.amountIn === remainingOf(state)) return quote;
	// A sliver would cost more in fees than it moves; the last of an order may be as small as it is.
	return quote.amountIn * BASIS_POINTS >= amount * BigInt(view.minimumPartBps) ? quote : null;
}

/** The least output that the order's limit price and slippage both allow, at least one unit. */
function minimumOutput({ terms }: OrderState, { amountIn, amountOut }: RouteQuote): bigint {
	const { side, limitPrice, slippageBps } = terms;
	const byLimit = limitPrice === null ? 1n : outputAtPrice(side, amountIn, limitPrice);
	const kept = BASIS_POINTS - BigInt(slippageBps);
	const bySlippage = (amountOut * kept + BASIS_POINTS - 1n) / BASIS_POINTS;
	return byLimit > bySlippage ? byLimit : bySlippage;
}

function instead({ terms }: OrderState, code: OrderReason["code"], detail: string): OrderPlan {
	return { action: isImmediate(terms) ? "end" : "wait", reason: { code, detail } };
}
