import type { Address } from "../../core/types/address.ts";
import { type BundleId, isBundleId } from "./bundle-id.ts";

/** A bundle that landed (`getBundleStatuses`). */
export interface LandedBundleStatus {
	readonly id: BundleId;
	readonly signatures: readonly string[];
	readonly slot: number;
	readonly confirmation: "processed" | "confirmed" | "finalized";
}

/** A bundle of the last five minutes (`getInflightBundleStatuses`). `Invalid`: the engine does not know it. */
export interface InflightBundleStatus {
	readonly id: BundleId;
	readonly status: "Invalid" | "Pending" | "Failed" | "Landed";
	/** Null unless it landed. */
	readonly landedSlot: number | null;
}

const BASE58 = /^[1-9A-HJ-NP-Za-km-z]+$/;
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const MOST_TIP_ACCOUNTS = 64;
const CONFIRMATIONS: readonly unknown[] = ["processed", "confirmed", "finalized"];
const STATUSES: readonly unknown[] = ["Invalid", "Pending", "Failed", "Landed"];

/** The readers give null where the answer has another shape than Jito documents. */
export function readBundleId(result: unknown): BundleId | null {
	return isBundleId(result) ? result : null;
}

export function readTipAccounts(result: unknown): readonly Address[] | null {
	if (!Array.isArray(result) || result.length === 0 || result.length > MOST_TIP_ACCOUNTS) return null;
	return result.every((one) => typeof one === "string" && ADDRESS.test(one)) ? (result as Address[]) : null;
}

/** Bundles that are not known, or did not land, are left out. */
export function readBundleStatuses(result: unknown): readonly LandedBundleStatus[] | null {
	return readValues(result, (entry) => {
		const { bundle_id, transactions, slot, confirmation_status, confirmationStatus } = entry;
		const confirmation = confirmation_status ?? confirmationStatus;
		const isWhole =
			isBundleId(bundle_id) &&
			Array.isArray(transactions) &&
			transactions.every((one) => typeof one === "string" && BASE58.test(one)) &&
			isSlot(slot) &&
			CONFIRMATIONS.includes(confirmation);
		if (!isWhole) return null;
		return {
			id: bundle_id,
			signatures: transactions as string[],
			slot,
			confirmation: confirmation as LandedBundleStatus["confirmation"],
		};
	});
}

export function readInflightStatuses(result: unknown): readonly InflightBundleStatus[] | null {
	return readValues(result, ({ bundle_id, status, landed_slot = null }) => {
		if (!isBundleId(bundle_id) || !STATUSES.includes(status)) return null;
		if (landed_slot !== null && !isSlot(landed_slot)) return null;
		const isLanded = status === "Landed";
		if (isLanded && landed_slot === null) return null;
		const landedSlot = isLanded ? (landed_slot as number) : null;
		return { id: bundle_id, status: status as InflightBundleStatus["status"], landedSlot };
	});
}

/** The entries of `{context, value: […]}` that are there; null when one of them cannot be read. */
function readValues<T>(result: unknown, read: (entry: Record<string, unknown>) => T | null): readonly T[] | null {
	if (result === null) return [];
	if (typeof result !== "object") return null;
	const { value } = result as { readonly value?: unknown };
	if (!Array.isArray(value)) return null;
	const entries: T[] = [];
	for (const one of value) {
		if (one === null) continue;
		const entry = typeof one === "object" ? read(one as Record<string, unknown>) : null;
		if (entry === null) return null;
		entries.push(entry);
	}
	return entries;
}

function isSlot(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
