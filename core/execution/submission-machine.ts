import { failure, type Result, success } from "../types/result.ts";
import type { SubmissionOutcome, SubmissionState } from "./submission.ts";

/**
 * Which state may follow which. `unknown` is left only by proof, and a proof by inclusion holds until its block is final:
 * before that a fork may take the block away, and everything is open again. A claim that was found in a dead executor's
 * journal may have been sent, so it can become everything.
 */
const NEXT = {
	approved: ["claimed"],
	claimed: ["signed", "unknown", "seen", "landed", "reverted", "expired"],
	signed: ["sent", "unknown", "seen", "landed", "reverted", "expired"],
	sent: ["seen", "landed", "reverted", "expired", "unknown"],
	seen: ["landed", "reverted", "expired", "unknown"],
	unknown: ["seen", "landed", "reverted", "expired"],
	landed: ["finalized", "unknown"],
	reverted: ["finalized", "unknown"],
	finalized: [],
	expired: [],
} as const satisfies Readonly<Record<SubmissionState, readonly SubmissionState[]>>;

/** The states that may follow a state. */
export type NextState<From extends SubmissionState> = (typeof NEXT)[From][number];

/** A step that the machine refuses. */
export interface IllegalTransition {
	readonly code: "illegalTransition";
	readonly from: SubmissionState;
	readonly to: SubmissionState;
}

/** A step whose both ends are known when it is written: an illegal one does not compile. */
export function step<From extends SubmissionState, To extends NextState<From>>(_from: From, to: To): To {
	return to;
}

/** The state after a step that is known only at run time, or the refusal of a step that cannot happen. */
export function advance(from: SubmissionState, to: SubmissionState): Result<SubmissionState, IllegalTransition> {
	const allowed: readonly SubmissionState[] = NEXT[from];
	return allowed.includes(to) ? success(to) : failure({ code: "illegalTransition", from, to });
}

/** Whether the chain has told how a submission ended. Until the block is final a fork may take that back. */
export function isOutcome(state: SubmissionState): state is SubmissionOutcome {
	return state === "landed" || state === "reverted" || state === "expired";
}
