import { type ArbitrageOptions, type ArbitrageParameters, CycleArbitrage } from "../arbitrage/cycle-arbitrage.ts";
import { ARBITRAGE_PARAMETERS, arbitrageParameters } from "../arbitrage/parameters.ts";
import { defineStrategy } from "../definition.ts";

/** Name of the strategy in its intents. */
export const CROSS_VENUE = "cross-venue";

/** What the strategy can be told: two legs are what it is. */
export type CrossVenueParameters = Omit<ArbitrageParameters, "minimumLegs" | "maximumLegs">;

export interface CrossVenueOptions extends Omit<ArbitrageOptions, "name" | "parameters"> {
	readonly parameters: CrossVenueParameters;
}

/** Arbitrage between two pools on the same two mints: what one sells cheaply the other buys. */
export function crossVenueArbitrage({ parameters, ...options }: CrossVenueOptions): CycleArbitrage {
	return new CycleArbitrage({
		...options,
		name: CROSS_VENUE,
		parameters: { ...parameters, minimumLegs: 2, maximumLegs: 2 },
	});
}

export const crossVenue = defineStrategy({
	name: CROSS_VENUE,
	explanation: "Two pools on the same two mints that disagree on the price, with a flash loan.",
	parameters: ARBITRAGE_PARAMETERS,
	create: (context) => crossVenueArbitrage({ ...context, parameters: arbitrageParameters(context) }),
});
