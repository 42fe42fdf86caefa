import { expect, test } from "@jest/globals";
import { StrategyFailures } from "../../../../core/risk/strategy-failures.ts";

test("what is off stays off until a person enables it, whoever reads the checkpoint", () => {
	const failures = new StrategyFailures();
	failures.failed("a", 1);
	failures.throttle("a", "2 intents reverted");
	failures.throttle("b", "another reason");
	const again = new StrategyFailures(failures.stored);
	expect([again.throttled, again.reasonOf("a"), again.of("a")]).toEqual([["a", "b"], "2 intents reverted", [1]]);
	again.enable("a");
	expect([again.throttled, again.reasonOf("a"), again.of("a")]).toEqual([["b"], null, []]);
	expect(new StrategyFailures().stored).toEqual({ throttled: [], failures: [] });
});

test("strategies beyond the 256 that failed last are forgotten", () => {
	const failures = new StrategyFailures();
	for (let index = 0; index < 256; index++) failures.failed(`${index}`, index);
	failures.failed("0", 256);
	failures.failed("one more", 257);
	expect([failures.of("1"), failures.of("0"), failures.of("one more")]).toEqual([[], [0, 256], [257]]);
	expect(failures.stored.failures).toHaveLength(256);
});
