import type { NamedAccount } from "./named-account.ts";
import type { PoolDescriptor } from "./pool.ts";
import type { TickBatchWriter, TickHead } from "./tick-batch.ts";
import { copyTokenAmount } from "./token-account.ts";
import { reserveVenueById } from "./venues/index.ts";
import type { ReserveVenue } from "./venues/venue.ts";

const POOL = 0;
const VAULT_A = 1;
const VAULT_B = 2;
/** A pool's account and its two vaults. */
export const RESERVE_ACCOUNTS = 3;

/** The length of a cache line in 64-bit words, so that no row begins in another's. */
const WORDS = 8;
/** The words that a row uses. What is owed is an i64 when its flag says that it has a sign, else a u64. */
const WORD = { heldA: 0, heldB: 1, owedA: 2, owedB: 3, openTime: 4 } as const;
const BYTES = WORDS * 8;
/** Past them two bytes: which accounts can be read and what else holds of the row; and the number of its venue. */
const BYTE = { flags: 40, venue: 41 } as const;
const READ_ALL = 0b111;
const FLAG_SWAP_ENABLED = 0b1000;
const FLAG_OUTDATED = 0b10000;
/** Virtual reserves: the pool is owed, not what it holds. */
const FLAG_SIGNED_A = 0b100000;
const FLAG_SIGNED_B = 0b1000000;
const OF_POOL = (1 << POOL) | FLAG_SWAP_ENABLED | FLAG_OUTDATED | FLAG_SIGNED_A | FLAG_SIGNED_B;
const NO_VENUE = 255;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Pools that are priced by their reserves, by row: what their vaults hold less what they owe. Such a row is whole when
 * all three accounts were read, the pool's account still says what its description was made of, and the pool owes no
 * more than it holds. The numbers lie side by side: see {@link BookColumns}.
 */
export class ReserveRows {
	readonly #venues: readonly ReserveVenue[];
	readonly #exact: BigUint64Array;
	readonly #signed: BigInt64Array;
	readonly #halves: Uint32Array;
	/** Rows whose pool's account may come to say something else than the description: whether it still says that. */
	readonly #isAsDescribed = new Map<number, (poolData: Uint8Array) => boolean>();
	readonly #bytes: Uint8Array;

	/** @param pools all pools of the market; those that are priced otherwise have no row here */
	constructor(pools: readonly PoolDescriptor[]) {
		const venues: ReserveVenue[] = [];
		const numbers = Uint8Array.from(pools, ({ venue }) => {
			const known = reserveVenueById(venue);
			if (known === null) return NO_VENUE;
			const at = venues.indexOf(known);
			return at === -1 ? venues.push(known) - 1 : at;
		});
		this.#venues = venues;
		for (const [row, pool] of pools.entries()) {
			const isAsDescribed = reserveVenueById(pool.venue)?.isAsDescribed?.(pool);
			if (isAsDescribed !== undefined) this.#isAsDescribed.set(row, isAsDescribed);
		}
		this.#exact = new BigUint64Array(pools.length * WORDS);
		this.#signed = new BigInt64Array(this.#exact.buffer);
		this.#halves = new Uint32Array(this.#exact.buffer);
		this.#bytes = new Uint8Array(this.#exact.buffer);
		for (const [row, number] of numbers.entries()) this.#bytes[row * BYTES + BYTE.venue] = number;
	}

	/** Some pool's account says something else than its description, which has to be made anew. */
	get isOutdated(): boolean {
		for (const row of this.#isAsDescribed.keys()) if (this.isRowOutdated(row)) return true;
		return false;
	}

	isRowOutdated(row: number): boolean {
		return (this.#bytes[row * BYTES + BYTE.flags]! & FLAG_OUTDATED) !== 0;
	}

	/** Takes an account's bytes, of which nothing is kept; null when there is none. False: the row cannot be whole with it. */
	take(row: number, account: number, data: Uint8Array | null): boolean {
		if (account === POOL) return this.#takePool(row, data);
		const flags = this.#bytes[row * BYTES + BYTE.flags]! & ~(1 << account);
		this.#bytes[row * BYTES + BYTE.flags] = flags;
		if (data === null) return false;
		const held = row * WORDS + (account === VAULT_A ? WORD.heldA : WORD.heldB);
		if (!copyTokenAmount(data, this.#halves, held * 2)) return false;
		this.#bytes[row * BYTES + BYTE.flags] = flags | (1 << account);
		return true;
	}

	isWhole(row: number): boolean {
		const flags = this.#bytes[row * BYTES + BYTE.flags]!;
		if ((flags & READ_ALL) !== READ_ALL) return false;
		const at = row * WORDS;
		return (
			this.#fits(at + WORD.heldA, at + WORD.owedA, (flags & FLAG_SIGNED_A) !== 0) &&
			this.#fits(at + WORD.heldB, at + WORD.owedB, (flags & FLAG_SIGNED_B) !== 0)
		);
	}

	/** Writes the row's tick. */
	write(batch: TickBatchWriter, { poolIndex, slot, stale }: TickHead): void {
		const at = poolIndex * WORDS;
		const flags = this.#bytes[poolIndex * BYTES + BYTE.flags]!;
		batch.addReserves({
			poolIndex,
			slot,
			stale,
			reserveA: this.#reserve(at + WORD.heldA, at + WORD.owedA, (flags & FLAG_SIGNED_A) !== 0),
			reserveB: this.#reserve(at + WORD.heldB, at + WORD.owedB, (flags & FLAG_SIGNED_B) !== 0),
			openTimeSeconds: this.#exact[at + WORD.openTime]!,
			swapEnabled: (flags & FLAG_SWAP_ENABLED) !== 0,
		});
	}

	#takePool(row: number, data: Uint8Array | null): boolean {
		let flags = this.#bytes[row * BYTES + BYTE.flags]! & ~OF_POOL;
		this.#bytes[row * BYTES + BYTE.flags] = flags;
		const venue = this.#venues[this.#bytes[row * BYTES + BYTE.venue]!]!;
		const state = data === null ? null : venue.readState(data);
		if (data === null || state === null || !state.ok) return false;
		if (venue.isAsDescribed !== undefined && !this.#isAsDescribed.get(row)!(data)) {
			this.#bytes[row * BYTES + BYTE.flags] = flags | FLAG_OUTDATED;
			return false;
		}
		const { owedA, owedB, openTimeSeconds, swapEnabled } = state.value;
		if (BigInt.asUintN(64, owedA) !== owedA) {
			if (BigInt.asIntN(64, owedA) !== owedA) return false;
			flags |= FLAG_SIGNED_A;
		}
		if (BigInt.asUintN(64, owedB) !== owedB) {
			if (BigInt.asIntN(64, owedB) !== owedB) return false;
			flags |= FLAG_SIGNED_B;
		}
		this.#signed[row * WORDS + WORD.owedA] = owedA;
		this.#signed[row * WORDS + WORD.owedB] = owedB;
		this.#exact[row * WORDS + WORD.openTime] = openTimeSeconds;
		this.#bytes[row * BYTES + BYTE.flags] = (swapEnabled ? flags | FLAG_SWAP_ENABLED : flags) | (1 << POOL);
		return true;
	}

	/** Of a row that is not whole, anything that a tick can say. */
	#reserve(held: number, owed: number, isSigned: boolean): bigint {
		return this.#fits(held, owed, isSigned) ? BigInt.asUintN(64, this.#exact[held]! - this.#exact[owed]!) : 0n;
	}

	/** What is held less what is owed is a u64. Without integers on the heap, but where a number is past 2^63 or negative. */
	#fits(held: number, owed: number, isSigned: boolean): boolean {
		const small = this.#signed[held]!;
		const debt = this.#signed[owed]!;
		if (small >= 0n && debt >= 0n) return small >= debt;
		const reserve = this.#exact[held]! - (isSigned ? debt : this.#exact[owed]!);
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
