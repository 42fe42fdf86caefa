import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PoolRow } from "../../../../../core/market/pool-row.ts";
import { type EntryRequest, isOpen, quoteEntry, reserveOf } from "../../../../../core/strategy/holding/entry.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { BONK, SOL, USDC } from "../../market/market-fixture.ts";
import { rowOf } from "../../orders/order-world.ts";

const CLOCK = clockAt(1_700_000_000n);
const ROW = rowOf({ number: 1 });

function requestOf(change: Partial<EntryRequest>): EntryRequest {
	return {
		row: ROW,
		mintIn: USDC,
		amount: 100_000_000n,
		minimumAmount: 1_000_000n,
		maximumImpactBps: 50,
		clock: CLOCK,
		...change,
	};
}

/** How far below the price of the reserves, by the definition and in doubles. */
function impactOf(row: PoolRow, amountIn: bigint, amountOut: bigint): number {
	const fee = Number(amountIn) * (2_500 / 1_000_000);
	return 1 - (Number(amountOut) * row.roughB) / ((Number(amountIn) - fee) * row.roughA);
}

describe("buys nothing", () => {
	test("where there is no quote", () => {
		expect(quoteEntry(requestOf({ row: rowOf({ number: 1, swapEnabled: false }) }))).toEqual({
			ok: false,
			error: "noQuote",
		});
	});

	test("where even the least moves the price too far", () => {
		const row = rowOf({ number: 1, reserveA: 1_000_000n, reserveB: 150_000n });
		expect(quoteEntry(requestOf({ row }))).toEqual({ ok: false, error: "priceImpact" });
	});
});

test("all of it, where the price stays near enough", () => {
	const quote = quoteEntry(requestOf({}));
	if (!quote.ok) throw new Error(quote.error);
	const exact = ROW.market.quoteExactIn("bToA", 100_000_000n, CLOCK);
	expect(quote.value).toMatchObject({
		amountIn: 100_000_000n,
		amountOut: exact.ok && exact.value.amountOut,
		route: [{ direction: "bToA", mintIn: USDC, mintOut: SOL }],
	});
});

test("the other way through a pool", () => {
	const quote = quoteEntry(requestOf({ mintIn: SOL }));
	expect(quote).toMatchObject({ ok: true, value: { route: [{ direction: "aToB", mintIn: SOL, mintOut: USDC }] } });
});

test("the most that keeps within the impact, to a thousandth, and never less than the least", () => {
	fc.assert(
		fc.property(
			fc.bigInt(10n ** 9n, 10n ** 13n),
			fc.bigInt(10n ** 9n, 10n ** 13n),
			fc.bigInt(10n ** 6n, 10n ** 13n),
			fc.integer({ min: 5, max: 500 }),
			(reserveA, reserveB, amount, maximumImpactBps) => {
				const row = rowOf({ number: 1, reserveA, reserveB });
				const minimumAmount = amount / 10n;
				const quote = quoteEntry(requestOf({ row, amount, minimumAmount, maximumImpactBps }));
				const bound = maximumImpactBps / 10_000;
				if (!quote.ok) {
					const least = row.market.quoteExactIn("bToA", minimumAmount, CLOCK);
					if (quote.error === "noQuote") expect(least.ok).toBe(false);
					else if (least.ok) expect(impactOf(row, minimumAmount, least.value.amountOut)).toBeGreaterThan(bound - 1e-6);
					return;
				}
				const { amountIn, amountOut } = quote.value;
				expect(amountIn >= minimumAmount && amountIn <= amount).toBe(true);
				// The pool rounds its fee up in the input.
				expect(impactOf(row, amountIn, amountOut)).toBeLessThan(bound + 1e-5);
				const more = amountIn + amount / 512n;
				const beyond = more > amount ? null : row.market.quoteExactIn("bToA", more, CLOCK);
				if (beyond?.ok) expect(impactOf(row, more, beyond.value.amountOut)).toBeGreaterThan(bound - 1e-5);
			},
		),
	);
});

test("a fee on the output is no impact", () => {
	const quoted = { amountIn: 1_000_000n, amountOut: 6_000_000n, fee: 600_000n, feeSide: "output", arrays: [] } as const;
	const market = { ...ROW.market, quoteExactIn: () => ({ ok: true, value: quoted }) as const };
	const row = { ...ROW, market } as unknown as PoolRow;
	// 6.6 million of 6.67 million: 100 hundredths of a percent.
	expect(quoteEntry(requestOf({ row, amount: 1_000_000n, maximumImpactBps: 101 })).ok).toBe(true);
	expect(quoteEntry(requestOf({ row, amount: 1_000_000n, maximumImpactBps: 99 })).ok).toBe(false);
});

test("a row is open when it is fresh, enabled, and its time has come", () => {
	expect(isOpen(ROW, CLOCK)).toBe(true);
	expect(isOpen({ ...ROW, stale: true }, CLOCK)).toBe(false);
	expect(isOpen({ ...ROW, swapEnabled: false }, CLOCK)).toBe(false);
	expect(isOpen({ ...ROW, openTimeSeconds: 1_700_000_001n }, CLOCK)).toBe(false);
});

test("the reserve of a mint", () => {
	expect(reserveOf(ROW, SOL)).toBe(ROW.reserveA);
	expect(reserveOf(ROW, USDC)).toBe(ROW.reserveB);
	expect(reserveOf(ROW, BONK)).toBe(0n);
});
