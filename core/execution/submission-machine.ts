import { failure, type Result, success } from "../types/result.ts";
import type { SubmissionOutcome, SubmissionState } from "./submission.ts";

/**
 * Which state may follow which. `unknown` is left only by proof; an outcome is never left. A claim that was found in a
 * dead executor's journal may have been sent, so it can become everything.
 */
const NEXT: Readonly<Record<SubmissionState, readonly SubmissionState[]>> = {
	claimed: ["signed", "unknown", "landed", "reverted", "expired"],
	signed: ["sent", "unknown", "landed", "reverted", "expired"],
	sent: ["landed", "reverted", "expired", "unknown"],
	unknown: ["landed", "reverted", "expired"],
	landed: [],
	reverted: [],
	expired: [],
};

/** A step that the machine refuses. */
export interface IllegalTransition {
	readonly code: "illegalTransition";
	readonly from: SubmissionState;
	readonly to: SubmissionState;
}

/** The state after a step, or the refusal of a step that cannot happen. */
export function advance(from: SubmissionState, to: SubmissionState): Result<SubmissionState, IllegalTransition> {
	return NEXT[from].includes(to) ? success(to) : failure({ code: "illegalTransition", from, to });
}

/** Whether a submission has ended, by proof of the chain. */
export function isOutcome(state: SubmissionState): state is SubmissionOutcome {
	return NEXT[state].length === 0;
}
