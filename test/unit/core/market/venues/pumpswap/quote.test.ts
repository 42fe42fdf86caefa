import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { U64_MAX } from "../../../../../../core/market/constant-product.ts";
import type { PoolDescriptor } from "../../../../../../core/market/pool.ts";
import { ReserveMarket } from "../../../../../../core/market/reserve-market.ts";
import { feeParts } from "../../../../../../core/market/venues/pumpswap/quote.ts";
import { pumpSwap } from "../../../../../../core/market/venues/pumpswap/venue.ts";
import type { Direction, QuoteResult, ReserveState } from "../../../../../../core/market/venues/venue.ts";
import {
	type ConfigFields,
	feeConfigAccount,
	type GlobalFields,
	globalAccount,
	key,
	mintAccount,
	type PoolFields,
	poolAccount,
	WRAPPED_SOL,
} from "./accounts.ts";

const CLOCK = { slot: 1n, epoch: 1n, unixSeconds: 1n };

function poolOf(pool: PoolFields = {}, config: ConfigFields = {}, global: GlobalFields = {}): PoolDescriptor {
	const mints = [mintAccount(key(20)), mintAccount(WRAPPED_SOL)];
	const result = pumpSwap.describe(poolAccount(pool), [globalAccount(global), feeConfigAccount(config), ...mints]);
	if (!result.ok) throw new Error(result.error.detail);
	return result.value;
}

function reserves(reserveA: bigint, reserveB: bigint, swapEnabled = true): ReserveState {
	return { reserveA, reserveB, swapEnabled, openTimeSeconds: 0n };
}

function outcome(result: QuoteResult): string | bigint {
	return result.ok ? result.value.amountOut : result.error;
}

describe("a PumpSwap quote refuses", () => {
	const pool = poolOf();
	const state = reserves(1_000_000n, 1_000_000n);
	const exactIn = (direction: Direction, amount: bigint, of = state, by = pool) =>
		outcome(pumpSwap.quoteExactIn({ pool: by, state: of, direction, amount, clock: CLOCK }));
	const exactOut = (direction: Direction, amount: bigint, of = state, by = pool) =>
		outcome(pumpSwap.quoteExactOut({ pool: by, state: of, direction, amount, clock: CLOCK }));

	test("nothing, and more than a token account holds", () => {
		for (const direction of ["aToB", "bToA"] as const) {
			expect(exactIn(direction, 0n)).toBe("zeroInput");
			expect(exactIn(direction, -1n)).toBe("zeroInput");
			expect(exactOut(direction, 0n)).toBe("zeroOutput");
			expect(exactIn(direction, U64_MAX + 1n)).toBe("amountOverflow");
			expect(exactOut(direction, U64_MAX + 1n)).toBe("amountOverflow");
			expect(exactIn(direction, U64_MAX)).toBe("amountOverflow");
		}
		const full = reserves(U64_MAX - 10n, 1_000n);
		expect(exactOut("aToB", 900n, full)).toBe("amountOverflow");
		expect(exactOut("bToA", 900n, reserves(1_000n, U64_MAX - 10n))).toBe("amountOverflow");
	});

	test("an empty side", () => {
		for (const empty of [reserves(0n, 1_000n), reserves(1_000n, 0n), reserves(1_000n, -1n)]) {
			expect(exactIn("aToB", 5n, empty)).toBe("insufficientLiquidity");
			expect(exactOut("bToA", 5n, empty)).toBe("insufficientLiquidity");
		}
	});

	test("an output of nothing, and one that the pool does not have", () => {
		expect(exactIn("aToB", 1n)).toBe("zeroOutput");
		expect(exactIn("bToA", 2n)).toBe("zeroOutput");
		expect(exactIn("bToA", 20n, reserves(10n, 1_000_000n))).toBe("zeroOutput");
		expect(exactOut("bToA", 1_000_000n)).toBe("insufficientLiquidity");
		expect(exactOut("bToA", 999_999n)).toBe(999_999n);
		expect(exactOut("aToB", 1_000_000n)).toBe("insufficientLiquidity");
	});

	test("what the program's switches forbid, each way on its own", () => {
		const [noBuy, noSell] = [8, 16].map((disableFlags) => poolOf({}, {}, { disableFlags })) as [
			PoolDescriptor,
			PoolDescriptor,
		];
		expect(exactIn("bToA", 1_000n, state, noBuy)).toBe("swapDisabled");
		expect(exactOut("bToA", 1_000n, state, noBuy)).toBe("swapDisabled");
		expect(exactIn("aToB", 1_000n, state, noSell)).toBe("swapDisabled");
		expect(exactIn("bToA", 1_000n, state, noSell)).toEqual(exactIn("bToA", 1_000n));
		expect(exactIn("aToB", 1_000n, state, noBuy)).toEqual(exactIn("aToB", 1_000n));
		expect(exactIn("aToB", 1_000n, reserves(1_000_000n, 1_000_000n, false))).toBe("swapDisabled");
	});

	test("a sale that a boosted pool's vault cannot pay", () => {
		const boosted = poolOf({ virtualQuoteReserves: 900_000n });
		// Of a million the vault holds 100,000.
		expect(exactIn("aToB", 2_000_000n, state, boosted)).toBe("insufficientLiquidity");
		expect(exactIn("aToB", 2_000_000n)).not.toBe("insufficientLiquidity");
		expect(exactOut("aToB", 200_000n, state, boosted)).toBe("insufficientLiquidity");
		expect(exactIn("aToB", 50_000n, state, boosted)).toEqual(exactIn("aToB", 50_000n));
	});

	test("a pool that was described by another venue", () => {
		expect(() => exactIn("aToB", 5n, state, { ...pool, parameters: {} })).toThrow("describe it with its own venue");
	});
});

describe("a PumpSwap quote", () => {
	/** Swaps that mainnet's program ran: reserves before, rates of the tier then, and the event's amounts. */
	test("equals events of mainnet", () => {
		const events = [
			["bToA", 85n, 91_955_633_894_610n, 239_276_192_495n, 100_000n, 35_409_575n],
			["bToA", 95n, 182_918_903_872_498n, 117_937_789_279n, 6_112_481n, 8_152_022_216n],
			["aToB", 95n, 183_243_664_423_373n, 117_698_176_817n, 30_509_327_828n, 22_250_024n],
		] as const;
		for (const [direction, creatorFee, base, vaultB, amount, amountOut] of events) {
			const pool = poolOf({ virtualQuoteReserves: 17_584_505_550n }, { tiers: [[0n, [20n, 5n, creatorFee]]] });
			const state = reserves(base, vaultB + 17_584_505_550n);
			const quote = pumpSwap.quoteExactIn({ pool, state, direction, amount, clock: CLOCK });
			expect(quote).toMatchObject({ ok: true, value: { amountIn: amount, amountOut } });
			if (!quote.ok) throw new Error(quote.error);
			const { liquidityProviders, protocol, creator } = feeParts({ pool, state, direction, quote: quote.value });
			if (amount === 100_000n) expect([liquidityProviders, protocol, creator]).toEqual([198n, 50n, 841n]);
			if (amount === 6_112_481n) expect([liquidityProviders, protocol, creator]).toEqual([12_080n, 3_020n, 57_380n]);
			if (direction === "aToB") expect([liquidityProviders, protocol, creator]).toEqual([45_041n, 11_261n, 213_943n]);
		}
	});

	test("pays by the tier that the market cap reaches, before the swap", () => {
		const pool = poolOf(
			{},
			{
				tiers: [
					[420_000n, [2n, 93n, 30n]],
					[1_000_000n, [20n, 5n, 95n]],
					[5_000_000n, [10n, 0n, 0n]],
				],
			},
		);
		const feeAt = (marketCap: bigint) => {
			const state = reserves(1_000_000_000_000_000n, marketCap);
			const quote = pumpSwap.quoteExactIn({ pool, state, direction: "bToA", amount: 100_000n, clock: CLOCK });
			return quote.ok ? quote.value.fee : quote.error;
		};
		// The whole supply is in the pool: its market cap is its quote reserve.
		expect([1n, 419_999n, 999_999n].map(feeAt)).toEqual([1_236n, 1_236n, 1_236n]);
		expect([1_000_000n, 4_999_999n].map(feeAt)).toEqual([1_187n, 1_187n]);
		expect([5_000_000n, 9_000_000n].map(feeAt)).toEqual([100n, 100n]);
	});

	const pool = poolOf({}, { tiers: [[0n, [20n, 5n, 95n]]] });
	const amounts = fc.record({
		base: fc.bigInt({ min: 1n, max: 1n << 56n }),
		quote: fc.bigInt({ min: 1n, max: 1n << 56n }),
		amount: fc.bigInt({ min: 1n, max: 1n << 50n }),
		direction: fc.constantFrom<Direction>("aToB", "bToA"),
	});

	test("never gives more out for an exact output's input than it must, and never less than was asked for", () => {
		fc.assert(
			fc.property(amounts, ({ base, quote, amount, direction }) => {
				const state = reserves(base, quote);
				const asked = pumpSwap.quoteExactOut({ pool, state, direction, amount, clock: CLOCK });
				if (!asked.ok) return;
				expect(asked.value.amountOut).toBeGreaterThanOrEqual(amount);
				if (direction === "bToA") return;
				const again = pumpSwap.quoteExactIn({ pool, state, direction, amount: asked.value.amountIn, clock: CLOCK });
				expect(again).toEqual(asked);
			}),
			{ numRuns: 300 },
		);
	});

	test("leaves a pool whose product has grown, with all but what was taken out of it", () => {
		fc.assert(
			fc.property(amounts, ({ base, quote, amount, direction }) => {
				const state = reserves(base, quote);
				const result = pumpSwap.quoteExactIn({ pool, state, direction, amount, clock: CLOCK });
				if (!result.ok) return;
				const after = pumpSwap.afterSwap({ pool, state, direction, quote: result.value });
				expect(after.reserveA * after.reserveB).toBeGreaterThanOrEqual(base * quote);
				const parts = feeParts({ pool, state, direction, quote: result.value });
				const { amountIn, amountOut } = result.value;
				const taken = parts.protocol + parts.creator;
				if (direction === "aToB") {
					expect(after.reserveA).toBe(base + amountIn);
					expect(after.reserveB).toBe(quote - amountOut - taken);
				} else {
					expect(after.reserveA).toBe(base - amountOut);
					const unspent = quote + amountIn - taken - after.reserveB;
					expect(unspent).toBeGreaterThanOrEqual(0n);
					expect(unspent).toBeLessThanOrEqual(3n);
				}
				expect([after.swapEnabled, after.openTimeSeconds]).toEqual([true, 0n]);
			}),
			{ numRuns: 300 },
		);
	});
});

describe("what a PumpSwap pool leaves of a small input", () => {
	const FIRST: ConfigFields["tiers"] = [[0n, [20n, 5n, 95n]]];
	const tiers: ConfigFields["tiers"] = [...FIRST, [2n * 10n ** 15n, [20n, 5n, 5n]]];
	const pool = poolOf({}, { tiers });
	const share = (direction: Direction, state: ReserveState) =>
		new ReserveMarket(pumpSwap, pool, { state }).keptShare(direction);

	test("is nothing of an empty one", () => {
		expect(share("aToB", reserves(0n, 10n))).toBe(0);
	});

	test("is by the tier that counts now, and by the side on which the fee is taken", () => {
		const [cheap, dear] = [reserves(10n ** 9n, 10n ** 9n), reserves(10n ** 9n, 2n * 10n ** 9n)];
		expect(share("aToB", cheap)).toBeCloseTo(0.988, 12);
		expect(share("bToA", cheap)).toBeCloseTo(1 / 1.012, 12);
		expect(share("aToB", dear)).toBeCloseTo(0.997, 12);
		expect(share("bToA", dear)).toBeCloseTo(1 / 1.003, 12);
	});

	test("bounds every quote by the curve of screens: a fee on the input", () => {
		const amount = fc.bigInt({ min: 10n ** 6n, max: 10n ** 15n });
		fc.assert(
			fc.property(amount, amount, amount, fc.boolean(), (reserveA, reserveB, input, isSell) => {
				const direction = isSell ? "aToB" : "bToA";
				const state = reserves(reserveA, reserveB);
				const quote = pumpSwap.quoteExactIn({ pool, state, direction, amount: input, clock: CLOCK });
				if (!quote.ok) return;
				const [reserveIn, reserveOut] = isSell ? [reserveA, reserveB] : [reserveB, reserveA];
				const kept = share(direction, state) * Number(input);
				const bound = (kept * Number(reserveOut)) / (Number(reserveIn) + kept);
				expect(Number(quote.value.amountOut)).toBeLessThanOrEqual(bound * (1 + 1e-12));
			}),
			{ numRuns: 500, endOnFailure: true },
		);
	});
});
