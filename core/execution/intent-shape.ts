import { findMalformation, isAddress } from "../risk/intent-shape.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { ApprovedIntent } from "./approved-intent.ts";

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
	if (!isAddress(intent.wallet)) return "wallet is not 32 bytes in base58";
	if (!isAddress(intent.blockhash)) return "blockhash is not 32 bytes in base58";
	if (!isWhole(intent.lastValidBlockHeight)) return "lastValidBlockHeight is no whole number from 0";
	if (!isWhole(intent.riskEpoch)) return "riskEpoch is no whole number from 0";
	const timings = intent.timings as Readonly<Record<string, unknown>>;
	for (const stage of Object.keys(timings)) {
		const micros = timings[stage];
		if (micros !== undefined && !Number.isFinite(micros)) return `timings.${stage} is no time in microseconds`;
	}
	return null;
}

function isWhole(value: unknown): boolean {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
