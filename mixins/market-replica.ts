import type { Bus } from "../broker/bus.ts";
import type { Catalog, FeedEvents, SnapshotBatch } from "../broker/contracts/feed.ts";
import type { TickStream } from "../broker/tick-stream.ts";
import { Book, type BookUpdate } from "../core/market/book.ts";
import type { MintDescriptor } from "../core/market/pool.ts";
import type { PoolRow } from "../core/market/pool-row.ts";
import { type ReferencePrice, ReferencePrices } from "../core/market/reference-prices.ts";
import type { TickBatchHeader } from "../core/market/tick-batch.ts";
import type { Address } from "../core/types/address.ts";
import type { Random } from "../core/types/clock.ts";
import { Backoff } from "../libs/solana/backoff.ts";

export interface MarketReplicaOptions {
	readonly shard: string;
	readonly bus: Bus;
	readonly ticks: Pick<TickStream, "subscribe">;
	readonly random: Random;
	/** A new catalog: the book is another one from now on, and empty until the first {@link onApplied}. */
	readonly onCatalog?: (book: Book, catalog: Catalog) => void;
	/** The book changed and is whole. The list of rows is reused by the next update. */
	readonly onApplied?: (header: TickBatchHeader, changed: readonly number[]) => void;
	/** The whole market was read anew. Called after {@link onApplied}. */
	readonly onHealed?: () => void;
	/** A batch, or a listener above, threw. It must not reach the feed: others listen to the same stream. */
	readonly onDefect: (error: Error) => void;
}

/** How often a feed that does not answer is asked. */
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;
/** Of a snapshot: a feed that has more to tell is none that this replica could hold. */
const MOST_PAGES = 1_024;
const ASKING = { timeout: 2_000, retries: 0 };

/**
 * An actor's own copy of one shard's market: its catalog, and a book that the tick stream keeps in step. Reads the
 * catalog and the first snapshot from the feed, and again whenever a batch shows that either is missing; asks one thing
 * at a time, ever more slowly, until it is answered. Meanwhile everything stays readable and {@link trouble} says why
 * nothing may be traded on it.
 *
 * The owner starts and stops it, and passes on `feed.catalog.changed`.
 */
export class MarketReplica {
	readonly #options: MarketReplicaOptions;
	readonly #backoff: Backoff;
	#book: Book | null = null;
	#catalog: Catalog | null = null;
	#prices = new ReferencePrices([]);
	#rows: ReadonlyMap<Address, PoolRow> = new Map();
	#mints: ReadonlyMap<Address, MintDescriptor> = new Map();
	/** Gaps of the books before this one. */
	#formerGaps = 0;
	#isCatalogWanted = true;
	#isSnapshotWanted = false;
	/** An epoch that a batch had and the catalog has not. */
	#strangeEpoch: number | null = null;
	#isAsking = false;
	#isStopped = false;
	#retry: NodeJS.Timeout | null = null;
	#unsubscribe: (() => void) | null = null;

	constructor(options: MarketReplicaOptions) {
		this.#options = options;
		this.#backoff = new Backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, random: options.random });
	}

	/** Begins in the background: it waits for no feed. Idempotent. */
	start(): void {
		const { shard, ticks } = this.#options;
		this.#unsubscribe ??= ticks.subscribe(shard, (batch) => this.#onBatch(batch));
		this.#ask();
	}

	/** Ends at once, for good. Idempotent. */
	stop(): void {
		this.#isStopped = true;
		this.#unsubscribe?.();
		this.#unsubscribe = null;
		if (this.#retry !== null) clearTimeout(this.#retry);
		this.#retry = null;
	}

	/** The event of that name, of whichever shard. */
	onCatalogChanged({ shard, catalogEpoch }: FeedEvents["feed.catalog.changed"]): void {
		if (shard !== this.#options.shard || this.#book?.catalogEpoch === catalogEpoch) return;
		this.#isCatalogWanted = true;
		this.#ask();
	}

	/** Null until the feed told its catalog. */
	get catalog(): Catalog | null {
		return this.#catalog;
	}

	/** One row a pool, in the order of the catalog; null until that is told. */
	get book(): Book | null {
		return this.#book;
	}

	/** Why nothing may be traded on the book, or null. Single rows can still be stale. */
	get trouble(): string | null {
		if (this.#book === null) return `the feed of shard ${this.#options.shard} has not told its catalog yet`;
		return this.#book.stale ? "market data is missing until the feed's snapshot has come" : null;
	}

	/** Batches that did not arrive. */
	get gaps(): number {
		return this.#formerGaps + (this.#book?.gaps ?? 0);
	}

	row(pool: Address): PoolRow | undefined {
		return this.#rows.get(pool);
	}

	mint(mint: Address): MintDescriptor | undefined {
		return this.#mints.get(mint);
	}

	/** The middle price of a pair; null while no fresh pool trades it, or there is {@link trouble}. */
	price(mintIn: Address, mintOut: Address): ReferencePrice | null {
		return this.#book === null || this.#book.stale ? null : this.#prices.price(mintIn, mintOut);
	}

	/** Works prices out as soon as they change: for an owner that must not wait for it when it asks. */
	settlePrices(): void {
		this.#prices.settle();
	}

	/** What an amount is worth in another mint, rounded up; null as with {@link price}. */
	value(mint: Address, amount: bigint, quoteMint: Address): bigint | null {
		return this.#book === null || this.#book.stale ? null : this.#prices.value(mint, amount, quoteMint);
	}

	#onBatch(batch: Uint8Array): void {
		// Nothing is kept for a catalog to come: its snapshot has it all.
		if (this.#isStopped || this.#book === null) return;
		try {
			this.#follow(this.#book.apply(batch));
		} catch (error) {
			this.#options.onDefect(error as Error);
		}
	}

	#follow(update: BookUpdate): void {
		switch (update.status) {
			case "applied":
				this.#backoff.reset();
				// A snapshot also doubts the rows that it does not list.
				if (update.header.snapshot) this.#prices.allChanged();
				else this.#prices.changed(update.changed);
				this.#options.onApplied?.(update.header, update.changed);
				return;
			case "needsCatalog":
				this.#strangeEpoch = update.catalogEpoch;
				this.#isCatalogWanted = true;
				break;
			case "needsSnapshot":
			case "malformed":
				this.#isSnapshotWanted = true;
				break;
			case "covered":
				return;
		}
		this.#ask();
	}

	/** One question at a time; a failed one is put again after a while. */
	#ask(): void {
		if (this.#isAsking || this.#isStopped || this.#retry !== null) return;
		if (!this.#isCatalogWanted && !this.#isSnapshotWanted) return;
		this.#isAsking = true;
		const asked = this.#isCatalogWanted ? this.#askCatalog() : this.#askSnapshot();
		asked.then(
			() => {
				this.#isAsking = false;
				this.#ask();
			},
			() => {
				// Which it is, a feed that starts or one that went away, does not matter: it is asked again.
				this.#isAsking = false;
				this.#askLater();
			},
		);
	}

	#askLater(): void {
		if (this.#isStopped || this.#retry !== null) return;
		this.#retry = setTimeout(() => {
			this.#retry = null;
			this.#ask();
		}, this.#backoff.nextMs());
		this.#retry.unref();
	}

	async #askCatalog(): Promise<void> {
		const catalog = await this.#options.bus.call("feed.catalog", undefined, ASKING);
		if (this.#isStopped) return;
		if (catalog.shard !== this.#options.shard) throw new Error(`the feed that answers has shard ${catalog.shard}`);
		if (this.#book?.catalogEpoch === catalog.catalogEpoch) {
			if (this.#strangeEpoch !== null && this.#strangeEpoch !== catalog.catalogEpoch) {
				this.#strangeEpoch = null;
				throw new Error("the feed still tells the catalog of before");
			}
		} else {
			this.#adopt(catalog);
		}
		this.#strangeEpoch = null;
		this.#isCatalogWanted = false;
		this.#isSnapshotWanted = true;
	}

	#adopt(catalog: Catalog): void {
		const book = new Book(catalog);
		this.#formerGaps = this.gaps;
		this.#book = book;
		this.#catalog = catalog;
		this.#prices = new ReferencePrices(book.rows);
		this.#rows = new Map(book.rows.map((row) => [row.pool.address, row]));
		this.#mints = new Map(catalog.mints.map((mint) => [mint.address, mint]));
		this.#tell(() => this.#options.onCatalog?.(book, catalog));
	}

	async #askSnapshot(): Promise<void> {
		const book = this.#book as Book;
		const request = book.snapshotRequest();
		const pages: Uint8Array[] = [];
		for (let from: number | null = 0; from !== null && pages.length < MOST_PAGES; ) {
			const page: SnapshotBatch = await this.#options.bus.call("feed.snapshot", { from }, ASKING);
			if (this.#isStopped || this.#book !== book) return;
			pages.push(page.batch);
			from = page.next ?? null;
		}
		const update = book.heal(pages, request);
		if (update.status !== "applied") {
			this.#isCatalogWanted ||= update.status === "needsCatalog";
			throw new Error("the feed's snapshot does not fit the book yet");
		}
		this.#isSnapshotWanted = false;
		this.#tell(() => this.#follow(update));
		this.#tell(() => this.#options.onHealed?.());
	}

	/** A listener's defect is not the feed's: the answer was taken, and is not asked for again. */
	#tell(listen: () => void): void {
		try {
			listen();
		} catch (error) {
			this.#options.onDefect(error as Error);
		}
	}
}
