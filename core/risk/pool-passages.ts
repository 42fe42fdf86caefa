import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";

/** A pool that an intent swaps through, and which way. */
export interface Passage {
	readonly pool: Address;
	readonly direction: Direction;
}

interface Traffic {
	/** Open intents each way. */
	aToB: number;
	bToA: number;
	/** The newest slot in which an intent was approved each way; −1 for none. */
	aToBSlot: number;
	bToASlot: number;
}

const NEVER = -1;
/** When so many pools are remembered, those without traffic are forgotten. */
const SWEEP_AT = 1_024;

/**
 * Which way approved intents go through which pools, so that the desk does not trade with itself: an intent against one
 * that is open, or that was approved in the same slot, would hand our own price to our own order in whatever order the
 * leader chose. Two intents the same way are no such trade: each has its own guard, and the second is refused by the
 * chain when the first took what it was after.
 */
export class PoolPassages {
	readonly #traffic = new Map<Address, Traffic>();

	open(passages: readonly Passage[], slot: number): void {
		for (let at = 0; at < passages.length; at++) {
			const { pool, direction } = passages[at] as Passage;
			let traffic = this.#traffic.get(pool);
			if (!traffic) {
				if (this.#traffic.size >= SWEEP_AT) this.#sweep(slot);
				traffic = { aToB: 0, bToA: 0, aToBSlot: NEVER, bToASlot: NEVER };
				this.#traffic.set(pool, traffic);
			}
			if (direction === "aToB") {
				traffic.aToB++;
				traffic.aToBSlot = slot;
			} else {
				traffic.bToA++;
				traffic.bToASlot = slot;
			}
		}
	}

	close(passages: readonly Passage[]): void {
		for (let at = 0; at < passages.length; at++) {
			const { pool, direction } = passages[at] as Passage;
			const traffic = this.#traffic.get(pool);
			if (!traffic) throw new Error(`an intent leaves ${pool}, which none had entered`);
			if (direction === "aToB") traffic.aToB--;
			else traffic.bToA--;
		}
	}

	/** Whether something open, or approved in that slot, goes through the pool the other way. */
	isAgainst(pool: Address, direction: Direction, slot: number): boolean {
		const traffic = this.#traffic.get(pool);
		if (!traffic) return false;
		return direction === "aToB"
			? traffic.bToA > 0 || traffic.bToASlot === slot
			: traffic.aToB > 0 || traffic.aToBSlot === slot;
	}

	#sweep(slot: number): void {
		for (const [pool, { aToB, bToA, aToBSlot, bToASlot }] of this.#traffic) {
			if (aToB === 0 && bToA === 0 && aToBSlot !== slot && bToASlot !== slot) this.#traffic.delete(pool);
		}
	}
}
