import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { limitsFrom, type RiskSettings } from "../../../../core/risk/limits.ts";
import { USDC } from "./risk-world.ts";

const amounts = { max_intent_notional: "10", max_in_flight_notional: "20.5", max_daily_loss: "0.000001" };

function settings(changes: Partial<RiskSettings["risk"]> & { fundingAssets?: readonly string[] } = {}): RiskSettings {
	const { fundingAssets = ["USDC", "SOL"], ...risk } = changes;
	return {
		assets: [
			{ symbol: "SOL", mint: SOL_MINT, decimals: 9 },
			{ symbol: "USDC", mint: USDC, decimals: 6 },
		],
		risk: {
			max_in_flight: 16,
			max_orders_per_second: 20,
			order_burst: 30,
			stale_after_slots: 4,
			allow_unlisted_mints: true,
			limits: [
				{ asset: "USDC", ...amounts },
				{ asset: "SOL", ...amounts },
			],
			...risk,
		},
		execution: { intent_deadline_ms: 250 },
		fundingAssets,
	};
}

function problems(chosen: RiskSettings): readonly string[] {
	const limits = limitsFrom(chosen);
	return limits.ok ? [] : limits.error;
}

describe("limits", () => {
	test("a funding asset without limits is refused, in one line that names the fix", () => {
		const onlySol = settings({ limits: [{ asset: "SOL", ...amounts }] });
		expect(problems(onlySol)).toEqual([
			"risk.limits: USDC has no limits, and it funds trades: add a [[risk.limits]] table for it",
		]);
	});

	test("SOL needs limits even when it funds nothing: fees are paid in it", () => {
		const onlyUsdc = settings({ limits: [{ asset: "USDC", ...amounts }], fundingAssets: ["USDC"] });
		expect(problems(onlyUsdc)).toEqual([
			"risk.limits: SOL has no limits, and network fees are paid in it: add a [[risk.limits]] table for it",
		]);
		expect(problems({ ...onlyUsdc, assets: [] }).join()).toContain("SOL has no limits");
	});

	test("unknown assets, limits given twice and amounts that the asset cannot hold are all told at once", () => {
		const limits = [
			{ asset: "USDC", ...amounts, max_daily_loss: "0.0000001" },
			{ asset: "USDC", ...amounts },
			{ asset: "SOL", ...amounts, max_intent_notional: "ten" },
			{ asset: "ETH", ...amounts },
		];
		expect(problems(settings({ limits }))).toEqual([
			'risk.limits: max_daily_loss of USDC: "0.0000001" has more than 6 digits behind the point',
			"risk.limits: USDC has limits twice: keep one of them",
			'risk.limits: max_intent_notional of SOL: "ten" is no decimal',
			"risk.limits: the asset ETH is not listed under assets: list it, or remove its limits",
		]);
	});

	test("amounts become base units of their asset", () => {
		const limits = limitsFrom(settings());
		expect(limits).toEqual({
			ok: true,
			value: {
				maxInFlight: 16,
				maxOrdersPerSecond: 20,
				orderBurst: 30,
				staleAfterSlots: 4,
				maxDeadlineAheadMicros: 500_000,
				byMint: new Map([
					[USDC, { maxIntentNotional: 10_000_000n, maxInFlightNotional: 20_500_000n, maxDailyLoss: 1n }],
					[
						SOL_MINT,
						{ maxIntentNotional: 10_000_000_000n, maxInFlightNotional: 20_500_000_000n, maxDailyLoss: 1_000n },
					],
				]),
				listedMints: new Set([SOL_MINT, USDC]),
				allowUnlistedMints: true,
			},
		});
	});
});
