import type { PoolDescriptor } from "./pool.ts";
import { readTickBatch, readTickBatchHeader, type Tick, type TickBatchHeader } from "./tick-batch.ts";
import type { ReserveState } from "./venues/venue.ts";

/** One pool as the book knows it now. The object stays the same while the catalog does; its fields change in place. */
export interface PoolRow extends ReserveState {
	readonly index: number;
	readonly pool: PoolDescriptor;
	/** Slot of the newest account behind the state; −1 before the first tick. A quiet pool's slot is old, not stale. */
	readonly slot: number;
	/** The feed does not vouch for the state, or has never told it. */
	readonly stale: boolean;
	/** Counts the changes of the reserves: a quote is spent when it moves on. */
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
	#keepNewer = false;
	#unknownPools = 0;
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
		this.#keepNewer = false;
		return this.#read(batch, header);
	}

	/** To be taken before a snapshot is asked for, and handed in with it. */
	snapshotRequest(): SnapshotRequest {
		return { gaps: this.#gaps, heard: this.#heard };
	}

	/** Takes a snapshot that was asked for. Rows that newer batches of the stream have told keep what these told. */
	heal(batch: Uint8Array, request: SnapshotRequest): BookUpdate {
		const read = readTickBatchHeader(batch);
		if (!read.ok) return { status: "malformed", code: read.error };
		const header = read.value;
		if (header.catalogEpoch !== this.catalogEpoch) {
			return { status: "needsCatalog", catalogEpoch: header.catalogEpoch };
		}
		const lostAgain = request.gaps !== this.#gaps;
		if (!header.snapshot || lostAgain || header.sequence < request.heard) return { status: "needsSnapshot" };
		this.#covered = header.sequence;
		this.#stale = false;
		if (header.sequence > this.#heard) this.#slot = header.slot;
		this.#keepNewer = true;
		return this.#read(batch, header);
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
		for (const row of this.#rows) row.sequence = NEVER;
	}

	#read(batch: Uint8Array, header: TickBatchHeader): BookUpdate {
		this.#pass++;
		this.#changed.length = 0;
		this.#sequence = header.sequence;
		this.#unknownPools = 0;
		readTickBatch(batch, this.#onTick);
		if (header.snapshot) this.#doubtUntold(header.sequence);
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
		if (this.#keepNewer && row.sequence > this.#sequence) return;
		if (row.reserveA !== tick.reserveA || row.reserveB !== tick.reserveB) {
			row.version++;
			row.reserveA = tick.reserveA;
			row.reserveB = tick.reserveB;
			row.roughA = Number(tick.reserveA);
			row.roughB = Number(tick.reserveB);
		}
		row.slot = tick.slot;
		row.stale = tick.stale;
		row.swapEnabled = tick.swapEnabled;
		row.openTimeSeconds = tick.openTimeSeconds;
		row.sequence = this.#sequence;
		if (row.pass === this.#pass) return;
		row.pass = this.#pass;
		this.#changed.push(row.index);
	}

	/** Rows that a snapshot does not name are not part of the market any more, or not yet. */
	#doubtUntold(sequence: number): void {
		for (const row of this.#rows) if (row.pass !== this.#pass && row.sequence <= sequence) row.stale = true;
	}
}

function emptyRow(pool: PoolDescriptor, index: number): MutableRow {
	return {
		index,
		pool,
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
