import type { Address } from "../../../core/types/address.ts";
import type { Clock } from "../../../core/types/clock.ts";
import type { Blockhash } from "../../../core/types/identifiers.ts";
import { Bank } from "./bank.ts";
import { type BundleOutcome, executeBundle, tipAccountsAtGenesis } from "./bundles.ts";
import { ChainError } from "./chain-error.ts";
import { ChainReader } from "./chain-reader.ts";
import { Emitter } from "./events.ts";
import { Faucet } from "./faucet.ts";
import { announceFork, type Forked, type ForkOptions, takeFork } from "./fork.ts";
import type { ChainInput } from "./input-log.ts";
import { addressOf, blockhashOf, parseAccountKey, requireAccountKey, signatureOf } from "./keys.ts";
import { SlotTimer } from "./slot-timer.ts";
import { genesisHashOf } from "./slots.ts";
import { ChainStorage } from "./storage.ts";
import { describeTransactionError, type TransactionErrorJson } from "./transaction-error.ts";
import {
	type AccountInit,
	type AccountRow,
	type ChainEvents,
	type ChainLimits,
	type ChainNotice,
	type Commitment,
	DEFAULT_CHAIN_LIMITS,
	type ExecutionReport,
	type KeyedAccount,
	type RefusalCode,
	type Refused,
	type SendOutcome,
	type SimulationOutcome,
} from "./types.ts";
import { parseWireTransaction, type WireTransaction } from "./wire-transaction.ts";

export interface ChainOptions {
	/** Where the chain is kept; `null` keeps it in memory only. The caller holds the folder's lock. */
	readonly dataFolder: string | null;
	readonly slotDurationMs: number;
	/** The chain's identity: genesis hash, blockhashes and faucet follow from it. */
	readonly genesisSeed: string | number;
	readonly clock: Clock;
	readonly onNotice?: (notice: ChainNotice) => void;
	readonly limits?: Partial<ChainLimits>;
}

const COMMITMENTS: readonly Commitment[] = ["processed", "confirmed", "finalized"];

/**
 * A Solana chain in this process: one leader, no forks but those asked for, the real virtual machine. Everything is synchronous; a
 * transaction is executed into the open slot when it is sent.
 *
 * Durable nonces and votes do not exist here. Transactions are legacy or version 0.
 */
export class Chain extends ChainReader {
	readonly events: Emitter<ChainEvents>;
	readonly genesisHash: Blockhash;
	readonly slotDurationMs: number;
	readonly #bank: Bank;
	readonly #clock: Clock;
	readonly #faucet: Faucet;
	readonly #storage: ChainStorage | null;
	readonly #limits: ChainLimits;
	readonly #timer: SlotTimer;
	readonly #onNotice: (notice: ChainNotice) => void;
	#needsGenesis: boolean;
	#end: ChainError | null = null;
	#forks = 0;

	/**
	 * Opens the chain that the data folder holds, exactly as it was, or makes a new one.
	 * @throws ChainError `corrupt_data`, `other_chain` or `storage`.
	 */
	static open(options: ChainOptions): Chain {
		const seed = String(options.genesisSeed);
		const limits = { ...DEFAULT_CHAIN_LIMITS, ...options.limits };
		const onNotice = options.onNotice ?? (() => {});
		const storage = options.dataFolder === null ? null : new ChainStorage({ folder: options.dataFolder, seed, limits });
		const kept = storage?.restore(onNotice) ?? null;
		const bank = kept ?? Bank.genesis(seed, secondsOf(options.clock), limits);
		return new Chain({ ...options, onNotice }, { seed, limits, storage, bank, isNew: kept === null });
	}

	private constructor(
		options: ChainOptions & { readonly onNotice: (notice: ChainNotice) => void },
		parts: { seed: string; limits: ChainLimits; storage: ChainStorage | null; bank: Bank; isNew: boolean },
	) {
		super(parts.bank);
		this.#bank = parts.bank;
		this.#clock = options.clock;
		this.#storage = parts.storage;
		this.#limits = parts.limits;
		this.#onNotice = options.onNotice;
		this.#needsGenesis = parts.isNew;
		this.#faucet = new Faucet(parts.seed);
		this.slotDurationMs = options.slotDurationMs;
		this.genesisHash = blockhashOf(genesisHashOf(parts.seed));
		this.events = new Emitter((error) =>
			this.#notice("listener_failed", "a listener of the local chain failed", error),
		);
		this.#timer = new SlotTimer({
			durationMs: options.slotDurationMs,
			clock: options.clock,
			onSlot: () => this.#timedSlot(),
		});
		if (!parts.isNew) return;
		this.#bank.setAccount(this.#faucet.key, this.#faucet.account());
		for (const [key, row] of tipAccountsAtGenesis()) this.#bank.setAccount(key, row);
	}

	/** A new chain that is not yet kept: what is done before `sealGenesis` is all there after a restart, or nothing is. */
	get needsGenesis(): boolean {
		return this.#needsGenesis;
	}

	/** Ends genesis; from here on the chain is kept. Does nothing when it is sealed already. */
	sealGenesis(): void {
		this.#assertOpen();
		if (!this.#needsGenesis) return;
		this.#stored(() => this.#storage?.seal(this.#bank));
		this.#needsGenesis = false;
	}

	/** Starts the slot timer; seals genesis. */
	start(): void {
		this.sealGenesis();
		this.#timer.start();
	}

	stop(): void {
		this.#timer.stop();
	}

	/** Stops and lets go of the files. May be called twice. */
	close(): void {
		this.stop();
		if (this.#end !== null) return;
		this.#end = new ChainError("closed", "the local chain is closed");
		this.events.clear();
		this.#storage?.close();
	}

	/** Ends the open slot: it becomes confirmed, and the one {@link FINALITY_SLOTS} behind becomes final. */
	advanceSlot(): void {
		this.#assertOpen();
		const ended = this.slot("processed");
		const wasFinal = this.slot("finalized");
		const unixTimestamp = Math.max(this.unixTimestamp, secondsOf(this.#clock));
		this.#keep({ kind: "slot", unixTimestamp });
		this.#bank.advanceSlot(unixTimestamp);
		if (!this.#needsGenesis) this.#stored(() => this.#storage?.rotateIfDue(this.#bank));
		const root = this.slot("finalized");
		this.events.emit("slot", { slot: this.slot("processed"), parent: ended, root });
		this.#announce("processed", this.slot("processed"));
		this.#announce("confirmed", ended);
		if (root > wasFinal) this.#announce("finalized", root);
	}

	/**
	 * What a cluster does when it leaves a fork: the blocks after `backToSlot` have never been. Others stand in their
	 * place, up to the same slot, with other blockhashes; the first of them holds those of the old transactions that are
	 * kept and still valid there. For rehearsing what a trader must survive: nobody can ask for it over RPC.
	 *
	 * @throws RangeError when that slot is final, or not complete; Error when the chain is kept on disk
	 */
	fork(options: ForkOptions): Forked {
		this.#assertOpen();
		if (this.#storage !== null) throw new Error("a chain that is kept on disk does not fork: open it without a folder");
		const unixTimestamp = Math.max(this.unixTimestamp, secondsOf(this.#clock));
		const fork = takeFork(this.#bank, { ...options, unixTimestamp, branch: `fork ${++this.#forks}` });
		announceFork(this.#bank, this.events, fork);
		return { replayed: fork.replayed, dropped: fork.dropped };
	}

	/**
	 * Puts an account in place outside any transaction, at every commitment at once: for genesis and for priming.
	 * @throws RangeError for a malformed address; Error when the machine refuses the account.
	 */
	setAccount(address: Address, account: AccountInit): void {
		this.#assertOpen();
		const key = requireAccountKey(address);
		const row: AccountRow = {
			lamports: account.lamports,
			owner: requireAccountKey(account.owner),
			data: Buffer.from(account.data),
			executable: account.executable ?? false,
			rentEpoch: 0n,
		};
		this.#bank.setAccount(key, row);
		this.#keep({ kind: "account", key, row });
		const changes: KeyedAccount[] = [{ key, account: this.#bank.vm.read(key) }];
		for (const commitment of COMMITMENTS) {
			this.events.emit("accounts", { commitment, slot: this.slot(commitment), changes });
		}
	}

	/** Installs a program, usable at once. @throws when the machine refuses the file. */
	addProgram(address: Address, elf: Uint8Array): void {
		this.#assertOpen();
		const key = requireAccountKey(address);
		this.#bank.addProgram(key, elf);
		this.#keep({ kind: "program", key, elf });
	}

	/** Has lamports from genesis on. */
	get faucet(): Address {
		return addressOf(this.#faucet.key);
	}

	/** Pays out of the faucet, by an ordinary transaction. */
	airdrop(address: Address, lamports: bigint): SendOutcome {
		const to = parseAccountKey(address);
		if (to === null) throw new RangeError(`not a base58 address of 32 bytes: ${address}`);
		const hash = this.#bank.slots.newest("processed").hash;
		let outcome = this.sendTransaction(this.#faucet.transfer(to, lamports, hash));
		// After a restart the faucet counts anew and may repeat itself inside one slot.
		while (!outcome.landed && outcome.code === "already_processed") {
			outcome = this.sendTransaction(this.#faucet.transfer(to, lamports, hash));
		}
		return outcome;
	}

	/**
	 * Executes a transaction into the open slot. With `preflight` it is simulated first, and taken only when that succeeds.
	 * @throws ChainError `closed` or `storage`.
	 */
	sendTransaction(wire: Uint8Array, options: { readonly preflight?: boolean } = {}): SendOutcome {
		this.#assertOpen();
		const parsed = parseWireTransaction(wire);
		if (!parsed.ok) return refused("malformed", { message: parsed.error });
		const transaction = parsed.value;
		const early = this.#refusalBeforeExecution(transaction);
		if (early !== null) return early;
		if (options.preflight === true) {
			const { report } = this.#bank.simulate(transaction, true);
			if (report.err !== null) return refusedBy(report, "preflight_failed", transaction);
		}
		const outcome = this.#bank.execute(transaction);
		if (!outcome.included) return refusedBy(outcome.report, "not_includable", transaction);
		const { record, report, changes } = outcome;
		this.#keep({ kind: "transaction", wire: transaction.bytes });
		const { slot } = record;
		this.events.emit("accounts", { commitment: "processed", slot, changes });
		this.events.emit("transactions", { commitment: "processed", slot, transactions: [record] });
		const { err, logs, unitsConsumed, feeLamports } = report;
		return { landed: true, signature: signatureOf(record.signatureKey), slot, err, logs, unitsConsumed, feeLamports };
	}

	/**
	 * Lands transactions as one bundle: all of them, in order, in the open slot, or none.
	 * @throws ChainError `closed` or `storage`.
	 */
	sendBundle(wires: readonly Uint8Array[]): BundleOutcome {
		this.#assertOpen();
		const { outcome, bundle } = executeBundle(this.#bank, wires, this.#limits);
		if (bundle === null) return outcome;
		this.#keep({ kind: "bundle", wires: bundle.transactions.map(({ bytes }) => bytes) });
		for (const { record, changes } of bundle.inclusions) {
			const { slot } = record;
			this.events.emit("accounts", { commitment: "processed", slot, changes });
			this.events.emit("transactions", { commitment: "processed", slot, transactions: [record] });
		}
		return outcome;
	}

	/** Executes without effect. Without `checkBlockhash` any blockhash will do. */
	simulateTransaction(
		wire: Uint8Array,
		options: { readonly verifySignatures: boolean; readonly checkBlockhash: boolean },
	): SimulationOutcome | Refused {
		this.#assertOpen();
		const parsed = parseWireTransaction(wire);
		if (!parsed.ok) return refused("malformed", { message: parsed.error });
		const early = options.checkBlockhash ? this.#refusalBeforeExecution(parsed.value) : null;
		if (early !== null && early.code !== "slot_full") return early;
		const { report, postAccounts } = this.#bank.simulate(parsed.value, options.verifySignatures);
		return { slot: this.slot("processed"), report, postAccounts };
	}

	#refusalBeforeExecution(transaction: WireTransaction): Refused | null {
		if (this.#bank.signatures.recent(transaction.signatureKey) !== null) {
			return refused("already_processed", { err: "AlreadyProcessed", transaction });
		}
		if (!this.#bank.slots.isBlockhashValid(transaction.message.recentBlockhash)) {
			return refused("blockhash_not_found", { err: "BlockhashNotFound", transaction });
		}
		if (this.#bank.transactionsInSlot >= this.#limits.transactionsPerSlot) {
			return refused("slot_full", { err: "WouldExceedMaxBlockCostLimit", transaction });
		}
		return null;
	}

	/** Tells what a slot has brought; of the slot just opened that is the clock. */
	#announce(commitment: Commitment, slot: number): void {
		if (!this.events.isSilent("accounts")) {
			const changes = this.#bank.writtenIn(slot);
			if (changes.length > 0) this.events.emit("accounts", { commitment, slot, changes });
		}
		const transactions = this.events.isSilent("transactions") ? [] : this.#bank.transactionsOf(slot);
		if (transactions.length > 0) this.events.emit("transactions", { commitment, slot, transactions });
	}

	#timedSlot(): void {
		try {
			this.advanceSlot();
		} catch (error) {
			this.stop();
			this.#notice("storage_failed", "the local chain has stopped", error);
		}
	}

	#keep(input: ChainInput): void {
		if (!this.#needsGenesis) this.#stored(() => this.#storage?.append(input));
	}

	/** Memory and files may differ after a failed write: the chain ends then, and what the files hold is the truth. */
	#stored(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.#end = error instanceof ChainError ? error : new ChainError("storage", String(error), { cause: error });
			this.stop();
			throw this.#end;
		}
	}

	#assertOpen(): void {
		if (this.#end !== null) throw this.#end;
	}

	#notice(code: ChainNotice["code"], what: string, error: unknown): void {
		this.#onNotice({ code, message: `${what}: ${error instanceof Error ? error.message : String(error)}` });
	}
}

function refusedBy(report: ExecutionReport, code: RefusalCode, transaction: WireTransaction): Refused {
	const err = report.err!;
	return refused(err === "SignatureFailure" ? "signature_failure" : code, { err, report, transaction });
}

function refused(
	code: RefusalCode,
	details: { message?: string; err?: TransactionErrorJson; report?: ExecutionReport; transaction?: WireTransaction },
): Refused {
	const { err = null, report = null, transaction } = details;
	const message = details.message ?? (err === null ? code : describeTransactionError(err));
	const signature = transaction === undefined ? null : signatureOf(transaction.signatureKey);
	return { landed: false, code, signature, err, message, report };
}

function secondsOf(clock: Clock): number {
	return Math.floor(clock.epochMicros() / 1_000_000);
}
