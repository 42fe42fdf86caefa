import { describe, expect, test } from "@jest/globals";
import type { ListingFacts } from "../../../../../core/strategy/listing/facts.ts";
import {
	LISTING_PARAMETERS,
	listingTerms,
	refuseListingSettings,
} from "../../../../../core/strategy/listing/parameters.ts";
import { refuseListing } from "../../../../../core/strategy/listing/refusal.ts";
import { USDC } from "../../market/market-fixture.ts";
import { GOOD, SURROUNDINGS, settingsOf } from "./listing-world.ts";

const FILTER = {
	minimumAgeSeconds: 60,
	maximumAgeSeconds: 3_600,
	minimumLockedLiquidityBps: 9_500,
	maximumTopHolderBps: 2_000,
};
const SEEN = 1_000n;

function refusalOf(facts: Partial<ListingFacts> | null, age = 60n, firstSeenSeconds: bigint | null = SEEN) {
	const known = facts && { ...GOOD, ...facts };
	return refuseListing({ firstSeenSeconds, facts: known }, FILTER, SEEN + age);
}

describe("refuses", () => {
	test("what nothing is known of", () => {
		expect(refusalOf(null)).toBe("factsUnknown");
		expect(refusalOf(null, 60n, null)).toBe("factsUnknown");
	});

	test.each<[string, Partial<ListingFacts>]>([
		["mintAuthority", { mintAuthorityRevoked: false }],
		["freezeAuthority", { freezeAuthorityRevoked: false }],
		["lockedLiquidity", { lockedLiquidityBps: 9_499 }],
		["lockedLiquidity", { lockedLiquidityBps: Number.NaN }],
		["topHolder", { topHolderBps: 2_001 }],
		["topHolder", { topHolderBps: Number.NaN }],
	])("%s", (code, facts) => {
		expect(refusalOf(facts)).toBe(code);
	});

	test("what is too young, by its facts or by when it was seen", () => {
		expect(refusalOf({}, 59n)).toBe("tooYoung");
		expect(refusalOf({ createdAtSeconds: SEEN + 1n })).toBe("tooYoung");
		expect(refusalOf({ createdAtSeconds: SEEN + 100n })).toBe("tooYoung");
	});

	test("what is too old, known or not", () => {
		expect(refusalOf({}, 3_601n)).toBe("tooOld");
		expect(refusalOf(null, 3_601n)).toBe("tooOld");
		expect(refusalOf({ createdAtSeconds: SEEN - 3_541n })).toBe("tooOld");
	});

	test("what was there from the first, and does not say when it was made", () => {
		expect(refusalOf({}, 60n, null)).toBe("tooOld");
	});
});

test("takes what is at every bound", () => {
	expect(refusalOf({})).toBeNull();
	expect(refusalOf({}, 3_600n)).toBeNull();
	expect(refusalOf({ createdAtSeconds: SEEN }, 60n, null)).toBeNull();
	expect(refusalOf({ createdAtSeconds: SEEN - 3_540n })).toBeNull();
});

describe("settings", () => {
	test("that do not go together are refused", () => {
		const settings = settingsOf({ minimum_age_seconds: 3_600 });
		expect(refuseListingSettings(settings)?.key).toBe("maximum_age_seconds");
		expect(() => listingTerms(settings, SURROUNDINGS)).toThrow("maximum_age_seconds");
		expect(refuseListingSettings(settingsOf({ minimum_liquidity: new Map() }))?.key).toBe("minimum_liquidity");
	});

	test("as declared are terms", () => {
		expect(refuseListingSettings(settingsOf())).toBeNull();
		expect(listingTerms(settingsOf(), SURROUNDINGS)).toMatchObject({
			fundingMint: USDC,
			positionSize: 100_000_000n,
			takeProfitBps: 5_000,
			stopLossBps: 2_000,
			maximumHoldingSeconds: 1_800,
			maximumImpactBps: 200,
		});
	});

	test("have defaults within their bounds, and say what they do", () => {
		for (const parameter of Object.values(LISTING_PARAMETERS)) {
			expect(parameter.explanation.length).toBeGreaterThan(10);
			if (parameter.kind !== "count") continue;
			expect(parameter.default >= parameter.minimum && parameter.default <= parameter.maximum).toBe(true);
		}
	});
});
