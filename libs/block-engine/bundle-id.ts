import { createHash } from "node:crypto";

/** A bundle's name: 64 hexadecimal digits. */
export type BundleId = string & { readonly __brand: "BundleId" };

/** Transactions in one bundle at most (Jito, "Low Latency Transaction Send", what are bundles). */
export const MOST_BUNDLE_TRANSACTIONS = 5;
/** Bundles that one question about statuses may name (the same, `getBundleStatuses`). */
export const MOST_BUNDLE_IDS = 5;

/**
 * What a block engine calls the bundle of these transactions: SHA-256 of their first signatures in base58, joined by
 * commas (jito-solana, `bundle/src/lib.rs`, `derive_bundle_id`).
 */
export function bundleIdOf(signatures: readonly string[]): BundleId {
	return createHash("sha256").update(signatures.join(",")).digest("hex") as BundleId;
}

export function isBundleId(value: unknown): value is BundleId {
	return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
