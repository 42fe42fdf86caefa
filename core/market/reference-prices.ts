import type { Address } from "../types/address.ts";
import type { PoolRow } from "./pool-row.ts";

/** A price as a fraction of base units: `amountIn` of one mint is worth `amountOut` of the other. Both are above 0. */
export interface ReferencePrice {
	readonly amountIn: bigint;
	readonly amountOut: bigint;
	/** `amountOut / amountIn` as a double, for screening only. */
	readonly rough: number;
}

/** A pool of a pair, which may have the pair's mints the other way round. */
interface Member {
	readonly row: PoolRow;
	readonly isReversed: boolean;
	/** Of the pair's A in its B; and the pool's weight, 0 while it is not to be used. */
	price: number;
	liquidity: number;
}

/** The pools between two mints, and the price that they told last. */
interface Pair {
	readonly mintA: Address;
	/** By price, as of the last time that it was worked out. */
	readonly members: Member[];
	isKnown: boolean;
	/** Among those that {@link ReferencePrices.settle} looks at next. */
	isListed: boolean;
	aInB: ReferencePrice | null;
	bInA: ReferencePrice | null;
}

/**
 * What mints are worth in each other by the pools of a book: the price of the pool in the middle, when the pair's fresh
 * pools stand in the order of their prices and each weighs as much as its liquidity, the root of its reserves' product.
 * A swap leaves that weight as it is, so that moving one pool's price far away moves the reference no further than to
 * the next pool. Which pool stands in the middle is found in doubles; the price is that pool's, to the unit.
 *
 * Kept by pair, and worked out again only when it is asked for after one of its pools changed.
 */
export class ReferencePrices {
	readonly #pairs = new Map<Address, Map<Address, Pair>>();
	readonly #pairOfRow: readonly Pair[];
	/** Pairs that have changed since {@link settle}, each once. */
	readonly #unknown: Pair[] = [];

	constructor(rows: readonly PoolRow[]) {
		this.#pairOfRow = rows.map((row) => this.#join(row));
	}

	/** Rows of the book that changed. */
	changed(rows: readonly number[]): void {
		for (let at = 0; at < rows.length; at++) {
			const pair = this.#pairOfRow[rows[at] as number];
			if (pair) this.#doubt(pair);
		}
	}

	/** Any row may have changed, as after a snapshot. */
	allChanged(): void {
		for (const pair of this.#pairOfRow) this.#doubt(pair);
	}

	/** Works out now what changed, so that nobody who asks for a price waits for it. */
	settle(): void {
		for (let at = 0; at < this.#unknown.length; at++) {
			const pair = this.#unknown[at] as Pair;
			pair.isListed = false;
			if (!pair.isKnown) findMiddle(pair);
		}
		this.#unknown.length = 0;
	}

	/** The middle price of a pair, or null when no fresh pool trades it. */
	price(mintIn: Address, mintOut: Address): ReferencePrice | null {
		const pair = this.#pairs.get(mintIn)?.get(mintOut);
		if (!pair) return null;
		if (!pair.isKnown) findMiddle(pair);
		return mintIn === pair.mintA ? pair.aInB : pair.bInA;
	}

	/**
	 * What an amount is worth in another mint, rounded up, by their own pair or over one mint between them: of those the
	 * one whose middle pool is deepest. Null when neither is there.
	 */
	value(mint: Address, amount: bigint, quoteMint: Address): bigint | null {
		if (mint === quoteMint || amount === 0n) return amount;
		const direct = this.price(mint, quoteMint);
		if (direct) return convert(amount, direct);
		let best: bigint | null = null;
		let deepest = 0n;
		for (const between of this.#pairs.get(mint)?.keys() ?? []) {
			const first = this.price(mint, between);
			const second = first && this.price(between, quoteMint);
			if (!first || !second) continue;
			const depth = convert(first.amountOut, second);
			if (depth <= deepest) continue;
			deepest = depth;
			best = convert(convert(amount, first), second);
		}
		return best;
	}

	#doubt(pair: Pair): void {
		pair.isKnown = false;
		if (pair.isListed) return;
		pair.isListed = true;
		this.#unknown.push(pair);
	}

	#join(row: PoolRow): Pair {
		const { mintA, mintB } = row.pool;
		let pair = this.#pairs.get(mintA)?.get(mintB);
		if (!pair) {
			pair = { mintA, members: [], isKnown: false, isListed: false, aInB: null, bInA: null };
			this.#set(mintA, mintB, pair);
			this.#set(mintB, mintA, pair);
		}
		pair.members.push({ row, isReversed: mintA !== pair.mintA, price: 0, liquidity: 0 });
		return pair;
	}

	#set(from: Address, to: Address, pair: Pair): void {
		const pairs = this.#pairs.get(from) ?? new Map<Address, Pair>();
		this.#pairs.set(from, pairs.set(to, pair));
	}
}

/** An amount at a price, rounded up. */
function convert(amount: bigint, { amountIn, amountOut }: ReferencePrice): bigint {
	return (amount * amountOut + amountIn - 1n) / amountIn;
}

function findMiddle(pair: Pair): void {
	pair.isKnown = true;
	pair.aInB = null;
	pair.bInA = null;
	const { members } = pair;
	let total = 0;
	for (let at = 0; at < members.length; at++) {
		const member = members[at] as Member;
		weigh(member);
		total += member.liquidity;
		insert(members, at);
	}
	if (total === 0) return;
	let below = 0;
	for (let at = 0; at < members.length; at++) {
		const { isReversed, liquidity, row } = members[at] as Member;
		below += liquidity;
		if (liquidity === 0 || below * 2 < total) continue;
		const forward = { amountIn: row.reserveA, amountOut: row.reserveB, rough: row.roughB / row.roughA };
		const backward = { amountIn: row.reserveB, amountOut: row.reserveA, rough: row.roughA / row.roughB };
		pair.aInB = isReversed ? backward : forward;
		pair.bInA = isReversed ? forward : backward;
		return;
	}
}

function weigh(member: Member): void {
	const { isReversed, row } = member;
	const isUsable = !row.stale && row.swapEnabled && row.reserveA > 0n && row.reserveB > 0n;
	member.liquidity = isUsable ? Math.sqrt(row.roughA) * Math.sqrt(row.roughB) : 0;
	member.price = isUsable ? (isReversed ? row.roughA / row.roughB : row.roughB / row.roughA) : 0;
}

/** Moves a member down to its place by price. The order hardly changes, so that this is one comparison as a rule. */
function insert(members: Member[], from: number): void {
	const member = members[from] as Member;
	let at = from;
	for (; at > 0; at--) {
		const before = members[at - 1] as Member;
		if (before.price <= member.price) break;
		members[at] = before;
	}
	members[at] = member;
}
