import type { ReferencePrice } from "../market/reference-prices.ts";
import type { Address } from "../types/address.ts";

/** What mints are worth in each other, told by a replica of the market. Null where nothing fresh tells it. */
export interface PriceSource {
	price(mintIn: Address, mintOut: Address): ReferencePrice | null;
	/** Rounded up. */
	value(mint: Address, amount: bigint, quoteMint: Address): bigint | null;
}
