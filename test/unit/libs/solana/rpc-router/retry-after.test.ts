import { describe, expect, test } from "@jest/globals";
import { LONGEST_PAUSE_MS, retryAfterMs } from "../../../../../libs/solana/rpc-router/retry-after.ts";

const NOW_MS = Date.parse("Sun, 22 Nov 2026 10:00:00 GMT");

describe("Retry-After", () => {
	test("absent, empty or nonsense says nothing", () => {
		for (const header of [null, "", "soon", "-5", "1e9x", "12 apples of Sunday"]) {
			expect(retryAfterMs(header, NOW_MS)).toBeNull();
		}
	});

	test("seconds, also with a fraction", () => {
		expect(retryAfterMs("3", NOW_MS)).toBe(3_000);
		expect(retryAfterMs(" 0.25 ", NOW_MS)).toBe(250);
		expect(retryAfterMs("0", NOW_MS)).toBe(0);
	});

	test("a date; one that has passed asks for nothing", () => {
		expect(retryAfterMs("Sun, 22 Nov 2026 10:00:07 GMT", NOW_MS)).toBe(7_000);
		expect(retryAfterMs("Sun, 22 Nov 2026 09:59:00 GMT", NOW_MS)).toBe(0);
	});

	test("never longer than the longest pause", () => {
		expect(retryAfterMs("999999999", NOW_MS)).toBe(LONGEST_PAUSE_MS);
		expect(retryAfterMs("Sun, 22 Nov 2099 10:00:07 GMT", NOW_MS)).toBe(LONGEST_PAUSE_MS);
	});
});
