const MICROS_PER_MINUTE = 60_000_000;
const MINUTES = 60;

/**
 * A sum over the last hour, in whole minutes of the clock: what was spent stays counted for 60 to 61 minutes, never for
 * less. When the clock steps back, amounts count as of the newest minute that was seen.
 */
export class RollingHour {
	/** Oldest first: minute since the Unix epoch, amount. */
	readonly #minutes: [number, bigint][] = [];
	#sum = 0n;

	/** @param minutes what {@link entries} told */
	constructor(minutes: readonly (readonly [number, bigint])[] = []) {
		for (const [minute, amount] of minutes) {
			this.#minutes.push([minute, amount]);
			this.#sum += amount;
		}
	}

	/** @param atMicros microseconds since the Unix epoch */
	add(atMicros: number, amount: bigint): void {
		if (amount === 0n) return;
		const minute = Math.floor(atMicros / MICROS_PER_MINUTE);
		this.#forget(minute);
		this.#sum += amount;
		const newest = this.#minutes.at(-1);
		if (newest && newest[0] >= minute) newest[1] += amount;
		else this.#minutes.push([minute, amount]);
	}

	/** Asking changes nothing: what is kept follows from what was added alone. */
	sum(atMicros: number): bigint {
		const first = Math.floor(atMicros / MICROS_PER_MINUTE) - MINUTES;
		let sum = this.#sum;
		for (let at = 0; at < this.#minutes.length; at++) {
			const [minute, amount] = this.#minutes[at] as [number, bigint];
			if (minute >= first) break;
			sum -= amount;
		}
		return sum;
	}

	get entries(): readonly (readonly [number, bigint])[] {
		return this.#minutes.map(([minute, amount]) => [minute, amount]);
	}

	#forget(minute: number): void {
		for (let oldest = this.#minutes[0]; oldest && oldest[0] < minute - MINUTES; oldest = this.#minutes[0]) {
			this.#sum -= oldest[1];
			this.#minutes.shift();
		}
	}
}
