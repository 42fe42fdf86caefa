/**
 * Logarithms of prices, sampled at equal distances of chain time: one bounded ring a series, all in one array. What was
 * not known at a sample is NaN.
 */
export class PriceHistory {
	readonly series: number;
	/** Samples that are kept. */
	readonly capacity: number;
	readonly #values: Float64Array;
	#newest = -1;

	constructor(series: number, capacity: number) {
		this.series = series;
		this.capacity = capacity;
		this.#values = new Float64Array(series * capacity).fill(Number.NaN);
	}

	/** Number of the newest sample; −1 before the first. */
	get newest(): number {
		return this.#newest;
	}

	/** Begins a sample after the newest. Those between were not seen; the new one is not known yet. */
	begin(sample: number): void {
		const from = Math.max(this.#newest + 1, sample - this.capacity + 1);
		for (let at = from; at <= sample; at++) {
			for (let series = 0; series < this.series; series++) this.#values[this.#place(series, at)] = Number.NaN;
		}
		this.#newest = sample;
	}

	/** What a series is at the newest sample. */
	set(series: number, value: number): void {
		this.#values[this.#place(series, this.#newest)] = value;
	}

	/** NaN where nothing is known, or not any more. */
	at(series: number, sample: number): number {
		if (sample < 0 || sample > this.#newest || sample <= this.#newest - this.capacity) return Number.NaN;
		return this.#values[this.#place(series, sample)]!;
	}

	#place(series: number, sample: number): number {
		return series * this.capacity + (sample % this.capacity);
	}
}
