import { describe, expect, test } from "@jest/globals";
import {
	refuseStatistical,
	STATISTICAL_PARAMETERS,
	type StatisticalSettings,
	statisticalTerms,
} from "../../../../../core/strategy/statistical/parameters.ts";
import { SOL, USDC } from "../../market/market-fixture.ts";
import { SURROUNDINGS, settingsOf } from "./statistical-settings.ts";

describe("refuses", () => {
	test.each<[string, Partial<StatisticalSettings>]>([
		["minimum_liquidity", { position_size: new Map() }],
		[
			"position_size",
			{
				position_size: new Map([
					[USDC, 1n],
					[SOL, 1n],
				]),
			},
		],
		["position_size", { position_size: new Map([[USDC, 0n]]) }],
		["minimum_liquidity", { minimum_liquidity: new Map() }],
		["minimum_liquidity", { minimum_liquidity: new Map([[SOL, 1n]]) }],
		["lookback_seconds", { lookback_seconds: [] }],
		["sample_seconds", { sample_seconds: 31 }],
		["exit_z", { exit_z: 2 }],
		["stop_z", { stop_z: 2 }],
	])("%s", (key, change) => {
		const settings = settingsOf(change);
		expect(refuseStatistical(settings)?.key).toBe(key);
		expect(() => statisticalTerms(settings, SURROUNDINGS)).toThrow(key);
	});
});

test("the defaults are those of the strategy's description, and go together", () => {
	expect(refuseStatistical(settingsOf())).toBeNull();
	expect(statisticalTerms(settingsOf(), SURROUNDINGS)).toMatchObject({
		fundingMint: USDC,
		positionSize: 100_000_000n,
		minimumSize: 25_000_000n,
		minimumLiquidity: 10_000_000_000n,
		lookbackSeconds: [300, 900, 3_600],
		entryZ: 2,
		minimumCorrelation: 0.7,
		maximumPositions: 4,
	});
});

test("every default is within its bounds, and says what it does", () => {
	for (const parameter of Object.values(STATISTICAL_PARAMETERS)) {
		expect(parameter.explanation.length).toBeGreaterThan(10);
		if (!("minimum" in parameter)) continue;
		const values = typeof parameter.default === "number" ? [parameter.default] : parameter.default;
		for (const value of values) {
			expect(value >= parameter.minimum && value <= parameter.maximum).toBe(true);
		}
	}
});

test("no position is larger than one intent may be, and without a limit there is none", () => {
	const settings = settingsOf();
	const small = { ...SURROUNDINGS, largestNotional: new Map([[USDC, 3n]]) };
	expect(statisticalTerms(settings, small)).toMatchObject({ positionSize: 3n, minimumSize: 1n, maximumPositions: 4 });
	const none = { ...SURROUNDINGS, largestNotional: new Map() };
	expect(statisticalTerms(settings, none)).toMatchObject({ positionSize: 0n, maximumPositions: 0 });
});
