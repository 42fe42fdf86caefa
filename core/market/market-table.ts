import { AccountOrder, type OrderVerdict, type UpdateSource } from "./account-order.ts";
import { AccountRow } from "./account-row.ts";
import type { NamedAccount } from "./named-account.ts";
import type { PoolDescriptor } from "./pool.ts";
import { RESERVE_ACCOUNTS, ReserveRows, reserveAccountsOf } from "./reserve-rows.ts";
import { MAX_BATCH_BYTES, MAX_TICKS_PER_BATCH, type TickBatchWriter, type TickHead } from "./tick-batch.ts";
import { venueById } from "./venues/index.ts";

/** The connection is live and all the row's accounts were read since it came up. */
const MARK_CONNECTED = 1;
const MARK_CHANGED = 2;
/** The pool is priced by its reserves. */
const MARK_BY_RESERVES = 4;
const NOTHING: readonly NamedAccount[] = [];

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

/**
 * The changing state of every pool of a shard, one row a pool, put together from accounts that arrive apart. Which of
 * two updates of an account counts, {@link AccountOrder} says. A row is fresh when its connection is, and its state is
 * whole; everything else is a stale tick.
 */
export class MarketTable {
	readonly #pools: readonly PoolDescriptor[];
	readonly #reserves: ReserveRows;
	/** By row: null for a pool that is priced by its reserves. */
	readonly #accountRows: readonly (AccountRow | null)[];
	/** By row: the number of its first account in the order. */
	readonly #firsts: Int32Array;
	readonly #order: AccountOrder;
	/** By row. */
	readonly #marks: Uint8Array;
	#changed: number[] = [];

	/** @param pools in the order of the catalog */
	constructor(pools: readonly PoolDescriptor[]) {
		this.#pools = pools;
		this.#reserves = new ReserveRows(pools);
		this.#accountRows = pools.map((pool) => {
			const venue = venueById(pool.venue);
			return venue.pricedBy === "accounts" ? new AccountRow(venue, pool) : null;
		});
		let accounts = 0;
		this.#firsts = Int32Array.from(this.#accountRows, (row) => {
			const first = accounts;
			accounts += row?.capacity ?? RESERVE_ACCOUNTS;
			return first;
		});
		this.#order = new AccountOrder(accounts);
		this.#marks = Uint8Array.from(this.#accountRows, (row) => (row === null ? MARK_BY_RESERVES : 0));
	}

	get rows(): number {
		return this.#pools.length;
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
		return this.#reserves.isOutdated;
	}

	/** The accounts that a row follows now. */
	accountsOf(row: number): readonly NamedAccount[] {
		return this.#accountRows[row]?.accounts ?? reserveAccountsOf(this.#pools[row]!);
	}

	/** The most accounts that a row follows at one time. */
	capacityOf(row: number): number {
		return this.#isByReserves(row) ? RESERVE_ACCOUNTS : this.#accountRows[row]!.capacity;
	}

	/** Accounts that a row follows since the last call: each takes the place of the one that had its number. */
	takeWanted(row: number): readonly NamedAccount[] {
		const wanted = this.#accountRows[row]?.takeWanted() ?? NOTHING;
		for (const { account } of wanted) this.#order.reset(this.#firsts[row]! + account);
		return wanted;
	}

	/** Takes an account's bytes into its row. */
	apply({ row, account, slot, data, source }: AccountUpdate): ApplyOutcome {
		const verdict = this.#order.admit(this.#firsts[row]! + account, slot, source);
		if (verdict !== "applied") return verdict;
		const isReadable = this.#take(row, account, data);
		this.#touch(row);
		if (isReadable) return "applied";
		return this.#reserves.isRowOutdated(row) ? "outdated" : "undecodable";
	}

	/** An account that a read did not find. */
	miss(row: number, account: number, slot: number): void {
		if (this.#order.admit(this.#firsts[row]! + account, slot, "read") !== "applied") return;
		this.#take(row, account, null);
		this.#touch(row);
	}

	/** Marks a row's connection as trusted or not. */
	setConnected(row: number, connected: boolean): void {
		const marks = this.#marks[row]!;
		if (((marks & MARK_CONNECTED) !== 0) === connected) return;
		this.#marks[row] = marks ^ MARK_CONNECTED;
		this.#touch(row);
	}

	/** What the row's accounts showed came over a connection that is gone: a read of the same slot may now replace it. */
	forget(row: number): void {
		this.#order.forget(this.#firsts[row]!, this.capacityOf(row));
	}

	isStale(row: number): boolean {
		if ((this.#marks[row]! & MARK_CONNECTED) === 0) return true;
		return !(this.#isByReserves(row) ? this.#reserves.isWhole(row) : this.#accountRows[row]!.isWhole);
	}

	/** Writes the ticks of rows that changed, in the order in which they first did: as many rows as go into one batch. */
	takeChanged(batch: TickBatchWriter): void {
		let taken = 0;
		for (const row of this.#changed) {
			if (!this.#hasRoom(batch, row)) break;
			taken++;
			this.#marks[row]! &= ~MARK_CHANGED;
			if (this.#isByReserves(row)) this.#reserves.write(batch, this.#headOf(row));
			else for (const tick of this.#accountRows[row]!.takeTicks(this.#headOf(row))) batch.add(tick);
		}
		if (taken === this.#changed.length) this.#changed.length = 0;
		else this.#changed = this.#changed.slice(taken);
	}

	/** Writes the ticks of all rows from one on, as many as go into one batch. The row at which the next begins, or null. */
	writeAll(batch: TickBatchWriter, from: number): number | null {
		for (let row = from; row < this.rows; row++) {
			if (!this.#hasRoom(batch, row)) return row;
			if (this.#isByReserves(row)) this.#reserves.write(batch, this.#headOf(row));
			else for (const tick of this.#accountRows[row]!.allTicks(this.#headOf(row))) batch.add(tick);
		}
		return null;
	}

	#hasRoom(batch: TickBatchWriter, row: number): boolean {
		return batch.ticks <= MAX_TICKS_PER_BATCH - this.capacityOf(row) && batch.bytes <= MAX_BATCH_BYTES / 2;
	}

	#headOf(row: number): TickHead {
		const slot = this.#order.newestSlot(this.#firsts[row]!, this.capacityOf(row));
		return { poolIndex: row, slot, stale: this.isStale(row) };
	}

	#take(row: number, account: number, data: Uint8Array | null): boolean {
		return this.#isByReserves(row)
			? this.#reserves.take(row, account, data)
			: this.#accountRows[row]!.take(account, data);
	}

	#isByReserves(row: number): boolean {
		return (this.#marks[row]! & MARK_BY_RESERVES) !== 0;
	}

	#touch(row: number): void {
		const marks = this.#marks[row]!;
		if ((marks & MARK_CHANGED) !== 0) return;
		this.#marks[row] = marks | MARK_CHANGED;
		this.#changed.push(row);
	}
}
