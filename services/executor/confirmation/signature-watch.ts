import type { Signature } from "../../../core/types/identifiers.ts";
import type { PubsubClient } from "../../../libs/solana/pubsub.ts";

/** Hears of confirmations as they happen. It may miss one: polling is what counts. */
export interface SignatureWatch {
	/** @returns the way to stop */
	watch(signature: Signature, onConfirmed: () => void): () => void;
	close(): void;
}

/** By `signatureSubscribe` at commitment confirmed. */
export class PubsubSignatureWatch implements SignatureWatch {
	readonly #client: PubsubClient;

	constructor(client: PubsubClient) {
		this.#client = client;
	}

	watch(signature: Signature, onConfirmed: () => void): () => void {
		const subscription = this.#client.subscribe({
			method: "signatureSubscribe",
			params: [signature, { commitment: "confirmed" }],
			once: true,
			onNotification: onConfirmed,
		});
		return () => subscription.unsubscribe();
	}

	close(): void {
		this.#client.close();
	}
}
