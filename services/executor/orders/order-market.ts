import type { Bus } from "../../../broker/bus.ts";
import type { Catalog, FeedEvents, SlotAdvanced } from "../../../broker/contracts/feed.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import type { FlashLender } from "../../../core/execution/flash-loan.ts";
import type { Book } from "../../../core/market/book.ts";
import { type ChainClock, type ChainTime, HeardClock } from "../../../core/market/chain-clock.ts";
import type { MintDescriptor } from "../../../core/market/pool.ts";
import { findRoutes, type OrderRoute, type Routes } from "../../../core/orders/order-route.ts";
import type { Address } from "../../../core/types/address.ts";
import { MarketReplica } from "../../../mixins/market-replica.ts";

export interface OrderMarketOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	/** Rows that changed, by their place; null: any of them may have, and routes are others. */
	readonly onChanged: (rows: readonly number[] | null) => void;
	readonly onDefect: (error: Error) => void;
}

/** Routes looked at for one pair; what is left out gives less often than it costs to look. */
const ROUTES_PER_PAIR = 128;
/** Pairs whose routes are remembered. */
const MOST_PAIRS = 4_096;
/** A feed that says nothing for so long vouches for nothing. */
const SILENCE_MICROS = 3_000_000;

/** The market as orders see it: a replica of the book, the routes between two mints, the chain's clock. */
export class OrderMarket {
	readonly #options: OrderMarketOptions;
	readonly #replica: MarketReplica;
	readonly #routes = new Map<string, readonly OrderRoute[]>();
	#lenders: readonly FlashLender[] = [];
	readonly #heardClock = new HeardClock();
	#heardAtMicros = Number.NEGATIVE_INFINITY;

	constructor(options: OrderMarketOptions) {
		const { runtime, bus, onChanged, onDefect } = options;
		this.#options = options;
		this.#replica = new MarketReplica({
			shard: runtime.config.data_pipeline.shard,
			bus,
			ticks: runtime.ticks,
			random: runtime.random,
			onCatalog: (_book, catalog) => this.#adopt(catalog),
			onApplied: (header, changed) => {
				this.#heard(header);
				onChanged(changed);
			},
			onHealed: () => onChanged(null),
			onDefect,
		});
	}

	start(): void {
		this.#replica.start();
	}

	/** Idempotent. */
	stop(): void {
		this.#replica.stop();
	}

	/** Why nothing may be traded or triggered, or null. */
	get trouble(): string | null {
		const { trouble } = this.#replica;
		if (trouble !== null) return trouble;
		const { runtime } = this.#options;
		const silentMicros = runtime.clock.monotonicMicros() - this.#heardAtMicros;
		if (silentMicros > SILENCE_MICROS) return "the feed is silent";
		const lag = Number(this.clock.slot) - (this.#replica.book?.slot ?? 0);
		return lag > runtime.config.risk.stale_after_slots ? `market data is ${lag} slots behind the chain` : null;
	}

	/** Null until the feed told its catalog. */
	get book(): Book | null {
		return this.#replica.book;
	}

	get lenders(): readonly FlashLender[] {
		return this.#lenders;
	}

	get clock(): ChainClock {
		return this.#heardClock.now;
	}

	mint(address: Address): MintDescriptor | undefined {
		return this.#replica.mint(address);
	}

	/** The routes from one mint to another, bound to the book's rows. */
	routes(mintIn: Address, mintOut: Address): Routes {
		const key = `${mintIn} ${mintOut}`;
		let routes = this.#routes.get(key);
		if (routes === undefined) {
			routes = findRoutes({ rows: this.#replica.book?.rows ?? [], mintIn, mintOut, maximum: ROUTES_PER_PAIR });
			if (this.#routes.size < MOST_PAIRS) this.#routes.set(key, routes);
		}
		return { routes, clock: this.clock };
	}

	onCatalogChanged(change: FeedEvents["feed.catalog.changed"]): void {
		this.#replica.onCatalogChanged(change);
	}

	onLendersChanged({ shard, lenders }: FeedEvents["feed.lenders.changed"]): void {
		if (this.#isOwn(shard)) this.#lenders = lenders;
	}

	onSlotAdvanced(head: SlotAdvanced): void {
		if (this.#isOwn(head.shard)) this.#heard(head);
	}

	#adopt(catalog: Catalog): void {
		// Another catalog may be another chain.
		this.#heardClock.forget();
		this.#lenders = catalog.lenders;
		this.#routes.clear();
		this.#options.onChanged(null);
	}

	#heard(time: ChainTime): void {
		this.#heardAtMicros = this.#options.runtime.clock.monotonicMicros();
		this.#heardClock.hear(time);
	}

	#isOwn(shard: string): boolean {
		return shard === this.#options.runtime.config.data_pipeline.shard;
	}
}
