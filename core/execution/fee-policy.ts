import { type ComputeBudget, LAMPORTS_PER_SIGNATURE, networkFeeLamports } from "../strategy/network-cost.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import { LandingRate } from "./landing-rate.ts";
import type { SubmissionOutcome } from "./submission.ts";
import type { TipTerms } from "./tip.ts";

/** Everything that the fee policy can be told. */
export interface FeePolicyParameters {
	/** Paid at least, and all that is paid while nothing fresh is known of what others pay. */
	readonly floorMicroLamports: bigint;
	/** Paid at most, for a compute unit … */
	readonly maximumMicroLamports: bigint;
	/** … and for a transaction, base fee included. */
	readonly maximumFeeLamports: bigint;
	/** Asked for until a route is measured, and at most. */
	readonly computeUnitLimit: number;
	/** Asked for above what a route was measured to need. */
	readonly computeUnitMarginPercent: number;
	/** What others pay is not gone by when it is older. */
	readonly staleAfterMicros: number;
	/** Null: no tips. */
	readonly tip: TipTerms | null;
}

/** What the writers of a pool's accounts pay for a compute unit. */
export interface PoolFee {
	readonly pool: Address;
	readonly microLamports: bigint;
}

/** A route as fees know it. */
export interface FeeRoute {
	/** See {@link routeName}. */
	readonly name: string;
	readonly pools: readonly Address[];
}

export interface FeeQuote extends ComputeBudget {
	/** Base fee and priority fee: what the transaction costs whether it lands or reverts. */
	readonly feeLamports: bigint;
}

const MICRO_LAMPORTS_PER_LAMPORT = 1_000_000n;
/** Routes whose need is remembered. */
const MOST_ROUTES = 8_192;
/** Pools whose prices are remembered. */
const MOST_POOLS = 8_192;

/** One name for a route, whoever tells of it: lender, pools and directions. */
export function routeName(
	reserve: Address | null,
	legs: readonly { readonly pool: Address; readonly direction: "aToB" | "bToA" }[],
): string {
	let name: string = reserve ?? "";
	for (const { pool, direction } of legs) name += direction === "aToB" ? `>${pool}` : `<${pool}`;
	return name;
}

/**
 * The price that at least `percentile` hundredths of the slots did not pass; 0 for no slots.
 *
 * @param percentile 0 (the lowest) to 100 (the highest)
 */
export function percentileOf(prices: readonly bigint[], percentile: number): bigint {
	const sorted = [...prices].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
	const rank = Math.max(1, Math.ceil((percentile * sorted.length) / 100));
	return sorted[Math.min(rank, sorted.length) - 1] ?? 0n;
}

/**
 * What to pay for a route: compute units as measured with a margin, the price that others pay for the same accounts,
 * raised while own trades do not land, within caps that nothing passes. Pure: time is told.
 */
export class FeePolicy {
	readonly #parameters: FeePolicyParameters;
	readonly #landing = new LandingRate();
	readonly #prices = new Map<Address, { microLamports: bigint; atMicros: number }>();
	readonly #units = new Map<string, number>();
	#version = 0;
	#freshUntilMicros = Number.POSITIVE_INFINITY;

	constructor(parameters: FeePolicyParameters) {
		this.#parameters = parameters;
	}

	/** The same budget for everything, and no tips. */
	static fixed(budget: ComputeBudget): FeePolicy {
		const price = budget.computeUnitPriceMicroLamports;
		return new FeePolicy({
			floorMicroLamports: price,
			maximumMicroLamports: price,
			maximumFeeLamports: networkFeeLamports(budget),
			computeUnitLimit: budget.computeUnitLimit,
			computeUnitMarginPercent: 0,
			staleAfterMicros: 0,
			tip: null,
		});
	}

	/** Null: no tips. */
	get tip(): TipTerms | null {
		return this.#parameters.tip;
	}

	/** Changes whenever a quote may be another one. */
	get version(): number {
		return this.#version;
	}

	/** How far prices are raised because trades do not land: 0 to 16. */
	get steps(): number {
		return this.#landing.steps;
	}

	/** Takes what others pay. Pools that are not told of keep their price until it is stale. */
	observed(fees: readonly PoolFee[], nowMicros: number): void {
		for (const { pool, microLamports } of fees) {
			this.#prices.delete(pool);
			if (this.#prices.size >= MOST_POOLS) deleteOldest(this.#prices);
			this.#prices.set(pool, { microLamports, atMicros: nowMicros });
		}
		this.#changed();
	}

	/** Takes what a route needed. More counts at once, less by and by. */
	measured(route: string, units: number): void {
		if (!Number.isSafeInteger(units) || units <= 0) return;
		const known = this.#units.get(route);
		const next = known === undefined || units >= known ? units : known - Math.floor((known - units) / 8);
		if (next === known) return;
		if (known === undefined && this.#units.size >= MOST_ROUTES) deleteOldest(this.#units);
		this.#units.set(route, next);
		this.#changed();
	}

	/** An intent is proposed on the market of a slot. */
	proposed(intentId: IntentId, triggerSlot: number): void {
		this.#landing.proposed(intentId, triggerSlot);
	}

	/** An intent ended on the chain; `slot` included it, or null. */
	settled(intentId: IntentId, outcome: SubmissionOutcome, slot: number | null): void {
		if (this.#landing.settled(intentId, outcome, slot)) this.#changed();
	}

	/** An intent was denied or never left. */
	forget(intentId: IntentId): void {
		this.#landing.forget(intentId);
	}

	/** Lets time pass: prices that have become stale no longer count. */
	advance(nowMicros: number): void {
		if (nowMicros <= this.#freshUntilMicros) return;
		for (const [pool, { atMicros }] of this.#prices) {
			if (nowMicros - atMicros > this.#parameters.staleAfterMicros) this.#prices.delete(pool);
		}
		this.#changed();
	}

	/** What to pay for a route at the time last told. */
	quote({ name, pools }: FeeRoute): FeeQuote {
		const computeUnitLimit = this.#unitsFor(name);
		const computeUnitPriceMicroLamports = this.#priceFor(pools, computeUnitLimit);
		const budget = { computeUnitLimit, computeUnitPriceMicroLamports };
		return { ...budget, feeLamports: networkFeeLamports(budget) };
	}

	#unitsFor(route: string): number {
		const { computeUnitLimit, computeUnitMarginPercent } = this.#parameters;
		const units = this.#units.get(route);
		if (units === undefined) return computeUnitLimit;
		return Math.min(computeUnitLimit, Math.ceil((units * (100 + computeUnitMarginPercent)) / 100));
	}

	#priceFor(pools: readonly Address[], units: number): bigint {
		const { floorMicroLamports, maximumMicroLamports, maximumFeeLamports } = this.#parameters;
		let price = floorMicroLamports;
		for (const pool of pools) {
			const paid = this.#prices.get(pool)?.microLamports ?? 0n;
			if (paid > price) price = paid;
		}
		price = this.#landing.raise(price);
		if (price > maximumMicroLamports) price = maximumMicroLamports;
		const payable = maximumFeeLamports - LAMPORTS_PER_SIGNATURE;
		const affordable = payable > 0n ? (payable * MICRO_LAMPORTS_PER_LAMPORT) / BigInt(units) : 0n;
		return price < affordable ? price : affordable;
	}

	#changed(): void {
		this.#version++;
		this.#freshUntilMicros = Number.POSITIVE_INFINITY;
		for (const { atMicros } of this.#prices.values()) {
			this.#freshUntilMicros = Math.min(this.#freshUntilMicros, atMicros + this.#parameters.staleAfterMicros);
		}
	}
}

function deleteOldest<Key>(map: Map<Key, unknown>): void {
	for (const key of map.keys()) {
		map.delete(key);
		return;
	}
}
