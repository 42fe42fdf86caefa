import { describe, expect, test } from "@jest/globals";
import { isRiskLease } from "../../../../core/risk/lease.ts";

const LEASE = { epoch: 3, expiresAtMicros: 1_700_000_000_000_000, seal: "c2VhbA==" };

describe("the shape of a lease", () => {
	test.each([
		["nothing", undefined],
		["null", null],
		["a text", "lease"],
		["no epoch", { ...LEASE, epoch: undefined }],
		["a broken epoch", { ...LEASE, epoch: 1.5 }],
		["an epoch below the first", { ...LEASE, epoch: -1 }],
		["no end", { ...LEASE, expiresAtMicros: undefined }],
		["an end that is no number", { ...LEASE, expiresAtMicros: "1700000000000000" }],
		["an end that never comes", { ...LEASE, expiresAtMicros: Number.POSITIVE_INFINITY }],
		["no seal", { ...LEASE, seal: undefined }],
		["a seal that is no text", { ...LEASE, seal: 7 }],
	])("%s is none", (_name, value) => {
		expect(isRiskLease(value)).toBe(false);
	});

	test("a whole one is, also of the first epoch", () => {
		expect([isRiskLease(LEASE), isRiskLease({ ...LEASE, epoch: 0 })]).toEqual([true, true]);
	});
});
