import { expect, test } from "@jest/globals";
import { holdingTerms, refuseHolding } from "../../../../../core/strategy/holding/parameters.ts";
import { SOL, USDC } from "../../market/market-fixture.ts";
import { SURROUNDINGS, settingsOf } from "../listing/listing-world.ts";

test("settings that do not go together give no terms", () => {
	const position_size = new Map([
		[USDC, 1n],
		[SOL, 1n],
	]);
	expect(() => holdingTerms(settingsOf({ position_size }), SURROUNDINGS)).toThrow("expected one asset, got 2");
});

test("without a size nothing is bought", () => {
	const settings = settingsOf({ position_size: new Map(), minimum_liquidity: new Map() });
	expect(refuseHolding(settings)).toBeNull();
	expect(holdingTerms(settings, SURROUNDINGS)).toMatchObject({
		fundingMint: SOL,
		positionSize: 0n,
		minimumLiquidity: 0n,
		maximumPositions: 0,
	});
});
