import type { FlashLender } from "../execution/flash-loan.ts";
import type { KnownTable, TableUse } from "../execution/lookup-table.ts";
import { fitsPacket } from "../execution/transaction-size.ts";
import type { PoolDescriptor } from "../market/pool.ts";
import type { OrderIntent } from "../strategy/order-intent.ts";
import type { Address } from "../types/address.ts";

/** What decides the size of an intent's transaction. */
export type SizedIntent = Pick<OrderIntent, "loan" | "legs" | "tip">;

/** Routes whose answer is kept: more than a desk trades. */
const MOST_ROUTES = 4_096;
/** More executors than any deployment has; tables of further ones are not remembered. */
const MOST_EXECUTORS = 256;

/**
 * Which lookup table an intent is approved with: none where its transaction fits without; else the best known one, where
 * that makes it fit. What is not known here, or fits no way, gets none: the executor, which compiles it, refuses it.
 */
export class TableChoice {
	#pools: ReadonlyMap<Address, PoolDescriptor> = new Map();
	#lenders: ReadonlyMap<Address, FlashLender> = new Map();
	readonly #tables = new Map<string, KnownTable>();
	#best: KnownTable | null = null;
	#bestEntries: ReadonlySet<Address> = new Set();
	readonly #byRoute = new Map<string, TableUse | null>();

	/** A catalog, whole. */
	marketChanged({
		pools,
		lenders,
	}: {
		readonly pools: readonly PoolDescriptor[];
		readonly lenders: readonly FlashLender[];
	}) {
		this.#pools = new Map(pools.map((pool) => [pool.address, pool]));
		this.#lenders = new Map(lenders.map((lender) => [lender.reserve, lender]));
		this.#byRoute.clear();
	}

	/** An executor of the wallet told its table, or that it has none. */
	heard(executor: string, table: KnownTable | null): void {
		const known = this.#tables.get(executor);
		if (table === null ? !known : known && isSame(known, table)) return;
		if (!known && this.#tables.size >= MOST_EXECUTORS) return;
		if (table === null) this.#tables.delete(executor);
		else this.#tables.set(executor, table);
		this.#best = [...this.#tables.values()].sort(byWorth)[0] ?? null;
		this.#bestEntries = new Set(this.#best?.entries);
		this.#byRoute.clear();
	}

	/** The table that intents are approved with, where they need one. */
	get best(): KnownTable | null {
		return this.#best;
	}

	choose(intent: SizedIntent): TableUse | null {
		const key = keyOf(intent);
		const known = this.#byRoute.get(key);
		if (known !== undefined) return known;
		const use = this.#decide(intent);
		if (this.#byRoute.size >= MOST_ROUTES) this.#byRoute.clear();
		this.#byRoute.set(key, use);
		return use;
	}

	#decide({ loan, legs, tip }: SizedIntent): TableUse | null {
		const best = this.#best;
		if (best === null) return null;
		const lender = loan === null ? null : this.#lenders.get(loan.reserve);
		if (lender === undefined) return null;
		const pools: PoolDescriptor[] = [];
		for (const leg of legs) {
			const pool = this.#pools.get(leg.pool);
			if (pool === undefined) return null;
			pools.push(pool);
		}
		const directions = legs.map(({ direction }) => direction);
		const route = { lender, pools, directions, arrays: legs.map(({ arrays }) => arrays), isTipped: tip !== null };
		if (fitsPacket(route) || !fitsPacket(route, this.#bestEntries)) return null;
		return { address: best.address, count: best.entries.length };
	}
}

/** Entries never change, so the same number of them is the same list. */
function isSame(one: KnownTable, other: KnownTable): boolean {
	return one.address === other.address && one.entries.length === other.entries.length;
}

/** The longer first; of equal ones, the same one wherever it is asked. */
function byWorth(one: KnownTable, other: KnownTable): number {
	const difference = other.entries.length - one.entries.length;
	if (difference !== 0) return difference;
	if (one.address === other.address) return 0;
	return one.address < other.address ? -1 : 1;
}

function keyOf({ loan, legs, tip }: SizedIntent): string {
	let key: string = `${loan?.reserve ?? ""}${tip === null ? "-" : "+"}`;
	for (let at = 0; at < legs.length; at++) {
		const { pool, direction, arrays } = legs[at] as OrderIntent["legs"][number];
		key += direction === "aToB" ? `>${pool}` : `<${pool}`;
		if (arrays.length > 0) key += arrays.join();
	}
	return key;
}
