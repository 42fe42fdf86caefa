import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PoolRow } from "../../../../core/market/pool-row.ts";
import { bestQuote, findRoutes, type Routes } from "../../../../core/orders/order-route.ts";
import { largestWithin } from "../../../../core/orders/order-size.ts";
import { isAtOrBetter, type OrderSide, type Price } from "../../../../core/orders/price.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { SOL, USDC } from "../market/market-fixture.ts";
import { NOW_SECONDS, priceOf, rowOf } from "./order-world.ts";

function routesOf(rows: readonly PoolRow[], side: OrderSide): Routes {
	const [mintIn, mintOut] = side === "sell" ? [SOL, USDC] : [USDC, SOL];
	return { routes: findRoutes({ rows, mintIn, mintOut, maximum: 8 }), clock: clockAt(NOW_SECONDS) };
}

/** Every amount tried. */
function bruteForce(routes: Routes, side: OrderSide, limitPrice: Price, maximumAmount: bigint): bigint {
	let largest = 0n;
	for (let amount = 1n; amount <= maximumAmount; amount++) {
		const quote = bestQuote(routes, amount);
		if (quote && isAtOrBetter(side, quote, limitPrice)) largest = amount;
	}
	return largest;
}

const anySide = fc.constantFrom<OrderSide>("buy", "sell");
const anyRate = fc.tuple(fc.bigInt(1n, 4_000n), fc.bigInt(1n, 4_000n));
const anyVenue = fc.constantFrom("raydium-cpmm" as const, "raydium-amm-v4" as const);
const anyPools = fc.array(
	fc.record({
		venue: anyVenue,
		reserveA: fc.bigInt(50n, 9_000n),
		reserveB: fc.bigInt(50n, 9_000n),
		isSwapped: fc.boolean(),
	}),
	{ minLength: 1, maxLength: 3 },
);

function smallMarket(
	pools: readonly {
		venue: "raydium-cpmm" | "raydium-amm-v4";
		reserveA: bigint;
		reserveB: bigint;
		isSwapped: boolean;
	}[],
): PoolRow[] {
	return pools.map(({ isSwapped, ...pool }, number) =>
		rowOf({ number, ...pool, ...(isSwapped ? { mintA: USDC, mintB: SOL } : {}) }),
	);
}

/** A price in base units of each, whatever the mints' places are. */
function rateOf([quoteUnits, baseUnits]: readonly [bigint, bigint]): Price {
	return { text: "", quoteUnits, baseUnits };
}

/** What venues round away on the way, with what the bound rounds. */
const ROUNDING_UNITS = 8n;

describe("largestWithin", () => {
	test("nothing fits a price that the market does not give, and nothing comes of nothing", () => {
		const routes = routesOf([rowOf({ number: 1 })], "sell");
		expect(largestWithin(routes, { side: "sell", limitPrice: priceOf("151"), maximumAmount: 10n ** 12n })).toBeNull();
		expect(largestWithin(routes, { side: "sell", limitPrice: priceOf("1"), maximumAmount: 0n })).toBeNull();
		expect(
			largestWithin(routesOf([], "sell"), { side: "sell", limitPrice: priceOf("1"), maximumAmount: 5n }),
		).toBeNull();
	});

	test("for small amounts it is the very largest of all, over several pools of both venues", () => {
		fc.assert(
			fc.property(anyPools, anySide, anyRate, fc.bigInt(1n, 64n), (pools, side, rate, maximumAmount) => {
				const routes = routesOf(smallMarket(pools), side);
				const limitPrice = rateOf(rate);
				const found = largestWithin(routes, { side, limitPrice, maximumAmount });
				expect(found?.amountIn ?? 0n).toBe(bruteForce(routes, side, limitPrice, maximumAmount));
			}),
			{ numRuns: 300, endOnFailure: true },
		);
	});

	test("for any amount it fits, one unit more does not, and what else fits does so by a few units of output", () => {
		fc.assert(
			fc.property(anyPools, anySide, anyRate, fc.bigInt(65n, 600n), (pools, side, rate, maximumAmount) => {
				const routes = routesOf(smallMarket(pools), side);
				const limitPrice = rateOf(rate);
				const largest = bruteForce(routes, side, limitPrice, maximumAmount);
				const found = largestWithin(routes, { side, limitPrice, maximumAmount });
				expect((found?.amountIn ?? 0n) <= largest).toBe(true);
				if (found !== null) expect(isAtOrBetter(side, found, limitPrice)).toBe(true);
				if (largest === (found?.amountIn ?? 0n)) return;
				const more = bestQuote(routes, (found?.amountIn ?? 0n) + 1n);
				expect(more !== null && isAtOrBetter(side, more, limitPrice)).toBe(false);
				const hidden = bestQuote(routes, largest)!;
				const worse = { ...hidden, amountOut: hidden.amountOut - ROUNDING_UNITS };
				expect(isAtOrBetter(side, worse, limitPrice)).toBe(false);
			}),
			{ numRuns: 150, endOnFailure: true },
		);
	});

	test("in deep pools it stops where the average meets the limit", () => {
		for (const side of ["sell", "buy"] as const) {
			const routes = routesOf([rowOf({ number: 1 })], side);
			const limitPrice = priceOf(side === "sell" ? "149" : "151");
			const found = largestWithin(routes, { side, limitPrice, maximumAmount: 2n ** 64n - 1n });
			expect(found).not.toBeNull();
			expect(isAtOrBetter(side, found!, limitPrice)).toBe(true);
			expect(isAtOrBetter(side, bestQuote(routes, found!.amountIn + 1n)!, limitPrice)).toBe(false);
			expect(found!.amountIn > 10n ** 8n).toBe(true);
		}
	});
});
