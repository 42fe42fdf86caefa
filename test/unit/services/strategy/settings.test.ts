import { describe, expect, test } from "@jest/globals";
import { loadConfig } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import { failure } from "../../../../core/types/result.ts";
import { crossVenueParameters } from "../../../../services/strategy/settings.ts";
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
