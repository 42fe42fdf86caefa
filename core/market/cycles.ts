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
	/** Place in {@link CycleIndex.cycles}. */
	readonly index: number;
	/** The same for the same route over catalogs, up to {@link MAX_CYCLE_LEGS} legs in at most 61 characters. */
	readonly name: string;
	readonly fundingMint: Address;
	readonly legs: readonly CycleLeg[];
}

/** Which cycles a pool takes part in. */
export interface CycleIndex {
	readonly cycles: readonly Cycle[];
	/** By a pool's place in the catalog. */
	readonly byPool: readonly (readonly Cycle[])[];
	/** Cycles that exist but are not kept, because a pool of theirs has its full number. */
	readonly leftOut: number;
}

export interface CycleOptions {
	readonly pools: readonly PoolDescriptor[];
	/** Mints in which cycles may begin and end. */
	readonly fundingMints: ReadonlySet<Address>;
	readonly maximumPerPool: number;
}

/** Longer routes do not fit into a transaction. */
export const MAX_CYCLE_LEGS = 4;

const NAME_MINT_LENGTH = 8;
const NAME_POOL_LENGTH = 12;

/**
 * All cycles of two legs: each pair of pools on the same two mints, in both directions, from every funding mint of the
 * two. Where a pool has more than its number, each keeps the same share: near neighbours in the catalog first.
 */
export function buildCycles(options: CycleOptions): CycleIndex {
	const collector = new Collector(options);
	for (const group of poolsByPair(options.pools)) {
		for (let distance = 1; distance <= group.length / 2; distance++) {
			// Half-way round each pair would come twice.
			const last = distance * 2 === group.length ? distance : group.length;
			for (let at = 0; at < last; at++) {
				const first = group[at] as number;
				const second = group[(at + distance) % group.length] as number;
				collector.addBothWays(first, second);
			}
		}
	}
	return collector.index();
}

class Collector {
	readonly #options: CycleOptions;
	readonly #cycles: Cycle[] = [];
	readonly #byPool: Cycle[][];
	#leftOut = 0;

	constructor(options: CycleOptions) {
		this.#options = options;
		this.#byPool = options.pools.map(() => []);
	}

	addBothWays(first: number, second: number): void {
		const { mintA, mintB } = this.#options.pools[first] as PoolDescriptor;
		for (const fundingMint of [mintA, mintB]) {
			if (!this.#options.fundingMints.has(fundingMint)) continue;
			this.#add(fundingMint, [first, second]);
			this.#add(fundingMint, [second, first]);
		}
	}

	index(): CycleIndex {
		return { cycles: this.#cycles, byPool: this.#byPool, leftOut: this.#leftOut };
	}

	#add(fundingMint: Address, route: readonly number[]): void {
		if (route.some((pool) => (this.#byPool[pool] as Cycle[]).length >= this.#options.maximumPerPool)) {
			this.#leftOut++;
			return;
		}
		const legs = legsOf(this.#options.pools, fundingMint, route);
		const pools = route.map((pool) => (this.#options.pools[pool] as PoolDescriptor).address);
		const cycle = { index: this.#cycles.length, name: cycleName(fundingMint, pools), fundingMint, legs };
		this.#cycles.push(cycle);
		for (const pool of route) (this.#byPool[pool] as Cycle[]).push(cycle);
	}
}

/** The name of a cycle through these pools: {@link Cycle.name}. */
export function cycleName(fundingMint: Address, pools: readonly Address[]): string {
	const names = pools.map((pool) => pool.slice(0, NAME_POOL_LENGTH));
	return `${fundingMint.slice(0, NAME_MINT_LENGTH)}:${names.join(">")}`;
}

function legsOf(pools: readonly PoolDescriptor[], fundingMint: Address, route: readonly number[]): CycleLeg[] {
	let mintIn = fundingMint;
	return route.map((poolIndex) => {
		const { mintA, mintB } = pools[poolIndex] as PoolDescriptor;
		const direction = mintIn === mintA ? "aToB" : "bToA";
		const leg: CycleLeg = { poolIndex, direction, mintIn, mintOut: direction === "aToB" ? mintB : mintA };
		mintIn = leg.mintOut;
		return leg;
	});
}

/** Pools by the two mints that they trade, whichever is their first. */
function poolsByPair(pools: readonly PoolDescriptor[]): number[][] {
	const groups = new Map<string, number[]>();
	pools.forEach(({ mintA, mintB }, index) => {
		const pair = mintA < mintB ? `${mintA} ${mintB}` : `${mintB} ${mintA}`;
		const group = groups.get(pair);
		if (group) group.push(index);
		else groups.set(pair, [index]);
	});
	return [...groups.values()];
}
