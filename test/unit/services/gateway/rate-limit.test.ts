import { describe, expect, test } from "@jest/globals";
import { RateLimit } from "../../../../services/gateway/rate-limit.ts";

describe("the rate limit", () => {
	test("refuses an address beyond its share, says how long, and begins anew with the next minute", () => {
		let now = 5_000_000;
		const limit = new RateLimit({ epochMicros: () => 0, monotonicMicros: () => now }, 2);
		expect([limit.take("a"), limit.take("a"), limit.take("b")]).toEqual([null, null, null]);
		now += 20_500_000;
		expect([limit.take("a"), limit.take("b")]).toEqual([40, null]);
		now += 39_500_000;
		expect(limit.take("a")).toBeNull();
	});

	test("counts newcomers together when there are too many addresses", () => {
		const limit = new RateLimit({ epochMicros: () => 0, monotonicMicros: () => 1 }, 2);
		for (let index = 0; index < 10_000; index++) expect(limit.take(`address ${index}`)).toBeNull();
		expect([limit.take("x"), limit.take("y"), limit.take("z")]).toEqual([null, null, 60]);
		expect(limit.take("address 0")).toBeNull();
	});
});
