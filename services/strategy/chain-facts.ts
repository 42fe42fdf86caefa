import type { Runtime } from "../../broker/runtime.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import type { FactsOf } from "../../core/strategy/listing/facts.ts";
import type { Address } from "../../core/types/address.ts";
import { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import { ListingFactsCache } from "./listing-facts.ts";
import { readPoolFacts } from "./pool-facts.ts";

export interface ChainFactsOptions {
	readonly runtime: Pick<Runtime, "config" | "clock" | "random">;
	/** A pool of the market of now. */
	readonly poolAt: (address: Address) => PoolDescriptor | null;
}

/** What the chain tells of pools' tokens. Nothing is asked before somebody wants to know. */
export class ChainFacts {
	readonly #options: ChainFactsOptions;
	#router: RpcRouter | null = null;
	#cache: ListingFactsCache | null = null;
	#isStopped = false;

	constructor(options: ChainFactsOptions) {
		this.#options = options;
	}

	readonly of: FactsOf = (pool) => {
		if (this.#isStopped) return null;
		this.#cache ??= this.#open();
		return this.#cache.of(pool);
	};

	/** Idempotent. */
	stop(): void {
		this.#isStopped = true;
		this.#cache?.stop();
		this.#router?.stop();
	}

	#open(): ListingFactsCache {
		const { runtime, poolAt } = this.#options;
		const { clock, random } = runtime;
		const { assets, chain, risk } = runtime.config;
		const quotes = assets.filter(({ symbol }) => risk.quote_assets.includes(symbol)).map(({ mint }) => mint as Address);
		const quoteMints = new Set([SOL_MINT, ...quotes]);
		const router = new RpcRouter({ chain, clock, random });
		router.start();
		this.#router = router;
		return new ListingFactsCache({
			clock,
			random,
			timeoutMs: chain.request_timeout_ms,
			read: async (address, signal) => {
				const pool = poolAt(address);
				return pool && readPoolFacts({ rpc: router.rpc, pool, quoteMints, signal });
			},
		});
	}
}
