import type { PoolDescriptor } from "../market/pool.ts";
import { isAddress } from "../risk/intent-shape.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { FlashLender } from "./flash-loan.ts";
import { lenderAccounts, poolAccounts } from "./transaction-size.ts";

/** Entries of a lookup table, at most (anza-xyz/solana-sdk, `LOOKUP_TABLE_MAX_ADDRESSES`). */
export const MOST_TABLE_ENTRIES = 256;

/**
 * The lookup table of an approved intent, sealed with it: which table, and how many of its entries, from the first. An
 * entry never changes its place, so the two tell every executor the same addresses.
 */
export interface TableUse {
	readonly address: Address;
	/** 1 to {@link MOST_TABLE_ENTRIES}. */
	readonly count: number;
}

/** A lookup table that an executor found usable, with all of its entries that can no longer change. */
export interface KnownTable {
	readonly address: Address;
	readonly entries: readonly Address[];
}

/** What a table should hold. */
export interface WantedEntries {
	/** The most useful first. */
	readonly entries: readonly Address[];
	/** Accounts for which there is no room. */
	readonly leftOut: number;
}

/**
 * The accounts that routes through these markets name, but for programs and what is the wallet's: those that most of
 * them share come first, then the lenders', then the pools' in their order.
 */
export function wantedEntries(pools: readonly PoolDescriptor[], lenders: readonly FlashLender[]): WantedEntries {
	const uses = new Map<Address, number>();
	for (const accounts of [...lenders.map(lenderAccounts), ...pools.map(poolAccounts)]) {
		for (const account of new Set(accounts)) uses.set(account, (uses.get(account) ?? 0) + 1);
	}
	const ranked = [...uses].sort(([, one], [, other]) => other - one).map(([account]) => account);
	const entries = ranked.slice(0, MOST_TABLE_ENTRIES);
	return { entries, leftOut: ranked.length - entries.length };
}

/** A table as an executor announces it, or one phrase that says what is wrong with it. Null: it has none. */
export function readKnownTable(value: unknown): Result<KnownTable | null, string> {
	if (value === null || value === undefined) return success(null);
	if (typeof value !== "object") return failure("the table is no object");
	const { address, entries } = value as { readonly [name in keyof KnownTable]?: unknown };
	if (!isAddress(address)) return failure("the table's address is not 32 bytes in base58");
	if (!Array.isArray(entries) || entries.length > MOST_TABLE_ENTRIES || !entries.every(isAddress)) {
		return failure(`the table's entries are no list of at most ${MOST_TABLE_ENTRIES} addresses`);
	}
	return success(value as KnownTable);
}
