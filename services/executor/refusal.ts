import type { RefusalCode } from "../../core/execution/submission.ts";
import { PolicyViolation } from "../../libs/solana/policed-wallet.ts";

/** Why an intent is not taken. */
export interface Refusal {
	readonly code: RefusalCode;
	readonly detail: string;
}

/** Why nothing was signed: the policy's word, or values that fit no message. */
export function refusalOf(error: Error): Refusal {
	return { code: error instanceof PolicyViolation ? "policyViolation" : "malformedIntent", detail: error.message };
}
