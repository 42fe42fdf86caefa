import type { AccountKey, SignatureKey } from "../chain/keys.ts";
import type { AccountRow, Commitment } from "../chain/types.ts";
import type { AccountFilter } from "../rpc/account-filters.ts";
import type { AccountFormat } from "../rpc/encode-account.ts";

/** What one subscription wants to hear of. */
export type Topic =
	| {
			readonly kind: "account";
			readonly commitment: Commitment;
			readonly key: AccountKey;
			readonly format: AccountFormat;
	  }
	| {
			readonly kind: "program";
			readonly commitment: Commitment;
			readonly program: AccountKey;
			readonly format: AccountFormat;
			readonly passes: AccountFilter;
	  }
	| { readonly kind: "signature"; readonly commitment: Commitment; readonly signature: SignatureKey }
	| { readonly kind: "logs"; readonly commitment: Commitment; readonly mentions: AccountKey | null }
	| { readonly kind: "slot" }
	| { readonly kind: "root" };

export type TopicKind = Topic["kind"];
export type TopicOf<Kind extends TopicKind> = Extract<Topic, { kind: Kind }>;

/** Where notifications of a subscription go. */
export interface Subscriber {
	/** Sends one message; the subscriber may end itself when it is too slow. */
	send(message: string): void;
	/** The subscription has ended by itself. */
	forget(id: number): void;
}

export interface Subscription<T extends Topic = Topic> {
	readonly id: number;
	readonly topic: T;
	readonly subscriber: Subscriber;
}

/** All subscriptions of all connections, found by what happens: the cost of an event is that of its listeners. */
export class Subscriptions {
	readonly #byId = new Map<number, Subscription>();
	readonly #byTopic = new Map<string, Set<Subscription>>();
	#lastId = 0;
	#logSubscriptions = 0;

	get size(): number {
		return this.#byId.size;
	}

	add(topic: Topic, subscriber: Subscriber): Subscription {
		this.#lastId++;
		const subscription: Subscription = { id: this.#lastId, topic, subscriber };
		this.#byId.set(subscription.id, subscription);
		if (topic.kind === "logs") this.#logSubscriptions++;
		const name = nameOf(topic);
		const group = this.#byTopic.get(name) ?? new Set();
		this.#byTopic.set(name, group);
		group.add(subscription);
		return subscription;
	}

	remove(id: number): void {
		const subscription = this.#byId.get(id);
		if (subscription === undefined) return;
		this.#byId.delete(id);
		if (subscription.topic.kind === "logs") this.#logSubscriptions--;
		const name = nameOf(subscription.topic);
		const group = this.#byTopic.get(name);
		group?.delete(subscription);
		if (group?.size === 0) this.#byTopic.delete(name);
	}

	get(id: number): Subscription | null {
		return this.#byId.get(id) ?? null;
	}

	ofAccount(commitment: Commitment, key: AccountKey): Iterable<Subscription<TopicOf<"account">>> {
		return this.#of(`account ${commitment} ${key}`);
	}

	/** Those of the programs that own the account; a closed account has no owner left. */
	ofOwner(commitment: Commitment, account: AccountRow | null): Iterable<Subscription<TopicOf<"program">>> {
		return account === null ? [] : this.#of(`program ${commitment} ${account.owner}`);
	}

	ofSignature(commitment: Commitment, signature: SignatureKey): Iterable<Subscription<TopicOf<"signature">>> {
		return this.#of(`signature ${commitment} ${signature}`);
	}

	ofLogs(commitment: Commitment, mentions: AccountKey | null): Iterable<Subscription<TopicOf<"logs">>> {
		return this.#of(`logs ${commitment} ${mentions ?? ""}`);
	}

	/** Whether anybody asked for any transaction's logs. */
	wantsLogs(): boolean {
		return this.#logSubscriptions > 0;
	}

	ofSlots(): Iterable<Subscription<TopicOf<"slot">>> {
		return this.#of("slot");
	}

	ofRoots(): Iterable<Subscription<TopicOf<"root">>> {
		return this.#of("root");
	}

	/** A copy, so that a listener may leave while it is served. */
	#of<Kind extends TopicKind>(name: string): Iterable<Subscription<TopicOf<Kind>>> {
		const group = this.#byTopic.get(name);
		return group === undefined ? [] : ([...group] as Subscription<TopicOf<Kind>>[]);
	}
}

function nameOf(topic: Topic): string {
	switch (topic.kind) {
		case "account":
			return `account ${topic.commitment} ${topic.key}`;
		case "program":
			return `program ${topic.commitment} ${topic.program}`;
		case "signature":
			return `signature ${topic.commitment} ${topic.signature}`;
		case "logs":
			return `logs ${topic.commitment} ${topic.mentions ?? ""}`;
		default:
			return topic.kind;
	}
}
