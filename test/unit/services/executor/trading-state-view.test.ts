import { beforeEach, describe, expect, test } from "@jest/globals";
import type { TradingState, TradingStateRecord } from "../../../../core/risk/trading-state.ts";
import { TradingStateView } from "../../../../services/executor/trading-state-view.ts";

let view: TradingStateView;

beforeEach(() => {
	view = new TradingStateView();
});

const record = (state: TradingState, changedAtMicros: number): TradingStateRecord => ({
	state,
	changedBy: "test",
	reason: "test",
	changedAtMicros,
});

describe("the trading state that an executor goes by", () => {
	test("unknown is halted", () => {
		expect([view.isKnown, view.halt]).toEqual([false, expect.stringContaining("not known yet")]);
		view.offer({ ...record("active", 1), state: "nonsense" as TradingState });
		view.offer({ ...record("active", 1), changedAtMicros: Number.NaN });
		view.offer(undefined as unknown as TradingStateRecord);
		expect(view.halt).toContain("not known yet");
	});

	test("a halt counts whatever its time: the halting machine's clock may be behind", () => {
		view.offer(record("active", 100));
		view.offer(record("halted", 90));
		expect(view.halt).toBe("halted by test: test");
	});

	test("a halt that was only late is lifted by the next word of what is newer", () => {
		view.offer(record("active", 100));
		view.offer(record("halted", 90));
		view.offer(record("active", 100));
		expect(view.halt).toBeNull();
	});

	test("what is older than the newest that was heard lifts no halt", () => {
		view.offer(record("active", 100));
		view.offer(record("halted", 90));
		view.offer(record("active", 95));
		expect(view.halt).not.toBeNull();
	});

	test("nothing older lifts a halt, also after a still older one was heard", () => {
		view.offer(record("halted", 200));
		view.offer(record("halted", 50));
		view.offer(record("active", 100));
		expect(view.halt).not.toBeNull();
		view.offer(record("active", 201));
		expect(view.halt).toBeNull();
	});

	test("reducing is no halt: risk lets pass what lowers exposure", () => {
		view.offer(record("reducing", 1));
		expect(view.halt).toBeNull();
	});

	test("the kill switch outlasts every word of before, also where risk never heard of it", () => {
		view.offer(record("active", 100));
		view.kill("killed");
		view.offer(record("active", 100));
		view.offer(record("reducing", 99));
		expect(view.halt).toBe("killed");
	});

	test("the kill switch outlasts risk's halt, and ends when a person resumes", () => {
		view.offer(record("active", 100));
		view.kill("killed");
		view.offer(record("halted", 101));
		expect([view.halt, view.isHaltedByRisk]).toEqual(["killed", true]);
		view.offer(record("active", 102));
		expect([view.halt, view.isHaltedByRisk]).toEqual([null, false]);
	});
});
