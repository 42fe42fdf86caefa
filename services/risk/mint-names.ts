import type { Catalog } from "../../broker/contracts/feed.ts";
import type { Address } from "../../core/types/address.ts";
import type { KnownMarket } from "./reconciler.ts";

export interface MintName {
	readonly symbol: string;
	readonly decimals: number;
}

/** What mints are called, from the configuration and from the feed's catalog. For people; no check depends on it. */
export class MintNames {
	readonly #listed: ReadonlyMap<Address, MintName>;
	#found: ReadonlyMap<Address, MintName> = new Map();
	#market: KnownMarket = { pools: [], lenders: [] };
	#hasCatalog = false;

	constructor(assets: readonly { readonly mint: string; readonly symbol: string; readonly decimals: number }[]) {
		this.#listed = new Map(assets.map(({ mint, symbol, decimals }) => [mint as Address, { symbol, decimals }]));
	}

	get market(): KnownMarket {
		return this.#market;
	}

	get hasCatalog(): boolean {
		return this.#hasCatalog;
	}

	learn({ mints, pools, lenders }: Catalog): void {
		this.#found = new Map(mints.map(({ address, symbol, decimals }) => [address, { symbol, decimals }]));
		this.#market = { pools, lenders };
		this.#hasCatalog = true;
	}

	/** A mint that nobody named is shown by its first characters, in base units. */
	of(mint: Address): MintName {
		return this.#listed.get(mint) ?? this.#found.get(mint) ?? { symbol: mint.slice(0, 4), decimals: 0 };
	}

	/** The configuration's mints first, in its order, then the others by symbol. */
	sorted(mints: Iterable<Address>): Address[] {
		const order = [...this.#listed.keys()];
		const rank = (mint: Address): number => (this.#listed.has(mint) ? order.indexOf(mint) : order.length);
		return [...mints].sort(
			(a, b) => rank(a) - rank(b) || this.of(a).symbol.localeCompare(this.of(b).symbol) || (a < b ? -1 : 1),
		);
	}
}
