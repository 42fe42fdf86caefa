import type { PoolDescriptor } from "./pool.ts";
import type { NamedAccount, TableRow, TickStamp } from "./table-row.ts";
import type { ReserveTick, Tick } from "./tick-batch.ts";
import { readTokenAmount } from "./token-account.ts";
import type { ReserveVenue } from "./venues/venue.ts";

const POOL = 0;
const VAULT_A = 1;
const VAULT_B = 2;
const NOTHING: readonly NamedAccount[] = [];

/** A pool that is priced by its reserves: what its vaults hold less what it owes. Whole when it owes no more than that. */
export class ReserveRow implements TableRow {
	readonly capacity = 3;
	readonly accounts: readonly NamedAccount[];
	readonly #venue: ReserveVenue;
	/** Null: nothing that the description took from the pool's account ever changes. */
	readonly #isAsDescribed: ((poolData: Uint8Array) => boolean) | null;
	readonly #isReadable = [false, false, false];
	#isOutdated = false;
	#heldA = 0n;
	#heldB = 0n;
	#owedA = 0n;
	#owedB = 0n;
	#swapEnabled = false;
	#openTimeSeconds = 0n;

	constructor(venue: ReserveVenue, pool: PoolDescriptor) {
		const { address, vaultA, vaultB } = pool;
		this.#venue = venue;
		this.#isAsDescribed = venue.isAsDescribed?.(pool) ?? null;
		this.accounts = [
			{ account: POOL, address },
			{ account: VAULT_A, address: vaultA },
			{ account: VAULT_B, address: vaultB },
		];
	}

	take(account: number, data: Uint8Array | null): boolean {
		const isReadable = data !== null && (account === POOL ? this.#readPool(data) : this.#readVault(account, data));
		this.#isReadable[account] = isReadable;
		return isReadable;
	}

	get isWhole(): boolean {
		const [pool, vaultA, vaultB] = this.#isReadable;
		if (!pool || !vaultA || !vaultB) return false;
		return this.#heldA >= this.#owedA && this.#heldB >= this.#owedB;
	}

	get isOutdated(): boolean {
		return this.#isOutdated;
	}

	/** All three accounts are wanted from the beginning. */
	takeWanted(): readonly NamedAccount[] {
		return NOTHING;
	}

	takeTicks(stamp: TickStamp): readonly Tick[] {
		return this.allTicks(stamp);
	}

	allTicks({ poolIndex, slot, stale }: TickStamp): readonly ReserveTick[] {
		const reserveA = this.#heldA - this.#owedA;
		const reserveB = this.#heldB - this.#owedB;
		return [
			{
				kind: "reserves",
				poolIndex,
				slot,
				stale,
				reserveA: reserveA > 0n ? reserveA : 0n,
				reserveB: reserveB > 0n ? reserveB : 0n,
				openTimeSeconds: this.#openTimeSeconds,
				swapEnabled: this.#swapEnabled,
			},
		];
	}

	#readPool(data: Uint8Array): boolean {
		const state = this.#venue.readState(data);
		this.#isOutdated = false;
		if (!state.ok) return false;
		this.#isOutdated = this.#isAsDescribed !== null && !this.#isAsDescribed(data);
		// Its swaps name other accounts now, or pay other fees: the catalog has to be made anew.
		if (this.#isOutdated) return false;
		this.#owedA = state.value.owedA;
		this.#owedB = state.value.owedB;
		this.#openTimeSeconds = state.value.openTimeSeconds;
		this.#swapEnabled = state.value.swapEnabled;
		return true;
	}

	#readVault(account: number, data: Uint8Array): boolean {
		const amount = readTokenAmount(data);
		if (amount === null) return false;
		if (account === VAULT_A) this.#heldA = amount;
		else this.#heldB = amount;
		return true;
	}
}
