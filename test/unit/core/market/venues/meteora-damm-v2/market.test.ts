import { describe, expect, test } from "@jest/globals";
import { afterSwap } from "../../../../../../core/market/venues/meteora-damm-v2/after-swap.ts";
import { POOL_SIZE } from "../../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { type DammV2Quote, quoteExactIn } from "../../../../../../core/market/venues/meteora-damm-v2/quote.ts";
import { meteoraDammV2 } from "../../../../../../core/market/venues/meteora-damm-v2/venue.ts";
import type { AccountMarket } from "../../../../../../core/market/venues/venue.ts";
import { dammWorld, described, openedMarket } from "../account-worlds.ts";
import { CLOCK, DYNAMIC, type Edit, OFFSET, opened, poolBytes } from "./pool-bytes.ts";

/** One percent more for each further 1,000 of token B, of bToA, in the first 2^31 seconds. */
const LIMITED: readonly Edit[] = [
	[OFFSET.collectFeeMode, 1, 1],
	[OFFSET.baseFeeMode, 1, 2],
	[OFFSET.baseFeeFirst, 2, 100],
	[OFFSET.baseFeeSecond, 8, (5_000n << 32n) | 0x8000_0000n],
	[OFFSET.baseFeeThird, 8, 1_000n],
];
const BY_TIME: Edit = [OFFSET.activationType, 1, 1];
const pool = { place: "pool", startIndex: 0 } as const;

const market = (...edits: readonly Edit[]): AccountMarket => openedMarket(dammWorld(poolBytes(...edits)));

function quoteOf(one: AccountMarket, amount = 1_000_000n) {
	const quoted = one.quoteExactIn("aToB", amount, CLOCK);
	if (!quoted.ok) throw new Error(quoted.error);
	return quoted.value;
}

describe("a DAMM v2 market", () => {
	test("takes no account but the pool's own, and wants none", () => {
		const one = market();
		for (const place of ["array", "oracle", "bitmap"] as const) {
			expect(one.apply({ place, startIndex: 0, data: poolBytes() })).toBe(false);
			expect(one.apply({ place, startIndex: 0, data: null })).toBe(false);
		}
		expect(one.swapEnabled).toBe(true);
		expect(one.wanted()).toEqual([]);
		expect(one.wanted()).toBe(one.wanted());
	});

	test.each([
		["cut", new Uint8Array(POOL_SIZE - 1)],
		["another type's", new Uint8Array(POOL_SIZE)],
		["of an impossible price", poolBytes([OFFSET.sqrtPrice, 16, 1n])],
	])("shows nothing after bytes that are %s, until good ones come", (_what, data) => {
		const one = market();
		expect(one.apply({ ...pool, data })).toBe(false);
		expect([one.swapEnabled, one.reserveA, one.reserveB]).toEqual([false, 0n, 0n]);
		expect(one.quoteExactIn("aToB", 1_000n, CLOCK)).toEqual({ ok: false, error: "swapDisabled" });
		expect(one.apply({ ...pool, data: poolBytes() })).toBe(true);
		expect(quoteOf(one)).toEqual(quoteOf(market()));
	});

	test("whose rate limiter counts cannot be passed twice, either way", () => {
		for (const first of ["aToB", "bToA"] as const) {
			const one = market(...LIMITED);
			const quoted = one.quoteExactIn(first, 5_000n, CLOCK);
			if (!quoted.ok) throw new Error(quoted.error);
			const behind = one.afterSwap(first, quoted.value);
			expect(behind.swapEnabled).toBe(false);
			for (const second of ["aToB", "bToA"] as const) {
				expect(behind.quoteExactIn(second, 5_000n, CLOCK)).toEqual({ ok: false, error: "swapDisabled" });
				expect(behind.quoteExactOut(second, 5_000n, CLOCK)).toEqual({ ok: false, error: "swapDisabled" });
			}
			// The market itself is as it was.
			expect(one.quoteExactIn(first, 5_000n, CLOCK)).toEqual(quoted);
		}
	});

	test("says in its descriptor whether a rate limiter may count", () => {
		expect(described(dammWorld(poolBytes(...LIMITED))).parameters.isRateLimited).toBe(1n);
		expect(described(dammWorld()).parameters.isRateLimited).toBe(0n);
	});

	test("is passed twice as the pure functions do it", () => {
		for (const edits of [[], DYNAMIC, [[OFFSET.collectFeeMode, 1, 2]]] as (readonly Edit[])[]) {
			const data = poolBytes(...edits);
			const one = market(...edits);
			const first = quoteOf(one, 50_000_000n);
			const behind = one.afterSwap("aToB", first);
			const { pool: decoded, state } = opened(data);
			const request = { pool: decoded, state, direction: "aToB", amount: 50_000_000n, clock: CLOCK } as const;
			const pure = quoteExactIn(request);
			if (!pure.ok) throw new Error(pure.error);
			const stateBehind = afterSwap(decoded, state, pure.value as DammV2Quote);
			const second = quoteExactIn({ ...request, state: stateBehind });
			expect(behind.quoteExactIn("aToB", 50_000_000n, CLOCK)).toEqual(second);
			expect(second.ok && second.value.amountOut).toBeLessThan(first.amountOut);
			expect(behind.reserveA).toBeGreaterThan(one.reserveA);
			expect(behind.reserveB).toBeLessThan(one.reserveB);
		}
	});

	test("shows the reserves of its range, or of its curve where fees compound", () => {
		expect([market().reserveA, market().reserveB]).toEqual([1_000_000_000_000n, 1_000_000_000_000n]);
		const dear = market([OFFSET.sqrtPrice, 16, 2n << 64n]);
		expect([dear.reserveA, dear.reserveB]).toEqual([500_000_000_000n, 2_000_000_000_000n]);
		const held: Edit[] = [
			[OFFSET.collectFeeMode, 1, 2],
			[OFFSET.tokenAAmount, 8, 77n],
			[OFFSET.tokenBAmount, 8, 88n],
		];
		expect([market(...held).reserveA, market(...held).reserveB]).toEqual([77n, 88n]);
	});

	test("opens at its activation, by slot or by second", () => {
		const bySlot = market();
		expect(bySlot.openTimeSeconds).toBe(0n);
		expect(bySlot.keptShare("aToB", { ...CLOCK, slot: 899n })).toBe(0);
		expect(bySlot.quoteExactIn("aToB", 1_000n, { ...CLOCK, slot: 899n })).toMatchObject({ error: "notOpenYet" });
		expect(bySlot.keptShare("aToB", { ...CLOCK, slot: 900n })).toBeCloseTo(0.9975, 12);
		const bySecond = market(BY_TIME);
		expect(bySecond.openTimeSeconds).toBe(900n);
		expect(bySecond.keptShare("bToA", { ...CLOCK, slot: 0n, unixSeconds: 899n })).toBe(0);
		expect(bySecond.keptShare("bToA", { ...CLOCK, slot: 0n, unixSeconds: 900n })).toBeCloseTo(0.9975, 12);
	});

	test("keeps nothing where the fee's arithmetic fails", () => {
		const failing = market(
			[OFFSET.baseFeeFirst, 2, 9],
			[OFFSET.baseFeeSecond, 8, 10n],
			[OFFSET.baseFeeThird, 8, 1n << 63n],
		);
		expect(failing.keptShare("aToB", CLOCK)).toBe(0);
		expect(failing.quoteExactIn("aToB", 1_000n, CLOCK)).toMatchObject({ error: "amountOverflow" });
	});

	test("is not described when its fees are none that the program stores", () => {
		const { venue, pool: account, configurations } = dammWorld(poolBytes([OFFSET.baseFeeMode, 1, 9]));
		expect(venue.describe(account, configurations)).toMatchObject({ ok: false });
		expect(described(dammWorld(poolBytes(BY_TIME))).parameters.isTimedBySlot).toBe(0n);
		expect(described(dammWorld()).parameters.isTimedBySlot).toBe(1n);
	});

	test("of a descriptor without its parameters refuses rather than guesses", () => {
		const { parameters: _left, ...rest } = described(dammWorld());
		const bare = meteoraDammV2.open({ ...rest, parameters: {} });
		expect(bare.apply({ ...pool, data: poolBytes() })).toBe(false);
		expect(bare.quoteExactIn("aToB", 1_000n, CLOCK).ok).toBe(false);
	});
});
