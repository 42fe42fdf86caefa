import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { flashLoanFee, quoteFlashLoan } from "../../../../../core/execution/flash-loan.ts";
import type { VenueId } from "../../../../../core/market/pool.ts";
import type { RouteLeg } from "../../../../../core/market/route.ts";
import type { PoolMarket, ReserveState } from "../../../../../core/market/venues/venue.ts";
import { type SizeRequest, sizeCycle } from "../../../../../core/strategy/arbitrage/size.ts";
import { failure } from "../../../../../core/types/result.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { marketOf } from "../../../../support/reserve-market.ts";
import { poolOf } from "../../market/market-fixture.ts";

const TEN_PPM = (1n << 60n) / 100_000n;
const LENDER = { feeNumerator: TEN_PPM, feeDenominator: 1n << 60n, minimumFee: 1n, availableAmount: 1n << 60n };

interface LegParts {
	readonly venue?: VenueId;
	readonly feeRate?: bigint;
	readonly reserveIn: bigint;
	readonly reserveOut: bigint;
	readonly isAToB?: boolean;
	readonly change?: Partial<ReserveState>;
}

function legOf({
	venue = "raydium-amm-v4",
	feeRate = 2_500n,
	reserveIn,
	reserveOut,
	isAToB = true,
	change = {},
}: LegParts): RouteLeg {
	const pool = poolOf({ number: 1, venue, feeRate });
	const [reserveA, reserveB] = isAToB ? [reserveIn, reserveOut] : [reserveOut, reserveIn];
	return { market: marketOf(pool, { reserveA, reserveB, ...change }), direction: isAToB ? "aToB" : "bToA" };
}

const requestOf = (legs: readonly RouteLeg[], change: Partial<SizeRequest> = {}): SizeRequest => ({
	legs,
	lender: LENDER,
	networkCost: 0n,
	maximumAmount: 1n << 60n,
	clock: clockAt(0n),
	maximumQuotes: 12,
	...change,
});

/** What a loan nets by the venues' and the lender's own arithmetic, or null when one of them refuses. */
function netOf(request: SizeRequest, amount: bigint): bigint | null {
	const loan = quoteFlashLoan(request.lender, amount);
	if (!loan.ok) return null;
	let carried = amount;
	for (const { market, direction } of request.legs) {
		const quote = market.quoteExactIn(direction, carried, request.clock);
		if (!quote.ok) return null;
		carried = quote.value.amountOut;
	}
	return carried - amount - loan.value.fee - request.networkCost;
}

function bruteForce(request: SizeRequest, most: bigint): bigint | null {
	let best: bigint | null = null;
	for (let amount = 1n; amount <= most; amount++) {
		const net = netOf(request, amount);
		if (net !== null && (best === null || net > best)) best = net;
	}
	return best;
}

const CHEAP_PARTS: LegParts = { reserveIn: 150_000_000_000n, reserveOut: 1_030_000_000_000n };
const CHEAP = legOf(CHEAP_PARTS);
const DEAR_PARTS: LegParts = { reserveIn: 1_000_000_000_000n, reserveOut: 150_000_000_000n, venue: "raydium-cpmm" };
const DEAR = legOf(DEAR_PARTS);

describe("no size", () => {
	test("where prices are closer than the fees", () => {
		const close = legOf({ reserveIn: 150_000_000_000n, reserveOut: 1_005_000_000_000n });
		expect(sizeCycle(requestOf([close, DEAR]))).toEqual(failure("noGap"));
		expect(sizeCycle(requestOf([DEAR, DEAR]))).toEqual(failure("noGap"));
	});

	test("where a reserve is empty", () => {
		const empty = legOf({ reserveIn: 0n, reserveOut: 0n });
		expect(sizeCycle(requestOf([empty, DEAR]))).toEqual(failure("noGap"));
		expect(sizeCycle(requestOf([CHEAP, empty]))).toEqual(failure("noGap"));
	});

	test("where nothing may be borrowed", () => {
		expect(sizeCycle(requestOf([CHEAP, DEAR], { maximumAmount: 0n }))).toEqual(failure("noLoan"));
		expect(sizeCycle(requestOf([CHEAP, DEAR], { lender: { ...LENDER, availableAmount: 0n } }))).toEqual(
			failure("noLoan"),
		);
	});

	test("where a venue refuses", () => {
		const closed = legOf({ ...DEAR_PARTS, change: { swapEnabled: false } });
		expect(sizeCycle(requestOf([CHEAP, closed]))).toEqual(failure("noQuote"));
		const later = legOf({ ...CHEAP_PARTS, change: { openTimeSeconds: 5n } });
		expect(sizeCycle(requestOf([later, DEAR]))).toEqual(failure("noQuote"));
		expect(sizeCycle(requestOf([later, DEAR], { clock: clockAt(5n) })).ok).toBe(true);
	});

	test("where the lender refuses every size, in bounded time", () => {
		const lender = { ...LENDER, feeNumerator: 1n << 60n, availableAmount: 1n << 40n };
		const steep = legOf({ reserveIn: 1_000_000n, reserveOut: 9_000_000_000_000n });
		expect(sizeCycle(requestOf([steep, DEAR], { lender }))).toEqual(failure("noQuote"));
	});
});

describe("limits", () => {
	const free = sizeCycle(requestOf([CHEAP, DEAR]));
	const freeAmount = free.ok ? free.value.amount : 0n;

	test.each([
		["the given maximum", { maximumAmount: 1_000_000n }],
		["what the lender has", { lender: { ...LENDER, availableAmount: 1_000_000n } }],
	])("never borrows more than %s", (_, change) => {
		expect(freeAmount > 1_000_000n).toBe(true);
		const size = sizeCycle(requestOf([CHEAP, DEAR], change));
		if (!size.ok) throw new Error(size.error);
		expect(size.value.amount <= 1_000_000n && size.value.amount > 999_900n).toBe(true);
	});

	test("asks for no more quotes than allowed", () => {
		let quotes = 0;
		const counted = [CHEAP, DEAR].map((leg): RouteLeg => {
			const { reserveA, reserveB, swapEnabled, openTimeSeconds } = leg.market;
			const market: PoolMarket = {
				reserveA,
				reserveB,
				swapEnabled,
				openTimeSeconds,
				keptShare: (...request) => leg.market.keptShare(...request),
				quoteExactIn: (...request) => {
					quotes++;
					return leg.market.quoteExactIn(...request);
				},
				quoteExactOut: (...request) => leg.market.quoteExactOut(...request),
				afterSwap: (...swap) => leg.market.afterSwap(...swap),
			};
			return { ...leg, market };
		});
		expect(sizeCycle(requestOf(counted)).ok).toBe(true);
		// The approach takes two sizes where no leg leaves its range.
		expect(quotes).toBeLessThanOrEqual(16);
		expect(quotes).toBeGreaterThan(8);
	});

	test("network cost lowers the profit, not the size", () => {
		const size = sizeCycle(requestOf([CHEAP, DEAR], { networkCost: 788n }));
		if (!size.ok || !free.ok) throw new Error("no size");
		expect(size.value).toEqual({
			...free.value,
			netProfit: free.value.netProfit - 788n,
			atMost: free.value.atMost - 788n,
		});
	});
});

test("amounts are the venues' own: each leg spends what the one before gives", () => {
	const size = sizeCycle(requestOf([CHEAP, DEAR], { networkCost: 788n }));
	if (!size.ok) throw new Error(size.error);
	const { amount, loanFee, outputs, netProfit } = size.value;
	expect(loanFee).toBe(flashLoanFee(amount, LENDER));
	expect(netProfit).toBe(netOf(requestOf([CHEAP, DEAR], { networkCost: 788n }), amount));
	expect((outputs[1] as bigint) - amount - loanFee - 788n).toBe(netProfit);
	expect(netProfit > 0n).toBe(true);
});

const venue = fc.constantFrom<VenueId>("raydium-amm-v4", "raydium-cpmm");
const feeRate = fc.constantFrom(0n, 100n, 2_500n, 30_000n);
const WAD = 10n ** 18n;
const klendTerms = fc
	.constantFrom(0n, TEN_PPM, (1n << 60n) / 500n, (1n << 60n) / 3n)
	.map((feeNumerator) => ({ ...LENDER, feeNumerator }));
const solendTerms = fc
	.tuple(fc.constantFrom(0n, 1n, WAD / 100_000n, (3n * WAD) / 1_000n, WAD / 3n), fc.constantFrom(1n, 2n))
	.map(([feeNumerator, minimumFee]) => ({ ...LENDER, feeNumerator, feeDenominator: WAD, minimumFee }));
/** Two pools that disagree about the price by up to some factor; raw reserves small enough to try every loan. */
const smallCycle = fc
	.record({
		venues: fc.tuple(venue, venue),
		fees: fc.tuple(feeRate, feeRate),
		sides: fc.tuple(fc.boolean(), fc.boolean()),
		reserves: fc.tuple(fc.bigInt(1n, 3_000n), fc.bigInt(1n, 3_000n), fc.bigInt(1n, 3_000n), fc.bigInt(1n, 3_000n)),
		lender: fc.oneof(klendTerms, solendTerms),
		networkCost: fc.bigInt(0n, 5n),
		maximumAmount: fc.oneof(fc.constant(1_000_000n), fc.bigInt(1n, 500n)),
	})
	.filter(({ venues, fees }) => venues.every((id, at) => id !== "raydium-cpmm" || fees[at] !== 0n))
	.map(({ venues, fees, sides, reserves, lender, networkCost, maximumAmount }) =>
		requestOf(
			[0, 1].map((at) =>
				legOf({
					venue: venues[at] as VenueId,
					feeRate: fees[at] as bigint,
					isAToB: sides[at] as boolean,
					reserveIn: reserves[at * 2] as bigint,
					reserveOut: reserves[at * 2 + 1] as bigint,
				}),
			),
			{ lender, networkCost, maximumAmount },
		),
	);
/** A larger loan cannot pay: no route here gives back more. Which of the losses is the smallest does not matter. */
const MOST_TRIED = 3_000n;
const smaller = (one: bigint, other: bigint) => (one < other ? one : other);

describe("against every loan there is, on small pools", () => {
	test("with quotes enough the size is the proven optimum", () => {
		let sized = 0;
		fc.assert(
			fc.property(smallCycle, (cycle) => {
				const request = { ...cycle, maximumQuotes: 100_000 };
				const best = bruteForce(request, smaller(request.maximumAmount, MOST_TRIED));
				const size = sizeCycle(request);
				if (!size.ok || size.value.netProfit <= 0n) {
					// Where no gain is found there is none.
					expect(best === null || best <= 0n).toBe(true);
					return;
				}
				sized++;
				expect(size.value).toMatchObject({ isProven: true, netProfit: best, atMost: best });
				expect(netOf(request, size.value.amount)).toBe(best);
			}),
			{ numRuns: 400 },
		);
		expect(sized).toBeGreaterThan(100);
	});

	test("with few quotes it is exact, within its own bound of the optimum, and right when it claims to be proven", () => {
		let proven = 0;
		let open = 0;
		fc.assert(
			fc.property(smallCycle, fc.integer({ min: 4, max: 40 }), (cycle, maximumQuotes) => {
				const request = { ...cycle, maximumQuotes };
				const size = sizeCycle(request);
				if (!size.ok) return;
				const { amount, netProfit, atMost, isProven } = size.value;
				expect(netOf(request, amount)).toBe(netProfit);
				const best = bruteForce(request, smaller(request.maximumAmount, MOST_TRIED));
				if (best === null || best <= 0n) {
					expect(netProfit <= 0n).toBe(true);
					return;
				}
				expect(netProfit <= best && best <= atMost).toBe(true);
				if (isProven) expect(netProfit).toBe(best);
				if (isProven) proven++;
				else open++;
			}),
			{ numRuns: 400 },
		);
		expect(proven).toBeGreaterThan(20);
		expect(open).toBeGreaterThan(20);
	});
});

test("in deep pools few quotes come within a few units, or a few units of the second mint's worth, of the bound", () => {
	const reserve = fc.bigInt(1_000_000n, 1n << 50n);
	fc.assert(
		fc.property(fc.tuple(venue, venue), reserve, reserve, fc.bigInt(1_020n, 1_500n), (venues, funding, other, gap) => {
			const legs = [
				legOf({ venue: venues[0], reserveIn: funding, reserveOut: (other * gap) / 1_000n, isAToB: false }),
				legOf({ venue: venues[1], reserveIn: other, reserveOut: funding }),
			];
			const size = sizeCycle(requestOf(legs));
			if (!size.ok) throw new Error(size.error);
			const worthOfOther = funding / other + 1n;
			expect(size.value.atMost - size.value.netProfit <= 6n + 4n * worthOfOther).toBe(true);
		}),
		{ numRuns: 1_000 },
	);
});

test("three legs are sized by the same search", () => {
	const legs = [
		legOf({ reserveIn: 900n, reserveOut: 2_000n }),
		legOf({ reserveIn: 1_500n, reserveOut: 1_700n, venue: "raydium-cpmm" }),
		legOf({ reserveIn: 2_000n, reserveOut: 1_100n }),
	];
	const request = requestOf(legs, { maximumQuotes: 10_000 });
	const size = sizeCycle(request);
	if (!size.ok) throw new Error(size.error);
	expect(size.value).toMatchObject({ isProven: true, netProfit: bruteForce(request, MOST_TRIED) });
	expect(size.value.outputs).toHaveLength(3);
});
