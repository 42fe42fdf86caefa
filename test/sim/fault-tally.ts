/** How often each kind of fault was injected. */
export class FaultTally {
	readonly #counts = new Map<string, number>();

	add(fault: string, count = 1): void {
		this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + count);
	}

	addAll(other: FaultTally): void {
		for (const [fault, count] of other.#counts) this.add(fault, count);
	}

	of(fault: string): number {
		return this.#counts.get(fault) ?? 0;
	}

	get total(): number {
		return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
	}

	toString(): string {
		return [...this.#counts]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([fault, count]) => `${fault} ${count}`)
			.join(", ");
	}
}
