import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { IntentOutcome } from "../../broker/contracts/risk.ts";
import type { HeldPosition } from "../../core/strategy/held-position.ts";
import type { Random } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { acquireFolderLock, type FolderLock } from "../../libs/folder-lock.ts";
import { Backoff } from "../../libs/solana/backoff.ts";
import { type KeptPositions, PositionFile } from "./position-file.ts";

export interface PositionKeeperOptions {
	readonly dataFolder: string;
	readonly shard: string;
	readonly random: Random;
	/** Of the chain that is traded on: positions on another one are others. */
	readonly genesisHash: () => Promise<string>;
	readonly log: { warn(line: string): void; error(line: string): void };
	/** What is held and under way now. */
	readonly kept: () => KeptPositions;
	/** What risk knows of an intent. Rejects while risk cannot tell. */
	readonly outcome: (intentId: IntentId) => Promise<IntentOutcome>;
	/** What was held when the process before this one ended, or why that is not known. */
	readonly onRead: (positions: readonly HeldPosition[] | string) => void;
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
const GENESIS_PREFIX = 8;

/**
 * Keeps what strategies hold on disk, in one folder for each chain and shard that no other process may use meanwhile.
 * Reads it once, in the background, asks risk what became of the intents that were under way, and writes it after every
 * change; what changes while a write is under way goes out with the next one. A disk that refuses is tried again until it takes it.
 */
export class PositionKeeper {
	readonly #options: PositionKeeperOptions;
	readonly #abort = new AbortController();
	#file: PositionFile | null = null;
	#lock: FolderLock | null = null;
	#reading: Promise<void> | null = null;
	#writing: Promise<void> | null = null;
	#isBehind = false;

	constructor(options: PositionKeeperOptions) {
		this.#options = options;
	}

	/** Begins to read in the background. Idempotent. */
	start(): void {
		this.#reading ??= this.#read();
	}

	/** What is held is other than before. */
	changed(): void {
		this.#isBehind = true;
		if (this.#file !== null) this.#writing ??= this.#write(this.#file);
	}

	/** Waits for the write that is under way, and gives the folder up. Idempotent. */
	async stop(): Promise<void> {
		this.#abort.abort();
		await this.#reading;
		await this.#writing;
		this.#lock?.release();
	}

	async #read(): Promise<void> {
		const { dataFolder, shard, onRead } = this.#options;
		const genesisHash = await this.#untilDone("the chain's genesis hash", this.#options.genesisHash);
		if (genesisHash === null || this.#abort.signal.aborted) return;
		const folder = join(dataFolder, genesisHash.slice(0, GENESIS_PREFIX), "strategy", shard);
		try {
			const lock = await acquireFolderLock(folder);
			if (!lock.ok) {
				this.#fail(`what is held in ${folder} is kept by process ${lock.error.pid}: give this one another shard`);
				return;
			}
			this.#lock = lock.value;
			const file = new PositionFile(folder, genesisHash);
			const held = await file.read();
			if (!held.ok) {
				this.#fail(held.error);
				return;
			}
			for (const intentId of held.value.unsettled) {
				const end = await this.#untilDone(`the outcome of intent ${intentId}`, () => this.#endOf(intentId));
				if (end === null) return;
				if (end === "nothing") continue;
				this.#fail(
					`intent ${intentId} ${end} while nobody listened: mend the positions in ${file.path} by what the wallet's history says of it, take it out of "unsettled" there, and start again`,
				);
				return;
			}
			this.#file = file;
			onRead(held.value.positions);
		} catch (error) {
			this.#fail((error as Error).message);
		}
	}

	/** Whether an intent moved what is held. What risk released, and what reverted or expired, did not. */
	async #endOf(intentId: IntentId): Promise<"nothing" | "landed" | "may have landed"> {
		const known = await this.#options.outcome(intentId);
		if (known.status === "unknown") return "may have landed";
		if (known.status !== "ended") throw new Error(`risk says that it is ${known.status}`);
		return known.outcome === "landed" ? "landed" : "nothing";
	}

	#fail(reason: string): void {
		this.#options.log.error(`Strategies that hold positions stay off: ${reason}`);
		this.#options.onRead(reason);
	}

	async #write(file: PositionFile): Promise<void> {
		while (this.#isBehind) {
			this.#isBehind = false;
			await this.#untilDone("the positions of strategies", () => file.write(this.#options.kept()));
		}
		this.#writing = null;
	}

	/** Null when it was stopped before. */
	async #untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T | null> {
		const backoff = new Backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, random: this.#options.random });
		for (;;) {
			try {
				return await attempt();
			} catch (error) {
				if (this.#abort.signal.aborted) return null;
				if (backoff.failures === 3) this.#options.log.warn(`${what}: ${(error as Error).message}; it is tried again`);
			}
			await sleep(backoff.nextMs(), undefined, { signal: this.#abort.signal, ref: false }).catch(() => {});
			if (this.#abort.signal.aborted) return null;
		}
	}
}
