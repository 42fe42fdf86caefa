import type { Chain } from "../chain/chain.ts";
import { type AccountKey, addressOf, signatureOf } from "../chain/keys.ts";
import type { AccountRow, ChainEvents, Commitment, LandedTransaction, SignatureStatus } from "../chain/types.ts";
import { SYSTEM_PROGRAM_KEY } from "../chain/well-known.ts";
import { type AccountFormat, encodeAccount } from "../rpc/encode-account.ts";
import { toJson } from "../rpc/json.ts";
import type { Subscription, Subscriptions, TopicOf } from "./subscriptions.ts";

/** What a subscriber of an account hears when the account is gone: an empty one, as on mainnet. */
const NO_ACCOUNT: AccountRow = {
	lamports: 0n,
	owner: SYSTEM_PROGRAM_KEY,
	data: Buffer.alloc(0),
	executable: false,
	rentEpoch: 0n,
};

/** Turns the chain's events into notifications. All that one event causes goes out before anything else happens. */
export class Notifier {
	readonly #chain: Chain;
	readonly #subscriptions: Subscriptions;
	readonly #leave: (() => void)[];
	#lastRoot: number;

	constructor(chain: Chain, subscriptions: Subscriptions) {
		this.#chain = chain;
		this.#subscriptions = subscriptions;
		this.#lastRoot = chain.slot("finalized");
		this.#leave = [
			chain.events.on("accounts", (event) => this.#onAccounts(event)),
			chain.events.on("transactions", (event) => this.#onTransactions(event)),
			chain.events.on("slot", (event) => this.#onSlot(event)),
		];
	}

	close(): void {
		for (const leave of this.#leave) leave();
	}

	/** Tells a new signature subscription at once when its transaction has got there already. */
	settle(subscription: Subscription<TopicOf<"signature">>): void {
		const { signature, commitment } = subscription.topic;
		const status = this.#chain.knownStatus(signature);
		if (status === null || status.slot > this.#chain.slot(commitment)) return;
		this.#endSignature(subscription, this.#chain.slot(commitment), status.err);
	}

	#onAccounts({ commitment, slot, changes }: ChainEvents["accounts"]): void {
		if (this.#subscriptions.size === 0) return;
		for (const { key, account } of changes) {
			for (const subscription of this.#subscriptions.ofAccount(commitment, key)) {
				const value = this.#encoded(account ?? NO_ACCOUNT, subscription.topic.format, commitment);
				this.#notify(subscription, "accountNotification", withSlot(slot, value));
			}
			for (const subscription of this.#subscriptions.ofOwner(commitment, account)) {
				const { format, passes } = subscription.topic;
				if (account === null || !passes(account)) continue;
				const value = { pubkey: addressOf(key), account: this.#encoded(account, format, commitment) };
				this.#notify(subscription, "programNotification", withSlot(slot, value));
			}
		}
	}

	#onTransactions({ commitment, slot, transactions }: ChainEvents["transactions"]): void {
		if (this.#subscriptions.size === 0) return;
		const wantsLogs = this.#subscriptions.wantsLogs();
		for (const transaction of transactions) {
			if (wantsLogs) this.#notifyLogs(commitment, slot, transaction);
			for (const subscription of this.#subscriptions.ofSignature(commitment, transaction.signatureKey)) {
				this.#endSignature(subscription, slot, transaction.err);
			}
		}
	}

	#notifyLogs(commitment: Commitment, slot: number, transaction: LandedTransaction): void {
		const filters = [null, ...transaction.mentions()];
		const listening = filters.flatMap((mentions) => [...this.#subscriptions.ofLogs(commitment, mentions)]);
		if (listening.length === 0) return;
		const { signatureKey, err } = transaction;
		const result = withSlot(slot, { signature: signatureOf(signatureKey), err, logs: transaction.logs() });
		for (const subscription of listening) this.#notify(subscription, "logsNotification", result);
	}

	#onSlot(event: ChainEvents["slot"]): void {
		const { slot, parent, root } = event;
		for (const subscription of this.#subscriptions.ofSlots()) {
			this.#notify(subscription, "slotNotification", { slot, parent, root });
		}
		if (root === this.#lastRoot) return;
		this.#lastRoot = root;
		for (const subscription of this.#subscriptions.ofRoots()) this.#notify(subscription, "rootNotification", root);
	}

	/** A signature is told of once; the subscription ends with that. */
	#endSignature(subscription: Subscription<TopicOf<"signature">>, slot: number, err: SignatureStatus["err"]): void {
		this.#notify(subscription, "signatureNotification", withSlot(slot, { err }));
		this.#subscriptions.remove(subscription.id);
		subscription.subscriber.forget(subscription.id);
	}

	#encoded(account: AccountRow, format: AccountFormat, commitment: Commitment): object {
		const readMint = (mint: AccountKey) => this.#chain.account(mint, commitment);
		// Data too large for base58 goes out as base64: a subscription has no other way to answer.
		const isLarge = (format.encoding === "binary" || format.encoding === "base58") && account.data.length > 128;
		return encodeAccount(account, isLarge ? { ...format, encoding: "base64" } : format, readMint);
	}

	#notify(subscription: Subscription, method: string, result: unknown): void {
		subscription.subscriber.send(toJson({ jsonrpc: "2.0", method, params: { result, subscription: subscription.id } }));
	}
}

function withSlot(slot: number, value: unknown): object {
	return { context: { slot }, value };
}
