import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import { Base58 } from "./base58.ts";
import type { Wallet } from "./keypair.ts";
import { BlockhashBytes, type MessageTemplate } from "./message-template.ts";

/** A transaction that may be sent: as often as one likes, it lands at most once. */
export interface SignedTransaction {
	readonly signature: Signature;
	/** The wire bytes as base64. */
	readonly base64: string;
}

/** Makes the one transaction of an intent. Every signer with the same key makes the same bytes of it. */
export class IntentSigner {
	readonly #wallet: Wallet;
	readonly #blockhashes = new BlockhashBytes();
	readonly #base58 = new Base58();

	constructor(wallet: Wallet) {
		this.#wallet = wallet;
	}

	/** Hot path. */
	sign(template: MessageTemplate, intent: ApprovedIntent): SignedTransaction {
		template.patch(intent, this.#blockhashes.of(intent.blockhash));
		this.#wallet.sign(template.message, template.signature);
		const { transaction } = template;
		return {
			signature: this.#base58.signature(template.signature),
			base64: Buffer.from(transaction.buffer, transaction.byteOffset, transaction.byteLength).toString("base64"),
		};
	}
}
