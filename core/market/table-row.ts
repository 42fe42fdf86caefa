import type { Address } from "../types/address.ts";
import type { Tick } from "./tick-batch.ts";

/** An account of a row: by its address, or by the seeds from which its program derives one. */
export interface NamedAccount {
	/** Its number among the row's. */
	readonly account: number;
	readonly address: Address | { readonly program: Address; readonly seeds: readonly Uint8Array[] };
}

/** What a row's ticks say besides the row's own state. */
export interface TickStamp {
	readonly poolIndex: number;
	readonly slot: number;
	readonly stale: boolean;
}

/** One pool of a {@link MarketTable}: its changing state, put together from accounts that arrive apart. */
export interface TableRow {
	/** Numbers of accounts are below this. */
	readonly capacity: number;
	/** The accounts that are followed now. */
	readonly accounts: readonly NamedAccount[];
	/**
	 * Takes an account's bytes; null when the chain has no such account. Nothing of `data` is kept without a copy. False:
	 * the row cannot be whole with it.
	 */
	take(account: number, data: Uint8Array | null): boolean;
	/** All that a quote depends on is known and readable. */
	readonly isWhole: boolean;
	/** The pool's account says something else than its description, which has to be made anew. */
	readonly isOutdated: boolean;
	/** Accounts that are followed since the last call; those whose numbers they have are not followed any more. */
	takeWanted(): readonly NamedAccount[];
	/** What changed since the last call; a status alone when nothing of the state did. */
	takeTicks(stamp: TickStamp): readonly Tick[];
	/** The whole state. */
	allTicks(stamp: TickStamp): readonly Tick[];
}
