import type { Signature } from "../../../core/types/identifiers.ts";
import type { Bank } from "./bank.ts";
import type { Emitter } from "./events.ts";
import { type AccountKey, signatureOf } from "./keys.ts";
import type { ChainEvents } from "./types.ts";
import { parseWireTransaction } from "./wire-transaction.ts";

/** What a chain shall forget. */
export interface ForkOptions {
	/** The newest slot that both forks have. */
	readonly backToSlot: number;
	/** Which of the later transactions are in the new fork, too. */
	readonly keep: (signature: Signature) => boolean;
}

export interface Forked {
	readonly replayed: readonly Signature[];
	/** Those that were not kept, and those that the new fork does not take: their blockhash is on the old one. */
	readonly dropped: readonly Signature[];
}

/** The new fork, and what has to be told of it. */
interface Fork extends Forked {
	readonly backToSlot: number;
	/** Accounts that may differ between the forks. */
	readonly touched: ReadonlySet<AccountKey>;
}

/**
 * Replaces the slots after `backToSlot` by others, up to the same open slot. The first of them holds the old transactions
 * that are kept and still valid there; the others are empty.
 *
 * @throws RangeError when that slot is final, or not complete
 */
export function takeFork(bank: Bank, options: ForkOptions & { unixTimestamp: number; branch: string }): Fork {
	const { backToSlot, keep, unixTimestamp, branch } = options;
	const tip = bank.slots.open;
	const final = bank.slots.at("finalized");
	if (backToSlot < final || backToSlot >= tip) {
		throw new RangeError(`slot ${backToSlot} is final or not complete: fork back to ${final} up to ${tip - 1}`);
	}
	const { accounts, transactions } = bank.rewind(backToSlot, branch);
	const touched = new Set(accounts);
	const replayed: Signature[] = [];
	const dropped: Signature[] = [];
	for (const { signatureKey, wire } of transactions) {
		const signature = signatureOf(signatureKey);
		const isIncluded = keep(signature) && replay(bank, wire, touched);
		(isIncluded ? replayed : dropped).push(signature);
	}
	while (bank.slots.open < tip) bank.advanceSlot(unixTimestamp);
	return { backToSlot, touched, replayed, dropped };
}

/** Listeners hear of the new fork's slots, of the accounts as they are on it, and of its transactions. */
export function announceFork(bank: Bank, events: Emitter<ChainEvents>, { backToSlot, touched }: Fork): void {
	const root = bank.slots.at("finalized");
	for (let slot = backToSlot + 1; slot <= bank.slots.open; slot++) {
		events.emit("slot", { slot, parent: slot - 1, root });
	}
	for (const commitment of ["processed", "confirmed"] as const) {
		const newest = bank.slots.at(commitment);
		const changes = [...touched].map((key) => ({ key, account: bank.account(key, commitment) }));
		events.emit("accounts", { commitment, slot: newest, changes });
		for (let slot = backToSlot + 1; slot <= newest; slot++) {
			const transactions = bank.transactionsOf(slot);
			if (transactions.length > 0) events.emit("transactions", { commitment, slot, transactions });
		}
	}
}

/** @returns whether the new fork took the transaction */
function replay(bank: Bank, wire: Uint8Array, touched: Set<AccountKey>): boolean {
	const parsed = parseWireTransaction(wire);
	if (!parsed.ok || !bank.slots.isBlockhashValid(parsed.value.message.recentBlockhash)) return false;
	const outcome = bank.execute(parsed.value);
	if (!outcome.included) return false;
	for (const { key } of outcome.changes) touched.add(key);
	return true;
}
