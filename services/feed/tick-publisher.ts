import type { SnapshotBatch } from "../../broker/contracts/feed.ts";
import type { MarketTable } from "../../core/market/market-table.ts";
import { TickBatchWriter } from "../../core/market/tick-batch.ts";
import type { Clock } from "../../core/types/clock.ts";

/** The market that ticks are about at the moment. */
export interface PublishedMarket {
	readonly catalogEpoch: number;
	readonly table: MarketTable;
	readonly slot: () => number;
	readonly chainSeconds: () => number;
	readonly epoch: () => number;
}

export interface TickPublisherOptions {
	readonly clock: Clock;
	readonly publish: (batch: Uint8Array) => void;
}

/**
 * Packs everything that arrives in one turn of the event loop into one batch. The accounts of one transaction arrive
 * together, so a batch by turns shows a pool with both its vaults moved. Where the network cuts between them, one batch
 * shows half a swap; a trade on it is refused by the on-chain profit guard.
 */
export class TickPublisher {
	readonly #options: TickPublisherOptions;
	readonly #writer = new TickBatchWriter();
	#market: PublishedMarket | null = null;
	#sequence = 0;
	#receivedAtMicros = 0;
	#flush: NodeJS.Immediate | undefined;

	constructor(options: TickPublisherOptions) {
		this.#options = options;
	}

	/** Number of the last batch; the next one's is one more, whatever market it is of. */
	get sequence(): number {
		return this.#sequence;
	}

	/** From now on ticks are of this market; what the last one still had to say is dropped. */
	install(market: PublishedMarket | null): void {
		clearImmediate(this.#flush);
		this.#flush = undefined;
		this.#market = market;
	}

	/** Something in the table changed, by bytes that arrived at that moment (microseconds since the Unix epoch). */
	changed(receivedAtMicros: number): void {
		if (this.#flush) return;
		this.#receivedAtMicros = receivedAtMicros;
		this.#flush = setImmediate(() => this.flush());
	}

	/** Publishes what changed, now. */
	flush(): void {
		clearImmediate(this.#flush);
		this.#flush = undefined;
		const market = this.#market;
		if (!market) return;
		while (market.table.changed > 0) {
			market.table.takeChanged(this.#writer);
			this.#sequence++;
			this.#options.publish(this.#finish(market, false));
		}
	}

	/**
	 * A page of the whole market as it was last published, from a row on, with that batch's sequence; empty and of epoch 0
	 * while there is none.
	 */
	snapshot(from: number): SnapshotBatch {
		this.flush();
		this.#receivedAtMicros = this.#options.clock.epochMicros();
		const next = this.#market?.table.writeAll(this.#writer, from) ?? null;
		return { batch: this.#finish(this.#market, true), next };
	}

	#finish(market: PublishedMarket | null, snapshot: boolean): Uint8Array {
		return this.#writer.finish({
			catalogEpoch: market?.catalogEpoch ?? 0,
			sequence: this.#sequence,
			slot: market?.slot() ?? 0,
			receivedAtMicros: this.#receivedAtMicros,
			decodedAtMicros: this.#options.clock.epochMicros(),
			snapshot,
			chainSeconds: market?.chainSeconds() ?? 0,
			epoch: market?.epoch() ?? 0,
		});
	}
}
