import type { Address } from "../types/address.ts";
import type { Direction } from "./venues/venue.ts";

/** What the index has to know of a pool. */
export interface CyclePool {
	readonly address: Address;
	readonly mintA: Address;
	readonly mintB: Address;
}

export interface CycleLimits {
	/** Mints in which cycles may begin and end. */
	readonly fundingMints: ReadonlySet<Address>;
	/** 2 to {@link MAX_CYCLE_LEGS}. */
	readonly minimumLegs: number;
	readonly maximumLegs: number;
	/** Routes that are kept for a pool. */
	readonly maximumPerPool: number;
	/** Pairs of mints that are looked at when a pool's routes are searched. 4,096 unless given. */
	readonly maximumSteps?: number;
}

/** Longer routes do not fit into a transaction. */
export const MAX_CYCLE_LEGS = 4;

/** A leg as one number: the pool's place and the direction; 0 is no leg, so that shorter routes end with it. */
export type LegCode = number;
const NO_LEG: LegCode = 0;

/** How many numbers a route takes. */
export const ROUTE_STRIDE = MAX_CYCLE_LEGS;

const DEFAULT_STEPS = 4_096;
/** Of a pool's number: short routes may take so much while there may be longer ones. */
const SHARE_OF_SHORT = [0, 0, 1 / 2, 3 / 4, 1] as const;

export function legCode(poolIndex: number, direction: Direction): LegCode {
	return (poolIndex + 1) * 2 + (direction === "aToB" ? 0 : 1);
}

export function poolOfLeg(code: LegCode): number {
	return (code >> 1) - 1;
}

export function directionOfLeg(code: LegCode): Direction {
	return (code & 1) === 0 ? "aToB" : "bToA";
}

/** The routes of one pool, {@link ROUTE_STRIDE} leg codes each. */
export interface PoolRoutes {
	readonly codes: Int32Array;
	readonly count: number;
}

/** A pool as the index holds it. */
interface Node {
	readonly a: number;
	readonly b: number;
	readonly pool: CyclePool;
	codes: Int32Array;
	count: number;
	leftOut: number;
	isCut: boolean;
}

const NOTHING: PoolRoutes = { codes: new Int32Array(0), count: 0 };

/**
 * Routes of two to four legs back to a funding mint, listed by the pools that they pass: what is to be looked at when a
 * pool changes. Every pool keeps its own list, of a bounded length, the shorter routes first; a route through a pool
 * whose list is full is still on the lists of the others. No route passes a mint or a pool twice.
 */
export class CycleIndex {
	readonly #limits: CycleLimits;
	readonly #steps: number;
	readonly #mintIds = new Map<Address, number>();
	readonly #isFunding: boolean[] = [];
	/** By mint: the mints that some pool trades it for. */
	readonly #neighbours: number[][] = [];
	/** By pair of mints. */
	readonly #pairs = new Map<number, number[]>();
	readonly #nodes: (Node | undefined)[] = [];
	readonly #legs: LegCode[] = [];
	#stepsLeft = 0;

	/** @param pools by their places */
	constructor(limits: CycleLimits, pools: readonly CyclePool[] = []) {
		this.#limits = limits;
		this.#steps = limits.maximumSteps ?? DEFAULT_STEPS;
		for (const [index, pool] of pools.entries()) this.#enter(index, pool);
		for (const index of pools.keys()) this.#search(index, false);
	}

	/** Routes on all lists. A route is on the list of each of its pools that has room. */
	get size(): number {
		return this.#nodes.reduce((sum, node) => sum + (node?.count ?? 0), 0);
	}

	/** Routes that had no room on a list when it was searched last. */
	get leftOut(): number {
		return this.#nodes.reduce((sum, node) => sum + (node?.leftOut ?? 0), 0);
	}

	/** Pools whose search ended before all their routes were seen. */
	get unfinished(): number {
		return this.#nodes.reduce((sum, node) => sum + (node?.isCut ? 1 : 0), 0);
	}

	/** The routes to look at when a pool changes. Stays valid until a pool is added or removed. */
	through(poolIndex: number): PoolRoutes {
		return this.#nodes[poolIndex] ?? NOTHING;
	}

	/** Takes in a pool at a place that is free. The lists of the pools that it makes routes with grow. */
	add(poolIndex: number, pool: CyclePool): void {
		if (this.#nodes[poolIndex] !== undefined) throw new RangeError(`pool ${poolIndex} is there already`);
		this.#enter(poolIndex, pool);
		this.#search(poolIndex, true);
	}

	/** Forgets a pool and every route through it; lists that were full and lose a route are searched anew. */
	remove(poolIndex: number): void {
		const node = this.#nodes[poolIndex];
		if (node === undefined) return;
		this.#leave(poolIndex, node);
		for (const [index, other] of this.#nodes.entries()) {
			if (other === undefined || !dropRoutes(other, poolIndex)) continue;
			if (other.leftOut > 0 || other.isCut) this.#search(index, false);
		}
	}

	#enter(index: number, pool: CyclePool): void {
		const [a, b] = [this.#mintId(pool.mintA), this.#mintId(pool.mintB)];
		const key = pairKey(a, b);
		const others = this.#pairs.get(key);
		if (others) others.push(index);
		else {
			this.#pairs.set(key, [index]);
			(this.#neighbours[a] as number[]).push(b);
			(this.#neighbours[b] as number[]).push(a);
		}
		this.#nodes[index] = { a, b, pool, codes: NOTHING.codes, count: 0, leftOut: 0, isCut: false };
	}

	#leave(index: number, { a, b }: Node): void {
		const key = pairKey(a, b);
		const others = (this.#pairs.get(key) as number[]).filter((other) => other !== index);
		this.#nodes[index] = undefined;
		if (others.length > 0) {
			this.#pairs.set(key, others);
			return;
		}
		this.#pairs.delete(key);
		this.#neighbours[a] = (this.#neighbours[a] as number[]).filter((mint) => mint !== b);
		this.#neighbours[b] = (this.#neighbours[b] as number[]).filter((mint) => mint !== a);
	}

	#mintId(mint: Address): number {
		const known = this.#mintIds.get(mint);
		if (known !== undefined) return known;
		const id = this.#mintIds.size;
		this.#mintIds.set(mint, id);
		this.#neighbours.push([]);
		this.#isFunding.push(this.#limits.fundingMints.has(mint));
		return id;
	}

	/** Lists a pool's routes anew; with `others` also on the lists of the pools that they pass. */
	#search(index: number, others: boolean): void {
		const node = this.#nodes[index] as Node;
		node.count = 0;
		node.leftOut = 0;
		node.isCut = false;
		this.#stepsLeft = this.#steps;
		const { minimumLegs, maximumLegs } = this.#limits;
		for (let legs = minimumLegs; legs <= maximumLegs; legs++) this.#searchLegs(node, { index, legs, others });
		// Lists are long-lived: what was taken in reserve is given back.
		node.codes = node.codes.slice(0, node.count * ROUTE_STRIDE);
	}

	#searchLegs(node: Node, search: Search): void {
		const { a, b } = node;
		const isLast = search.legs === this.#limits.maximumLegs;
		const share = isLast ? 1 : (SHARE_OF_SHORT[search.legs] as number);
		const room = Math.ceil(this.#limits.maximumPerPool * share);
		const take = (pools: readonly number[]): void => this.#takeRing(pools, { ...search, room });
		if (search.legs === 2) {
			for (const second of this.#between(a, b)) if (second !== search.index) take([search.index, second]);
			return;
		}
		// The search goes out from the mint that fewer pools trade, and comes in at the other.
		const isFromB = this.#degree(b) <= this.#degree(a);
		const [from, to] = isFromB ? [b, a] : [a, b];
		// A ring is named in the direction in which the pool sells its A.
		const turn = (outward: readonly number[]): void =>
			take([search.index, ...(isFromB ? outward : outward.toReversed())]);
		for (const mint of this.#neighbours[from] as number[]) {
			if (mint === to) continue;
			if (search.legs === 3) {
				if (!this.#step(node)) return;
				for (const second of this.#between(from, mint)) {
					for (const third of this.#between(mint, to)) turn([second, third]);
				}
			} else if (!this.#searchThrough(node, { from, to, mint }, turn)) {
				return;
			}
		}
	}

	/** Rings of four through one neighbour of `from`. False when the steps are used up. */
	#searchThrough(
		node: Node,
		{ from, to, mint }: { readonly from: number; readonly to: number; readonly mint: number },
		turn: (outward: readonly number[]) => void,
	): boolean {
		const near = this.#degree(mint) <= this.#degree(to) ? mint : to;
		for (const other of this.#neighbours[near] as number[]) {
			if (other === from || other === to || other === mint) continue;
			if (!this.#step(node)) return false;
			const fourths = this.#between(other, to);
			if (fourths.length === 0) continue;
			for (const third of this.#between(mint, other)) {
				for (const second of this.#between(from, mint)) {
					for (const fourth of fourths) turn([second, third, fourth]);
				}
			}
		}
		return true;
	}

	#step(node: Node): boolean {
		if (this.#stepsLeft > 0) {
			this.#stepsLeft--;
			return true;
		}
		node.isCut = true;
		return false;
	}

	/** A ring of pools: both directions, from every funding mint that it passes. */
	#takeRing(pools: readonly number[], search: Search & { readonly room: number }): void {
		const legs = this.#legs;
		const length = pools.length;
		for (const isForward of [true, false]) {
			let mint = isForward ? (this.#nodes[pools[0] as number] as Node).a : (this.#nodes[pools[0] as number] as Node).b;
			for (let at = 0; at < length; at++) {
				const index = pools[isForward ? at : (length - at) % length] as number;
				const { a, b } = this.#nodes[index] as Node;
				legs[at] = legCode(index, mint === a ? "aToB" : "bToA");
				mint = mint === a ? b : a;
			}
			for (let start = 0; start < length; start++) {
				if (!this.#isFunding[this.#mintInto(legs[start] as number)]) continue;
				this.#list(search.index, { start, length, room: search.room });
				if (!search.others) continue;
				for (const index of pools) {
					if (index !== search.index) this.#list(index, { start, length, room: this.#limits.maximumPerPool });
				}
			}
		}
	}

	#mintInto(code: LegCode): number {
		const { a, b } = this.#nodes[poolOfLeg(code)] as Node;
		return directionOfLeg(code) === "aToB" ? a : b;
	}

	/** Puts the route in hand on a pool's list, begun at one of its legs. */
	#list(
		index: number,
		{ start, length, room }: { readonly start: number; readonly length: number; readonly room: number },
	): void {
		const node = this.#nodes[index] as Node;
		if (node.count >= room) {
			node.leftOut++;
			return;
		}
		const at = node.count * ROUTE_STRIDE;
		if (at + ROUTE_STRIDE > node.codes.length) {
			const grown = new Int32Array(Math.max(8 * ROUTE_STRIDE, node.codes.length * 2));
			grown.set(node.codes);
			node.codes = grown;
		}
		for (let leg = 0; leg < ROUTE_STRIDE; leg++) {
			node.codes[at + leg] = leg < length ? (this.#legs[(start + leg) % length] as number) : NO_LEG;
		}
		node.count++;
	}

	#between(one: number, other: number): readonly number[] {
		return this.#pairs.get(pairKey(one, other)) ?? NO_POOLS;
	}

	#degree(mint: number): number {
		return (this.#neighbours[mint] as number[]).length;
	}
}

interface Search {
	readonly index: number;
	readonly legs: number;
	/** The routes go on the lists of all pools that they pass. */
	readonly others: boolean;
}

const NO_POOLS: readonly number[] = [];

/** Mints are fewer than 2^26, so that the key is an exact double. */
function pairKey(one: number, other: number): number {
	return one < other ? one * 2 ** 26 + other : other * 2 ** 26 + one;
}

/** False when there was none. */
function dropRoutes(node: Node, poolIndex: number): boolean {
	let kept = 0;
	for (let route = 0; route < node.count; route++) {
		const from = route * ROUTE_STRIDE;
		const codes = node.codes.subarray(from, from + ROUTE_STRIDE);
		if (codes.some((code) => code !== NO_LEG && poolOfLeg(code) === poolIndex)) continue;
		node.codes.copyWithin(kept * ROUTE_STRIDE, from, from + ROUTE_STRIDE);
		kept++;
	}
	const isChanged = kept !== node.count;
	node.count = kept;
	return isChanged;
}
