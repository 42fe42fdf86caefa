import { notionalOf, type OrderIntent, type SwapLeg } from "../strategy/order-intent.ts";
import type { Address } from "../types/address.ts";
import { type Denial, deny, type GateView } from "./gate-view.ts";
import { checkIntentItself } from "./intent-checks.ts";
import { findMalformation } from "./intent-shape.ts";
import {
	type Claim,
	checkBudgets,
	checkGrossExposure,
	checkHoldings,
	checkInFlight,
	checkLosses,
	checkSizes,
} from "./limit-checks.ts";
import type { UsableBlockhash } from "./market-watch.ts";
import { checkCollar, lossByGuard } from "./price-collar.ts";
import type { Reservation } from "./reservation.ts";

export type { Denial, GateView } from "./gate-view.ts";
export type { PriceSource } from "./price-source.ts";

/** What an approved intent is bound to and claims. */
export interface Approval {
	readonly ok: true;
	readonly intent: OrderIntent;
	readonly wallet: Address;
	readonly blockhash: UsableBlockhash["blockhash"];
	readonly reservation: Reservation;
}

/**
 * Whether an intent may be traded now. The first failing check decides, and the checks stand in the order of
 * `DENY_CODES`, cheapest and most general first:
 *
 * 1. the message itself: so many a second are read at all, and each takes one of them, whatever it says;
 * 2. what forbids everything: trading state, recovery, ledger;
 * 3. what is wrong with the intent: shape, repetition, deadline, strategy, mints, venues, `reducing`, fee, tip, sizes;
 * 4. what the system lacks for it: executor, blockhash, fresh market;
 * 5. what it would exceed with everything that is open: intents and notional in flight, own orders in its pools,
 *    balances and positions, price collar, gross exposure, losses, drawdown, budgets;
 * 6. the order rates, which only an intent that passed all else uses up.
 *
 * Checks and the reservation that follows must happen in one step: nothing else may approve in between.
 */
export function checkIntent(candidate: unknown, view: GateView): Approval | Denial {
	return checkSystem(view) ?? checkCandidate(candidate, view);
}

function checkSystem({ ledgerFailure, limits, messageRate, monotonicMicros, recovered, tradingState }: GateView) {
	if (!messageRate.tryTake(monotonicMicros)) {
		return deny(
			"messageRate",
			`more than ${limits.maxMessagesPerSecond} messages a second after a burst of ${limits.messageBurst}`,
		);
	}
	if (tradingState === "halted") return deny("tradingHalted", "trading is halted until a person resumes it");
	if (!recovered) return deny("recovering", "the ledger is not yet reconciled with the chain");
	if (ledgerFailure !== null) return deny("ledgerUnavailable", ledgerFailure);
	return null;
}

function checkCandidate(candidate: unknown, view: GateView): Approval | Denial {
	const malformation = findMalformation(candidate);
	if (malformation) return deny("malformedIntent", malformation);
	const intent = candidate as OrderIntent;
	const denial = checkIntentItself(intent, view) ?? checkSizes(intent, view);
	if (denial) return denial;
	const { limits, market, wallet } = view;
	if ("missing" in wallet) return deny("noExecutor", wallet.missing);
	const blockhash = market.blockhash();
	if (typeof blockhash === "string") return deny("noBlockhash", blockhash);
	const staleness = market.staleness(observedSlots(intent), limits.staleAfterSlots, view.monotonicMicros);
	if (staleness) return deny("staleMarket", staleness);
	return checkClaim(intent, wallet.address, blockhash, view);
}

function checkClaim(
	intent: OrderIntent,
	wallet: Address,
	blockhash: UsableBlockhash,
	view: GateView,
): Approval | Denial {
	const claim = { intent, notional: notionalOf(intent), tipLamports: intent.tip?.lamports ?? 0n, lossAtStake: 0n };
	const denial =
		checkInFlight(claim, view) ??
		checkHoldings(claim, view) ??
		checkCollar(intent, view.prices, view.limits.collarBps) ??
		checkGrossExposure(claim, view);
	if (denial) return denial;
	if (intent.loan === null) claim.lossAtStake = lossByGuard(intent, view.prices);
	const exceeded = checkLosses(claim, view) ?? checkBudgets(claim, view) ?? takeRate(intent, view);
	if (exceeded) return exceeded;
	const { blockhash: hash, lastValidBlockHeight } = blockhash;
	return { ok: true, intent, wallet, blockhash: hash, reservation: reservationOf(claim, lastValidBlockHeight, view) };
}

/** Takes from both rates, or from none. */
function takeRate({ strategy }: OrderIntent, view: GateView): Denial | null {
	const { limits, monotonicMicros, orderRate, strategyRates } = view;
	const strategyRate = strategyRates.get(strategy);
	if (!strategyRate?.has(monotonicMicros)) {
		const budget = limits.budgets.get(strategy);
		return deny(
			"strategyOrderRate",
			`${strategy}: more than ${budget?.ordersPerSecond} orders a second after a burst of ${budget?.orderBurst}`,
		);
	}
	if (!orderRate.tryTake(monotonicMicros)) {
		return deny(
			"orderRate",
			`more than ${limits.maxOrdersPerSecond} orders a second after a burst of ${limits.orderBurst}`,
		);
	}
	strategyRate.tryTake(monotonicMicros);
	return null;
}

function reservationOf(claim: Claim, lastValidBlockHeight: number, view: GateView): Reservation {
	const { intent, lossAtStake, notional, tipLamports } = claim;
	const { legs, loan } = intent;
	const reservation: Reservation = {
		intentId: intent.intentId,
		strategy: intent.strategy,
		cycle: intent.cycle,
		fundingMint: intent.fundingMint,
		notional,
		loanFee: loan?.fee ?? 0n,
		maximumFeeLamports: intent.maximumFeeLamports,
		deadlineMicros: intent.deadlineMicros,
		lastValidBlockHeight,
		riskEpoch: view.ledger.epoch,
		approvedAtMicros: view.nowMicros,
		tipLamports,
		passages: legs.map(({ pool, direction }) => ({ pool, direction })),
		slot: view.market.slot,
		networkCost: intent.networkCost,
	};
	if (loan !== null) return reservation;
	const { mintOut: mint, expectedAmountOut: amount } = legs[legs.length - 1] as SwapLeg;
	return {
		...reservation,
		isFromHoldings: true,
		receives: { mint, amount },
		lossAtStake,
		cash: view.limits.quoteMints,
	};
}

function observedSlots({ legs, triggerSlot }: OrderIntent): readonly number[] {
	const slots = [triggerSlot];
	for (let at = 0; at < legs.length; at++) slots.push((legs[at] as SwapLeg).observedSlot);
	return slots;
}
