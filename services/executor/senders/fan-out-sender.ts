import type { SignedTransaction } from "../../../libs/solana/intent-signer.ts";
import type { Sender } from "./sender.ts";

/** How a sender did since it was made. */
export interface SendCounts {
	readonly name: string;
	readonly sent: number;
	readonly failed: number;
}

/** Sends the same bytes by several ways at once. They land at most once; a way that fails never stops another. */
export class FanOutSender implements Sender {
	readonly name: string;
	readonly #ways: readonly { readonly sender: Sender; sent: number; failed: number }[];
	readonly #onTrouble: (what: string) => void;

	/** @throws RangeError without a sender */
	constructor(senders: readonly Sender[], onTrouble: (what: string) => void) {
		if (senders.length === 0) throw new RangeError("nothing to send by");
		this.name = senders.map(({ name }) => name).join(" and ");
		this.#ways = senders.map((sender) => ({ sender, sent: 0, failed: 0 }));
		this.#onTrouble = onTrouble;
	}

	get counts(): readonly SendCounts[] {
		return this.#ways.map(({ sender, sent, failed }) => ({ name: sender.name, sent, failed }));
	}

	/** Rejects only when every way failed. */
	async send(transaction: SignedTransaction): Promise<void> {
		const troubles: string[] = [];
		await Promise.all(
			this.#ways.map(async (way) => {
				way.sent++;
				try {
					await way.sender.send(transaction);
				} catch (error) {
					way.failed++;
					troubles.push(`${way.sender.name}: ${(error as Error).message}`);
				}
			}),
		);
		if (troubles.length === this.#ways.length) throw new Error(troubles.join("; "));
		for (const trouble of troubles) this.#onTrouble(`sending ${transaction.signature} over ${trouble}`);
	}
}
