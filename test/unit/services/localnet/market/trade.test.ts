import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PoolMarket } from "../../../../../core/market/venues/venue.ts";
import { seededRandom } from "../../../../../libs/random.ts";
import { referencePath } from "../../../../../services/localnet/market/reference-price.ts";
import { decideTrade } from "../../../../../services/localnet/market/trade.ts";
import { type TraderOrder, Traders } from "../../../../../services/localnet/market/traders.ts";

describe("a trader does nothing", () => {
	test("in an empty pool", () => {
		const situation = { reserveA: 0n, reserveB: 10n, fairPrice: 1, feeBps: 25, maximumShare: 0.02 };
		expect(decideTrade(situation, seededRandom(1))).toBeNull();
	});

	test("when the price suits him", () => {
		const flat = { nextUint32: () => 2 ** 31 };
		expect(
			decideTrade({ reserveA: 10n ** 9n, reserveB: 10n ** 9n, fairPrice: 1, feeBps: 25, maximumShare: 0.02 }, flat),
		).toBeNull();
	});

	test("when a trade would be of nothing", () => {
		const flat = { nextUint32: () => 2 ** 31 };
		expect(decideTrade({ reserveA: 3n, reserveB: 3n, fairPrice: 2, feeBps: 25, maximumShare: 0.02 }, flat)).toBeNull();
	});
});

test("a trade goes towards the trader's price, and takes no more than its share of the pool", () => {
	const flat = { nextUint32: () => 2 ** 31 };
	fc.assert(
		fc.property(
			fc.integer({ min: 1_000, max: 2 ** 50 }),
			fc.double({ min: 0.5, max: 2, noNaN: true }),
			(side, fairPrice) => {
				const reserve = BigInt(side);
				const decision = decideTrade(
					{ reserveA: reserve, reserveB: reserve, fairPrice, feeBps: 25, maximumShare: 0.02 },
					flat,
				);
				if (!decision) return;
				expect(decision.direction).toBe(fairPrice < 1 ? "aToB" : "bToA");
				expect(decision.amountIn).toBeGreaterThan(0n);
				expect(Number(decision.amountIn)).toBeLessThanOrEqual((side * 0.02) / 0.9975);
			},
		),
	);
});

test("the reference moves a second by about its volatility, from where it opened", () => {
	const path = referencePath(20, seededRandom(3));
	expect(path.at(0)).toBe(1);
	const moves = Array.from({ length: 5_000 }, (_, second) => Math.log(path.at(second + 1) / path.at(second)));
	const typical = Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / moves.length) * 10_000;
	expect(typical).toBeGreaterThan(17);
	expect(typical).toBeLessThan(23);
});

describe("the bots", () => {
	const quoteExactIn = () => ({ ok: true, value: { arrays: [7] } });
	const pool = { descriptor: { address: "pool" } as never, feeBps: 25, maximumShare: 0.02, fairPrice: () => 1.1 };
	const state = { reserveA: 10n ** 12n, reserveB: 10n ** 12n, swapEnabled: true, openTimeSeconds: 0n, quoteExactIn };
	const bots = (taken: boolean, orders: TraderOrder[], reserves: typeof state | null, pools = [pool]) =>
		new Traders({
			pools,
			traders: 3,
			tradesPerSecond: 6,
			slotSeconds: 0.4,
			randomFor: (slot, index) => seededRandom(slot * 100 + index),
			floor: {
				read: () => (reserves === null ? null : (reserves as never as PoolMarket)),
				clock: () => ({ slot: 1n, epoch: 0n, unixSeconds: 1n }),
				swap: (order) => orders.push(order) > 0 && taken,
			},
		});

	test("without pools have nothing to do", () => {
		expect(bots(true, [], state, []).dueIn(1)).toBe(0);
	});

	test("leave alone what they cannot read, and what is closed", () => {
		for (const reserves of [null, { ...state, swapEnabled: false }]) {
			const orders: TraderOrder[] = [];
			bots(true, orders, reserves).trade(1, 0);
			expect(orders).toEqual([]);
		}
	});

	test("count what the chain refuses", () => {
		const traders = bots(false, [], state);
		traders.trade(1, 0);
		expect([traders.sent, traders.refused]).toEqual([0, 1]);
	});

	test("trade at their rate, and the same in the same slot", () => {
		const [first, second]: [TraderOrder[], TraderOrder[]] = [[], []];
		const [one, other] = [bots(true, first, state), bots(true, second, state)];
		let due = 0;
		for (let slot = 0; slot < 250; slot++) {
			due += one.dueIn(slot);
			one.trade(slot, 0);
			other.trade(slot, 0);
		}
		expect(due).toBe(600);
		expect(first).toEqual(second);
		expect(one.sent).toBe(first.length);
		expect(new Set(first.map(({ trader }) => trader))).toEqual(new Set([0, 1, 2]));
	});
});
