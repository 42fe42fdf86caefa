import { type BundleId, bundleIdOf, MOST_BUNDLE_TRANSACTIONS } from "../../../libs/block-engine/bundle-id.ts";
import { LEAST_TIP_LAMPORTS, MAINNET_TIP_ACCOUNTS } from "../../../libs/block-engine/tip-accounts.ts";
import type { Bank, Inclusion } from "./bank.ts";
import { type AccountKey, requireAccountKey, signatureOf } from "./keys.ts";
import { describeTransactionError } from "./transaction-error.ts";
import { type AccountRow, type ChainLimits, FINALITY_SLOTS } from "./types.ts";
import { SYSTEM_PROGRAM_KEY } from "./well-known.ts";
import { isWritable, parseWireTransaction, type WireTransaction } from "./wire-transaction.ts";

/** Why a bundle was not even taken for the auction. */
export type BundleRefusalCode =
	| "empty"
	| "too_many"
	| "malformed"
	| "signature_failure"
	/** The same transaction stands in it twice. */
	| "repeated"
	| "already_processed"
	/** No transaction writes to a tip account. */
	| "no_tip_account"
	| "slot_full";

export type BundleOutcome =
	| { readonly taken: false; readonly code: BundleRefusalCode; readonly message: string }
	/** Taken, and lost: nothing of it is on the chain. */
	| { readonly taken: true; readonly id: BundleId; readonly landed: false; readonly failure: string }
	| { readonly taken: true; readonly id: BundleId; readonly landed: true; readonly slot: number };

/** A bundle's fate as a block engine tells it (`getInflightBundleStatuses`). */
export interface BundleStatus {
	readonly id: BundleId;
	readonly signatures: readonly string[];
	readonly status: "Landed" | "Failed" | "Pending";
	/** Null unless it landed. */
	readonly slot: number | null;
}

/** A bundle that landed, before it is kept. */
export interface LandedBundle {
	readonly id: BundleId;
	readonly transactions: readonly WireTransaction[];
	readonly inclusions: readonly (Inclusion & { readonly included: true })[];
}

const TIP_KEYS: readonly AccountKey[] = MAINNET_TIP_ACCOUNTS.map(requireAccountKey);
/** Above what an account without data has to hold (Solana, `Rent::default`: 890,880 lamports), as on mainnet. */
const TIP_ACCOUNT_LAMPORTS = 1_000_000n;

/** The tip accounts as a chain begins with them: a transfer to an account that is not there would have to pay its rent. */
export function tipAccountsAtGenesis(): readonly (readonly [AccountKey, AccountRow])[] {
	const row: AccountRow = {
		lamports: TIP_ACCOUNT_LAMPORTS,
		owner: SYSTEM_PROGRAM_KEY,
		data: Buffer.alloc(0),
		executable: false,
		rentEpoch: 0n,
	};
	return TIP_KEYS.map((key) => [key, row]);
}

/**
 * Lands a bundle whole and in order in the open slot, or not at all. It is rehearsed first; what fails there has changed
 * nothing. One that loses the auction is taken all the same, as a block engine does, and its status tells.
 */
export function executeBundle(
	bank: Bank,
	wires: readonly Uint8Array[],
	limits: Pick<ChainLimits, "transactionsPerSlot">,
): { readonly outcome: BundleOutcome; readonly bundle: LandedBundle | null } {
	const read = readBundle(bank, wires, limits);
	if (!Array.isArray(read)) return { outcome: read as BundleOutcome, bundle: null };
	const transactions = read as readonly WireTransaction[];
	const signatures = transactions.map(({ signatureKey }) => signatureKey);
	const id = bundleIdOf(signatures.map(signatureOf));
	const verdict = rehearse(bank, transactions);
	if (verdict === "SignatureFailure") {
		return { outcome: refuse("signature_failure", "a transaction's signature does not fit its message"), bundle: null };
	}
	if (verdict !== null) {
		bank.bundles.add({ id, signatures, failure: verdict });
		return { outcome: { taken: true, id, landed: false, failure: verdict }, bundle: null };
	}
	const inclusions = applyBundle(bank, transactions);
	const slot = bank.slots.open;
	return { outcome: { taken: true, id, landed: true, slot }, bundle: { id, transactions, inclusions } };
}

/** Executes a bundle that is known to succeed. @throws Error when it does not */
export function applyBundle(bank: Bank, transactions: readonly WireTransaction[]): LandedBundle["inclusions"] {
	const inclusions = transactions.map((transaction) => {
		const inclusion = bank.execute(transaction);
		if (!inclusion.included || inclusion.report.err !== null) {
			throw new Error("a transaction of a bundle that had succeeded on a copy of the chain failed on the chain");
		}
		return inclusion;
	});
	const signatures = transactions.map(({ signatureKey }) => signatureKey);
	bank.bundles.add({ id: bundleIdOf(signatures.map(signatureOf)), signatures, failure: null });
	return inclusions;
}

/** Null for a bundle that is not known (any more). After a fork that dropped it, it is pending. */
export function bundleStatus(bank: Bank, id: BundleId): BundleStatus | null {
	const entry = bank.bundles.get(id);
	if (entry === null) return null;
	const signatures = entry.signatures.map(signatureOf);
	if (entry.failure !== null) return { id, signatures, status: "Failed", slot: null };
	const slots = entry.signatures.map((key) => bank.signatures.known(key)?.slot ?? null);
	const slot = slots.includes(null) ? null : Math.max(...(slots as number[]));
	return { id, signatures, status: slot === null ? "Pending" : "Landed", slot };
}

/** How settled a bundle's slot is. */
export function bundleConfirmation(bank: Bank, slot: number): "processed" | "confirmed" | "finalized" {
	if (slot <= bank.slots.open - FINALITY_SLOTS) return "finalized";
	return slot < bank.slots.open ? "confirmed" : "processed";
}

function readBundle(
	bank: Bank,
	wires: readonly Uint8Array[],
	{ transactionsPerSlot }: Pick<ChainLimits, "transactionsPerSlot">,
): readonly WireTransaction[] | BundleOutcome {
	if (wires.length === 0) return refuse("empty", "a bundle holds 1 to 5 transactions, not 0");
	if (wires.length > MOST_BUNDLE_TRANSACTIONS) {
		return refuse("too_many", `a bundle holds at most ${MOST_BUNDLE_TRANSACTIONS} transactions, not ${wires.length}`);
	}
	const transactions: WireTransaction[] = [];
	const seen = new Set<string>();
	for (const [index, wire] of wires.entries()) {
		const parsed = parseWireTransaction(wire);
		if (!parsed.ok) return refuse("malformed", `transaction ${index} does not parse: ${parsed.error}`);
		const { signatureKey } = parsed.value;
		if (seen.has(signatureKey)) return refuse("repeated", "the same transaction stands in the bundle twice");
		if (bank.signatures.recent(signatureKey) !== null) {
			return refuse("already_processed", "bundle contains an already processed transaction");
		}
		seen.add(signatureKey);
		transactions.push(parsed.value);
	}
	if (!transactions.some(writesToTipAccount)) {
		const rule = "Bundles must write lock at least one tip account to be eligible for the auction.";
		return refuse("no_tip_account", rule);
	}
	if (bank.transactionsInSlot + transactions.length > transactionsPerSlot) {
		return refuse("slot_full", "the open slot is full: send again in the next slot");
	}
	return transactions;
}

/** A block engine looks at the message alone: a tip account behind a lookup table does not count. */
function writesToTipAccount({ message }: WireTransaction): boolean {
	return TIP_KEYS.some((key) => {
		const index = message.accountKeys.indexOf(key);
		return index >= 0 && isWritable(message, index);
	});
}

/** Null when the bundle would land; otherwise why it would not, in a few words. */
function rehearse(bank: Bank, transactions: readonly WireTransaction[]): string | null {
	const isOld = transactions.some(({ message }) => !bank.slots.isBlockhashValid(message.recentBlockhash));
	if (isOld) return "BlockhashNotFound";
	const { failed, account } = bank.rehearse(transactions);
	if (failed !== null) {
		const { index, err } = failed;
		return err === "SignatureFailure" ? err : `transaction ${index}: ${describeTransactionError(err)}`;
	}
	let tip = 0n;
	for (const key of TIP_KEYS) tip += (account(key)?.lamports ?? 0n) - (bank.vm.read(key)?.lamports ?? 0n);
	return tip >= LEAST_TIP_LAMPORTS ? null : `tips ${tip} lamports, at least ${LEAST_TIP_LAMPORTS} are wanted`;
}

function refuse(code: BundleRefusalCode, message: string): BundleOutcome {
	return { taken: false, code, message };
}
