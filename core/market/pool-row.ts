import type { BookColumns } from "./book-columns.ts";
import type { PoolDescriptor } from "./pool.ts";
import { ReserveMarket, type StateSource } from "./reserve-market.ts";
import { venueById } from "./venues/index.ts";
import type { AccountMarket, PoolMarket, ReserveState } from "./venues/venue.ts";

const NEVER = -1;

/**
 * One pool as the book knows it now. The object stays the same while the catalog does; what it tells changes. The
 * reserves are those of {@link PoolMarket}.
 */
export interface PoolRow extends ReserveState {
	readonly index: number;
	readonly pool: PoolDescriptor;
	/** The reserves are the pool's whole curve, and the venue keeps the same share of an input of any size. */
	readonly isOneCurve: boolean;
	/** What the venue keeps of an input never changes. */
	readonly isShareFixed: boolean;
	/** Gives the quotes. It stays the same as the row does. */
	readonly market: PoolMarket;
	/** Slot of the newest account behind the state; −1 before the first tick. A quiet pool's slot is old, not stale. */
	readonly slot: number;
	/** The feed does not vouch for the state, or has never told it. */
	readonly stale: boolean;
	/** Counts the changes of what the quotes depend on: a quote is spent when it moves on. */
	readonly version: number;
	/** The reserves as doubles, for screening only. */
	readonly roughA: number;
	readonly roughB: number;
}

/** A row of the book's columns, and the market that quotes from it. */
export class BookRow implements PoolRow {
	readonly index: number;
	readonly pool: PoolDescriptor;
	readonly isOneCurve: boolean;
	readonly isShareFixed: boolean;
	readonly market: PoolMarket;
	/** Null of a pool that is priced by its reserves. */
	readonly accounts: AccountMarket | null;
	/** Of a pool that is priced by its accounts: the batch that told each account last. */
	readonly told: Map<number, number> | null;
	readonly #columns: BookColumns;

	constructor(columns: BookColumns, index: number, pool: PoolDescriptor) {
		const venue = venueById(pool.venue);
		this.index = index;
		this.pool = pool;
		this.#columns = columns;
		this.isOneCurve = venue.pricedBy === "reserves";
		this.isShareFixed = venue.pricedBy === "reserves" && venue.keptShare === undefined;
		this.accounts = venue.pricedBy === "accounts" ? venue.open(pool) : null;
		this.told = this.accounts === null ? null : new Map();
		this.market =
			venue.pricedBy === "accounts"
				? (this.accounts as AccountMarket)
				: new ReserveMarket(venue, pool, new RowState(columns, index));
	}

	get reserveA(): bigint {
		return this.market.reserveA;
	}

	get reserveB(): bigint {
		return this.market.reserveB;
	}

	get swapEnabled(): boolean {
		return this.market.swapEnabled;
	}

	get openTimeSeconds(): bigint {
		return this.market.openTimeSeconds;
	}

	get slot(): number {
		return this.#columns.slot(this.index);
	}

	get stale(): boolean {
		return this.#columns.isStale(this.index);
	}

	get version(): number {
		return this.#columns.version(this.index);
	}

	get roughA(): number {
		return this.isOneCurve ? this.#columns.roughA(this.index) : Number(this.market.reserveA);
	}

	get roughB(): number {
		return this.isOneCurve ? this.#columns.roughB(this.index) : Number(this.market.reserveB);
	}
}

/** What a row's columns say, put together once for all quotes until they say something else. */
class RowState implements StateSource {
	readonly #columns: BookColumns;
	readonly #row: number;
	#version = NEVER;
	#state: ReserveState = { reserveA: 0n, reserveB: 0n, swapEnabled: false, openTimeSeconds: 0n };

	constructor(columns: BookColumns, row: number) {
		this.#columns = columns;
		this.#row = row;
	}

	get state(): ReserveState {
		const columns = this.#columns;
		const row = this.#row;
		const version = columns.version(row);
		if (version !== this.#version) {
			this.#version = version;
			this.#state = {
				reserveA: columns.reserveA(row),
				reserveB: columns.reserveB(row),
				swapEnabled: columns.isSwapEnabled(row),
				openTimeSeconds: columns.openTimeSeconds(row),
			};
		}
		return this.#state;
	}
}
