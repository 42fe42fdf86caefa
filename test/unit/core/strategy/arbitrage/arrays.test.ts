import { describe, expect, test } from "@jest/globals";
import { lenderAccounts, poolAccounts, transactionBytes } from "../../../../../core/execution/transaction-size.ts";
import { Book } from "../../../../../core/market/book.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import type { Tick } from "../../../../../core/market/tick-batch.ts";
import { findMalformation } from "../../../../../core/risk/intent-shape.ts";
import { crossVenueArbitrage } from "../../../../../core/strategy/cross-venue/strategy.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { decodeBase58 } from "../../../../../core/types/base58.ts";
import type { IntentId } from "../../../../../core/types/identifiers.ts";
import { clockAt } from "../../../../support/chain-clock.ts";
import { addressOf, batchOf, lenderOf, poolOf, SOL, tickOf, USDC } from "../../market/market-fixture.ts";
import { type AccountWorld, described, openedMarket, whirlpoolAtTick } from "../../market/venues/account-worlds.ts";
import { NAMES } from "../../market/venues/orca-whirlpool/accounts.ts";

const LENDER = lenderOf();
const MINTS = [decodeBase58(SOL) as Uint8Array, decodeBase58(USDC) as Uint8Array] as const;
/** Its price rises by a fifth where it buys SOL: in one array from the one tick, from another array from the other. */
const WITHIN = 10;
const ACROSS = -200;

const worldAt = (tick: number) => whirlpoolAtTick(tick, { ...NAMES, mints: MINTS });
const WHIRLPOOL: PoolDescriptor = {
	...described(worldAt(WITHIN)),
	swapAccounts: { ...described(worldAt(WITHIN)).swapAccounts, oracle: addressOf(500) },
};
const POOLS = [
	WHIRLPOOL,
	{
		...poolOf({ number: 1, venue: "raydium-cpmm" }),
		swapAccounts: {
			ammConfig: addressOf(501),
			token0Program: addressOf(502),
			token1Program: addressOf(502),
			observationState: addressOf(503),
		},
	},
];

/** Every account of the pool that is priced by accounts, as the feed tells it. */
function ticksOf(world: AccountWorld): Tick[] {
	const head = { kind: "account", poolIndex: 0, slot: 100, stale: false } as const;
	const pool: Tick = { ...head, place: "pool", startIndex: 0, data: world.data("pool", 0) };
	const wanted = openedMarket(world).wanted();
	return [
		pool,
		...wanted.map(({ place, startIndex }) => ({ ...head, place, startIndex, data: world.data(place, startIndex) })),
	];
}

/** A strategy that has heard of the Whirlpool at a tick, and of a pool that pays a fifth more. */
function tried(tick: number, entries: ReadonlySet<Address>) {
	const strategy = crossVenueArbitrage({
		parameters: {
			funding: new Map([[USDC, { minimumProfit: 10_000n, maximumAmount: 250_000_000_000n }]]),
			budget: { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n },
			staleAfterSlots: 4,
			maximumCyclesPerPool: 256,
			maximumInFlight: 8,
			coolDownMicros: 400_000,
			inFlightTimeoutMicros: 90_000_000,
		},
		nextIntentId: () => "0".repeat(16) as IntentId,
	});
	const book = new Book({ catalogEpoch: 1, pools: POOLS });
	strategy.adopt({ book, lenders: [LENDER] });
	strategy.tableChanged(entries);
	const dear = tickOf({ poolIndex: 1, reserveA: 1_000_000_000_000n, reserveB: 1_200_000_000_000n });
	book.heal([batchOf({ snapshot: true }, [...ticksOf(worldAt(tick)), dear])], book.snapshotRequest());
	const proposals = strategy.onUpdate({ changed: [0, 1], clock: clockAt(1_700_000_000n), nowMicros: 0 });
	return { proposals, counters: strategy.counters, book };
}

const ALL = [...new Set([...POOLS.flatMap(poolAccounts), ...lenderAccounts(LENDER)])];
const sizeWith = (entries: readonly Address[], arrays: readonly number[]) =>
	transactionBytes({ lender: LENDER, pools: POOLS, arrays: [arrays, []], isTipped: false }, new Set(entries));

/** A table with which a swap through one array fits, and one through two does not. */
function tightTable(): ReadonlySet<Address> {
	for (let count = 0; count <= ALL.length; count++) {
		const entries = ALL.slice(0, count);
		if (sizeWith(entries, [0]) <= 1_232 && sizeWith(entries, [0, 1]) > 1_232) return new Set(entries);
	}
	throw new Error("there is none");
}

describe("a trade through a pool with arrays", () => {
	test("names those that its size passes, in the order of the swap", () => {
		for (const [tick, arrays] of [
			[WITHIN, [0]],
			[ACROSS, [-5_632, 0]],
		] as const) {
			const { proposals, counters, book } = tried(tick, new Set(ALL));
			expect(counters).toMatchObject({ opportunities: 1, tooLarge: 0 });
			const [proposal] = proposals;
			expect(proposal?.legs.map((leg) => leg.arrays)).toEqual([arrays, []]);
			expect(proposal?.legs.map(({ venue, direction }) => [venue, direction])).toEqual([
				["orca-whirlpool", "bToA"],
				["raydium-cpmm", "aToB"],
			]);
			const [leg] = proposal!.legs;
			const quote = book.rows[0]?.market.quoteExactIn("bToA", leg!.amountIn, clockAt(1_700_000_000n));
			expect(quote).toMatchObject({ ok: true, value: { amountOut: leg!.expectedAmountOut, arrays } });
			expect(findMalformation({ ...proposal, deadlineMicros: 1, timings: {} })).toBeNull();
		}
	});

	test("is too large at its size where the arrays leave no room, is counted, and is not proposed", () => {
		const table = tightTable();
		expect(tried(WITHIN, table).counters).toMatchObject({ opportunities: 1, tooLarge: 0, inFlight: 1 });
		const { proposals, counters } = tried(ACROSS, table);
		expect(proposals).toEqual([]);
		expect(counters).toMatchObject({ opportunities: 0, tooLarge: 1, inFlight: 0 });
	});

	test("is too large at once where even one array has no room", () => {
		for (const tick of [WITHIN, ACROSS]) {
			const { proposals, counters } = tried(tick, new Set());
			expect(sizeWith([], [0])).toBeGreaterThan(1_232);
			expect(proposals).toEqual([]);
			expect(counters).toMatchObject({ opportunities: 0, tooLarge: 1 });
		}
	});
});
