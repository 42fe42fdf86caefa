import { describe, expect, test } from "@jest/globals";
import { afterSwap } from "../../../../../../core/market/venues/raydium-clmm/after-swap.ts";
import { MAX_SQRT_PRICE, MIN_SQRT_PRICE } from "../../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import { sqrtPriceAtTick, tickAtSqrtPrice } from "../../../../../../core/market/venues/raydium-clmm/tick-price.ts";
import { opened, quoted } from "../../../../../../tools/vectors/raydium-clmm/compare.ts";
import type { Scenario } from "../../../../../../tools/vectors/raydium-clmm/scenario.ts";
import { SCENARIO } from "./scenario.ts";

const U64_MAX = (1n << 64n) - 1n;
const ALL = { from: 0n, older: [10_000n, U64_MAX], newer: [10_000n, U64_MAX] } as const;

function quote(changes: Partial<Scenario>) {
	const scenario = { ...SCENARIO, ...changes };
	return quoted(scenario, opened(scenario));
}

describe("no quote", () => {
	test.each<[string, string, Partial<Scenario>]>([
		["zeroInput", "of nothing", { amount: 0n }],
		["zeroOutput", "for nothing", { amount: 0n, exact: "out" }],
		["amountOverflow", "above a u64", { amount: U64_MAX + 1n }],
		["amountOverflow", "for more than a u64", { amount: U64_MAX + 1n, exact: "out" }],
		["swapDisabled", "while swaps are disabled", { status: 0b1_0000 }],
		["swapDisabled", "while swaps are disabled, for an output", { status: 0b1_0000, exact: "out" }],
		["notOpenYet", "at the very second of opening", { openTimeSeconds: SCENARIO.unixSeconds }],
		["zeroOutput", "of one unit", { amount: 1n }],
		["insufficientLiquidity", "beyond the last range", { amount: 1n << 62n }],
		["insufficientLiquidity", "for more than there is", { amount: 1n << 62n, exact: "out" }],
		["arrayMissing", "without the second array", { amount: 100_000_000n, arrays: [0] }],
		["arrayMissing", "without any array", { arrays: [] }],
		["transferFee", "when the fee takes the whole input", { transferFeeA: ALL }],
		["transferFee", "when the fee takes the whole output", { transferFeeB: ALL }],
		["transferFee", "when no amount sent gives the output", { transferFeeB: ALL, exact: "out" }],
		["transferFee", "when no amount sent gives the input", { transferFeeA: ALL, exact: "out" }],
		["priceLimit", "downwards at the lowest price", { sqrtPrice: MIN_SQRT_PRICE }],
		["priceLimit", "upwards at the highest price", { sqrtPrice: MAX_SQRT_PRICE, direction: "bToA" }],
		["priceLimit", "when price and tick contradict", { sqrtPrice: sqrtPriceAtTick(-20) }],
		["priceLimit", "when price and tick contradict upwards", { sqrtPrice: sqrtPriceAtTick(30), direction: "bToA" }],
		["amountOverflow", "when the protocol's counter is full", { protocolFees: [U64_MAX, 0n] }],
	])("%s: %s", (code, _words, changes) => {
		expect(quote(changes)).toEqual({ ok: false, error: code });
	});
});

test("a second swap through the state that the first leaves costs more", () => {
	const market = opened(SCENARIO);
	const first = quoted(SCENARIO, market);
	if (!first.ok) throw new Error(first.error);
	const second = quoted(SCENARIO, { pool: market.pool, state: afterSwap(market.state, first.value) });
	if (!second.ok) throw new Error(second.error);
	expect(second.value.amountOut).toBeLessThan(first.value.amountOut);
	expect(first.value.fees.protocol).toBe((first.value.fee * 12n) / 100n);
});

test("the tick of a price is the greatest whose price is not above it, at every boundary", () => {
	for (let tick = -443_636; tick <= 443_636; tick += 997) {
		const price = sqrtPriceAtTick(tick);
		expect(tickAtSqrtPrice(price)).toBe(tick);
		expect(tickAtSqrtPrice(price + 1n)).toBe(tick);
		if (tick > -443_636) expect(tickAtSqrtPrice(price - 1n)).toBe(tick - 1);
	}
	expect(tickAtSqrtPrice(MAX_SQRT_PRICE - 1n)).toBe(443_635);
});
