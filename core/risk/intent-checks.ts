import { VENUES } from "../market/venues/index.ts";
import type { OrderIntent, SwapLeg } from "../strategy/order-intent.ts";
import { type Denial, deny, type GateView } from "./gate-view.ts";

const KNOWN_VENUES: ReadonlySet<string> = new Set(VENUES.map(({ id }) => id));

/** What is wrong with a whole intent by itself, whatever else is open: nothing here depends on other intents' amounts. */
export function checkIntentItself(intent: OrderIntent, view: GateView): Denial | null {
	return (
		checkTimes(intent, view) ??
		checkStrategy(intent, view) ??
		checkMints(intent, view) ??
		checkVenues(intent) ??
		checkReduction(intent, view) ??
		checkCosts(intent, view)
	);
}

/** The mint that a swap from holdings ends in; of a cycle it is the funding mint. */
export function lastMint({ legs }: OrderIntent): SwapLeg["mintOut"] {
	return (legs[legs.length - 1] as SwapLeg).mintOut;
}

/** Whether an intent turns a holding into cash. */
export function isReduction(intent: OrderIntent, { exposure }: Pick<GateView, "exposure">): boolean {
	return intent.loan === null && !exposure.isQuote(intent.fundingMint) && exposure.isQuote(lastMint(intent));
}

function checkTimes(intent: OrderIntent, view: GateView): Denial | null {
	const ahead = intent.deadlineMicros - view.nowMicros;
	if (view.ledger.knowsId(intent.intentId)) return deny("duplicateIntent", `${intent.intentId} was approved before`);
	if (ahead < 0) return deny("deadlinePassed", `the deadline passed ${-ahead} µs ago`);
	if (ahead > view.limits.maxDeadlineAheadMicros) {
		return deny(
			"malformedIntent",
			`the deadline lies ${ahead} µs ahead, at most ${view.limits.maxDeadlineAheadMicros}`,
		);
	}
	return null;
}

function checkStrategy({ strategy }: OrderIntent, { limits, standing }: GateView): Denial | null {
	if (!limits.budgets.has(strategy)) {
		return deny("unknownStrategy", `${strategy} has no budget: add a [[risk.budgets]] table for it`);
	}
	const throttled = standing.throttled(strategy);
	return throttled === null ? null : deny("strategyThrottled", throttled);
}

function checkMints(intent: OrderIntent, { limits }: GateView): Denial | null {
	const { fundingMint, legs } = intent;
	if (!limits.byMint.has(fundingMint)) {
		return deny("unknownMint", `${fundingMint} has no limits and so funds nothing`);
	}
	if (intent.loan === null && !limits.byMint.has(lastMint(intent))) {
		return deny("unknownMint", `${lastMint(intent)} has no limits and so is not bought`);
	}
	if (limits.allowUnlistedMints) return null;
	for (let at = 0; at < legs.length; at++) {
		const { mintOut } = legs[at] as SwapLeg;
		if (!limits.listedMints.has(mintOut)) return deny("unknownMint", `${mintOut} is not listed under assets`);
	}
	return null;
}

function checkVenues({ legs }: OrderIntent): Denial | null {
	for (let at = 0; at < legs.length; at++) {
		const { venue } = legs[at] as SwapLeg;
		if (!KNOWN_VENUES.has(venue)) return deny("unknownVenue", `${venue} is no venue of this system`);
	}
	return null;
}

function checkReduction(intent: OrderIntent, view: GateView): Denial | null {
	if (view.tradingState !== "reducing" || isReduction(intent, view)) return null;
	return deny("reducingOnly", "only a swap of what is held into a quote asset may be traded");
}

function checkCosts({ maximumFeeLamports, tip }: OrderIntent, { limits: { costs } }: GateView): Denial | null {
	if (tip && !costs.tipAccounts.has(tip.account)) {
		return deny("tipAccount", `${tip.account} is not among risk.tip_accounts`);
	}
	if (maximumFeeLamports > costs.maxFeePerIntent) {
		return deny("maxFee", `${maximumFeeLamports} lamports of fee, at most ${costs.maxFeePerIntent}`);
	}
	if (tip && tip.lamports > costs.maxTipPerIntent) {
		return deny("maxTip", `${tip.lamports} lamports of tip, at most ${costs.maxTipPerIntent}`);
	}
	return null;
}
