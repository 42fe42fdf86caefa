import type { PoolDescriptor } from "../../core/market/pool.ts";
import { venueById } from "../../core/market/venues/index.ts";
import type { Address } from "../../core/types/address.ts";
import type { ProgramAddresses } from "./program-address.ts";

const NO_ARRAYS: readonly Address[] = [];

/** The addresses of a pool's arrays, by the first indexes that they cover; null where its venue has none. */
export function poolArrays(
	addresses: ProgramAddresses,
	pool: PoolDescriptor,
	startIndexes: readonly number[],
): readonly Address[] | null {
	if (startIndexes.length === 0) return NO_ARRAYS;
	const venue = venueById(pool.venue);
	if (venue.pricedBy === "reserves") return null;
	const arrays: Address[] = [];
	for (const startIndex of startIndexes) {
		const seeds = venue.arraySeeds(pool, startIndex);
		if (seeds === null) return null;
		arrays.push(addresses.derive(venue.programId, seeds));
	}
	return arrays;
}
