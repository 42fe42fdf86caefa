import { expect, test } from "@jest/globals";
import { RequestBudget } from "../../../../../services/localnet/rpc/request-budget.ts";
import { testClock } from "../chain/wallet.ts";

test("beyond a second's worth requests are refused until time has earned them again", () => {
	const clock = testClock(0);
	const budget = new RequestBudget(10, clock);
	expect(budget.take(11)).toBe(false);
	expect(budget.take(8)).toBe(true);
	expect(budget.take(3)).toBe(false);
	expect(budget.take(2)).toBe(true);
	expect(budget.take(1)).toBe(false);
	clock.seconds = 0.5;
	expect(budget.take(6)).toBe(false);
	expect(budget.take(5)).toBe(true);
	clock.seconds = 100;
	expect(budget.take(11)).toBe(false);
	expect(budget.take(10)).toBe(true);
});
