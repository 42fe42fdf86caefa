import type { Address } from "../../types/address.ts";
import type { VenueId } from "../pool.ts";
import { meteoraDammV2 } from "./meteora-damm-v2/venue.ts";
import { meteoraDlmm } from "./meteora-dlmm/venue.ts";
import { orcaWhirlpool } from "./orca-whirlpool/venue.ts";
import { pumpSwap } from "./pumpswap/venue.ts";
import { raydiumAmmV4 } from "./raydium-amm-v4/venue.ts";
import { raydiumClmm } from "./raydium-clmm/venue.ts";
import { raydiumCpmm } from "./raydium-cpmm/venue.ts";
import type { ReserveVenue, Venue } from "./venue.ts";

/** Every market program that the system can trade. */
export const VENUES: readonly Venue[] = [
	raydiumCpmm,
	raydiumAmmV4,
	raydiumClmm,
	orcaWhirlpool,
	meteoraDammV2,
	meteoraDlmm,
	pumpSwap,
];

const BY_ID: Readonly<Record<VenueId, Venue>> = {
	"raydium-cpmm": raydiumCpmm,
	"raydium-amm-v4": raydiumAmmV4,
	"raydium-clmm": raydiumClmm,
	"orca-whirlpool": orcaWhirlpool,
	"meteora-damm-v2": meteoraDammV2,
	"meteora-dlmm": meteoraDlmm,
	pumpswap: pumpSwap,
};

/** The venue of a pool that is priced by its reserves; null for all others. */
export function reserveVenueById(id: VenueId): ReserveVenue | null {
	const venue = BY_ID[id];
	return venue.pricedBy === "reserves" ? venue : null;
}

export function venueById(id: VenueId): Venue {
	return BY_ID[id];
}

/** The venue whose program owns an account, or undefined when nobody here knows the program. */
export function venueByProgram(program: Address): Venue | undefined {
	return VENUES.find(({ programId }) => programId === program);
}
