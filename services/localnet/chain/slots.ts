import { createHash } from "node:crypto";
import { type BlockhashKey, bytesOfKey } from "./keys.ts";
import { BLOCKHASH_WINDOW_SLOTS, type Commitment, FINALITY_SLOTS } from "./types.ts";

/** Complete slots whose time, blockhash and transactions stay known. More than the blockhash window needs. */
export const KEPT_SLOTS = 512;

/** One complete slot; its blockhash exists from its end on. */
export interface SlotRecord {
	readonly slot: number;
	/** Seconds since the Unix epoch. */
	readonly unixTimestamp: number;
	readonly hash: BlockhashKey;
	/** History sequences of its transactions: from `firstSequence` up to, not with, `endSequence`. */
	readonly firstSequence: number;
	readonly endSequence: number;
}

export interface SlotsState {
	readonly slot: number;
	readonly unixTimestamp: number;
	readonly records: readonly SlotRecord[];
}

/**
 * The open slot, the complete ones behind it, and their blockhashes. Slot 0 is genesis and complete from the start; slot
 * 1 is the first that takes transactions. Every slot has a block, so height and slot are the same number.
 *
 * Blockhashes are a hash chain from the genesis hash: the same seed gives the same ones.
 */
export class Slots {
	#slot: number;
	#unixTimestamp: number;
	#records: SlotRecord[];
	readonly #slotOfHash = new Map<BlockhashKey, number>();
	/** Goes into the next blockhash. */
	#branch = "";

	constructor(state: SlotsState) {
		this.#slot = state.slot;
		this.#unixTimestamp = state.unixTimestamp;
		this.#records = [...state.records];
		for (const record of this.#records) this.#slotOfHash.set(record.hash, record.slot);
	}

	static genesis(seed: string, unixTimestamp: number): Slots {
		const genesis = { slot: 0, unixTimestamp, hash: genesisHashOf(seed), firstSequence: 0, endSequence: 0 };
		return new Slots({ slot: 1, unixTimestamp, records: [genesis] });
	}

	get open(): number {
		return this.#slot;
	}

	/** The open slot's time in seconds since the Unix epoch. */
	get unixTimestamp(): number {
		return this.#unixTimestamp;
	}

	at(commitment: Commitment): number {
		if (commitment === "processed") return this.#slot;
		return commitment === "confirmed" ? this.#slot - 1 : Math.max(0, this.#slot - FINALITY_SLOTS);
	}

	/**
	 * Forgets the complete slots after `slot` and opens the next one again. Time does not go back, and what follows has
	 * other blockhashes than what is forgotten: `branch` tells one such future from another.
	 */
	rewind(slot: number, branch: string): void {
		for (const { hash } of this.#records.splice(slot + 1 - this.oldest())) this.#slotOfHash.delete(hash);
		this.#slot = slot + 1;
		this.#branch = branch;
	}

	/** Completes the open slot and opens the next. Time never goes back. */
	advance(unixTimestamp: number, firstSequence: number, endSequence: number): void {
		const parent = this.#records.at(-1)!;
		const hash = sha256(Buffer.concat([bytesOfKey(parent.hash), Buffer.from(this.#branch)]));
		this.#branch = "";
		const record = { slot: this.#slot, unixTimestamp: this.#unixTimestamp, hash, firstSequence, endSequence };
		this.#records.push(record);
		this.#slotOfHash.set(hash, record.slot);
		if (this.#records.length > KEPT_SLOTS) this.#slotOfHash.delete(this.#records.shift()!.hash);
		this.#slot++;
		this.#unixTimestamp = Math.max(this.#unixTimestamp, unixTimestamp);
	}

	/** The newest complete slot at the commitment: the one whose blockhash a client should use. */
	newest(commitment: Commitment): SlotRecord {
		return this.record(Math.min(this.at(commitment), this.#slot - 1))!;
	}

	record(slot: number): SlotRecord | null {
		const oldest = this.oldest();
		return this.#records[slot - oldest] ?? null;
	}

	/** The oldest slot that is still known. */
	oldest(): number {
		return this.#records[0]!.slot;
	}

	/** Whether a transaction with this blockhash may land in a bank at the commitment. */
	isBlockhashValid(hash: BlockhashKey, commitment: Commitment = "processed"): boolean {
		const slot = this.#slotOfHash.get(hash);
		if (slot === undefined) return false;
		const bank = this.at(commitment);
		return slot <= bank && bank <= lastValidBlockHeight(slot);
	}

	/** Newest first. */
	recentHashes(count: number): { slot: number; hash: BlockhashKey }[] {
		return this.#records.slice(-count).reverse();
	}

	state(): SlotsState {
		return { slot: this.#slot, unixTimestamp: this.#unixTimestamp, records: this.#records };
	}
}

/** The last block height that takes a transaction with the blockhash of `slot`. */
export function lastValidBlockHeight(slot: number): number {
	return slot + BLOCKHASH_WINDOW_SLOTS;
}

export function genesisHashOf(seed: string): BlockhashKey {
	return sha256(Buffer.from(`mojo-hft localnet genesis ${seed}`));
}

function sha256(bytes: Buffer): BlockhashKey {
	return createHash("sha256").update(bytes).digest().toString("latin1") as BlockhashKey;
}
