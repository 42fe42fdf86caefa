/** What the order of updates makes of one. */
export type OrderVerdict = "applied" | "outOfOrder" | "superseded";

/** A notification of a live subscription, or an answer to a read. */
export type UpdateSource = "notification" | "read";

const NEVER = -1;

/**
 * Which update of an account counts, by the account's number. A notification older than what its account already shows
 * is refused. Notifications of one subscription come in order, so of two with the same slot the later counts. A read
 * and a notification of the same slot cannot be ordered; then the notification stays, because any change after the read
 * is notified too. What an earlier connection told does not count in this: {@link forget} opens it to the next read of
 * the same slot.
 */
export class AccountOrder {
	readonly #slots: Float64Array;
	/** What is shown was notified by the connection of now. */
	readonly #isNotified: Uint8Array;

	constructor(accounts: number) {
		this.#slots = new Float64Array(accounts).fill(NEVER);
		this.#isNotified = new Uint8Array(accounts);
	}

	/** Takes an update's slot when it counts. */
	admit(account: number, slot: number, source: UpdateSource): OrderVerdict {
		const known = this.#slots[account]!;
		if (source === "read") {
			if (slot < known || (slot === known && this.#isNotified[account] === 1)) return "superseded";
		} else if (slot < known) {
			return "outOfOrder";
		}
		this.#slots[account] = slot;
		this.#isNotified[account] = source === "notification" ? 1 : 0;
		return "applied";
	}

	/** The newest slot that any of these accounts shows; 0 before the first update. */
	newestSlot(first: number, count: number): number {
		let newest = 0;
		for (let account = first; account < first + count; account++) {
			if (this.#slots[account]! > newest) newest = this.#slots[account]!;
		}
		return newest;
	}

	/** What the accounts showed came over a connection that is gone. */
	forget(first: number, count: number): void {
		this.#isNotified.fill(0, first, first + count);
	}

	/** The number stands for another account from now on. */
	reset(account: number): void {
		this.#slots[account] = NEVER;
		this.#isNotified[account] = 0;
	}
}
