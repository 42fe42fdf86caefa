import type { Address } from "../types/address.ts";
import type { DenyCode } from "./deny-code.ts";
import type { GateView } from "./gate-view.ts";
import type { MintLimits } from "./limits.ts";
import type { OrderRate } from "./order-rate.ts";

/** How far a limit is used, without the intent that may come next. */
export interface LimitUse {
	/** The code with which the gate refuses what would exceed it. */
	readonly code: DenyCode;
	/** Of which mint, and of which strategy; null where the limit is not of one. */
	readonly mint: Address | null;
	readonly strategy: string | null;
	/** In the limit's own unit: base units, lamports, intents or orders. */
	readonly used: bigint;
	readonly limit: bigint;
}

type Scope = Partial<Pick<LimitUse, "mint" | "strategy">>;

/** Every limit that fills up and empties again, and how far it is used now. Sizes of single intents are not among them. */
export function limitUses(view: GateView): readonly LimitUse[] {
	const { exposure, ledger, limits, market, nowMicros, prices } = view;
	const { claims, spending } = ledger;
	const { costs } = limits;
	const uses: LimitUse[] = [
		use("messageRate", taken(view.messageRate, view), BigInt(limits.messageBurst)),
		use("orderRate", taken(view.orderRate, view), BigInt(limits.orderBurst)),
		use("maxInFlight", BigInt(ledger.openCount), BigInt(limits.maxInFlight)),
		use(
			"maxGrossExposure",
			exposure.holdings(ledger, prices, market.slot).value + (exposure.inFlight(ledger, prices) ?? 0n),
			limits.maxGrossExposure,
		),
		use("maxFeesPerHour", spending.fees(nowMicros) + claims.fees, costs.maxFeesPerHour),
		use("maxTipsPerHour", spending.tips(nowMicros) + claims.tips, costs.maxTipsPerHour),
	];
	for (const [mint, of] of limits.byMint) uses.push(...usesOfMint(mint, of, view));
	for (const strategy of limits.budgets.keys()) uses.push(...usesOfStrategy(strategy, view));
	return uses;
}

function usesOfMint(mint: Address, limits: MintLimits, { ledger, nowMicros, standing }: GateView): LimitUse[] {
	const { claims } = ledger;
	const atStake = claims.loss(mint);
	const uses = [
		use("maxInFlightNotional", claims.notional(mint), limits.maxInFlightNotional, { mint }),
		use("maxDailyLoss", atStake - ledger.realisedToday(mint, nowMicros), limits.maxDailyLoss, { mint }),
		use("maxDrawdown", atStake + standing.drawdown(mint), limits.maxDrawdown, { mint }),
	];
	if (limits.maxPosition === null) return uses;
	return [...uses, use("maxPosition", ledger.position(mint) + claims.incoming(mint), limits.maxPosition, { mint })];
}

function usesOfStrategy(strategy: string, view: GateView): LimitUse[] {
	const { ledger, limits, nowMicros, strategyRates } = view;
	const { claims, spending } = ledger;
	const uses: LimitUse[] = [];
	const budget = limits.budgets.get(strategy);
	const rate = strategyRates.get(strategy);
	if (!budget || !rate) return uses;
	uses.push(use("strategyOrderRate", taken(rate, view), BigInt(budget.orderBurst), { strategy }));
	for (const [mint, { maxDailyLoss, maxInFlightNotional }] of budget.byMint) {
		const lost = claims.lossOf(strategy, mint) - spending.realisedToday(strategy, mint, nowMicros);
		uses.push(use("strategyDailyLoss", lost, maxDailyLoss, { mint, strategy }));
		if (maxInFlightNotional === null) continue;
		uses.push(use("strategyNotional", claims.notionalOf(strategy, mint), maxInFlightNotional, { mint, strategy }));
	}
	return uses;
}

/** A profit uses nothing of a loss limit. */
function use(code: DenyCode, used: bigint, limit: bigint, { mint = null, strategy = null }: Scope = {}): LimitUse {
	return { code, mint, strategy, used: used > 0n ? used : 0n, limit };
}

function taken(rate: OrderRate, { monotonicMicros }: GateView): bigint {
	return BigInt(rate.taken(monotonicMicros));
}
