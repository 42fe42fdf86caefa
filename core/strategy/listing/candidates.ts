import type { Book } from "../../market/book.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { Address } from "../../types/address.ts";
import type { ListingRefusal } from "./refusal.ts";

/** A pool that may be a new one. */
export interface Candidate {
	readonly row: PoolRow;
	/** What is bought: the pool's mint that is not the funding mint; null when it has no such two. */
	readonly mint: Address | null;
	/** When it was first seen beside those of the first catalog, chain seconds; null for those. */
	readonly firstSeenSeconds: bigint | null;
	/** For what it was refused last. */
	refusal: ListingRefusal | null;
}

/** Pools of which it is remembered when they were seen first. One beyond does not count as new by that. */
const MOST_SEEN = 65_536;

/**
 * The pools of the catalog, with the time at which each was first seen. Those of the first catalog were there before
 * anybody looked: for them there is no such time. A pool that goes and comes back is not new again.
 */
export class Candidates {
	readonly #fundingMint: Address;
	/** Null: of the first catalog, or not seen in time. */
	readonly #firstSeen = new Map<Address, bigint | null>();
	#byRow: readonly Candidate[] = [];
	/** Pools that were adopted since the last update, which alone tells the time. */
	#book: Book | null = null;
	#isFirst = true;

	constructor(fundingMint: Address) {
		this.#fundingMint = fundingMint;
	}

	adopt(book: Book): void {
		if (this.#isFirst) for (const { pool } of book.rows) this.#see(pool.address, null);
		// Beside a catalog that is still empty everything would look new.
		this.#isFirst &&= book.rows.length === 0;
		this.#book = book;
	}

	/** By the row's place, at a time of the chain. */
	at(nowSeconds: bigint): readonly Candidate[] {
		if (this.#book === null) return this.#byRow;
		const before = new Map(this.#byRow.map((candidate) => [candidate.row.pool.address, candidate]));
		this.#byRow = this.#book.rows.map((row) => {
			const { address, mintA, mintB } = row.pool;
			this.#see(address, nowSeconds);
			const mint = mintA === this.#fundingMint ? mintB : mintB === this.#fundingMint ? mintA : null;
			const refusal = before.get(address)?.refusal ?? null;
			return { row, mint, firstSeenSeconds: this.#firstSeen.get(address) ?? null, refusal };
		});
		this.#book = null;
		return this.#byRow;
	}

	#see(pool: Address, seconds: bigint | null): void {
		if (!this.#firstSeen.has(pool) && this.#firstSeen.size < MOST_SEEN) this.#firstSeen.set(pool, seconds);
	}
}
