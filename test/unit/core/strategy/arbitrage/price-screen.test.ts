import { describe, expect, test } from "@jest/globals";
import { Book } from "../../../../../core/market/book.ts";
import { legCode, NO_LEG } from "../../../../../core/market/leg-code.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import { pumpSwap } from "../../../../../core/market/venues/pumpswap/venue.ts";
import { PriceScreen } from "../../../../../core/strategy/arbitrage/price-screen.ts";
import { batchOf, poolOf, tickOf } from "../../market/market-fixture.ts";
import {
	feeConfigAccount,
	globalAccount,
	key,
	mintAccount,
	poolAccount,
	WRAPPED_SOL,
} from "../../market/venues/pumpswap/accounts.ts";

const CLOCK = { slot: 100n, epoch: 0n, unixSeconds: 1_700_000_000n };
const COIN = key(20);
/** Buys the coin in the pool of the first row, sells it in that of the second. */
const ROUTE = Int32Array.of(legCode(0, "bToA"), legCode(1, "aToB"), NO_LEG, NO_LEG);

function passes(pools: readonly PoolDescriptor[], reserves: readonly (readonly [bigint, bigint])[][]): boolean[] {
	const book = new Book({ catalogEpoch: 1, pools });
	const screen = new PriceScreen(book);
	screen.lend(new Map([[WRAPPED_SOL, 1]]));
	return reserves.map((rows, at) => {
		const ticks = rows.map(([reserveA, reserveB], poolIndex) => tickOf({ poolIndex, reserveA, reserveB }));
		expect(book.apply(batchOf({ sequence: at + 1, snapshot: true }, ticks)).status).toBe("applied");
		for (const row of rows.keys()) screen.set(row, CLOCK);
		let isPassed = false;
		screen.look({ codes: ROUTE, from: 0, to: ROUTE.length }, () => {
			isPassed = true;
		});
		return isPassed;
	});
}

describe("a screen's prices", () => {
	const plain = (number: number) => poolOf({ number, mintA: COIN, mintB: WRAPPED_SOL });

	test("pass a gap above the fees of both pools, and none below them", () => {
		const first = [10n ** 12n, 10n ** 12n] as const;
		expect(
			passes(
				[plain(0), plain(1)],
				[
					[first, [10n ** 12n, 1_005n * 10n ** 9n]],
					[first, [10n ** 12n, 1_006n * 10n ** 9n]],
					[first, [10n ** 12n, 1_004n * 10n ** 9n]],
				],
			),
		).toEqual([false, true, false]);
	});

	test("follow what a PumpSwap pool keeps when its coin comes into another tier", () => {
		const mints = [mintAccount(COIN), mintAccount(WRAPPED_SOL)];
		const tiers = [
			[0n, [20n, 5n, 95n]],
			[2n * 10n ** 15n, [20n, 5n, 5n]],
		] as const;
		const pump = pumpSwap.describe(poolAccount(), [globalAccount(), feeConfigAccount({ tiers }), ...mints]);
		if (!pump.ok) throw new Error(pump.error.detail);
		const gapOfOnePercent = (price: bigint) =>
			[
				[10n ** 12n, price * 10n ** 12n],
				[10n ** 12n, price * 101n * 10n ** 10n],
			] as const;
		expect(
			passes([pump.value, plain(1)], [[...gapOfOnePercent(1n)], [...gapOfOnePercent(2n)], [...gapOfOnePercent(1n)]]),
		).toEqual([false, true, false]);
	});
});
