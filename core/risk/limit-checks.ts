import { SOL_MINT } from "../execution/fill.ts";
import { notionalOf, type OrderIntent, type SwapLeg } from "../strategy/order-intent.ts";
import type { Address } from "../types/address.ts";
import { type Denial, deny, type GateView } from "./gate-view.ts";
import { isReduction, lastMint } from "./intent-checks.ts";
import type { MintLimits } from "./limits.ts";
import { isTipAtStake } from "./open-claims.ts";

/** An intent with what it would claim. Amounts in base units. */
export interface Claim {
	readonly intent: OrderIntent;
	readonly notional: bigint;
	readonly tipLamports: bigint;
	/** What a swap from holdings can lose by its guard, in the funding mint; 0 with a loan. */
	readonly lossAtStake: bigint;
}

/** The size of an intent and of each of its swaps. */
export function checkSizes(intent: OrderIntent, { limits }: GateView): Denial | null {
	const { fundingMint, legs } = intent;
	const notional = notionalOf(intent);
	const { maxIntentNotional } = limitsOf(fundingMint, limits.byMint);
	if (notional > maxIntentNotional) {
		return deny("maxIntentNotional", `${notional} of ${fundingMint}, at most ${maxIntentNotional}`);
	}
	for (let at = 0; at < legs.length; at++) {
		const { mintIn, amountIn } = legs[at] as SwapLeg;
		const maxOrderSize = limits.byMint.get(mintIn)?.maxOrderSize;
		if (maxOrderSize !== undefined && amountIn > maxOrderSize) {
			return deny("maxOrderSize", `legs[${at}] swaps ${amountIn} of ${mintIn}, at most ${maxOrderSize}`);
		}
	}
	return null;
}

/** What is open already, with the intent added to it. */
export function checkInFlight({ intent, notional }: Claim, { ledger, limits, market }: GateView): Denial | null {
	const { fundingMint, legs } = intent;
	if (ledger.openCount >= limits.maxInFlight) {
		return deny("maxInFlight", `${ledger.openCount} intents are in flight, at most ${limits.maxInFlight}`);
	}
	const { maxInFlightNotional } = limitsOf(fundingMint, limits.byMint);
	const inFlight = ledger.claims.notional(fundingMint) + notional;
	if (inFlight > maxInFlightNotional) {
		return deny("maxInFlightNotional", `${inFlight} of ${fundingMint} in flight, at most ${maxInFlightNotional}`);
	}
	for (let at = 0; at < legs.length; at++) {
		const { pool, direction } = legs[at] as SwapLeg;
		if (ledger.claims.passages.isAgainst(pool, direction, market.slot)) {
			return deny("selfTrade", `legs[${at}] goes against an intent of ours through ${pool}`);
		}
	}
	return null;
}

/** What the wallet holds, and would hold. */
export function checkHoldings({ intent, notional, tipLamports }: Claim, { ledger, limits }: GateView): Denial | null {
	const { claims } = ledger;
	const { fundingMint, legs, loan, maximumFeeLamports } = intent;
	const costs = claims.fees + claims.tips + maximumFeeLamports + tipLamports;
	const spentSol = claims.spent(SOL_MINT) + (loan === null && fundingMint === SOL_MINT ? notional : 0n);
	const sol = ledger.position(SOL_MINT);
	if (spentSol + costs > sol) {
		return deny("insufficientBalance", `${spentSol + costs} lamports are spent or at stake, ${sol} are held`);
	}
	if (loan !== null) return null;
	const spent = claims.spent(fundingMint) + notional;
	const held = ledger.position(fundingMint);
	if (spent > held) return deny("insufficientBalance", `${spent} of ${fundingMint} are spent, ${held} are held`);
	const mint = lastMint(intent);
	const { maxPosition } = limitsOf(mint, limits.byMint);
	if (maxPosition === null) return null;
	const position = ledger.position(mint) + claims.incoming(mint) + (legs[legs.length - 1] as SwapLeg).expectedAmountOut;
	if (position <= maxPosition) return null;
	return deny("maxPosition", `${position} of ${mint} would be held, at most ${maxPosition}`);
}

/** Everything at risk of price. Turning a holding into cash needs no room. */
export function checkGrossExposure({ intent, notional }: Claim, view: GateView): Denial | null {
	if (isReduction(intent, view)) return null;
	const { exposure, ledger, limits, market, prices } = view;
	const { value: held, unpriced } = exposure.holdings(ledger, prices, market.slot);
	const inFlight = exposure.inFlight(ledger, prices);
	const own = exposure.value(intent.fundingMint, notional, prices);
	if (inFlight === null || own === null) {
		return deny("noReference", `no fresh pool tells what is in flight in ${limits.quoteMints[0]}`);
	}
	// A loan is repaid in the transaction that takes it; a holding stays, and adds to what nobody can value.
	if (intent.loan === null && unpriced.length > 0) {
		return deny("noReference", `${unpriced[0]} is held, and no fresh pool has told its price`);
	}
	const gross = held + inFlight + own;
	if (gross <= limits.maxGrossExposure) return null;
	return deny(
		"maxGrossExposure",
		`${gross} of ${limits.quoteMints[0]} would be exposed, at most ${limits.maxGrossExposure}`,
	);
}

/** What was lost, with everything that open intents and this one can still lose: by mint, in the desk and its strategy. */
export function checkLosses(claim: Claim, view: GateView): Denial | null {
	const { fundingMint } = claim.intent;
	const denial = checkLoss(claim, fundingMint, view);
	return denial || fundingMint === SOL_MINT ? denial : checkLoss(claim, SOL_MINT, view);
}

function checkLoss(claim: Claim, mint: Address, view: GateView): Denial | null {
	const { ledger, limits, nowMicros, standing } = view;
	const { strategy } = claim.intent;
	const limit = limits.byMint.get(mint);
	const budget = limits.budgets.get(strategy)?.byMint.get(mint);
	if (!limit || !budget) return deny("unknownMint", `${mint} pays for trades of ${strategy} and has no limits`);
	const own = ownLoss(claim, mint);
	const atStake = ledger.claims.loss(mint) + own;
	const loss = atStake - ledger.realisedToday(mint, nowMicros);
	if (loss > limit.maxDailyLoss) {
		return deny("maxDailyLoss", `${loss} of ${mint} lost or at stake today, at most ${limit.maxDailyLoss}`);
	}
	const drawdown = atStake + standing.drawdown(mint);
	if (drawdown > limit.maxDrawdown) {
		return deny("maxDrawdown", `${drawdown} of ${mint} below the peak or at stake, at most ${limit.maxDrawdown}`);
	}
	const lost = ledger.claims.lossOf(strategy, mint) + own - ledger.spending.realisedToday(strategy, mint, nowMicros);
	if (lost <= budget.maxDailyLoss) return null;
	return deny(
		"strategyDailyLoss",
		`${strategy} lost or has at stake ${lost} of ${mint} today, at most ${budget.maxDailyLoss}`,
	);
}

function ownLoss({ intent, lossAtStake, tipLamports }: Claim, mint: Address): bigint {
	const funding = mint === intent.fundingMint ? lossAtStake : 0n;
	if (mint !== SOL_MINT) return funding;
	const { fundingMint, loan, maximumFeeLamports } = intent;
	const isAtStake = isTipAtStake({ fundingMint, isFromHoldings: loan === null });
	return funding + maximumFeeLamports + (isAtStake ? tipLamports : 0n);
}

/** What the strategy has in flight, and what the network was paid in the last hour. */
export function checkBudgets({ intent, notional, tipLamports }: Claim, view: GateView): Denial | null {
	const { ledger, limits, nowMicros } = view;
	const { claims, spending } = ledger;
	const { fundingMint, strategy } = intent;
	const { maxFeesPerHour, maxTipsPerHour } = limits.costs;
	const fees = spending.fees(nowMicros) + claims.fees + intent.maximumFeeLamports;
	if (fees > maxFeesPerHour) {
		return deny("maxFeesPerHour", `${fees} lamports of fees in an hour, at most ${maxFeesPerHour}`);
	}
	const tips = spending.tips(nowMicros) + claims.tips + tipLamports;
	if (tips > maxTipsPerHour) {
		return deny("maxTipsPerHour", `${tips} lamports of tips in an hour, at most ${maxTipsPerHour}`);
	}
	const most = limits.budgets.get(strategy)?.byMint.get(fundingMint)?.maxInFlightNotional ?? null;
	if (most === null) return deny("strategyNotional", `${strategy} has no budget in ${fundingMint}`);
	const inFlight = claims.notionalOf(strategy, fundingMint) + notional;
	if (inFlight <= most) return null;
	return deny("strategyNotional", `${strategy} would have ${inFlight} of ${fundingMint} in flight, at most ${most}`);
}

function limitsOf(mint: Address, byMint: ReadonlyMap<Address, MintLimits>): MintLimits {
	const limits = byMint.get(mint);
	if (!limits) throw new Error(`${mint} has no limits: mints are checked before amounts`);
	return limits;
}
