import { findMalformation } from "../risk/intent-shape.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { ApprovedIntent } from "./approved-intent.ts";

/** Base58 text of 32 bytes. */
const BASE58_OF_32_BYTES = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/**
 * Whether something from outside is an intent that may be signed: a whole order intent, with all that an approval adds.
 *
 * @returns the same object, or one phrase that names the first field that is wrong
 */
export function readApprovedIntent(value: unknown): Result<ApprovedIntent, string> {
	const problem = findMalformation(value) ?? findApprovalMalformation(value as ApprovedIntent);
	return problem === null ? success(value as ApprovedIntent) : failure(problem);
}

function findApprovalMalformation(intent: { readonly [name in keyof ApprovedIntent]: unknown }): string | null {
	for (const name of ["wallet", "blockhash"] as const) {
		const text = intent[name];
		if (typeof text !== "string" || !BASE58_OF_32_BYTES.test(text)) return `${name} is not 32 bytes in base58`;
	}
	for (const name of ["lastValidBlockHeight", "riskEpoch"] as const) {
		const count = intent[name];
		if (!Number.isSafeInteger(count) || (count as number) < 0) return `${name} is no whole number from 0`;
	}
	for (const [stage, micros] of Object.entries(intent.timings as object)) {
		if (micros !== undefined && !Number.isFinite(micros)) return `timings.${stage} is no time in microseconds`;
	}
	return null;
}
