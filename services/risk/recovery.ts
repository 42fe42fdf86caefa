import type { Address } from "../../core/types/address.ts";
import type { Clock, Random } from "../../core/types/clock.ts";
import { acquireFolderLock, type FolderLock } from "../../libs/folder-lock.ts";
import type { OpenSegment } from "../../libs/journal/segment-file.ts";
import { Backoff } from "../../libs/solana/backoff.ts";
import type { ChainReader } from "./chain-reader.ts";
import { Ledger } from "./ledger.ts";
import { ledgerFolder } from "./ledger-folders.ts";
import { Pause } from "./pause.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface RecoveryOptions {
	readonly dataFolder: string;
	readonly chain: ChainReader;
	readonly clock: Clock;
	readonly random: Random;
	readonly logger: RiskLogger;
	/**
	 * Asks any executor for its wallet; rejects or resolves to null while none is ready. One that is has made its token
	 * accounts, so that a new ledger opens with what they cost behind it.
	 */
	readonly askReadyWallet: () => Promise<Address | null>;
	readonly openSegment: OpenSegment | undefined;
	/** The ledger is open and has its epoch; it is not reconciled yet. */
	readonly onEpoch: (ledger: Ledger) => void;
	/** Builds what reconciles an opened ledger. */
	readonly reconcilerOf: (ledger: Ledger) => Reconciler;
}

/** A ledger that equals the chain, and what was made on the way. */
export interface Recovered {
	readonly ledger: Ledger;
	readonly reconciler: Reconciler;
}

/** What a person must mend before risk can start. */
export class RecoveryError extends Error {
	override readonly name = "RecoveryError";
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 500;
/** Everything starts at once, so the first refusals are no news. */
const FAILURES_BEFORE_NEWS = 10;
const MICROS_PER_MS = 1_000;

/**
 * Start-up is recovery: which chain is this, open its ledger, whose wallet is it, and book what happened while nobody
 * looked. Waits for the chain and for an executor as long as it takes.
 */
export class Recovery {
	readonly #options: RecoveryOptions;
	readonly #pause = new Pause();
	#lock: FolderLock | null = null;
	#ledger: Ledger | null = null;
	#stopped = false;

	constructor(options: RecoveryOptions) {
		this.#options = options;
	}

	/** The ledger as soon as it is open, also before it is reconciled. */
	get ledger(): Ledger | null {
		return this.#ledger;
	}

	/**
	 * @returns null when it was stopped before it was done
	 * @throws RecoveryError when a person must mend something
	 */
	async run(): Promise<Recovered | null> {
		const { chain, clock, logger } = this.#options;
		const genesisHash = await this.#untilDone("the chain's genesis hash", () => chain.genesisHash());
		if (genesisHash === null) return null;
		const ledger = await this.#openLedger(genesisHash);
		this.#ledger = ledger;
		if (this.#stopped) return null;
		const atMicros = clock.epochMicros();
		// By the clock, so that it is the highest also where risk starts on another machine, or with a new ledger.
		const epoch = Math.max(ledger.state.epoch + 1, Math.floor(atMicros / MICROS_PER_MS));
		ledger.record({ type: "epoch", epoch, atMicros });
		this.#options.onEpoch(ledger);
		if (ledger.state.wallet === null && !(await this.#begin(ledger, genesisHash))) return null;
		const reconciler = this.#options.reconcilerOf(ledger);
		const scanned = await this.#untilDone("the wallet's history", async () => {
			await reconciler.trackAccounts();
			await reconciler.scan([...ledger.state.accounts].map(({ account }) => account));
			return true;
		});
		if (!scanned) return null;
		const open = ledger.state.openCount;
		if (open > 0) logger.warn(`${open} intents of an earlier run have no proven outcome yet: they stay reserved.`);
		return { ledger, reconciler };
	}

	/** Stops waiting, and gives the folder back. Idempotent. */
	async stop(): Promise<void> {
		this.#stopped = true;
		this.#pause.close();
		const ledger = this.#ledger;
		this.#ledger = null;
		await ledger?.close();
		this.#lock?.release();
		this.#lock = null;
	}

	async #openLedger(genesisHash: string): Promise<Ledger> {
		const { dataFolder, logger, openSegment } = this.#options;
		const folder = ledgerFolder(dataFolder, genesisHash);
		const lock = await acquireFolderLock(folder);
		if (!lock.ok) {
			throw new RecoveryError(
				`The ledger in ${folder} is in use by process ${lock.error.pid}: stop that process, or set another data_folder.`,
			);
		}
		this.#lock = lock.value;
		const opened = await Ledger.open({ folder, ...(openSegment && { openSegment }) }).catch((error: Error) => {
			throw new RecoveryError(`The ledger cannot be read: ${error.message}`, { cause: error });
		});
		const { ledger, cutBytes } = opened;
		if (cutBytes > 0) logger.warn(`${cutBytes} bytes that a crash left half written were cut off the ledger.`);
		if (ledger.state.wallet !== null && ledger.state.genesisHash !== genesisHash) {
			await ledger.close();
			throw new RecoveryError(
				`The ledger in ${folder} is that of the chain ${ledger.state.genesisHash}, not of ${genesisHash}: ` +
					"set another data_folder.",
			);
		}
		return ledger;
	}

	/** A new ledger begins with what the wallet holds. */
	async #begin(ledger: Ledger, genesisHash: string): Promise<boolean> {
		const { chain, clock, askReadyWallet } = this.#options;
		const wallet = await this.#untilDone("an executor that is ready", askReadyWallet);
		if (wallet === null) return false;
		const slot = await this.#untilDone("the chain's slot", () => chain.processedSlot());
		if (slot === null) return false;
		const holdings = await this.#untilDone("the wallet's holdings", async () => {
			const found = await chain.holdings(wallet);
			// What the executor saw of its preparations need not be confirmed in an earlier slot.
			return found.balances.slot >= slot ? found : null;
		});
		if (holdings === null) return false;
		const { balances, accounts } = holdings;
		ledger.record({
			type: "opened",
			version: 1,
			genesisHash,
			wallet,
			slot: balances.slot,
			balances: [...balances.amounts].map(([mint, amount]) => ({ mint, amount })),
			accounts,
			atMicros: clock.epochMicros(),
		});
		return true;
	}

	/** Repeats a step until it gives something. Null when stopped before. */
	async #untilDone<T>(what: string, step: () => Promise<T | null>): Promise<T | null> {
		const { random, logger } = this.#options;
		const backoff = new Backoff({ minMs: FIRST_WAIT_MS, maxMs: LONGEST_WAIT_MS, random });
		let reported = "";
		while (!this.#stopped) {
			try {
				const done = await step();
				if (done !== null) return this.#stopped ? null : done;
			} catch (error) {
				const { message } = error as Error;
				if (!this.#stopped && message !== reported && backoff.failures >= FAILURES_BEFORE_NEWS) {
					logger.warn(`Risk waits for ${what}: ${message}`);
					reported = message;
				}
			}
			await this.#pause.wait(backoff.nextMs(), { wakeable: false });
		}
		return null;
	}
}
