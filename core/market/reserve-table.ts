import type { Tick } from "./tick-batch.ts";
import { readTokenAmount } from "./token-account.ts";
import type { Venue } from "./venues/venue.ts";

/** Which of a pool's three accounts an update is about: the place of the account in the pool's row. */
export const PoolAccount = { pool: 0, vaultA: 1, vaultB: 2 } as const;
export type PoolAccountKind = (typeof PoolAccount)[keyof typeof PoolAccount];

const ACCOUNTS_A_ROW = 3;
const NEVER = -1;

/** What became of an account's bytes. */
export type ApplyOutcome = "applied" | "outOfOrder" | "superseded" | "undecodable";

export interface AccountUpdate {
	/** A pool's place in the catalog. */
	readonly row: number;
	readonly kind: PoolAccountKind;
	readonly slot: number;
	readonly data: Uint8Array;
	/** A notification of a live subscription, or an answer to a read. */
	readonly source: "notification" | "read";
}

/**
 * The changing state of every pool of a shard, one row a pool, put together from three accounts that arrive apart.
 *
 * Order: a notification older than what its account already shows is refused. Notifications of one subscription come in
 * order, so of two with the same slot the later counts. A read and a notification of the same slot cannot be ordered;
 * then the notification stays, because any change after the read is notified too. What an earlier connection told does
 * not count in this: {@link forget} opens it to the next read of the same slot.
 *
 * A row is fresh when its connection is, all three accounts are known and readable, and the pool owes no more than its
 * vaults hold. Everything else is a stale tick.
 */
export class ReserveTable {
	readonly #venues: readonly Venue[];
	readonly #slots: Float64Array;
	/** By account: whether what is shown was notified by the connection of now; whether it can be read. */
	readonly #isNotified: Uint8Array;
	readonly #readable: Uint8Array;
	/** Vault amounts and what the pool owes out of them, two a row. */
	readonly #held: bigint[];
	readonly #owed: bigint[];
	readonly #openTimes: bigint[];
	readonly #swapEnabled: Uint8Array;
	/** By row: the connection is live and all its accounts were read since it came up. */
	readonly #connected: Uint8Array;
	readonly #isChanged: Uint8Array;
	#changed: number[] = [];

	/** @param venues the venue of each pool, in the order of the catalog */
	constructor(venues: readonly Venue[]) {
		const rows = venues.length;
		this.#venues = venues;
		this.#slots = new Float64Array(rows * ACCOUNTS_A_ROW).fill(NEVER);
		this.#isNotified = new Uint8Array(rows * ACCOUNTS_A_ROW);
		this.#readable = new Uint8Array(rows * ACCOUNTS_A_ROW);
		this.#held = new Array<bigint>(rows * 2).fill(0n);
		this.#owed = new Array<bigint>(rows * 2).fill(0n);
		this.#openTimes = new Array<bigint>(rows).fill(0n);
		this.#swapEnabled = new Uint8Array(rows);
		this.#connected = new Uint8Array(rows);
		this.#isChanged = new Uint8Array(rows);
	}

	get rows(): number {
		return this.#venues.length;
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

	/** Takes an account's bytes into its row. Reads numbers at their offsets and keeps nothing of `data`. */
	apply(update: AccountUpdate): ApplyOutcome {
		const { row, kind, slot, data, source } = update;
		const index = row * ACCOUNTS_A_ROW + kind;
		if (source === "read") {
			if (this.#isSuperseded(index, slot)) return "superseded";
		} else if (slot < this.#slots[index]!) {
			return "outOfOrder";
		}
		this.#isNotified[index] = source === "notification" ? 1 : 0;
		this.#slots[index] = slot;
		const readable = kind === PoolAccount.pool ? this.#readPool(row, data) : this.#readVault(row, kind, data);
		this.#readable[index] = readable ? 1 : 0;
		this.#touch(row);
		return readable ? "applied" : "undecodable";
	}

	/** An account that a read did not find: its row is stale until the account is there again. */
	miss(row: number, kind: PoolAccountKind, slot: number): void {
		const index = row * ACCOUNTS_A_ROW + kind;
		if (this.#isSuperseded(index, slot)) return;
		this.#slots[index] = slot;
		this.#isNotified[index] = 0;
		this.#readable[index] = 0;
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
		this.#isNotified.fill(0, row * ACCOUNTS_A_ROW, (row + 1) * ACCOUNTS_A_ROW);
	}

	isStale(row: number): boolean {
		const first = row * ACCOUNTS_A_ROW;
		return (
			this.#connected[row] === 0 ||
			this.#readable[first] === 0 ||
			this.#readable[first + 1] === 0 ||
			this.#readable[first + 2] === 0 ||
			this.#held[row * 2]! < this.#owed[row * 2]! ||
			this.#held[row * 2 + 1]! < this.#owed[row * 2 + 1]!
		);
	}

	/** The ticks of up to `limit` rows that changed, in the order in which they first did. */
	takeChanged(limit: number): Tick[] {
		const taken = this.#changed.length <= limit ? this.#changed : this.#changed.slice(0, limit);
		this.#changed = taken === this.#changed ? [] : this.#changed.slice(limit);
		return taken.map((row) => {
			this.#isChanged[row] = 0;
			return this.tick(row);
		});
	}

	/** The ticks of all rows. */
	snapshot(): Tick[] {
		return this.#venues.map((_, row) => this.tick(row));
	}

	tick(row: number): Tick {
		const first = row * ACCOUNTS_A_ROW;
		const reserveA = this.#held[row * 2]! - this.#owed[row * 2]!;
		const reserveB = this.#held[row * 2 + 1]! - this.#owed[row * 2 + 1]!;
		return {
			poolIndex: row,
			slot: Math.max(0, this.#slots[first]!, this.#slots[first + 1]!, this.#slots[first + 2]!),
			reserveA: reserveA > 0n ? reserveA : 0n,
			reserveB: reserveB > 0n ? reserveB : 0n,
			openTimeSeconds: this.#openTimes[row]!,
			swapEnabled: this.#swapEnabled[row] === 1,
			stale: this.isStale(row),
		};
	}

	/** Whether a read from that slot may be older than what the account shows. */
	#isSuperseded(index: number, slot: number): boolean {
		const known = this.#slots[index]!;
		return slot < known || (slot === known && this.#isNotified[index] === 1);
	}

	#readPool(row: number, data: Uint8Array): boolean {
		const state = this.#venues[row]!.readState(data);
		if (!state.ok) return false;
		const { owedA, owedB, swapEnabled, openTimeSeconds } = state.value;
		this.#owed[row * 2] = owedA;
		this.#owed[row * 2 + 1] = owedB;
		this.#openTimes[row] = openTimeSeconds;
		this.#swapEnabled[row] = swapEnabled ? 1 : 0;
		return true;
	}

	#readVault(row: number, kind: PoolAccountKind, data: Uint8Array): boolean {
		const amount = readTokenAmount(data);
		if (amount === null) return false;
		this.#held[row * 2 + kind - PoolAccount.vaultA] = amount;
		return true;
	}

	#touch(row: number): void {
		if (this.#isChanged[row] === 1) return;
		this.#isChanged[row] = 1;
		this.#changed.push(row);
	}
}
