import type { Address } from "../../../core/types/address.ts";
import type { Blockhash, Signature } from "../../../core/types/identifiers.ts";
import type { AccountKey, SignatureKey } from "./keys.ts";
import type { TransactionErrorJson } from "./transaction-error.ts";

/**
 * How settled a slot is. The chain has one leader and no forks, so the levels only follow the slots:
 * processed is the slot that is open now, confirmed the last complete one, finalized {@link FINALITY_SLOTS} behind the
 * open one (never before the genesis slot 0).
 */
export type Commitment = "processed" | "confirmed" | "finalized";

/** Slots from processed to finalized, as on mainnet (Agave: `MAX_LOCKOUT_HISTORY` + 1). */
export const FINALITY_SLOTS = 32;

/** Slots in which a blockhash is accepted (Agave: `MAX_PROCESSING_AGE`). */
export const BLOCKHASH_WINDOW_SLOTS = 150;

/** Slots in an epoch, without a warm-up. */
export const SLOTS_PER_EPOCH = 432_000;

/** One account's whole content. Immutable: it is shared between readers. */
export interface AccountRow {
	readonly lamports: bigint;
	readonly owner: AccountKey;
	readonly data: Buffer;
	readonly executable: boolean;
	readonly rentEpoch: bigint;
}

/** An account to put in place, outside any transaction. */
export interface AccountInit {
	readonly lamports: bigint;
	readonly owner: Address;
	readonly data: Uint8Array;
	readonly executable?: boolean;
}

export interface KeyedAccount {
	readonly key: AccountKey;
	/** `null`: the account is gone. */
	readonly account: AccountRow | null;
}

export interface InnerInstruction {
	readonly programIdIndex: number;
	readonly accountIndexes: Uint8Array;
	readonly data: Uint8Array;
	readonly stackHeight: number;
}

export interface ReturnData {
	readonly programId: AccountKey;
	readonly data: Uint8Array;
}

/** What the machine says about one execution, landed or simulated. */
export interface ExecutionReport {
	readonly err: TransactionErrorJson | null;
	readonly logs: readonly string[];
	/** One list per top-level instruction. */
	readonly innerInstructions: readonly (readonly InnerInstruction[])[];
	readonly unitsConsumed: bigint;
	readonly returnData: ReturnData | null;
}

/** A token account's balance beside a transaction (RPC: `preTokenBalances`, `postTokenBalances`). */
export interface TokenBalance {
	readonly accountIndex: number;
	readonly mint: AccountKey;
	readonly owner: AccountKey;
	readonly programId: AccountKey;
	/** Base units. */
	readonly amount: bigint;
	readonly decimals: number;
}

/** Everything about a landed transaction besides its bytes. */
export interface TransactionMeta extends ExecutionReport {
	readonly feeLamports: bigint;
	readonly preBalances: readonly bigint[];
	readonly postBalances: readonly bigint[];
	readonly preTokenBalances: readonly TokenBalance[];
	readonly postTokenBalances: readonly TokenBalance[];
	readonly loadedWritable: readonly AccountKey[];
	readonly loadedReadonly: readonly AccountKey[];
}

export interface TransactionDetail {
	readonly signature: Signature;
	readonly slot: number;
	/** Seconds since the Unix epoch. */
	readonly unixTimestamp: number;
	readonly memo: string | null;
	readonly wire: Buffer;
	readonly meta: TransactionMeta;
}

export interface SignatureStatus {
	readonly slot: number;
	readonly err: TransactionErrorJson | null;
}

/** Why a transaction was not taken into a slot. None of these costs a fee. */
export type RefusalCode =
	/** The bytes are no legacy or version 0 transaction of at most 1,232 bytes. */
	| "malformed"
	/** A signature does not fit its message. */
	| "signature_failure"
	/** The blockhash is unknown here or older than the window. */
	| "blockhash_not_found"
	/** The same first signature has landed inside the window. */
	| "already_processed"
	/** Asked for a preflight, and the simulation failed; nothing was executed. */
	| "preflight_failed"
	/** The machine cannot charge or load it: no such payer, no money for the fee, unknown program, bad lookup table. */
	| "not_includable"
	/** The open slot holds its maximum of transactions. */
	| "slot_full";

export type SendOutcome = Landed | Refused;

export interface Landed {
	readonly landed: true;
	readonly signature: Signature;
	readonly slot: number;
	/** `null`: it succeeded. Otherwise it reverted; the fee is charged all the same. */
	readonly err: TransactionErrorJson | null;
	readonly logs: readonly string[];
	readonly unitsConsumed: bigint;
	readonly feeLamports: bigint;
}

export interface Refused {
	readonly landed: false;
	readonly code: RefusalCode;
	readonly signature: Signature | null;
	readonly err: TransactionErrorJson | null;
	/** One sentence in the words of Solana's own RPC. */
	readonly message: string;
	readonly report: ExecutionReport | null;
}

export interface SimulationOutcome {
	readonly slot: number;
	readonly report: ExecutionReport;
	/** Accounts of the transaction as they would be afterwards; none when it fails. */
	readonly postAccounts: () => ReadonlyMap<AccountKey, AccountRow>;
}

export interface LatestBlockhash {
	readonly blockhash: Blockhash;
	/** The last block height in which a transaction with this blockhash can land. */
	readonly lastValidBlockHeight: number;
	/** The slot at the asked commitment. */
	readonly slot: number;
}

export interface ChainLimits {
	/** Transactions whose details and address index are kept. */
	readonly historyTransactions: number;
	/** Signatures whose outcome is kept, over restarts too; never fewer than the blockhash window's. */
	readonly knownSignatures: number;
	/** Transactions that one slot takes. */
	readonly transactionsPerSlot: number;
	/** A new snapshot is made when the log holds this many transactions … */
	readonly segmentTransactions: number;
	/** … or slots … */
	readonly segmentSlots: number;
	/** … or bytes. */
	readonly segmentBytes: number;
}

export const DEFAULT_CHAIN_LIMITS: ChainLimits = {
	historyTransactions: 20_000,
	knownSignatures: 50_000,
	transactionsPerSlot: 4_000,
	segmentTransactions: 3_000,
	segmentSlots: 20_000,
	segmentBytes: 32 * 1_024 * 1_024,
};

/** Something the operator should read; the chain goes on. */
export interface ChainNotice {
	readonly code: "torn_log_cut" | "late_slot" | "listener_failed" | "storage_failed";
	readonly message: string;
}

/** A landed transaction as the listeners see it. */
export interface LandedTransaction {
	readonly signatureKey: SignatureKey;
	readonly slot: number;
	readonly err: TransactionErrorJson | null;
	/** Every account of the transaction, static ones first. */
	mentions(): readonly AccountKey[];
	logs(): readonly string[];
}

/** Emitted synchronously; for each commitment in turn. */
export interface ChainEvents {
	/** Accounts whose content changed, as of `slot`. */
	accounts: { readonly commitment: Commitment; readonly slot: number; readonly changes: readonly KeyedAccount[] };
	/** Transactions that reached the commitment. At processed one at a time, else a slot's at once. */
	transactions: {
		readonly commitment: Commitment;
		readonly slot: number;
		readonly transactions: readonly LandedTransaction[];
	};
	/** A slot has been opened. */
	slot: { readonly slot: number; readonly parent: number; readonly root: number };
}
