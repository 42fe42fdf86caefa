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
 *
 * An update's place in the order is one number: its slot doubled, and one more when it was notified. What is not below
 * that of what is shown counts.
 */
export class AccountOrder {
	readonly #shown: Float64Array;

	constructor(accounts: number) {
		this.#shown = new Float64Array(accounts).fill(NEVER);
	}

	/** Takes an update's slot when it counts. */
	admit(account: number, slot: number, source: UpdateSource): OrderVerdict {
		const isNotified = source === "notification";
		const place = slot * 2 + (isNotified ? 1 : 0);
		if (place < this.#shown[account]!) return isNotified ? "outOfOrder" : "superseded";
		this.#shown[account] = place;
		return "applied";
	}

	/** The newest slot that any of these accounts shows; 0 before the first update. */
	newestSlot(first: number, count: number): number {
		let newest = 0;
		for (let account = first; account < first + count; account++) {
			if (this.#shown[account]! > newest) newest = this.#shown[account]!;
		}
		return Math.floor(newest / 2);
	}

	/** What the accounts showed came over a connection that is gone. */
	forget(first: number, count: number): void {
		for (let account = first; account < first + count; account++) {
			const shown = this.#shown[account]!;
			if (shown !== NEVER) this.#shown[account] = Math.floor(shown / 2) * 2;
		}
	}

	/** The number stands for another account from now on. */
	reset(account: number): void {
		this.#shown[account] = NEVER;
	}
}
