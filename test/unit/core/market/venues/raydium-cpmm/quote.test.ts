import { describe, expect, test } from "@jest/globals";
import type { PoolDescriptor } from "../../../../../../core/market/pool.ts";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/raydium-cpmm/quote.ts";
import type { NoQuoteCode, QuoteRequest, ReserveState } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { clockAt } from "../../../../../support/chain-clock.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const ANYWHERE = "11111111111111111111111111111111" as Address;
const STATE: ReserveState = { reserveA: 1_000_000n, reserveB: 5_000_000n, swapEnabled: true, openTimeSeconds: 100n };
const RATES = { tradeFeeRate: 2_500n, protocolFeeRate: 0n, fundFeeRate: 0n, creatorFeeRate: 10_000n };

interface Change extends Partial<Omit<QuoteRequest, "state" | "pool">> {
	readonly state?: Partial<ReserveState>;
	readonly parameters?: Readonly<Record<string, bigint>>;
}

function request({ state, parameters, ...rest }: Change = {}): QuoteRequest {
	const pool: PoolDescriptor = {
		address: ANYWHERE,
		venue: "raydium-cpmm",
		mintA: ANYWHERE,
		mintB: ANYWHERE,
		decimalsA: 6,
		decimalsB: 6,
		vaultA: ANYWHERE,
		vaultB: ANYWHERE,
		feeNumerator: 2_500n,
		feeDenominator: 1_000_000n,
		parameters: parameters ?? { ...RATES, creatorFeeOn: 0n, enableCreatorFee: 0n },
		swapAccounts: {},
	};
	return { pool, state: { ...STATE, ...state }, direction: "aToB", amount: 10_000n, clock: clockAt(100n), ...rest };
}

const FREE = { ...RATES, tradeFeeRate: 0n, creatorFeeOn: 0n, enableCreatorFee: 0n };

describe("no quote", () => {
	test.each<[NoQuoteCode, Change]>([
		["zeroInput", { amount: 0n }],
		["zeroInput", { amount: -1n }],
		["zeroOutput", { amount: 1n }],
		["zeroOutput", { parameters: FREE }],
		["insufficientLiquidity", { state: { reserveA: 0n } }],
		["insufficientLiquidity", { state: { reserveB: -1n } }],
		["swapDisabled", { state: { swapEnabled: false } }],
		["notOpenYet", { clock: clockAt(99n) }],
		["amountOverflow", { amount: U64_MAX + 1n }],
		["amountOverflow", { amount: U64_MAX }],
	])("%s for an exact input %#", (code, change) => {
		expect(quoteExactIn(request(change))).toEqual({ ok: false, error: code });
	});

	test.each<[NoQuoteCode, Change]>([
		["zeroOutput", { amount: 0n, state: { swapEnabled: false } }],
		["zeroOutput", { parameters: FREE }],
		["insufficientLiquidity", { amount: 5_000_000n }],
		["insufficientLiquidity", { state: { reserveA: 0n } }],
		["swapDisabled", { state: { swapEnabled: false } }],
		["notOpenYet", { clock: clockAt(99n) }],
		["amountOverflow", { amount: U64_MAX + 1n }],
		["amountOverflow", { amount: 4_999_999n, state: { reserveA: U64_MAX } }],
		["amountOverflow", { amount: 10n, state: { reserveA: U64_MAX - 1n } }],
	])("%s for an exact output %#", (code, change) => {
		expect(quoteExactOut(request(change))).toEqual({ ok: false, error: code });
	});

	test("for a pool that another venue described is a broken invariant", () => {
		expect(() => quoteExactIn(request({ parameters: {} }))).toThrow(/no parameter tradeFeeRate/);
	});
});

describe("a quote", () => {
	const withCreator = (creatorFeeOn: bigint) => ({ parameters: { ...RATES, creatorFeeOn, enableCreatorFee: 1n } });

	test("takes the trade fee from the input, rounded up", () => {
		// 10,000 less 25 is 9,975; 9,975 · 5,000,000 / 1,009,975 = 49,382.4…
		expect(quoteExactIn(request())).toEqual({
			ok: true,
			value: { amountIn: 10_000n, amountOut: 49_382n, fee: 25n, feeSide: "input", arrays: [] },
		});
		expect(quoteExactIn(request({ direction: "bToA" }))).toMatchObject({ value: { amountOut: 1_991n } });
	});

	test("takes the creator's fee from the input with the trade fee, where the input is the creator's token", () => {
		// 125 of 10,000 leave 9,875, of which the curve makes 48,892.1…
		for (const mode of [0n, 1n]) {
			expect(quoteExactIn(request(withCreator(mode)))).toMatchObject({ value: { amountOut: 48_892n, fee: 125n } });
		}
	});

	test("takes the creator's fee from the output otherwise", () => {
		// 49,382 less 494 (493.82 rounded up).
		expect(quoteExactIn(request(withCreator(2n)))).toMatchObject({ value: { amountOut: 48_888n, fee: 25n } });
		expect(quoteExactOut(request({ ...withCreator(2n), amount: 48_888n }))).toMatchObject({
			value: { amountIn: 10_000n, amountOut: 48_888n },
		});
	});

	test("of the output found asks for no more than the input given", () => {
		expect(quoteExactOut(request({ amount: 49_382n }))).toEqual({
			ok: true,
			value: { amountIn: 10_000n, amountOut: 49_382n, fee: 25n, feeSide: "input", arrays: [] },
		});
	});

	test("without any fee on the input exists where the creator takes from the output", () => {
		const parameters = { ...RATES, tradeFeeRate: 0n, creatorFeeOn: 2n, enableCreatorFee: 0n };
		expect(quoteExactIn(request({ parameters }))).toMatchObject({ value: { amountOut: 49_504n, fee: 0n } });
	});
});
