import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { limitsFrom, type MintLimitSettings, type RiskSettings } from "../../../../core/risk/limits.ts";
import type { BudgetSettings } from "../../../../core/risk/strategy-budget.ts";
import { TIP_ACCOUNT, USDC } from "./risk-world.ts";

const amounts = {
	max_intent_notional: "10",
	max_in_flight_notional: "20.5",
	max_order_size: "12",
	max_daily_loss: "0.000001",
	max_drawdown: "0.5",
};
const USDC_LIMITS: MintLimitSettings = { asset: "USDC", ...amounts };
const SOL_LIMITS: MintLimitSettings = { asset: "SOL", ...amounts, max_position: "3" };
const BUDGET: BudgetSettings = {
	strategy: "cross-venue",
	max_orders_per_second: 7,
	order_burst: 9,
	max_in_flight_notional: { USDC: "5", SOL: "6" },
	max_daily_loss: { USDC: "1", SOL: "2" },
};

type Changes = Partial<RiskSettings["risk"]> & { fundingAssets?: readonly string[]; names?: readonly string[] };

function settings(changes: Changes = {}): RiskSettings {
	const { fundingAssets = ["USDC", "SOL"], names = ["cross-venue"], ...risk } = changes;
	return {
		assets: [
			{ symbol: "SOL", mint: SOL_MINT, decimals: 9 },
			{ symbol: "USDC", mint: USDC, decimals: 6 },
		],
		risk: {
			max_in_flight: 16,
			max_messages_per_second: 100,
			message_burst: 200,
			max_orders_per_second: 20,
			order_burst: 30,
			stale_after_slots: 4,
			collar_bps: 150,
			quote_assets: ["USDC"],
			max_gross_exposure: "1000",
			max_fee_per_intent: "0.001",
			max_tip_per_intent: "0.002",
			max_fees_per_hour: "0.1",
			max_tips_per_hour: "0.2",
			tip_accounts: [TIP_ACCOUNT],
			throttle_failures: 5,
			throttle_window_seconds: 60,
			allow_unlisted_mints: true,
			limits: [USDC_LIMITS, SOL_LIMITS],
			budgets: [BUDGET],
			...risk,
		},
		execution: { intent_deadline_ms: 250 },
		strategies: names.map((name) => ({ name, fundingAssets })),
	};
}

function problems(changes: Changes): readonly string[] {
	const limits = limitsFrom(settings(changes));
	return limits.ok ? [] : limits.error;
}

describe("limits", () => {
	test("a funding asset without limits is refused, in one line that names the fix", () => {
		expect(problems({ limits: [SOL_LIMITS] })).toEqual([
			"risk.limits: USDC has no limits, and it funds trades: add a [[risk.limits]] table for it",
		]);
	});

	test("SOL needs limits even when it funds nothing: fees are paid in it", () => {
		const onlyUsdc = settings({ limits: [USDC_LIMITS], fundingAssets: ["USDC"] });
		expect(limitsFrom(onlyUsdc)).toEqual({
			ok: false,
			error: ["risk.limits: SOL has no limits, and network fees are paid in it: add a [[risk.limits]] table for it"],
		});
		const withoutAssets = limitsFrom({ ...onlyUsdc, assets: [] });
		expect(withoutAssets.ok ? "" : withoutAssets.error.join()).toContain("SOL has no limits");
	});

	test("unknown assets, limits given twice and amounts that the asset cannot hold are all told at once", () => {
		const limits = [
			{ ...USDC_LIMITS, max_daily_loss: "0.0000001" },
			USDC_LIMITS,
			{ ...SOL_LIMITS, max_intent_notional: "ten" },
			{ ...SOL_LIMITS, asset: "ETH" },
		];
		expect(problems({ limits, max_fees_per_hour: "0.0000000001" })).toEqual([
			'risk.limits: max_daily_loss of USDC: "0.0000001" has more than 6 digits behind the point',
			"risk.limits: USDC has limits twice: keep one of them",
			'risk.limits: max_intent_notional of SOL: "ten" is no decimal',
			"risk.limits: the asset ETH is not listed under assets: list it, or remove its limits",
			'risk: max_fees_per_hour: "0.0000000001" has more than 9 digits behind the point',
		]);
	});

	test("a position needs a limit, and cash has none", () => {
		expect(
			problems({
				limits: [
					{ ...USDC_LIMITS, max_position: "1" },
					{ asset: "SOL", ...amounts },
				],
			}),
		).toEqual([
			"risk.limits: max_position of USDC has no effect, as it is a quote asset: remove it",
			"risk.limits: SOL has no max_position: add one, or name it under quote_assets",
		]);
	});

	test("exposure needs a quote asset that is listed", () => {
		expect(problems({ quote_assets: [] })).toContain(
			"risk: quote_assets is empty: name the asset that exposure is measured in",
		);
		expect(problems({ quote_assets: ["EUR"], limits: [{ ...USDC_LIMITS, max_position: "1" }, SOL_LIMITS] })).toEqual([
			"risk: the quote asset EUR is not listed under assets: list it, or name another",
		]);
	});

	test("a strategy needs one budget, in all that it trades with, and in SOL", () => {
		expect(problems({ budgets: [] })).toEqual([
			"risk.budgets: the strategy cross-venue has no budget: add a [[risk.budgets]] table for it",
		]);
		expect(problems({ budgets: [BUDGET, BUDGET] })).toEqual([
			"risk.budgets: cross-venue has a budget twice: keep one of them",
		]);
		const wrong = {
			...BUDGET,
			max_in_flight_notional: { SOL: "1.0000000001", ETH: "1" },
			max_daily_loss: { USDC: "1" },
		};
		expect(problems({ budgets: [wrong] })).toEqual([
			"risk.budgets: cross-venue has no max_daily_loss in SOL: add it",
			"risk.budgets: cross-venue names ETH, which is not listed under assets: list it, or remove it",
			"risk.budgets: cross-venue has no max_daily_loss in SOL, and network fees are paid in it: add it",
			"risk.budgets: cross-venue trades with USDC: add it to its max_in_flight_notional and max_daily_loss",
		]);
	});

	test("amounts become base units of their asset", () => {
		expect(limitsFrom(settings())).toEqual({
			ok: true,
			value: {
				maxInFlight: 16,
				maxMessagesPerSecond: 100,
				messageBurst: 200,
				maxOrdersPerSecond: 20,
				orderBurst: 30,
				staleAfterSlots: 4,
				maxDeadlineAheadMicros: 500_000,
				collarBps: 150n,
				quoteMints: [USDC],
				maxGrossExposure: 1_000_000_000n,
				byMint: new Map([
					[
						USDC,
						{
							maxIntentNotional: 10_000_000n,
							maxInFlightNotional: 20_500_000n,
							maxOrderSize: 12_000_000n,
							maxPosition: null,
							maxDailyLoss: 1n,
							maxDrawdown: 500_000n,
						},
					],
					[
						SOL_MINT,
						{
							maxIntentNotional: 10_000_000_000n,
							maxInFlightNotional: 20_500_000_000n,
							maxOrderSize: 12_000_000_000n,
							maxPosition: 3_000_000_000n,
							maxDailyLoss: 1_000n,
							maxDrawdown: 500_000_000n,
						},
					],
				]),
				costs: {
					maxFeePerIntent: 1_000_000n,
					maxTipPerIntent: 2_000_000n,
					maxFeesPerHour: 100_000_000n,
					maxTipsPerHour: 200_000_000n,
					tipAccounts: new Set([TIP_ACCOUNT]),
				},
				budgets: new Map([
					[
						"cross-venue",
						{
							ordersPerSecond: 7,
							orderBurst: 9,
							byMint: new Map([
								[USDC, { maxInFlightNotional: 5_000_000n, maxDailyLoss: 1_000_000n }],
								[SOL_MINT, { maxInFlightNotional: 6_000_000_000n, maxDailyLoss: 2_000_000_000n }],
							]),
						},
					],
				]),
				throttle: { failures: 5, windowMicros: 60_000_000 },
				listedMints: new Set([SOL_MINT, USDC]),
				allowUnlistedMints: true,
			},
		});
	});

	test("a budget may name a loss without a notional: the strategy then pays fees in the mint and funds nothing", () => {
		const feesOnly = { ...BUDGET, max_in_flight_notional: { USDC: "5" } };
		const limits = limitsFrom(settings({ budgets: [feesOnly], fundingAssets: ["USDC"] }));
		const budget = limits.ok ? limits.value.budgets.get("cross-venue")?.byMint.get(SOL_MINT) : undefined;
		expect(budget).toEqual({ maxInFlightNotional: null, maxDailyLoss: 2_000_000_000n });
	});
});
