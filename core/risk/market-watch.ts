import { SlotClock } from "../market/slot-clock.ts";
import type { Blockhash } from "../types/identifiers.ts";

/** The chain's newest slot and blockhash as a feed told them. */
export interface SlotNotice {
	readonly shard: string;
	readonly slot: number;
	readonly blockHeight: number;
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
}

/** A blockhash that new intents may bind to. */
export interface UsableBlockhash {
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
}

/** Solana's slot length: the shortest that staleness in time is judged by. */
const SLOT_MICROS = 400_000;
/** An intent must have this many blocks (about 13 s) left to land in. */
const MINIMUM_BLOCKS_LEFT = 32;
/** A shard that was not heard for so long is gone; intents are then judged by the shards that speak. */
const FORGET_SHARD_MICROS = 60_000_000;
const MAXIMUM_SHARDS = 64;

interface Shard {
	fresh: boolean;
	reason: string;
	heardAtMicros: number;
}

/** What risk knows of the market's age, from the feeds' notices. All times monotonic, microseconds. */
export class MarketWatch {
	readonly #shards = new Map<string, Shard>();
	#newest: SlotNotice | null = null;
	readonly #clock = new SlotClock();

	get slot(): number {
		return this.#newest?.slot ?? 0;
	}

	get blockHeight(): number {
		return this.#newest?.blockHeight ?? 0;
	}

	heard(notice: SlotNotice, nowMicros: number): void {
		const shard = this.#shard(notice.shard, nowMicros);
		if (shard) shard.heardAtMicros = nowMicros;
		if (this.#clock.observe(notice.slot, nowMicros)) this.#newest = notice;
	}

	freshnessChanged(
		notice: { readonly shard: string; readonly fresh: boolean; readonly reason: string },
		nowMicros: number,
	): void {
		const shard = this.#shard(notice.shard, nowMicros);
		if (!shard) return;
		shard.fresh = notice.fresh;
		shard.reason = notice.reason;
		shard.heardAtMicros = nowMicros;
	}

	/** The newest blockhash, or why there is none to bind to. */
	blockhash(): UsableBlockhash | string {
		if (!this.#newest) return "no feed has told a blockhash yet";
		const { blockhash, blockHeight, lastValidBlockHeight } = this.#newest;
		const left = lastValidBlockHeight - blockHeight;
		if (left < MINIMUM_BLOCKS_LEFT) {
			return `the newest blockhash has ${left} blocks left, ${MINIMUM_BLOCKS_LEFT} are needed`;
		}
		return { blockhash, lastValidBlockHeight };
	}

	/**
	 * Why the market is too old to trade on, or null.
	 *
	 * @param observedSlots slots of the pool states behind the intent's quotes
	 */
	staleness(observedSlots: readonly number[], staleAfterSlots: number, nowMicros: number): string | null {
		if (!this.#newest) return "no feed has told a slot yet";
		const silentMicros = nowMicros - this.#clock.observedAtMicros;
		if (silentMicros > staleAfterSlots * Math.max(SLOT_MICROS, this.#clock.slotDurationMicros)) {
			return `no new slot for ${Math.floor(silentMicros / 1_000)} ms`;
		}
		for (const [name, shard] of this.#shards) {
			if (nowMicros - shard.heardAtMicros > FORGET_SHARD_MICROS) this.#shards.delete(name);
			else if (!shard.fresh) return `feed ${name} is not fresh: ${shard.reason}`;
		}
		for (const slot of observedSlots) {
			// A quote from the far future is no fresher than one from the past: one of the two clocks is wrong.
			const age = Math.abs(this.#newest.slot - slot);
			if (age > staleAfterSlots) return `quoted at slot ${slot}, the chain is at ${this.#newest.slot}`;
		}
		return null;
	}

	#shard(name: string, nowMicros: number): Shard | null {
		const known = this.#shards.get(name);
		if (known) return known;
		// More shards than any deployment has: their slots count, their freshness cannot be kept.
		if (this.#shards.size >= MAXIMUM_SHARDS) return null;
		const shard = { fresh: true, reason: "", heardAtMicros: nowMicros };
		this.#shards.set(name, shard);
		return shard;
	}
}
