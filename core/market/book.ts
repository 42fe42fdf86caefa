import { BookColumns } from "./book-columns.ts";
import type { ChainClock } from "./chain-clock.ts";
import type { PoolDescriptor } from "./pool.ts";
import { BookRow, type PoolRow } from "./pool-row.ts";
import {
	ACCOUNT_PLACES,
	type AccountTick,
	readTickBatchHeader,
	readTicks,
	type Tick,
	type TickBatchHeader,
} from "./tick-batch.ts";
import type { AccountMarket } from "./venues/venue.ts";

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

/**
 * A replica of one shard's market: one row a pool, kept by packed tick batches. Ticks are whole states, not
 * differences, so that rows stay right while a gap is being healed; but until then no row may be traded on.
 */
export class Book {
	readonly catalogEpoch: number;
	readonly rows: readonly PoolRow[];
	readonly #rows: readonly BookRow[];
	readonly #columns: BookColumns;
	readonly #isOneCurve: Uint8Array;
	/** The rows that the pass in hand has told. */
	readonly #changed: number[] = [];
	/** By row: it is among these. */
	readonly #isListed: Uint8Array;
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
		const columns = new BookColumns(catalog.pools.length);
		this.#columns = columns;
		this.#rows = catalog.pools.map((pool, index) => new BookRow(columns, index, pool));
		this.rows = this.#rows;
		this.#isListed = new Uint8Array(this.#rows.length);
		this.#isOneCurve = Uint8Array.from(this.#rows, ({ isOneCurve }) => (isOneCurve ? 1 : 0));
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

	/** Units of B for one of A by the reserves, in base units; 0 where nothing may be swapped now. For screening only. */
	roughPrice(index: number, { unixSeconds }: ChainClock): number {
		const columns = this.#columns;
		if (this.#isOneCurve[index] === 1) {
			if (!columns.isOpen(index, unixSeconds)) return 0;
			const reserveA = columns.roughA(index);
			return reserveA > 0 ? columns.roughB(index) / reserveA : 0;
		}
		const row = this.#rows[index];
		if (row === undefined || row.stale || !row.swapEnabled || row.openTimeSeconds > unixSeconds) return 0;
		return row.roughA > 0 ? row.roughB / row.roughA : 0;
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
		for (const { index, told } of this.#rows) {
			this.#columns.forgetSequence(index);
			told?.clear();
		}
	}

	#begin(): void {
		this.#pass++;
		for (const row of this.#changed) this.#isListed[row] = 0;
		this.#changed.length = 0;
		this.#unknownPools = 0;
	}

	#readPage(batch: Uint8Array, header: TickBatchHeader): void {
		this.#sequence = header.sequence;
		readTicks(batch, this.#onTick);
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
		const index = tick.poolIndex;
		const columns = this.#columns;
		if (index >= this.#rows.length) {
			this.#unknownPools++;
			return;
		}
		const isOlder = columns.sequence(index) > this.#sequence;
		if (tick.kind === "reserves") {
			if (isOlder) return;
			if (this.#isOneCurve[index] === 0) this.#unknownPools++;
			else columns.setReserves(index, tick);
		} else if (tick.kind === "account") {
			const { accounts, told } = this.#rows[index] as BookRow;
			if (accounts === null || told === null) this.#unknownPools++;
			else this.#setAccount(index, { market: accounts, told, tick });
		}
		if (!isOlder) columns.told(index, tick.slot, tick.stale, this.#sequence);
		if (this.#isListed[index] === 1) return;
		this.#isListed[index] = 1;
		this.#changed.push(index);
	}

	/** Each account counts for itself: a page may have an account that the stream lost, and another that is older. */
	#setAccount(index: number, { market, told, tick }: ToldAccount): void {
		const key = accountKey(tick);
		if ((told.get(key) ?? NEVER) > this.#sequence) return;
		told.set(key, this.#sequence);
		if (!market.apply(tick)) this.#undecodable++;
		this.#columns.spend(index);
	}

	/** Rows that a snapshot does not name are not part of the market any more, or not yet. */
	#doubtUntold(sequence: number): void {
		for (let row = 0; row < this.#rows.length; row++) {
			if (this.#isListed[row] === 0 && this.#columns.sequence(row) <= sequence) {
				this.#columns.setStale(row, true);
			}
		}
	}
}

interface ToldAccount {
	readonly market: AccountMarket;
	readonly told: Map<number, number>;
	readonly tick: AccountTick;
}

/** One number an account of a pool: places are few, indexes below 2^31 either way. */
function accountKey({ place, startIndex }: AccountTick): number {
	return startIndex * ACCOUNT_PLACES.length + ACCOUNT_PLACES.indexOf(place);
}
