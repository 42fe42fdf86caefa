import { describe, expect, test } from "@jest/globals";
import { FailureThrottle } from "../../../../core/risk/failure-throttle.ts";

const throttle = () => new FailureThrottle({ failures: 3, windowMicros: 1_000 });

describe("the throttle of failing strategies", () => {
	test("trips with the last of so many failures within the window, at its edge and not beyond", () => {
		const at = (last: number) => {
			const rule = throttle();
			return [rule.ended("s", "reverted", 0), rule.ended("s", "expired", 500), rule.ended("s", "reverted", last)];
		};
		expect(at(1_000)).toEqual([false, false, true]);
		expect(at(1_001)).toEqual([false, false, false]);
	});

	test("looks at the newest failures: an old one does not shield", () => {
		const rule = throttle();
		for (const micros of [0, 5_000, 5_400]) expect(rule.ended("s", "reverted", micros)).toBe(false);
		expect(rule.ended("s", "reverted", 6_000)).toBe(true);
	});

	test("counts no success, and every strategy for itself", () => {
		const rule = throttle();
		for (const strategy of ["a", "b"]) {
			rule.ended(strategy, "reverted", 0);
			rule.ended(strategy, "reverted", 1);
		}
		expect(rule.ended("a", "landed", 2)).toBe(false);
		expect(rule.ended("a", "reverted", 3)).toBe(true);
		expect(rule.ended("b", "landed", 3)).toBe(false);
	});

	test("starts anew when a person enabled the strategy", () => {
		const rule = throttle();
		rule.ended("s", "reverted", 0);
		rule.ended("s", "reverted", 1);
		rule.forget("s");
		expect(rule.ended("s", "reverted", 2)).toBe(false);
	});

	test("a single failure can be too many", () => {
		expect(new FailureThrottle({ failures: 1, windowMicros: 1 }).ended("s", "expired", 7)).toBe(true);
	});

	test("remembers a bounded number of strategies", () => {
		const rule = throttle();
		rule.ended("first", "reverted", 0);
		rule.ended("first", "reverted", 0);
		for (let index = 0; index < 256; index++) rule.ended(`other ${index}`, "reverted", 0);
		expect(rule.ended("first", "reverted", 0)).toBe(false);
	});
});
