import { describe, expect, test } from "@jest/globals";
import { afterSwap } from "../../../../../../core/market/venues/orca-whirlpool/after-swap.ts";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/orca-whirlpool/quote.ts";
import { emptyState } from "../../../../../../core/market/venues/orca-whirlpool/state.ts";
import { quoted } from "../../../../../../tools/vectors/orca-whirlpool/compare.ts";
import type { Scenario } from "../../../../../../tools/vectors/orca-whirlpool/scenario.ts";
import { CLOCK, NAMES, NOW, ORACLE, POOL_BYTES, SCENARIO } from "./accounts.ts";

const U64_MAX = 2n ** 64n - 1n;

function opened(changes: Partial<Scenario> = {}) {
	const { pool, state } = quoted({ ...SCENARIO, ...changes }, POOL_BYTES, NAMES);
	return { pool, state, direction: "aToB" as const, amount: 1_000_000n, clock: CLOCK };
}

describe("a Whirlpool gives no quote", () => {
	test("for nothing, for too much, and before it was read", () => {
		const request = opened();
		expect(quoteExactIn({ ...request, amount: 0n })).toMatchObject({ error: "zeroInput" });
		expect(quoteExactOut({ ...request, amount: 0n })).toMatchObject({ error: "zeroOutput" });
		expect(quoteExactIn({ ...request, amount: U64_MAX + 1n })).toMatchObject({ error: "amountOverflow" });
		expect(quoteExactOut({ ...request, amount: U64_MAX + 1n })).toMatchObject({ error: "amountOverflow" });
		expect(quoteExactIn({ ...request, state: emptyState() })).toMatchObject({ error: "swapDisabled" });
		expect(quoteExactOut({ ...request, state: emptyState() })).toMatchObject({ error: "swapDisabled" });
	});

	test("while an array that the swap looks into is unknown", () => {
		const request = opened();
		request.state.arrays.delete(-5_632);
		expect(quoteExactIn(request)).toMatchObject({ error: "arrayMissing" });
		request.state.arrays.delete(0);
		expect(quoteExactOut({ ...request, direction: "bToA" })).toMatchObject({ error: "arrayMissing" });
	});

	test("while the oracle of an adaptive fee is unknown, and before trade is enabled", () => {
		const request = opened({ feeTierIndex: 1_024, oracle: { ...ORACLE, tradeEnable: Number(NOW) + 1 } });
		expect(quoteExactIn(request)).toMatchObject({ error: "notOpenYet" });
		request.state.isOracleKnown = false;
		expect(quoteExactIn(request)).toMatchObject({ error: "arrayMissing" });
	});

	test("when the protocol's counter has no room for its fee", () => {
		const request = opened();
		request.state.protocolFeeOwedA = U64_MAX;
		expect(quoteExactIn(request)).toMatchObject({ error: "amountOverflow" });
		expect(quoteExactIn({ ...request, direction: "bToA" })).toMatchObject({ ok: true });
	});
});

describe("a Whirlpool's quote", () => {
	test("takes a clock behind the pool's own for the pool's", () => {
		const request = opened({ feeTierIndex: 1_024, oracle: ORACLE });
		const late = quoteExactIn({ ...request, clock: { ...CLOCK, unixSeconds: BigInt(ORACLE.lastMajor) - 9n } });
		const exact = quoteExactIn({ ...request, clock: { ...CLOCK, unixSeconds: BigInt(ORACLE.lastMajor) } });
		expect(late).toEqual(exact);
		request.state.rewardLastUpdatedSeconds = NOW + 9n;
		const quote = quoteExactIn(request);
		if (!quote.ok) throw new Error(quote.error);
		expect(quote.value.after.unixSeconds).toBe(NOW + 9n);
	});

	test.each(["aToB", "bToA"] as const)("%s of two swaps is that of one, but for rounding", (direction) => {
		const request = { ...opened(), direction };
		const once = quoteExactIn({ ...request, amount: 2_000_000n });
		const first = quoteExactIn(request);
		if (!once.ok || !first.ok) throw new Error("refused");
		const second = quoteExactIn({ ...request, state: afterSwap(request.state, first.value) });
		if (!second.ok) throw new Error(second.error);
		const lost = once.value.amountOut - first.value.amountOut - second.value.amountOut;
		expect(lost >= 0n && lost <= 2n).toBe(true);
		expect(second.value.amountOut).toBeLessThan(first.value.amountOut);
	});

	test("of an adaptive fee remembers the bounds of groups, within limits", () => {
		const oracle = { ...ORACLE, groupSize: 1, groupReference: 10, controlFactor: 1 };
		const request = opened({ feeTierIndex: 1_024, oracle });
		const { prices } = request.state.oracle as NonNullable<typeof request.state.oracle>;
		prices.clear();
		for (let tick = 0; prices.size < 1_024; tick++) prices.set(1_000_000 + tick, 1n);
		expect(quoteExactIn(request)).toMatchObject({ ok: true });
		expect(prices.size).toBeLessThan(100);
	});
});
