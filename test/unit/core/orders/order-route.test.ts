import { describe, expect, test } from "@jest/globals";
import { bestQuote, findRoutes } from "../../../../core/orders/order-route.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { BONK, SOL, USDC } from "../market/market-fixture.ts";
import { NOW_SECONDS, rowOf } from "./order-world.ts";

const direct = rowOf({ number: 1 });
const other = rowOf({
	number: 2,
	venue: "raydium-cpmm",
	mintA: USDC,
	mintB: SOL,
	reserveA: 151_000_000_000n,
	reserveB: 1_000_000_000_000n,
});
const solBonk = rowOf({ number: 3, mintA: SOL, mintB: BONK, reserveA: 1_000_000_000_000n, reserveB: 10n ** 15n });
const bonkUsdc = rowOf({ number: 4, mintA: BONK, mintB: USDC, reserveA: 10n ** 15n, reserveB: 170_000_000_000n });
const rows = [solBonk, direct, bonkUsdc, other];
const names = (routes: ReturnType<typeof findRoutes>) => routes.map((route) => route.map(({ row }) => row.index));

describe("findRoutes", () => {
	test("mints that no pools join have no route", () => {
		expect(findRoutes({ rows: [solBonk], mintIn: SOL, mintOut: USDC, maximum: 8 })).toEqual([]);
		expect(findRoutes({ rows: [], mintIn: SOL, mintOut: USDC, maximum: 8 })).toEqual([]);
	});

	test("single pools, whichever way round they are", () => {
		const out = findRoutes({ rows, mintIn: SOL, mintOut: USDC, maximum: 8 });
		expect(names(out)).toEqual([[1], [2]]);
		expect(out[1]?.[0]).toMatchObject({ direction: "bToA", mintIn: SOL, mintOut: USDC });
		expect(names(findRoutes({ rows, mintIn: USDC, mintOut: SOL, maximum: 8 }))).toEqual([[1], [2]]);
	});

	test("two pools by a mint between, only where no single one trades the pair", () => {
		const out = findRoutes({ rows: [solBonk, bonkUsdc], mintIn: SOL, mintOut: USDC, maximum: 8 });
		expect(names(out)).toEqual([[3, 4]]);
		expect(out[0]?.map(({ mintIn, mintOut }) => [mintIn, mintOut])).toEqual([
			[SOL, BONK],
			[BONK, USDC],
		]);
		const back = findRoutes({ rows: [solBonk, bonkUsdc], mintIn: USDC, mintOut: SOL, maximum: 8 });
		expect(back[0]?.map(({ direction }) => direction)).toEqual(["bToA", "bToA"]);
	});

	test("no more than asked for", () => {
		expect(names(findRoutes({ rows, mintIn: SOL, mintOut: USDC, maximum: 1 }))).toEqual([[1]]);
		const twice = [solBonk, bonkUsdc, rowOf({ number: 5, mintA: SOL, mintB: BONK })];
		expect(names(findRoutes({ rows: twice, mintIn: SOL, mintOut: USDC, maximum: 1 }))).toEqual([[3, 4]]);
	});
});

describe("bestQuote", () => {
	const quote = (of: typeof rows, amount: bigint) =>
		bestQuote(
			{ routes: findRoutes({ rows: of, mintIn: SOL, mintOut: USDC, maximum: 8 }), clock: clockAt(NOW_SECONDS) },
			amount,
		);

	test("stale and closed pools, and amounts that no pool takes, have no quote", () => {
		expect(quote([rowOf({ number: 1, stale: true })], 10n ** 9n)).toBeNull();
		expect(quote([rowOf({ number: 1, swapEnabled: false })], 10n ** 9n)).toBeNull();
		expect(quote([solBonk, rowOf({ number: 4, mintA: BONK, mintB: USDC, stale: true })], 10n ** 9n)).toBeNull();
		expect(quote(rows, 0n)).toBeNull();
		expect(quote(rows, 2n ** 64n)).toBeNull();
		expect(quote([], 1n)).toBeNull();
	});

	test("the best route is taken, every leg spending what the one before gives; of equals the first", () => {
		const best = quote(
			[solBonk, bonkUsdc, rowOf({ number: 5, mintA: BONK, mintB: USDC, reserveA: 10n ** 16n })],
			10n ** 9n,
		);
		expect(best?.route.map(({ row }) => row.index)).toEqual([3, 4]);
		expect(best?.outputs).toHaveLength(2);
		expect(best?.outputs[1]).toBe(best?.amountOut);
		expect(quote([direct, other], 10n ** 9n)?.route[0]?.row.index).toBe(2);
		expect(quote([direct, rowOf({ number: 9 })], 10n ** 9n)?.route[0]?.row.index).toBe(1);
	});
});
