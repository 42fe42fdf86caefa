import { beforeEach, describe, expect, test } from "@jest/globals";
import { FeePolicy } from "../../../../core/execution/fee-policy.ts";
import type { Settlement } from "../../../../core/execution/submission.ts";
import { Book } from "../../../../core/market/book.ts";
import { Attempts } from "../../../../core/strategy/attempts.ts";
import { defineStrategy, type StrategyDefinition, type StrategyDesk } from "../../../../core/strategy/definition.ts";
import type { HeldPosition } from "../../../../core/strategy/held-position.ts";
import type { IntentProposal, Strategy } from "../../../../core/strategy/strategy.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import type { StrategyPlan } from "../../../../services/strategy/settings.ts";
import { StrategyHost } from "../../../../services/strategy/strategy-host.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { addressOf, lenderOf, poolOf, SOL, USDC } from "../../core/market/market-fixture.ts";

/** What a stub was told, each with the value of its one parameter. */
let told: string[];
let logged: string[];
/** Thrown by the named call of the named stub. */
let breaks: Record<string, string>;
let ids: number;
let changes: number;

beforeEach(() => {
	[told, logged, breaks, ids, changes] = [[], [], {}, 0, 0];
});

const position = (strategy: string): HeldPosition => ({
	strategy,
	mint: SOL,
	fundingMint: USDC,
	amount: 5n,
	cost: 7n,
	openedAtSeconds: 1n,
	pools: [addressOf(1)],
	notes: {},
});

/** A strategy that proposes one intent an update and tells what it was asked. */
function stub(name: string, { isHolder = false, canTakeBack = false, as = name } = {}): StrategyDefinition {
	return defineStrategy({
		name,
		explanation: "A stub.",
		parameters: { size: { kind: "count", default: 1, minimum: 0, maximum: 9, unit: "", explanation: "Any." } },
		create: ({ parameters, nextIntentId }): Strategy => {
			const hear = (what: string) => {
				told.push(`${name}/${parameters.size} ${what}`);
				if (breaks[name] === what) throw new Error("a bug");
			};
			let held: readonly HeldPosition[] = [];
			hear("made");
			const base: Strategy = {
				name,
				counters: { opportunities: 1, inFlight: 0 },
				adopt: () => hear("adopt"),
				lendersChanged: () => hear("lenders"),
				tableChanged: () => hear("table"),
				onUpdate: () => {
					hear("update");
					return [{ intentId: nextIntentId(), strategy: as } as IntentProposal];
				},
				settled: () => {
					hear("settled");
					held = [position(name)];
				},
				ended: () => hear("ended"),
			};
			if (!isHolder) return base;
			return {
				...base,
				...(canTakeBack && {
					reversed: () => {
						hear("reversed");
						held = [];
					},
				}),
				positions: () => held,
				restore: (positions) => {
					held = positions;
					hear(`restore ${positions.length}`);
				},
			};
		},
	}) as StrategyDefinition;
}

const planOf = (definition: StrategyDefinition, size = 1, enabled = true): StrategyPlan => ({
	definition,
	settings: { enabled, size },
	parameters: enabled ? { size } : null,
});
const desk: StrategyDesk = {
	fees: FeePolicy.fixed({ computeUnitLimit: 1, computeUnitPriceMicroLamports: 1n }),
	nextIntentId: () => String(ids++) as IntentId,
	attempts: new Attempts(),
	budget: { computeUnitLimit: 1, computeUnitPriceMicroLamports: 1n },
	staleAfterSlots: 4,
	inFlightTimeoutMicros: 1_000,
	largestNotional: new Map(),
	facts: () => null,
};
const market = () => ({ book: new Book({ catalogEpoch: 1, pools: [poolOf({ number: 0 })] }), lenders: [lenderOf()] });

function hostOf(...plans: readonly StrategyPlan[]): StrategyHost {
	return new StrategyHost({
		plans,
		desk,
		log: { error: (line) => logged.push(line) },
		onPositions: () => void changes++,
	});
}

function proposedBy(host: StrategyHost, nowMicros = 0): readonly IntentProposal[] {
	const proposals: IntentProposal[] = [];
	host.onUpdate({ changed: [0], clock: clockAt(1n), nowMicros }, (some) => proposals.push(...some));
	return proposals;
}

const settled = (intentId: IntentId) => ({ intentId, outcome: "landed" }) as Settlement;
const finish = (host: StrategyHost, intentId: IntentId) => {
	host.settled(settled(intentId));
	host.ended(intentId);
};
const runningOf = (host: StrategyHost) => host.statuses(null).map(({ running }) => running);

describe("a defect pauses a strategy alone", () => {
	test.each(["made", "adopt", "lenders", "table", "update", "ended"])("in %s", (where) => {
		breaks = { bad: where };
		const host = hostOf(planOf(stub("bad")), planOf(stub("good")));
		host.adopt(market());
		host.lendersChanged([]);
		host.tableChanged(new Set());
		for (const { intentId } of proposedBy(host)) host.ended(intentId);
		expect(runningOf(host)).toEqual([false, true]);
		expect(host.waitingFor).toBeNull();
		expect(logged[0]).toContain("The strategy bad broke and is paused: Error: a bug");
		expect(proposedBy(host).map(({ strategy }) => strategy)).toEqual(["good"]);
		breaks = {};
		expect(host.resume("bad")).toBe(true);
		expect(told.filter((line) => line.startsWith("bad")).slice(-3)).toEqual([
			"bad/1 made",
			"bad/1 table",
			"bad/1 adopt",
		]);
		expect(proposedBy(host).map(({ strategy }) => strategy)).toEqual(["bad", "good"]);
	});

	test("and so does an intent under another's name, which would spend that one's budget", () => {
		const host = hostOf(planOf(stub("bad", { as: "good" })), planOf(stub("good")));
		expect(proposedBy(host).map(({ strategy }) => strategy)).toEqual(["good"]);
		expect(logged[0]).toContain("it proposed an intent as good");
	});
});

test("one that is switched off is not made; with none on, that is what the host waits for", () => {
	const host = hostOf(planOf(stub("a-b"), 1, false));
	expect(told).toEqual([]);
	expect(host.isEnabled).toBe(false);
	expect(host.waitingFor).toContain("no strategy is switched on");
	expect(host.statuses(null)).toMatchObject([
		{ enabled: false, waitingFor: "switched off: set strategies.a_b.enabled to true", opportunities: 0 },
	]);
	expect(proposedBy(host)).toEqual([]);
});

test("a settlement is told to the strategy whose intent it was, and the end to all", () => {
	const host = hostOf(planOf(stub("a")), planOf(stub("b")));
	const [, ofB] = proposedBy(host);
	told = [];
	finish(host, ofB!.intentId);
	expect(told).toEqual(["b/1 settled", "a/1 ended", "b/1 ended"]);
	told = [];
	finish(host, "unknown" as IntentId);
	expect(told).toEqual(["a/1 ended", "b/1 ended"]);
});

describe("other parameters", () => {
	test("have that strategy alone made anew, on the market as it is", () => {
		const [a, b] = [stub("a"), stub("b")];
		const host = hostOf(planOf(a), planOf(b));
		host.adopt(market());
		host.tableChanged(new Set());
		told = [];
		expect(host.follow([planOf(a), planOf(b, 2)])).toEqual(["b"]);
		expect(told).toEqual(["b/2 made", "b/2 table", "b/2 adopt"]);
		expect(host.statuses(null)[1]).toMatchObject({ parameters: { size: 2 }, opportunities: 2 });
	});

	test("may switch a strategy on and off", () => {
		const a = stub("a");
		const host = hostOf(planOf(a));
		host.follow([planOf(a, 1, false)]);
		expect(proposedBy(host)).toEqual([]);
		host.follow([planOf(a)]);
		expect(proposedBy(host)).toHaveLength(1);
	});
});

describe("a strategy that holds positions", () => {
	const holder = stub("holder", { isHolder: true });

	test("trades only once it knows what it holds", () => {
		const host = hostOf(planOf(holder));
		host.adopt(market());
		expect(proposedBy(host)).toEqual([]);
		expect(host.waitingFor).toBe("holder: what it holds has not been read yet");
		host.restore([position("holder"), position("other")]);
		expect(told).toEqual(["holder/1 made", "holder/1 made", "holder/1 restore 1", "holder/1 adopt"]);
		expect(proposedBy(host)).toHaveLength(1);
		// What a strategy held that is no more stays on record.
		expect(host.positions).toEqual([position("holder"), position("other")]);
	});

	test("stays off while that cannot be known, and says why", () => {
		const host = hostOf(planOf(holder), planOf(stub("other")));
		host.restore("positions.json is damaged");
		host.adopt(market());
		expect(proposedBy(host).map(({ strategy }) => strategy)).toEqual(["other"]);
		expect(host.statuses(null)[0]).toMatchObject({ waitingFor: "positions.json is damaged", positions: null });
	});

	test("is exchanged only when nothing of it is in flight, and hands over what it holds", () => {
		const host = hostOf(planOf(holder));
		host.restore([]);
		host.adopt(market());
		const [intent] = proposedBy(host);
		told = [];
		host.follow([planOf(holder, 2)]);
		expect(told).toEqual([]);
		expect(proposedBy(host)).toEqual([]);
		expect(host.waitingFor).toContain("wait for the end of what is in flight");
		finish(host, intent!.intentId);
		expect(told).toEqual([
			"holder/1 settled",
			"holder/1 ended",
			"holder/2 made",
			"holder/2 restore 1",
			"holder/2 adopt",
		]);
		// With the proposal, and with its end.
		expect(changes).toBe(2);
		expect(host.positions).toEqual([position("holder")]);
	});

	test("is paused when nobody tells how an intent of it ended: what it holds is in doubt", () => {
		const host = hostOf(planOf(holder));
		host.restore([]);
		const [intent] = proposedBy(host, 0);
		expect(host.unsettled).toEqual([intent?.intentId]);
		expect(proposedBy(host, 1_000)).toEqual([]);
		expect(host.waitingFor).toContain("what it holds is in doubt: read the log, then call strategy.resume");
		expect(logged[0]).toContain(`nobody told how its intent ${intent?.intentId} ended`);
		expect(host.unsettled).toEqual([intent?.intentId]);
		host.resume(null);
		expect(host.unsettled).toEqual([]);
		expect(proposedBy(host, 1_001)).toHaveLength(1);
	});

	test("hears of a late end all the same", () => {
		const host = hostOf(planOf(holder));
		host.restore([]);
		const [intent] = proposedBy(host, 0);
		proposedBy(host, 1_000);
		finish(host, intent!.intentId);
		expect(host.positions).toEqual([position("holder")]);
		expect(host.unsettled).toEqual([]);
		// Nothing is in doubt any more: it goes on by itself.
		expect(host.waitingFor).toBeNull();
		expect(proposedBy(host, 1_001)).toHaveLength(1);
	});

	test("keeps an overdue intent through other parameters, so that its end reaches the one that sent it", () => {
		const host = hostOf(planOf(holder));
		host.restore([]);
		host.adopt(market());
		const [intent] = proposedBy(host, 0);
		proposedBy(host, 1_000);
		told = [];
		host.follow([planOf(holder, 2)]);
		expect(proposedBy(host, 1_001)).toEqual([]);
		expect(told).toEqual([]);
		finish(host, intent!.intentId);
		expect(told.slice(0, 4)).toEqual(["holder/1 settled", "holder/1 ended", "holder/2 made", "holder/2 restore 1"]);
	});

	test("stands still when a fork takes back what it cannot take back itself, until a person has looked", () => {
		const host = hostOf(planOf(holder));
		host.restore([]);
		const [intent] = proposedBy(host, 0);
		host.reversed(intent!.intentId);
		expect(host.waitingFor).toBeNull();
		finish(host, intent!.intentId);
		host.reversed("another" as IntentId);
		expect(host.waitingFor).toBeNull();
		host.reversed(intent!.intentId);
		expect(host.waitingFor).toContain("call strategy.resume");
		expect(logged[0]).toContain(`a fork took back its intent ${intent?.intentId}`);
		expect(host.unsettled).toEqual([intent?.intentId]);
		host.resume("holder");
		expect(proposedBy(host, 1)).toHaveLength(1);
	});

	test.each(["", "reversed"])("takes back what a fork took back where it can (breaks in: %j)", (where) => {
		breaks = { able: where };
		const host = hostOf(planOf(stub("able", { isHolder: true, canTakeBack: true })));
		host.restore([]);
		const [intent] = proposedBy(host, 0);
		finish(host, intent!.intentId);
		changes = 0;
		host.reversed(intent!.intentId);
		expect(host.unsettled).toEqual([intent?.intentId]);
		expect(changes).toBe(1);
		expect(host.waitingFor === null).toBe(where === "");
		expect(host.positions).toHaveLength(where === "" ? 0 : 1);
		host.ended(intent!.intentId);
		expect(host.unsettled).toEqual([]);
	});

	test("switched off, keeps what it holds, and says that nobody closes it", () => {
		const host = hostOf(planOf(holder));
		host.restore([position("holder")]);
		host.follow([planOf(holder, 1, false)]);
		expect(host.positions).toHaveLength(1);
		expect(host.statuses(null)[0]?.waitingFor).toContain("holds 1 positions that nobody closes");
	});
});
