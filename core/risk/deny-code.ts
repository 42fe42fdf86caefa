/** Why the gate refuses an intent. Closed: every refusal carries exactly one of these. */
export const DENY_CODES = [
	"tradingHalted",
	"reducingOnly",
	"malformedIntent",
	"duplicateIntent",
	"deadlinePassed",
	"unknownMint",
	"unknownVenue",
	"staleMarket",
	"noBlockhash",
	"noExecutor",
	"executorRefused",
	"maxIntentNotional",
	"maxInFlight",
	"maxInFlightNotional",
	"maxDailyLoss",
	"orderRate",
	"recovering",
	"ledgerUnavailable",
] as const;

export type DenyCode = (typeof DENY_CODES)[number];
