import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FeePolicy } from "../../../../../core/execution/fee-policy.ts";
import type { HeldPosition } from "../../../../../core/strategy/held-position.ts";
import type { SwapLeg } from "../../../../../core/strategy/order-intent.ts";
import { statisticalTerms } from "../../../../../core/strategy/statistical/parameters.ts";
import { StatisticalPairs } from "../../../../../core/strategy/statistical/strategy.ts";
import type { IntentProposal } from "../../../../../core/strategy/strategy.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { addressOf, SOL, USDC } from "../../market/market-fixture.ts";
import { type Change, mintOf, START_SECONDS, settlementOf, tokenPool } from "../holding/position-world.ts";
import { DEEP_TOKENS, PairWorld, type PairWorldOptions, usdcAt } from "./pair-world.ts";
import { SURROUNDINGS, settingsOf } from "./statistical-settings.ts";

const SIZE = 100_000_000n;
let world: PairWorld;

beforeEach(() => {
	world = new PairWorld();
});

/** A market in which token 1 has just become cheap beside token 2; not longer than one update. */
function cheap(options: PairWorldOptions = {}): {
	readonly world: PairWorld;
	readonly bought: IntentProposal;
	readonly factors: readonly number[];
} {
	const own = new PairWorld(options);
	own.warmUp();
	const factors = apart(own, 0.997);
	const [bought] = own.prices(factors, 1);
	if (!bought) throw new Error("token 1 was not bought");
	return { world: own, bought, factors };
}

function apart(own: PairWorld, factor: number): number[] {
	const [first, ...others] = own.together();
	return [(first as number) * factor, ...others];
}

/** The same prices in pools that hold so many times less. */
function shallow(factors: readonly number[], share: bigint) {
	return factors.map((factor, poolIndex) => ({
		poolIndex,
		reserveA: DEEP_TOKENS / share,
		usdc: usdcAt(factor) / share,
	}));
}

describe("buys nothing", () => {
	test("before it has a market", () => {
		const terms = statisticalTerms(settingsOf(), SURROUNDINGS);
		const strategy = new StatisticalPairs({ terms, nextIntentId: () => "never00000000000" as never });
		expect(strategy.onUpdate({ changed: [0], clock: clockAt(5n), nowMicros: 0 })).toEqual([]);
	});

	test("while prices go together", () => {
		expect(world.warmUp(60)).toEqual([]);
		expect(world.strategy.counters).toMatchObject({ pairs: 1, open: 0, inFlight: 0, opportunities: 0 });
	});

	test("before the longest lookback has passed", () => {
		const own = new PairWorld({ settings: { lookback_seconds: [60, 120, 300] } });
		own.warmUp();
		expect(own.prices(apart(own, 0.997), 1)).toEqual([]);
	});

	test("on a book with a gap", () => {
		world.warmUp();
		world.loseTicks();
		expect(world.prices(apart(world, 0.997), 1)).toEqual([]);
	});

	test("on a book that is behind the chain", () => {
		world.warmUp();
		const changes = shallow(apart(world, 0.997), 1n);
		expect(world.update(changes, { seconds: 1, chainSlot: world.slot + 6 })).toEqual([]);
		expect(world.update(changes)).toHaveLength(1);
	});

	test("of a pair that did not go together", () => {
		const own = new PairWorld({ settings: { stop_z: 100 } });
		const samples = Array.from({ length: 40 }, (_, at) => [1 + 0.02 * Math.sin(at / 3), 1 + 0.02 * Math.cos(at / 3)]);
		for (const prices of samples) expect(own.prices(prices)).toEqual([]);
		expect(own.prices([0.9, 1], 1)).toEqual([]);
		own.warmUp();
		expect(own.prices([0.9, 1], 1)).toHaveLength(1);
	});

	test("of a pair that went together over one lookback and not over the other", () => {
		const own = new PairWorld({ settings: { stop_z: 100 } });
		for (let at = 0; at < 12; at++) own.prices([1 + 0.02 * Math.sin(at / 3), 1 + 0.02 * Math.cos(at / 3)]);
		own.warmUp(13);
		expect(own.prices([0.9, 1], 1)).toEqual([]);
		own.warmUp(15);
		expect(own.prices([0.9, 1], 1)).toHaveLength(1);
	});

	test("of a pair that has already parted beyond its stop", () => {
		world.warmUp();
		expect(world.prices(apart(world, 0.9), 1)).toEqual([]);
		const own = new PairWorld({ settings: { stop_z: 100 } });
		own.warmUp();
		expect(own.prices(apart(own, 0.9), 1)).toHaveLength(1);
	});

	test("whose other price nobody tells", () => {
		world.warmUp();
		const [first, second] = shallow(apart(world, 0.997), 1n) as [Change, Change];
		expect(world.update([first, { ...second, stale: true }], { seconds: 1 })).toEqual([]);
		expect(world.update([second])).toHaveLength(1);
	});

	test("that would not pay for the fees of both ways", () => {
		const own = new PairWorld({ settings: { minimum_edge_bps: 100 } });
		own.warmUp();
		expect(own.prices(apart(own, 0.997), 1)).toEqual([]);
	});

	test.each([
		["too shallow", { settings: { minimum_liquidity: new Map([[USDC, 10n ** 15n]]) } }, {}, 1],
		["not open yet", {}, { openTimeSeconds: BigInt(START_SECONDS) + 999n }, 1],
		// Such a pool tells no price either.
		["closed", {}, { swapEnabled: false }, 0],
	])("from a pool that is %s", (_, options, change, unbuyable) => {
		const own = new PairWorld(options);
		own.warmUp();
		const [first, second] = shallow(apart(own, 0.997), 1n) as [Change, Change];
		expect(own.update([{ ...first, ...change }, second], { seconds: 1 })).toEqual([]);
		expect(own.strategy.counters).toMatchObject({ inFlight: 0, unbuyable });
	});

	test("where the pool cannot take the least size, and counts it", () => {
		const settings = { max_impact_bps: 1, minimum_size_bps: 10_000, position_size: new Map([[USDC, 10n ** 9n]]) };
		const own = new PairWorld({ settings: { ...settings, minimum_liquidity: new Map([[USDC, 1n]]) } });
		own.warmUp();
		expect(own.update(shallow(apart(own, 0.997), 100n), { seconds: 1 })).toEqual([]);
		expect(own.strategy.counters).toMatchObject({ unbuyable: 1, opportunities: 0, inFlight: 0 });
	});

	test("when nothing may be spent", () => {
		const terms = statisticalTerms(settingsOf(), { ...SURROUNDINGS, largestNotional: new Map() });
		const strategy = new StatisticalPairs({ terms, nextIntentId: () => "never00000000000" as never });
		strategy.adopt({ book: world.book, lenders: [] });
		expect(strategy.onUpdate({ changed: [], clock: clockAt(5n), nowMicros: 0 })).toEqual([]);
	});
});

describe("buys what is cheap", () => {
	test("for the whole size, at the exact quote, guarded by the slippage", () => {
		const { world: own, bought } = cheap();
		const leg = bought.legs[0] as SwapLeg;
		const row = own.book.rows[0];
		const quote = row?.market.quoteExactIn("bToA", SIZE, clockAt(BigInt(own.seconds)));
		const out = quote?.ok ? quote.value.amountOut : 0n;
		expect(bought).toMatchObject({ strategy: "statistical", fundingMint: USDC, loan: null, tip: null });
		expect(bought.cycle).toBe(`statistical buy ${mintOf(1)}`);
		expect(leg).toMatchObject({ amountIn: SIZE, mintOut: mintOf(1), expectedAmountOut: out, observedSlot: own.slot });
		expect(leg.minimumAmountOut).toBe((out * 9_950n + 9_999n) / 10_000n);
		expect(own.strategy.counters).toMatchObject({ inFlight: 1, opportunities: 1, open: 0 });
	});

	test("the second of the pair when the first is dear", () => {
		world.warmUp();
		const [bought] = world.prices(apart(world, 1.005), 1);
		expect(bought?.legs[0]?.mintOut).toBe(mintOf(2));
	});

	test("no more than keeps the impact within its bound", () => {
		const settings = { max_impact_bps: 1, minimum_size_bps: 100, position_size: new Map([[USDC, 10n ** 9n]]) };
		const own = new PairWorld({ settings: { ...settings, minimum_liquidity: new Map([[USDC, 1n]]) } });
		own.warmUp();
		const [small] = own.update(shallow(apart(own, 0.997), 100n), { seconds: 1 });
		// A ten-thousandth of 150,000 USDC, with the fee, at a price of about 1.
		const spent = small?.legs[0]?.amountIn ?? 0n;
		const reserve = own.book.rows[0]?.reserveB ?? 0n;
		expect(spent * 10_000n).toBeLessThanOrEqual((reserve * 1_003n) / 1_000n);
		expect(spent * 10_000n).toBeGreaterThan((reserve * 9n) / 10n);
	});

	test("of the whole size what one intent may be at most", () => {
		const { bought } = cheap({ settings: { position_size: new Map([[USDC, 10n ** 12n]]) } });
		expect(bought.legs[0]?.amountIn).toBe(1_000_000_000n);
	});

	test("from the pool that gives most", () => {
		const own = new PairWorld();
		const better = { ...tokenPool(8, mintOf(1)), feeNumerator: 100n };
		own.adopt([tokenPool(1), tokenPool(2), better]);
		for (let at = 0; at < 30; at++) {
			const [one, two] = own.together() as [number, number];
			own.prices([one, two, one]);
		}
		const [one, two] = apart(own, 0.997) as [number, number];
		const [bought] = own.prices([one, two, one * 0.999], 1);
		expect(bought?.legs[0]?.pool).toBe(addressOf(8));
	});

	test("pays by the policy of now", () => {
		const fees = new FeePolicy({
			floorMicroLamports: 1_000n,
			maximumMicroLamports: 1_000_000n,
			maximumFeeLamports: 1_000_000n,
			computeUnitLimit: 100_000,
			computeUnitMarginPercent: 10,
			staleAfterMicros: 1_000_000_000,
			tip: null,
		});
		fees.observed([{ pool: addressOf(1), microLamports: 70_000n }], START_SECONDS * 1_000_000);
		const { bought } = cheap({ fees });
		expect(bought).toMatchObject({ computeUnitLimit: 100_000, computeUnitPriceMicroLamports: 70_000n });
	});

	test("once: neither while the outcome is open, nor while it is held", () => {
		const { world: own, bought, factors } = cheap({ settings: { cool_down_seconds: 0 } });
		expect(own.prices(factors, 0)).toEqual([]);
		own.land(bought);
		expect(own.prices(factors, 0)).toEqual([]);
		const twin = cheap({ settings: { cool_down_seconds: 0 } });
		twin.world.settle(twin.bought, "expired");
		expect(twin.world.prices(factors, 0)).toHaveLength(1);
	});

	test("again after a denial, when it has rested", () => {
		const { world: own, bought, factors } = cheap({ settings: { cool_down_seconds: 3 } });
		own.strategy.ended(bought.intentId);
		expect(own.prices(factors, 2)).toEqual([]);
		expect(own.prices(factors, 1)).toHaveLength(1);
	});

	test("from the pool that takes most of the size, before the one that gives most for less", () => {
		const settings = { max_impact_bps: 1, minimum_size_bps: 100, position_size: new Map([[USDC, 10n ** 9n]]) };
		const own = new PairWorld({ settings: { ...settings, minimum_liquidity: new Map([[USDC, 1n]]) } });
		const small = { ...tokenPool(8, mintOf(1)), feeNumerator: 100n };
		own.adopt([small, tokenPool(1), tokenPool(2)]);
		const at = ([first, second]: readonly number[]) => [
			{ ...shallow([first as number], 100n)[0], poolIndex: 0 },
			...shallow([first as number, second as number], 1n).map((tick) => ({ ...tick, poolIndex: tick.poolIndex + 1 })),
		];
		for (let sample = 0; sample < 30; sample++) own.update(at(own.together()), { seconds: 5 });
		const [bought] = own.update(at(apart(own, 0.997)), { seconds: 1 });
		expect(bought?.legs).toMatchObject([{ pool: addressOf(1), amountIn: 1_000_000_000n }]);
	});

	test("in a pool that has the funding mint first", () => {
		const own = new PairWorld();
		const reversed = { ...tokenPool(2), mintA: USDC, mintB: mintOf(2) };
		own.adopt([tokenPool(1), reversed]);
		const at = ([first, second]: readonly number[]) => [
			{ poolIndex: 0, reserveA: DEEP_TOKENS, usdc: usdcAt(first as number) },
			{ poolIndex: 1, reserveA: usdcAt(second as number), reserveB: DEEP_TOKENS },
		];
		for (let sample = 0; sample < 30; sample++) own.update(at(own.together()), { seconds: 5 });
		const [bought] = own.update(at(apart(own, 1.005)), { seconds: 1 });
		expect(bought?.legs).toMatchObject([{ direction: "aToB", mintIn: USDC, mintOut: mintOf(2) }]);
	});

	test("no more mints than positions are allowed", () => {
		const own = new PairWorld({ pools: 6, settings: { max_positions: 2 } });
		own.warmUp();
		const factors = own.together().map((factor, at) => (at < 3 ? factor * 0.997 : factor));
		const bought = own.prices(factors, 1);
		expect(bought).toHaveLength(2);
		expect(new Set(bought.map(({ legs }) => legs[0]?.mintOut)).size).toBe(2);
		own.settle(bought[0], "reverted");
		expect(own.prices(factors.with(2, (factors[2] as number) * 0.9999), 1)).toHaveLength(1);
	});
});

/** The market with token 1 bought and held. */
function held(options: PairWorldOptions = {}): { readonly world: PairWorld; readonly position: HeldPosition } {
	const { world: own, bought } = cheap(options);
	own.land(bought);
	const [position] = own.strategy.positions();
	return { world: own, position: position as HeldPosition };
}

describe("a position", () => {
	test("is what landed, with what it was bought for", () => {
		const { world: own, position } = held();
		expect(position).toMatchObject({
			strategy: "statistical",
			mint: mintOf(1),
			fundingMint: USDC,
			cost: SIZE,
			openedAtSeconds: BigInt(own.seconds),
			pools: [addressOf(1)],
			notes: { against: mintOf(2), lookbackSeconds: expect.stringMatching(/^(60|120)$/) },
		});
		expect(own.strategy.counters).toMatchObject({ open: 1, opened: 1, inFlight: 0, cost: SIZE });
	});

	test("is marked at the exact quote of all of it", () => {
		const { world: own, position } = held();
		own.prices(apart(own, 0.997), 1);
		const quote = own.book.rows[0]?.market.quoteExactIn("aToB", position.amount, clockAt(BigInt(own.seconds)));
		expect(own.strategy.counters.markedValue).toBe(quote?.ok ? quote.value.amountOut : -1n);
		own.update([{ poolIndex: 0, swapEnabled: false }]);
		expect(own.strategy.counters.markedValue).toBe(0n);
	});

	test("is sold, all of it, when the spread is back", () => {
		const { world: own, position } = held();
		expect(own.prices(apart(own, 0.998), 1)).toEqual([]);
		const [sold] = own.prices(apart(own, 1.001), 1);
		expect(sold).toMatchObject({ fundingMint: mintOf(1), cycle: `statistical sell ${mintOf(1)}` });
		expect(sold?.legs).toMatchObject([{ amountIn: position.amount, mintOut: USDC }]);
		own.land(sold);
		expect(own.strategy.positions()).toEqual([]);
		expect(own.strategy.counters).toMatchObject({ open: 0, closed: 1, stopped: 0, closedBy: { target: 1 } });
	});

	test("is given up when the pair has parted", () => {
		const { world: own } = held({ settings: { stop_loss_bps: 5_000 } });
		const [sold] = own.prices(apart(own, 0.97), 1);
		own.land(sold);
		expect(own.strategy.counters).toMatchObject({ closed: 1, stopped: 1, closedBy: { stopSpread: 1 } });
	});

	test("is given up at its loss", () => {
		const { world: own } = held({ settings: { stop_z: 100 } });
		const all = own.together().map((factor) => factor * 0.96);
		const [sold] = own.prices(all, 1);
		own.land(sold);
		expect(own.strategy.counters).toMatchObject({ closed: 1, stopped: 1, closedBy: { stopLoss: 1 } });
		expect(own.strategy.counters.realised).toBeLessThan(-3_000_000n);
	});

	test("is sold after its time, whatever it is worth", () => {
		const { world: own } = held({ settings: { max_holding_seconds: 20 } });
		const still = apart(own, 0.9975);
		expect(own.prices(still, 19)).toEqual([]);
		const [sold] = own.prices(still, 1);
		own.land(sold);
		expect(own.strategy.counters).toMatchObject({ closed: 1, stopped: 0, closedBy: { time: 1 } });
	});

	test("stays while its sale is open, and is tried again when that came to nothing", () => {
		const { world: own } = held();
		const back = apart(own, 1.001);
		const [first] = own.prices(back, 1);
		expect(own.prices(back, 10)).toEqual([]);
		own.settle(first, "reverted");
		expect(own.strategy.positions()).toHaveLength(1);
		const [second] = own.prices(back, 1);
		own.strategy.ended(second?.intentId as never);
		expect(own.prices(back, 1)).toEqual([]);
		expect(own.prices(back, 1)).toHaveLength(1);
		expect(new Set(own.proposals.map(({ intentId }) => intentId)).size).toBe(own.proposals.length);
	});

	test("that cannot be sold now waits", () => {
		const { world: own } = held({ settings: { max_holding_seconds: 5 } });
		expect(own.update([{ poolIndex: 0, stale: true }], { seconds: 9 })).toEqual([]);
		expect(own.update([{ poolIndex: 0 }], { seconds: 1 })).toHaveLength(1);
	});

	test("whose other price nobody tells is not judged by it", () => {
		const { world: own } = held();
		const [first, second] = shallow(apart(own, 1.001), 1n) as [Change, Change];
		expect(own.update([first, { ...second, stale: true }], { seconds: 1 })).toEqual([]);
		expect(own.update([second])[0]?.legs[0]?.mintIn).toBe(mintOf(1));
	});

	test("survives another catalog, and is sold through the pools that it has", () => {
		const { world: own } = held({ settings: { max_holding_seconds: 30 } });
		own.adopt([tokenPool(3), tokenPool(2), tokenPool(9, mintOf(1))]);
		const [sold] = own.update([], { seconds: 31 });
		expect(sold?.legs[0]?.pool).toBe(addressOf(9));
	});

	test("restored is judged by its pair, once that is known again", () => {
		const { world: own, position } = held();
		const other = new PairWorld({ prepare: (strategy) => strategy.restore([position]) });
		expect(other.strategy.positions()).toEqual([position]);
		other.warmUp();
		expect(other.strategy.counters).toMatchObject({ open: 1, opened: 0, inFlight: 1 });
		expect(other.proposals[0]?.legs[0]).toMatchObject({ mintIn: mintOf(1), amountIn: position.amount });
		expect(own.strategy.counters.inFlight).toBe(0);
	});

	test.each([
		["nothing is noted", {}],
		["the other mint is not followed", { against: mintOf(77), lookbackSeconds: "60" }],
		["the lookback is another", { against: mintOf(2), lookbackSeconds: "61" }],
	])("of which %s has its stop and its time", (_, notes) => {
		const { position } = held();
		const other = new PairWorld({
			prepare: (strategy) => strategy.restore([{ ...position, notes, openedAtSeconds: BigInt(START_SECONDS) }]),
		});
		expect(other.warmUp(40)).toEqual([]);
		expect(other.prices(other.together(), 3_600)).toHaveLength(1);
	});
});

describe("the market", () => {
	test("of other pools keeps the prices of the mints that are still there", () => {
		world.warmUp();
		world.adopt([tokenPool(1), tokenPool(2), tokenPool(3)]);
		expect(world.strategy.counters.pairs).toBe(3);
		const [one, two] = world.together() as [number, number];
		world.prices([one, two, 1], 1);
		const [bought] = world.prices([one * 0.997, two, 1], 1);
		expect(bought?.legs[0]?.mintOut).toBe(mintOf(1));
	});

	test("whose time goes back is another: nothing of before counts", () => {
		world.warmUp();
		world.seconds -= 1_000;
		expect(world.prices(apart(world, 0.997), 1)).toEqual([]);
		expect(world.prices(apart(world, 0.997), 1)).toEqual([]);
		world.warmUp();
		expect(world.prices(apart(world, 0.997), 1)).toHaveLength(1);
	});

	test("is paired from the mints that are named, where some are", () => {
		const own = new PairWorld({ pools: 4, settings: { mints: [mintOf(2), mintOf(4), mintOf(2), USDC] } });
		expect(own.strategy.counters.pairs).toBe(1);
		own.warmUp();
		const factors = own.together();
		expect(own.prices(factors.with(0, 0.9), 1)).toEqual([]);
		expect(own.prices(factors.with(3, (factors[3] as number) * 0.997), 1)).toHaveLength(1);
	});

	test("is paired from so many mints at most", () => {
		const own = new PairWorld({ pools: 40 });
		expect(own.strategy.counters.pairs).toBe((32 * 31) / 2);
	});

	test("of pools without the funding mint has no pairs", () => {
		world.adopt([{ ...tokenPool(1), mintB: SOL }]);
		expect(world.strategy.counters.pairs).toBe(0);
		expect(world.update([{ poolIndex: 0 }])).toEqual([]);
	});

	test("whose settlements are of others changes nothing", () => {
		world.strategy.settled(settlementOf("other00000000000" as never, "landed", [[mintOf(1), 5n]]));
		expect(world.strategy.positions()).toEqual([]);
	});
});

test("whatever prices and outcomes: never more positions than allowed, never more than the size, all or nothing sold", () => {
	const step = fc.record({
		shocks: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 4, maxLength: 4 }),
		outcome: fc.constantFrom("landed", "reverted", "expired", "denied", "open"),
		seconds: fc.integer({ min: 0, max: 10 }),
	});
	const settings = { max_positions: 2, cool_down_seconds: 5, stop_z: 10 };
	const run = (steps: readonly { shocks: number[]; outcome: string; seconds: number }[]) => {
		const own = new PairWorld({ pools: 4, settings });
		own.warmUp();
		const open = new Set<IntentProposal>();
		for (const { shocks, outcome, seconds } of steps) {
			const factors = own.together().map((factor, at) => factor * (1 + (shocks[at] as number) / 10_000));
			const before = own.strategy.positions();
			for (const proposal of own.prices(factors, seconds)) {
				open.add(proposal);
				const leg = proposal.legs[0] as SwapLeg;
				if (proposal.fundingMint === USDC) expect(leg.amountIn).toBeLessThanOrEqual(SIZE);
				else expect(before.find(({ mint }) => mint === leg.mintIn)?.amount).toBe(leg.amountIn);
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
		return own.proposals;
	};
	let proposed = 0;
	fc.assert(
		fc.property(fc.array(step, { minLength: 10, maxLength: 30 }), (steps) => {
			const proposals = run(steps);
			proposed += proposals.length;
			expect(run(steps)).toEqual(proposals);
		}),
		{ numRuns: 25 },
	);
	expect(proposed).toBeGreaterThan(25);
});
