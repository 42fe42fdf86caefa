import type { ListingFacts } from "./facts.ts";

/** Why a pool's token is not bought. Closed; in the order of the checks. */
export const LISTING_REFUSALS = [
	/** It does not trade a token against the funding mint. */
	"noFunding",
	/** It is older than a new pool may be, or nobody knows how old it is. */
	"tooOld",
	/** What must be known of its token is not known yet. */
	"factsUnknown",
	/** Somebody can make more of the token. */
	"mintAuthority",
	/** Somebody can freeze accounts of the token. */
	"freezeAuthority",
	/** Too much of its liquidity can be taken out. */
	"lockedLiquidity",
	/** One holder has too much of the token. */
	"topHolder",
	/** It has not yet lived through what kills most. */
	"tooYoung",
	/** The feed does not vouch for it, or it is not open. */
	"notTradable",
	/** It holds too little of the funding mint. */
	"liquidity",
	/** The token is held, or was bought before. */
	"boughtBefore",
	/** An attempt to buy the token came to nothing a short time ago. */
	"resting",
	/** As many positions are held as may be. */
	"noRoom",
	/** It quotes no price for the size. */
	"noQuote",
	/** The size would move its price too far. */
	"priceImpact",
	/** Another intent is under way with the pool's quote. */
	"quoteSpent",
] as const;

export type ListingRefusal = (typeof LISTING_REFUSALS)[number];

/** What a token must be like to be bought. */
export interface ListingFilter {
	readonly minimumAgeSeconds: number;
	readonly maximumAgeSeconds: number;
	readonly minimumLockedLiquidityBps: number;
	readonly maximumTopHolderBps: number;
}

/** A pool as the filter sees it. */
export interface ListedPool {
	/** When it was first seen beside those of the first catalog, chain seconds; null for those. */
	readonly firstSeenSeconds: bigint | null;
	readonly facts: ListingFacts | null;
}

/** The first thing for which the filter refuses a pool, or null. What is not known is refused. */
export function refuseListing(
	{ firstSeenSeconds, facts }: ListedPool,
	filter: ListingFilter,
	nowSeconds: bigint,
): ListingRefusal | null {
	const since = facts?.createdAtSeconds ?? firstSeenSeconds;
	// Of a pool that was there from the first, only its facts may say that it is new.
	if (since === null) return facts === null ? "factsUnknown" : "tooOld";
	const age = nowSeconds - since;
	if (age > BigInt(filter.maximumAgeSeconds)) return "tooOld";
	if (facts === null) return "factsUnknown";
	if (!facts.mintAuthorityRevoked) return "mintAuthority";
	if (!facts.freezeAuthorityRevoked) return "freezeAuthority";
	// Asked this way, what is no number is refused.
	if (!(facts.lockedLiquidityBps >= filter.minimumLockedLiquidityBps)) return "lockedLiquidity";
	if (!(facts.topHolderBps <= filter.maximumTopHolderBps)) return "topHolder";
	return age < BigInt(filter.minimumAgeSeconds) ? "tooYoung" : null;
}
