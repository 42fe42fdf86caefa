import { beforeEach, describe, expect, test } from "@jest/globals";
import { FeePolicy, routeName } from "../../../../../core/execution/fee-policy.ts";
import type { FlashLender } from "../../../../../core/execution/flash-loan.ts";
import { tipAccountOf } from "../../../../../core/execution/tip.ts";
import { fitsPacket, lenderAccounts, poolAccounts } from "../../../../../core/execution/transaction-size.ts";
import { Book } from "../../../../../core/market/book.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import type { ReserveTick, TickBatchHeader } from "../../../../../core/market/tick-batch.ts";
import { findMalformation } from "../../../../../core/risk/intent-shape.ts";
import type { CycleArbitrage } from "../../../../../core/strategy/arbitrage/cycle-arbitrage.ts";
import type { FundingTerms } from "../../../../../core/strategy/arbitrage/funding.ts";
import { type CrossVenueParameters, crossVenueArbitrage } from "../../../../../core/strategy/cross-venue/strategy.ts";
import type { FlashLoan } from "../../../../../core/strategy/order-intent.ts";
import type { IntentProposal, MarketUpdate } from "../../../../../core/strategy/strategy.ts";
import type { Address } from "../../../../../core/types/address.ts";
import type { IntentId } from "../../../../../core/types/identifiers.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { addressOf, BONK, batchOf, lenderOf, poolOf, SOL, tickOf, USDC } from "../../market/market-fixture.ts";

const USDC_TERMS: FundingTerms = { minimumProfit: 10_000n, maximumAmount: 250_000_000_000n };
const SOL_TERMS: FundingTerms = { minimumProfit: 100_000n, maximumAmount: 2_000_000_000_000n };
const FEE_LAMPORTS = 5_250n;
const FAIR_USDC = 150_000_000_000n;
/** A reserve of USDC at which a pool pays 3 % more for SOL than the fair ones. */
const DEAR_USDC = 154_500_000_000n;
const NOW_SECONDS = 1_700_000_000;

const PARAMETERS: CrossVenueParameters = {
	funding: new Map([[USDC, USDC_TERMS]]),
	budget: { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n },
	staleAfterSlots: 4,
	maximumCyclesPerPool: 256,
	maximumInFlight: 8,
	coolDownMicros: 400_000,
	inFlightTimeoutMicros: 90_000_000,
};

const TWO_POOLS = [poolOf({ number: 0, venue: "raydium-cpmm" }), poolOf({ number: 1, mintA: USDC, mintB: SOL })];

/** A strategy on a healed book of its own. */
class Bench {
	readonly strategy: CycleArbitrage;
	readonly #book: Book;
	#sequence = 1;
	#ids = 0;
	nowMicros = 0;

	constructor(
		options: {
			readonly pools?: readonly PoolDescriptor[];
			readonly lenders?: readonly FlashLender[];
			readonly parameters?: Partial<CrossVenueParameters>;
			readonly fees?: FeePolicy;
			/** Rows differ from fair ones by these. */
			readonly ticks?: readonly (Partial<ReserveTick> & { readonly poolIndex: number })[];
		} = {},
	) {
		const pools = options.pools ?? TWO_POOLS;
		this.strategy = crossVenueArbitrage({
			parameters: { ...PARAMETERS, ...options.parameters },
			nextIntentId: () => (this.#ids++).toString(36).padStart(16, "0") as IntentId,
			...(options.fees && { fees: options.fees }),
		});
		this.#book = new Book({ catalogEpoch: 1, pools });
		this.strategy.adopt({ book: this.#book, lenders: options.lenders ?? [lenderOf()] });
		const ticks = pools.map((_, poolIndex) =>
			this.tick(options.ticks?.find((tick) => tick.poolIndex === poolIndex) ?? { poolIndex }),
		);
		this.#book.heal([batchOf({ snapshot: true, sequence: 1 }, ticks)], this.#book.snapshotRequest());
	}

	get book(): Book {
		return this.#book;
	}

	/** A tick of 1,000 SOL against USDC at 150, in the order of the pool's mints. */
	tick(change: Partial<ReserveTick> & { readonly poolIndex: number; readonly usdc?: bigint }): ReserveTick {
		const pool = this.#book.rows[change.poolIndex]?.pool as PoolDescriptor;
		const usdc = change.usdc ?? FAIR_USDC;
		const sol = 1_000_000_000_000n;
		const reserves = pool.mintA === USDC ? { reserveA: usdc, reserveB: sol } : { reserveA: sol, reserveB: usdc };
		return tickOf({ ...reserves, ...change });
	}

	/** Applies a batch and has the strategy look at it. */
	update(
		ticks: readonly (Partial<ReserveTick> & { readonly poolIndex: number; readonly usdc?: bigint })[],
		change: Partial<MarketUpdate> & { readonly header?: Partial<TickBatchHeader> } = {},
	): readonly IntentProposal[] {
		const batch = batchOf(
			{ sequence: ++this.#sequence, ...change.header },
			ticks.map((tick) => this.tick(tick)),
		);
		const update = this.#book.apply(batch);
		const changed = update.status === "applied" ? update.changed : ticks.map(({ poolIndex }) => poolIndex);
		return this.strategy.onUpdate({
			changed,
			clock: clockAt(BigInt(NOW_SECONDS)),
			nowMicros: this.nowMicros,
			...change,
		});
	}
}

const dear = (poolIndex = 0, change: Partial<ReserveTick> = {}) => ({ poolIndex, usdc: DEAR_USDC, ...change });
let bench: Bench;

beforeEach(() => {
	bench = new Bench();
});

describe("proposes nothing", () => {
	test("before it has a market", () => {
		const strategy = crossVenueArbitrage({
			parameters: PARAMETERS,
			nextIntentId: () => {
				throw new Error("not expected");
			},
		});
		strategy.lendersChanged([lenderOf()]);
		expect(strategy.onUpdate({ changed: [0], clock: clockAt(0n), nowMicros: 0 })).toEqual([]);
	});

	test("on a fair market", () => {
		expect(bench.update([{ poolIndex: 0 }, { poolIndex: 1 }])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ cycles: 2, opportunities: 0 });
	});

	test("on a book with a gap", () => {
		expect(bench.update([dear()], { header: { sequence: 9 } })).toEqual([]);
		expect(bench.book.stale).toBe(true);
	});

	test("on a book that is behind the chain by more slots than allowed", () => {
		expect(bench.update([dear()], { clock: clockAt(BigInt(NOW_SECONDS), { slot: 105n }) })).toEqual([]);
		expect(bench.update([dear()], { clock: clockAt(BigInt(NOW_SECONDS), { slot: 104n }) })).toHaveLength(1);
	});

	test.each([
		["stale", { stale: true }],
		["disabled", { swapEnabled: false }],
		["not open yet", { openTimeSeconds: BigInt(NOW_SECONDS) + 1n }],
	])("through a changed pool that is %s", (_, change) => {
		expect(bench.update([dear(0, change)])).toEqual([]);
		expect(bench.update([dear(0)])).toHaveLength(1);
	});

	test.each([
		["stale", { stale: true }],
		["disabled", { swapEnabled: false }],
		["not open yet", { openTimeSeconds: BigInt(NOW_SECONDS) + 1n }],
	])("through another pool that is %s", (_, change) => {
		const tick = { poolIndex: 1, reserveA: FAIR_USDC, reserveB: 1_000_000_000_000n, ...change };
		bench = new Bench({ ticks: [tick] });
		expect(bench.update([dear(0)])).toEqual([]);
	});

	test("when costs have no price, and counts it", () => {
		const pools = [poolOf({ number: 0, mintA: BONK }), poolOf({ number: 1, mintA: BONK })];
		bench = new Bench({ pools });
		expect(bench.update([dear(0)])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ opportunities: 0, unpriced: 1 });
	});

	test("below the minimum profit, and exactly from it on", () => {
		const profit = bench.update([dear()])[0]?.expectedNetProfit as bigint;
		const withMinimum = (minimumProfit: bigint) =>
			new Bench({ parameters: { funding: new Map([[USDC, { ...USDC_TERMS, minimumProfit }]]) } }).update([dear()]);
		expect(withMinimum(profit + 1n)).toEqual([]);
		expect(withMinimum(profit * 1_000n)).toEqual([]);
		expect(withMinimum(profit)).toHaveLength(1);
	});

	test("for no gain at all, even with a minimum profit of zero", () => {
		const parameters = { funding: new Map([[USDC, { ...USDC_TERMS, minimumProfit: 0n, maximumAmount: 1n }]]) };
		bench = new Bench({ parameters });
		expect(bench.update([dear()])).toEqual([]);
	});

	test.each<[string, readonly FlashLender[]]>([
		["a lender", []],
		["a lender of the mint", [lenderOf({ mint: SOL })]],
		["anything to lend", [lenderOf({ availableAmount: 0n })]],
	])("without %s", (_, lenders) => {
		bench = new Bench({ lenders });
		expect(bench.update([dear()])).toEqual([]);
	});

	test("for a mint without terms", () => {
		bench = new Bench({ parameters: { funding: new Map([[BONK, USDC_TERMS]]) } });
		expect(bench.strategy.counters.cycles).toBe(0);
		expect(bench.update([dear()])).toEqual([]);
	});

	test("for cycles that no changed pool is part of", () => {
		const pools = [...TWO_POOLS, poolOf({ number: 2, mintA: BONK })];
		bench = new Bench({ pools, ticks: [{ poolIndex: 0, reserveA: 1_000_000_000_000n, reserveB: DEAR_USDC }] });
		expect(bench.update([{ poolIndex: 2 }])).toEqual([]);
		expect(bench.strategy.onUpdate({ changed: [99], clock: clockAt(BigInt(NOW_SECONDS)), nowMicros: 0 })).toEqual([]);
		expect(bench.update([{ poolIndex: 1 }])).toHaveLength(1);
	});
});

describe("an intent", () => {
	test("buys where it is cheap, sells where it is dear, and passes risk's own check of shape", () => {
		const [proposal] = bench.update([dear(0, { slot: 99 })], { header: { slot: 101 } });
		const intent = { ...proposal, deadlineMicros: 1, timings: {} };
		expect(findMalformation(intent)).toBeNull();
		expect(proposal).toMatchObject({
			intentId: "0000000000000000",
			strategy: "cross-venue",
			fundingMint: USDC,
			minimumProfit: 10_000n,
			networkCost: (FEE_LAMPORTS * DEAR_USDC) / 1_000_000_000_000n + 1n,
			computeUnitLimit: 250_000,
			computeUnitPriceMicroLamports: 1_000n,
			maximumFeeLamports: FEE_LAMPORTS,
			triggerSlot: 101,
			legs: [
				{
					pool: addressOf(1),
					venue: "raydium-amm-v4",
					direction: "aToB",
					mintIn: USDC,
					mintOut: SOL,
					observedSlot: 101,
					arrays: [],
				},
				{
					pool: addressOf(0),
					venue: "raydium-cpmm",
					direction: "aToB",
					mintIn: SOL,
					mintOut: USDC,
					observedSlot: 101,
					arrays: [],
				},
			],
		});
	});

	test("is exact: quotes chain without slack, the guard covers all costs, the profit is what is left", () => {
		const [proposal] = bench.update([dear()]);
		const { legs, expectedNetProfit, networkCost } = proposal as IntentProposal;
		const loan = proposal?.loan as FlashLoan;
		const [first, last] = legs as [IntentProposal["legs"][0], IntentProposal["legs"][0]];
		expect(loan.reserve).toBe(lenderOf().reserve);
		expect(first.amountIn).toBe(loan.amount);
		expect(first.minimumAmountOut).toBe(first.expectedAmountOut);
		expect(last.amountIn).toBe(first.minimumAmountOut);
		expect(last.minimumAmountOut).toBe(loan.amount + loan.fee + networkCost + 10_000n);
		expect(last.expectedAmountOut - loan.amount - loan.fee - networkCost).toBe(expectedNetProfit);
		expect(last.expectedAmountOut >= last.minimumAmountOut).toBe(true);
	});

	test("never borrows more than the terms or the lender allow", () => {
		const limited = { funding: new Map([[USDC, { ...USDC_TERMS, maximumAmount: 50_000_000n }]]) };
		expect(new Bench({ parameters: limited }).update([dear()])[0]?.loan?.amount).toBe(50_000_000n);
		const lenders = [lenderOf({ availableAmount: 40_000_000n })];
		expect(new Bench({ lenders }).update([dear()])[0]?.loan?.amount).toBe(40_000_000n);
	});

	test("borrows where it is cheapest, then where there is most", () => {
		const fee = lenderOf().feeNumerator;
		const lenders = [
			lenderOf({ reserve: addressOf(1_001), feeNumerator: fee * 2n }),
			lenderOf({ reserve: addressOf(1_002), feeNumerator: fee, availableAmount: 5n }),
			lenderOf({ reserve: addressOf(1_003), feeNumerator: fee }),
			lenderOf({ reserve: addressOf(1_004), feeNumerator: fee, availableAmount: 6n }),
		];
		expect(new Bench({ lenders }).update([dear()])[0]?.loan?.reserve).toBe(addressOf(1_003));
	});

	describe("where the cheapest has too little", () => {
		const cheap = lenderOf({ reserve: addressOf(1_001), feeNumerator: 0n, availableAmount: 40_000_000n });
		const large = lenderOf({
			reserve: addressOf(1_002),
			kind: "solend",
			feeNumerator: 10n ** 13n,
			feeDenominator: 10n ** 18n,
		});
		const from = (...lenders: readonly FlashLender[]) => new Bench({ lenders }).update([dear()])[0];

		test("borrows more from a dearer one when that nets more", () => {
			const [small, big] = [from(cheap), from(large)] as [IntentProposal, IntentProposal];
			expect(small.loan?.amount).toBe(40_000_000n);
			expect(big.expectedNetProfit > small.expectedNetProfit).toBe(true);
			expect(from(large, cheap)).toEqual({ ...big, intentId: small.intentId });
		});

		test("stays with it when the dearer one's fee eats the difference", () => {
			const greedy = { ...large, feeNumerator: 2n * 10n ** 16n };
			expect(from(greedy, cheap)).toEqual(from(cheap));
		});

		test("stays with it when the dearer one has no more", () => {
			expect(from({ ...large, availableAmount: 40_000_000n }, cheap)?.loan?.reserve).toBe(cheap.reserve);
		});

		test("goes to the next where it has nothing at all", () => {
			expect(from({ ...cheap, availableAmount: 0n }, large)?.loan?.reserve).toBe(large.reserve);
			expect(from({ ...cheap, availableAmount: 0n }, { ...large, availableAmount: 0n })).toBeUndefined();
		});

		test("takes it again when it has enough", () => {
			bench = new Bench({ lenders: [cheap, large] });
			bench.strategy.lendersChanged([{ ...cheap, availableAmount: large.availableAmount }, large]);
			expect(bench.update([dear()])[0]?.loan?.reserve).toBe(cheap.reserve);
		});
	});

	test("with SOL as its funding costs exactly the fee", () => {
		const parameters = { funding: new Map([[SOL, SOL_TERMS]]) };
		bench = new Bench({ parameters, lenders: [lenderOf({ mint: SOL })] });
		const [proposal] = bench.update([dear()]);
		expect(proposal).toMatchObject({ fundingMint: SOL, networkCost: FEE_LAMPORTS });
		expect(proposal?.legs.map(({ pool }) => pool)).toEqual([addressOf(0), addressOf(1)]);
		expect(findMalformation({ ...proposal, deadlineMicros: 1, timings: {} })).toBeNull();
	});
});

describe("of several opportunities", () => {
	const POOLS = [0, 1, 2, 3].map((number) => poolOf({ number }));

	test("the best comes first, and what shares a pool with it waits", () => {
		bench = new Bench({ pools: POOLS });
		const proposals = bench.update([dear(0), { poolIndex: 1, usdc: 156_000_000_000n }]);
		expect(proposals.map(({ legs }) => legs.map(({ pool }) => pool))).toEqual([
			[addressOf(2), addressOf(1)],
			[addressOf(3), addressOf(0)],
		]);
		const [best, second] = proposals as [IntentProposal, IntentProposal];
		expect(best.expectedNetProfit > second.expectedNetProfit).toBe(true);
		expect(bench.strategy.counters).toMatchObject({ opportunities: 2, inFlight: 2 });
	});

	test("one gap is shot once, from the mint in which it is worth most", () => {
		const funding = new Map<Address, FundingTerms>([
			[USDC, { ...USDC_TERMS, maximumAmount: 1_000_000_000n }],
			[SOL, SOL_TERMS],
		]);
		bench = new Bench({ parameters: { funding }, lenders: [lenderOf(), lenderOf({ mint: SOL })] });
		expect(bench.update([dear()]).map(({ fundingMint }) => fundingMint)).toEqual([SOL]);
	});

	test("no more than the maximum is in flight", () => {
		bench = new Bench({ pools: POOLS, parameters: { maximumInFlight: 1 } });
		expect(bench.update([dear(0), dear(1)])).toHaveLength(1);
		bench.nowMicros = 1_000_000;
		expect(bench.update([dear(2), dear(3), { poolIndex: 0, usdc: 160_000_000_000n }])).toEqual([]);
	});
});

describe("after an intent", () => {
	const again = (usdc: bigint) =>
		bench.update([
			{ poolIndex: 0, usdc },
			{ poolIndex: 1, usdc: FAIR_USDC - 1n },
		]);

	test("its cycle waits for the end, and for the cool-down", () => {
		const [first] = bench.update([dear()]);
		bench.nowMicros = 500_000;
		expect(again(DEAR_USDC + 1n)).toEqual([]);
		bench.strategy.ended(first?.intentId as IntentId);
		const [second] = again(DEAR_USDC + 2n);
		expect(second).toBeDefined();
		bench.strategy.ended(second?.intentId as IntentId);
		bench.nowMicros = 899_999;
		expect(again(DEAR_USDC + 3n)).toEqual([]);
		bench.nowMicros = 900_000;
		expect(again(DEAR_USDC + 4n)).toHaveLength(1);
	});

	test("its cycle is free again when nothing was heard of it for long", () => {
		bench.update([dear()]);
		bench.nowMicros = 89_999_999;
		expect(again(DEAR_USDC + 1n)).toEqual([]);
		bench.nowMicros = 90_000_000;
		expect(again(DEAR_USDC + 2n)).toHaveLength(1);
	});

	test("its cycle stays taken over a new catalog", () => {
		const [first] = bench.update([dear()]);
		const fresh = new Book({ catalogEpoch: 2, pools: [...TWO_POOLS].reverse() });
		bench.strategy.adopt({ book: fresh, lenders: [lenderOf()] });
		const ticks = [
			tickOf({ poolIndex: 1, reserveB: DEAR_USDC }),
			tickOf({ poolIndex: 0, reserveA: FAIR_USDC, reserveB: 1_000_000_000_000n }),
		];
		fresh.heal([batchOf({ catalogEpoch: 2, snapshot: true }, ticks)], fresh.snapshotRequest());
		const update: MarketUpdate = { changed: [0, 1], clock: clockAt(BigInt(NOW_SECONDS)), nowMicros: 1_000_000 };
		expect(bench.strategy.onUpdate(update)).toEqual([]);
		bench.strategy.ended(first?.intentId as IntentId);
		expect(bench.strategy.onUpdate(update)).toHaveLength(1);
	});
});

describe("a lookup table that comes to be known", () => {
	/** With accounts of their own, but for one token program. */
	const pools = TWO_POOLS.map((pool, index) => {
		const swapAccounts = Object.fromEntries(
			["ammConfig", "token0Program", "token1Program", "observationState"].map((name, at) => [
				name,
				addressOf(name === "token0Program" ? 3_000 : 3_001 + index * 10 + at),
			]),
		);
		return { ...pool, venue: "raydium-cpmm" as const, swapAccounts };
	});
	const klend = lenderOf({ feeNumerator: 0n });
	const solend = lenderOf({ kind: "solend", reserve: addressOf(2_500) });

	test("lets a cycle borrow where it costs least, though the transaction would not fit without", () => {
		const route = { pools, isTipped: false };
		const entries = new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(klend)]);
		expect(fitsPacket({ ...route, lender: klend })).toBe(false);
		expect(fitsPacket({ ...route, lender: solend })).toBe(true);
		expect(fitsPacket({ ...route, lender: klend }, entries)).toBe(true);
		const reserveOf = (prepare: (strategy: CycleArbitrage) => void) => {
			const bench = new Bench({ pools, lenders: [klend, solend] });
			prepare(bench.strategy);
			return bench.update([dear()])[0]?.loan?.reserve;
		};
		expect(reserveOf(() => {})).toBe(solend.reserve);
		expect(reserveOf((strategy) => strategy.tableChanged(entries))).toBe(klend.reserve);
	});

	test("is what a cycle waits for that fits with no lender: it is counted, and proposed as soon as there is one", () => {
		const entries = new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(klend)]);
		const bench = new Bench({ pools, lenders: [klend] });
		expect(bench.update([dear()])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ opportunities: 0, tooLarge: 1, inFlight: 0 });
		// A table of others' accounts is of no use.
		bench.strategy.tableChanged(new Set([addressOf(7_000), addressOf(7_001)]));
		expect(bench.update([dear()])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ tooLarge: 2 });
		bench.strategy.tableChanged(entries);
		expect(bench.update([dear()])).toHaveLength(1);
		expect(bench.strategy.counters).toMatchObject({ opportunities: 1, tooLarge: 2 });
		bench.strategy.tableChanged(new Set());
		bench.nowMicros = 1_000_000_000;
		expect(bench.update([dear()])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ tooLarge: 3 });
	});

	test("is not missed by what would not pay anyway", () => {
		const bench = new Bench({ pools, lenders: [klend] });
		expect(bench.update([{ poolIndex: 0 }])).toEqual([]);
		expect(bench.strategy.counters).toMatchObject({ tooLarge: 0 });
	});

	test("takes effect on cycles that were looked at before", () => {
		const bench = new Bench({ pools, lenders: [klend, solend] });
		const [before] = bench.update([dear()]);
		expect(before?.loan?.reserve).toBe(solend.reserve);
		bench.strategy.tableChanged(new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(klend)]));
		bench.strategy.ended(before?.intentId as IntentId);
		bench.nowMicros = 1_000_000;
		expect(bench.update([dear()])[0]?.loan?.reserve).toBe(klend.reserve);
	});
});

describe("lenders that change", () => {
	test("by amount and fee take effect at once", () => {
		bench.strategy.lendersChanged([lenderOf({ reserve: addressOf(2_000), availableAmount: 30_000_000n })]);
		expect(bench.update([dear()])[0]?.loan).toMatchObject({ reserve: addressOf(2_000), amount: 30_000_000n });
	});

	test("by going away take their cycles with them, and bring them back", () => {
		bench.strategy.lendersChanged([lenderOf({ mint: SOL })]);
		expect(bench.strategy.counters.cycles).toBe(0);
		expect(bench.update([dear()])).toEqual([]);
		bench.strategy.lendersChanged([lenderOf()]);
		expect(bench.update([dear()])).toHaveLength(1);
	});
});

test("counts the cycles beyond the number that a pool may have", () => {
	const pools = Array.from({ length: 10 }, (_, number) => poolOf({ number }));
	bench = new Bench({ pools, parameters: { maximumCyclesPerPool: 4 } });
	expect(bench.strategy.counters).toMatchObject({ cycles: 20, cyclesLeftOut: 70 });
});

describe("fees and tips", () => {
	const ACCOUNTS = Array.from({ length: 8 }, (_, index) => addressOf(900 + index));
	const policy = (change: Partial<ConstructorParameters<typeof FeePolicy>[0]> = {}) =>
		new FeePolicy({
			floorMicroLamports: 1_000n,
			maximumMicroLamports: 100_000n,
			maximumFeeLamports: 2_000_000n,
			computeUnitLimit: 250_000,
			computeUnitMarginPercent: 10,
			staleAfterMicros: 1_000_000,
			tip: { sharePercent: 20, minimumLamports: 1_000n, maximumLamports: 10_000_000n, accounts: ACCOUNTS },
			...change,
		});
	const only = (proposals: readonly IntentProposal[]): IntentProposal => {
		expect(proposals).toHaveLength(1);
		return proposals[0]!;
	};

	test("a tip is a share of the profit, to the cycle's account, and the guard holds it", () => {
		const plain = only(new Bench().update([dear()]));
		const tipped = only(new Bench({ fees: policy() }).update([dear()]));
		expect(
			findMalformation({ ...tipped, deadlineMicros: 1, timings: { received: 0, decoded: 0, found: 0 } }),
		).toBeNull();
		expect(tipped.loan).toEqual(plain.loan);
		const { account, lamports } = tipped.tip!;
		expect(account).toBe(tipAccountOf(tipped.cycle, ACCOUNTS));
		expect(lamports).toBe(10_000_000n);
		// What is tipped is missing from the profit, to the unit, and stands in the guard.
		expect(tipped.expectedNetProfit + tipped.networkCost).toBe(plain.expectedNetProfit + plain.networkCost);
		const { amount, fee } = tipped.loan!;
		const guard = amount + fee + tipped.networkCost + USDC_TERMS.minimumProfit;
		expect(tipped.legs.at(-1)!.minimumAmountOut).toBe(guard);
		expect(tipped.maximumFeeLamports).toBe(FEE_LAMPORTS);
	});

	test("a cycle whose profit the least tip eats is left alone", () => {
		const expected = only(new Bench().update([dear()])).expectedNetProfit;
		const funding = new Map([[USDC, { ...USDC_TERMS, minimumProfit: expected }]]);
		expect(new Bench({ parameters: { funding } }).update([dear()])).toHaveLength(1);
		expect(new Bench({ parameters: { funding }, fees: policy() }).update([dear()])).toEqual([]);
	});

	test("measured routes ask for their units and a margin, contended pools for their price, until it is stale", () => {
		const fees = policy({ tip: null });
		const desk = new Bench({ fees });
		const first = only(desk.update([dear()]));
		expect(first.computeUnitLimit).toBe(250_000);
		fees.measured(routeName(first.loan!.reserve, first.legs), 100_000);
		fees.observed([{ pool: first.legs[0]!.pool, microLamports: 20_000n }], 0);
		desk.strategy.ended(first.intentId);
		desk.nowMicros = 1_000_000;
		const second = only(desk.update([dear()]));
		expect(second.computeUnitLimit).toBe(110_000);
		expect(second.computeUnitPriceMicroLamports).toBe(20_000n);
		expect(second.maximumFeeLamports).toBe(5_000n + 2_200n);
		desk.strategy.ended(second.intentId);
		desk.nowMicros = 2_000_000;
		expect(only(desk.update([dear()])).computeUnitPriceMicroLamports).toBe(1_000n);
	});

	test("trades that do not land make the next ones dearer", () => {
		const fees = policy({ tip: null });
		const desk = new Bench({ fees });
		const first = only(desk.update([dear()]));
		fees.settled(first.intentId, "expired", null);
		desk.strategy.ended(first.intentId);
		desk.nowMicros = 1_000_000;
		expect(only(desk.update([dear()])).computeUnitPriceMicroLamports).toBe(1_250n);
	});

	test("another lender makes another route", () => {
		const fees = policy({ tip: null });
		const desk = new Bench({ fees });
		const first = only(desk.update([dear()]));
		fees.measured(routeName(first.loan!.reserve, first.legs), 100_000);
		desk.strategy.ended(first.intentId);
		desk.strategy.lendersChanged([lenderOf({ reserve: addressOf(777) })]);
		desk.nowMicros = 1_000_000;
		expect(only(desk.update([dear()])).computeUnitLimit).toBe(250_000);
	});
});
