import { describe, expect, test } from "@jest/globals";
import type { TransferFeeSchedule } from "../../../../../../core/market/transfer-fee.ts";
import { afterSwap } from "../../../../../../core/market/venues/meteora-damm-v2/after-swap.ts";
import { isRateLimited } from "../../../../../../core/market/venues/meteora-damm-v2/base-fee.ts";
import { integerSqrt } from "../../../../../../core/market/venues/meteora-damm-v2/integers.ts";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/meteora-damm-v2/quote.ts";
import { CLOCK, DYNAMIC, type Edit, OFFSET, opened, poolBytes } from "./pool-bytes.ts";

const U64_MAX = 2n ** 64n - 1n;

function request(edits: readonly Edit[], amount: bigint, direction: "aToB" | "bToA" = "aToB") {
	return { ...opened(poolBytes(...edits)), direction, amount, clock: CLOCK };
}

function refusal(edits: readonly Edit[], amount: bigint, direction: "aToB" | "bToA" = "aToB") {
	const quote = quoteExactIn(request(edits, amount, direction));
	return quote.ok ? `quoted ${quote.value.amountOut}` : quote.error;
}

function refusalOut(edits: readonly Edit[], amount: bigint, direction: "aToB" | "bToA" = "aToB") {
	const quote = quoteExactOut(request(edits, amount, direction));
	return quote.ok ? `quoted ${quote.value.amountIn}` : quote.error;
}

const COMPOUNDING: readonly Edit[] = [
	[OFFSET.collectFeeMode, 1, 2],
	[OFFSET.compoundingFeeBps, 2, 5_000],
];

describe("a quote is refused", () => {
	test("without an amount, or with more than a token account holds", () => {
		expect(refusal([], 0n)).toBe("zeroInput");
		expect(refusal([], U64_MAX + 1n)).toBe("amountOverflow");
		expect(refusalOut([], 0n)).toBe("zeroOutput");
		expect(refusalOut([], U64_MAX + 1n)).toBe("amountOverflow");
	});

	test("by a disabled, unopened or empty pool", () => {
		expect(refusal([[OFFSET.poolStatus, 1, 1]], 5n)).toBe("swapDisabled");
		expect(refusalOut([[OFFSET.poolStatus, 1, 1]], 5n)).toBe("swapDisabled");
		expect(refusal([[OFFSET.activationPoint, 8, 1_001n]], 5n)).toBe("notOpenYet");
		expect(refusal([[OFFSET.activationPoint, 8, 1_000n]], 500n)).toMatch("quoted");
		expect(
			refusal(
				[
					[OFFSET.activationType, 1, 1],
					[OFFSET.activationPoint, 8, 2_000_001n],
				],
				5n,
			),
		).toBe("notOpenYet");
		expect(refusal([[OFFSET.liquidity, 16, 0n]], 5n)).toBe("insufficientLiquidity");
	});

	test("when nothing would come out, though the program would take the input", () => {
		expect(refusal([], 1n)).toBe("zeroOutput");
	});

	test("at the end of the price range", () => {
		const narrow: readonly Edit[] = [
			[OFFSET.sqrtMinPrice, 16, (1n << 64n) - (1n << 54n)],
			[OFFSET.sqrtMaxPrice, 16, (1n << 64n) + (1n << 54n)],
		];
		for (const direction of ["aToB", "bToA"] as const) {
			expect(refusal(narrow, 10_000_000_000n, direction)).toBe("priceLimit");
			expect(refusalOut(narrow, 10_000_000_000n, direction)).toBe("priceLimit");
		}
		expect(refusalOut([], 1_100_000_000_000n, "bToA")).toBe("priceLimit");
	});

	test("when reserves or counters would pass their bounds", () => {
		expect(refusal([[OFFSET.tokenBAmount, 8, 5n]], 1_000_000n)).toBe("insufficientLiquidity");
		expect(refusal([[OFFSET.tokenAAmount, 8, U64_MAX]], 1_000_000n)).toBe("amountOverflow");
		expect(refusal([[OFFSET.totalProtocolBFee, 8, U64_MAX]], 1_000_000n)).toBe("amountOverflow");
		expect(refusal([[OFFSET.totalProtocolAFee, 8, U64_MAX]], 1_000_000n)).toMatch("quoted");
		expect(refusal(COMPOUNDING, U64_MAX)).toBe("amountOverflow");
		expect(refusalOut(COMPOUNDING, 1_000_000_000_000n)).toBe("insufficientLiquidity");
		expect(refusalOut([...COMPOUNDING, [OFFSET.tokenAAmount, 8, U64_MAX]], 990_000_000_000n)).toBe("amountOverflow");
		const nearlyFull: readonly Edit[] = [...COMPOUNDING, [OFFSET.tokenBAmount, 8, U64_MAX - 997_600_000n]];
		expect(refusal(nearlyFull, 1_000_000_000n, "bToA")).toBe("amountOverflow");
		expect(refusalOut([], U64_MAX)).toBe("amountOverflow");
		expect(
			refusalOut(
				[...COMPOUNDING, [OFFSET.tokenBAmount, 8, 1n << 63n], [OFFSET.cliffFeeNumerator, 8, 990_000_000n]],
				900_000_000_000n,
				"bToA",
			),
		).toBe("amountOverflow");
	});

	test("when a fee schedule fails in the program", () => {
		const steep: Edit = [OFFSET.baseFeeThird, 8, 3_000_000n];
		const byTime: readonly Edit[] = [[OFFSET.baseFeeFirst, 2, 9], [OFFSET.baseFeeSecond, 8, 10n], steep];
		expect(refusal(byTime, 1_000n)).toBe("amountOverflow");
		expect(refusalOut(byTime, 1_000n)).toBe("amountOverflow");
		expect(refusalOut([...byTime, [OFFSET.collectFeeMode, 1, 1]], 1_000n, "bToA")).toBe("amountOverflow");
		const exponential: readonly Edit[] = [...byTime, [OFFSET.baseFeeMode, 1, 1]];
		expect(refusal(exponential, 1_000n)).toBe("amountOverflow");
		expect(refusal([...exponential, [OFFSET.baseFeeThird, 8, 10_000n]], 1_000n)).toBe("amountOverflow");
		expect(refusal([...exponential, [OFFSET.baseFeeThird, 8, 0n]], 1_000n)).toBe("quoted 996");
		const byPrice: readonly Edit[] = [
			[OFFSET.baseFeeMode, 1, 3],
			[OFFSET.baseFeeFirst, 2, 9],
		];
		expect(refusal([...byPrice, [OFFSET.baseFeeSecond, 8, 0xffff_ffff_0000_0005n]], 1_000n)).toBe("amountOverflow");
		expect(
			refusal([...byPrice, [OFFSET.baseFeeSecond, 8, 0xffff_ffff_0000_0000n], [OFFSET.initSqrtPrice, 16, 9n]], 1_000n),
		).toBe("amountOverflow");
		const late: readonly Edit[] = [
			[OFFSET.activationType, 1, 0],
			[OFFSET.activationPoint, 8, U64_MAX],
		];
		const { pool, state } = opened(poolBytes(...byPrice, [OFFSET.baseFeeSecond, 8, 0xffff_ffff_0000_0005n], ...late));
		const clock = { ...CLOCK, slot: U64_MAX };
		expect(quoteExactIn({ pool, state, direction: "aToB", amount: 1_000n, clock })).toEqual({
			ok: false,
			error: "amountOverflow",
		});
	});

	test("while a pool that has never been swapped is as young as its volatility filter", () => {
		const young: readonly Edit[] = [...DYNAMIC, [OFFSET.lastUpdateTimestamp, 8, CLOCK.unixSeconds - 9n]];
		expect(refusal(young, 1_000n)).toBe("amountOverflow");
		expect(refusal(DYNAMIC, 1_000n)).toBe("quoted 996");
		expect(refusal([...young, [OFFSET.sqrtPriceReference, 16, 1n << 64n]], 1_000n)).toBe("quoted 996");
		const ahead: readonly Edit[] = [...DYNAMIC, [OFFSET.lastUpdateTimestamp, 8, CLOCK.unixSeconds + 9n]];
		expect(refusal(ahead, 1_000n)).toBe("amountOverflow");
	});

	test("when a transfer fee takes everything, or the amount before it is no u64", () => {
		const all: TransferFeeSchedule = {
			older: { epoch: 0n, basisPoints: 10_000n, maximumFee: U64_MAX },
			newer: { epoch: 0n, basisPoints: 10_000n, maximumFee: U64_MAX },
		};
		const { pool, state } = opened(poolBytes());
		const swap = { state, direction: "aToB", amount: 1_000n, clock: CLOCK } as const;
		for (const fees of [{ transferFeeA: all }, { transferFeeB: all }]) {
			const taxed = { ...pool, ...fees };
			expect(quoteExactIn({ ...swap, pool: taxed })).toEqual({ ok: false, error: "transferFee" });
			expect(quoteExactOut({ ...swap, pool: taxed })).toEqual({ ok: false, error: "transferFee" });
		}
	});
});

describe("a quote", () => {
	test("of an exact output asks what gives that output", () => {
		for (const edits of [[], COMPOUNDING, DYNAMIC, [[OFFSET.collectFeeMode, 1, 1] as Edit]]) {
			for (const direction of ["aToB", "bToA"] as const) {
				const out = quoteExactOut(request(edits, 7_777n, direction));
				if (!out.ok) throw new Error(out.error);
				const back = quoteExactIn(request(edits, out.value.amountIn, direction));
				expect(back.ok && back.value.amountOut).toBeGreaterThanOrEqual(7_777n);
				const less = quoteExactIn(request(edits, out.value.amountIn - 2n, direction));
				expect(less.ok && less.value.amountOut).toBeLessThan(7_777n);
				expect(out.value.arrays).toEqual([]);
			}
		}
	});

	test("gives a referrer a part of the protocol's share", () => {
		const plain = quoteExactIn(request([], 1_000_000n));
		const referred = quoteExactIn({ ...request([], 1_000_000n), hasReferral: true });
		if (!plain.ok || !referred.ok) throw new Error("both must be quoted");
		expect(plain.value.fees).toEqual({ claimable: 2_000n, compounding: 0n, protocol: 500n, referral: 0n });
		expect(referred.value.fees).toEqual({ claimable: 2_000n, compounding: 0n, protocol: 400n, referral: 100n });
	});

	test("tells whether a rate limiter counts: buying token B's counterpart, within its time", () => {
		const limiter: readonly Edit[] = [
			[OFFSET.collectFeeMode, 1, 1],
			[OFFSET.baseFeeMode, 1, 2],
			[OFFSET.baseFeeFirst, 2, 100],
			[OFFSET.baseFeeSecond, 8, (5_000n << 32n) | 100n],
			[OFFSET.baseFeeThird, 8, 1_000n],
		];
		const { pool, state } = opened(poolBytes(...limiter));
		expect(isRateLimited({ pool, state, point: 1_000n, isAToB: false })).toBe(true);
		expect(isRateLimited({ pool, state, point: 1_001n, isAToB: false })).toBe(false);
		expect(isRateLimited({ pool, state, point: 1_000n, isAToB: true })).toBe(false);
		expect(isRateLimited({ ...opened(poolBytes()), point: 1_000n, isAToB: false })).toBe(false);
	});

	test("in which a rate limiter's bound passes a u64 is refused beyond it, and given below", () => {
		const limiter: readonly Edit[] = [
			[OFFSET.collectFeeMode, 1, 1],
			[OFFSET.baseFeeMode, 1, 2],
			[OFFSET.baseFeeFirst, 2, 9_000],
			[OFFSET.baseFeeSecond, 8, (9_900n << 32n) | 1_000n],
			[OFFSET.baseFeeThird, 8, 1n << 63n],
		];
		expect(refusalOut(limiter, 900_000_000n, "bToA")).toMatch("quoted");
	});
});

describe("the state after a swap", () => {
	test("takes the protocol's fee from the room of its token", () => {
		const full: readonly Edit[] = [
			[OFFSET.totalProtocolAFee, 8, U64_MAX - 1_000n],
			[OFFSET.totalProtocolBFee, 8, U64_MAX - 1_000n],
		];
		for (const direction of ["aToB", "bToA"] as const) {
			const swap = request(full, 1_000_000n, direction);
			const quote = quoteExactIn(swap);
			if (!quote.ok) throw new Error(quote.error);
			const after = afterSwap(swap.pool, swap.state, quote.value);
			expect(direction === "aToB" ? after.protocolFeeRoomB : after.protocolFeeRoomA).toBe(500n);
			expect(direction === "aToB" ? after.protocolFeeRoomA : after.protocolFeeRoomB).toBe(1_000n);
			expect(swap.state.protocolFeeRoomA).toBe(1_000n);
		}
	});

	test("makes a second swap worse than the first", () => {
		for (const edits of [[], COMPOUNDING, DYNAMIC]) {
			const swap = request(edits, 50_000_000_000n);
			const first = quoteExactIn(swap);
			if (!first.ok) throw new Error(first.error);
			const second = quoteExactIn({ ...swap, state: afterSwap(swap.pool, swap.state, first.value) });
			expect(second.ok && second.value.amountOut).toBeLessThan(first.value.amountOut);
		}
	});
});

test("the integer square root is the floor", () => {
	for (const root of [0n, 1n, 2n, 3n, 2n ** 53n + 1n, 2n ** 64n - 1n, 2n ** 96n + 12_345n, 2n ** 128n - 1n]) {
		expect(integerSqrt(root * root)).toBe(root);
		expect(integerSqrt(root * root + 2n * root)).toBe(root);
		if (root > 1n) expect(integerSqrt(root * root - 1n)).toBe(root - 1n);
	}
});
