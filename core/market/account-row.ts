import type { NamedAccount } from "./named-account.ts";
import type { PoolDescriptor } from "./pool.ts";
import type { AccountPlace, AccountTick, Tick, TickHead } from "./tick-batch.ts";
import type { AccountMarket, AccountVenue, WantedAccount } from "./venues/venue.ts";

/** The pool itself, its oracle and the like, and the arrays on both sides of the price. */
const MOST_ACCOUNTS = 16;
const POOL = 0;

interface Followed {
	readonly place: AccountPlace;
	readonly startIndex: number;
	readonly named: NamedAccount;
	/** Another account had its number before: who hears the row may know this one from still earlier. */
	readonly isRenumbered: boolean;
	/** A copy of the newest bytes; null: there is no such account; undefined: nobody has told yet. */
	data: Uint8Array | null | undefined;
	isReadable: boolean;
	isChanged: boolean;
}

/**
 * A pool that is priced by whole accounts. Which arrays it follows moves with the price: those that are not wanted any
 * more stay until their numbers are needed, and are told once more when they are wanted again: markets may forget them.
 * Whole when the pool's account is readable and nothing that was read is not: an array that is missing makes the quotes
 * that need it fail, and no others. Only one that may have been followed before is waited for.
 */
export class AccountRow {
	/** Numbers of accounts are below this. */
	readonly capacity = MOST_ACCOUNTS;
	readonly #venue: AccountVenue;
	readonly #market: AccountMarket;
	readonly #followed: (Followed | undefined)[] = new Array(MOST_ACCOUNTS).fill(undefined);
	#wanted: readonly WantedAccount[] = [];
	#fresh: NamedAccount[] = [];
	#leftOut = 0;

	constructor(venue: AccountVenue, pool: PoolDescriptor) {
		this.#venue = venue;
		this.#market = venue.open(pool);
		this.#followed[POOL] = followed({
			place: "pool",
			startIndex: 0,
			named: { account: POOL, address: pool.address },
			isRenumbered: false,
		});
	}

	/** The accounts that are followed now. */
	get accounts(): readonly NamedAccount[] {
		return this.#followed.flatMap((one) => (one === undefined ? [] : [one.named]));
	}

	/** Accounts that were wanted and had no room. */
	get leftOut(): number {
		return this.#leftOut;
	}

	/**
	 * Takes an account's bytes; null when the chain has no such account. Nothing of `data` is kept without a copy. False:
	 * the row cannot be whole with it.
	 */
	take(account: number, data: Uint8Array | null): boolean {
		const one = this.#followed[account];
		if (one === undefined) return false;
		const { place, startIndex } = one;
		one.isReadable = (data !== null || account !== POOL) && this.#market.apply({ place, startIndex, data });
		one.isChanged = true;
		one.data = copyInto(one.data, data);
		if (one.isReadable) this.#follow();
		return one.isReadable;
	}

	/** All that a quote depends on is known and readable. */
	get isWhole(): boolean {
		if (this.#followed[POOL]?.isReadable !== true) return false;
		return this.#followed.every((one) => one === undefined || isFit(one));
	}

	/** Accounts that are followed since the last call; those whose numbers they have are not followed any more. */
	takeWanted(): readonly NamedAccount[] {
		const fresh = this.#fresh;
		if (fresh.length > 0) this.#fresh = [];
		return fresh;
	}

	/** What changed since the last call; a status alone when nothing of the state did. */
	takeTicks(head: TickHead): readonly Tick[] {
		const ticks: Tick[] = [];
		for (const one of this.#followed) {
			if (!one?.isChanged) continue;
			one.isChanged = false;
			const tick = tickOf(one, head);
			if (tick !== null) ticks.push(tick);
		}
		if (ticks.length === 0) ticks.push({ kind: "status", ...head });
		return ticks;
	}

	/** The whole state. */
	allTicks(head: TickHead): readonly Tick[] {
		const ticks = this.#followed.flatMap((one) => (one === undefined ? [] : (tickOf(one, head) ?? [])));
		return ticks.length > 0 ? ticks : [{ kind: "status", ...head }];
	}

	/** Gives numbers to accounts that are wanted and not followed. The market hands out the same list until it changes. */
	#follow(): void {
		const wanted = this.#market.wanted();
		if (wanted === this.#wanted) return;
		const before = this.#wanted;
		this.#wanted = wanted;
		for (const { place, startIndex, seeds } of wanted) {
			const known = this.#followed.find((one) => one?.place === place && one.startIndex === startIndex);
			if (known !== undefined) {
				if (!isAmong(before, known)) known.isChanged = true;
				continue;
			}
			const account = this.#freeNumber();
			if (account === -1) {
				this.#leftOut++;
				continue;
			}
			const named = { account, address: { program: this.#venue.programId, seeds } };
			const isRenumbered = this.#followed[account] !== undefined;
			this.#followed[account] = followed({ place, startIndex, named, isRenumbered });
			this.#fresh.push(named);
		}
	}

	#freeNumber(): number {
		const empty = this.#followed.indexOf(undefined);
		if (empty !== -1) return empty;
		return this.#followed.findIndex(
			(one, account) => account !== POOL && one !== undefined && !isAmong(this.#wanted, one),
		);
	}
}

function followed(one: Pick<Followed, "place" | "startIndex" | "named" | "isRenumbered">): Followed {
	return { ...one, data: undefined, isReadable: false, isChanged: false };
}

function isFit({ data, isReadable, isRenumbered }: Followed): boolean {
	return data === undefined ? !isRenumbered : isReadable;
}

function isAmong(wanted: readonly WantedAccount[], { place, startIndex }: Followed): boolean {
	return wanted.some((one) => one.place === place && one.startIndex === startIndex);
}

/** Bytes that cannot be read are not passed on: the row's stale mark says all. */
function tickOf({ place, startIndex, data, isReadable }: Followed, head: TickHead): AccountTick | null {
	if (data === undefined || !isReadable) return null;
	return { kind: "account", ...head, place, startIndex, data };
}

/** Accounts keep their size, so that the copy is made in place. */
function copyInto(copy: Uint8Array | null | undefined, data: Uint8Array | null): Uint8Array | null {
	if (data === null) return null;
	if (copy?.length !== data.length) return Uint8Array.from(data);
	copy.set(data);
	return copy;
}
