/** Each power of two is cut into 2^SUB_BUCKET_BITS buckets: a recorded value is off by at most 1/32, about 3 %. */
const SUB_BUCKET_BITS = 5;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
/** Values from 0 to 2^32 − 1 (microseconds: 71 minutes); larger ones count as the largest. */
const BUCKETS = (32 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS;

/** A histogram's content, for the bus. Sparse: index and count in pairs. */
export interface HistogramSnapshot {
	readonly count: number;
	readonly max: number;
	readonly buckets: readonly number[];
}

/**
 * A log-linear histogram of non-negative integers in the manner of HdrHistogram: fixed memory, a few nanoseconds an
 * observation, mergeable over processes.
 */
export class Histogram {
	readonly #counts = new Float64Array(BUCKETS);
	#count = 0;
	#max = 0;

	get count(): number {
		return this.#count;
	}

	get max(): number {
		return this.#max;
	}

	/** Negative values (clocks of two machines) count as 0. */
	record(value: number): void {
		const whole = value > 0 ? Math.min(Math.floor(value), 0xffff_ffff) : 0;
		const index = bucketOf(whole);
		this.#counts[index] = this.#counts[index]! + 1;
		this.#count++;
		if (whole > this.#max) this.#max = whole;
	}

	/** The lower bound of the bucket that holds the given share (0 to 1) of the observations; 0 when there are none. */
	percentile(share: number): number {
		if (this.#count === 0) return 0;
		const wanted = Math.max(1, Math.ceil(share * this.#count));
		let seen = 0;
		for (let index = 0; index < BUCKETS; index++) {
			seen += this.#counts[index]!;
			if (seen >= wanted) return lowerBound(index);
		}
		return this.#max;
	}

	snapshot(): HistogramSnapshot {
		const buckets: number[] = [];
		this.#counts.forEach((count, index) => {
			if (count > 0) buckets.push(index, count);
		});
		return { count: this.#count, max: this.#max, buckets };
	}

	/** Adds what another histogram recorded. Entries outside the range are ignored. */
	merge(snapshot: HistogramSnapshot): void {
		for (let at = 0; at + 1 < snapshot.buckets.length; at += 2) {
			const index = snapshot.buckets[at]!;
			const count = snapshot.buckets[at + 1]!;
			if (!Number.isInteger(index) || index < 0 || index >= BUCKETS || !(count > 0)) continue;
			this.#counts[index] = this.#counts[index]! + count;
			this.#count += count;
		}
		if (snapshot.max > this.#max) this.#max = snapshot.max;
	}
}

function bucketOf(value: number): number {
	if (value < SUB_BUCKETS) return value;
	const exponent = 31 - Math.clz32(value);
	const shift = exponent - SUB_BUCKET_BITS;
	return (shift + 1) * SUB_BUCKETS + ((value >>> shift) - SUB_BUCKETS);
}

function lowerBound(index: number): number {
	if (index < SUB_BUCKETS) return index;
	const shift = Math.floor(index / SUB_BUCKETS) - 1;
	return ((index % SUB_BUCKETS) + SUB_BUCKETS) * 2 ** shift;
}
