import type { Address } from "../types/address.ts";

/** What may be tipped for a trade. */
export interface TipTerms {
	/** Hundredths of the expected profit. */
	readonly sharePercent: number;
	readonly minimumLamports: bigint;
	readonly maximumLamports: bigint;
	/** Who may be tipped; not empty. */
	readonly accounts: readonly Address[];
}

/** A trade's gain as far as a tip is concerned, lamports. */
export interface TipBasis {
	/** What it is expected to gain after all other costs. */
	readonly profitLamports: bigint;
	/** What may be given away so that the least gain remains. */
	readonly roomLamports: bigint;
}

/** The share of the profit, within the terms' bounds and the room; null when not even the minimum can be paid. */
export function tipLamports(terms: TipTerms, { profitLamports, roomLamports }: TipBasis): bigint | null {
	let tip = (profitLamports * BigInt(terms.sharePercent)) / 100n;
	if (tip < terms.minimumLamports) tip = terms.minimumLamports;
	if (tip > terms.maximumLamports) tip = terms.maximumLamports;
	if (tip > roomLamports) tip = roomLamports;
	return tip < terms.minimumLamports || tip <= 0n ? null : tip;
}

/**
 * The account that trades over a cycle tip: always the same one, so that one message serves the route, and spread over
 * the accounts, so that trades do not wait for each other's lock.
 *
 * @param cycle the cycle's name
 * @param accounts not empty
 */
export function tipAccountOf(cycle: string, accounts: readonly Address[]): Address {
	// FNV-1a, 32 bits.
	let hash = 0x811c_9dc5;
	for (let at = 0; at < cycle.length; at++) hash = Math.imul(hash ^ cycle.charCodeAt(at), 0x0100_0193);
	const account = accounts[(hash >>> 0) % accounts.length];
	if (account === undefined) throw new RangeError("there is no account to tip: list some under risk.tip_accounts");
	return account;
}
