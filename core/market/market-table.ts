import { AccountOrder, type OrderVerdict, type UpdateSource } from "./account-order.ts";
import { AccountRow } from "./account-row.ts";
import type { PoolDescriptor } from "./pool.ts";
import { ReserveRow } from "./reserve-row.ts";
import type { NamedAccount, TableRow, TickStamp } from "./table-row.ts";
import { MAX_BATCH_BYTES, MAX_TICKS_PER_BATCH, type Tick, tickBytes } from "./tick-batch.ts";
import { venueById } from "./venues/index.ts";

/** What became of an account's bytes. `outdated`: the pool is not any more what its description says. */
export type ApplyOutcome = OrderVerdict | "undecodable" | "outdated";

export interface AccountUpdate {
	/** A pool's place in the catalog. */
	readonly row: number;
	/** The account's number among the row's. */
	readonly account: number;
	readonly slot: number;
	readonly data: Uint8Array;
	readonly source: UpdateSource;
}

/** Some rows of the whole market. */
export interface SnapshotPage {
	readonly ticks: readonly Tick[];
	/** The row at which the next page begins; null after the last. */
	readonly next: number | null;
}

/**
 * The changing state of every pool of a shard, one row a pool, put together from accounts that arrive apart. Which of
 * two updates of an account counts, {@link AccountOrder} says. A row is fresh when its connection is, and its state is
 * whole; everything else is a stale tick.
 */
export class MarketTable {
	readonly #rows: readonly TableRow[];
	/** By row: the number of its first account in the order. */
	readonly #firsts: readonly number[];
	readonly #order: AccountOrder;
	/** By row: the connection is live and all its accounts were read since it came up. */
	readonly #connected: Uint8Array;
	readonly #isChanged: Uint8Array;
	#changed: number[] = [];

	/** @param pools in the order of the catalog */
	constructor(pools: readonly PoolDescriptor[]) {
		this.#rows = pools.map((pool) => {
			const venue = venueById(pool.venue);
			return venue.pricedBy === "reserves" ? new ReserveRow(venue, pool) : new AccountRow(venue, pool);
		});
		let accounts = 0;
		this.#firsts = this.#rows.map(({ capacity }) => {
			accounts += capacity;
			return accounts - capacity;
		});
		this.#order = new AccountOrder(accounts);
		this.#connected = new Uint8Array(pools.length);
		this.#isChanged = new Uint8Array(pools.length);
	}

	get rows(): number {
		return this.#rows.length;
	}

	/** Rows that changed since {@link takeChanged}. */
	get changed(): number {
		return this.#changed.length;
	}

	get staleRows(): number {
		let stale = 0;
		for (let row = 0; row < this.rows; row++) if (this.isStale(row)) stale++;
		return stale;
	}

	/** Whether some pool is not any more what its description says. */
	get isOutdated(): boolean {
		return this.#rows.some((row) => row.isOutdated);
	}

	/** The accounts that a row follows now. */
	accountsOf(row: number): readonly NamedAccount[] {
		return this.#rows[row]!.accounts;
	}

	/** The most accounts that a row follows at one time. */
	capacityOf(row: number): number {
		return this.#rows[row]!.capacity;
	}

	/** Accounts that a row follows since the last call: each takes the place of the one that had its number. */
	takeWanted(row: number): readonly NamedAccount[] {
		const wanted = this.#rows[row]!.takeWanted();
		for (const { account } of wanted) this.#order.reset(this.#firsts[row]! + account);
		return wanted;
	}

	/** Takes an account's bytes into its row. */
	apply({ row, account, slot, data, source }: AccountUpdate): ApplyOutcome {
		const verdict = this.#order.admit(this.#firsts[row]! + account, slot, source);
		if (verdict !== "applied") return verdict;
		const taker = this.#rows[row]!;
		const isReadable = taker.take(account, data);
		this.#touch(row);
		if (isReadable) return "applied";
		return taker.isOutdated ? "outdated" : "undecodable";
	}

	/** An account that a read did not find. */
	miss(row: number, account: number, slot: number): void {
		if (this.#order.admit(this.#firsts[row]! + account, slot, "read") !== "applied") return;
		this.#rows[row]!.take(account, null);
		this.#touch(row);
	}

	/** Marks a row's connection as trusted or not. */
	setConnected(row: number, connected: boolean): void {
		const value = connected ? 1 : 0;
		if (this.#connected[row] === value) return;
		this.#connected[row] = value;
		this.#touch(row);
	}

	/** What the row's accounts showed came over a connection that is gone: a read of the same slot may now replace it. */
	forget(row: number): void {
		this.#order.forget(this.#firsts[row]!, this.#rows[row]!.capacity);
	}

	isStale(row: number): boolean {
		return this.#connected[row] === 0 || !this.#rows[row]!.isWhole;
	}

	/** The ticks of rows that changed, in the order in which they first did: as many rows as go into one batch. */
	takeChanged(): Tick[] {
		const ticks: Tick[] = [];
		let bytes = 0;
		let taken = 0;
		for (const row of this.#changed) {
			if (ticks.length > MAX_TICKS_PER_BATCH - this.#rows[row]!.capacity || bytes > MAX_BATCH_BYTES / 2) break;
			taken++;
			this.#isChanged[row] = 0;
			for (const tick of this.#rows[row]!.takeTicks(this.#stamp(row))) {
				ticks.push(tick);
				bytes += tickBytes(tick);
			}
		}
		this.#changed = taken === this.#changed.length ? [] : this.#changed.slice(taken);
		return ticks;
	}

	/** The ticks of all rows from one on, as many as go into one batch. */
	snapshot(from: number): SnapshotPage {
		const ticks: Tick[] = [];
		let bytes = 0;
		for (let row = from; row < this.rows; row++) {
			if (ticks.length > MAX_TICKS_PER_BATCH - this.#rows[row]!.capacity || bytes > MAX_BATCH_BYTES / 2) {
				return { ticks, next: row };
			}
			for (const tick of this.#rows[row]!.allTicks(this.#stamp(row))) {
				ticks.push(tick);
				bytes += tickBytes(tick);
			}
		}
		return { ticks, next: null };
	}

	#stamp(row: number): TickStamp {
		const slot = this.#order.newestSlot(this.#firsts[row]!, this.#rows[row]!.capacity);
		return { poolIndex: row, slot, stale: this.isStale(row) };
	}

	#touch(row: number): void {
		if (this.#isChanged[row] === 1) return;
		this.#isChanged[row] = 1;
		this.#changed.push(row);
	}
}
