import type { Address } from "../types/address.ts";
import type { Signature } from "../types/identifiers.ts";

/** A token account's amount before or after a transaction, as the chain's metadata lists it. */
export interface TokenBalance {
	/** Place of the token account among {@link ChainTransaction.accountKeys}. */
	readonly accountIndex: number;
	readonly mint: Address;
	readonly owner: Address | null;
	/** Base units. */
	readonly amount: bigint;
}

/**
 * An included transaction with its effects: the parts of Solana's `TransactionStatusMeta` that the books need. An
 * account that a transaction opens or closes has no token balance on the other side.
 */
export interface ChainTransaction {
	readonly signature: Signature;
	readonly slot: number;
	/** The chain's error as JSON, or null when every instruction succeeded. */
	readonly error: string | null;
	/** Base and priority fee, paid by the first account also when the transaction failed. */
	readonly feeLamports: bigint;
	/** Static keys, then those loaded from lookup tables: writable, then read-only. The first is the fee payer. */
	readonly accountKeys: readonly Address[];
	/** By place in {@link accountKeys}. */
	readonly preLamports: readonly bigint[];
	readonly postLamports: readonly bigint[];
	readonly preTokenBalances: readonly TokenBalance[];
	readonly postTokenBalances: readonly TokenBalance[];
	readonly computeUnits: number;
	/** The text of the first top-level memo, or null. */
	readonly memo: string | null;
	/** The chain's clock at the block, Unix seconds, or null when it is not told. */
	readonly blockTimeSeconds: number | null;
}
