import type { RefusalCode } from "../../core/execution/submission.ts";

/** Why an intent is not taken. */
export interface Refusal {
	readonly code: RefusalCode;
	readonly detail: string;
}
