import type { Address } from "../../../core/types/address.ts";
import type { Signature } from "../../../core/types/identifiers.ts";
import type { BundleId } from "../../../libs/block-engine/bundle-id.ts";
import type { Bank } from "./bank.ts";
import { type BundleStatus, bundleConfirmation, bundleStatus } from "./bundles.ts";
import { feeLamportsOf } from "./fees.ts";
import {
	type AccountKey,
	addressOf,
	type BlockhashKey,
	blockhashOf,
	parseBlockhashKey,
	parseSignatureKey,
	requireAccountKey,
	type SignatureKey,
} from "./keys.ts";
import { RecentFees } from "./recent-fees.ts";
import { lastValidBlockHeight, type SlotRecord } from "./slots.ts";
import type { AddressQuery, TransactionRecord } from "./transaction-history.ts";
import type { AccountRow, Commitment, LatestBlockhash, SignatureStatus, TransactionDetail } from "./types.ts";
import type { WireMessage } from "./wire-transaction.ts";

/** All that can be asked of the chain. Methods named `get…` take and give base58 text, the others keys. */
export class ChainReader {
	readonly #bank: Bank;
	readonly #recentFees: RecentFees;

	constructor(bank: Bank) {
		this.#bank = bank;
		this.#recentFees = new RecentFees(bank);
	}

	/** The newest slot at the commitment; also its block height. */
	slot(commitment: Commitment): number {
		return this.#bank.slots.at(commitment);
	}

	/** The open slot's time in seconds since the Unix epoch, as programs read it. */
	get unixTimestamp(): number {
		return this.#bank.slots.unixTimestamp;
	}

	/** Transactions that ever landed. */
	get transactionCount(): number {
		return this.#bank.history.nextSequence;
	}

	latestBlockhash(commitment: Commitment): LatestBlockhash {
		const { slot, hash } = this.#bank.slots.newest(commitment);
		return {
			blockhash: blockhashOf(hash),
			lastValidBlockHeight: lastValidBlockHeight(slot),
			slot: this.slot(commitment),
		};
	}

	isBlockhashValid(blockhash: string, commitment: Commitment): boolean {
		const key = parseBlockhashKey(blockhash);
		return key !== null && this.#bank.slots.isBlockhashValid(key, commitment);
	}

	/** What the message would cost; `null` when its blockhash is not valid at the commitment. */
	feeLamports(message: WireMessage, commitment: Commitment): bigint | null {
		const isValid = this.#bank.slots.isBlockhashValid(message.recentBlockhash, commitment);
		return isValid ? feeLamportsOf(message) : null;
	}

	getAccount(address: Address, commitment: Commitment = "processed"): AccountRow | null {
		return this.account(requireAccountKey(address), commitment);
	}

	getMultipleAccounts(
		addresses: readonly Address[],
		commitment: Commitment = "processed",
	): { slot: number; accounts: (AccountRow | null)[] } {
		const accounts = addresses.map((address) => this.getAccount(address, commitment));
		return { slot: this.slot(commitment), accounts };
	}

	getProgramAccounts(
		program: Address,
		commitment: Commitment = "processed",
	): { slot: number; accounts: { address: Address; account: AccountRow }[] } {
		const rows = this.accountsOwnedBy(requireAccountKey(program), commitment);
		const accounts = [...rows].map(([key, account]) => ({ address: addressOf(key), account }));
		return { slot: this.slot(commitment), accounts };
	}

	getTransaction(signature: Signature): TransactionDetail | null {
		const key = parseSignatureKey(signature);
		return key === null ? null : (this.transaction(key)?.detail() ?? null);
	}

	account(key: AccountKey, commitment: Commitment): AccountRow | null {
		return this.#bank.account(key, commitment);
	}

	accountsOwnedBy(program: AccountKey, commitment: Commitment): Map<AccountKey, AccountRow> {
		return this.#bank.ownedBy(program, commitment);
	}

	/** The status of a signature that landed inside the blockhash window. */
	signatureStatus(signature: SignatureKey): SignatureStatus | null {
		return this.#bank.signatures.recent(signature);
	}

	/** Known beyond the blockhash window and over restarts, for as many transactions as the limits say. */
	knownStatus(signature: SignatureKey): SignatureStatus | null {
		return this.#bank.signatures.known(signature);
	}

	transaction(signature: SignatureKey): TransactionRecord | null {
		return this.#bank.history.get(signature);
	}

	transactionsOfAccount(key: AccountKey, query: AddressQuery): TransactionRecord[] {
		return this.#bank.history.ofAccount(key, query);
	}

	/** A complete slot that is still known. */
	slotRecord(slot: number): SlotRecord | null {
		return this.#bank.slots.record(slot);
	}

	/** The first slot from which on every transaction is still kept: what is not found since then has not landed. */
	historyFromSlot(): number {
		return this.#bank.history.completeFromSlot;
	}

	/** The oldest slot whose time and blockhash are still known. */
	oldestSlot(): number {
		return this.#bank.slots.oldest();
	}

	/** The landed transactions of a complete slot, as far as they are kept. */
	transactionsOfSlot(slot: number): TransactionRecord[] {
		return this.#bank.transactionsOf(slot);
	}

	/** Null for a bundle that is not known, or not any more. */
	bundleStatus(id: BundleId): BundleStatus | null {
		return bundleStatus(this.#bank, id);
	}

	/** How settled the slot of a bundle is. */
	bundleConfirmation(slot: number): "processed" | "confirmed" | "finalized" {
		return bundleConfirmation(this.#bank, slot);
	}

	/**
	 * What transactions that write to these accounts had to pay at least, by complete slot of the last
	 * {@link BLOCKHASH_WINDOW_SLOTS}, oldest first: micro-lamports a compute unit.
	 */
	recentFees(keys: readonly AccountKey[]): { readonly slot: number; readonly price: bigint }[] {
		return this.#recentFees.of(keys);
	}

	blockhashOfSlot(slot: number): BlockhashKey | null {
		return this.slotRecord(slot)?.hash ?? null;
	}

	minimumBalanceForRentExemption(bytes: number): bigint {
		return this.#bank.vm.minimumBalanceForRentExemption(bytes);
	}
}
