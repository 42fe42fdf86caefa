import type { PoolDescriptor } from "../../core/market/pool.ts";
import { type ReserveAccounts, ReserveMarket, readReserveMarket } from "../../core/market/reserve-market.ts";
import { reserveVenueById } from "../../core/market/venues/index.ts";
import type { ReserveState, ReserveVenue } from "../../core/market/venues/venue.ts";

/** The venue of a pool that a test knows to be priced by its reserves. */
export function reserveVenueOf(pool: PoolDescriptor): ReserveVenue {
	const venue = reserveVenueById(pool.venue);
	if (venue === null) throw new Error(`${pool.venue} is not priced by reserves`);
	return venue;
}

/** A market with these reserves, open unless said otherwise. */
export function marketOf(
	pool: PoolDescriptor,
	state: Pick<ReserveState, "reserveA" | "reserveB"> & Partial<ReserveState>,
): ReserveMarket {
	return new ReserveMarket(reserveVenueOf(pool), pool, { state: { swapEnabled: true, openTimeSeconds: 0n, ...state } });
}

/** The market of a pool by its accounts' bytes. */
export function marketOfAccounts(pool: PoolDescriptor, accounts: ReserveAccounts): ReserveMarket {
	const market = readReserveMarket(reserveVenueOf(pool), pool, accounts);
	if (market === null) throw new Error(`the accounts of pool ${pool.address} cannot be read`);
	return market;
}
