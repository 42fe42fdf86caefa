import { isAddress } from "../risk/intent-shape.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import {
	ALLOWED_TIMES,
	ORDER_TYPES,
	type OrderRequest,
	type OrderType,
	TIMES_IN_FORCE,
	type TimeInForce,
} from "./order.ts";
import { type OrderSide, type PairDecimals, type Price, parsePrice } from "./price.ts";

/** `malformedOrder`: a field is missing, unknown, of the wrong kind or out of range. `unknownMint`: no pool trades it. */
export type OrderShapeCode = "malformedOrder" | "unknownMint";

export interface OrderShapeError {
	readonly code: OrderShapeCode;
	/** One phrase that names the field. */
	readonly detail: string;
}

export interface OrderShapeContext {
	/** The mint that a symbol of the configuration stands for. Symbols on chain can be anybody's. */
	readonly mintOfSymbol: (symbol: string) => Address | undefined;
	/** A mint's decimal places; undefined when no pool trades it. */
	readonly decimalsOf: (mint: Address) => number | undefined;
	/** For orders that name no slippage, hundredths of a percent. */
	readonly defaultSlippageBps: number;
}

type Field = keyof OrderRequest;
type Read<T> = Result<T, OrderShapeError>;

const FIELDS: ReadonlySet<string> = new Set<Field>([
	"clientOrderId",
	"side",
	"type",
	"timeInForce",
	"baseMint",
	"quoteMint",
	"amount",
	"limitPrice",
	"stopPrice",
	"slippageBps",
	"timeoutMs",
]);
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;
const AMOUNT_PATTERN = /^\d{1,20}$/;
const CLIENT_ORDER_ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
/** A guard of nothing would be none: slippage stays below the whole. */
const LARGEST_SLIPPAGE_BPS = 5_000;
const LARGEST_TIMEOUT_MS = 366 * 86_400_000;
const NAME_LIMIT = 40;

/**
 * An order request from anything that came from outside, or the first thing that is wrong with it. Amounts are decimal
 * digits in base units (or bigint), prices decimals in whole units of quote for one of base; both as text, because a
 * number has lost what it could not hold.
 */
export function readOrderRequest(value: unknown, context: OrderShapeContext): Read<OrderRequest> {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return malformed("the order is no object");
	const strange = Object.keys(value).find((name) => !FIELDS.has(name));
	if (strange !== undefined) return malformed(`${strange.slice(0, NAME_LIMIT)} is no field of an order`);
	const it = value as Partial<Record<Field, unknown>>;
	const kind = readKind(it);
	if (!kind.ok) return kind;
	const pair = readPair(it, context);
	if (!pair.ok) return pair;
	const amount = readAmount(it.amount);
	if (!amount.ok) return amount;
	const prices = readPrices(it, kind.value.type, pair.value);
	if (!prices.ok) return prices;
	const bounds = readBounds(it, context);
	if (!bounds.ok) return bounds;
	const { baseMint, quoteMint } = pair.value;
	return success({ ...kind.value, baseMint, quoteMint, amount: amount.value, ...prices.value, ...bounds.value });
}

type Fields = Partial<Record<Field, unknown>>;
type Kind = Pick<OrderRequest, "clientOrderId" | "side" | "type" | "timeInForce">;

function readKind(it: Fields): Read<Kind> {
	const { clientOrderId = null, side, type } = it;
	if (clientOrderId !== null && !(typeof clientOrderId === "string" && CLIENT_ORDER_ID_PATTERN.test(clientOrderId))) {
		return malformed("clientOrderId is not 1 to 64 of A-Z a-z 0-9 . _ -");
	}
	if (side !== "buy" && side !== "sell") return malformed("side is neither buy nor sell");
	if (!isOneOf(ORDER_TYPES, type)) return malformed(`type is none of ${ORDER_TYPES.join(", ")}`);
	const timeInForce = it.timeInForce ?? defaultTime(type);
	if (!isOneOf(TIMES_IN_FORCE, timeInForce)) return malformed(`timeInForce is none of ${TIMES_IN_FORCE.join(", ")}`);
	if (!ALLOWED_TIMES[type].includes(timeInForce)) {
		return malformed(`timeInForce of a ${type} order is ${ALLOWED_TIMES[type].join(" or ")}, not ${timeInForce}`);
	}
	return success({ clientOrderId, side: side satisfies OrderSide, type, timeInForce });
}

function defaultTime(type: OrderType): TimeInForce {
	return type === "market" ? "ioc" : "gtc";
}

interface Pair extends PairDecimals {
	readonly baseMint: Address;
	readonly quoteMint: Address;
}

function readPair(it: Fields, context: OrderShapeContext): Read<Pair> {
	const baseMint = readMint("baseMint", it.baseMint, context);
	if (!baseMint.ok) return baseMint;
	const quoteMint = readMint("quoteMint", it.quoteMint, context);
	if (!quoteMint.ok) return quoteMint;
	if (baseMint.value === quoteMint.value) return malformed("quoteMint is the base mint");
	const baseDecimals = context.decimalsOf(baseMint.value);
	if (baseDecimals === undefined) return unknownMint("baseMint", baseMint.value);
	const quoteDecimals = context.decimalsOf(quoteMint.value);
	if (quoteDecimals === undefined) return unknownMint("quoteMint", quoteMint.value);
	return success({ baseMint: baseMint.value, quoteMint: quoteMint.value, baseDecimals, quoteDecimals });
}

function readMint(field: Field, value: unknown, { mintOfSymbol }: OrderShapeContext): Read<Address> {
	if (typeof value !== "string") return malformed(`${field} is neither an address nor a symbol`);
	const mint = mintOfSymbol(value);
	if (mint !== undefined) return success(mint);
	if (isAddress(value)) return success(value as Address);
	return malformed(`${field} is neither an address nor a symbol of the configuration`);
}

function readAmount(value: unknown): Read<bigint> {
	const isText = typeof value === "string" && AMOUNT_PATTERN.test(value);
	if (!isText && typeof value !== "bigint") return malformed("amount is no text of decimal digits, in base units");
	const amount = BigInt(value);
	if (amount < 1n || amount > LARGEST_U64) return malformed("amount is not within 1 and 2^64 - 1");
	return success(amount);
}

function readPrices(
	it: Fields,
	type: OrderType,
	pair: PairDecimals,
): Read<Pick<OrderRequest, "limitPrice" | "stopPrice">> {
	const hasLimit = type === "limit" || type === "stopLimit";
	const limitPrice = readPrice("limitPrice", it.limitPrice, { type, isWanted: hasLimit, pair });
	if (!limitPrice.ok) return limitPrice;
	const hasStop = type === "stop" || type === "stopLimit";
	const stopPrice = readPrice("stopPrice", it.stopPrice, { type, isWanted: hasStop, pair });
	if (!stopPrice.ok) return stopPrice;
	return success({ limitPrice: limitPrice.value, stopPrice: stopPrice.value });
}

function readPrice(
	field: Field,
	value: unknown,
	{ type, isWanted, pair }: { readonly type: OrderType; readonly isWanted: boolean; readonly pair: PairDecimals },
): Read<Price | null> {
	if (value === undefined || value === null) {
		return isWanted ? malformed(`${field} is missing: a ${type} order needs one`) : success(null);
	}
	if (!isWanted) return malformed(`${field} is given, and a ${type} order has none`);
	const price = typeof value === "string" ? parsePrice(value, pair) : null;
	if (price?.ok) return success(price.value);
	return malformed(`${field} is no text of a positive decimal with at most 20 digits before and behind the point`);
}

function readBounds(
	it: Fields,
	{ defaultSlippageBps }: OrderShapeContext,
): Read<Pick<OrderRequest, "slippageBps" | "timeoutMs">> {
	const slippageBps = it.slippageBps ?? defaultSlippageBps;
	if (!isWithin(slippageBps, 0, LARGEST_SLIPPAGE_BPS)) {
		return malformed(`slippageBps is no whole number from 0 to ${LARGEST_SLIPPAGE_BPS}`);
	}
	const timeoutMs = it.timeoutMs ?? null;
	if (timeoutMs !== null && !isWithin(timeoutMs, 1, LARGEST_TIMEOUT_MS)) {
		return malformed(`timeoutMs is no whole number from 1 to ${LARGEST_TIMEOUT_MS}`);
	}
	return success({ slippageBps, timeoutMs });
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
	return (values as readonly unknown[]).includes(value);
}

function isWithin(value: unknown, least: number, most: number): value is number {
	return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function malformed(detail: string): Result<never, OrderShapeError> {
	return failure({ code: "malformedOrder", detail });
}

function unknownMint(field: Field, mint: Address): Result<never, OrderShapeError> {
	return failure({ code: "unknownMint", detail: `${field}: no pool trades ${mint}` });
}
