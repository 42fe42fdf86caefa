import { Bank, type BankState } from "./bank.ts";
import { applyBundle } from "./bundles.ts";
import { ChainError } from "./chain-error.ts";
import { Generations } from "./generations.ts";
import { type ChainInput, corrupt } from "./input-log.ts";
import type { ChainLimits, ChainNotice } from "./types.ts";
import { parseWireTransaction, type WireTransaction } from "./wire-transaction.ts";

/** What a snapshot holds. */
interface ChainSnapshot {
	readonly seed: string;
	readonly bank: BankState;
}

/**
 * Keeps a chain in a data folder: every input that changed it is logged before anyone is told of it, and now and then the
 * whole state is written anew. A chain without a folder has no storage.
 */
export class ChainStorage {
	readonly #folder: string;
	readonly #seed: string;
	readonly #limits: ChainLimits;
	readonly #generations: Generations;
	#transactionsInLog = 0;
	#slotsInLog = 0;

	/** @throws ChainError `storage` when the folder cannot be used. */
	constructor(options: { folder: string; seed: string; limits: ChainLimits }) {
		this.#folder = options.folder;
		this.#seed = options.seed;
		this.#limits = options.limits;
		this.#generations = Generations.open(options.folder);
	}

	/**
	 * Rebuilds the chain as it was; `null` when the folder holds none.
	 * @throws ChainError `corrupt_data`, `other_chain` or `storage`.
	 */
	restore(onNotice: (notice: ChainNotice) => void): Bank | null {
		if (this.#generations.isEmpty) return null;
		const { snapshot, logs } = this.#generations.load();
		const { seed, bank: state } = snapshot as ChainSnapshot;
		if (seed !== this.#seed) throw this.#otherChain(seed);
		const bank = Bank.restore(state, this.#limits);
		for (const { path, content } of logs) {
			this.#transactionsInLog = 0;
			this.#slotsInLog = 0;
			for (const input of content.inputs) {
				if (!this.#replay(bank, input)) throw corrupt(path, content.bytes);
				this.#count(input);
			}
			if (content.tornBytes > 0) {
				const message = `${path}: the last ${content.tornBytes} bytes were unfinished when the process ended and are cut off`;
				onNotice({ code: "torn_log_cut", message });
			}
		}
		return bank;
	}

	/** Begins the first generation: from here on the chain is kept. */
	seal(bank: Bank): void {
		this.#begin(bank);
	}

	/** @throws ChainError `storage`: the input is not kept, and the chain must not go on. */
	append(input: ChainInput): void {
		this.#generations.append(input);
		this.#count(input);
	}

	/** Begins a new generation when the log has grown enough. */
	rotateIfDue(bank: Bank): void {
		const { segmentTransactions, segmentSlots, segmentBytes } = this.#limits;
		const isDue =
			this.#transactionsInLog >= segmentTransactions ||
			this.#slotsInLog >= segmentSlots ||
			this.#generations.logBytes >= segmentBytes;
		if (isDue) this.#begin(bank);
	}

	close(): void {
		this.#generations.close();
	}

	#begin(bank: Bank): void {
		const snapshot: ChainSnapshot = { seed: this.#seed, bank: bank.state() };
		this.#generations.begin(snapshot);
		this.#transactionsInLog = 0;
		this.#slotsInLog = 0;
	}

	#count(input: ChainInput): void {
		if (input.kind === "transaction") this.#transactionsInLog++;
		if (input.kind === "bundle") this.#transactionsInLog += input.wires.length;
		if (input.kind === "slot") this.#slotsInLog++;
	}

	/** @returns whether the input had the effect that it had when it was logged. */
	#replay(bank: Bank, input: ChainInput): boolean {
		switch (input.kind) {
			case "slot":
				bank.advanceSlot(input.unixTimestamp);
				return true;
			case "account":
				bank.setAccount(input.key, input.row);
				return true;
			case "program":
				bank.addProgram(input.key, input.elf);
				return true;
			case "bundle":
				return this.#replayBundle(bank, input.wires);
			case "transaction": {
				const parsed = parseWireTransaction(input.wire);
				if (!parsed.ok || bank.signatures.recent(parsed.value.signatureKey) !== null) return false;
				return bank.execute(parsed.value).included;
			}
		}
	}

	#replayBundle(bank: Bank, wires: readonly Uint8Array[]): boolean {
		const transactions: WireTransaction[] = [];
		for (const wire of wires) {
			const parsed = parseWireTransaction(wire);
			if (!parsed.ok || bank.signatures.recent(parsed.value.signatureKey) !== null) return false;
			transactions.push(parsed.value);
		}
		try {
			applyBundle(bank, transactions);
			return true;
		} catch {
			return false;
		}
	}

	#otherChain(seed: string): ChainError {
		return new ChainError(
			"other_chain",
			`the data folder ${this.#folder} holds a local chain with seed "${seed}", the configuration says "${this.#seed}". ` +
				"Set that seed again, choose another data folder, or delete this one.",
		);
	}
}
