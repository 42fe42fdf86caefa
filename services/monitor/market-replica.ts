import type { Catalog } from "../../broker/contracts/feed.ts";
import type { PoolView } from "../../broker/contracts/monitor.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import { readTickBatch, readTickBatchHeader, type Tick } from "../../core/market/tick-batch.ts";
import type { PoolSides } from "./equity.ts";

export interface MarketReplicaOptions {
	/** Mint whose price is the unit: it stands second in every pair that has it. */
	readonly quoteMint: string;
	/** Mint that stands second where the quote mint is absent. */
	readonly secondMint: string;
	readonly loadCatalog: () => Promise<Catalog>;
	readonly loadSnapshot: () => Promise<Uint8Array>;
	/** Called when the whole market is known anew. */
	readonly onHealed: () => void;
	readonly retryMinMs: number;
	readonly retryMaxMs: number;
}

interface Row {
	readonly pool: PoolDescriptor;
	tick: Tick | null;
}

/** Batches of before a snapshot may still be on their way after it: so far back a sequence is late, not a restart. */
const LATE_BATCHES = 64;

/**
 * A replica of one shard's market, fed by tick batches. A missing batch or an unknown catalog asks the feed for all of
 * it, again and again until it answers; meanwhile what is known stays readable.
 */
export class MarketReplica {
	readonly #options: MarketReplicaOptions;
	#catalog: Catalog | null = null;
	#rows: Row[] = [];
	#sequence: number | null = null;
	#healing = false;
	#healAgain = false;
	#retry: NodeJS.Timeout | null = null;
	#failures = 0;
	#stopped = false;
	#gaps = 0;
	#ready = false;
	#restarted = false;

	constructor(options: MarketReplicaOptions) {
		this.#options = options;
	}

	/** Batches that did not arrive. */
	get gaps(): number {
		return this.#gaps;
	}

	/** The whole market was read once. */
	get ready(): boolean {
		return this.#ready;
	}

	get catalog(): Catalog | null {
		return this.#catalog;
	}

	apply(batch: Uint8Array): void {
		const header = readTickBatchHeader(batch);
		if (!header.ok) return;
		const { catalogEpoch, sequence, snapshot } = header.value;
		if (!this.#catalog || this.#catalog.catalogEpoch !== catalogEpoch) {
			this.heal();
			return;
		}
		const expected = this.#sequence === null ? sequence : this.#sequence + 1;
		const late = sequence < expected && sequence >= expected - LATE_BATCHES;
		if (!snapshot && sequence !== expected && !late) {
			this.#gaps++;
			// A feed that began anew counts anew, and its chain may have, too.
			if (sequence < expected) this.#restarted = true;
			this.heal();
		}
		if (!late) this.#sequence = sequence;
		readTickBatch(batch, (tick) => this.#set(tick));
	}

	/** Reads catalog and snapshot anew, in the background. Harmless to repeat. */
	heal(): void {
		if (this.#stopped || this.#retry) return;
		if (this.#healing) {
			this.#healAgain = true;
			return;
		}
		this.#healing = true;
		void this.#heal();
	}

	stop(): void {
		this.#stopped = true;
		if (this.#retry) clearTimeout(this.#retry);
		this.#retry = null;
	}

	/** What the screen shows of every pool that has been seen. */
	pools(): PoolView[] {
		const symbols = new Map(this.#catalog?.mints.map(({ address, symbol }) => [address as string, symbol]));
		const views: PoolView[] = [];
		for (const row of this.#rows) if (row.tick) views.push(this.#view(row.pool, row.tick, symbols));
		return views;
	}

	sides(): PoolSides[] {
		const sides: PoolSides[] = [];
		for (const { pool, tick } of this.#rows) {
			if (!tick) continue;
			sides.push({ mintA: pool.mintA, mintB: pool.mintB, reserveA: tick.reserveA, reserveB: tick.reserveB });
		}
		return sides;
	}

	async #heal(): Promise<void> {
		try {
			const catalog = await this.#options.loadCatalog();
			const snapshot = await this.#options.loadSnapshot();
			if (this.#stopped) return;
			const header = readTickBatchHeader(snapshot);
			if (!header.ok || header.value.catalogEpoch !== catalog.catalogEpoch) {
				throw new Error("the feed's snapshot does not belong to its catalog");
			}
			if (this.#catalog?.catalogEpoch !== catalog.catalogEpoch) this.#adopt(catalog);
			if (this.#restarted) for (const row of this.#rows) row.tick = null;
			this.#restarted = false;
			readTickBatch(snapshot, (tick) => this.#set(tick));
			const { sequence } = header.value;
			if (this.#sequence === null || sequence > this.#sequence) this.#sequence = sequence;
			this.#failures = 0;
			this.#ready = true;
			this.#healing = false;
			this.#options.onHealed();
			if (this.#healAgain) {
				this.#healAgain = false;
				this.#later(this.#options.retryMinMs);
			}
		} catch {
			// The feed is not up yet, or changes under our hands: it is asked again, ever more slowly.
			this.#failures++;
			this.#healing = false;
			this.#later(Math.min(this.#options.retryMaxMs, this.#options.retryMinMs * 2 ** Math.min(this.#failures, 16)));
		}
	}

	#later(delayMs: number): void {
		if (this.#stopped || this.#retry) return;
		this.#retry = setTimeout(() => {
			this.#retry = null;
			this.heal();
		}, delayMs);
		this.#retry.unref();
	}

	#adopt(catalog: Catalog): void {
		this.#catalog = catalog;
		this.#rows = catalog.pools.map((pool) => ({ pool, tick: null }));
		this.#sequence = null;
	}

	#set(tick: Tick): void {
		const row = this.#rows[tick.poolIndex];
		if (row && (!row.tick || tick.slot >= row.tick.slot)) row.tick = tick;
	}

	#view(pool: PoolDescriptor, tick: Tick, symbols: ReadonlyMap<string, string>): PoolView {
		const symbolA = symbols.get(pool.mintA) ?? shortAddress(pool.mintA);
		const symbolB = symbols.get(pool.mintB) ?? shortAddress(pool.mintB);
		const price = wholeUnits(tick.reserveB, pool.decimalsB) / wholeUnits(tick.reserveA, pool.decimalsA);
		const inOrder = this.#standsFirst(pool.mintA, pool.mintB);
		return {
			address: pool.address,
			venue: pool.venue,
			pair: inOrder ? `${symbolA}/${symbolB}` : `${symbolB}/${symbolA}`,
			pairPrice: finite(inOrder ? price : 1 / price),
			mintA: pool.mintA,
			mintB: pool.mintB,
			symbolA,
			symbolB,
			decimalsA: pool.decimalsA,
			decimalsB: pool.decimalsB,
			reserveA: tick.reserveA,
			reserveB: tick.reserveB,
			slot: tick.slot,
			stale: tick.stale,
			price: finite(price),
		};
	}

	#standsFirst(mint: string, other: string): boolean {
		const rank = (address: string): number =>
			address === this.#options.quoteMint ? 2 : address === this.#options.secondMint ? 1 : 0;
		return rank(mint) === rank(other) ? mint < other : rank(mint) < rank(other);
	}
}

/** An address for a place where a symbol is expected. */
export function shortAddress(address: string): string {
	return `${address.slice(0, 4)}…${address.slice(-4)}`;
}

/** For display only. */
function wholeUnits(amount: bigint, decimals: number): number {
	return Number(amount) / 10 ** decimals;
}

function finite(value: number): number {
	return Number.isFinite(value) ? value : 0;
}
