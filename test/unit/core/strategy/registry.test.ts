import { expect, test } from "@jest/globals";
import { FeePolicy } from "../../../../core/execution/fee-policy.ts";
import { lenderAccounts, poolAccounts } from "../../../../core/execution/transaction-size.ts";
import { Book } from "../../../../core/market/book.ts";
import type { Tick } from "../../../../core/market/tick-batch.ts";
import { findMalformation } from "../../../../core/risk/intent-shape.ts";
import { Attempts } from "../../../../core/strategy/attempts.ts";
import type { StrategyDefinition, StrategyDesk } from "../../../../core/strategy/definition.ts";
import { readParameters } from "../../../../core/strategy/read-parameters.ts";
import { STRATEGIES } from "../../../../core/strategy/registry.ts";
import type { Strategy } from "../../../../core/strategy/strategy.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { BONK, batchOf, lenderOf, poolOf, SOL, tickOf, USDC } from "../market/market-fixture.ts";

const TRADED = { assets: [{ symbol: "USDC", mint: USDC, decimals: 6 }], limited: new Set(["USDC"]) };
const BUDGET = { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n };
const POOLS = [
	poolOf({ number: 0, venue: "raydium-cpmm" }),
	poolOf({ number: 1 }),
	poolOf({ number: 2, mintA: SOL, mintB: BONK }),
	poolOf({ number: 3, mintA: BONK, mintB: USDC }),
];
/** 1,000 SOL against so many USDC. */
const pair = (poolIndex: number, usdc: bigint) =>
	tickOf({ poolIndex, reserveA: 1_000_000_000_000n, reserveB: usdc * 1_000_000n });
const bonk = (poolIndex: number, reserveA: bigint, reserveB: bigint) => tickOf({ poolIndex, reserveA, reserveB });
const FAIR = [
	pair(0, 150_000n),
	pair(1, 150_000n),
	bonk(2, 1_000_000_000_000n, 750_000_000_000_000n),
	bonk(3, 750_000_000_000_000n, 150_000_000_000n),
];

/** All strategies of the registry with their defaults, on one market. */
class Floor {
	readonly strategies: readonly Strategy[];
	readonly #book = new Book({ catalogEpoch: 1, pools: POOLS });
	#sequence = 1;

	constructor(isShared = true) {
		let ids = 0;
		const together = new Attempts();
		this.strategies = STRATEGIES.map((definition: StrategyDefinition) => {
			const isArbitrage = "minimum_profit" in definition.parameters;
			const settings = { enabled: true, ...(isArbitrage && { minimum_profit: { USDC: "0.01" } }) };
			const parameters = readParameters(definition, settings, TRADED);
			if (!parameters.ok) throw new Error(parameters.error.join());
			const desk: StrategyDesk = {
				fees: FeePolicy.fixed(BUDGET),
				nextIntentId: () => (ids++).toString(36).padStart(16, "0") as IntentId,
				attempts: isShared ? together : new Attempts(),
				budget: BUDGET,
				staleAfterSlots: 4,
				inFlightTimeoutMicros: 90_000_000,
				largestNotional: new Map([[USDC, 250_000_000_000n]]),
				facts: () => null,
			};
			const strategy = definition.create({ ...desk, parameters: parameters.value });
			strategy.adopt({ book: this.#book, lenders: [lenderOf()] });
			// With every account in a lookup table, no route is too large.
			strategy.tableChanged?.(new Set([...POOLS.flatMap(poolAccounts), ...lenderAccounts(lenderOf())]));
			return strategy;
		});
		this.#book.heal([batchOf({ snapshot: true, sequence: 1 }, FAIR)], this.#book.snapshotRequest());
		this.propose([]);
	}

	propose(ticks: readonly Tick[]) {
		const applied = this.#book.apply(batchOf({ sequence: ++this.#sequence }, ticks));
		if (applied.status !== "applied") throw new Error(applied.status);
		const update = { changed: applied.changed, clock: clockAt(1_700_000_000n), nowMicros: 0 };
		return this.strategies.flatMap((strategy) => strategy.onUpdate(update));
	}
}

test("a gap between two pools is cross-venue's, one the long way round is cyclic's", () => {
	const [two] = new Floor().propose([pair(0, 154_500n)]);
	expect([two?.strategy, two?.legs.length]).toEqual(["cross-venue", 2]);
	const [three] = new Floor().propose([bonk(3, 750_000_000_000_000n, 154_500_000_000n)]);
	expect([three?.strategy, three?.legs.length]).toEqual(["cyclic", 3]);
	for (const proposal of [two, three]) {
		expect(findMalformation({ ...proposal, deadlineMicros: 1, timings: {} } as never)).toBeNull();
	}
});

test("what one strategy shoots at, the other leaves alone, because they share what is in flight", () => {
	const gap = [pair(0, 160_000n)];
	expect(new Floor(false).propose(gap).map(({ strategy }) => strategy)).toEqual(["cross-venue", "cyclic"]);
	expect(new Floor().propose(gap).map(({ strategy }) => strategy)).toEqual(["cross-venue"]);
});

test("cyclic refuses a longest cycle that is shorter than its shortest", () => {
	const read = (legs: object) => readParameters(STRATEGIES[1], { enabled: true, ...legs }, TRADED);
	expect(read({ minimum_legs: 4, maximum_legs: 3 })).toMatchObject({ error: [{ key: "maximum_legs" }] });
	expect(read({ minimum_legs: 4, maximum_legs: 4 })).toMatchObject({ ok: true });
});

test("a mint without limits funds nothing", () => {
	const floor = new Floor();
	const [definition] = STRATEGIES;
	const strategy = definition.create({
		fees: FeePolicy.fixed(BUDGET),
		nextIntentId: () => {
			throw new Error("not expected");
		},
		attempts: new Attempts(),
		budget: BUDGET,
		staleAfterSlots: 4,
		inFlightTimeoutMicros: 1,
		largestNotional: new Map(),
		facts: () => null,
		parameters: { minimum_profit: new Map([[USDC, 1n]]), cool_down_ms: 0, max_in_flight: 1, max_cycles_per_pool: 9 },
	});
	strategy.adopt({ book: new Book({ catalogEpoch: 1, pools: POOLS }), lenders: [lenderOf()] });
	expect(strategy.counters.cycles).toBe(0);
	expect(floor.strategies[0]?.counters.cycles).toBeGreaterThan(0);
});
