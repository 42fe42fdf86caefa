import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { RollingHour } from "../../../../core/risk/rolling-hour.ts";
import { Spending } from "../../../../core/risk/spending.ts";
import { Tally } from "../../../../core/risk/tally.ts";
import { NEW_YEAR, USDC } from "./risk-world.ts";

const MINUTE = 60_000_000;
const DAY = 86_400_000_000;

describe("a rolling hour", () => {
	test("keeps an amount for sixty whole minutes, and not for sixty-two", () => {
		const hour = new RollingHour();
		hour.add(30 * 1_000_000, 5n);
		expect([hour.sum(0), hour.sum(60 * MINUTE), hour.sum(61 * MINUTE - 1), hour.sum(61 * MINUTE)]).toEqual([
			5n,
			5n,
			5n,
			0n,
		]);
	});

	test("sums a minute up, also when the clock steps back", () => {
		const hour = new RollingHour();
		hour.add(10 * MINUTE, 1n);
		hour.add(10 * MINUTE + 1, 2n);
		hour.add(3 * MINUTE, 4n);
		hour.add(11 * MINUTE, 0n);
		expect(hour.entries).toEqual([[10, 7n]]);
		hour.add(12 * MINUTE, 8n);
		expect([hour.sum(70 * MINUTE), hour.sum(71 * MINUTE), hour.sum(73 * MINUTE)]).toEqual([15n, 8n, 0n]);
	});

	test("never counts less than what was spent in the last hour, nor more than in the last 61 minutes", () => {
		const step = fc.record({ wait: fc.nat(20 * MINUTE), amount: fc.bigInt(0n, 1_000n) });
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const hour = new RollingHour();
				const spent: { at: number; amount: bigint }[] = [];
				let now = 0;
				for (const { wait, amount } of steps) {
					now += wait;
					hour.add(now, amount);
					spent.push({ at: now, amount });
					const since = (micros: number) =>
						spent.reduce((sum, { at, amount: one }) => (now - at < micros ? sum + one : sum), 0n);
					expect(hour.sum(now)).toBeGreaterThanOrEqual(since(60 * MINUTE));
					expect(hour.sum(now)).toBeLessThanOrEqual(since(61 * MINUTE + 1));
					expect(new RollingHour(hour.entries).sum(now)).toBe(hour.sum(now));
				}
			}),
			{ seed: 3 },
		);
	});
});

describe("spending", () => {
	test("counts fees and tips of the hour, and each strategy's day", () => {
		const spending = new Spending();
		spending.paid({ networkFee: 5n, tip: 7n }, NEW_YEAR);
		spending.paid({ networkFee: 1n }, NEW_YEAR + MINUTE);
		expect([spending.fees(NEW_YEAR + MINUTE), spending.tips(NEW_YEAR + MINUTE)]).toEqual([6n, 7n]);
		spending.realised("a", USDC, -10n, NEW_YEAR);
		spending.realised("a", USDC, 4n, NEW_YEAR + DAY - 1);
		spending.realised("b", USDC, 3n, NEW_YEAR);
		spending.realised("b", SOL_MINT, 0n, NEW_YEAR);
		const today = (strategy: string, at: number) => spending.realisedToday(strategy, USDC, at);
		expect([today("a", NEW_YEAR), today("b", NEW_YEAR), today("c", NEW_YEAR)]).toEqual([-6n, 3n, 0n]);
		expect(today("a", NEW_YEAR + DAY)).toBe(0n);
		spending.realised("a", USDC, 1n, NEW_YEAR + DAY);
		expect([today("a", NEW_YEAR + DAY), today("a", NEW_YEAR)]).toEqual([1n, 0n]);
	});

	test("is the same after it was written down and read", () => {
		const spending = new Spending();
		spending.paid({ networkFee: 5n, tip: 7n }, NEW_YEAR);
		spending.realised("a", USDC, -10n, NEW_YEAR);
		const again = new Spending(spending.record);
		expect(again.record).toEqual(spending.record);
		expect([again.fees(NEW_YEAR), again.tips(NEW_YEAR), again.realisedToday("a", USDC, NEW_YEAR)]).toEqual([
			5n,
			7n,
			-10n,
		]);
	});

	test("remembers a bounded number of strategies, the newest", () => {
		const spending = new Spending();
		for (let index = 0; index <= 256; index++) spending.realised(`s${index}`, USDC, -1n, NEW_YEAR);
		expect(spending.realisedToday("s0", USDC, NEW_YEAR)).toBe(0n);
		expect(spending.realisedToday("s256", USDC, NEW_YEAR)).toBe(-1n);
		expect(spending.record.days).toHaveLength(256);
	});
});

test("a tally keeps no key whose sum is nothing", () => {
	const tally = new Tally<string>();
	tally.add("a", 5n);
	tally.add("b", 0n);
	tally.add("a", -2n);
	expect([[...tally], tally.of("b"), tally.size]).toEqual([[["a", 3n]], 0n, 1]);
	tally.add("a", -3n);
	expect([...tally]).toEqual([]);
});
