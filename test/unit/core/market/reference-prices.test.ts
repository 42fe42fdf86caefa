import { describe, expect, test } from "@jest/globals";
import type { PoolRow } from "../../../../core/market/pool-row.ts";
import { ReferencePrices } from "../../../../core/market/reference-prices.ts";
import type { Address } from "../../../../core/types/address.ts";

type MutableRow = { -readonly [key in keyof PoolRow]: PoolRow[key] };

const [A, B, C, D] = ["mint-a", "mint-b", "mint-c", "mint-d"] as unknown as [Address, Address, Address, Address];

/** A pool of `mintA` and `mintB` with reserves, fresh unless it is said otherwise. */
function row(mintA: Address, mintB: Address, reserveA: bigint, reserveB: bigint, change: Partial<PoolRow> = {}) {
	return {
		pool: { mintA, mintB },
		reserveA,
		reserveB,
		roughA: Number(reserveA),
		roughB: Number(reserveB),
		stale: false,
		swapEnabled: true,
		...change,
	} as MutableRow;
}

const pricesOf = (...rows: PoolRow[]) => new ReferencePrices(rows);

describe("reference prices", () => {
	test("there is none without a pool, nor of pools that are stale, closed or empty on a side", () => {
		expect(pricesOf().price(A, B)).toBeNull();
		expect(pricesOf(row(A, C, 1n, 1n)).price(A, B)).toBeNull();
		for (const change of [{ stale: true }, { swapEnabled: false }]) {
			expect(pricesOf(row(A, B, 5n, 7n, change)).price(A, B)).toBeNull();
		}
		expect(pricesOf(row(A, B, 0n, 7n)).price(A, B)).toBeNull();
		expect(pricesOf(row(A, B, 7n, 0n)).price(B, A)).toBeNull();
	});

	test("one pool is its own reference, both ways", () => {
		const prices = pricesOf(row(A, B, 200n, 300n));
		expect(prices.price(A, B)).toMatchObject({ amountIn: 200n, amountOut: 300n });
		expect(prices.price(B, A)).toMatchObject({ amountIn: 300n, amountOut: 200n });
	});

	test("of equal pools the middle one counts, whichever way round they are", () => {
		const prices = pricesOf(row(A, B, 100n, 400n), row(B, A, 200n, 200n), row(A, B, 400n, 100n));
		expect(prices.price(A, B)).toMatchObject({ amountIn: 200n, amountOut: 200n });
		const turned = pricesOf(row(B, A, 400n, 101n), row(A, B, 200n, 200n), row(B, A, 100n, 401n));
		expect(turned.price(A, B)).toMatchObject({ amountIn: 200n, amountOut: 200n });
		expect(turned.price(B, A)).toMatchObject({ amountIn: 200n, amountOut: 200n });
	});

	test("a deep pool outweighs many shallow ones, and no swap in a shallow one moves it", () => {
		const deep = row(A, B, 1_000_000n, 2_000_000n);
		const shallow = [row(A, B, 100n, 100n), row(A, B, 100n, 90n), row(A, B, 10_000n, 1n)];
		expect(pricesOf(...shallow, deep).price(A, B)).toMatchObject({ amountIn: 1_000_000n, amountOut: 2_000_000n });
	});

	test("a pool that is moved far away moves the reference no further than to the next pool", () => {
		const honest = [row(A, B, 100n, 100n), row(A, B, 100n, 101n)];
		const moved = row(A, B, 10_000n, 1n);
		const price = pricesOf(...honest, moved).price(A, B);
		expect(price).toMatchObject({ amountIn: 100n, amountOut: 100n });
	});

	test("of two equal pools the lower price counts", () => {
		expect(pricesOf(row(A, B, 100n, 400n), row(A, B, 400n, 100n)).price(A, B)).toMatchObject({
			amountIn: 400n,
			amountOut: 100n,
		});
	});

	test("a change is seen when it is told, for its own pair only", () => {
		const first = row(A, B, 100n, 100n);
		const second = row(A, C, 100n, 100n);
		const prices = pricesOf(first, second);
		expect(prices.price(A, B)).toMatchObject({ amountIn: 100n, amountOut: 100n });
		expect(prices.price(A, C)).toMatchObject({ amountIn: 100n, amountOut: 100n });
		first.reserveB = 50n;
		second.reserveB = 60n;
		prices.changed([0, 7]);
		expect(prices.price(A, B)).toMatchObject({ amountIn: 100n, amountOut: 50n });
		expect(prices.price(A, C)).toMatchObject({ amountIn: 100n, amountOut: 100n });
		prices.allChanged();
		expect(prices.price(A, C)).toMatchObject({ amountIn: 100n, amountOut: 60n });
	});
});

test("prices can be worked out before somebody asks: the same, and each pair once", () => {
	const only = row(A, B, 100n, 100n);
	const prices = pricesOf(only);
	prices.changed([0]);
	prices.changed([0]);
	prices.settle();
	only.reserveB = 50n;
	// Not told yet.
	expect(prices.price(A, B)).toMatchObject({ amountIn: 100n, amountOut: 100n });
	prices.changed([0]);
	expect(prices.price(A, B)).toMatchObject({ amountIn: 100n, amountOut: 50n });
	prices.settle();
	expect(prices.price(A, B)).toMatchObject({ amountIn: 100n, amountOut: 50n });
});

describe("values", () => {
	test("of the quote mint itself, and of nothing, need no price", () => {
		const prices = pricesOf();
		expect([prices.value(A, 5n, A), prices.value(A, 0n, B), prices.value(A, 1n, B)]).toEqual([5n, 0n, null]);
	});

	test("round up: exposure is never understated", () => {
		const prices = pricesOf(row(A, B, 3n, 1n));
		expect([1n, 3n, 4n].map((amount) => prices.value(A, amount, B))).toEqual([1n, 1n, 2n]);
	});

	test("go over the mint between whose middle pool is deepest when there is no pool of the pair", () => {
		const shallow = row(A, C, 10n, 10n);
		const deep = row(A, D, 1_000n, 2_000n);
		const prices = pricesOf(
			shallow,
			deep,
			row(C, B, 10n, 10n),
			row(D, B, 1_000n, 3_000n),
			row(A, B, 1n, 1n, { stale: true }),
		);
		expect(prices.value(A, 5n, B)).toBe(30n);
	});

	test("are unknown when the way ends between", () => {
		const prices = pricesOf(row(A, C, 10n, 10n), row(C, B, 10n, 10n, { stale: true }), row(A, D, 1n, 1n));
		expect(prices.value(A, 5n, B)).toBeNull();
	});
});
