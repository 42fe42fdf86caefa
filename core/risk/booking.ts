import type { Address } from "../types/address.ts";
import type { Signature } from "../types/identifiers.ts";

/** What one transaction changed of one mint: `fill + transfer − loanFee − networkFee − tip`, base units. */
export interface BookedChange {
	readonly mint: Address;
	readonly fill: bigint;
	/** What was brought in or taken out without a trade: deposits, withdrawals, rents. Absent: nothing. */
	readonly transfer?: bigint;
	readonly loanFee: bigint;
	readonly networkFee: bigint;
	/** Absent: nothing. */
	readonly tip?: bigint;
}

/** A transaction that the books contain. */
export interface Booking {
	readonly signature: Signature;
	readonly slot: number;
	readonly changes: readonly BookedChange[];
}
