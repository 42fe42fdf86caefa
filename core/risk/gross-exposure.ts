import type { Address } from "../types/address.ts";
import type { LedgerState } from "./ledger-state.ts";
import type { PriceSource } from "./price-source.ts";

/** A value in base units of the quote mint. */
export interface Exposure {
	readonly value: bigint;
	/** Held mints that no pool has ever priced: they are not in the value. */
	readonly unpriced: readonly Address[];
}

interface Worth {
	readonly amount: bigint;
	readonly value: bigint;
}

/**
 * What is at risk of price: every holding that is no cash at its reference price, and everything in flight. A swap that
 * spends a holding is not counted besides the holding. Holdings are valued anew with every slot and every booking; one
 * that has lost its price keeps the price that it had last.
 */
export class GrossExposure {
	readonly #quoteMints: ReadonlySet<Address>;
	readonly #quoteMint: Address;
	readonly #worths = new Map<Address, Worth>();
	#ledger: LedgerState | null = null;
	#revision = -1;
	#slot = -1;
	#held: { readonly mint: Address; readonly amount: bigint }[] = [];
	#holdings: Exposure = { value: 0n, unpriced: [] };

	/** @param quoteMints cash; the first is what exposure is measured in */
	constructor(quoteMints: readonly [Address, ...Address[]]) {
		this.#quoteMints = new Set(quoteMints);
		this.#quoteMint = quoteMints[0];
	}

	isQuote(mint: Address): boolean {
		return this.#quoteMints.has(mint);
	}

	/** Everything that is held, without cash. */
	holdings(ledger: LedgerState, prices: PriceSource, slot: number): Exposure {
		const isBooked = ledger !== this.#ledger || ledger.revision !== this.#revision;
		if (!isBooked && slot === this.#slot) return this.#holdings;
		if (isBooked) this.#findHeld(ledger);
		this.#slot = slot;
		let value = 0n;
		const unpriced: Address[] = [];
		for (const { mint, amount } of this.#held) {
			const worth = this.#worthOf(mint, amount, prices);
			if (worth === null) unpriced.push(mint);
			else value += worth;
		}
		this.#holdings = { value, unpriced };
		return this.#holdings;
	}

	/** Everything in flight that is no holding already; null when a funding mint has no price. */
	inFlight(ledger: LedgerState, prices: PriceSource): bigint | null {
		let sum = 0n;
		for (const [mint, notional] of ledger.claims.notionals) {
			const amount = this.#quoteMints.has(mint) ? notional : notional - ledger.claims.spent(mint);
			const value = prices.value(mint, amount, this.#quoteMint);
			if (value === null) return null;
			sum += value;
		}
		return sum;
	}

	/** An amount in the quote mint, rounded up, or null. */
	value(mint: Address, amount: bigint, prices: PriceSource): bigint | null {
		return prices.value(mint, amount, this.#quoteMint);
	}

	#findHeld(ledger: LedgerState): void {
		if (ledger !== this.#ledger) this.#worths.clear();
		this.#ledger = ledger;
		this.#revision = ledger.revision;
		this.#held = [];
		for (const mint of ledger.mints) {
			const position = ledger.position(mint);
			if (position === 0n || this.#quoteMints.has(mint)) continue;
			this.#held.push({ mint, amount: position < 0n ? -position : position });
		}
	}

	#worthOf(mint: Address, amount: bigint, prices: PriceSource): bigint | null {
		const value = prices.value(mint, amount, this.#quoteMint);
		if (value !== null) {
			this.#worths.set(mint, { amount, value });
			return value;
		}
		const last = this.#worths.get(mint);
		return last ? (amount * last.value + last.amount - 1n) / last.amount : null;
	}
}
