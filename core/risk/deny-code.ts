/** Why risk refuses an intent. Closed: every refusal carries exactly one of these. In the order of the gate's checks. */
export const DENY_CODES = [
	/** More messages a second than risk reads, refused ones counted. */
	"messageRate",
	/** Nothing may be signed until a person resumes trading. */
	"tradingHalted",
	/** The ledger is not yet reconciled with the chain. */
	"recovering",
	/** The ledger takes no records: its disk failed, or it lost its lead. */
	"ledgerUnavailable",
	/** A field is missing, unknown, of the wrong type or out of range; the detail names it. */
	"malformedIntent",
	/** Its id was approved before. */
	"duplicateIntent",
	/** It came after its deadline. */
	"deadlinePassed",
	/** Its strategy has no budget in the configuration. */
	"unknownStrategy",
	/** Its strategy failed too often and is off until a person enables it again. */
	"strategyThrottled",
	/** A mint that has no limits where it needs some, or that is not listed. */
	"unknownMint",
	/** A venue that this system does not know. */
	"unknownVenue",
	/** Trading is reducing, and the intent does not turn a holding into a quote asset. */
	"reducingOnly",
	/** The tip goes to an account that is not allowed. */
	"tipAccount",
	/** Its network fee is above the cap of one intent. */
	"maxFee",
	/** Its tip is above the cap of one intent. */
	"maxTip",
	/** More goes through it than one intent may move. */
	"maxIntentNotional",
	/** One of its swaps is larger than one order of that mint may be. */
	"maxOrderSize",
	/** No executor is known, or none got the intent. */
	"noExecutor",
	/** No blockhash is known that has long enough to live. */
	"noBlockhash",
	/** The quotes, or all that is known of the chain, are too old. */
	"staleMarket",
	/** Too many intents are in flight. */
	"maxInFlight",
	/** Too much is in flight in its funding mint. */
	"maxInFlightNotional",
	/** The other way through a pool that an open intent, or one of the same slot, goes through. */
	"selfTrade",
	/** The wallet does not hold what it spends, with fees, beside what is reserved already. */
	"insufficientBalance",
	/** What it buys would make the position in that mint too large. */
	"maxPosition",
	/** No fresh pool tells what its mints are worth. */
	"noReference",
	/** A swap's price is too far from the reference. */
	"priceCollar",
	/** All positions and everything in flight would be worth too much together. */
	"maxGrossExposure",
	/** The loss of the day, with everything at stake, would be too large. */
	"maxDailyLoss",
	/** Equity has fallen too far from its peak, with everything at stake. */
	"maxDrawdown",
	/** Network fees of the last hour, with those at stake, would be too high. */
	"maxFeesPerHour",
	/** Tips of the last hour, with those at stake, would be too high. */
	"maxTipsPerHour",
	/** Its strategy's own notional in flight would be too large. */
	"strategyNotional",
	/** Its strategy's own loss of the day, with everything at stake, would be too large. */
	"strategyDailyLoss",
	/** Its strategy sends too many orders a second. */
	"strategyOrderRate",
	/** All strategies together send too many orders a second. */
	"orderRate",
	/** An executor refused it; the detail has its code. */
	"executorRefused",
] as const;

export type DenyCode = (typeof DENY_CODES)[number];
