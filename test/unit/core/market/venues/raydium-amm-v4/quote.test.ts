import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/raydium-amm-v4/quote.ts";
import { raydiumAmmV4 } from "../../../../../../core/market/venues/raydium-amm-v4/venue.ts";
import type { QuoteRequest, ReserveState } from "../../../../../../core/market/venues/venue.ts";
import { clockAt } from "../../../../../support/chain-clock.ts";
import { poolAccount } from "./pool-account.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const described = raydiumAmmV4.describe(poolAccount(), []);
if (!described.ok) throw new Error(described.error.detail);
const pool = described.value;
const OPEN: ReserveState = { reserveA: 1_000_000n, reserveB: 2_000_000n, swapEnabled: true, openTimeSeconds: 0n };

function request(amount: bigint, change: Partial<QuoteRequest> & { readonly state?: ReserveState } = {}): QuoteRequest {
	return { pool, state: OPEN, direction: "aToB", clock: clockAt(1_700_000_000n), amount, ...change };
}

describe("quotes refuse", () => {
	test.each([quoteExactIn, quoteExactOut])("in a pool that is closed, waits or owes more than it holds", (quote) => {
		const at = (change: Partial<ReserveState>) => quote(request(1_000n, { state: { ...OPEN, ...change } }));
		expect(at({ swapEnabled: false })).toEqual({ ok: false, error: "swapDisabled" });
		expect(at({ openTimeSeconds: 1_700_000_001n })).toEqual({ ok: false, error: "notOpenYet" });
		expect(at({ openTimeSeconds: 1_700_000_000n }).ok).toBe(true);
		expect(at({ reserveA: -1n })).toEqual({ ok: false, error: "insufficientLiquidity" });
		expect(at({ reserveB: -1n })).toEqual({ ok: false, error: "insufficientLiquidity" });
	});

	test("an exact input that is nothing, too much, or gives nothing", () => {
		expect(quoteExactIn(request(0n))).toEqual({ ok: false, error: "zeroInput" });
		expect(quoteExactIn(request(-1n))).toEqual({ ok: false, error: "zeroInput" });
		expect(quoteExactIn(request(U64_MAX + 1n))).toEqual({ ok: false, error: "amountOverflow" });
		expect(quoteExactIn(request(U64_MAX - 999_999n))).toEqual({ ok: false, error: "amountOverflow" });
		expect(quoteExactIn(request(1n))).toEqual({ ok: false, error: "zeroOutput" });
		const empty = { ...OPEN, reserveA: 0n };
		expect(quoteExactIn(request(1n, { state: empty }))).toEqual({ ok: false, error: "insufficientLiquidity" });
		expect(quoteExactIn(request(1_000n, { state: empty }))).toEqual({ ok: false, error: "insufficientLiquidity" });
	});

	test("an exact output that is nothing, all there is, or beyond the number range", () => {
		expect(quoteExactOut(request(0n))).toEqual({ ok: false, error: "zeroOutput" });
		expect(quoteExactOut(request(U64_MAX + 1n))).toEqual({ ok: false, error: "amountOverflow" });
		expect(quoteExactOut(request(2_000_000n))).toEqual({ ok: false, error: "insufficientLiquidity" });
		expect(quoteExactOut(request(1n, { state: { ...OPEN, reserveA: 0n } }))).toEqual({ ok: false, error: "zeroInput" });
		const deep = { ...OPEN, reserveA: U64_MAX, reserveB: U64_MAX };
		expect(quoteExactOut(request(U64_MAX - 1n, { state: deep }))).toEqual({ ok: false, error: "amountOverflow" });
		expect(quoteExactOut(request(U64_MAX >> 1n, { state: deep }))).toEqual({ ok: false, error: "amountOverflow" });
	});
});

describe("quotes give", () => {
	test("known amounts, the fee rounded up and the output down", () => {
		expect(quoteExactIn(request(10_001n))).toEqual({
			ok: true,
			value: { amountIn: 10_001n, amountOut: 19_752n, fee: 26n, feeSide: "input", arrays: [] },
		});
		expect(quoteExactIn(request(10_001n, { direction: "bToA" }))).toEqual({
			ok: true,
			value: { amountIn: 10_001n, amountOut: 4_962n, fee: 26n, feeSide: "input", arrays: [] },
		});
		expect(quoteExactOut(request(19_752n))).toEqual({
			ok: true,
			value: { amountIn: 10_000n, amountOut: 19_752n, fee: 25n, feeSide: "input", arrays: [] },
		});
	});

	const amounts = fc.bigInt({ min: 1n, max: 1n << 62n });
	const states = fc.record({
		state: fc.record({
			reserveA: amounts,
			reserveB: amounts,
			swapEnabled: fc.constant(true),
			openTimeSeconds: fc.constant(0n),
		}),
		direction: fc.constantFrom("aToB" as const, "bToA" as const),
		amount: amounts,
	});

	test("nothing that makes the pool poorer", () => {
		const property = fc.property(states, ({ amount, ...change }) => {
			const { reserveA, reserveB } = change.state;
			const quoted = quoteExactIn(request(amount, change));
			if (!quoted.ok) return;
			const [before, after] = change.direction === "aToB" ? [reserveA, reserveB] : [reserveB, reserveA];
			const { amountIn, amountOut } = quoted.value;
			expect((before + amountIn) * (after - amountOut)).toBeGreaterThanOrEqual(before * after);
		});
		fc.assert(property, { seed: 9, numRuns: 500 });
	});

	test("an exact output whose input, swapped exactly, gives at least that output", () => {
		const property = fc.property(states, ({ amount, ...change }) => {
			const asked = quoteExactOut(request(amount, change));
			if (!asked.ok) return;
			const given = quoteExactIn(request(asked.value.amountIn, change));
			expect(given.ok && given.value.amountOut >= amount).toBe(true);
		});
		fc.assert(property, { seed: 11, numRuns: 500 });
	});
});
