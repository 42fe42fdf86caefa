import { defineStrategy } from "../definition.ts";
import { LISTING_PARAMETERS, listingTerms, refuseListingSettings } from "./parameters.ts";
import { LISTING, ListingStrategy } from "./strategy.ts";

export const listing = defineStrategy({
	name: LISTING,
	explanation: "Buys the token of a new pool once, when nothing that is known of it speaks against it.",
	parameters: LISTING_PARAMETERS,
	refuse: refuseListingSettings,
	create: (context) => new ListingStrategy({ ...context, terms: listingTerms(context.parameters, context) }),
});
