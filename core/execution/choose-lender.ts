import type { PoolDescriptor } from "../market/pool.ts";
import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import { type FlashLender, flashLoanFee, quoteFlashLoan } from "./flash-loan.ts";
import { fitsPacket } from "./transaction-size.ts";

/** What is to be borrowed. */
export interface LoanNeed {
	readonly mint: Address;
	/** Base units of {@link mint}. */
	readonly amount: bigint;
}

/** Of a mint's lenders, so many are looked at. */
export const MOST_LENDERS = 4;

/**
 * The lenders of a mint, the best first: by what a loan of that amount costs, then by what they have. Whether they have
 * so much is not asked.
 */
export function rankLenders(lenders: readonly FlashLender[], { mint, amount }: LoanNeed): readonly FlashLender[] {
	const ranked = lenders.filter((lender) => lender.mint === mint);
	ranked.sort((one, other) => {
		const [fee, otherFee] = [flashLoanFee(amount, one), flashLoanFee(amount, other)];
		if (fee !== otherFee) return fee < otherFee ? -1 : 1;
		if (one.availableAmount === other.availableAmount) return 0;
		return one.availableAmount > other.availableAmount ? -1 : 1;
	});
	return ranked.slice(0, MOST_LENDERS);
}

/** A trade through these pools. */
export interface RouteRoom {
	readonly pools: readonly PoolDescriptor[];
	readonly isTipped: boolean;
	/** By leg, which way its swap goes; absent: of each the way that takes more. */
	readonly directions?: readonly Direction[];
	/** By leg, the arrays that its swap names; absent: as few as such a swap may name. */
	readonly arrays?: readonly (readonly number[])[];
	/** Of the lookup table that risk would have it use; absent: none is known. */
	readonly tableEntries?: ReadonlySet<Address>;
}

/**
 * Those of the lenders whose instructions leave a trade through these pools within one packet, with the lookup table
 * where there is one, in the same order; none of them where no transaction fits.
 */
export function lendersWithRoom(
	lenders: readonly FlashLender[],
	{ tableEntries, ...route }: RouteRoom,
): readonly FlashLender[] {
	return lenders.filter((lender) => fitsPacket({ ...route, lender }) || fitsPacket({ ...route, lender }, tableEntries));
}

/**
 * The best of ranked lenders that gives a loan of `amount`, or has anything where that is null; where none does, the best
 * of all, to tell its refusal.
 */
export function chooseLender(ranked: readonly FlashLender[], amount: bigint | null): FlashLender | null {
	const gives = (lender: FlashLender) =>
		amount === null ? lender.availableAmount > 0n : quoteFlashLoan(lender, amount).ok;
	return ranked.find(gives) ?? ranked[0] ?? null;
}
