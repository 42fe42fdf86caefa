import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Base64EncodedWireTransaction, Instruction } from "@solana/web3.js";
import { type KnownTable, MOST_TABLE_ENTRIES, type WantedEntries } from "../../core/execution/lookup-table.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import { isAddress } from "../../core/risk/intent-shape.ts";
import type { Address } from "../../core/types/address.ts";
import type { Blockhash } from "../../core/types/identifiers.ts";
import { writeFileDurably } from "../../libs/files.ts";
import { acquireFolderLock } from "../../libs/folder-lock.ts";
import { createTable, extendTable, MOST_ENTRIES_PER_EXTENSION } from "../../libs/solana/instructions/lookup-table.ts";
import { memo, SETUP_MEMO } from "../../libs/solana/memo.ts";
import { compileMessage, MESSAGE_OFFSET } from "../../libs/solana/message-template.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";
import type { SigningGate } from "./signing-gate.ts";
import type { TableReader } from "./table-reader.ts";

export interface TableGrowthOptions {
	readonly rpc: SolanaRpc;
	readonly reader: TableReader;
	readonly wallet: PolicedWallet;
	/** What all executors of this machine on this chain share. */
	readonly folder: string;
	readonly timeoutMs: number;
	readonly abortSignal: AbortSignal;
	readonly gate: Pick<SigningGate, "refusal">;
	/** Makes durable what was signed; rejects when that is not certain. */
	readonly keep: (spending: SignedSpending) => Promise<void>;
	readonly onTrouble: (what: string) => void;
}

/** The table that the executors of a machine use, noted before it is made. */
interface Note {
	readonly table: Address;
	/** Until this block height it may still come into being. */
	readonly lastValidBlockHeight: number;
}

/** What became of an extension. */
export interface Extension {
	/** Nothing that there is room for is missing. */
	readonly isComplete: boolean;
	/** Accounts that are wanted, and for which there is no room. */
	readonly leftOut: number;
}

/**
 * Transactions for one table in one life of an executor: to make it, to fill it, and to try some of that again. Each
 * costs a fee, and rent for what it adds.
 */
export const MOST_TABLE_TRANSACTIONS = 48;

/**
 * Makes and extends the wallet's lookup table, by ordinary transactions with the memo that marks preparations. Executors
 * of one machine take turns and share a note of the table; those of another machine find it on the chain. Nothing is
 * signed while trading is halted.
 */
export class TableGrowth {
	readonly #options: TableGrowthOptions;
	/** A transaction of this life that may still land: it added to a table of so many entries. */
	#outstanding: { readonly entries: number; readonly lastValidBlockHeight: number } | null = null;
	#transactions = 0;

	constructor(options: TableGrowthOptions) {
		this.#options = options;
	}

	/** The wallet's table at the commitment `confirmed`: the noted one; where it is demanded, whatever the chain has. */
	async find({ isDemanded }: { readonly isDemanded: boolean }): Promise<KnownTable | null> {
		const { reader, onTrouble } = this.#options;
		const note = await this.#readNote();
		if (note) {
			const noted = await reader.read(note.table, "confirmed");
			if (noted.ok) return noted.value;
			if (await this.#mayStillCome(note)) return null;
			if (isDemanded) onTrouble(`${noted.error}: another one is looked for`);
		}
		if (!isDemanded) return null;
		const [found] = await reader.discover();
		if (!found) return null;
		await this.#alone(async () => {
			await this.#writeNote({ table: found.address, lastValidBlockHeight: 0 });
			return true;
		});
		return found;
	}

	/** Nothing is signed now. */
	get isHalted(): boolean {
		return this.#options.gate.refusal !== null;
	}

	/** @returns whether it is worth coming back soon */
	async create(): Promise<boolean> {
		return this.#alone(async () => {
			const { rpc, wallet, reader } = this.#options;
			// What another executor of this machine noted meanwhile is found at the next look.
			const note = await this.#readNote();
			if (note && ((await reader.read(note.table, "confirmed")).ok || (await this.#mayStillCome(note)))) return true;
			if (this.isHalted) return false;
			// A finalized slot is on every fork, and among the recent ones for minutes.
			const recentSlot = await rpc.getSlot({ commitment: "finalized" }).send(this.#request());
			const { table, instruction } = await createTable({ wallet: wallet.address, recentSlot });
			return this.#send(instruction, (lastValidBlockHeight) => this.#writeNote({ table, lastValidBlockHeight }));
		});
	}

	/** Adds what is missing, as much as one transaction takes. */
	async extend({ address, entries }: KnownTable, wanted: WantedEntries): Promise<Extension> {
		const known = new Set(entries);
		const missing = wanted.entries.filter((entry) => !known.has(entry));
		const room = MOST_TABLE_ENTRIES - entries.length;
		const leftOut = wanted.leftOut + Math.max(0, missing.length - room);
		const added = missing.slice(0, Math.min(room, MOST_ENTRIES_PER_EXTENSION));
		if (added.length === 0) return { isComplete: true, leftOut };
		if (this.isHalted) return { isComplete: false, leftOut };
		const instruction = extendTable({ wallet: this.#options.wallet.address, table: address, entries: added });
		await this.#alone(async () => {
			if (await this.#isOutstanding(entries.length)) return true;
			// Another executor may have been at it until this one had its turn.
			const now = await this.#options.reader.read(address, "confirmed");
			if (!now.ok || now.value.entries.length !== entries.length) return true;
			return this.#send(instruction, async (lastValidBlockHeight) => {
				this.#outstanding = { entries: entries.length, lastValidBlockHeight };
			});
		});
		return { isComplete: false, leftOut };
	}

	/** While another executor of the machine is at it, nothing is done. */
	async #alone(work: () => Promise<boolean>): Promise<boolean> {
		const lock = await acquireFolderLock(this.#options.folder);
		if (!lock.ok) return true;
		try {
			return await work();
		} finally {
			lock.value.release();
		}
	}

	async #isOutstanding(entries: number): Promise<boolean> {
		const sent = this.#outstanding;
		if (!sent || sent.entries !== entries) return false;
		return (await this.#blockHeight()) <= sent.lastValidBlockHeight;
	}

	/** @param note is told what is about to be sent, and until which block height it may land */
	async #send(instruction: Instruction, note: (lastValidBlockHeight: number) => Promise<void>): Promise<boolean> {
		const { rpc, wallet, gate, keep } = this.#options;
		if (this.#transactions >= MOST_TABLE_TRANSACTIONS) {
			throw new Error(
				`${MOST_TABLE_TRANSACTIONS} transactions were made for the lookup table of ${wallet.address}: look why they do not land, then restart the executor`,
			);
		}
		const { value: lifetime } = await rpc.getLatestBlockhash({ commitment: "confirmed" }).send(this.#request());
		await note(Number(lifetime.lastValidBlockHeight));
		// No step of waiting lies between this look and the signature.
		if (gate.refusal !== null) return false;
		this.#transactions++;
		const { transaction, spending } = sign(wallet, instruction, lifetime.blockhash);
		// A restart counts it, also when nobody learns whether it arrived.
		await keep(spending);
		if (gate.refusal !== null) return false;
		// With preflight: a wallet that cannot pay is told so in words.
		await rpc
			.sendTransaction(transaction, { encoding: "base64", preflightCommitment: "confirmed", maxRetries: 3n })
			.send(this.#request());
		return true;
	}

	async #mayStillCome({ lastValidBlockHeight }: Note): Promise<boolean> {
		return lastValidBlockHeight > 0 && (await this.#blockHeight()) <= lastValidBlockHeight;
	}

	async #blockHeight(): Promise<number> {
		return Number(await this.#options.rpc.getBlockHeight({ commitment: "confirmed" }).send(this.#request()));
	}

	get #notePath(): string {
		return join(this.#options.folder, `${this.#options.wallet.address}.json`);
	}

	/** A note that cannot be read is none: the chain has it, too. */
	async #readNote(): Promise<Note | null> {
		try {
			const { table, lastValidBlockHeight } = JSON.parse(await readFile(this.#notePath, "utf8")) as Partial<Note>;
			return isAddress(table) ? { table: table as Address, lastValidBlockHeight: Number(lastValidBlockHeight) } : null;
		} catch {
			return null;
		}
	}

	#writeNote(note: Note): Promise<void> {
		return writeFileDurably(this.#notePath, `${JSON.stringify(note)}\n`);
	}

	#request(): { readonly abortSignal: AbortSignal } {
		const { abortSignal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
	}
}

function sign(
	wallet: PolicedWallet,
	instruction: Instruction,
	blockhash: Blockhash,
): { readonly transaction: Base64EncodedWireTransaction; readonly spending: SignedSpending } {
	const instructions = [memo(SETUP_MEMO), instruction];
	const message = compileMessage({ instructions, feePayer: wallet.address, blockhash, lastValidBlockHeight: 0 });
	const bytes = Buffer.alloc(MESSAGE_OFFSET + message.length);
	bytes[0] = 1;
	bytes.set(message, MESSAGE_OFFSET);
	const nothing = { ownAccounts: new Map(), counterparties: new Set<Address>(), lookupTables: new Map() };
	const checked = wallet.check(message, nothing);
	const spending = wallet.sign(message, bytes.subarray(1, MESSAGE_OFFSET), checked);
	return { transaction: bytes.toString("base64") as Base64EncodedWireTransaction, spending };
}
