import type { Base64EncodedWireTransaction, Rpc, SendTransactionApi } from "@solana/web3.js";
import type { SignedTransaction } from "../../../libs/solana/intent-signer.ts";
import type { Sender } from "./sender.ts";

export interface RpcSenderOptions {
	readonly rpc: Rpc<SendTransactionApi>;
	/** Do not let the node simulate first. */
	readonly skipPreflight: boolean;
	readonly timeoutMs: number;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
}

/** Sends through a node's `sendTransaction`. The node does not repeat: the executor does, as long as it is wanted. */
export class RpcSender implements Sender {
	readonly name = "rpc";
	readonly #options: RpcSenderOptions;

	constructor(options: RpcSenderOptions) {
		this.#options = options;
	}

	async send({ base64 }: SignedTransaction): Promise<void> {
		const { rpc, skipPreflight, timeoutMs, abortSignal } = this.#options;
		await rpc
			.sendTransaction(base64 as Base64EncodedWireTransaction, {
				encoding: "base64",
				skipPreflight,
				preflightCommitment: "processed",
				maxRetries: 0n,
			})
			.send({ abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) });
	}
}
