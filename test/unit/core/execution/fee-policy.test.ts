import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FeePolicy, type FeePolicyParameters, percentileOf, routeName } from "../../../../core/execution/fee-policy.ts";
import type { SubmissionOutcome } from "../../../../core/execution/submission.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";

const [ONE, TWO] = ["one", "two"] as unknown as [Address, Address];
const ROUTE = { name: "route", pools: [ONE, TWO] };
const PARAMETERS: FeePolicyParameters = {
	floorMicroLamports: 1_000n,
	maximumMicroLamports: 50_000n,
	maximumFeeLamports: 2_000_000n,
	computeUnitLimit: 250_000,
	computeUnitMarginPercent: 15,
	staleAfterMicros: 1_000,
	tip: null,
};

function policyOf(change: Partial<FeePolicyParameters> = {}): FeePolicy {
	return new FeePolicy({ ...PARAMETERS, ...change });
}

function priceIn(policy: FeePolicy): bigint {
	return policy.quote(ROUTE).computeUnitPriceMicroLamports;
}

let ids = 0;
function settle(policy: FeePolicy, outcome: SubmissionOutcome, slotsLater: number | null): void {
	const intentId = `intent-${ids++}` as IntentId;
	policy.proposed(intentId, 100);
	policy.settled(intentId, outcome, slotsLater === null ? null : 100 + slotsLater);
}

describe("the price", () => {
	test("is the floor while nothing is known", () => {
		expect(policyOf().quote(ROUTE)).toEqual({
			computeUnitLimit: 250_000,
			computeUnitPriceMicroLamports: 1_000n,
			feeLamports: 5_250n,
		});
	});

	test("is what the dearest pool of the route asks, never below the floor", () => {
		const policy = policyOf();
		policy.observed([{ pool: ONE, microLamports: 7_000n }], 0);
		expect(priceIn(policy)).toBe(7_000n);
		policy.observed([{ pool: TWO, microLamports: 9_000n }], 0);
		expect(priceIn(policy)).toBe(9_000n);
		policy.observed(
			[ONE, TWO].map((pool) => ({ pool, microLamports: 999n })),
			0,
		);
		expect(priceIn(policy)).toBe(1_000n);
	});

	test("of the market counts until it is stale, to the microsecond, and the floor from then on", () => {
		const policy = policyOf();
		policy.observed([{ pool: ONE, microLamports: 7_000n }], 0);
		policy.observed([{ pool: TWO, microLamports: 6_000n }], 600);
		policy.advance(1_000);
		expect(priceIn(policy)).toBe(7_000n);
		policy.advance(1_001);
		expect(priceIn(policy)).toBe(6_000n);
		policy.advance(1_601);
		expect(priceIn(policy)).toBe(1_000n);
	});

	test("at its cap is allowed, one above it is cut", () => {
		for (const [told, paid] of [
			[49_999n, 49_999n],
			[50_000n, 50_000n],
			[50_001n, 50_000n],
		] as const) {
			const policy = policyOf();
			policy.observed([{ pool: ONE, microLamports: told }], 0);
			expect(priceIn(policy)).toBe(paid);
		}
	});

	test("leaves the whole fee within its cap: exactly at it, and one lamport less", () => {
		// 250,000 units at 50,000 micro-lamports are 12,500 lamports.
		const policies = [17_500n, 17_499n].map((maximumFeeLamports) => policyOf({ maximumFeeLamports }));
		const fees = policies.map((policy) => {
			policy.observed([{ pool: ONE, microLamports: 50_000n }], 0);
			return policy.quote(ROUTE);
		});
		expect(fees[0]).toMatchObject({ computeUnitPriceMicroLamports: 50_000n, feeLamports: 17_500n });
		expect(fees[1]).toMatchObject({ computeUnitPriceMicroLamports: 49_996n, feeLamports: 17_499n });
		expect(policyOf({ maximumFeeLamports: 5_000n }).quote(ROUTE).feeLamports).toBe(5_000n);
		expect(policyOf({ maximumFeeLamports: 1n }).quote(ROUTE).computeUnitPriceMicroLamports).toBe(0n);
	});

	test("rises a quarter with each trade that expires or lands late, and falls when three in a row land", () => {
		const policy = policyOf();
		settle(policy, "expired", null);
		expect(priceIn(policy)).toBe(1_250n);
		settle(policy, "landed", 9);
		expect(priceIn(policy)).toBe(1_563n);
		settle(policy, "landed", 8);
		settle(policy, "reverted", 1);
		expect(policy.steps).toBe(2);
		settle(policy, "landed", 0);
		expect(priceIn(policy)).toBe(1_250n);
		for (let count = 0; count < 6; count++) settle(policy, "landed", 0);
		expect(priceIn(policy)).toBe(1_000n);
	});

	test("stops rising at its cap and comes back", () => {
		const policy = policyOf();
		for (let count = 0; count < 100; count++) settle(policy, "expired", null);
		expect(policy.steps).toBe(16);
		expect(priceIn(policy)).toBe(35_528n);
		policy.observed([{ pool: ONE, microLamports: 40_000n }], 0);
		expect(priceIn(policy)).toBe(50_000n);
		for (let count = 0; count < 48; count++) settle(policy, "landed", 0);
		expect(policy.steps).toBe(0);
	});

	test("hears nothing of others' trades, of denied ones, or of the same one twice", () => {
		const policy = policyOf();
		policy.settled("foreign" as IntentId, "expired", null);
		policy.proposed("denied" as IntentId, 1);
		policy.forget("denied" as IntentId);
		policy.settled("denied" as IntentId, "expired", null);
		policy.proposed("twice" as IntentId, 1);
		policy.settled("twice" as IntentId, "expired", null);
		policy.settled("twice" as IntentId, "expired", null);
		expect(policy.steps).toBe(1);
	});

	test("remembers a bounded number of trades under way, the newest", () => {
		const policy = policyOf();
		for (let count = 0; count <= 1_024; count++) policy.proposed(`flood-${count}` as IntentId, 1);
		policy.settled("flood-0" as IntentId, "expired", null);
		expect(policy.steps).toBe(0);
		policy.settled("flood-1024" as IntentId, "expired", null);
		expect(policy.steps).toBe(1);
	});
});

describe("the compute units", () => {
	test("are the configured ones until the route is measured, then the measured and the margin, rounded up", () => {
		const policy = policyOf();
		policy.measured("other", 10_000);
		expect(policy.quote(ROUTE).computeUnitLimit).toBe(250_000);
		policy.measured("route", 100_001);
		expect(policy.quote(ROUTE)).toEqual({
			computeUnitLimit: 115_002,
			computeUnitPriceMicroLamports: 1_000n,
			feeLamports: 5_116n,
		});
	});

	test("never pass the configured limit", () => {
		const policy = policyOf({ computeUnitMarginPercent: 25 });
		policy.measured("route", 200_000);
		expect(policy.quote(ROUTE).computeUnitLimit).toBe(250_000);
		policy.measured("route", 1_400_000);
		expect(policy.quote(ROUTE).computeUnitLimit).toBe(250_000);
	});

	test("rise at once and fall by and by", () => {
		const policy = policyOf({ computeUnitMarginPercent: 0 });
		policy.measured("route", 100_000);
		policy.measured("route", 120_000);
		expect(policy.quote(ROUTE).computeUnitLimit).toBe(120_000);
		policy.measured("route", 80_000);
		expect(policy.quote(ROUTE).computeUnitLimit).toBe(115_000);
	});

	test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%d units are no measurement", (units) => {
		const policy = policyOf();
		policy.measured("route", units);
		expect(policy.version).toBe(0);
	});
});

test("the version changes exactly when a quote may", () => {
	const policy = policyOf();
	const seen = [policy.version];
	policy.observed([{ pool: ONE, microLamports: 1n }], 0);
	seen.push(policy.version);
	policy.advance(500);
	expect(policy.version).toBe(seen.at(-1));
	policy.advance(2_000);
	seen.push(policy.version);
	policy.measured("route", 5);
	seen.push(policy.version);
	policy.measured("route", 5);
	expect(policy.version).toBe(seen.at(-1));
	settle(policy, "landed", 0);
	expect(policy.version).toBe(seen.at(-1));
	expect(new Set(seen).size).toBe(seen.length);
});

test("what is remembered of pools and routes is bounded: the oldest go", () => {
	const policy = policyOf();
	policy.observed([{ pool: ONE, microLamports: 7_000n }], 0);
	policy.measured("route", 10_000);
	for (let count = 0; count < 8_192; count++) {
		policy.measured(`route ${count}`, 10_000);
	}
	policy.observed(
		Array.from({ length: 8_192 }, (_, index) => ({ pool: `pool ${index}` as unknown as Address, microLamports: 1n })),
		0,
	);
	expect(policy.quote(ROUTE)).toMatchObject({ computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n });
});

test("a fixed policy always quotes its budget", () => {
	const budget = { computeUnitLimit: 100_000, computeUnitPriceMicroLamports: 10n };
	const policy = FeePolicy.fixed(budget);
	for (let count = 0; count < 5; count++) settle(policy, "expired", null);
	policy.observed([{ pool: ONE, microLamports: 10_000n }], 0);
	expect(policy.quote(ROUTE)).toEqual({ ...budget, feeLamports: 5_001n });
	expect(policy.tip).toBeNull();
});

test("percentiles are prices that were paid", () => {
	expect(percentileOf([], 75)).toBe(0n);
	const prices = [40n, 10n, 30n, 20n];
	for (const [percentile, price] of [
		[0, 10n],
		[25, 10n],
		[26, 20n],
		[75, 30n],
		[76, 40n],
		[100, 40n],
	] as const) {
		expect(percentileOf(prices, percentile)).toBe(price);
	}
});

test("a route's name tells lender, pools and directions", () => {
	const legs = [
		{ pool: ONE, direction: "aToB" as const },
		{ pool: TWO, direction: "bToA" as const },
	];
	const names = [
		routeName(ONE, legs),
		routeName(TWO, legs),
		routeName(null, legs),
		routeName(ONE, legs.toReversed()),
		routeName(ONE, [{ pool: ONE, direction: "bToA" }, legs[1]!]),
	];
	expect(new Set(names).size).toBe(names.length);
	expect(routeName(null, legs)).toBe(">one<two");
});

test("property: whatever is told, no quote passes a cap or goes below the base fee", () => {
	const amount = fc.bigInt({ min: 0n, max: 1n << 64n });
	const step = fc.oneof(
		fc.record({ kind: fc.constant("observed" as const), price: amount, at: fc.nat(5_000) }),
		fc.record({ kind: fc.constant("measured" as const), units: fc.integer({ min: 1, max: 2_000_000 }) }),
		fc.record({
			kind: fc.constant("settled" as const),
			outcome: fc.constantFrom<SubmissionOutcome>("landed", "reverted", "expired"),
			slots: fc.nat(20),
		}),
		fc.record({ kind: fc.constant("advance" as const), at: fc.nat(10_000) }),
	);
	const parameters = fc.record({
		floorMicroLamports: amount,
		maximumMicroLamports: amount,
		maximumFeeLamports: fc.bigInt({ min: 5_000n, max: 10_000_000n }),
		computeUnitLimit: fc.integer({ min: 1, max: 1_400_000 }),
		computeUnitMarginPercent: fc.nat(400),
		staleAfterMicros: fc.nat(5_000),
		tip: fc.constant(null),
	});
	fc.assert(
		fc.property(parameters, fc.array(step, { maxLength: 40 }), (given, steps) => {
			const policy = new FeePolicy(given);
			for (const one of steps) {
				if (one.kind === "observed") policy.observed([{ pool: ONE, microLamports: one.price }], one.at);
				else if (one.kind === "measured") policy.measured("route", one.units);
				else if (one.kind === "settled") settle(policy, one.outcome, one.outcome === "expired" ? null : one.slots);
				else policy.advance(one.at);
				const quote = policy.quote(ROUTE);
				expect(quote.computeUnitLimit).toBeGreaterThan(0);
				expect(quote.computeUnitLimit).toBeLessThanOrEqual(given.computeUnitLimit);
				expect(quote.computeUnitPriceMicroLamports).toBeLessThanOrEqual(given.maximumMicroLamports);
				expect(quote.feeLamports).toBeLessThanOrEqual(given.maximumFeeLamports);
				expect(quote.feeLamports).toBeGreaterThanOrEqual(5_000n);
			}
		}),
	);
});
