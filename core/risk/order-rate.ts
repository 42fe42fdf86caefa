const MICROS_PER_ORDER = 1_000_000;

/**
 * A token bucket for orders: `burst` orders at once, then `ordersPerSecond`. Counted in millionths of an order, so that
 * a rate in orders a second is a gain in millionths a microsecond.
 */
export class OrderRate {
	readonly #ordersPerSecond: number;
	readonly #capacity: number;
	#tokens: number;
	#filledAtMicros: number;

	constructor(options: {
		readonly ordersPerSecond: number;
		readonly burst: number;
		/** Monotonic, microseconds. */
		readonly nowMicros: number;
	}) {
		this.#ordersPerSecond = options.ordersPerSecond;
		this.#capacity = options.burst * MICROS_PER_ORDER;
		this.#tokens = this.#capacity;
		this.#filledAtMicros = Math.floor(options.nowMicros);
	}

	/** Whether an order may be taken at a monotonic time. */
	has(nowMicros: number): boolean {
		const elapsed = Math.floor(nowMicros) - this.#filledAtMicros;
		if (elapsed > 0) {
			this.#filledAtMicros += elapsed;
			this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#ordersPerSecond);
		}
		return this.#tokens >= MICROS_PER_ORDER;
	}

	/** How much of the burst is used up at a monotonic time, in whole orders, rounded up. */
	taken(nowMicros: number): number {
		this.has(nowMicros);
		return Math.ceil((this.#capacity - this.#tokens) / MICROS_PER_ORDER);
	}

	/** Takes one order at a monotonic time, or refuses it and takes nothing. */
	tryTake(nowMicros: number): boolean {
		if (!this.has(nowMicros)) return false;
		this.#tokens -= MICROS_PER_ORDER;
		return true;
	}
}
