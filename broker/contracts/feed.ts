import type { PoolFee } from "../../core/execution/fee-policy.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { MintDescriptor, PoolDescriptor } from "../../core/market/pool.ts";
import type { Blockhash } from "../../core/types/identifiers.ts";

/** What a feed shard knows that does not change with every slot. */
export interface Catalog {
	readonly shard: string;
	/** Changes whenever pool indexes change their meaning; every tick batch carries it. */
	readonly catalogEpoch: number;
	/** A pool's place in this list is its index in tick batches. */
	readonly pools: readonly PoolDescriptor[];
	readonly mints: readonly MintDescriptor[];
	readonly lenders: readonly FlashLender[];
}

export interface FeedStatus {
	readonly shard: string;
	readonly connected: boolean;
	readonly slot: number;
	readonly pools: number;
	readonly stalePools: number;
	/** Account updates applied since start. */
	readonly updates: number;
	/** Updates refused because a newer slot was already applied. */
	readonly outOfOrder: number;
	/** Updates whose bytes were no state of their venue. */
	readonly undecodable: number;
	readonly reconnects: number;
}

/** The chain's newest slot as the feed sees it, and the blockhash that new intents bind to. */
export interface SlotAdvanced {
	readonly shard: string;
	readonly slot: number;
	readonly blockHeight: number;
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
	/** The chain's clock, Unix seconds, and its epoch. */
	readonly chainSeconds: number;
	readonly epoch: number;
	/** Microseconds since the Unix epoch. */
	readonly observedAtMicros: number;
}

export interface MarketFreshness {
	readonly shard: string;
	readonly fresh: boolean;
	readonly reason: string;
}

/** What the writers of the pools' accounts paid in recent blocks. Pools that are not named are as they were. */
export interface FeesChanged {
	readonly shard: string;
	readonly fees: readonly PoolFee[];
}

/** One page of a snapshot. */
export interface SnapshotBatch {
	readonly batch: Uint8Array;
	/** Where the next page begins; null after the last. */
	readonly next: number | null;
}

export interface FeedActions {
	"feed.catalog": { params: undefined; result: Catalog };
	/** The whole market in packed tick batches: heals a gap. `from` is 0 at first, and then each page's `next`. */
	"feed.snapshot": { params: { readonly from: number } | undefined; result: SnapshotBatch };
	"feed.status": { params: undefined; result: FeedStatus };
}

export interface FeedEvents {
	"feed.slot.advanced": SlotAdvanced;
	"feed.market.changed": MarketFreshness;
	/** Pool indexes mean something new: read `feed.catalog` again. */
	"feed.catalog.changed": { readonly shard: string; readonly catalogEpoch: number };
	"feed.fees.changed": FeesChanged;
	/** What the lenders of the present catalog can lend, or ask for it, changed; pool indexes stay. All of them, anew. */
	"feed.lenders.changed": { readonly shard: string; readonly lenders: readonly FlashLender[] };
}
