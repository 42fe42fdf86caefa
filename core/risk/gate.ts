import { SOL_MINT } from "../execution/fill.ts";
import { VENUES } from "../market/venues/index.ts";
import { notionalOf, type OrderIntent } from "../strategy/order-intent.ts";
import type { Address } from "../types/address.ts";
import type { DenyCode } from "./deny-code.ts";
import { findMalformation } from "./intent-shape.ts";
import type { Reservation } from "./ledger-record.ts";
import type { LedgerState } from "./ledger-state.ts";
import type { RiskLimits } from "./limits.ts";
import type { MarketWatch } from "./market-watch.ts";
import type { OrderRate } from "./order-rate.ts";
import type { TradingState } from "./trading-state.ts";

/** Everything that the gate looks at besides the intent. */
export interface GateView {
	readonly limits: RiskLimits;
	readonly tradingState: TradingState;
	/** False until the ledger is reconciled with the chain. */
	readonly recovered: boolean;
	/** Why the ledger takes no records, or null. */
	readonly ledgerFailure: string | null;
	/** The wallet that executors sign for, or why none is known. */
	readonly wallet: { readonly address: Address } | { readonly missing: string };
	readonly ledger: LedgerState;
	readonly market: MarketWatch;
	readonly orderRate: OrderRate;
	/** Wall clock, microseconds since the Unix epoch. */
	readonly nowMicros: number;
	readonly monotonicMicros: number;
}

export interface Denial {
	readonly ok: false;
	readonly code: DenyCode;
	/** One phrase with the value and its limit. */
	readonly detail: string;
}

/** What an approved intent is bound to and claims. */
export interface Approval {
	readonly ok: true;
	readonly intent: OrderIntent;
	readonly wallet: Address;
	readonly blockhash: Exclude<ReturnType<MarketWatch["blockhash"]>, string>["blockhash"];
	readonly reservation: Reservation;
}

const KNOWN_VENUES: ReadonlySet<string> = new Set(VENUES.map(({ id }) => id));

/**
 * Whether an intent may be traded now. The first failing check decides, in this order: what forbids everything
 * (trading state, recovery, ledger), what is wrong with the intent itself (shape, repetition, deadline, mints, venues),
 * what the system lacks for it (executor, blockhash, fresh market), what limits it exceeds (its notional, intents in
 * flight, notional in flight, daily loss), and last the order rate, which only an intent that passed all else uses up.
 *
 * Checks and the reservation that follows must happen in one step: nothing else may approve in between.
 */
export function checkIntent(candidate: unknown, view: GateView): Approval | Denial {
	return checkSystem(view) ?? checkCandidate(candidate, view);
}

function checkSystem(view: GateView): Denial | null {
	if (view.tradingState === "halted") return deny("tradingHalted", "trading is halted until a person resumes it");
	if (view.tradingState === "reducing") return deny("reducingOnly", "only what lowers exposure may be traded");
	if (!view.recovered) return deny("recovering", "the ledger is not yet reconciled with the chain");
	if (view.ledgerFailure !== null) return deny("ledgerUnavailable", view.ledgerFailure);
	return null;
}

function checkCandidate(candidate: unknown, view: GateView): Approval | Denial {
	const { ledger, market, limits, wallet } = view;
	const malformation = findMalformation(candidate);
	if (malformation) return deny("malformedIntent", malformation);
	const intent = candidate as OrderIntent;
	const denial = checkTimes(intent, view) ?? checkMints(intent, limits) ?? checkVenues(intent);
	if (denial) return denial;
	if ("missing" in wallet) return deny("noExecutor", wallet.missing);
	const blockhash = market.blockhash();
	if (typeof blockhash === "string") return deny("noBlockhash", blockhash);
	const observed = [...intent.legs.map(({ observedSlot }) => observedSlot), intent.triggerSlot];
	const staleness = market.staleness(observed, limits.staleAfterSlots, view.monotonicMicros);
	if (staleness) return deny("staleMarket", staleness);
	const exceeded = checkExposure(intent, view);
	if (exceeded) return exceeded;
	if (!view.orderRate.tryTake(view.monotonicMicros)) {
		return deny(
			"orderRate",
			`more than ${limits.maxOrdersPerSecond} orders a second after a burst of ${limits.orderBurst}`,
		);
	}
	return {
		ok: true,
		intent,
		wallet: wallet.address,
		blockhash: blockhash.blockhash,
		reservation: {
			intentId: intent.intentId,
			strategy: intent.strategy,
			cycle: intent.cycle,
			fundingMint: intent.fundingMint,
			notional: notionalOf(intent),
			loanFee: intent.loan?.fee ?? 0n,
			maximumFeeLamports: intent.maximumFeeLamports,
			deadlineMicros: intent.deadlineMicros,
			lastValidBlockHeight: blockhash.lastValidBlockHeight,
			riskEpoch: ledger.epoch,
			approvedAtMicros: view.nowMicros,
		},
	};
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

function checkMints(intent: OrderIntent, limits: RiskLimits): Denial | null {
	if (!limits.byMint.has(intent.fundingMint)) {
		return deny("unknownMint", `${intent.fundingMint} has no limits and so funds nothing`);
	}
	if (limits.allowUnlistedMints) return null;
	for (const { mintOut } of intent.legs) {
		if (!limits.listedMints.has(mintOut)) return deny("unknownMint", `${mintOut} is not listed under assets`);
	}
	return null;
}

function checkVenues(intent: OrderIntent): Denial | null {
	for (const { venue } of intent.legs) {
		if (!KNOWN_VENUES.has(venue)) return deny("unknownVenue", `${venue} is no venue of this system`);
	}
	return null;
}

function checkExposure(intent: OrderIntent, view: GateView): Denial | null {
	const { ledger, limits } = view;
	const { fundingMint } = intent;
	const notional = notionalOf(intent);
	const funding = limits.byMint.get(fundingMint);
	if (!funding) throw new Error(`${fundingMint} has no limits: mints are checked before exposure`);
	if (notional > funding.maxIntentNotional) {
		return deny("maxIntentNotional", `${notional} of ${fundingMint}, at most ${funding.maxIntentNotional}`);
	}
	if (ledger.openCount >= limits.maxInFlight) {
		return deny("maxInFlight", `${ledger.openCount} intents are in flight, at most ${limits.maxInFlight}`);
	}
	const inFlight = ledger.inFlightNotional(fundingMint) + notional;
	if (inFlight > funding.maxInFlightNotional) {
		return deny(
			"maxInFlightNotional",
			`${inFlight} of ${fundingMint} in flight, at most ${funding.maxInFlightNotional}`,
		);
	}
	const overspent = checkDailyLoss(fundingMint, intent, view);
	return overspent || fundingMint === SOL_MINT ? overspent : checkDailyLoss(SOL_MINT, intent, view);
}

function checkDailyLoss(mint: Address, intent: OrderIntent, { ledger, limits, nowMicros }: GateView): Denial | null {
	const limit = limits.byMint.get(mint);
	if (!limit) return deny("unknownMint", `${mint} pays network fees and has no limits`);
	const atStake = ledger.worstCaseLoss(mint) + (mint === SOL_MINT ? intent.maximumFeeLamports : 0n);
	const loss = atStake - ledger.realisedToday(mint, nowMicros);
	if (loss > limit.maxDailyLoss) {
		return deny("maxDailyLoss", `${loss} of ${mint} lost or at stake today, at most ${limit.maxDailyLoss}`);
	}
	return null;
}

function deny(code: DenyCode, detail: string): Denial {
	return { ok: false, code, detail };
}
