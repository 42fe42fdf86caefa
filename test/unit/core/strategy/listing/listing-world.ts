import type { FeePolicy } from "../../../../../core/execution/fee-policy.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import type { ListingFacts } from "../../../../../core/strategy/listing/facts.ts";
import {
	LISTING_PARAMETERS,
	type ListingSettings,
	listingTerms,
} from "../../../../../core/strategy/listing/parameters.ts";
import { ListingStrategy } from "../../../../../core/strategy/listing/strategy.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { USDC } from "../../market/market-fixture.ts";
import { PositionWorld, tokenPool } from "../holding/position-world.ts";

export const SURROUNDINGS = {
	budget: { computeUnitLimit: 200_000, computeUnitPriceMicroLamports: 1_000n },
	staleAfterSlots: 4,
	largestNotional: new Map([[USDC, 1_000_000_000n]]),
};

/** What a good token's pool is like. */
export const GOOD: ListingFacts = {
	mintAuthorityRevoked: true,
	freezeAuthorityRevoked: true,
	lockedLiquidityBps: 9_500,
	topHolderBps: 2_000,
	createdAtSeconds: null,
};

/** The declared defaults, and what has none. */
export function settingsOf(change: Partial<ListingSettings> = {}): ListingSettings {
	const defaults = Object.fromEntries(Object.entries(LISTING_PARAMETERS).map(([key, it]) => [key, it.default]));
	return {
		...(defaults as unknown as ListingSettings),
		position_size: new Map([[USDC, 100_000_000n]]),
		minimum_liquidity: new Map([[USDC, 10_000_000_000n]]),
		...change,
	};
}

export interface ListingWorldOptions {
	readonly settings?: Partial<ListingSettings>;
	/** Of the first catalog. */
	readonly pools?: readonly PoolDescriptor[];
	readonly fees?: FeePolicy;
	readonly prepare?: (strategy: ListingStrategy) => void;
}

/** New pools appear beside an old one, and facts of them become known. */
export class ListingWorld extends PositionWorld<ListingStrategy> {
	readonly facts: Map<Address, ListingFacts>;

	constructor({ settings, pools = [tokenPool(1)], fees, prepare }: ListingWorldOptions = {}) {
		const facts = new Map<Address, ListingFacts>();
		const terms = listingTerms(settingsOf(settings), SURROUNDINGS);
		super(
			pools,
			(nextIntentId) =>
				new ListingStrategy({
					terms,
					facts: (pool) => facts.get(pool) ?? null,
					nextIntentId,
					...(fees && { fees }),
				}),
			prepare,
		);
		this.facts = facts;
	}

	/** A catalog with pool 2 besides, of which everything good is known; seen at once, and old enough a minute later. */
	list(facts: Partial<ListingFacts> | null = {}, pools = [tokenPool(1), tokenPool(2)]): void {
		this.update();
		this.adopt(pools);
		if (facts !== null) this.facts.set(tokenPool(2).address, { ...GOOD, ...facts });
		const early = this.update();
		if (early.length > 0) throw new Error("bought before it was old enough");
	}
}
