import type { Address } from "../types/address.ts";

/** {@link Equity} as plain values: mint, sum, peak. */
export type EquityEntry = readonly [mint: Address, sum: bigint, peak: bigint];

/**
 * What trading has earned by mint since the ledger was opened, and the most it had earned. What a landed cycle pays the
 * network is charged to the mint that its guard covers it in, and not to SOL besides: otherwise every profit in another
 * mint would be a loss in SOL. Base units.
 *
 * What a fork takes back is added with the other sign and leaves the peak as it was: until it lands again, or a person
 * resets the peak, the desk is stricter than it must be.
 */
export class Equity {
	readonly #sums = new Map<Address, bigint>();
	readonly #peaks = new Map<Address, bigint>();

	constructor(entries: readonly EquityEntry[] = []) {
		for (const [mint, sum, peak] of entries) {
			this.#sums.set(mint, sum);
			this.#peaks.set(mint, peak);
		}
	}

	get entries(): readonly EquityEntry[] {
		return [...this.#sums].map(([mint, sum]) => [mint, sum, this.#peaks.get(mint) ?? 0n]);
	}

	/** How far below the peak; never negative. Before anything was earned, the peak is the start. */
	drawdown(mint: Address): bigint {
		return (this.#peaks.get(mint) ?? 0n) - (this.#sums.get(mint) ?? 0n);
	}

	add(mint: Address, amount: bigint): void {
		const sum = (this.#sums.get(mint) ?? 0n) + amount;
		this.#sums.set(mint, sum);
		if (sum > (this.#peaks.get(mint) ?? 0n)) this.#peaks.set(mint, sum);
	}

	/** A person says that the fall is understood: the peaks are what is there now. */
	reset(): void {
		for (const [mint, sum] of this.#sums) this.#peaks.set(mint, sum);
	}
}
