import type { SignedTransaction } from "../../../libs/solana/intent-signer.ts";
import type { Sender } from "./sender.ts";

/** Two ways, by whether a transaction pays a tip: a block engine takes no other. */
export class SplitSender implements Sender {
	readonly name: string;
	readonly #ways: { readonly tipped: Sender; readonly untipped: Sender };

	constructor(ways: { readonly tipped: Sender; readonly untipped: Sender }) {
		this.name = ways.tipped.name;
		this.#ways = ways;
	}

	send(transaction: SignedTransaction): Promise<void> {
		const { tipped, untipped } = this.#ways;
		return (transaction.isTipped ? tipped : untipped).send(transaction);
	}
}
