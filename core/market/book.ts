import type { PoolDescriptor } from "./pool.ts";
import { ReserveMarket } from "./reserve-market.ts";
import {
	ACCOUNT_PLACES,
	type AccountTick,
	type ReserveTick,
	readTickBatch,
	readTickBatchHeader,
	type Tick,
	type TickBatchHeader,
} from "./tick-batch.ts";
import { venueById } from "./venues/index.ts";
import type { AccountMarket, PoolMarket, ReserveState } from "./venues/venue.ts";

/**
 * One pool as the book knows it now. The object stays the same while the catalog does; its fields change in place. The
 * reserves are those of {@link PoolMarket}.
 */
export interface PoolRow extends ReserveState {
	readonly index: number;
	readonly pool: PoolDescriptor;
	/** The reserves are the pool's whole curve, at any size. */
	readonly isOneCurve: boolean;
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

/**
 * What a batch did to the book.
 *
 * - `applied`: `changed` names the rows that it told; the list is reused by the next call.
 * - `covered`: the snapshot that was applied before already had it.
 * - `needsCatalog`: its pool indexes belong to another catalog; nothing was applied.
 * - `needsSnapshot`: ticks were lost before it; the book is stale until a snapshot heals it.
 * - `malformed`: the bytes are no batch.
 */
export type BookUpdate =
	| { readonly status: "applied"; readonly header: TickBatchHeader; readonly changed: readonly number[] }
	| { readonly status: "covered" }
	| { readonly status: "needsCatalog"; readonly catalogEpoch: number }
	| { readonly status: "needsSnapshot" }
	| { readonly status: "malformed"; readonly code: "shortData" | "unknownVersion" };

/** Where the book stood when a snapshot was asked for: the answer heals only what was lost before that. */
export interface SnapshotRequest {
	readonly gaps: number;
	readonly heard: number;
}

const NEVER = -1;
/** So far a snapshot may run ahead of the stream; a stream further behind is another one, begun anew. */
const MAX_COVERED_BATCHES = 256;

type MutableRow = { -readonly [key in keyof PoolRow]: PoolRow[key] } & {
	/** The batch that told the row last. */
	sequence: number;
	/** The pass that listed the row as changed last. */
	pass: number;
	/** Of a pool that is priced by its accounts: the batch that told each account last. */
	readonly told: Map<number, number>;
	readonly reserves: ReserveMarket | null;
	readonly accounts: AccountMarket | null;
};

/**
 * A replica of one shard's market: one row a pool, kept by packed tick batches. Ticks are whole states, not
 * differences, so that rows stay right while a gap is being healed; but until then no row may be traded on.
 */
export class Book {
	readonly catalogEpoch: number;
	readonly rows: readonly PoolRow[];
	readonly #rows: readonly MutableRow[];
	readonly #changed: number[] = [];
	#pass = 0;
	#slot = NEVER;
	#stale = true;
	#gaps = 0;
	/** Sequence of the newest batch of the stream, and of the snapshot that is ahead of it. */
	#heard = NEVER;
	#covered = NEVER;
	/** Of the batch that is being read. */
	#sequence = NEVER;
	#unknownPools = 0;
	#undecodable = 0;
	readonly #onTick = (tick: Tick): void => this.#set(tick);

	constructor(catalog: { readonly catalogEpoch: number; readonly pools: readonly PoolDescriptor[] }) {
		this.catalogEpoch = catalog.catalogEpoch;
		this.#rows = catalog.pools.map(emptyRow);
		this.rows = this.#rows;
	}

	/** Newest slot that the feed had seen with the newest batch: up to here it vouches for rows that are not stale. */
	get slot(): number {
		return this.#slot;
	}

	/** Ticks may be missing: nothing may be traded until a snapshot was applied. */
	get stale(): boolean {
		return this.#stale;
	}

	/** How often batches were missing. */
	get gaps(): number {
		return this.#gaps;
	}

	/** Counts everything that was taken in: who has seen all but one of these knows that the rest is as it was. */
	get passes(): number {
		return this.#pass;
	}

	/** Accounts whose bytes were none of their venue: the feed's and this book's builds differ. */
	get undecodable(): number {
		return this.#undecodable;
	}

	/** Takes the next batch of the stream. */
	apply(batch: Uint8Array): BookUpdate {
		const read = readTickBatchHeader(batch);
		if (!read.ok) return { status: "malformed", code: read.error };
		const header = read.value;
		if (header.catalogEpoch !== this.catalogEpoch) {
			return { status: "needsCatalog", catalogEpoch: header.catalogEpoch };
		}
		if (header.snapshot) {
			// The whole market in the stream itself: whatever was lost before it does not matter.
			this.#forgetSequences();
			this.#stale = false;
		} else if (this.#isCovered(header.sequence)) {
			this.#heard = header.sequence;
			return { status: "covered" };
		} else {
			this.#checkSequence(header.sequence);
		}
		this.#heard = header.sequence;
		this.#slot = header.slot;
		this.#begin();
		this.#readPage(batch, header);
		if (header.snapshot) this.#doubtUntold(header.sequence);
		return this.#end(header);
	}

	/** To be taken before a snapshot is asked for, and handed in with it. */
	snapshotRequest(): SnapshotRequest {
		return { gaps: this.#gaps, heard: this.#heard };
	}

	/**
	 * Takes a snapshot that was asked for: all its pages, in their order. Newer batches of the stream may have been heard
	 * between the pages and before them: what these told stays.
	 */
	heal(pages: readonly Uint8Array[], request: SnapshotRequest): BookUpdate {
		const headers: TickBatchHeader[] = [];
		for (const page of pages) {
			const read = readTickBatchHeader(page);
			if (!read.ok) return { status: "malformed", code: read.error };
			if (read.value.catalogEpoch !== this.catalogEpoch) {
				return { status: "needsCatalog", catalogEpoch: read.value.catalogEpoch };
			}
			headers.push(read.value);
		}
		const [header] = headers;
		if (header === undefined || request.gaps !== this.#gaps || header.sequence < request.heard) {
			return { status: "needsSnapshot" };
		}
		for (const [at, { snapshot, sequence }] of headers.entries()) {
			const before = headers[at - 1]?.sequence ?? sequence;
			if (!snapshot || sequence < before) return { status: "needsSnapshot" };
		}
		this.#covered = header.sequence;
		this.#stale = false;
		if (header.sequence > this.#heard) this.#slot = header.slot;
		this.#begin();
		for (const [at, page] of pages.entries()) this.#readPage(page, headers[at] as TickBatchHeader);
		this.#doubtUntold(header.sequence);
		return this.#end(header);
	}

	#isCovered(sequence: number): boolean {
		return sequence <= this.#covered && sequence > this.#heard && this.#covered - sequence < MAX_COVERED_BATCHES;
	}

	#checkSequence(sequence: number): void {
		const last = Math.max(this.#heard, this.#covered);
		if (sequence === last + 1 && last !== NEVER) return;
		this.#stale = true;
		// The first batch that is ever heard misses nothing that was known.
		if (last !== NEVER) this.#gaps++;
		// A stream that counts backwards has begun anew: what was told before it is older than all that it tells.
		if (sequence <= last) this.#forgetSequences();
	}

	#forgetSequences(): void {
		this.#covered = NEVER;
		for (const row of this.#rows) {
			row.sequence = NEVER;
			row.told.clear();
		}
	}

	#begin(): void {
		this.#pass++;
		this.#changed.length = 0;
		this.#unknownPools = 0;
	}

	#readPage(batch: Uint8Array, header: TickBatchHeader): void {
		this.#sequence = header.sequence;
		readTickBatch(batch, this.#onTick);
	}

	#end(header: TickBatchHeader): BookUpdate {
		if (this.#unknownPools > 0) {
			// The epoch matches and the pools do not: feed and book disagree about the catalog itself.
			this.#stale = true;
			return { status: "needsCatalog", catalogEpoch: header.catalogEpoch };
		}
		if (this.#stale) return { status: "needsSnapshot" };
		return { status: "applied", header, changed: this.#changed };
	}

	#set(tick: Tick): void {
		const row = this.#rows[tick.poolIndex];
		if (row === undefined) {
			this.#unknownPools++;
			return;
		}
		if (tick.kind === "reserves") {
			if (row.sequence > this.#sequence) return;
			if (row.reserves === null) this.#unknownPools++;
			else setReserves(row, row.reserves, tick);
		} else if (tick.kind === "account") {
			if (row.accounts === null) this.#unknownPools++;
			else this.#setAccount(row, row.accounts, tick);
		}
		if (row.sequence <= this.#sequence) {
			row.slot = tick.slot;
			row.stale = tick.stale;
			row.sequence = this.#sequence;
		}
		if (row.pass === this.#pass) return;
		row.pass = this.#pass;
		this.#changed.push(row.index);
	}

	/** Each account counts for itself: a page may have an account that the stream lost, and another that is older. */
	#setAccount(row: MutableRow, market: AccountMarket, tick: AccountTick): void {
		const key = accountKey(tick);
		if ((row.told.get(key) ?? NEVER) > this.#sequence) return;
		row.told.set(key, this.#sequence);
		if (!market.apply(tick)) this.#undecodable++;
		row.version++;
		showMarket(row, market);
	}

	/** Rows that a snapshot does not name are not part of the market any more, or not yet. */
	#doubtUntold(sequence: number): void {
		for (const row of this.#rows) if (row.pass !== this.#pass && row.sequence <= sequence) row.stale = true;
	}
}

function setReserves(row: MutableRow, market: ReserveMarket, tick: ReserveTick): void {
	if (row.reserveA !== tick.reserveA || row.reserveB !== tick.reserveB) {
		row.version++;
		row.reserveA = tick.reserveA;
		row.reserveB = tick.reserveB;
		row.roughA = Number(tick.reserveA);
		row.roughB = Number(tick.reserveB);
	}
	row.swapEnabled = tick.swapEnabled;
	row.openTimeSeconds = tick.openTimeSeconds;
	market.set(tick);
}

function showMarket(row: MutableRow, market: AccountMarket): void {
	row.reserveA = market.reserveA;
	row.reserveB = market.reserveB;
	row.roughA = Number(market.reserveA);
	row.roughB = Number(market.reserveB);
	row.swapEnabled = market.swapEnabled;
	row.openTimeSeconds = market.openTimeSeconds;
}

/** One number an account of a pool: places are few, indexes below 2^31 either way. */
function accountKey({ place, startIndex }: AccountTick): number {
	return startIndex * ACCOUNT_PLACES.length + ACCOUNT_PLACES.indexOf(place);
}

function emptyRow(pool: PoolDescriptor, index: number): MutableRow {
	const venue = venueById(pool.venue);
	const reserves = venue.pricedBy === "reserves" ? new ReserveMarket(venue, pool) : null;
	const accounts = venue.pricedBy === "accounts" ? venue.open(pool) : null;
	return {
		index,
		pool,
		isOneCurve: reserves !== null,
		market: (reserves ?? accounts) as PoolMarket,
		reserves,
		accounts,
		told: new Map(),
		reserveA: 0n,
		reserveB: 0n,
		swapEnabled: false,
		openTimeSeconds: 0n,
		slot: NEVER,
		stale: true,
		version: 0,
		roughA: 0,
		roughB: 0,
		sequence: NEVER,
		pass: 0,
	};
}
