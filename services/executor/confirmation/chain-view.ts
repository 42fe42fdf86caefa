import type { ChainTransaction } from "../../../core/execution/chain-transaction.ts";
import type { Signature } from "../../../core/types/identifiers.ts";

/** What the chain says of a signature. `seen`: in a block that is not confirmed yet. */
export type SignatureSight = "absent" | "seen" | "confirmed";

export interface FinalizedHead {
	readonly slot: number;
	readonly blockHeight: number;
}

/** The chain as far as the end of submissions hangs on it. Every method rejects when the node cannot be asked. */
export interface ChainView {
	/** Sights in the order asked for; only recent transactions count. */
	sights(signatures: readonly Signature[]): Promise<readonly SignatureSight[]>;
	/**
	 * Which of the signatures are in no block up to `head`, by the node's whole history. Empty when the node is behind
	 * `head`.
	 */
	provenAbsent(signatures: readonly Signature[], head: FinalizedHead): Promise<ReadonlySet<Signature>>;
	finalizedHead(): Promise<FinalizedHead>;
	/** Null while the transaction is not confirmed, or not there. */
	transaction(signature: Signature): Promise<ChainTransaction | null>;
}
