import { describe, expect, test } from "@jest/globals";
import { FeePolicy, type FeePolicyParameters, routeName } from "../../../../core/execution/fee-policy.ts";
import { payForOrder } from "../../../../core/orders/order-payment.ts";
import { findRoutes, type OrderRoute } from "../../../../core/orders/order-route.ts";
import { addressOf, SOL, USDC } from "../market/market-fixture.ts";
import { rowOf } from "./order-world.ts";

const PARAMETERS: FeePolicyParameters = {
	floorMicroLamports: 1_000n,
	maximumMicroLamports: 50_000n,
	maximumFeeLamports: 1_000_000n,
	computeUnitLimit: 400_000,
	computeUnitMarginPercent: 10,
	staleAfterMicros: 1_000,
	tip: null,
};
const TIP = {
	sharePercent: 50,
	minimumLamports: 1_000n,
	maximumLamports: 9_000n,
	accounts: [addressOf(8), addressOf(9)],
};

const row = rowOf({ number: 1 });
const [route] = findRoutes({ rows: [row], mintIn: SOL, mintOut: USDC, maximum: 1 }) as [OrderRoute];
const NAME = routeName(null, [{ pool: row.pool.address, direction: route[0]!.direction }]);

describe("caps", () => {
	test("no price and no fee passes them, whatever others pay", () => {
		const fees = new FeePolicy(PARAMETERS);
		fees.observed([{ pool: row.pool.address, microLamports: 10n ** 9n }], 0);
		expect(payForOrder(route, fees).fee).toMatchObject({
			computeUnitPriceMicroLamports: 50_000n,
			feeLamports: 25_000n,
		});
		const poor = new FeePolicy({ ...PARAMETERS, maximumFeeLamports: 7_000n });
		poor.observed([{ pool: row.pool.address, microLamports: 10n ** 9n }], 0);
		expect(payForOrder(route, poor).fee.feeLamports).toBeLessThanOrEqual(7_000n);
	});

	test("a tip that may not be paid is not paid", () => {
		for (const tip of [
			{ ...TIP, minimumLamports: 0n },
			{ ...TIP, minimumLamports: 10_000n },
		]) {
			expect(payForOrder(route, new FeePolicy({ ...PARAMETERS, tip })).tip).toBeNull();
		}
	});
});

test("the configured limit until the route is measured, then what it needs with a margin", () => {
	const fees = new FeePolicy(PARAMETERS);
	expect(payForOrder(route, fees)).toEqual({
		fee: { computeUnitLimit: 400_000, computeUnitPriceMicroLamports: 1_000n, feeLamports: 5_400n },
		tip: null,
	});
	fees.measured(NAME, 100_000);
	fees.observed([{ pool: row.pool.address, microLamports: 20_000n }], 0);
	expect(payForOrder(route, fees).fee).toEqual({
		computeUnitLimit: 110_000,
		computeUnitPriceMicroLamports: 20_000n,
		feeLamports: 7_200n,
	});
});

test("an order has no profit to share: it tips the least, always to the same account of a route", () => {
	const fees = new FeePolicy({ ...PARAMETERS, tip: TIP });
	const { tip } = payForOrder(route, fees);
	expect(tip?.lamports).toBe(1_000n);
	expect(TIP.accounts).toContain(tip?.account);
	expect(payForOrder(route, fees).tip).toEqual(tip);
});
