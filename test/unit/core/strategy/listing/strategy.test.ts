import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FeePolicy } from "../../../../../core/execution/fee-policy.ts";
import type { HeldPosition } from "../../../../../core/strategy/held-position.ts";
import type { ListingFacts } from "../../../../../core/strategy/listing/facts.ts";
import { listingTerms } from "../../../../../core/strategy/listing/parameters.ts";
import type { ListingRefusal } from "../../../../../core/strategy/listing/refusal.ts";
import { ListingStrategy } from "../../../../../core/strategy/listing/strategy.ts";
import type { SwapLeg } from "../../../../../core/strategy/order-intent.ts";
import type { IntentProposal } from "../../../../../core/strategy/strategy.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { addressOf, BONK, SOL, USDC } from "../../market/market-fixture.ts";
import { type Change, mintOf, START_SECONDS, tokenPool } from "../holding/position-world.ts";
import { GOOD, ListingWorld, type ListingWorldOptions, SURROUNDINGS, settingsOf } from "./listing-world.ts";

const SIZE = 100_000_000n;
let world: ListingWorld;

beforeEach(() => {
	world = new ListingWorld();
});

function refused(own: ListingWorld, code: ListingRefusal): number {
	return own.strategy.counters.refused[code];
}

describe("buys nothing", () => {
	test("before it has a market", () => {
		const terms = listingTerms(settingsOf(), SURROUNDINGS);
		const strategy = new ListingStrategy({
			terms,
			facts: () => null,
			nextIntentId: () => {
				throw new Error("not expected");
			},
		});
		expect(strategy.onUpdate({ changed: [], clock: clockAt(1n), nowMicros: 0 })).toEqual([]);
	});

	test("of pools that were there from the first", () => {
		world.facts.set(addressOf(1), GOOD);
		expect(world.update([{ poolIndex: 0 }], { seconds: 60 })).toEqual([]);
		expect(refused(world, "tooOld")).toBe(1);
	});

	test("of pools that came after an empty catalog: these were there from the first", () => {
		const own = new ListingWorld({ pools: [] });
		own.update();
		own.adopt([tokenPool(1)]);
		own.facts.set(addressOf(1), GOOD);
		own.update();
		expect(own.update([{ poolIndex: 0 }], { seconds: 60 })).toEqual([]);
		expect(refused(own, "tooOld")).toBe(1);
	});

	test("while nothing is known, and counts a refusal once as long as it stays the same", () => {
		world.list(null);
		expect(world.update([], { seconds: 100 })).toEqual([]);
		expect(world.update([{ poolIndex: 1 }], { seconds: 1 })).toEqual([]);
		expect(refused(world, "factsUnknown")).toBe(2);
		world.facts.set(addressOf(2), { ...GOOD, mintAuthorityRevoked: false });
		world.update([{ poolIndex: 1 }]);
		world.facts.delete(addressOf(2));
		world.update([{ poolIndex: 1 }]);
		expect(refused(world, "mintAuthority")).toBe(1);
		expect(refused(world, "factsUnknown")).toBe(3);
	});

	test.each<[ListingRefusal, Partial<ListingFacts>]>([
		["mintAuthority", { mintAuthorityRevoked: false }],
		["freezeAuthority", { freezeAuthorityRevoked: false }],
		["lockedLiquidity", { lockedLiquidityBps: 9_499 }],
		["topHolder", { topHolderBps: 2_001 }],
		["tooOld", { createdAtSeconds: BigInt(START_SECONDS) - 9_999n }],
	])("when its token fails for %s", (code, facts) => {
		world.list(facts);
		expect(world.update([{ poolIndex: 1 }], { seconds: 60 })).toEqual([]);
		expect(refused(world, code)).toBe(1);
	});

	test.each<[ListingRefusal, Partial<Change>]>([
		["notTradable", { stale: true }],
		["notTradable", { swapEnabled: false }],
		["notTradable", { openTimeSeconds: BigInt(START_SECONDS) + 61n }],
		["liquidity", { usdc: 9_999_999_999n }],
		["priceImpact", { usdc: 10_000_000_000n, reserveA: 1_000_000n }],
		["noQuote", { usdc: 10n ** 19n, reserveA: 1_000n }],
	])("when its pool fails for %s", (code, change) => {
		// Of a tenth of the pool's reserve: impact is what is looked at last.
		const own = new ListingWorld({ settings: { position_size: new Map([[USDC, 1_000_000_000n]]) } });
		own.list();
		expect(own.update([{ poolIndex: 1, ...change }], { seconds: 60 })).toEqual([]);
		expect(refused(own, code)).toBe(1);
	});

	test("in a pool without the funding mint", () => {
		world.list({}, [tokenPool(1), { ...tokenPool(2), mintB: SOL }]);
		expect(world.update([{ poolIndex: 1 }], { seconds: 60 })).toEqual([]);
		expect(refused(world, "noFunding")).toBe(1);
	});

	test("on a book with a gap, or behind the chain", () => {
		world.list();
		expect(world.update([{ poolIndex: 1 }], { seconds: 60, chainSlot: world.slot + 6 })).toEqual([]);
		world.loseTicks();
		expect(world.update([{ poolIndex: 1 }])).toEqual([]);
	});

	test("of a pool that went and came back: it is not new again", () => {
		world.list(null);
		world.update([], { seconds: 4_000 });
		world.adopt([tokenPool(1)]);
		world.update();
		world.adopt([tokenPool(1), tokenPool(2)]);
		world.facts.set(addressOf(2), GOOD);
		world.update([], { seconds: 60 });
		expect(world.proposals).toEqual([]);
		expect(refused(world, "tooOld")).toBe(2);
	});

	test("beyond the places that there are, until one is free", () => {
		const own = new ListingWorld({ settings: { max_positions: 1 } });
		own.list({}, [tokenPool(1), tokenPool(2), tokenPool(3)]);
		own.facts.set(addressOf(3), GOOD);
		const [first, ...others] = own.update([], { seconds: 60 });
		expect(others).toEqual([]);
		expect(refused(own, "noRoom")).toBe(1);
		own.settle(first, "reverted");
		const [second] = own.update([], { seconds: 1 });
		expect(second?.legs[0]?.pool).toBe(addressOf(3));
	});
});

describe("buys", () => {
	test("as soon as the pool is old enough, for exactly the size, guarded by the slippage", () => {
		world.list();
		expect(world.update([], { seconds: 59 })).toEqual([]);
		const [bought] = world.update([], { seconds: 1 });
		const quote = world.book.rows[1]?.market.quoteExactIn("bToA", SIZE, clockAt(BigInt(world.seconds)));
		const out = quote?.ok ? quote.value.amountOut : 0n;
		expect(bought).toMatchObject({
			strategy: "listing",
			cycle: `listing buy ${mintOf(2)}`,
			fundingMint: USDC,
			loan: null,
		});
		expect(bought?.legs).toMatchObject([
			{
				pool: addressOf(2),
				amountIn: SIZE,
				expectedAmountOut: out,
				minimumAmountOut: (out * 9_700n + 9_999n) / 10_000n,
			},
		]);
		expect(world.strategy.counters).toMatchObject({ inFlight: 1, opportunities: 1 });
		expect(refused(world, "tooYoung")).toBe(1);
	});

	test("in a pool of the first catalog whose facts say that it is new", () => {
		world.facts.set(addressOf(1), { ...GOOD, createdAtSeconds: BigInt(START_SECONDS) - 100n });
		expect(world.update([{ poolIndex: 0 }])).toHaveLength(1);
	});

	test("as soon as the facts are known", () => {
		world.list(null);
		expect(world.update([], { seconds: 100 })).toEqual([]);
		world.facts.set(addressOf(2), GOOD);
		expect(world.update([])).toEqual([]);
		expect(world.update([{ poolIndex: 0 }], { seconds: 1 })).toHaveLength(1);
	});

	test("in a pool that has the funding mint first", () => {
		world.list({}, [tokenPool(1), { ...tokenPool(2), mintA: USDC, mintB: mintOf(2) }]);
		const even = { poolIndex: 1, reserveA: 150_000_000_000n, reserveB: 150_000_000_000n };
		const [bought] = world.update([even], { seconds: 60 });
		expect(bought?.legs).toMatchObject([{ direction: "aToB", mintIn: USDC, mintOut: mintOf(2) }]);
	});

	test("again when the purchase was denied, though the pool stays as it is, and not when a fork took it back", () => {
		world.list();
		const [denied] = world.update([], { seconds: 60 });
		world.strategy.ended(denied?.intentId as never);
		expect(world.update()).toEqual([]);
		const [again] = world.update([], { seconds: 60 });
		expect(again?.fundingMint).toBe(USDC);
		world.land(again);
		world.strategy.reversed(again?.intentId as never);
		expect(world.strategy.positions()).toEqual([]);
		expect(world.strategy.counters).toMatchObject({ inFlight: 1, opened: 0 });
		expect(world.update([], { seconds: 600 })).toEqual([]);
	});

	test("one token once, though two new pools trade it", () => {
		const pools = [tokenPool(1), tokenPool(2), tokenPool(3, mintOf(2))];
		world.list({}, pools);
		world.facts.set(addressOf(3), GOOD);
		expect(world.update([], { seconds: 60 })).toHaveLength(1);
		expect(refused(world, "resting")).toBe(1);
	});

	test("again after an attempt that came to nothing, when it has rested", () => {
		world.list();
		const [first] = world.update([], { seconds: 60 });
		world.strategy.ended(first?.intentId as never);
		expect(world.update([], { seconds: 59 })).toEqual([]);
		expect(world.update([], { seconds: 1 })).toHaveLength(1);
	});

	test("not again while the outcome is open, however long", () => {
		world.list();
		expect(world.update([], { seconds: 60 })).toHaveLength(1);
		expect(world.update([{ poolIndex: 1 }], { seconds: 600 })).toEqual([]);
		expect(world.strategy.counters).toMatchObject({ inFlight: 1, open: 0 });
	});

	test("pays by the policy of now", () => {
		const budget = { computeUnitLimit: 77_000, computeUnitPriceMicroLamports: 5n };
		const own = new ListingWorld({ fees: FeePolicy.fixed(budget) });
		own.list();
		expect(own.update([], { seconds: 60 })).toMatchObject([budget]);
	});
});

/** Token 2 bought and held. */
function held(options: ListingWorldOptions = {}): { readonly world: ListingWorld; readonly position: HeldPosition } {
	const own = new ListingWorld(options);
	own.list();
	const [bought] = own.update([], { seconds: 60 });
	own.land(bought);
	const [position] = own.strategy.positions();
	return { world: own, position: position as HeldPosition };
}

describe("a position", () => {
	test("is what landed", () => {
		const { world: own, position } = held();
		expect(position).toMatchObject({
			strategy: "listing",
			mint: mintOf(2),
			cost: SIZE,
			pools: [addressOf(2)],
			openedAtSeconds: BigInt(own.seconds),
			notes: { listedIn: addressOf(2) },
		});
	});

	test("is marked at the exact quote of all of it, over its best pool", () => {
		const { world: own, position } = held();
		own.update([{ poolIndex: 1, usdc: 160_000_000_000n }]);
		const quote = own.book.rows[1]?.market.quoteExactIn("aToB", position.amount, clockAt(BigInt(own.seconds)));
		expect(own.strategy.counters).toMatchObject({ open: 1, markedValue: quote?.ok && quote.value.amountOut });
	});

	test.each([
		["target", 240_000_000_000n, 1, 0],
		["stopLoss", 110_000_000_000n, 1, 1],
		["time", 150_000_000_000n, 1_800, 0],
	] as const)("is sold, all of it, for %s", (reason, usdc, seconds, stopped) => {
		const { world: own, position } = held();
		expect(own.update([{ poolIndex: 1, usdc: 151_000_000_000n }], { seconds: 0 })).toEqual([]);
		const [sold] = own.update([{ poolIndex: 1, usdc }], { seconds });
		expect(sold).toMatchObject({ fundingMint: mintOf(2), cycle: `listing sell ${mintOf(2)}` });
		expect(sold?.legs).toMatchObject([{ amountIn: position.amount, mintOut: USDC }]);
		own.land(sold);
		expect(own.strategy.counters).toMatchObject({ open: 0, closed: 1, stopped, closedBy: { [reason]: 1 } });
	});

	test("is taken at exactly its profit, and given up at exactly its loss", () => {
		const own = new ListingWorld({ prepare: (strategy) => strategy.restore([restored({ cost: 1n })]) });
		const marked = (): bigint => own.strategy.counters.markedValue;
		own.update();
		const worth = marked();
		const at = (cost: bigint) => {
			const other = new ListingWorld({
				settings: { take_profit_bps: 10_000, stop_loss_bps: 5_000 },
				prepare: (strategy) => strategy.restore([restored({ cost })]),
			});
			return other.update().length;
		};
		expect(at(worth / 2n)).toBe(1);
		expect(at(worth / 2n + 1n)).toBe(0);
		expect(at(worth * 2n)).toBe(1);
		expect(at(worth * 2n - 2n)).toBe(0);
	});

	test("is never bought a second time, held or sold", () => {
		const { world: own } = held();
		own.update([{ poolIndex: 1 }], { seconds: 100 });
		expect(refused(own, "boughtBefore")).toBe(1);
		const [sold] = own.update([{ poolIndex: 1, usdc: 100_000_000_000n }]);
		own.land(sold);
		expect(own.update([{ poolIndex: 1, usdc: 150_000_000_000n }], { seconds: 1_000 })).toEqual([]);
		expect(own.strategy.counters).toMatchObject({ opened: 1, closed: 1 });
	});

	test("of which a part was sold is marked, and sold, by what is left", () => {
		const { world: own, position } = held();
		const [sold] = own.update([{ poolIndex: 1, usdc: 100_000_000_000n }]);
		const part = position.amount / 3n;
		own.settle(sold, "landed", [
			[mintOf(2), -part],
			[USDC, 20_000_000n],
		]);
		own.update();
		const quote = own.book.rows[1]?.market.quoteExactIn("aToB", position.amount - part, clockAt(BigInt(own.seconds)));
		expect(own.strategy.counters).toMatchObject({ open: 1, markedValue: quote?.ok && quote.value.amountOut });
		const [rest] = own.update([], { seconds: 2 });
		expect(rest?.legs[0]?.amountIn).toBe(position.amount - part);
	});

	test("restored is sold for the same reasons, and its token not bought again", () => {
		const own = new ListingWorld({ prepare: (strategy) => strategy.restore([restored()]) });
		expect(own.strategy.positions()).toEqual([restored()]);
		own.facts.set(addressOf(1), { ...GOOD, createdAtSeconds: BigInt(START_SECONDS) - 100n });
		expect(own.update([{ poolIndex: 0 }])).toEqual([]);
		expect(refused(own, "boughtBefore")).toBe(1);
		expect(own.update([], { seconds: 1_800 })).toHaveLength(1);
	});

	test("whose pool has gone is held until there is a way out", () => {
		const { world: own } = held();
		own.adopt([tokenPool(1)]);
		expect(own.update([], { seconds: 2_000 })).toEqual([]);
		expect(own.strategy.counters).toMatchObject({ open: 1, markedValue: 0n });
		// Over a mint between.
		own.adopt([{ ...tokenPool(4, mintOf(2)), mintB: BONK }, { ...tokenPool(5, BONK) }]);
		const [sold] = own.update([], { seconds: 1 });
		expect(sold?.legs.map(({ mintOut }) => mintOut)).toEqual([BONK, USDC]);
		expect(sold?.legs[1]?.amountIn).toBe(sold?.legs[0]?.minimumAmountOut);
	});
});

function restored(change: Partial<HeldPosition> = {}): HeldPosition {
	return {
		strategy: "listing",
		mint: mintOf(1),
		fundingMint: USDC,
		amount: 600_000_000n,
		cost: 88_000_000n,
		openedAtSeconds: BigInt(START_SECONDS),
		pools: [addressOf(1)],
		notes: {},
		...change,
	};
}

describe("bounds", () => {
	test("old pools without facts take no room from new ones that wait", () => {
		const old = Array.from({ length: 1_100 }, (_, number) => tokenPool(number + 10));
		const own = new ListingWorld({ pools: old });
		own.update(old.map((_, poolIndex) => ({ poolIndex })));
		expect(refused(own, "factsUnknown")).toBe(1_100);
		own.list({}, [...old, tokenPool(2)]);
		expect(own.update([], { seconds: 60 })).toHaveLength(1);
	});

	test("more new pools than can wait are looked at when they change", () => {
		const fresh = Array.from({ length: 1_100 }, (_, number) => tokenPool(number + 10));
		world.list(null, fresh);
		const last = fresh[1_099]?.address as never;
		world.facts.set(last, GOOD);
		expect(world.update([], { seconds: 60 })).toEqual([]);
		expect(world.update([{ poolIndex: 1_099 }])).toHaveLength(1);
	});

	test("of the tokens that were bought only so many are remembered, the oldest least", () => {
		const many = Array.from({ length: 16_385 }, (_, number) => restored({ mint: mintOf(number + 1) }));
		const own = new ListingWorld({ prepare: (strategy) => strategy.restore(many) });
		own.list({ createdAtSeconds: BigInt(START_SECONDS) });
		own.facts.set(addressOf(1), { ...GOOD, createdAtSeconds: BigInt(START_SECONDS) });
		own.update([{ poolIndex: 0 }, { poolIndex: 1 }], { seconds: 60 });
		expect(refused(own, "boughtBefore")).toBe(1);
		expect(refused(own, "resting")).toBe(1);
	});

	test("a market without changes costs nothing", () => {
		world.list();
		expect(world.update()).toEqual([]);
	});
});

test("whatever prices and outcomes: never more positions than allowed, exactly the size spent, all or nothing sold", () => {
	const step = fc.record({
		pool: fc.integer({ min: 0, max: 5 }),
		percent: fc.integer({ min: 30, max: 300 }),
		outcome: fc.constantFrom("landed", "landed", "reverted", "expired", "denied", "open"),
		seconds: fc.integer({ min: 0, max: 90 }),
		isKnown: fc.boolean(),
	});
	type Step = { pool: number; percent: number; outcome: string; seconds: number; isKnown: boolean };
	const pools = Array.from({ length: 6 }, (_, number) => tokenPool(number + 1, mintOf(number === 5 ? 5 : number + 1)));
	const run = (steps: readonly Step[]) => {
		const own = new ListingWorld({ settings: { max_positions: 2, minimum_age_seconds: 10 } });
		own.update();
		own.adopt(pools);
		const open = new Set<IntentProposal>();
		for (const { pool, percent, outcome, seconds, isKnown } of steps) {
			if (isKnown) own.facts.set(addressOf(pool + 1), GOOD);
			const before = own.strategy.positions();
			const usdc = 1_500_000_000n * BigInt(percent);
			for (const proposal of own.update([{ poolIndex: pool, usdc }], { seconds })) {
				const leg = proposal.legs[0] as SwapLeg;
				if (proposal.fundingMint === USDC) {
					expect(leg.amountIn).toBe(SIZE);
					expect(before.some(({ mint }) => mint === leg.mintOut)).toBe(false);
					expect([...open].some(({ legs }) => legs[0]?.mintOut === leg.mintOut)).toBe(false);
				} else expect(before.find(({ mint }) => mint === leg.mintIn)?.amount).toBe(leg.amountIn);
				open.add(proposal);
			}
			const [oldest] = open;
			if (oldest && outcome !== "open") {
				open.delete(oldest);
				if (outcome === "landed") own.land(oldest);
				else if (outcome === "denied") own.strategy.ended(oldest.intentId);
				else own.settle(oldest, outcome as "reverted");
			}
			const buying = [...open].filter(({ fundingMint }) => fundingMint === USDC).length;
			expect(own.strategy.positions().length + buying).toBeLessThanOrEqual(2);
			expect(own.strategy.counters.inFlight).toBe(open.size);
		}
		const { opened, closed, open: left } = own.strategy.counters;
		expect(opened - closed).toBe(left);
		return own.proposals;
	};
	let proposed = 0;
	fc.assert(
		fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
			const proposals = run(steps);
			proposed += proposals.length;
			expect(run(steps)).toEqual(proposals);
		}),
		{ numRuns: 50 },
	);
	expect(proposed).toBeGreaterThan(25);
});
