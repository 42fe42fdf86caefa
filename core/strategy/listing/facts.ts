import type { Address } from "../../types/address.ts";

/** What is known of a pool's token that its price does not tell. Read from the chain by others; here only judged. */
export interface ListingFacts {
	/** Nobody can make more of the token. */
	readonly mintAuthorityRevoked: boolean;
	/** Nobody can freeze accounts of the token. */
	readonly freezeAuthorityRevoked: boolean;
	/** Share of the pool's liquidity that nobody can take out: burned, or locked. Hundredths of a percent, rounded down. */
	readonly lockedLiquidityBps: number;
	/** Share of the supply that the largest holder has, the pool itself not counted. Hundredths of a percent, rounded up. */
	readonly topHolderBps: number;
	/** When the pool was made, seconds since the Unix epoch; null when that is not known. */
	readonly createdAtSeconds: bigint | null;
}

/** What is known of a pool now; null: nothing yet. Pure: the same pool and the same knowledge give the same facts. */
export type FactsOf = (pool: Address) => ListingFacts | null;
