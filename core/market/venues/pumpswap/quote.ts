import { failure, success } from "../../../types/result.ts";
import { ceilDiv, curveInput, curveOutput, U64_MAX } from "../../constant-product.ts";
import type { PoolDescriptor } from "../../pool.ts";
import {
	type Direction,
	NO_ARRAYS,
	type QuoteRequest,
	type QuoteResult,
	type ReserveState,
	type SwapRequest,
} from "../venue.ts";
import { BASIS_POINTS, DISABLE_BUY, DISABLE_SELL, MOST_TIERS } from "./fee-schedule.ts";

/** The names of a tier's four numbers among a descriptor's parameters. */
export const TIER_PARAMETERS = Array.from({ length: MOST_TIERS }, (_, tier) => ({
	threshold: `tier${tier}Threshold`,
	lpFeeBps: `tier${tier}LpFeeBps`,
	protocolFeeBps: `tier${tier}ProtocolFeeBps`,
	creatorFeeBps: `tier${tier}CreatorFeeBps`,
}));

/** The rates of one swap, in basis points of the quote amount that the curve computes with. */
interface Rates {
	readonly lp: bigint;
	readonly protocol: bigint;
	readonly creator: bigint;
}

/** Who gets what of a swap's fee, in base units of the quote mint. */
export interface FeeParts {
	/** Stays in the pool. */
	readonly liquidityProviders: bigint;
	/** The protocol's recipient, and out of it the buyback's. */
	readonly protocol: bigint;
	/** The coin's creator, or the trader's cashback. */
	readonly creator: bigint;
}

/**
 * Output for an exact input. Selling base is `sell`: the curve's output is rounded down, each fee up. Buying is
 * `buy_exact_quote_in`: fees are taken off the input first, and the curve gets one unit less than what is left (Pump's
 * pump-swap-sdk 1.20, sell.ts `sellBaseInput`, buy.ts `buyQuoteInput`). A buy may leave the trader up to
 * three units of the input, one for each fee's rounding.
 */
export function quoteExactIn(request: QuoteRequest): QuoteResult {
	const { pool, state, direction, amount } = request;
	if (amount > U64_MAX) return failure("amountOverflow");
	if (isDisabled(request)) return failure("swapDisabled");
	if (amount <= 0n) return failure("zeroInput");
	const { reserveA: base, reserveB: quote } = state;
	if (base <= 0n || quote <= 0n) return failure("insufficientLiquidity");
	const rates = ratesOf(pool, state);
	if (direction === "aToB") {
		if (base + amount > U64_MAX) return failure("amountOverflow");
		const swapped = curveOutput(amount, base, quote);
		const fee = totalFee(swapped, rates);
		if (swapped <= fee) return failure("zeroOutput");
		if (!isPayable(pool, quote, swapped, rates)) return failure("insufficientLiquidity");
		return success({ amountIn: amount, amountOut: swapped - fee, fee, feeSide: "output", arrays: NO_ARRAYS });
	}
	const net = netInput(amount, rates);
	if (net <= 1n) return failure("zeroOutput");
	if (quote + amount > U64_MAX) return failure("amountOverflow");
	const amountOut = curveOutput(net - 1n, quote, base);
	if (amountOut === 0n) return failure("zeroOutput");
	return success({ amountIn: amount, amountOut, fee: amount - net, feeSide: "input", arrays: NO_ARRAYS });
}

/**
 * Input for an exact output. Buying base is the instruction `buy`. Selling for an exact amount of quote has none: this is
 * base for which `sell` gives at least that, and `amountOut` what it gives (buy.ts `buyBaseInput`, sell.ts
 * `sellQuoteInput`, which alone may fall short of the amount by up to two units).
 */
export function quoteExactOut(request: QuoteRequest): QuoteResult {
	const { pool, state, direction, amount } = request;
	if (amount > U64_MAX) return failure("amountOverflow");
	if (amount <= 0n) return failure("zeroOutput");
	if (isDisabled(request)) return failure("swapDisabled");
	const { reserveA: base, reserveB: quote } = state;
	if (base <= 0n || quote <= 0n) return failure("insufficientLiquidity");
	const rates = ratesOf(pool, state);
	if (direction === "bToA") {
		if (amount >= base) return failure("insufficientLiquidity");
		const swapped = curveInput(amount, quote, base);
		const fee = totalFee(swapped, rates);
		const amountIn = swapped + fee;
		if (quote + amountIn > U64_MAX) return failure("amountOverflow");
		return success({ amountIn, amountOut: amount, fee, feeSide: "input", arrays: NO_ARRAYS });
	}
	return soldFor(request, rates);
}

/** Each of the three fees is rounded up on its own: what is aimed at may have to be more than what is wanted, by so much. */
const MOST_ROUNDED = 3n;

function soldFor({ pool, state, amount }: QuoteRequest, rates: Rates): QuoteResult {
	const { reserveA: base, reserveB: quote } = state;
	const kept = BASIS_POINTS - rates.lp - rates.protocol - rates.creator;
	for (let aim = amount; aim <= amount + MOST_ROUNDED; aim++) {
		const wanted = ceilDiv(aim * BASIS_POINTS, kept);
		if (wanted >= quote) break;
		const amountIn = curveInput(wanted, base, quote);
		if (base + amountIn > U64_MAX) return failure("amountOverflow");
		const swapped = curveOutput(amountIn, base, quote);
		const fee = totalFee(swapped, rates);
		const amountOut = swapped - fee;
		if (amountOut < amount) continue;
		if (!isPayable(pool, quote, swapped, rates)) break;
		return success({ amountIn, amountOut, fee, feeSide: "output", arrays: NO_ARRAYS });
	}
	return failure("insufficientLiquidity");
}

/** Of the tier that counts now. Selling pays a part of the output, buying one that is added to what the curve gets. */
export function keptShare(pool: PoolDescriptor, state: ReserveState, direction: Direction): number {
	if (state.reserveA <= 0n) return 0;
	const { lp, protocol, creator } = ratesOf(pool, state);
	const fee = Number(lp + protocol + creator) / Number(BASIS_POINTS);
	return direction === "aToB" ? 1 - fee : 1 / (1 + fee);
}

/** What the curve sees next: the liquidity providers' part of the fee stays, all else has left or does not count. */
export function afterSwap(request: SwapRequest): ReserveState {
	const { pool, state, direction, quote } = request;
	const { reserveA, reserveB, swapEnabled, openTimeSeconds } = state;
	const rates = ratesOf(pool, state);
	const isOpen = { swapEnabled, openTimeSeconds };
	if (direction === "aToB") {
		const swapped = curveOutput(quote.amountIn, reserveA, reserveB);
		const left = reserveB - swapped + part(swapped, rates.lp);
		return { reserveA: reserveA + quote.amountIn, reserveB: left, ...isOpen };
	}
	const net = quote.amountIn - quote.fee;
	return { reserveA: reserveA - quote.amountOut, reserveB: reserveB + net + part(net, rates.lp), ...isOpen };
}

/** Who gets the fee of a swap whose quote is that of the request's own state. */
export function feeParts({ pool, state, direction, quote }: SwapRequest): FeeParts {
	const rates = ratesOf(pool, state);
	const taxed = direction === "aToB" ? quote.amountOut + quote.fee : quote.amountIn - quote.fee;
	return {
		liquidityProviders: part(taxed, rates.lp),
		protocol: part(taxed, rates.protocol),
		creator: part(taxed, rates.creator),
	};
}

/** What of an input goes to the curve; when the fees, each rounded up, do not fit any more it gives way. */
function netInput(amount: bigint, rates: Rates): bigint {
	const net = (amount * BASIS_POINTS) / (BASIS_POINTS + rates.lp + rates.protocol + rates.creator);
	const over = net + totalFee(net, rates) - amount;
	return over > 0n ? net - over : net;
}

function totalFee(amount: bigint, { lp, protocol, creator }: Rates): bigint {
	return part(amount, lp) + part(amount, protocol) + part(amount, creator);
}

function part(amount: bigint, basisPoints: bigint): bigint {
	return basisPoints === 0n ? 0n : ceilDiv(amount * basisPoints, BASIS_POINTS);
}

/**
 * Of a boosted pool the curve sees more quote than the vault holds: a sell must leave the vault solvent. The boost is that
 * of the pool's description; the program has the last word when it has moved since.
 */
function isPayable(pool: PoolDescriptor, quoteReserve: bigint, swapped: bigint, rates: Rates): boolean {
	const boost = parameter(pool, "boost");
	return boost === 0n || swapped - part(swapped, rates.lp) <= quoteReserve - boost;
}

function isDisabled({ pool, state, direction }: QuoteRequest): boolean {
	if (!state.swapEnabled) return true;
	const flags = parameter(pool, "disableFlags");
	return flags !== 0n && (flags & (direction === "aToB" ? DISABLE_SELL : DISABLE_BUY)) !== 0n;
}

/** The last tier that the pool's market cap before the swap reaches, else the first (fees.ts `calculateFeeTier`). */
function ratesOf(pool: PoolDescriptor, state: ReserveState): Rates {
	let tier = Number(parameter(pool, "tierCount")) - 1;
	if (tier > 0) {
		const marketCap = (state.reserveB * parameter(pool, "supply")) / state.reserveA;
		while (tier > 0 && marketCap < parameter(pool, names(tier).threshold)) tier--;
	}
	const { lpFeeBps, protocolFeeBps, creatorFeeBps } = names(tier);
	return {
		lp: parameter(pool, lpFeeBps),
		protocol: parameter(pool, protocolFeeBps),
		creator: parameter(pool, creatorFeeBps),
	};
}

function names(tier: number): (typeof TIER_PARAMETERS)[number] {
	return TIER_PARAMETERS[tier] as (typeof TIER_PARAMETERS)[number];
}

function parameter(pool: PoolDescriptor, name: string): bigint {
	const value = pool.parameters[name];
	if (value === undefined)
		throw new Error(`pool ${pool.address} has no parameter ${name}: describe it with its own venue`);
	return value;
}
