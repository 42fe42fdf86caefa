import { beforeAll, describe, expect, test } from "@jest/globals";
import { U64_MAX } from "../../../core/market/constant-product.ts";
import type { Random } from "../../../core/types/clock.ts";
import { seededRandom } from "../../../libs/random.ts";

import {
	amountUpTo,
	EPOCH,
	inspect,
	NOW,
	oneIn,
	type Pair,
	PoolUnderTest,
	PROGRAM_ERRORS,
	type State,
	type Swap,
} from "./raydium-cpmm-pool.ts";

const SEED = 20_260_723;
const MILLION = 1_000_000n;

describe("the Raydium CPMM program on random pools", () => {
	let pool: PoolUnderTest;

	beforeAll(async () => {
		pool = await PoolUnderTest.create();
	});

	test("refuses what the quote refuses and gives what it gives, exact inputs", () => {
		const tally = compareOnRandomStates(pool, "in", 10_000, SEED);
		expect(tally.swapped).toBeGreaterThan(5_000);
		expect([...tally.refused].sort()).toEqual(Object.keys(PROGRAM_ERRORS).sort());
	});

	test("refuses what the quote refuses and gives what it gives, exact outputs", () => {
		const tally = compareOnRandomStates(pool, "out", 6_000, SEED + 1);
		expect(tally.swapped).toBeGreaterThan(2_000);
		const reachable = Object.keys(PROGRAM_ERRORS).filter((code) => code !== "zeroInput");
		expect([...tally.refused].sort()).toEqual(reachable.sort());
	});
});

/** Runs swaps on random pools; the program must agree with the quote in every one. */
function compareOnRandomStates(
	pool: PoolUnderTest,
	exact: "in" | "out",
	runs: number,
	seed: number,
): { swapped: number; refused: Set<string> } {
	const random = seededRandom(seed);
	const refused = new Set<string>();
	let swapped = 0;
	for (let run = 0; run < runs; run++) {
		const state = randomState(random);
		const swap = randomSwap(random, state, exact);
		pool.load(state);
		const quote = pool.quote(state, swap);
		const why = () => `seed ${seed} run ${run}: ${inspect({ state, swap, quote })}`;
		const [vaultIn] = swap.direction === "aToB" ? state.vaults : [state.vaults[1]];
		if (!quote.ok) {
			refused.add(quote.error);
			const outcome = pool.run(swap, exact === "in" ? 0n : U64_MAX, swap.amount);
			if (outcome.ok || !PROGRAM_ERRORS[quote.error]?.includes(outcome.error)) {
				throw new Error(`quote refused, program: ${inspect(outcome)}, ${why()}`);
			}
			continue;
		}
		const { amountIn, amountOut } = quote.value;
		const left = exact === "in" ? pool.afterSwap(state, swap, quote.value) : null;
		const before = { ...pool.snapshot(), [swap.direction === "aToB" ? "user0" : "user1"]: amountIn };
		const outcome = pool.run(swap, exact === "in" ? amountOut : amountIn, amountIn);
		if (vaultIn + amountIn > U64_MAX) {
			// More tokens than a mint can have: the program refuses by the vault, which the quote cannot see.
			if (outcome.ok || outcome.error !== 14)
				throw new Error(`expected Token's overflow, ${inspect(outcome)}, ${why()}`);
			continue;
		}
		if (!outcome.ok) throw new Error(`quote given, program: ${inspect(outcome)}, ${why()}`);
		if (left !== null) {
			const { reserveA, reserveB } = pool.reserves();
			if (left.reserveA !== reserveA || left.reserveB !== reserveB) {
				throw new Error(`the swap leaves ${reserveA}/${reserveB}, core says ${inspect(left)}, ${why()}`);
			}
		}
		const expected = expectedAfter(before, state, swap, quote.value);
		const after = pool.snapshot();
		for (const [field, value] of Object.entries(expected)) {
			if (after[field] !== value) throw new Error(`${field} is ${after[field]}, expected ${value}, ${why()}`);
		}
		swapped++;
	}
	return { swapped, refused };
}

/** Balances and counters after a swap, from its quote and the rules of fees (raydium-cp-swap, curve/fees.rs). */
function expectedAfter(
	before: Record<string, bigint>,
	state: State,
	swap: Swap,
	quote: { amountIn: bigint; amountOut: bigint; fee: bigint },
): Record<string, bigint> {
	const [input, output] = swap.direction === "aToB" ? (["0", "1"] as const) : (["1", "0"] as const);
	const creatorRate = state.enableCreatorFee ? state.creatorFeeRate : 0n;
	const isOnInput = state.creatorFeeOn === 0 || `${state.creatorFeeOn - 1}` === input;
	const creatorOnInput = isOnInput ? (quote.fee * creatorRate) / (state.tradeFeeRate + creatorRate) : 0n;
	const tradeFee = quote.fee - creatorOnInput;
	const after = { ...before, recentEpoch: EPOCH };
	const add = (field: string, amount: bigint) => {
		(after as Record<string, bigint>)[field] = before[field]! + amount;
	};
	add(`user${input}`, -quote.amountIn);
	add(`vault${input}`, quote.amountIn);
	add(`user${output}`, quote.amountOut);
	add(`vault${output}`, -quote.amountOut);
	add(`protocolFees${input}`, (tradeFee * state.protocolFeeRate) / MILLION);
	add(`fundFees${input}`, (tradeFee * state.fundFeeRate) / MILLION);
	if (isOnInput) add(`creatorFees${input}`, creatorOnInput);
	else add(`creatorFees${output}`, creatorOnOutput(state, swap, quote, before, creatorRate));
	return after;
}

/** The creator's part of the output: what the curve gave, by its own formula, less what the user got. */
function creatorOnOutput(
	state: State,
	swap: Swap,
	quote: { amountIn: bigint; amountOut: bigint; fee: bigint },
	before: Record<string, bigint>,
	creatorRate: bigint,
): bigint {
	if (swap.exact === "out") {
		const remaining = MILLION - creatorRate;
		return creatorRate === 0n ? 0n : (quote.amountOut * MILLION + remaining - 1n) / remaining - quote.amountOut;
	}
	const reserve = (side: number) =>
		before[`vault${side}`]! - state.protocolFees[side]! - state.fundFees[side]! - state.creatorFees[side]!;
	const [input, output] = swap.direction === "aToB" ? [0, 1] : [1, 0];
	const entering = quote.amountIn - quote.fee;
	return (entering * reserve(output)) / (reserve(input) + entering) - quote.amountOut;
}

function randomState(random: Random): State {
	const vaults: Pair = [amountUpTo(random, 64), amountUpTo(random, 64)];
	const isInsolvent = oneIn(random, 40);
	const part = (side: 0 | 1) => {
		if (isInsolvent) return amountUpTo(random, 64);
		return oneIn(random, 3) ? 0n : amountUpTo(random, 64) % (vaults[side] / 4n + 1n);
	};
	const rate = (most: bigint) =>
		oneIn(random, 8) ? 0n : BigInt(random.nextUint32()) % (oneIn(random, 4) ? most : 10_000n);
	const tradeFeeRate = rate(500_000n);
	return {
		status: oneIn(random, 10) ? random.nextUint32() & 7 : random.nextUint32() & 3,
		openTime: oneIn(random, 30) ? NOW + BigInt(random.nextUint32() & 1) : 0n,
		vaults,
		protocolFees: [part(0), part(1)],
		fundFees: [part(0), part(1)],
		creatorFees: [part(0), part(1)],
		creatorFeeOn: random.nextUint32() % 3,
		enableCreatorFee: !oneIn(random, 3),
		tradeFeeRate,
		protocolFeeRate: rate(500_000n),
		fundFeeRate: rate(500_000n),
		creatorFeeRate: rate(500_000n),
	};
}

function randomSwap(random: Random, state: State, exact: "in" | "out"): Swap {
	const direction = oneIn(random, 2) ? "aToB" : "bToA";
	const [vaultIn, vaultOut] = direction === "aToB" ? state.vaults : [state.vaults[1], state.vaults[0]];
	if (oneIn(random, 100)) return { direction, exact, amount: 0n };
	if (oneIn(random, 10)) return { direction, exact, amount: amountUpTo(random, 64) };
	if (exact === "out") return { direction, exact, amount: 1n + (amountUpTo(random, 64) % (vaultOut / 2n + 1n)) };
	// Within the order of magnitude of the reserve, and within what the vault can take.
	const wanted = (vaultIn * BigInt(1 + (random.nextUint32() % 100_000))) / 50_000n + 1n;
	const room = U64_MAX - vaultIn;
	return { direction, exact, amount: wanted < room ? wanted : room };
}
