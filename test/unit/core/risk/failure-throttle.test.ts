import { describe, expect, test } from "@jest/globals";
import { hasFailedTooOften } from "../../../../core/risk/failure-throttle.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { intentId, NEW_YEAR, USDC } from "./risk-world.ts";

const LIMITS = { failures: 3, windowMicros: 1_000 };

describe("the throttle of failing strategies", () => {
	test.each([
		[[], false],
		[[0, 500], false],
		[[0, 500, 1_000], true],
		[[0, 500, 1_001], false],
		[[0, 5_000, 5_400, 6_000], true],
		[[0, 5_000, 5_400, 6_001], false],
	])("failures at %j: %s", (times, isTooOften) => {
		expect(hasFailedTooOften(times, LIMITS)).toBe(isTooOften);
	});

	test("a single failure can be too many", () => {
		expect(hasFailedTooOften([7], { failures: 1, windowMicros: 1 })).toBe(true);
	});
});

describe("failures, as the ledger remembers them", () => {
	const fail = (state: LedgerState, strategy: string, outcome: "landed" | "reverted" | "expired", atMicros: number) => {
		const id: IntentId = intentId();
		const reservation = {
			intentId: id,
			strategy,
			cycle: "cycle",
			fundingMint: USDC,
			notional: 1n,
			loanFee: 0n,
			maximumFeeLamports: 1n,
			deadlineMicros: NEW_YEAR,
			lastValidBlockHeight: 1,
			riskEpoch: 1,
			approvedAtMicros: NEW_YEAR,
		};
		state.apply({ type: "approved", reservation });
		state.apply({ type: "settled", intentId: id, outcome, signature: null, booking: null, atMicros });
	};

	test("each strategy has its own, success is none, and a restart forgets none", () => {
		const state = new LedgerState();
		fail(state, "a", "reverted", 1);
		fail(state, "b", "expired", 2);
		fail(state, "a", "landed", 3);
		fail(state, "a", "expired", 4);
		const again = new LedgerState();
		again.apply({ type: "checkpoint", state: state.checkpoint() });
		expect([again.failuresOf("a"), again.failuresOf("b"), again.failuresOf("c")]).toEqual([[1, 4], [2], []]);
	});

	test("a person who enables the strategy starts it anew", () => {
		const state = new LedgerState();
		fail(state, "a", "reverted", 1);
		state.apply({ type: "throttled", strategy: "a", reason: "r", atMicros: 2 });
		state.apply({ type: "enabled", strategy: "a", by: "anna", reason: "r", atMicros: 3 });
		expect([state.failuresOf("a"), state.throttled("a")]).toEqual([[], null]);
	});

	test("they are bounded: the newest of one strategy, and the strategies that failed last", () => {
		const state = new LedgerState();
		for (let at = 0; at < 150; at++) fail(state, "a", "reverted", at);
		expect([state.failuresOf("a").length, state.failuresOf("a")[0]]).toEqual([100, 50]);
		for (let other = 0; other < 256; other++) fail(state, `other ${other}`, "reverted", 200);
		expect(state.failuresOf("a")).toEqual([]);
	});
});
