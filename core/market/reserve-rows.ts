import type { PoolDescriptor } from "./pool.ts";
import type { NamedAccount, TickStamp } from "./table-row.ts";
import type { TickBatchWriter } from "./tick-batch.ts";
import { readTokenAmount } from "./token-account.ts";
import { reserveVenueById } from "./venues/index.ts";
import type { ReserveVenue } from "./venues/venue.ts";

const POOL = 0;
const VAULT_A = 1;
const VAULT_B = 2;
/** A pool's account and its two vaults. */
export const RESERVE_ACCOUNTS = 3;

/** The length of a cache line in 64-bit words, so that no row begins in another's. */
const WORDS = 8;
/** The words that a row uses. What is owed has a sign: virtual reserves are owed to the pool. */
const WORD = { heldA: 0, heldB: 1, owedA: 2, owedB: 3, openTime: 4 } as const;
const READ_ALL = 0b111;
const FLAG_SWAP_ENABLED = 0b1000;
const NO_VENUE = 255;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Pools that are priced by their reserves, by row: what their vaults hold less what they owe. Such a row is whole when
 * all three accounts were read and it owes no more than it holds. The numbers lie side by side: see {@link BookColumns}.
 */
export class ReserveRows {
	readonly #venues: readonly ReserveVenue[];
	/** By row: the number of its venue. */
	readonly #venueOf: Uint8Array;
	readonly #exact: BigUint64Array;
	readonly #signed: BigInt64Array;
	/** By row: which accounts can be read, and whether swaps are enabled. */
	readonly #flags: Uint8Array;

	/** @param pools all pools of the market; those that are priced otherwise have no row here */
	constructor(pools: readonly PoolDescriptor[]) {
		const venues: ReserveVenue[] = [];
		this.#venueOf = Uint8Array.from(pools, ({ venue }) => {
			const known = reserveVenueById(venue);
			if (known === null) return NO_VENUE;
			const at = venues.indexOf(known);
			return at === -1 ? venues.push(known) - 1 : at;
		});
		this.#venues = venues;
		this.#exact = new BigUint64Array(pools.length * WORDS);
		this.#signed = new BigInt64Array(this.#exact.buffer);
		this.#flags = new Uint8Array(pools.length);
	}

	/** Takes an account's bytes, of which nothing is kept; null when there is none. False: the row cannot be whole with it. */
	take(row: number, account: number, data: Uint8Array | null): boolean {
		const flags = this.#flags[row]! & ~(1 << account);
		this.#flags[row] = flags;
		if (data === null) return false;
		if (account === POOL) {
			const state = this.#venues[this.#venueOf[row]!]!.readState(data);
			if (!state.ok) return false;
			const { owedA, owedB, openTimeSeconds, swapEnabled } = state.value;
			this.#signed[row * WORDS + WORD.owedA] = owedA;
			this.#signed[row * WORDS + WORD.owedB] = owedB;
			this.#exact[row * WORDS + WORD.openTime] = openTimeSeconds;
			this.#flags[row] = (swapEnabled ? flags | FLAG_SWAP_ENABLED : flags & ~FLAG_SWAP_ENABLED) | (1 << POOL);
			return true;
		}
		const amount = readTokenAmount(data);
		if (amount === null) return false;
		this.#exact[row * WORDS + (account === VAULT_A ? WORD.heldA : WORD.heldB)] = amount;
		this.#flags[row] = flags | (1 << account);
		return true;
	}

	isWhole(row: number): boolean {
		if ((this.#flags[row]! & READ_ALL) !== READ_ALL) return false;
		const at = row * WORDS;
		return this.#fits(at + WORD.heldA, at + WORD.owedA) && this.#fits(at + WORD.heldB, at + WORD.owedB);
	}

	/** Writes the row's tick. */
	write(batch: TickBatchWriter, { poolIndex, slot, stale }: TickStamp): void {
		const at = poolIndex * WORDS;
		batch.addReserves({
			poolIndex,
			slot,
			stale,
			reserveA: this.#reserve(at + WORD.heldA, at + WORD.owedA),
			reserveB: this.#reserve(at + WORD.heldB, at + WORD.owedB),
			openTimeSeconds: this.#exact[at + WORD.openTime]!,
			swapEnabled: (this.#flags[poolIndex]! & FLAG_SWAP_ENABLED) !== 0,
		});
	}

	/** Of a row that is not whole, anything that a tick can say. */
	#reserve(held: number, owed: number): bigint {
		return this.#fits(held, owed) ? BigInt.asUintN(64, this.#exact[held]! - this.#exact[owed]!) : 0n;
	}

	/** What is held less what is owed is a u64. Without integers on the heap, but where a number is past 2^63 or negative. */
	#fits(held: number, owed: number): boolean {
		const small = this.#signed[held]!;
		const debt = this.#signed[owed]!;
		if (small >= 0n && debt >= 0n) return small >= debt;
		const reserve = this.#exact[held]! - debt;
		return reserve >= 0n && reserve <= LARGEST_U64;
	}
}

/** The accounts of a pool that is priced by its reserves: all three are wanted from the beginning. */
export function reserveAccountsOf({ address, vaultA, vaultB }: PoolDescriptor): readonly NamedAccount[] {
	return [
		{ account: POOL, address },
		{ account: VAULT_A, address: vaultA },
		{ account: VAULT_B, address: vaultB },
	];
}
