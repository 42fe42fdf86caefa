import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FeePolicy } from "../../../../core/execution/fee-policy.ts";
import type { OrderTerms } from "../../../../core/orders/order.ts";
import { payForOrder } from "../../../../core/orders/order-payment.ts";
import { isTriggered, type OrderView, planOrder } from "../../../../core/orders/order-plan.ts";
import { proposeOrder } from "../../../../core/orders/order-proposal.ts";
import { bestQuote, findRoutes, type Routes } from "../../../../core/orders/order-route.ts";
import { acceptedOrder, type OrderState } from "../../../../core/orders/order-state.ts";
import { isAtOrBetter } from "../../../../core/orders/price.ts";
import { findMalformation } from "../../../../core/risk/intent-shape.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { BONK, SOL, USDC } from "../market/market-fixture.ts";
import {
	attempted,
	filled,
	marketTerms,
	NOW_SECONDS,
	orderAfter,
	priceOf,
	RESTED,
	rowOf,
	TRIGGERED,
	termsOf,
} from "./order-world.ts";

const LOTS = 10n ** 15n;
const pool = rowOf({ number: 1 });

function viewOf(terms: OrderTerms, change: Partial<OrderView> = {}, rows = [pool]): OrderView {
	const [mintIn, mintOut] = terms.side === "sell" ? [SOL, USDC] : [USDC, SOL];
	const routes = findRoutes({ rows, mintIn, mintOut, maximum: 8 });
	return { routes, clock: clockAt(NOW_SECONDS), spendable: LOTS, minimumPartBps: 100, ...change };
}

const plan = (terms: OrderTerms, change?: Partial<OrderView>) => planOrder(acceptedOrder(terms), viewOf(terms, change));

describe("what is not traded", () => {
	test.each([
		["no pools", { routes: [] }, "noRoute"],
		["nothing to spend", { spendable: 0n }, "insufficientFunds"],
		["other orders spend more than there is", { spendable: -5n }, "insufficientFunds"],
	])("%s: one for now ends, one that waits goes on waiting", (_, change, code) => {
		expect(plan(marketTerms(), change)).toMatchObject({ action: "end", reason: { code } });
		expect(plan(termsOf(), change)).toMatchObject({ action: "wait", reason: { code } });
	});

	test("whole or nothing: neither a part of the funds nor a part of the price will do", () => {
		const fok = termsOf({ timeInForce: "fok" });
		expect(plan(fok, { spendable: fok.amount - 1n })).toMatchObject({
			action: "end",
			reason: { code: "insufficientFunds" },
		});
		const large = termsOf({ timeInForce: "fok", amount: 100n * 10n ** 9n });
		expect(plan(large)).toMatchObject({ action: "end", reason: { code: "priceNotMet" } });
		expect(plan({ ...large, timeInForce: "ioc" })).toMatchObject({ action: "trade" });
	});

	test("a price that the market does not give", () => {
		expect(plan(termsOf({ limitPrice: priceOf("150") }))).toMatchObject({
			action: "wait",
			reason: { code: "priceNotMet" },
		});
		expect(
			plan(marketTerms(), { routes: viewOf(termsOf(), {}, [rowOf({ number: 1, stale: true })]).routes }),
		).toMatchObject({
			action: "end",
			reason: { code: "priceNotMet" },
		});
	});

	test("a sliver of a waiting order, unless it is the last of it", () => {
		const huge = termsOf({ amount: 10n ** 12n, limitPrice: priceOf("149.1") });
		expect(plan(huge)).toMatchObject({ action: "wait", reason: { code: "priceNotMet" } });
		expect(plan(huge, { minimumPartBps: 1 })).toMatchObject({ action: "trade" });
		const rest = orderAfter(termsOf(), RESTED, attempted(999_999_000n), filled(0, 999_999_000n));
		const last = planOrder(
			rest,
			viewOf(termsOf(), {
				routes: viewOf(termsOf(), {}, [rowOf({ number: 1, reserveA: 10n ** 9n, reserveB: 10n ** 12n })]).routes,
			}),
		);
		expect(last).toMatchObject({ action: "trade", trade: { quote: { amountIn: 1_000n } } });
	});

	test("slippage of nothing leaves exactly the quote", () => {
		const planned = plan(marketTerms({ slippageBps: 0 }));
		if (planned.action !== "trade") throw new Error("expected a trade");
		expect(planned.trade.minimumAmountOut).toBe(planned.trade.quote.amountOut);
	});
});

describe("what is traded", () => {
	test("never worse than limit and slippage allow, never more than there is, whole where it has to be", () => {
		const anyTerms = fc.record({
			side: fc.constantFrom("buy" as const, "sell" as const),
			isLimit: fc.boolean(),
			timeInForce: fc.constantFrom("ioc" as const, "fok" as const, "gtc" as const),
			amount: fc.bigInt(1n, 10n ** 12n),
			cents: fc.integer({ min: 14_000, max: 16_000 }),
			slippageBps: fc.integer({ min: 0, max: 5_000 }),
			spendable: fc.bigInt(0n, 10n ** 12n),
		});
		fc.assert(
			fc.property(anyTerms, ({ side, isLimit, timeInForce, amount, cents, slippageBps, spendable }) => {
				const limitPrice = isLimit ? priceOf((cents / 100).toFixed(2)) : null;
				const terms = termsOf({
					side,
					timeInForce,
					amount,
					limitPrice,
					slippageBps,
				});
				const planned = plan(terms, { spendable });
				if (planned.action !== "trade") return;
				const { quote, minimumAmountOut } = planned.trade;
				expect(quote.amountIn <= amount && quote.amountIn <= spendable).toBe(true);
				expect(minimumAmountOut >= 1n && minimumAmountOut <= quote.amountOut).toBe(true);
				if (timeInForce === "fok") expect(quote.amountIn).toBe(amount);
				const worst = { amountIn: quote.amountIn, amountOut: minimumAmountOut };
				if (limitPrice) expect(isAtOrBetter(side, worst, limitPrice)).toBe(true);
				expect(minimumAmountOut * 10_000n >= quote.amountOut * BigInt(10_000 - slippageBps)).toBe(true);
			}),
			{ numRuns: 300 },
		);
	});

	test("the intent spends inventory, closes at the minimum, and risk finds nothing wrong with its shape", () => {
		const solBonk = rowOf({ number: 3, mintA: SOL, mintB: BONK, reserveA: 10n ** 12n, reserveB: 10n ** 15n });
		const bonkUsdc = rowOf({ number: 4, mintA: BONK, mintB: USDC, reserveA: 10n ** 15n, reserveB: 170_000_000_000n });
		const terms = termsOf();
		const planned = planOrder(acceptedOrder(terms), viewOf(terms, {}, [solBonk, bonkUsdc]));
		if (planned.action !== "trade") throw new Error("expected a trade");
		const proposal = proposeOrder({
			intentId: "abcdefghij010000" as IntentId,
			terms,
			trade: planned.trade,
			payment: payForOrder(
				planned.trade.quote.route,
				FeePolicy.fixed({ computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n }),
			),
			slot: 100,
		});
		expect(findMalformation({ ...proposal, deadlineMicros: 1, timings: {} })).toBeNull();
		expect(proposal).toMatchObject({ loan: null, fundingMint: SOL, strategy: "order", maximumFeeLamports: 5_250n });
		expect(proposal.legs.map(({ mintIn, mintOut }) => [mintIn, mintOut])).toEqual([
			[SOL, BONK],
			[BONK, USDC],
		]);
		expect(proposal.legs[0]?.minimumAmountOut).toBe(proposal.legs[0]?.expectedAmountOut);
		const worst = { amountIn: terms.amount, amountOut: proposal.legs[1]?.minimumAmountOut ?? 0n };
		expect(isAtOrBetter("sell", worst, priceOf("149"))).toBe(true);
	});
});

describe("isTriggered", () => {
	const stopOf = (side: "buy" | "sell", price: string): OrderState =>
		orderAfter(
			termsOf({
				side,
				type: "stop",
				limitPrice: null,
				slippageBps: 50,
				stopPrice: priceOf(price),
				amount: side === "sell" ? 10n ** 9n : 150_000_000n,
			}),
			RESTED,
		);
	const routesOf = (state: OrderState, rows = [pool]): Routes => viewOf(state.terms, {}, rows);

	test("what has no stop, what was triggered, and what cannot be quoted", () => {
		expect(isTriggered(orderAfter(termsOf(), RESTED), routesOf(orderAfter(termsOf(), RESTED)))).toBe(false);
		const stop = stopOf("sell", "200");
		expect(isTriggered(stop, routesOf(stop))).toBe(true);
		expect(isTriggered(stop, routesOf(stop, [rowOf({ number: 1, stale: true })]))).toBe(false);
		expect(isTriggered(stop, routesOf(stop, []))).toBe(false);
		expect(isTriggered(orderAfter(stop.terms, RESTED, TRIGGERED), routesOf(stop))).toBe(false);
	});

	test("exactly when the whole of it would get the stop price or worse over the best pool", () => {
		const cheaper = rowOf({ number: 2, reserveB: 100_000_000_000n });
		fc.assert(
			fc.property(
				fc.constantFrom("buy" as const, "sell" as const),
				fc.integer({ min: 14_800, max: 15_200 }),
				(side, cents) => {
					const stop = stopOf(side, (cents / 100).toFixed(2));
					const rows = side === "sell" ? [cheaper, pool] : [pool];
					const routes = routesOf(stop, rows);
					const quote = bestQuote(routes, stop.terms.amount)!;
					const [base, quoted] =
						side === "sell" ? [quote.amountIn, quote.amountOut] : [quote.amountOut, quote.amountIn];
					// Units of USDC for a lamport, times 10^5 for the cents: 10^9 lamports, 10^6 units, 100 cents.
					const isAtOrBelow = quoted * 100_000n <= base * BigInt(cents);
					const isAtOrAbove = quoted * 100_000n >= base * BigInt(cents);
					expect(isTriggered(stop, routes)).toBe(side === "sell" ? isAtOrBelow : isAtOrAbove);
				},
			),
		);
	});
});
