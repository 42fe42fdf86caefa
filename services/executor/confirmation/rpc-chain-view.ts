import type { GetEpochInfoApi, GetSignatureStatusesApi, GetTransactionApi, Rpc } from "@solana/web3.js";
import type { ChainTransaction } from "../../../core/execution/chain-transaction.ts";
import type { Signature } from "../../../core/types/identifiers.ts";
import { readTransaction } from "../../../libs/solana/transaction-reader.ts";
import type { ChainView, FinalizedHead, SignatureSight } from "./chain-view.ts";

/** What one `getSignatureStatuses` takes (solana rpc-client-api, `MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS`). */
const SIGNATURES_PER_REQUEST = 256;

export interface RpcChainViewOptions {
	readonly rpc: Rpc<GetEpochInfoApi & GetSignatureStatusesApi & GetTransactionApi>;
	readonly timeoutMs: number;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
}

/** The chain by a node's JSON-RPC. */
export class RpcChainView implements ChainView {
	readonly #options: RpcChainViewOptions;

	constructor(options: RpcChainViewOptions) {
		this.#options = options;
	}

	async sights(signatures: readonly Signature[]): Promise<readonly SignatureSight[]> {
		const sights: SignatureSight[] = [];
		for (let first = 0; first < signatures.length; first += SIGNATURES_PER_REQUEST) {
			const { value } = await this.#options.rpc
				.getSignatureStatuses(signatures.slice(first, first + SIGNATURES_PER_REQUEST))
				.send(this.#request());
			for (const status of value) {
				if (!status) sights.push("absent");
				else sights.push(status.confirmationStatus === "processed" ? "seen" : "confirmed");
			}
		}
		return sights;
	}

	async provenAbsent(signatures: readonly Signature[], head: FinalizedHead): Promise<ReadonlySet<Signature>> {
		const absent = new Set<Signature>();
		for (let first = 0; first < signatures.length; first += SIGNATURES_PER_REQUEST) {
			const batch = signatures.slice(first, first + SIGNATURES_PER_REQUEST);
			const { context, value } = await this.#options.rpc
				.getSignatureStatuses(batch, { searchTransactionHistory: true })
				.send(this.#request());
			// Behind a balancer another node may answer, which has not seen the blocks that the proof is about.
			if (Number(context.slot) < head.slot) continue;
			batch.forEach((signature, index) => {
				if (value[index] === null) absent.add(signature);
			});
		}
		return absent;
	}

	async finalizedHead(): Promise<FinalizedHead> {
		const info = await this.#options.rpc.getEpochInfo({ commitment: "finalized" }).send(this.#request());
		return { slot: Number(info.absoluteSlot), blockHeight: Number(info.blockHeight) };
	}

	transaction(signature: Signature): Promise<ChainTransaction | null> {
		return readTransaction(this.#options.rpc, signature, this.#request());
	}

	#request(): { readonly abortSignal: AbortSignal } {
		const { abortSignal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
	}
}
