import type { Address } from "../types/address.ts";
import type { PoolDescriptor } from "./pool.ts";
import type { Direction } from "./venues/venue.ts";

/** One swap of a cycle. */
export interface CycleLeg {
	/** The pool's place in the catalog. */
	readonly poolIndex: number;
	readonly direction: Direction;
	readonly mintIn: Address;
	readonly mintOut: Address;
}

/** A route back to its mint. */
export interface Cycle {
	/** The same for the same route over catalogs, up to four legs in at most 61 characters. */
	readonly name: string;
	readonly fundingMint: Address;
	readonly legs: readonly CycleLeg[];
}

const NAME_MINT_LENGTH = 8;
const NAME_POOL_LENGTH = 12;

/** The name of a cycle through these pools: {@link Cycle.name}. */
export function cycleName(fundingMint: Address, pools: readonly Address[]): string {
	const names = pools.map((pool) => pool.slice(0, NAME_POOL_LENGTH));
	return `${fundingMint.slice(0, NAME_MINT_LENGTH)}:${names.join(">")}`;
}

/** A leg of a cycle through a pool. */
export function cycleLeg(poolIndex: number, direction: Direction, { mintA, mintB }: PoolDescriptor): CycleLeg {
	const [mintIn, mintOut] = direction === "aToB" ? [mintA, mintB] : [mintB, mintA];
	return { poolIndex, direction, mintIn, mintOut };
}
