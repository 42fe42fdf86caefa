import type { ChainTransaction } from "../../../core/execution/chain-transaction.ts";
import type { Address } from "../../../core/types/address.ts";
import type { Signature } from "../../../core/types/identifiers.ts";

/** What the chain says of a signature. `seen`: in a block that is not confirmed yet. `finalized`: never to vanish. */
export type SignatureSight = "absent" | "seen" | "confirmed" | "finalized";

/** The block that a transaction is in. */
export interface Inclusion {
	readonly slot: number;
	/** The program refused. */
	readonly isReverted: boolean;
	/** No fork can drop the block any more. */
	readonly isFinalized: boolean;
}

/** What has to be known of a transaction to prove that it is nowhere. */
export interface AbsenceQuestion {
	readonly signature: Signature;
	/** Its fee payer, whose history would list it. */
	readonly wallet: Address;
	readonly lastValidBlockHeight: number;
	/** It is in no earlier slot. Absent when that is not known: then only a complete history proves anything. */
	readonly sinceSlot?: number;
}

export interface FinalizedHead {
	readonly slot: number;
	readonly blockHeight: number;
}

/** The chain as far as the end of submissions hangs on it. Every method rejects when the node cannot be asked. */
export interface ChainView {
	/** Sights in the order asked for; only recent transactions count. */
	sights(signatures: readonly Signature[]): Promise<readonly SignatureSight[]>;
	/** Where recent transactions are included, in the order asked for; null where they are in no block. */
	inclusions(signatures: readonly Signature[]): Promise<readonly (Inclusion | null)[]>;
	/**
	 * Which of the transactions can never land and never did: the finalized chain is beyond their last block height, and
	 * its history since they were made does not have them. Rejects when nothing can be proven now.
	 */
	provenAbsent(questions: readonly AbsenceQuestion[]): Promise<ReadonlySet<Signature>>;
	finalizedHead(): Promise<FinalizedHead>;
	/** Null while the transaction is not confirmed, or not there. */
	transaction(signature: Signature): Promise<ChainTransaction | null>;
}
