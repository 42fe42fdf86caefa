import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FRACTION_BITS } from "../../../../../core/execution/lenders/klend/layout.ts";
import type { PoolRow } from "../../../../../core/market/pool-row.ts";
import { type ScreenLeg, type ScreenLoan, screen } from "../../../../../core/strategy/arbitrage/screen.ts";
import { sizeCycle } from "../../../../../core/strategy/arbitrage/size.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { marketOf } from "../../../../support/reserve-market.ts";
import { poolOf } from "../../market/market-fixture.ts";

const FEE_RATE = 2_500n;
const screenAt = (legs: readonly ScreenLeg[], loan: ScreenLoan): number => screen(legs, loan, clockAt(0n));

function legOf(reserveIn: bigint, reserveOut: bigint, isAToB = true): ScreenLeg {
	const [reserveA, reserveB] = isAToB ? [reserveIn, reserveOut] : [reserveOut, reserveIn];
	const pool = poolOf({ number: 1, feeRate: FEE_RATE });
	const row: PoolRow = {
		index: 0,
		pool,
		isOneCurve: true,
		isShareFixed: true,
		market: marketOf(pool, { reserveA, reserveB }),
		slot: 1,
		stale: false,
		version: 1,
		reserveA,
		reserveB,
		roughA: Number(reserveA),
		roughB: Number(reserveB),
		swapEnabled: true,
		openTimeSeconds: 0n,
	};
	return { row, isAToB };
}

const LOAN = { repayShare: 1.00001, maximumAmount: 1e18 };

describe("nothing to gain", () => {
	test.each([
		["equal prices", [legOf(1_000n, 1_000n), legOf(1_000n, 1_000n)]],
		["a gap below the fees", [legOf(1_000_000n, 1_004_000n), legOf(1_000_000n, 1_000_000n)]],
		["empty pools", [legOf(0n, 0n), legOf(0n, 0n)]],
		["nothing to buy", [legOf(10n, 0n), legOf(10n, 10n)]],
	])("%s", (_, legs) => {
		expect(screenAt(legs, LOAN)).toBe(0);
	});

	test("a gap below the lender's fee", () => {
		const legs = [legOf(1_000_000n, 1_020_000n), legOf(1_000_000n, 1_000_000n, false)];
		expect(screenAt(legs, LOAN)).toBeGreaterThan(0);
		expect(screenAt(legs, { ...LOAN, repayShare: 1.02 })).toBe(0);
	});
});

test("is never below the exact optimum, and close above it", () => {
	const reserve = fc.bigInt(1_000n, 1n << 63n);
	const lenderFee = fc.constantFrom(0n, (1n << FRACTION_BITS) / 100_000n, (1n << FRACTION_BITS) / 300n);
	let compared = 0;
	fc.assert(
		fc.property(
			fc.tuple(reserve, reserve, fc.bigInt(900n, 1_500n), fc.boolean()),
			lenderFee,
			fc.oneof(fc.constant(1n << 63n), fc.bigInt(1n, 1n << 40n)),
			([funding, other, gap, isAToB], flashFeeScaled, maximumAmount) => {
				const legs = [legOf(funding, (other * gap) / 1_000n, isAToB), legOf(other, funding)];
				const bound = screenAt(legs, {
					repayShare: 1 + Number(flashFeeScaled) / Number(1n << FRACTION_BITS),
					maximumAmount: Number(maximumAmount),
				});
				const size = sizeCycle({
					legs: legs.map(({ row, isAToB: forward }) => ({
						pool: row.pool,
						market: row.market,
						direction: forward ? "aToB" : "bToA",
					})),
					lender: {
						feeNumerator: flashFeeScaled,
						feeDenominator: 1n << FRACTION_BITS,
						minimumFee: 1n,
						availableAmount: 1n << 63n,
					},
					networkCost: 0n,
					maximumAmount,
					clock: clockAt(0n),
					maximumQuotes: 24,
				});
				if (!size.ok) return;
				const { netProfit, atMost } = size.value;
				if (netProfit > 0n) expect(bound).toBeGreaterThanOrEqual(Number(netProfit));
				if (netProfit < 1_000_000n) return;
				compared++;
				expect(bound).toBeLessThanOrEqual(Number(atMost) * (1 + 1e-6) + Number(funding) * 1e-11);
			},
		),
		{ numRuns: 3_000 },
	);
	expect(compared).toBeGreaterThan(300);
});
