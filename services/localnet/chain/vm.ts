import { Account, Clock } from "litesvm";
import {
	EpochSchedule,
	FailedTransactionMetadata,
	LiteSvm,
	type SimulatedTransactionInfo,
	type TransactionMetadata,
} from "litesvm/dist/internal.js";
import { type AccountKey, accountKeyOf, type BlockhashKey, blockhashOf, bufferOf, bytesOfKey } from "./keys.ts";
import { transactionErrorOf, type VmTransactionError } from "./transaction-error.ts";
import { type AccountRow, type ExecutionReport, type InnerInstruction, SLOTS_PER_EPOCH } from "./types.ts";
import { CLOCK_SYSVAR_KEY, SLOT_HASHES_SYSVAR_KEY } from "./well-known.ts";
import type { WireTransaction } from "./wire-transaction.ts";

/** Accounts whose content is kept on this side of the border: reading one across costs 3–6 µs. */
const CACHED_ACCOUNTS = 16_384;
/** Larger accounts (old-style programs) are read across each time. */
const CACHED_ACCOUNT_BYTES = 256 * 1_024;

export interface SimulationReport {
	readonly report: ExecutionReport;
	/** The transaction's accounts as they would be; none when it fails. */
	readonly postAccounts: () => ReadonlyMap<AccountKey, AccountRow>;
}

/**
 * The Solana virtual machine (LiteSVM 1.5), in the one place that touches it. It keeps the accounts and executes; it
 * knows nothing of blockhash windows, duplicates, commitments or history, which are the chain's.
 *
 * Only transactions from `parseWireTransaction` may come here: LiteSVM ends the process on bytes that it cannot decode.
 */
export class Vm {
	readonly #svm: LiteSvm;
	readonly #cache = new Map<AccountKey, AccountRow | null>();

	private constructor(svm: LiteSvm) {
		this.#svm = svm;
		svm.setBlockhashCheck(false);
		svm.setSigverify(true);
		svm.setTransactionHistory(0n);
	}

	/** A machine with the built-in and SPL programs and the native mints. */
	static create(): Vm {
		const svm = new LiteSvm();
		svm.withNativeMints();
		svm.setEpochSchedule(new EpochSchedule(BigInt(SLOTS_PER_EPOCH), BigInt(SLOTS_PER_EPOCH), false, 0n, 0n));
		return new Vm(svm);
	}

	/** @throws when the bytes are no snapshot of this LiteSVM version. */
	static restore(bytes: Uint8Array): Vm {
		return new Vm(LiteSvm.fromBytes(bytes));
	}

	/** About 1.4 MB and 1–5 ms. */
	toBytes(): Uint8Array {
		return this.#svm.toBytes();
	}

	read(key: AccountKey): AccountRow | null {
		const cached = this.#cache.get(key);
		return cached === undefined ? this.reread(key) : cached;
	}

	/** Reads across the border and refreshes the cache: to be called for every account that may have been written. */
	reread(key: AccountKey): AccountRow | null {
		const account = this.#svm.getAccount(bytesOfKey(key));
		const row = account === null || account.lamports() === 0n ? null : rowOf(account);
		this.#remember(key, row);
		return row;
	}

	/** @throws when the machine refuses the account, such as an executable one that is no program. */
	write(key: AccountKey, row: AccountRow): void {
		const account = new Account(row.lamports, row.data, bytesOfKey(row.owner), row.executable, row.rentEpoch);
		this.#cache.delete(key);
		this.#svm.setAccount(bytesOfKey(key), account);
	}

	/** Installs an ELF file at once, under the upgradeable loader. @throws when the machine refuses the file. */
	addProgram(key: AccountKey, elf: Uint8Array): void {
		this.#cache.clear();
		this.#svm.addProgram(bytesOfKey(key), elf);
	}

	ownedBy(program: AccountKey): Map<AccountKey, AccountRow> {
		const rows = new Map<AccountKey, AccountRow>();
		for (const entry of this.#svm.getProgramAccounts(bytesOfKey(program))) {
			const key = accountKeyOf(entry.address);
			const row = this.#cache.get(key) ?? rowOf(entry.account());
			if (row.lamports === 0n) continue;
			this.#remember(key, row);
			rows.set(key, row);
		}
		return rows;
	}

	/** Sets the Clock sysvar. Both fields, because programs read both. */
	setClock(slot: number, unixTimestamp: number): void {
		const epoch = BigInt(Math.floor(slot / SLOTS_PER_EPOCH));
		this.#svm.setClock(new Clock(BigInt(slot), BigInt(unixTimestamp), epoch, epoch + 1n, BigInt(unixTimestamp)));
		this.#cache.delete(CLOCK_SYSVAR_KEY);
	}

	/** Sets the SlotHashes sysvar, which lookup tables need; newest first. */
	setSlotHashes(hashes: readonly { readonly slot: number; readonly hash: BlockhashKey }[]): void {
		this.#svm.setSlotHashes(hashes.map(({ slot, hash }) => ({ slot: BigInt(slot), hash: blockhashOf(hash) })));
		this.#cache.delete(SLOT_HASHES_SYSVAR_KEY);
	}

	/** Executes and keeps the effects. The caller rereads the accounts that it may have written. */
	execute(transaction: WireTransaction): ExecutionReport {
		return reportOf(this.#svm.sendVersionedTransaction(transaction.bytes));
	}

	/** Executes without effects. The accounts as they would be are read only when they are asked for. */
	simulate(transaction: WireTransaction, verifySignatures: boolean): SimulationReport {
		const outcome = this.#simulate(transaction.bytes, verifySignatures);
		if (outcome instanceof FailedTransactionMetadata) {
			return { report: reportOf(outcome), postAccounts: () => new Map() };
		}
		const entries = () =>
			outcome.postAccounts().map((entry) => [accountKeyOf(entry.address), rowOf(entry.account())] as const);
		return { report: reportOf(outcome.meta()), postAccounts: () => new Map(entries()) };
	}

	minimumBalanceForRentExemption(bytes: number): bigint {
		return this.#svm.minimumBalanceForRentExemption(BigInt(bytes));
	}

	#simulate(bytes: Buffer, verifySignatures: boolean): SimulatedTransactionInfo | FailedTransactionMetadata {
		this.#svm.setSigverify(verifySignatures);
		try {
			return this.#svm.simulateVersionedTransaction(bytes);
		} finally {
			this.#svm.setSigverify(true);
		}
	}

	#remember(key: AccountKey, row: AccountRow | null): void {
		this.#cache.delete(key);
		if (row !== null && row.data.length > CACHED_ACCOUNT_BYTES) return;
		if (this.#cache.size >= CACHED_ACCOUNTS) {
			for (const oldest of this.#cache.keys()) {
				this.#cache.delete(oldest);
				break;
			}
		}
		this.#cache.set(key, row);
	}
}

function rowOf(account: Account): AccountRow {
	return {
		lamports: account.lamports(),
		owner: accountKeyOf(account.owner()),
		data: bufferOf(account.data()),
		executable: account.executable(),
		rentEpoch: account.rentEpoch(),
	};
}

function reportOf(outcome: TransactionMetadata | FailedTransactionMetadata): ExecutionReport {
	const failed = outcome instanceof FailedTransactionMetadata;
	const meta = failed ? outcome.meta() : outcome;
	const returned = meta.returnData();
	const data = returned.data();
	return {
		err: failed ? transactionErrorOf(outcome.err() as VmTransactionError) : null,
		logs: meta.logs(),
		innerInstructions: meta.innerInstructions().map((list) => list.map(innerInstructionOf)),
		unitsConsumed: meta.computeUnitsConsumed(),
		returnData: data.length === 0 ? null : { programId: accountKeyOf(returned.programId()), data },
	};
}

function innerInstructionOf(inner: {
	instruction(): { programIdIndex(): number; accounts(): Uint8Array; data(): Uint8Array };
	stackHeight(): number;
}): InnerInstruction {
	const instruction = inner.instruction();
	return {
		programIdIndex: instruction.programIdIndex(),
		accountIndexes: instruction.accounts(),
		data: instruction.data(),
		stackHeight: inner.stackHeight(),
	};
}
