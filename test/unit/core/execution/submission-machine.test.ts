import { describe, expect, test } from "@jest/globals";
import type { SubmissionState } from "../../../../core/execution/submission.ts";
import { advance, isOutcome } from "../../../../core/execution/submission-machine.ts";

const STATES: readonly SubmissionState[] = ["claimed", "signed", "sent", "landed", "reverted", "expired", "unknown"];

const ALLOWED = new Set([
	"claimed>signed",
	"claimed>unknown",
	"claimed>landed",
	"claimed>reverted",
	"claimed>expired",
	"signed>sent",
	"signed>unknown",
	"signed>landed",
	"signed>reverted",
	"signed>expired",
	"sent>landed",
	"sent>reverted",
	"sent>expired",
	"sent>unknown",
	"unknown>landed",
	"unknown>reverted",
	"unknown>expired",
]);

const STEPS = STATES.flatMap((from) => STATES.map((to) => ({ from, to })));

describe("submission machine", () => {
	test.each(STEPS.filter(({ from, to }) => !ALLOWED.has(`${from}>${to}`)))("refuses $from to $to", ({ from, to }) => {
		expect(advance(from, to)).toEqual({ ok: false, error: { code: "illegalTransition", from, to } });
	});

	test.each(STEPS.filter(({ from, to }) => ALLOWED.has(`${from}>${to}`)))("allows $from to $to", ({ from, to }) => {
		expect(advance(from, to)).toEqual({ ok: true, value: to });
	});

	test("ends only by what the chain proves", () => {
		expect(STATES.filter(isOutcome)).toEqual(["landed", "reverted", "expired"]);
	});
});
