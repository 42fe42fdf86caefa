import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import { failure } from "../../../../core/types/result.ts";
import { crossVenueParameters, feePolicyParameters } from "../../../../services/strategy/settings.ts";
import { SOL, USDC } from "../../core/market/market-fixture.ts";

const CONFIG = loadConfig({ environment: {} });
const withProfits = (minimum_profit: Record<string, string>, change: Partial<Config> = {}): Config => ({
	...CONFIG,
	strategies: { cross_venue: { ...CONFIG.strategies.cross_venue, minimum_profit } },
	...change,
});

describe("refuses, naming every reason", () => {
	test("assets that are not listed or have no limits", () => {
		const risk = { ...CONFIG.risk, limits: CONFIG.risk.limits.filter(({ asset }) => asset !== "SOL") };
		expect(crossVenueParameters(withProfits({ WIF: "1", SOL: "1" }, { risk }))).toEqual(
			failure([
				"strategies.cross_venue.minimum_profit.WIF: list WIF under assets, or remove the line",
				"strategies.cross_venue.minimum_profit.SOL: give risk.limits for SOL, or remove the line",
			]),
		);
	});

	test("amounts finer than the asset", () => {
		const limits = CONFIG.risk.limits.map((line) => ({ ...line, max_intent_notional: "1.00000000001" }));
		expect(crossVenueParameters(withProfits({ USDC: "0.0000001" }, { risk: { ...CONFIG.risk, limits } }))).toEqual(
			failure([
				'strategies.cross_venue.minimum_profit.USDC: expected a decimal with at most 6 places, got "0.0000001"',
				'risk.limits max_intent_notional of USDC: expected a decimal with at most 6 places, got "1.00000000001"',
			]),
		);
	});
});

test("amounts become base units of the asset, times become microseconds", () => {
	const parameters = crossVenueParameters(withProfits({ USDC: "0.01", SOL: "0.0001" }));
	expect(parameters).toMatchObject({
		ok: true,
		value: {
			budget: { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n },
			staleAfterSlots: 4,
			maximumCyclesPerPool: 256,
			maximumInFlight: 8,
			coolDownMicros: 400_000,
			inFlightTimeoutMicros: 90_000_000,
		},
	});
	if (!parameters.ok) throw new Error("no parameters");
	expect([...parameters.value.funding]).toEqual([
		[USDC, { minimumProfit: 10_000n, maximumAmount: 250_000_000_000n }],
		[SOL, { minimumProfit: 100_000n, maximumAmount: 2_000_000_000_000n }],
	]);
});

test("an intent is given up later than any call may take", () => {
	const patient = { ...CONFIG, networking: { ...CONFIG.networking, request_timeout_ms: 60_000 } };
	expect(crossVenueParameters(patient)).toMatchObject({ value: { inFlightTimeoutMicros: 120_000_000 } });
});

describe("the fee policy", () => {
	test("takes its bounds from execution and risk, whichever is less", () => {
		expect(feePolicyParameters(CONFIG)).toMatchObject({
			ok: true,
			value: {
				floorMicroLamports: 1_000n,
				maximumMicroLamports: 1_000_000n,
				maximumFeeLamports: 2_000_000n,
				computeUnitLimit: 250_000,
				computeUnitMarginPercent: 15,
				tip: { sharePercent: 2, minimumLamports: 1_000n, maximumLamports: 100_000n },
			},
		});
		const risk = { ...CONFIG.risk, max_tip_per_intent: "0.000005" };
		expect(feePolicyParameters({ ...CONFIG, risk })).toMatchObject({ value: { tip: { maximumLamports: 5_000n } } });
	});

	test("tips nobody without a block engine", () => {
		const off = { ...CONFIG, block_engine: { ...CONFIG.block_engine, chain_endpoint: false } };
		expect(feePolicyParameters(off)).toMatchObject({ value: { tip: null } });
		const on = { ...off, block_engine: { ...off.block_engine, urls: ["https://engine.example"] } };
		expect(feePolicyParameters(on)).toMatchObject({ value: { tip: { sharePercent: 2 } } });
	});

	test("is refused, naming every reason", () => {
		const risk = {
			...CONFIG.risk,
			max_fee_per_intent: "0.0000000001",
			max_tip_per_intent: "0.0000009",
			tip_accounts: [],
		};
		expect(feePolicyParameters({ ...CONFIG, risk })).toEqual(
			failure([
				'risk.max_fee_per_intent: expected a decimal with at most 9 places, got "0.0000000001"',
				"risk.tip_accounts: name the block engine's tip accounts, or switch block_engine off",
				"execution.min_tip_lamports: 1000 is more than may be tipped, 900 (execution.max_tip_lamports, risk.max_tip_per_intent)",
			]),
		);
	});
});
