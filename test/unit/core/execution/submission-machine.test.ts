import { describe, expect, test } from "@jest/globals";
import { SUBMISSION_STATES as STATES } from "../../../../core/execution/submission.ts";
import { advance, isOutcome, step } from "../../../../core/execution/submission-machine.ts";

const ALLOWED = new Set([
	"approved>claimed",
	"claimed>signed",
	"claimed>unknown",
	"claimed>seen",
	"claimed>landed",
	"claimed>reverted",
	"claimed>expired",
	"signed>sent",
	"signed>unknown",
	"signed>seen",
	"signed>landed",
	"signed>reverted",
	"signed>expired",
	"sent>seen",
	"sent>landed",
	"sent>reverted",
	"sent>expired",
	"sent>unknown",
	"seen>landed",
	"seen>reverted",
	"seen>expired",
	"seen>unknown",
	"unknown>seen",
	"unknown>landed",
	"unknown>reverted",
	"unknown>expired",
	"landed>finalized",
	"landed>unknown",
	"reverted>finalized",
	"reverted>unknown",
]);

const STEPS = STATES.flatMap((from) => STATES.map((to) => ({ from, to })));

describe("submission machine", () => {
	test.each(STEPS.filter(({ from, to }) => !ALLOWED.has(`${from}>${to}`)))("refuses $from to $to", ({ from, to }) => {
		expect(advance(from, to)).toEqual({ ok: false, error: { code: "illegalTransition", from, to } });
	});

	test.each(STEPS.filter(({ from, to }) => ALLOWED.has(`${from}>${to}`)))("allows $from to $to", ({ from, to }) => {
		expect(advance(from, to)).toEqual({ ok: true, value: to });
	});

	test("an illegal step that is known when it is written does not compile", () => {
		// @ts-expect-error an expired submission goes nowhere
		expect(step("expired", "landed")).toBe("landed");
		// @ts-expect-error nothing is sent before it is claimed
		expect(step("approved", "sent")).toBe("sent");
		expect(step("approved", "claimed")).toBe("claimed");
	});

	test("ends only by what the chain proves, and for good only when no fork can take it back", () => {
		expect(STATES.filter(isOutcome)).toEqual(["landed", "reverted", "expired"]);
		const isForGood = (from: (typeof STATES)[number]) => STATES.every((to) => !advance(from, to).ok);
		expect(STATES.filter(isForGood)).toEqual(["finalized", "expired"]);
	});
});
