import type { Address } from "../types/address.ts";
import type { Random } from "../types/clock.ts";
import type { IntentId } from "../types/identifiers.ts";
import type { OrderSide, Price } from "./price.ts";

export const ORDER_TYPES = ["market", "limit", "stop", "stopLimit"] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/**
 * How long an order lives. `ioc`: now, for whatever fits, the rest is cancelled. `fok`: now and whole, or not at all.
 * `gtc`: until it is filled or cancelled. `day`: until the UTC day ends.
 */
export const TIMES_IN_FORCE = ["ioc", "fok", "gtc", "day"] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** The lives that a type can have: what waits for a price cannot be for now alone, and a market order waits for none. */
export const ALLOWED_TIMES: Readonly<Record<OrderType, readonly TimeInForce[]>> = {
	market: ["ioc", "fok"],
	limit: ["ioc", "fok", "gtc", "day"],
	stop: ["gtc", "day"],
	stopLimit: ["gtc", "day"],
};

/** The one name of an order, exactly {@link ORDER_ID_LENGTH} characters of `[0-9a-z]`. */
export type OrderId = string & { readonly __brand: "OrderId" };

export const ORDER_ID_LENGTH = 12;
const ATTEMPT_LENGTH = 4;
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const ORDER_ID_PATTERN = /^[0-9a-z]{12}$/;
/** The largest multiple of the alphabet's length in 32 bits: numbers above would favour its first letters. */
const FAIR_RANGE = 2 ** 32 - (2 ** 32 % ALPHABET.length);

/** The attempts that an order's intent ids have room for. */
export const MOST_ATTEMPTS = ALPHABET.length ** ATTEMPT_LENGTH;

export function isOrderId(value: unknown): value is OrderId {
	return typeof value === "string" && ORDER_ID_PATTERN.test(value);
}

/** An id that no other order has, by 62 bits of chance. */
export function newOrderId(random: Random): OrderId {
	let text = "";
	while (text.length < ORDER_ID_LENGTH) {
		const drawn = random.nextUint32();
		if (drawn < FAIR_RANGE) text += ALPHABET[drawn % ALPHABET.length];
	}
	return text as OrderId;
}

/**
 * The intent of an order's n-th attempt, counted from 0: the same whenever it is asked for, so that a crash cannot make
 * a second intent of one attempt.
 */
export function attemptIntentId(orderId: OrderId, attempt: number): IntentId {
	if (!Number.isInteger(attempt) || attempt < 0 || attempt >= MOST_ATTEMPTS) {
		throw new RangeError(`attempt ${attempt} is not within 0 and ${MOST_ATTEMPTS - 1}`);
	}
	return `${orderId}${attempt.toString(ALPHABET.length).padStart(ATTEMPT_LENGTH, "0")}` as IntentId;
}

/** What somebody wants traded. Amounts in base units. */
export interface OrderRequest {
	/** The caller's own name for the order: the same name twice is one order. */
	readonly clientOrderId: string | null;
	readonly side: OrderSide;
	readonly type: OrderType;
	readonly timeInForce: TimeInForce;
	readonly baseMint: Address;
	readonly quoteMint: Address;
	/** What is given at most: quote mint when buying, base mint when selling. */
	readonly amount: bigint;
	/** The worst average price of every fill; null where the type has none. */
	readonly limitPrice: Price | null;
	/** See {@link isStopReached}; null where the type has none. */
	readonly stopPrice: Price | null;
	/** How much less than quoted a fill may bring, hundredths of a percent; a limit price bounds it further. */
	readonly slippageBps: number;
	/** No attempt begins so long after acceptance; null: only the time in force counts. */
	readonly timeoutMs: number | null;
}

/** An accepted order's terms. They never change. */
export interface OrderTerms extends OrderRequest {
	readonly orderId: OrderId;
	/** Microseconds since the Unix epoch. */
	readonly acceptedAtMicros: number;
	/** No attempt begins from this moment on, microseconds since the Unix epoch; null: until it is cancelled. */
	readonly expiresAtMicros: number | null;
}

/** The mint that an order gives. */
export function mintGiven({
	side,
	baseMint,
	quoteMint,
}: Pick<OrderRequest, "side" | "baseMint" | "quoteMint">): Address {
	return side === "buy" ? quoteMint : baseMint;
}

/** The mint that an order takes. */
export function mintTaken({
	side,
	baseMint,
	quoteMint,
}: Pick<OrderRequest, "side" | "baseMint" | "quoteMint">): Address {
	return side === "buy" ? baseMint : quoteMint;
}

/** Whether an order is for now alone. */
export function isImmediate({ timeInForce }: Pick<OrderRequest, "timeInForce">): boolean {
	return timeInForce === "ioc" || timeInForce === "fok";
}

/** Whether two requests under one name ask for the same. Prices are compared as they were written. */
export function isSameRequest(one: OrderRequest, other: OrderRequest): boolean {
	return fingerprint(one) === fingerprint(other);
}

function fingerprint(request: OrderRequest): string {
	const { clientOrderId, side, type, timeInForce, baseMint, quoteMint, amount, slippageBps, timeoutMs } = request;
	const prices = [request.limitPrice?.text ?? null, request.stopPrice?.text ?? null];
	const plain = [
		clientOrderId,
		side,
		type,
		timeInForce,
		baseMint,
		quoteMint,
		amount.toString(),
		slippageBps,
		timeoutMs,
	];
	return JSON.stringify([...plain, ...prices]);
}

const MICROS_PER_MILLISECOND = 1_000;
const MICROS_PER_DAY = 86_400_000_000;

/** The moment from which an order that is accepted now begins no attempt; null: none. */
export function expiryOf({ timeInForce, timeoutMs }: OrderRequest, nowMicros: number): number | null {
	const dayEnds = timeInForce === "day" ? (Math.floor(nowMicros / MICROS_PER_DAY) + 1) * MICROS_PER_DAY : null;
	const timesOut = timeoutMs === null ? null : nowMicros + timeoutMs * MICROS_PER_MILLISECOND;
	if (dayEnds === null || timesOut === null) return dayEnds ?? timesOut;
	return Math.min(dayEnds, timesOut);
}
