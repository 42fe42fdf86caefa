import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import { STRATEGIES } from "../../../../core/strategy/registry.ts";
import { failure } from "../../../../core/types/result.ts";
import { feePolicyParameters, planDesk } from "../../../../services/strategy/settings.ts";
import { SOL, USDC } from "../../core/market/market-fixture.ts";

const CONFIG = loadConfig({ environment: {} });
const { cross_venue: CROSS_VENUE, cyclic: CYCLIC } = CONFIG.strategies;
const plan = (tables: Partial<Config["strategies"]>, change: Partial<Config> = {}) =>
	planDesk(STRATEGIES, { ...CONFIG.strategies, ...tables }, { ...CONFIG, ...change });
const withProfits = (minimum_profit: Record<string, string>, change: Partial<Config> = {}) =>
	plan({ cross_venue: { ...CROSS_VENUE, minimum_profit }, cyclic: { ...CYCLIC, enabled: false } }, change);

describe("refuses, naming every reason", () => {
	test("assets that are not listed or have no limits", () => {
		const risk = { ...CONFIG.risk, limits: CONFIG.risk.limits.filter(({ asset }) => asset !== "BONK") };
		expect(withProfits({ WIF: "1", BONK: "1" }, { risk })).toEqual(
			failure(
				expect.arrayContaining([
					'strategies.cross_venue.minimum_profit.WIF: expected a symbol listed under assets, got "WIF"',
					"strategies.cross_venue.minimum_profit.BONK: expected risk.limits for BONK before it may fund a trade, got none",
				]),
			),
		);
	});

	test("amounts finer than the asset", () => {
		const limits = CONFIG.risk.limits.map((line) => ({ ...line, max_intent_notional: "1.00000000001" }));
		expect(withProfits({ USDC: "0.0000001" }, { risk: { ...CONFIG.risk, limits } })).toMatchObject({
			ok: false,
			error: [
				'strategies.cross_venue.minimum_profit.USDC: expected a decimal with at most 6 places, got "0.0000001"',
				expect.stringContaining("max_intent_notional of USDC"),
				expect.stringContaining("max_intent_notional of SOL"),
				expect.stringContaining("max_intent_notional of BONK"),
			],
		});
	});

	test("parameters out of bounds, unknown, or at odds with each other", () => {
		const odd = { ...CYCLIC, cool_down_ms: -1, max_in_flight: 1.5, lookback: 3 };
		expect(plan({ cyclic: odd })).toEqual(
			failure([
				"strategies.cyclic.cool_down_ms: expected a whole number from 0 to 3600000 ms, got -1",
				"strategies.cyclic.max_in_flight: expected a whole number from 1 to 1000 intents, got 1.5",
				"strategies.cyclic.lookback: expected no such key, got an unknown key",
			]),
		);
		expect(plan({ cyclic: { ...CYCLIC, minimum_legs: 4, maximum_legs: 3 } })).toEqual(
			failure(["strategies.cyclic.maximum_legs: expected at least minimum_legs (4), got 3"]),
		);
	});

	test("a strategy without a budget, or without one in an asset that it trades with", () => {
		const budgets = CONFIG.risk.budgets.filter(({ strategy }) => strategy !== "cyclic");
		expect(plan({}, { risk: { ...CONFIG.risk, budgets } })).toEqual(
			failure(["risk.budgets: the strategy cyclic has no budget: add a [[risk.budgets]] table for it"]),
		);
		expect(plan({ cyclic: { ...CYCLIC, minimum_profit: { BONK: "1" } } })).toEqual(
			failure(["risk.budgets: cyclic trades with BONK: add it to its max_in_flight_notional and max_daily_loss"]),
		);
	});
});

test("nothing is asked of a strategy that is switched off, or has no table", () => {
	const budgets = CONFIG.risk.budgets.filter(({ strategy }) => strategy !== "cyclic");
	const off = { ...CYCLIC, enabled: false, cool_down_ms: -1 };
	expect(plan({ cyclic: off }, { risk: { ...CONFIG.risk, budgets } })).toMatchObject({
		ok: true,
		value: { strategies: [{ parameters: { cool_down_ms: 400 } }, { settings: off, parameters: null }, {}, {}] },
	});
	expect(planDesk(STRATEGIES, {}, CONFIG)).toMatchObject({
		value: { strategies: STRATEGIES.map(() => ({ parameters: null })) },
	});
});

test("amounts become base units by mint, times become microseconds", () => {
	const planned = withProfits({ USDC: "0.01", SOL: "0.0001" });
	if (!planned.ok) throw new Error("no plan");
	const { terms, strategies } = planned.value;
	expect(terms).toMatchObject({
		budget: { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n },
		staleAfterSlots: 4,
		inFlightTimeoutMicros: 90_000_000,
	});
	expect(strategies[0]?.parameters).toMatchObject({ max_cycles_per_pool: 256, max_in_flight: 8, cool_down_ms: 400 });
	expect(strategies[0]?.parameters?.["minimum_profit"]).toEqual(
		new Map([
			[USDC, 10_000n],
			[SOL, 100_000n],
		]),
	);
	expect([terms.largestNotional.get(USDC), terms.largestNotional.get(SOL)]).toEqual([
		250_000_000_000n,
		2_000_000_000_000n,
	]);
});

test("an intent is given up later than any call may take", () => {
	const networking = { ...CONFIG.networking, request_timeout_ms: 60_000 };
	expect(plan({}, { networking })).toMatchObject({ value: { terms: { inFlightTimeoutMicros: 120_000_000 } } });
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
