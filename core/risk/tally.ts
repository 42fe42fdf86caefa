/** Sums by key, base units. A key whose sum is 0 takes no room. */
export class Tally<Key> {
	readonly #sums = new Map<Key, bigint>();

	of(key: Key): bigint {
		return this.#sums.get(key) ?? 0n;
	}

	add(key: Key, amount: bigint): void {
		if (amount === 0n) return;
		const sum = this.of(key) + amount;
		if (sum === 0n) this.#sums.delete(key);
		else this.#sums.set(key, sum);
	}

	get size(): number {
		return this.#sums.size;
	}

	[Symbol.iterator](): IterableIterator<[Key, bigint]> {
		return this.#sums[Symbol.iterator]();
	}
}
