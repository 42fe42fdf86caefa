/** Durations of one thing, in microseconds. All are kept, so that percentiles are exact. */
export class Samples {
	readonly #values: Float64Array;
	#count = 0;
	#isSorted = true;

	constructor(capacity: number) {
		this.#values = new Float64Array(capacity);
	}

	record(micros: number): void {
		if (this.#count === this.#values.length) throw new RangeError(`more than ${this.#count} samples`);
		this.#values[this.#count++] = micros;
		this.#isSorted = false;
	}

	/** The smallest duration that at least the given share (0 to 1) of the samples do not exceed. */
	percentile(share: number): number {
		if (this.#count === 0) throw new RangeError("no samples: nothing was measured");
		const taken = this.#values.subarray(0, this.#count);
		if (!this.#isSorted) taken.sort();
		this.#isSorted = true;
		return taken[Math.max(0, Math.ceil(share * this.#count) - 1)] as number;
	}
}
