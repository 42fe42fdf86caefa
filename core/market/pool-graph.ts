import type { Address } from "../types/address.ts";

/** What the graph has to know of a pool. */
export interface TradedPair {
	readonly mintA: Address;
	readonly mintB: Address;
}

const NONE: readonly number[] = [];

/** Which pools trade which mints. Mints are numbers here, in the order in which they were first seen. */
export class PoolGraph {
	readonly #mintIds = new Map<Address, number>();
	/** By mint: the mints that some pool trades it for. */
	readonly #neighbours: number[][] = [];
	/** By pair of mints: the places of its pools. */
	readonly #pairs = new Map<number, number[]>();

	/** The number of a mint. */
	mintId(mint: Address): number {
		const known = this.#mintIds.get(mint);
		if (known !== undefined) return known;
		const id = this.#mintIds.size;
		this.#mintIds.set(mint, id);
		this.#neighbours.push([]);
		return id;
	}

	add(poolIndex: number, { mintA, mintB }: TradedPair): void {
		const [a, b] = [this.mintId(mintA), this.mintId(mintB)];
		const key = pairKey(a, b);
		const others = this.#pairs.get(key);
		if (others) {
			others.push(poolIndex);
			return;
		}
		this.#pairs.set(key, [poolIndex]);
		(this.#neighbours[a] as number[]).push(b);
		(this.#neighbours[b] as number[]).push(a);
	}

	remove(poolIndex: number, { mintA, mintB }: TradedPair): void {
		const [a, b] = [this.mintId(mintA), this.mintId(mintB)];
		const key = pairKey(a, b);
		const others = this.between(a, b).filter((other) => other !== poolIndex);
		if (others.length > 0) {
			this.#pairs.set(key, others);
			return;
		}
		this.#pairs.delete(key);
		this.#neighbours[a] = this.neighbours(a).filter((mint) => mint !== b);
		this.#neighbours[b] = this.neighbours(b).filter((mint) => mint !== a);
	}

	/** The places of the pools that trade two mints against each other. */
	between(one: number, other: number): readonly number[] {
		return this.#pairs.get(pairKey(one, other)) ?? NONE;
	}

	neighbours(mint: number): readonly number[] {
		return this.#neighbours[mint] ?? NONE;
	}

	/** Of two mints the one that is traded for fewer others; the first when they are equal. */
	lesser(one: number, other: number): number {
		return this.neighbours(one).length <= this.neighbours(other).length ? one : other;
	}
}

/** Mints are fewer than 2^26, so that the key is an exact double. */
function pairKey(one: number, other: number): number {
	return one < other ? one * 2 ** 26 + other : other * 2 ** 26 + one;
}
