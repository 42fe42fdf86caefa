import { SOL_MINT } from "../execution/fill.ts";
import { ceilDiv } from "../market/constant-product.ts";
import type { PoolRow } from "../market/pool-row.ts";
import type { Address } from "../types/address.ts";

/** Lamports a signature (Solana, fee structure `lamports_per_signature`). */
export const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO_LAMPORTS_PER_LAMPORT = 1_000_000n;

export interface ComputeBudget {
	readonly computeUnitLimit: number;
	readonly computeUnitPriceMicroLamports: bigint;
}

/**
 * What a transaction of one signature costs, landed or reverted: the base fee, and the priority fee of the whole
 * compute budget rounded up to a lamport (Agave, compute-budget `get_prioritization_fee`).
 */
export function networkFeeLamports({ computeUnitLimit, computeUnitPriceMicroLamports }: ComputeBudget): bigint {
	const microLamports = BigInt(computeUnitLimit) * computeUnitPriceMicroLamports;
	return LAMPORTS_PER_SIGNATURE + ceilDiv(microLamports, MICRO_LAMPORTS_PER_LAMPORT);
}

/** The price of SOL in one funding mint, as a fraction. */
export interface SolPrice {
	/** Base units of the funding mint, for … */
	readonly amount: bigint;
	/** … so many lamports. */
	readonly lamports: bigint;
}

/** `lamports` in base units of the funding mint, rounded up: costs are never made smaller. */
export function priceLamports(lamports: bigint, price: SolPrice): bigint {
	return ceilDiv(lamports * price.amount, price.lamports);
}

/**
 * The price of SOL in a funding mint: the middle of the pool that holds most SOL against it. Which pool that is, is
 * found anew once a slot; its reserves are those of now.
 */
export class SolPricing {
	readonly #isSol: boolean;
	readonly #rows: readonly PoolRow[];
	#best: PoolRow | null = null;
	#foundAtSlot = Number.NaN;

	constructor(fundingMint: Address, rows: readonly PoolRow[]) {
		this.#isSol = fundingMint === SOL_MINT;
		this.#rows = rows.filter(({ pool: { mintA, mintB } }) =>
			mintA === SOL_MINT ? mintB === fundingMint : mintB === SOL_MINT && mintA === fundingMint,
		);
	}

	/** Null when no pool tells: then nothing may be traded, as its costs are unknown. */
	price(slot: number): SolPrice | null {
		if (this.#isSol) return { amount: 1n, lamports: 1n };
		if (this.#foundAtSlot !== slot || this.#best === null || !isUsable(this.#best)) {
			this.#best = this.#deepest();
			this.#foundAtSlot = slot;
		}
		if (this.#best === null) return null;
		const { pool, reserveA, reserveB } = this.#best;
		return pool.mintA === SOL_MINT
			? { amount: reserveB, lamports: reserveA }
			: { amount: reserveA, lamports: reserveB };
	}

	#deepest(): PoolRow | null {
		let deepest: PoolRow | null = null;
		for (const row of this.#rows) {
			if (isUsable(row) && (deepest === null || solReserve(row) > solReserve(deepest))) deepest = row;
		}
		return deepest;
	}
}

function isUsable(row: PoolRow): boolean {
	return !row.stale && row.swapEnabled && row.reserveA > 0n && row.reserveB > 0n;
}

function solReserve({ pool, reserveA, reserveB }: PoolRow): bigint {
	return pool.mintA === SOL_MINT ? reserveA : reserveB;
}
