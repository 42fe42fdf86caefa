import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ApprovalEncoder } from "../../../../core/execution/approval-encoding.ts";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { readApprovedIntent } from "../../../../core/execution/intent-shape.ts";
import { APPROVED, alterations } from "./approved-example.ts";

const encoder = new ApprovalEncoder();

function encoded(intent: ApprovedIntent): string {
	const length = encoder.encode(intent);
	if (length < 0) throw new Error("cannot be encoded");
	return Buffer.from(encoder.bytes.subarray(0, length)).toString("hex");
}

describe("the encoding of an approved intent", () => {
	test.each([
		["a text that is longer than its room", { cycle: "x".repeat(5_000) }],
		["texts that together are longer than the room", { strategy: "ж".repeat(1_500), cycle: "ж".repeat(1_500) }],
		["a text with a length that would look like the mark of another", { cycle: "x".repeat(0x8000) }],
		["an expected profit beyond 64 bits", { expectedNetProfit: 1n << 63n }],
	])("does not write %s", (_what, change) => {
		expect(encoder.encode({ ...APPROVED, ...change } as ApprovedIntent)).toBe(-1);
	});

	test("is not an intent: that is a broken invariant", () => {
		expect(() => encoder.encode({ ...APPROVED, legs: null } as unknown as ApprovedIntent)).toThrow(TypeError);
	});

	test("is the same for the same, and leaves out what decides nothing", () => {
		const again = structuredClone(APPROVED);
		expect(encoded(again)).toBe(encoded(APPROVED));
		expect(encoded({ ...again, seal: "other", timings: { found: 99 } })).toBe(encoded(APPROVED));
	});

	test("does not depend on what was encoded before", () => {
		const used = new ApprovalEncoder();
		for (let index = 0; index < 3_000; index++) used.encode({ ...APPROVED, cycle: `cycle ${index}` });
		for (const [, altered] of alterations(APPROVED)) {
			const length = used.encode(altered);
			expect(Buffer.from(used.bytes.subarray(0, length)).toString("hex")).toBe(encoded(altered));
			const fresh = new ApprovalEncoder();
			expect(fresh.encode(altered)).toBe(length);
			expect(Buffer.compare(fresh.bytes.subarray(0, length), used.bytes.subarray(0, length))).toBe(0);
		}
	});

	test("a text that was written before does not fit where there is no room", () => {
		const cycle = "x".repeat(2_000);
		const used = new ApprovalEncoder();
		expect(used.encode({ ...APPROVED, cycle })).toBeGreaterThan(2_000);
		expect(used.encode({ ...APPROVED, strategy: cycle, cycle })).toBe(-1);
	});

	test.each(alterations(APPROVED))("is another for another %s", (_path, altered) => {
		expect(encoded(altered)).not.toBe(encoded(APPROVED));
	});

	test("the example has every field, and passes for an intent", () => {
		expect(readApprovedIntent(APPROVED)).toMatchObject({ ok: true });
		const paths = new Set(alterations(APPROVED).map(([path]) => path.split(".")[0]));
		const decisive = Object.keys(APPROVED).filter((key) => key !== "seal" && key !== "timings");
		expect([...paths].sort()).toEqual(decisive.sort());
	});

	test("no two texts share their bytes, wherever one ends and the next begins", () => {
		const text = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b", "\u0000", "ÿ", "ж", "\ud800") });
		fc.assert(
			fc.property(text, text, text, text, (strategy, cycle, otherStrategy, otherCycle) => {
				const isSame = strategy === otherStrategy && cycle === otherCycle;
				const one = encoded({ ...APPROVED, strategy, cycle });
				const other = encoded({ ...APPROVED, strategy: otherStrategy, cycle: otherCycle });
				expect(one === other).toBe(isSame);
			}),
		);
	});
});
