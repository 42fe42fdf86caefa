import type { Address } from "../types/address.ts";
import { Tally } from "./tally.ts";

/** What was bought and not sold again, with what it cost: amounts by the mints that were paid, base units. */
export interface Position {
	readonly amount: bigint;
	readonly costs: readonly (readonly [Address, bigint])[];
}

/** A change of one position. */
export interface PositionChange {
	readonly mint: Address;
	readonly amount: bigint;
	readonly costs: readonly (readonly [Address, bigint])[];
}

/** A swap from holdings, as it was filled: both amounts above 0, base units. */
export interface HoldingSwap {
	readonly mintIn: Address;
	readonly mintOut: Address;
	readonly amountIn: bigint;
	readonly amountOut: bigint;
	/** Mints that count as cash: they have no position, and what is paid in them is the cost of what is bought. */
	readonly cash: readonly Address[];
}

/** What a swap does to positions, and what it realises by mint. */
export interface SwapEffects {
	readonly positions: readonly PositionChange[];
	readonly realised: readonly (readonly [Address, bigint])[];
}

interface Holding {
	amount: bigint;
	readonly costs: Tally<Address>;
}

/** Held with no cost, as what was there at first: selling it realises nothing. */
const NO_POSITION: Position = { amount: 0n, costs: [] };

/**
 * Positions at average cost, kept in the mints that were really paid: no price is needed to know what a sale realised.
 * Changes add up, so that a booking that a fork takes back is taken back exactly.
 */
export class Positions {
	readonly #holdings = new Map<Address, Holding>();

	constructor(entries: readonly (readonly [Address, Position])[] = []) {
		for (const [mint, { amount, costs }] of entries) this.apply({ mint, amount, costs });
	}

	of(mint: Address): Position {
		const holding = this.#holdings.get(mint);
		return holding ? { amount: holding.amount, costs: [...holding.costs] } : NO_POSITION;
	}

	get entries(): readonly (readonly [Address, Position])[] {
		return [...this.#holdings.keys()].map((mint) => [mint, this.of(mint)]);
	}

	apply({ mint, amount, costs }: PositionChange): void {
		let holding = this.#holdings.get(mint);
		if (!holding) {
			holding = { amount: 0n, costs: new Tally() };
			this.#holdings.set(mint, holding);
		}
		holding.amount += amount;
		for (const [paid, cost] of costs) holding.costs.add(paid, cost);
		if (holding.amount === 0n && holding.costs.size === 0) this.#holdings.delete(mint);
	}

	/**
	 * What a swap would do. Cash for a token: its cost grows by what was paid. A token for cash: the cost of what was
	 * sold, rounded up so that no profit is overstated, against what it brought. Token for token: the cost goes along.
	 * Of what was held without a cost, and of cash for cash, nothing is realised.
	 */
	effectsOf({ mintIn, mintOut, amountIn, amountOut, cash }: HoldingSwap): SwapEffects {
		const isFromCash = cash.includes(mintIn);
		const isToCash = cash.includes(mintOut);
		if (isFromCash) {
			const bought = { mint: mintOut, amount: amountOut, costs: [[mintIn, amountIn]] } as const;
			return { positions: isToCash ? [] : [bought], realised: [] };
		}
		const { amount, costs } = this.of(mintIn);
		const sold = amount > 0n && amount < amountIn ? amount : amount > 0n ? amountIn : 0n;
		if (sold === 0n) return { positions: [], realised: [] };
		const parts = costs.map(([paid, cost]) => [paid, ceilDiv(cost * sold, amount)] as const);
		const less = { mint: mintIn, amount: -sold, costs: parts.map(([paid, cost]) => [paid, -cost] as const) };
		if (!isToCash) {
			// Only the part that had a cost has one afterwards; at least a unit, for a cost must not stand alone.
			const more = { mint: mintOut, amount: ceilDiv(amountOut * sold, amountIn), costs: parts };
			return { positions: [less, more], realised: [] };
		}
		const realised = new Tally<Address>();
		realised.add(mintOut, (amountOut * sold) / amountIn);
		for (const [paid, cost] of parts) realised.add(paid, -cost);
		return { positions: [less], realised: [...realised] };
	}
}

/**
 * Rounded up. A cost is below 0 when a fork took back a purchase of which a part had been sold.
 *
 * @param divisor above 0
 */
function ceilDiv(dividend: bigint, divisor: bigint): bigint {
	const quotient = dividend / divisor;
	return dividend % divisor > 0n ? quotient + 1n : quotient;
}
