import type { SignedTransaction } from "../../../libs/solana/intent-signer.ts";

/** A way for bytes to reach a leader. */
export interface Sender {
	readonly name: string;
	/**
	 * Sends once. A rejection says nothing of the outcome: the bytes may have arrived all the same.
	 */
	send(transaction: SignedTransaction): Promise<void>;
}
