import type { PoolRow } from "../../../../core/market/pool-row.ts";
import type { OrderId, OrderRequest, OrderTerms } from "../../../../core/orders/order.ts";
import { advanceOrder, type OrderEvent } from "../../../../core/orders/order-machine.ts";
import { acceptedOrder, type OrderState } from "../../../../core/orders/order-state.ts";
import { parsePrice } from "../../../../core/orders/price.ts";
import type { Signature } from "../../../../core/types/identifiers.ts";
import { marketOf } from "../../../support/reserve-market.ts";
import { type PoolParts, poolOf, SOL, USDC } from "../market/market-fixture.ts";

export const ORDER_ID = "abcdefghij01" as OrderId;
export const SIGNATURE = "5".repeat(88) as Signature;
export const NOW_SECONDS = 1_700_000_000n;
/** 2026-11-22T12:00:00Z in microseconds. */
export const NOON_MICROS = 1_795_348_800_000_000;

/** One pool's row, fresh and open. */
export function rowOf(
	parts: PoolParts & Partial<Pick<PoolRow, "reserveA" | "reserveB" | "stale" | "swapEnabled">>,
): PoolRow {
	const { reserveA = 1_000_000_000_000n, reserveB = 150_000_000_000n, stale = false, swapEnabled = true } = parts;
	const pool = poolOf(parts);
	return {
		index: parts.number,
		pool,
		isOneCurve: true,
		isShareFixed: true,
		market: marketOf(pool, { reserveA, reserveB, swapEnabled }),
		reserveA,
		reserveB,
		swapEnabled,
		openTimeSeconds: 0n,
		slot: 100,
		stale,
		version: 1,
		roughA: Number(reserveA),
		roughB: Number(reserveB),
	};
}

/** SOL against USDC: nine and six places. */
export function priceOf(text: string) {
	const price = parsePrice(text, { baseDecimals: 9, quoteDecimals: 6 });
	if (!price.ok) throw new Error(`${text} is no price`);
	return price.value;
}

/** A limit order to sell one SOL, good till cancelled, unless told otherwise. */
export function termsOf(change: Partial<OrderTerms> = {}): OrderTerms {
	return {
		orderId: ORDER_ID,
		clientOrderId: null,
		side: "sell",
		type: "limit",
		timeInForce: "gtc",
		baseMint: SOL,
		quoteMint: USDC,
		amount: 1_000_000_000n,
		limitPrice: priceOf("149"),
		stopPrice: null,
		slippageBps: 100,
		timeoutMs: null,
		acceptedAtMicros: NOON_MICROS,
		expiresAtMicros: null,
		...change,
	};
}

export function marketTerms(change: Partial<OrderTerms> = {}): OrderTerms {
	return termsOf({ type: "market", timeInForce: "ioc", limitPrice: null, slippageBps: 50, ...change });
}

/** The order after events that have to follow. */
export function orderAfter(terms: OrderTerms, ...events: readonly OrderEvent[]): OrderState {
	let state = acceptedOrder(terms);
	for (const event of events) {
		const advanced = advanceOrder(state, event);
		if (!advanced.ok) throw new Error(advanced.error.detail);
		state = advanced.value;
	}
	return state;
}

export const RESTED: OrderEvent = { type: "rested", atMicros: NOON_MICROS };
export const TRIGGERED: OrderEvent = { type: "triggered", atMicros: NOON_MICROS + 1 };

export function attempted(amountIn: bigint): OrderEvent {
	return { type: "attempted", amountIn, deadlineMicros: NOON_MICROS + 250_000, atMicros: NOON_MICROS + 2 };
}

export function filled(attempt: number, spent: bigint, received = 1n): OrderEvent {
	const end = { outcome: "filled", spent, received, signature: SIGNATURE, slot: 101 } as const;
	return { type: "attemptEnded", attempt, end, atMicros: NOON_MICROS + 3 };
}

export function proven(attempt: number): OrderEvent {
	return { type: "attemptProven", attempt, atMicros: NOON_MICROS + 5 };
}

export function reversed(attempt: number): OrderEvent {
	return { type: "attemptReversed", attempt, atMicros: NOON_MICROS + 5 };
}

/** A request as a person would send it. */
export const REQUEST: Readonly<Record<string, unknown>> = {
	side: "sell",
	type: "limit",
	baseMint: "SOL",
	quoteMint: USDC,
	amount: "1000000000",
	limitPrice: "149.5",
};

export type { OrderRequest };
