import type { Bus } from "../../broker/bus.ts";
import type { Catalog } from "../../broker/contracts/feed.ts";
import { Book, type BookUpdate } from "../../core/market/book.ts";
import type { TickBatchHeader } from "../../core/market/tick-batch.ts";
import type { Random } from "../../core/types/clock.ts";
import { Backoff } from "../../libs/solana/backoff.ts";

export interface MarketKeeperOptions {
	readonly shard: string;
	readonly bus: Bus;
	readonly random: Random;
	/** A new catalog: the book's rows are others from now on. */
	readonly onCatalog: (book: Book, catalog: Catalog) => void;
	/** The book changed and is whole. The list is reused by the next update. */
	readonly onApplied: (header: TickBatchHeader, changed: readonly number[]) => void;
}

/** How often a feed that does not answer is asked. */
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;

/**
 * Keeps a book in step with a shard: reads the catalog and the first snapshot, and again whenever a batch shows that
 * either is missing. Asks one thing at a time, until it is answered; meanwhile the book says that it is stale.
 */
export class MarketKeeper {
	readonly #options: MarketKeeperOptions;
	readonly #backoff: Backoff;
	#book: Book | null = null;
	/** Gaps of the books before this one. */
	#formerGaps = 0;
	#isCatalogWanted = true;
	#isSnapshotWanted = false;
	/** An epoch that a batch had and the catalog has not. */
	#strangeEpoch: number | null = null;
	#isAsking = false;
	#isStopped = false;
	#retry: NodeJS.Timeout | null = null;

	constructor(options: MarketKeeperOptions) {
		this.#options = options;
		this.#backoff = new Backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, random: options.random });
	}

	/** Batches that did not arrive. */
	get gaps(): number {
		return this.#formerGaps + (this.#book?.gaps ?? 0);
	}

	/** Why nothing may be traded on the book, or null. */
	get trouble(): string | null {
		if (this.#book === null) return `the feed of shard ${this.#options.shard} has not told its catalog yet`;
		return this.#book.stale ? "market data is missing until the feed's snapshot has come" : null;
	}

	start(): void {
		this.#ask();
	}

	stop(): void {
		this.#isStopped = true;
		if (this.#retry !== null) clearTimeout(this.#retry);
		this.#retry = null;
	}

	/** Takes the next batch of the shard's stream. */
	onBatch(batch: Uint8Array): void {
		// Nothing is kept for a catalog to come: its snapshot has it all.
		if (this.#isStopped || this.#book === null) return;
		this.#follow(this.#book.apply(batch));
	}

	onCatalogChanged(catalogEpoch: number): void {
		if (this.#book?.catalogEpoch === catalogEpoch) return;
		this.#isCatalogWanted = true;
		this.#ask();
	}

	#follow(update: BookUpdate): void {
		switch (update.status) {
			case "applied":
				this.#backoff.reset();
				this.#options.onApplied(update.header, update.changed);
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
		const catalog = await this.#options.bus.call("feed.catalog");
		if (this.#isStopped) return;
		if (catalog.shard !== this.#options.shard) throw new Error(`the feed that answers has shard ${catalog.shard}`);
		if (this.#book?.catalogEpoch === catalog.catalogEpoch) {
			if (this.#strangeEpoch !== null && this.#strangeEpoch !== catalog.catalogEpoch) {
				this.#strangeEpoch = null;
				throw new Error("the feed still tells the catalog of before");
			}
		} else {
			this.#formerGaps = this.gaps;
			this.#book = new Book(catalog);
			this.#options.onCatalog(this.#book, catalog);
		}
		this.#strangeEpoch = null;
		this.#isCatalogWanted = false;
		this.#isSnapshotWanted = true;
	}

	async #askSnapshot(): Promise<void> {
		const book = this.#book as Book;
		const request = book.snapshotRequest();
		const { batch } = await this.#options.bus.call("feed.snapshot");
		if (this.#isStopped || this.#book !== book) return;
		const update = book.heal(batch, request);
		if (update.status !== "applied") {
			this.#isCatalogWanted ||= update.status === "needsCatalog";
			throw new Error("the feed's snapshot does not fit the book yet");
		}
		this.#isSnapshotWanted = false;
		this.#follow(update);
	}
}
