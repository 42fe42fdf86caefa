import type { Address } from "../types/address.ts";
import { directionOfLeg, type LegCode, legCode, MAX_CYCLE_LEGS, NO_LEG, poolOfLeg, ROUTE_STRIDE } from "./leg-code.ts";
import { PoolGraph, type TradedPair } from "./pool-graph.ts";

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

const DEFAULT_STEPS = 4_096;
/** Of a pool's number: short routes may take so much while there may be longer ones. */
const SHARE_OF_SHORT = [0, 0, 1 / 2, 3 / 4, 1] as const;

/** The routes of one pool, {@link ROUTE_STRIDE} leg codes each: those from one place of a list to before another. */
export interface PoolRoutes {
	readonly codes: Int32Array;
	readonly from: number;
	readonly to: number;
}

/** A pool as the index holds it. */
interface Node {
	readonly a: number;
	readonly b: number;
	readonly pool: TradedPair;
	codes: Int32Array;
	count: number;
	/** By shares. */
	leftOut: number;
	isCut: boolean;
}

const NO_CODES = new Int32Array(0);

/**
 * Routes of two to four legs back to a funding mint, listed by the pools that they pass: what is to be looked at when a
 * pool changes. Every pool keeps its own list, of a bounded length, the shorter routes first; a route through a pool
 * whose list is full is still on the lists of the others. No route passes a mint or a pool twice.
 *
 * The lists lie one after the other in one array, so that to look at one is to read along a few cache lines. After a
 * pool was added or removed they are moved together anew when the first is asked for: milliseconds for millions.
 */
export class CycleIndex {
	readonly #limits: CycleLimits;
	readonly #steps: number;
	readonly #graph = new PoolGraph();
	/** By mint. */
	readonly #isFunding: boolean[] = [];
	readonly #nodes: (Node | undefined)[] = [];
	readonly #legs: LegCode[] = [];
	#stepsLeft = 0;
	/** All lists, and by pool where its own begins; its end is where the next begins. */
	#codes: Int32Array = NO_CODES;
	#starts: Int32Array = NO_CODES;
	#isPacked = false;
	/** Of {@link prefetch}: kept, so that no compiler finds its reads useless. */
	prefetched = 0;

	/** @param pools by their places */
	constructor(limits: CycleLimits, pools: readonly TradedPair[] = []) {
		this.#limits = limits;
		this.#steps = limits.maximumSteps ?? DEFAULT_STEPS;
		for (const [index, pool] of pools.entries()) this.#enter(index, pool);
		for (const index of pools.keys()) this.#search(index, false);
	}

	/** Routes: each counts for as much as it is on the lists of its pools. */
	get size(): number {
		return Math.round(this.#nodes.reduce((sum, node) => sum + (node === undefined ? 0 : sharesOf(node)), 0));
	}

	/** Routes that had no room on lists when these were searched last, counted alike. */
	get leftOut(): number {
		return Math.round(this.#nodes.reduce((sum, node) => sum + (node?.leftOut ?? 0), 0));
	}

	/** Pools whose search ended before all their routes were seen. */
	get unfinished(): number {
		return this.#nodes.reduce((sum, node) => sum + (node?.isCut ? 1 : 0), 0);
	}

	/** The routes to look at when a pool changes. Stays valid until a pool is added or removed. */
	through(poolIndex: number): PoolRoutes {
		if (!this.#isPacked) this.#pack();
		const starts = this.#starts;
		if (poolIndex + 1 >= starts.length) return { codes: this.#codes, from: 0, to: 0 };
		return { codes: this.#codes, from: starts[poolIndex]!, to: starts[poolIndex + 1]! };
	}

	/**
	 * Reads a word of these pools' lists. Between many pools the lists are not in the processor's cache; asked for in a
	 * short loop they come side by side, and not one after the other when each is looked through.
	 */
	prefetch(poolIndexes: readonly number[]): void {
		if (!this.#isPacked) this.#pack();
		let words = 0;
		for (const poolIndex of poolIndexes) words ^= this.#codes[this.#starts[poolIndex]!]!;
		this.prefetched = words;
	}

	/** Takes in a pool at a place that is free. The lists of the pools that it makes routes with grow. */
	add(poolIndex: number, pool: TradedPair): void {
		if (this.#nodes[poolIndex] !== undefined) throw new RangeError(`pool ${poolIndex} is there already`);
		this.#isPacked = false;
		this.#enter(poolIndex, pool);
		this.#search(poolIndex, true);
	}

	/** Forgets a pool and every route through it; lists that were full and lose a route are searched anew. */
	remove(poolIndex: number): void {
		const node = this.#nodes[poolIndex];
		if (node === undefined) return;
		this.#isPacked = false;
		this.#graph.remove(poolIndex, node.pool);
		this.#nodes[poolIndex] = undefined;
		for (const [index, other] of this.#nodes.entries()) {
			if (other === undefined || !dropRoutes(other, poolIndex)) continue;
			if (other.leftOut > 0 || other.isCut) this.#search(index, false);
		}
	}

	/** Moves the lists together. */
	#pack(): void {
		const nodes = this.#nodes;
		const starts = new Int32Array(nodes.length + 1);
		for (let index = 0; index < nodes.length; index++) {
			starts[index + 1] = starts[index]! + (nodes[index]?.count ?? 0) * ROUTE_STRIDE;
		}
		const codes = new Int32Array(starts[nodes.length]!);
		for (const [index, node] of nodes.entries()) {
			if (node === undefined) continue;
			const [from, to] = [starts[index]!, starts[index + 1]!];
			codes.set(node.codes.subarray(0, to - from), from);
			node.codes = codes.subarray(from, to);
		}
		this.#codes = codes;
		this.#starts = starts;
		this.#isPacked = true;
	}

	#enter(index: number, pool: TradedPair): void {
		this.#graph.add(index, pool);
		const [a, b] = [this.#graph.mintId(pool.mintA), this.#graph.mintId(pool.mintB)];
		this.#isFunding[a] = this.#limits.fundingMints.has(pool.mintA);
		this.#isFunding[b] = this.#limits.fundingMints.has(pool.mintB);
		this.#nodes[index] = { a, b, pool, codes: NO_CODES, count: 0, leftOut: 0, isCut: false };
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
	}

	#searchLegs(node: Node, search: Search): void {
		const { a, b } = node;
		const isLast = search.legs === this.#limits.maximumLegs;
		const share = isLast ? 1 : (SHARE_OF_SHORT[search.legs] as number);
		const room = Math.ceil(this.#limits.maximumPerPool * share);
		const { index, others } = search;
		if (search.legs === 2) {
			for (const second of this.#graph.between(a, b)) {
				if (second !== index) this.#takeRing([index, second], { index, others, room });
			}
			return;
		}
		// The search goes out from the mint that fewer pools trade, and comes in at the other.
		const isFromB = this.#graph.lesser(b, a) === b;
		const [from, to] = isFromB ? [b, a] : [a, b];
		for (const mint of this.#graph.neighbours(from)) {
			if (mint === to) continue;
			if (search.legs === 3) {
				if (!this.#step(node)) return;
				const stages = [this.#graph.between(from, mint), this.#graph.between(mint, to)];
				this.#takeRings({ index, others, room, isFromB, mints: [from, mint, to], stages });
				continue;
			}
			const near = this.#graph.lesser(mint, to);
			for (const other of this.#graph.neighbours(near)) {
				if (other === from || other === to || other === mint) continue;
				if (!this.#step(node)) return;
				const stages = [
					this.#graph.between(from, mint),
					this.#graph.between(mint, other),
					this.#graph.between(other, to),
				];
				this.#takeRings({ index, others, room, isFromB, mints: [from, mint, other, to], stages });
			}
		}
	}

	/** Every choice of one pool a stage closes a ring; those that no list has room for are only counted. */
	#takeRings({ index, others, room, isFromB, mints, stages }: Rings): void {
		const rings = stages.reduce((product, pools) => product * pools.length, 1);
		if (rings === 0) return;
		const node = this.#nodes[index] as Node;
		const routesARing = 2 * mints.filter((mint) => this.#isFunding[mint]).length;
		if (routesARing === 0) return;
		if (node.count >= room && !others) {
			node.leftOut += (rings * routesARing) / (stages.length + 1);
			return;
		}
		const [seconds, thirds, fourths = [NO_POOL]] = stages as [
			readonly number[],
			readonly number[],
			(readonly number[])?,
		];
		for (const second of seconds) {
			for (const third of thirds) {
				for (const fourth of fourths) {
					const outward = fourth === NO_POOL ? [second, third] : [second, third, fourth];
					// A ring is named in the direction in which the pool sells its A.
					this.#takeRing([index, ...(isFromB ? outward : outward.toReversed())], { index, others, room });
				}
			}
		}
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
	#takeRing(pools: readonly number[], search: Omit<Search, "legs"> & { readonly room: number }): void {
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
			node.leftOut += 1 / length;
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
}

interface Search {
	readonly index: number;
	readonly legs: number;
	/** The routes go on the lists of all pools that they pass. */
	readonly others: boolean;
}

interface Rings extends Omit<Search, "legs"> {
	readonly room: number;
	/** The mints go from the searched pool's B to its A, else the other way. */
	readonly isFromB: boolean;
	/** All mints of the rings. */
	readonly mints: readonly number[];
	/** The pools between one mint and the next. */
	readonly stages: readonly (readonly number[])[];
}

const NO_POOL = -1;

function sharesOf({ codes, count }: Node): number {
	let shares = 0;
	for (let at = 0; at < count * ROUTE_STRIDE; at += ROUTE_STRIDE) {
		let legs = 2;
		while (legs < MAX_CYCLE_LEGS && codes[at + legs] !== NO_LEG) legs++;
		shares += 1 / legs;
	}
	return shares;
}

/** False when there was none. */
function dropRoutes(node: Node, poolIndex: number): boolean {
	const { codes } = node;
	const [sell, buy] = [legCode(poolIndex, "aToB"), legCode(poolIndex, "bToA")];
	if (!codes.includes(sell) && !codes.includes(buy)) return false;
	let kept = 0;
	for (let route = 0; route < node.count; route++) {
		const from = route * ROUTE_STRIDE;
		const legs = codes.subarray(from, from + ROUTE_STRIDE);
		if (legs.includes(sell) || legs.includes(buy)) continue;
		codes.copyWithin(kept * ROUTE_STRIDE, from, from + ROUTE_STRIDE);
		kept++;
	}
	node.count = kept;
	return true;
}
