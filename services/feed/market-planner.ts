import type { Config } from "../../config/schema.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { MintDescriptor, PoolDescriptor } from "../../core/market/pool.ts";
import type { Address } from "../../core/types/address.ts";
import type { Discovery, Skipped } from "./discovery.ts";
import type { LenderReader, LenderRefusal } from "./lender-reader.ts";
import { PoolList } from "./pool-list.ts";

/** What a feed is going to follow. */
export interface MarketPlan {
	readonly genesisHash: string;
	readonly pools: readonly PoolDescriptor[];
	readonly mints: readonly MintDescriptor[];
	readonly lenders: readonly FlashLender[];
	readonly refusedLenders: readonly LenderRefusal[];
	/** Pools that were left out, by reason. */
	readonly skipped: Skipped;
}

export interface MarketPlannerOptions {
	readonly config: Pick<Config, "data_pipeline" | "data_folder">;
	readonly discovery: Discovery;
	readonly lenderReader: LenderReader;
	readonly genesisHash: () => Promise<string>;
}

/**
 * Decides which pools to follow: the configured ones, else those that the last start kept, else those that a search of
 * the chain finds. What a pool is, is read from the chain in any case. Every method rejects when the node does.
 */
export class MarketPlanner {
	readonly #options: MarketPlannerOptions;

	constructor(options: MarketPlannerOptions) {
		this.#options = options;
	}

	async plan(signal: AbortSignal): Promise<MarketPlan> {
		const genesisHash = await this.#options.genesisHash();
		if (this.#configured.length > 0) return await this.#describe(genesisHash, this.#configured, {}, signal);
		const kept = (await this.#list(genesisHash)?.load()) ?? null;
		if (kept) {
			const plan = await this.#describe(genesisHash, kept, {}, signal);
			// Otherwise what was kept is not what the chain holds any more.
			if (plan.pools.length === kept.length) return plan;
		}
		return await this.#search(genesisHash, signal);
	}

	/** A plan made by a new search where it knows pools that the present one does not; else null. */
	async moreThan(present: MarketPlan, signal: AbortSignal): Promise<MarketPlan | null> {
		if (this.#configured.length > 0) return null;
		const plan = await this.#search(present.genesisHash, signal);
		const known = new Set(present.pools.map(({ address }) => address));
		return plan.pools.some(({ address }) => !known.has(address)) ? plan : null;
	}

	/** Keeps a plan's list of pools for the next start. Rejects when the disk refuses, naming the file. */
	async keep(plan: MarketPlan): Promise<void> {
		const list = this.#configured.length > 0 ? null : this.#list(plan.genesisHash);
		if (!list) return;
		try {
			await list.save(plan.pools.map(({ address }) => address));
		} catch (error) {
			throw new Error(`the list of pools was not kept in ${list.path}: ${(error as Error).message}`);
		}
	}

	get #configured(): readonly Address[] {
		return this.#options.config.data_pipeline.pools as readonly string[] as readonly Address[];
	}

	#list(genesisHash: string): PoolList | null {
		const { data_pipeline, data_folder } = this.#options.config;
		if (!data_pipeline.enable_persistence) return null;
		const { criteria } = this.#options.discovery;
		return new PoolList({ dataFolder: data_folder, shard: data_pipeline.shard, genesisHash, criteria });
	}

	async #search(genesisHash: string, signal: AbortSignal): Promise<MarketPlan> {
		const { addresses, skipped } = await this.#options.discovery.search(signal);
		return await this.#describe(genesisHash, addresses, skipped, signal);
	}

	async #describe(
		genesisHash: string,
		addresses: readonly Address[],
		found: Skipped,
		signal: AbortSignal,
	): Promise<MarketPlan> {
		const { discovery, lenderReader } = this.#options;
		const { pools, mints, skipped } = await discovery.describe(addresses, signal);
		const { lenders, refusals } = await lenderReader.read(signal);
		return { genesisHash, pools, mints, lenders, refusedLenders: refusals, skipped: addUp(found, skipped) };
	}
}

function addUp(left: Skipped, right: Skipped): Skipped {
	const sum: Record<string, number> = { ...left };
	for (const [code, count] of Object.entries(right)) sum[code] = (sum[code] ?? 0) + count;
	return sum;
}
