import type { MarketTable } from "../../core/market/market-table.ts";
import type { NamedAccount } from "../../core/market/named-account.ts";
import type { Address } from "../../core/types/address.ts";
import { MOST_ACCOUNTS_PER_READ } from "../../libs/solana/account-reader.ts";
import type { ProgramAddresses } from "../../libs/solana/program-address.ts";
import type { PubsubClient, PubsubSubscription } from "../../libs/solana/pubsub.ts";

/** One account of a row, and where it is on the chain. */
export interface WatchedAccount {
	readonly row: number;
	/** Its number among the row's. */
	readonly account: number;
	readonly address: Address;
}

export interface WatchedAccountsOptions {
	readonly rows: readonly number[];
	readonly table: MarketTable;
	readonly client: PubsubClient;
	readonly addresses: ProgramAddresses;
	readonly onNotification: (watched: WatchedAccount, result: unknown, receivedAtMicros: number) => void;
	readonly onRefused: (watched: WatchedAccount, reason: string) => void;
	/** An account that is followed since a moment ago: what it holds is to be read. */
	readonly onFollowed: (watched: WatchedAccount) => void;
}

interface Held {
	readonly watched: WatchedAccount;
	readonly subscription: PubsubSubscription;
}

/** The accounts of some rows of the table, each with its subscription. Which they are moves with the market. */
export class WatchedAccounts {
	readonly #options: WatchedAccountsOptions;
	/** By row and number. */
	readonly #held = new Map<number, Map<number, Held>>();

	constructor(options: WatchedAccountsOptions) {
		this.#options = options;
	}

	/** Subscribes to every account that the rows follow at first. */
	start(): void {
		const { rows, table } = this.#options;
		for (const row of rows) for (const named of table.accountsOf(row)) this.#watch(row, named, false);
	}

	/** Subscribes to the accounts that a row follows since it was looked at last. */
	follow(row: number): void {
		for (const named of this.#options.table.takeWanted(row)) this.#watch(row, named, true);
	}

	/** All accounts in reads of one bank each, a row's never apart. */
	reads(): readonly (readonly WatchedAccount[])[] {
		const reads: WatchedAccount[][] = [];
		let read: WatchedAccount[] = [];
		for (const accounts of this.#held.values()) {
			if (read.length + accounts.size > MOST_ACCOUNTS_PER_READ) {
				reads.push(read);
				read = [];
			}
			for (const { watched } of accounts.values()) read.push(watched);
		}
		if (read.length > 0) reads.push(read);
		return reads;
	}

	/** Whether the number still stands for that account. */
	isWatched({ row, account, address }: WatchedAccount): boolean {
		return this.#held.get(row)?.get(account)?.watched.address === address;
	}

	#watch(row: number, { account, address: name }: NamedAccount, isLate: boolean): void {
		const { client, addresses, onNotification, onRefused, onFollowed } = this.#options;
		const address = typeof name === "string" ? name : addresses.derive(name.program, name.seeds);
		const watched = { row, account, address };
		const ofRow = this.#held.get(row) ?? new Map<number, Held>();
		this.#held.set(row, ofRow);
		ofRow.get(account)?.subscription.unsubscribe();
		let isAwaited = isLate;
		const subscription = client.subscribe({
			method: "accountSubscribe",
			params: [address, { encoding: "base64", commitment: "processed" }],
			onNotification: (result, receivedAtMicros) => onNotification(watched, result, receivedAtMicros),
			onSubscribed: () => {
				// After a reconnection everything is read anyway.
				if (isAwaited) onFollowed(watched);
				isAwaited = false;
			},
			onRefused: (_, reason) => onRefused(watched, reason),
		});
		ofRow.set(account, { watched, subscription });
	}
}
