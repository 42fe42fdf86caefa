import { AccountsView, type AccountsViewState } from "./accounts-view.ts";
import { BundleBook, type BundleBookState } from "./bundle-book.ts";
import { type AccountKey, accountKeyAt, KEY_BYTES } from "./keys.ts";
import { memoOf } from "./memos.ts";
import { RecentSignatures, type RecentSignaturesState } from "./recent-signatures.ts";
import { Slots, type SlotsState } from "./slots.ts";
import { tokenBalancesOf } from "./token-balances.ts";
import type { TransactionErrorJson } from "./transaction-error.ts";
import { TransactionHistory, type TransactionRecord } from "./transaction-history.ts";
import type { AccountRow, ChainLimits, Commitment, ExecutionReport, KeyedAccount, TransactionMeta } from "./types.ts";
import { type SimulationReport, Vm } from "./vm.ts";
import { CLOCK_SYSVAR_KEY, SYSTEM_PROGRAM_KEY } from "./well-known.ts";
import { isWritable, type WireMessage, type WireTransaction } from "./wire-transaction.ts";

/** SlotHashes entries that are kept up: enough for a lookup table that names a finalized slot as its recent one. */
const SLOT_HASHES = 64;

/** What the machine takes for an account that is not there. */
const NO_ACCOUNT: AccountRow = {
	lamports: 0n,
	owner: SYSTEM_PROGRAM_KEY,
	data: Buffer.alloc(0),
	executable: false,
	rentEpoch: 0n,
};

/** Lookup table: 56 bytes of metadata, then the addresses (`address-lookup-table-interface`, `LOOKUP_TABLE_META_SIZE`). */
const LOOKUP_TABLE_META_BYTES = 56;

export interface BankState {
	readonly vm: Uint8Array;
	readonly slots: SlotsState;
	readonly signatures: RecentSignaturesState;
	readonly view: AccountsViewState;
	readonly nextSequence: number;
	/** Absent in chains from before there were bundles. */
	readonly bundles?: BundleBookState;
}

export type Inclusion =
	| {
			readonly included: true;
			readonly record: TransactionRecord;
			readonly report: TransactionMeta;
			readonly changes: readonly KeyedAccount[];
	  }
	| { readonly included: false; readonly report: ExecutionReport };

/** What transactions, one after the other, would do. */
export interface Rehearsal {
	/** The first that fails, if one does. */
	readonly failed: { readonly index: number; readonly err: TransactionErrorJson } | null;
	/** An account as it would be after all of them. */
	readonly account: (key: AccountKey) => AccountRow | null;
}

/** What a bank took back. */
export interface Rewound {
	/** Accounts that may have changed. */
	readonly accounts: readonly AccountKey[];
	/** Oldest first. */
	readonly transactions: readonly TransactionRecord[];
}

/** The state of the chain and the rules by which it changes. Deterministic; does no I/O and reads no clock. */
export class Bank {
	readonly vm: Vm;
	readonly slots: Slots;
	readonly history: TransactionHistory;
	readonly signatures: RecentSignatures;
	readonly bundles: BundleBook;
	readonly #view: AccountsView;
	#slotHashesAreCurrent = false;
	#firstSequenceOfSlot: number;

	private constructor(parts: {
		vm: Vm;
		slots: Slots;
		history: TransactionHistory;
		signatures: RecentSignatures;
		bundles: BundleBook;
		view: AccountsView;
	}) {
		this.vm = parts.vm;
		this.slots = parts.slots;
		this.history = parts.history;
		this.signatures = parts.signatures;
		this.bundles = parts.bundles;
		this.#view = parts.view;
		this.#firstSequenceOfSlot = parts.history.nextSequence;
		this.vm.setClock(this.slots.open, this.slots.unixTimestamp);
	}

	static genesis(seed: string, unixTimestamp: number, limits: ChainLimits): Bank {
		const slots = Slots.genesis(seed, unixTimestamp);
		return new Bank({
			vm: Vm.create(),
			slots,
			history: new TransactionHistory(limits.historyTransactions, 0),
			signatures: new RecentSignatures({ kept: limits.knownSignatures, slot: slots.open }),
			bundles: new BundleBook(),
			view: new AccountsView(slots.open),
		});
	}

	static restore(state: BankState, limits: ChainLimits): Bank {
		const { slot } = state.slots;
		// Of the open slot some transactions may have landed before.
		const completeFromSlot = state.nextSequence === 0 ? 0 : slot + 1;
		return new Bank({
			vm: Vm.restore(state.vm),
			slots: new Slots(state.slots),
			history: new TransactionHistory(limits.historyTransactions, state.nextSequence, completeFromSlot),
			signatures: new RecentSignatures({ kept: limits.knownSignatures, slot, state: state.signatures }),
			bundles: new BundleBook(state.bundles),
			view: new AccountsView(slot, state.view),
		});
	}

	state(): BankState {
		return {
			vm: this.vm.toBytes(),
			slots: this.slots.state(),
			signatures: this.signatures.state(),
			view: this.#view.state(),
			nextSequence: this.history.nextSequence,
			bundles: this.bundles.state(),
		};
	}

	/** Transactions in the open slot. */
	get transactionsInSlot(): number {
		return this.history.nextSequence - this.#firstSequenceOfSlot;
	}

	advanceSlot(unixTimestamp: number): void {
		this.slots.advance(unixTimestamp, this.#firstSequenceOfSlot, this.history.nextSequence);
		this.#firstSequenceOfSlot = this.history.nextSequence;
		this.#view.openSlot(this.slots.open);
		this.signatures.openSlot(this.slots.open);
		this.#view.touch(CLOCK_SYSVAR_KEY, this.vm.read(CLOCK_SYSVAR_KEY));
		this.vm.setClock(this.slots.open, this.slots.unixTimestamp);
		this.#slotHashesAreCurrent = false;
	}

	/**
	 * Takes back everything after the end of `slot`, which must not be before the newest final one, and opens the slot
	 * after it again. `branch` gives what follows other blockhashes.
	 */
	rewind(slot: number, branch: string): Rewound {
		const firstSequence = this.slots.record(slot)!.endSequence;
		const rows = this.#view.rewind(slot);
		for (const [key, row] of rows) this.vm.write(key, row ?? NO_ACCOUNT);
		this.slots.rewind(slot, branch);
		this.signatures.rewind(slot);
		const transactions = this.history.rewind(firstSequence);
		this.#firstSequenceOfSlot = firstSequence;
		this.#view.touch(CLOCK_SYSVAR_KEY, this.vm.read(CLOCK_SYSVAR_KEY));
		this.vm.setClock(this.slots.open, this.slots.unixTimestamp);
		this.#slotHashesAreCurrent = false;
		return { accounts: [...rows.keys()], transactions };
	}

	/** Puts an account in place at every commitment at once. @throws when the machine refuses it. */
	setAccount(key: AccountKey, row: AccountRow): void {
		this.vm.write(key, row);
		this.#view.forget(key);
	}

	addProgram(key: AccountKey, elf: Uint8Array): void {
		this.vm.addProgram(key, elf);
		this.#view.forget(key);
	}

	/** Executes into the open slot. The caller has checked blockhash, duplicate and room. */
	execute(transaction: WireTransaction): Inclusion {
		this.#bringSlotHashesUp();
		const { message } = transaction;
		const loaded = this.#loadedKeys(message);
		const accountKeys = [...message.accountKeys, ...loaded.writable, ...loaded.readonly];
		const before = accountKeys.map((key) => this.vm.read(key));
		const preTokenBalances = tokenBalancesOf(before, (mint) => this.vm.read(mint));
		const report = this.vm.execute(transaction);
		const writableFrom = message.accountKeys.length;
		const after = before.map((row, index) => {
			const isLoadedWritable = index >= writableFrom && index < writableFrom + loaded.writable.length;
			const mayChange = index < writableFrom ? isWritable(message, index) : isLoadedWritable;
			return mayChange ? this.vm.reread(accountKeys[index]!) : row;
		});
		const feeLamports = sum(before) - sum(after);
		// A transaction that could not be charged has not happened: not on this chain, not on a real one.
		if (report.err !== null && feeLamports === 0n) return { included: false, report };
		const changes: KeyedAccount[] = [];
		for (const [index, account] of after.entries()) {
			if (isSameContent(before[index]!, account)) continue;
			const key = accountKeys[index]!;
			this.#view.touch(key, before[index]!);
			changes.push({ key, account });
		}
		const meta: TransactionMeta = {
			...report,
			feeLamports,
			preBalances: before.map(lamportsOf),
			postBalances: after.map(lamportsOf),
			preTokenBalances,
			postTokenBalances: tokenBalancesOf(after, (mint) => this.vm.read(mint)),
			loadedWritable: loaded.writable,
			loadedReadonly: loaded.readonly,
		};
		return { included: true, record: this.#record(transaction, meta, accountKeys), report: meta, changes };
	}

	simulate(transaction: WireTransaction, verifySignatures: boolean): SimulationReport {
		this.#bringSlotHashesUp();
		return this.vm.simulate(transaction, verifySignatures);
	}

	/** Executes in order without effect: one by simulation, several on a copy of the machine, some 30 ms away. */
	rehearse(transactions: readonly WireTransaction[]): Rehearsal {
		this.#bringSlotHashesUp();
		const [only] = transactions;
		if (transactions.length === 1 && only !== undefined) {
			const { report, postAccounts } = this.vm.simulate(only, true);
			if (report.err !== null) return { failed: { index: 0, err: report.err }, account: (key) => this.vm.read(key) };
			const after = postAccounts();
			return { failed: null, account: (key) => after.get(key) ?? this.vm.read(key) };
		}
		const copy = Vm.restore(this.vm.toBytes());
		copy.setClock(this.slots.open, this.slots.unixTimestamp);
		copy.setSlotHashes(this.slots.recentHashes(SLOT_HASHES));
		const account = (key: AccountKey) => copy.reread(key);
		for (const [index, transaction] of transactions.entries()) {
			const { err } = copy.execute(transaction);
			if (err !== null) return { failed: { index, err }, account };
		}
		return { failed: null, account };
	}

	account(key: AccountKey, commitment: Commitment): AccountRow | null {
		return this.#view.at(key, this.slots.at(commitment), () => this.vm.read(key));
	}

	ownedBy(program: AccountKey, commitment: Commitment): Map<AccountKey, AccountRow> {
		const rows = this.vm.ownedBy(program);
		if (commitment === "processed") return rows;
		for (const [key, row] of this.#view.replacedAfter(this.slots.at(commitment))) {
			if (row !== null && row.owner === program) rows.set(key, row);
			else rows.delete(key);
		}
		return rows;
	}

	/** The accounts written in the slot, as they were at its end. */
	writtenIn(slot: number): KeyedAccount[] {
		return [...this.#view.writtenIn(slot)].map((key) => ({
			key,
			account: this.#view.at(key, slot, () => this.vm.read(key)),
		}));
	}

	/** The landed transactions of a complete slot that are still kept. */
	transactionsOf(slot: number): TransactionRecord[] {
		const record = this.slots.record(slot);
		return record === null ? [] : this.history.range(record.firstSequence, record.endSequence);
	}

	#record(transaction: WireTransaction, meta: TransactionMeta, accountKeys: readonly AccountKey[]): TransactionRecord {
		const { signatureKey, message, bytes } = transaction;
		this.signatures.add(signatureKey, { slot: this.slots.open, err: meta.err });
		return this.history.add({
			slot: this.slots.open,
			unixTimestamp: this.slots.unixTimestamp,
			signatureKey,
			memo: memoOf(message),
			wire: bytes,
			meta,
			accountKeys,
		});
	}

	/** The addresses that lookup tables bring in. A table that cannot be read gives none: the machine will refuse it. */
	#loadedKeys(message: WireMessage): { writable: AccountKey[]; readonly: AccountKey[] } {
		const loaded: { writable: AccountKey[]; readonly: AccountKey[] } = { writable: [], readonly: [] };
		for (const lookup of message.lookups) {
			const data = this.vm.read(lookup.table)?.data ?? Buffer.alloc(0);
			const keyAt = (index: number) => accountKeyAt(data, LOOKUP_TABLE_META_BYTES + index * KEY_BYTES);
			const isComplete = (index: number) => data.length >= LOOKUP_TABLE_META_BYTES + (index + 1) * KEY_BYTES;
			loaded.writable.push(...[...lookup.writableIndexes].filter(isComplete).map(keyAt));
			loaded.readonly.push(...[...lookup.readonlyIndexes].filter(isComplete).map(keyAt));
		}
		return loaded;
	}

	#bringSlotHashesUp(): void {
		if (this.#slotHashesAreCurrent) return;
		this.vm.setSlotHashes(this.slots.recentHashes(SLOT_HASHES));
		this.#slotHashesAreCurrent = true;
	}
}

function lamportsOf(row: AccountRow | null): bigint {
	return row?.lamports ?? 0n;
}

function sum(rows: readonly (AccountRow | null)[]): bigint {
	return rows.reduce((total, row) => total + lamportsOf(row), 0n);
}

function isSameContent(a: AccountRow | null, b: AccountRow | null): boolean {
	if (a === null || b === null) return a === b;
	if (a === b) return true;
	return a.lamports === b.lamports && a.owner === b.owner && a.executable === b.executable && a.data.equals(b.data);
}
