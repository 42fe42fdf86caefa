import type { LookupTableStatus } from "../../broker/contracts/executor.ts";
import type { KnownTable, TableUse, WantedEntries } from "../../core/execution/lookup-table.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import type { Refusal } from "./refusal.ts";
import type { TableGrowth } from "./table-growth.ts";
import type { TableReader } from "./table-reader.ts";

export interface LookupTablesOptions {
	readonly reader: TableReader;
	readonly growth: TableGrowth;
	readonly clock: Clock;
	/** What the wallet's table should hold. */
	readonly wanted: () => WantedEntries;
	/** The wallet's table may be used, or more of it than before. */
	readonly onUsable: () => void;
	/** A transaction did not fit for the first time. */
	readonly onDemand: () => void;
}

/** Tables that are kept: the wallet's, and what others of the wallet's executors made before they knew of each other. */
const MOST_TABLES = 16;
/** A table that was just found unusable is not asked for again at once. */
const REREAD_MICROS = 500_000;
/** How often a table that needs nothing is looked at: somebody may have deactivated it. */
const LOOK_MICROS = 30_000_000;

interface ReadTable {
	readonly table: Result<KnownTable, string>;
	readonly readMicros: number;
}

/**
 * The lookup tables that an executor may use: those that an approval names, as far as the chain confirms them; and the
 * wallet's own one, which is made when a transaction does not fit without, found again by whoever starts later, and
 * extended as the market grows. A table only grows, so that what was sealed stays true.
 */
export class LookupTables {
	readonly #options: LookupTablesOptions;
	readonly #tables = new Map<Address, ReadTable>();
	readonly #reads = new Map<Address, Promise<void>>();
	/** The part of a table that was asked for last: most intents want the same. */
	#offered: KnownTable | null = null;
	#own: Address | null = null;
	#isDemanded = false;
	#leftOut = 0;
	/** What the table was filled with. */
	#filledWith: readonly Address[] | null = null;
	#lookedMicros = Number.NEGATIVE_INFINITY;

	constructor(options: LookupTablesOptions) {
		this.#options = options;
	}

	/** The wallet's table with all entries that no fork can take back; null while there are none. */
	get current(): KnownTable | null {
		const table = this.#own === null ? null : this.#tables.get(this.#own)?.table;
		return table?.ok && table.value.entries.length > 0 ? table.value : null;
	}

	get status(): LookupTableStatus {
		return { address: this.#own, entries: this.current?.entries.length ?? 0, leftOut: this.#leftOut };
	}

	/** A transaction did not fit without a table: from now on the wallet shall have one. */
	demand(): void {
		if (this.#isDemanded) return;
		this.#isDemanded = true;
		this.#options.onDemand();
	}

	/** What an approval allows of a table, or why it cannot be used; after {@link read} it may be otherwise. Hot path. */
	offered({ address, count }: TableUse): Result<KnownTable, Refusal> {
		if (this.#offered?.address === address && this.#offered.entries.length === count) return success(this.#offered);
		const table = this.#tables.get(address)?.table;
		if (!table) return unusable(`the lookup table ${address} was not read yet`);
		if (!table.ok) return unusable(table.error);
		const { entries } = table.value;
		if (entries.length < count) {
			return unusable(`the lookup table ${address} has ${entries.length} entries that are final, not ${count}`);
		}
		this.#offered = { address, entries: entries.slice(0, count) };
		return success(this.#offered);
	}

	/** Reads a table that an approval names. One reading serves all that wait for it. Never rejects. */
	read(address: Address): Promise<void> {
		const known = this.#tables.get(address);
		const { clock, reader } = this.#options;
		if (known && clock.monotonicMicros() - known.readMicros < REREAD_MICROS) return Promise.resolve();
		let reading = this.#reads.get(address);
		if (!reading) {
			reading = reader
				.read(address, "finalized")
				.catch((error: Error) => failure(`the lookup table ${address} cannot be read: ${error.message}`))
				.then((table) => this.#take(address, table))
				.finally(() => this.#reads.delete(address));
			this.#reads.set(address, reading);
		}
		return reading;
	}

	/**
	 * One step towards a table that holds what is wanted. To be repeated.
	 *
	 * @returns whether a further step soon would bring it on
	 * @throws when the chain cannot be asked, or the transaction may not be signed
	 */
	async maintain(): Promise<boolean> {
		const { growth, reader, clock, wanted } = this.#options;
		const now = clock.monotonicMicros();
		const want = wanted();
		const isFilled = this.#filledWith !== null && isSameList(this.#filledWith, want.entries);
		if (isFilled && now - this.#lookedMicros < LOOK_MICROS) return false;
		const found = await growth.find({ isDemanded: this.#isDemanded });
		if (!found) return this.#isDemanded ? growth.create() : false;
		this.#own = found.address;
		const isUsed = await this.#use(await reader.read(found.address, "finalized"), found);
		const { isComplete, leftOut } = await growth.extend(found, want);
		this.#leftOut = leftOut;
		if (!isUsed || !isComplete) return !growth.isHalted;
		this.#filledWith = want.entries;
		this.#lookedMicros = now;
		return false;
	}

	/** @returns whether everything that is confirmed is final */
	async #use(final: Result<KnownTable, string>, confirmed: KnownTable): Promise<boolean> {
		const before = this.current?.entries.length ?? 0;
		this.#take(confirmed.address, final);
		if (!final.ok) return false;
		if (final.value.entries.length > before) this.#options.onUsable();
		return final.value.entries.length === confirmed.entries.length;
	}

	#take(address: Address, table: Result<KnownTable, string>): void {
		const known = this.#tables.get(address)?.table;
		// A lagging endpoint tells less than is known: entries that were final stay so.
		const isOlder = table.ok && known?.ok && known.value.entries.length > table.value.entries.length;
		if (!known && this.#tables.size >= MOST_TABLES) this.#forgetOne();
		if (!table.ok && this.#offered?.address === address) this.#offered = null;
		const readMicros = this.#options.clock.monotonicMicros();
		this.#tables.set(address, { table: isOlder ? known : table, readMicros });
	}

	#forgetOne(): void {
		for (const address of this.#tables.keys()) {
			if (address === this.#own) continue;
			this.#tables.delete(address);
			if (this.#offered?.address === address) this.#offered = null;
			return;
		}
	}
}

function isSameList(one: readonly Address[], other: readonly Address[]): boolean {
	return one === other || (one.length === other.length && one.every((address, index) => address === other[index]));
}

function unusable(detail: string): Result<never, Refusal> {
	return failure({ code: "unusableLookupTable", detail });
}
