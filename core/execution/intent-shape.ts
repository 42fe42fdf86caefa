import { findMalformation, INTENT_FIELDS, isAddress, isHash } from "../risk/intent-shape.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { ApprovedIntent } from "./approved-intent.ts";
import { MOST_TABLE_ENTRIES, type TableUse } from "./lookup-table.ts";

const APPROVED_FIELDS: ReadonlySet<string> = new Set<string>([
	...INTENT_FIELDS,
	...([
		"wallet",
		"blockhash",
		"lastValidBlockHeight",
		"riskEpoch",
		"lookupTable",
		"seal",
	] satisfies (keyof ApprovedIntent)[]),
]);
const TABLE_FIELDS = 2;

/**
 * Whether something from outside is an intent that may be signed: a whole order intent, with all that an approval adds.
 *
 * @returns the same object, or one phrase that names the first field that is wrong
 */
export function readApprovedIntent(value: unknown): Result<ApprovedIntent, string> {
	const problem = findMalformation(value, APPROVED_FIELDS) ?? findApprovalMalformation(value as ApprovedIntent);
	return problem === null ? success(value as ApprovedIntent) : failure(problem);
}

function findApprovalMalformation(intent: { readonly [name in keyof ApprovedIntent]: unknown }): string | null {
	if (!isAddress(intent.wallet)) return "wallet is not 32 bytes in base58";
	if (!isHash(intent.blockhash)) return "blockhash is not 32 bytes in base58";
	if (!isWhole(intent.lastValidBlockHeight)) return "lastValidBlockHeight is no whole number from 0";
	if (!isWhole(intent.riskEpoch)) return "riskEpoch is no whole number from 0";
	if (intent.lookupTable !== null && !isTableUse(intent.lookupTable)) {
		return `lookupTable is neither null nor an address and a count from 1 to ${MOST_TABLE_ENTRIES}`;
	}
	if (typeof intent.seal !== "string") return "seal is no text";
	return null;
}

function isTableUse(value: unknown): boolean {
	if (typeof value !== "object" || Object.keys(value as object).length !== TABLE_FIELDS) return false;
	const { address, count } = value as { readonly [name in keyof TableUse]?: unknown };
	return isAddress(address) && isWhole(count) && (count as number) > 0 && (count as number) <= MOST_TABLE_ENTRIES;
}

function isWhole(value: unknown): boolean {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
