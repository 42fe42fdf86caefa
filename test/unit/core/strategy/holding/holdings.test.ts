import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../../core/execution/fill.ts";
import type { HeldPosition } from "../../../../../core/strategy/held-position.ts";
import { Holdings } from "../../../../../core/strategy/holding/holdings.ts";
import type { Address } from "../../../../../core/types/address.ts";
import type { IntentId } from "../../../../../core/types/identifiers.ts";
import { addressOf, BONK, SOL, USDC } from "../../market/market-fixture.ts";
import { settlementOf } from "./position-world.ts";

const BUY = "buy0000000000000" as IntentId;
const SELL = "sell000000000000" as IntentId;
const POOL = addressOf(1);
const OPTIONS = { strategy: "some", fundingMint: USDC, maximum: 2, coolDownSeconds: 60n, retrySeconds: 2n };
let holdings: Holdings;

beforeEach(() => {
	holdings = new Holdings(OPTIONS);
});

function buy(mint: Address = BONK, intentId = BUY, nowSeconds = 100n): void {
	holdings.buy({ mint, intentId, fundingMint: USDC, pools: [POOL], notes: { why: "cheap" }, nowSeconds });
}

function hold(): void {
	buy();
	holdings.settled(
		settlementOf(BUY, "landed", [
			[USDC, -1_000n],
			[BONK, 500n],
			[SOL, 0n],
		]),
	);
	holdings.ended(BUY);
}

function sell(intentId = SELL, nowSeconds = 200n): void {
	holdings.sell({ mint: BONK, intentId, reason: "stopLoss", nowSeconds });
}

const HELD: HeldPosition = {
	strategy: "some",
	mint: BONK,
	fundingMint: USDC,
	amount: 500n,
	cost: 1_000n,
	openedAtSeconds: 100n,
	pools: [POOL],
	notes: { why: "cheap" },
};

describe("takes back what a fork took back:", () => {
	test("a purchase is under way again, and its end is told anew", () => {
		hold();
		holdings.reversed(BUY);
		expect(holdings.positions).toEqual([]);
		expect(holdings.counters).toMatchObject({ open: 0, opened: 0, cost: 0n });
		expect([holdings.has(BONK), holdings.inFlight]).toEqual([true, 1]);
		holdings.settled(
			settlementOf(BUY, "landed", [
				[USDC, -1_000n],
				[BONK, 499n],
			]),
		);
		expect(holdings.positions).toEqual([{ ...HELD, amount: 499n }]);
		expect(holdings.counters).toMatchObject({ opened: 1 });
		holdings.reversed(BUY);
		holdings.settled(settlementOf(BUY, "expired"));
		expect([holdings.has(BONK), holdings.room]).toEqual([false, 2]);
	});

	test.each([
		["all", 500n, { open: 0, closed: 1, realised: 200n }],
		["a part", 250n, { open: 1, closed: 0, realised: 700n }],
	])("a sale of %s is under way again, and what it sold is held", (_, gone, sold) => {
		hold();
		sell();
		const end = settlementOf(SELL, "landed", [
			[USDC, 1_200n],
			[BONK, -gone],
		]);
		holdings.settled(end);
		expect(holdings.counters).toMatchObject(sold);
		holdings.reversed(SELL);
		expect(holdings.positions).toEqual([HELD]);
		expect(holdings.counters).toMatchObject({ open: 1, closed: 0, realised: 0n });
		expect([...holdings.places][0]?.pending).toBe(SELL);
		holdings.settled(end);
		expect(holdings.counters).toMatchObject(sold);
	});

	test("not what is unknown, too long ago, or was traded on: what is held is then in doubt", () => {
		expect(() => holdings.reversed(BUY)).toThrow("what it did is not known");
		hold();
		sell();
		expect(() => holdings.reversed(BUY)).toThrow("was traded on");
		holdings.settled(
			settlementOf(SELL, "landed", [
				[USDC, 1_200n],
				[BONK, -100n],
			]),
		);
		expect(() => holdings.reversed(BUY)).toThrow("was traded on");
		for (let count = 0; count < 256; count++) {
			const mint = addressOf(100 + count);
			const intentId = count.toString().padStart(16, "0") as IntentId;
			const saleId = count.toString().padStart(16, "s") as IntentId;
			buy(mint, intentId);
			holdings.settled(settlementOf(intentId, "landed", [[mint, 1n]]));
			holdings.sell({ mint, intentId: saleId, reason: "time", nowSeconds: 1n });
			holdings.settled(settlementOf(saleId, "landed", [[mint, -1n]]));
		}
		expect(() => holdings.reversed(SELL)).toThrow("what it did is not known");
	});
});

describe("holds nothing", () => {
	test.each(["reverted", "expired"] as const)("after a purchase that %s", (outcome) => {
		buy();
		holdings.settled(settlementOf(BUY, outcome));
		expect(holdings.positions).toEqual([]);
		expect(holdings.has(BONK)).toBe(false);
		expect(holdings.counters).toMatchObject({ open: 0, opened: 0 });
	});

	test("after a purchase that was denied", () => {
		buy();
		holdings.ended(BUY);
		expect(holdings.positions).toEqual([]);
		expect(holdings.room).toBe(2);
	});

	test("while the outcome is open, and keeps the place", () => {
		buy();
		expect(holdings.positions).toEqual([]);
		expect(holdings.has(BONK)).toBe(true);
		expect(holdings.room).toBe(1);
		expect(holdings.inFlight).toBe(1);
	});

	test("of what an unknown intent bought", () => {
		holdings.settled(settlementOf(BUY, "landed", [[BONK, 500n]]));
		holdings.ended(BUY);
		expect(holdings.positions).toEqual([]);
	});
});

describe("refuses", () => {
	test("a second place for a mint, and one beyond the maximum", () => {
		buy();
		expect(() => buy(BONK, SELL)).toThrow("is held already");
		buy(SOL_MINT, SELL);
		expect(() => buy(addressOf(9), "other00000000000" as IntentId)).toThrow("2 positions are open");
	});

	test("to sell what is not held, or on sale already", () => {
		expect(() => sell()).toThrow("is not held");
		buy();
		expect(() => sell()).toThrow("is not held");
		holdings.settled(settlementOf(BUY, "landed", [[BONK, 500n]]));
		sell();
		expect(() => sell("other00000000000" as IntentId)).toThrow("under way already");
	});

	test("to restore two positions of a mint, and an empty one", () => {
		expect(() => holdings.restore([HELD, HELD])).toThrow("two positions");
		expect(() => new Holdings(OPTIONS).restore([{ ...HELD, amount: 0n }])).toThrow("a position of 0");
		expect(() => new Holdings(OPTIONS).restore([{ ...HELD, cost: -1n }])).toThrow("for -1");
	});

	test("a landed intent of which nothing is seen: it must not look as if nothing had happened", () => {
		buy();
		expect(() => holdings.settled(settlementOf(BUY, "landed"))).toThrow("brought no");
		expect(() => holdings.settled({ ...settlementOf(BUY, "landed"), fill: null })).toThrow("reconcile the wallet");
		expect(holdings.has(BONK)).toBe(true);
		holdings.settled(settlementOf(BUY, "landed", [[BONK, 500n]]));
		sell();
		expect(() => holdings.settled(settlementOf(SELL, "landed", [[USDC, 5n]]))).toThrow("sold no");
		expect(holdings.positions).toHaveLength(1);
	});
});

describe("a position", () => {
	test("is what the wallet received, at what it paid", () => {
		hold();
		expect(holdings.positions).toEqual([HELD]);
		expect(holdings.counters).toMatchObject({ open: 1, opened: 1, closed: 0, cost: 1_000n });
	});

	test("of which nothing was paid costs nothing", () => {
		buy();
		holdings.settled(
			settlementOf(BUY, "landed", [
				[USDC, 3n],
				[BONK, 500n],
			]),
		);
		expect(holdings.positions).toMatchObject([{ cost: 0n }]);
	});

	test("is not opened twice by a settlement that is told twice", () => {
		hold();
		holdings.settled(
			settlementOf(BUY, "landed", [
				[USDC, -1_000n],
				[BONK, 500n],
			]),
		);
		expect(holdings.positions).toEqual([HELD]);
		expect(holdings.counters.opened).toBe(1);
	});

	test("stays while its sale is open, and when that came to nothing", () => {
		hold();
		sell();
		expect(holdings.positions).toEqual([HELD]);
		holdings.settled(settlementOf(SELL, "reverted"));
		expect(holdings.positions).toEqual([HELD]);
		expect([...holdings.places]).toMatchObject([{ pending: null, restsUntilSeconds: 202n }]);
	});

	test("is closed by a landed sale of all of it", () => {
		hold();
		holdings.mark(BONK, 900n);
		sell();
		holdings.settled(
			settlementOf(SELL, "landed", [
				[BONK, -500n],
				[USDC, 900n],
			]),
		);
		holdings.ended(SELL);
		expect(holdings.positions).toEqual([]);
		expect(holdings.has(BONK)).toBe(false);
		expect(holdings.counters).toMatchObject({
			open: 0,
			closed: 1,
			stopped: 1,
			closedBy: { target: 0, stopLoss: 1, stopSpread: 0, time: 0 },
			markedValue: 0n,
			realised: -100n,
		});
	});

	test("gets less by a landed sale of a part of it, and keeps the rest's cost", () => {
		hold();
		sell();
		holdings.settled(
			settlementOf(SELL, "landed", [
				[BONK, -201n],
				[USDC, 400n],
			]),
		);
		// 1,000 · 201 / 500 = 402.
		expect(holdings.positions).toEqual([{ ...HELD, amount: 299n, cost: 598n }]);
		expect(holdings.counters).toMatchObject({ open: 1, closed: 0, realised: -2n });
	});

	test("is not sold below nothing", () => {
		hold();
		sell();
		holdings.settled(
			settlementOf(SELL, "landed", [
				[BONK, -700n],
				[USDC, 1_200n],
			]),
		);
		expect(holdings.counters).toMatchObject({ open: 0, closed: 1, realised: 200n });
	});

	test("is valued by its mark, and not at all where nobody takes it", () => {
		hold();
		expect(holdings.counters.markedValue).toBe(0n);
		holdings.mark(BONK, 1_234n);
		holdings.mark(SOL_MINT, 9n);
		expect(holdings.counters.markedValue).toBe(1_234n);
		holdings.mark(BONK, null);
		expect(holdings.counters.markedValue).toBe(0n);
	});

	test("that was paid for in another mint is counted and not valued", () => {
		holdings.restore([{ ...HELD, fundingMint: SOL_MINT }]);
		holdings.mark(BONK, 5n);
		expect(holdings.counters).toMatchObject({ open: 1, opened: 0, cost: 0n, markedValue: 0n });
		sell();
		holdings.settled(
			settlementOf(SELL, "landed", [
				[BONK, -500n],
				[SOL_MINT, 7n],
			]),
		);
		expect(holdings.counters).toMatchObject({ open: 0, closed: 1, realised: 0n });
	});

	test("is restored as it was", () => {
		holdings.restore([HELD]);
		expect(holdings.positions).toEqual([HELD]);
		expect(holdings.room).toBe(1);
	});

	test("more than allowed leave no room", () => {
		const three = [HELD, { ...HELD, mint: SOL_MINT }, { ...HELD, mint: addressOf(9) }];
		holdings.restore(three);
		expect(holdings.room).toBe(-1);
	});
});

describe("rest", () => {
	test("counts from the attempt", () => {
		buy();
		holdings.ended(BUY);
		expect(holdings.isResting(BONK, 159n)).toBe(true);
		expect(holdings.isResting(BONK, 160n)).toBe(false);
		expect(holdings.isResting(SOL_MINT, 100n)).toBe(false);
	});

	test("of mints that have rested is forgotten", () => {
		buy();
		holdings.ended(BUY);
		buy(SOL_MINT, SELL, 500n);
		holdings.ended(SELL);
		// At a time at which it would still rest, had it been kept.
		expect(holdings.isResting(BONK, 101n)).toBe(false);
		expect(holdings.isResting(SOL_MINT, 501n)).toBe(true);
	});

	test("is bounded: the oldest goes first", () => {
		for (let number = 0; number <= 4_096; number++) {
			buy(addressOf(10_000 + number), BUY);
			holdings.ended(BUY);
		}
		expect(holdings.isResting(addressOf(10_000), 101n)).toBe(false);
		expect(holdings.isResting(addressOf(10_001), 101n)).toBe(true);
		expect(holdings.isResting(addressOf(14_096), 101n)).toBe(true);
	});
});

test("never more places than allowed, and positions are what landed, whatever happens in whatever order", () => {
	const mints = [BONK, SOL_MINT, addressOf(9), addressOf(10)];
	const step = fc.record({
		mint: fc.constantFrom(...mints),
		what: fc.constantFrom("start", "landed", "reverted", "expired", "ended"),
		amount: fc.bigInt(1n, 1_000n),
	});
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const own = new Holdings(OPTIONS);
			const held = new Map<Address, bigint>();
			const pending = new Map<Address, { readonly intentId: IntentId; readonly isSale: boolean }>();
			let ids = 0;
			for (const { mint, what, amount } of steps) {
				const under = pending.get(mint);
				if (what === "start") {
					if (under) continue;
					const intentId = (ids++).toString(36).padStart(16, "0") as IntentId;
					if (held.has(mint)) own.sell({ mint, intentId, reason: "time", nowSeconds: 1n });
					else if (own.room > 0) own.buy({ mint, intentId, fundingMint: USDC, pools: [], notes: {}, nowSeconds: 1n });
					else continue;
					pending.set(mint, { intentId, isSale: held.has(mint) });
				} else if (under) {
					const { intentId, isSale } = under;
					pending.delete(mint);
					if (what === "ended") own.ended(intentId);
					else own.settled(settlementOf(intentId, what, [[mint, isSale ? -amount : amount]]));
					if (what !== "landed") continue;
					const left = (held.get(mint) ?? 0n) + (isSale ? -amount : amount);
					if (left > 0n) held.set(mint, left);
					else held.delete(mint);
				}
				expect(own.room).toBeGreaterThanOrEqual(0);
				expect(own.inFlight).toBe(pending.size);
				expect(new Map(own.positions.map((position) => [position.mint, position.amount]))).toEqual(held);
			}
		}),
	);
});
