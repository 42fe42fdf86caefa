import type { Address } from "../../core/types/address.ts";
import { readUint64 } from "../../core/types/bytes.ts";
import type { Blockhash } from "../../core/types/identifiers.ts";
import type { AccountReader } from "../../libs/solana/account-reader.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";

export interface ChainHeadOptions {
	readonly rpc: SolanaRpc;
	readonly reader: AccountReader;
	readonly requestTimeoutMs: number;
	/** A blockhash that was read longer ago is not told as if it were of now. */
	readonly maximumAgeSlots: number;
	readonly onAdvanced: (head: Head) => void;
	readonly onTrouble: (reason: string) => void;
}

export interface Head {
	readonly slot: number;
	readonly observedAtMicros: number;
	readonly blockHeight: number;
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
	/** Unix seconds. */
	readonly chainSeconds: number;
	readonly epoch: number;
}

interface HeldBlockhash {
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
	/** The newest slot when it was asked for. */
	readonly askedAtSlot: number;
}

const CLOCK_SYSVAR = "SysvarC1ock11111111111111111111111111111111" as Address;
/** Solana's `Clock` (slot, epoch_start_timestamp, epoch, leader_schedule_epoch, unix_timestamp), i64. */
const EPOCH_OFFSET = 16;
const UNIX_TIMESTAMP_OFFSET = 32;
const CLOCK_BYTES = 40;
const CLOCK_EVERY_SLOTS = 4;
/** A blockhash is accepted up to the height of its block plus this (Agave: `MAX_PROCESSING_AGE`). */
const BLOCKHASH_LIFE_BLOCKS = 150;

/**
 * Tells of every new slot once, with the blockhash that new transactions bind to. Blockhash and chain clock are asked
 * for once a slot at most, never twice at a time; the clock, which opening times and decaying fees need, every few slots.
 */
export class ChainHead {
	readonly #options: ChainHeadOptions;
	readonly #abort = new AbortController();
	#slot = -1;
	#observedAtMicros = 0;
	#toldSlot = -1;
	#held: HeldBlockhash | null = null;
	#chainSeconds = 0;
	#epoch = 0;
	#clockAtSlot = Number.NEGATIVE_INFINITY;
	#isAsking = false;

	constructor(options: ChainHeadOptions) {
		this.#options = options;
	}

	/** The chain's clock when it was last read, Unix seconds; 0 before. Lags by up to a few slots, never leads. */
	get chainSeconds(): number {
		return this.#chainSeconds;
	}

	/** The chain's epoch when its clock was last read; 0 before. */
	get epoch(): number {
		return this.#epoch;
	}

	/** A slot newer than all before it was seen. */
	advance(slot: number, observedAtMicros: number): void {
		this.#slot = slot;
		this.#observedAtMicros = observedAtMicros;
		this.#tell();
		if (!this.#isAsking) void this.#ask(slot);
	}

	stop(): void {
		this.#abort.abort();
	}

	#tell(): void {
		const held = this.#held;
		if (!held || this.#isTooOld(held) || this.#chainSeconds === 0 || this.#toldSlot === this.#slot) return;
		this.#toldSlot = this.#slot;
		this.#options.onAdvanced({
			slot: this.#slot,
			observedAtMicros: this.#observedAtMicros,
			blockHeight: held.lastValidBlockHeight - BLOCKHASH_LIFE_BLOCKS,
			blockhash: held.blockhash,
			lastValidBlockHeight: held.lastValidBlockHeight,
			chainSeconds: this.#chainSeconds,
			epoch: this.#epoch,
		});
	}

	#isTooOld(held: HeldBlockhash): boolean {
		return this.#slot - held.askedAtSlot > this.#options.maximumAgeSlots;
	}

	async #ask(slot: number): Promise<void> {
		this.#isAsking = true;
		try {
			await Promise.all([this.#askBlockhash(slot), this.#askClock(slot)]);
			if (!this.#abort.signal.aborted) this.#tell();
		} catch (error) {
			if (!this.#abort.signal.aborted) this.#options.onTrouble((error as Error).message);
		} finally {
			this.#isAsking = false;
		}
	}

	async #askBlockhash(slot: number): Promise<void> {
		const { rpc, requestTimeoutMs } = this.#options;
		const abortSignal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(requestTimeoutMs)]);
		const { value } = await rpc.getLatestBlockhash({ commitment: "confirmed" }).send({ abortSignal });
		const lastValidBlockHeight = Number(value.lastValidBlockHeight);
		// One of several nodes behind an address may lag: it does not take back what another one said.
		const held = this.#held;
		if (held && lastValidBlockHeight < held.lastValidBlockHeight && !this.#isTooOld(held)) return;
		this.#held = { blockhash: value.blockhash as Blockhash, lastValidBlockHeight, askedAtSlot: slot };
	}

	async #askClock(slot: number): Promise<void> {
		if (slot - this.#clockAtSlot < CLOCK_EVERY_SLOTS) return;
		const { accounts } = await this.#options.reader.readTogether([CLOCK_SYSVAR], this.#abort.signal);
		const data = accounts[0]?.data;
		if (!data || data.length < CLOCK_BYTES) throw new Error(`the node shows no clock at ${CLOCK_SYSVAR}`);
		this.#chainSeconds = Number(readUint64(data, UNIX_TIMESTAMP_OFFSET));
		this.#epoch = Number(readUint64(data, EPOCH_OFFSET));
		this.#clockAtSlot = slot;
	}
}
