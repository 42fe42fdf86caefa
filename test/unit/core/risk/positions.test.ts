import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Positions } from "../../../../core/risk/positions.ts";
import type { Address } from "../../../../core/types/address.ts";

const [USDC, SOL, BONK, WIF] = ["usdc", "sol", "bonk", "wif"] as unknown as [Address, Address, Address, Address];
const CASH = [USDC, SOL];

/** Entries without their order, which taking back does not keep. */
function written(entries: Positions["entries"]) {
	return new Map(entries.map(([mint, { amount, costs }]) => [mint, { amount, costs: new Map(costs) }]));
}

function swap(positions: Positions, mintIn: Address, amountIn: bigint, mintOut: Address, amountOut: bigint) {
	const effects = positions.effectsOf({ mintIn, amountIn, mintOut, amountOut, cash: CASH });
	for (const change of effects.positions) positions.apply(change);
	return effects;
}

describe("positions", () => {
	test("what was held without a cost realises nothing when it is sold", () => {
		const positions = new Positions();
		expect(swap(positions, BONK, 100n, USDC, 7n)).toEqual({ positions: [], realised: [] });
		expect(positions.of(BONK)).toEqual({ amount: 0n, costs: [] });
	});

	test("cash for cash is no trade", () => {
		expect(swap(new Positions(), USDC, 100n, SOL, 1n)).toEqual({ positions: [], realised: [] });
	});

	test("a purchase costs what was paid; a sale realises what it brings less the cost of what was sold, rounded up", () => {
		const positions = new Positions();
		expect(swap(positions, USDC, 10n, BONK, 3n).realised).toEqual([]);
		expect(positions.of(BONK)).toEqual({ amount: 3n, costs: [[USDC, 10n]] });
		// A third of 10 is 3⅓, so it is 4.
		expect(swap(positions, BONK, 1n, USDC, 5n).realised).toEqual([[USDC, 1n]]);
		expect(positions.of(BONK)).toEqual({ amount: 2n, costs: [[USDC, 6n]] });
		expect(swap(positions, BONK, 2n, USDC, 4n).realised).toEqual([[USDC, -2n]]);
		expect(positions.entries).toEqual([]);
	});

	test("bought for one cash and sold for another: a loss in the one, a gain in the other", () => {
		const positions = new Positions();
		swap(positions, SOL, 10n, BONK, 100n);
		expect(new Map(swap(positions, BONK, 50n, USDC, 700n).realised)).toEqual(
			new Map([
				[USDC, 700n],
				[SOL, -5n],
			]),
		);
	});

	test("selling more than was bought realises the part that was bought", () => {
		const positions = new Positions();
		swap(positions, USDC, 100n, BONK, 10n);
		expect(swap(positions, BONK, 40n, USDC, 80n).realised).toEqual([[USDC, -80n]]);
		expect(positions.entries).toEqual([]);
	});

	test("a token for a token takes its cost along", () => {
		const positions = new Positions();
		swap(positions, USDC, 100n, BONK, 10n);
		expect(swap(positions, BONK, 5n, WIF, 2n).realised).toEqual([]);
		expect(positions.of(WIF)).toEqual({ amount: 2n, costs: [[USDC, 50n]] });
		expect(positions.of(BONK)).toEqual({ amount: 5n, costs: [[USDC, 50n]] });
	});

	test("whatever is bought and sold, no unit of cash appears or vanishes", () => {
		const mint = fc.constantFrom(USDC, SOL, BONK, WIF);
		const amount = fc.bigInt({ min: 1n, max: 1_000_000n });
		const swaps = fc.array(fc.record({ mintIn: mint, mintOut: mint, amountIn: amount, amountOut: amount }), {
			maxLength: 40,
		});
		fc.assert(
			fc.property(swaps, (all) => {
				const positions = new Positions();
				// Cash paid for tokens is either the cost of what is held, or was realised.
				const paid = new Map<Address, bigint>();
				const add = (cash: Address, units: bigint) => paid.set(cash, (paid.get(cash) ?? 0n) + units);
				const undo: (() => void)[] = [];
				for (const { mintIn, mintOut, amountIn, amountOut } of all) {
					if (mintIn === mintOut) continue;
					const before = positions.entries;
					const { positions: changes, realised } = swap(positions, mintIn, amountIn, mintOut, amountOut);
					if (CASH.includes(mintIn) && !CASH.includes(mintOut)) add(mintIn, amountIn);
					const tracked = changes.find(({ mint: changed }) => changed === mintIn);
					if (tracked && CASH.includes(mintOut)) add(mintOut, -((amountOut * -tracked.amount) / amountIn));
					for (const [cash, units] of realised) add(cash, units);
					for (const { amount: held, costs } of positions.entries.map(([, position]) => position)) {
						expect(held > 0n).toBe(true);
						for (const [, cost] of costs) expect(cost > 0n).toBe(true);
					}
					undo.push(() => {
						for (const change of changes) {
							const costs = change.costs.map(([cash, cost]): [Address, bigint] => [cash, -cost]);
							positions.apply({ ...change, amount: -change.amount, costs });
						}
						expect(written(positions.entries)).toEqual(written(before));
					});
				}
				const held = new Map<Address, bigint>();
				for (const [, { costs }] of positions.entries) {
					for (const [cash, cost] of costs) held.set(cash, (held.get(cash) ?? 0n) + cost);
				}
				for (const cash of CASH) expect(paid.get(cash) ?? 0n).toBe(held.get(cash) ?? 0n);
				for (const step of undo.reverse()) step();
				expect(positions.entries).toEqual([]);
			}),
			{ numRuns: 500 },
		);
	});
});
