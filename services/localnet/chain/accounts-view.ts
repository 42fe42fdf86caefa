import type { AccountKey } from "./keys.ts";
import { type AccountRow, FINALITY_SLOTS } from "./types.ts";

/** One slot's first writes: what each touched account held before the slot. */
interface SlotOverlay {
	readonly slot: number;
	readonly before: Map<AccountKey, AccountRow | null>;
}

/** What is kept of the view in a snapshot. */
export type AccountsViewState = readonly SlotOverlay[];

/**
 * Accounts as of an earlier slot. The machine holds the newest state only, so for each unfinalized slot the view keeps
 * what its writes replaced; the state at the end of slot `s` is the first replaced content after `s`, or else the newest.
 * Bounded by the {@link FINALITY_SLOTS} slots and by the transactions that a slot takes.
 */
export class AccountsView {
	/** Oldest first; the last one is the open slot's. */
	#overlays: SlotOverlay[];

	constructor(openSlot: number, state?: AccountsViewState) {
		this.#overlays = state === undefined ? [{ slot: openSlot, before: new Map() }] : [...state];
	}

	/** Notes what `key` held before a write in the open slot. */
	touch(key: AccountKey, before: AccountRow | null): void {
		const overlay = this.#overlays.at(-1)!.before;
		if (!overlay.has(key)) overlay.set(key, before);
	}

	/** Opens a slot and forgets those that no commitment level asks for any more. */
	openSlot(slot: number): void {
		this.#overlays.push({ slot, before: new Map() });
		while (this.#overlays[0]!.slot < slot - FINALITY_SLOTS) this.#overlays.shift();
	}

	/** The content of `key` at the end of `slot`, given its newest content. */
	at(key: AccountKey, slot: number, newest: () => AccountRow | null): AccountRow | null {
		for (const overlay of this.#overlays) {
			if (overlay.slot <= slot) continue;
			const before = overlay.before.get(key);
			if (before !== undefined) return before;
		}
		return newest();
	}

	/** All accounts that differ, or may differ, between the end of `slot` and now, with their content at its end. */
	replacedAfter(slot: number): Map<AccountKey, AccountRow | null> {
		const rows = new Map<AccountKey, AccountRow | null>();
		for (const overlay of this.#overlays) {
			if (overlay.slot <= slot) continue;
			for (const [key, before] of overlay.before) if (!rows.has(key)) rows.set(key, before);
		}
		return rows;
	}

	/**
	 * Forgets the slots after `slot` and opens the next one.
	 *
	 * @returns what the accounts written since then held at its end
	 */
	rewind(slot: number): Map<AccountKey, AccountRow | null> {
		const rows = this.replacedAfter(slot);
		this.#overlays = this.#overlays.filter((overlay) => overlay.slot <= slot);
		this.#overlays.push({ slot: slot + 1, before: new Map() });
		return rows;
	}

	/** The accounts that were written in `slot`. */
	writtenIn(slot: number): Iterable<AccountKey> {
		return this.#overlays.find((overlay) => overlay.slot === slot)?.before.keys() ?? [];
	}

	/** Makes the newest content of `key` its content at every kept slot. */
	forget(key: AccountKey): void {
		for (const overlay of this.#overlays) overlay.before.delete(key);
	}

	state(): AccountsViewState {
		return this.#overlays;
	}
}
