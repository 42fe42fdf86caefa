import type { Address } from "../types/address.ts";
import type { LedgerState } from "./ledger-state.ts";

/**
 * A mint's line: opening + fills − fees − tips − loanFees + difference = chain. Base units. The opening is the capital: what was
 * there at first, and what was brought in or taken out since without a trade.
 */
export interface BooksLine {
	readonly mint: Address;
	readonly opening: bigint;
	readonly fills: bigint;
	readonly fees: bigint;
	readonly tips: bigint;
	readonly loanFees: bigint;
	readonly chain: bigint;
	readonly difference: bigint;
}

/** What the wallet holds on chain at one slot, by mint; a mint that is absent is held with 0. */
export interface ChainBalances {
	readonly slot: number;
	readonly amounts: ReadonlyMap<Address, bigint>;
}

/**
 * The books at the slot of the balances: bookings of later slots are left out. True as soon as every transaction up to
 * that slot is booked. `slot` must not lie before the ledger's proven slot, whose bookings are known as sums only.
 *
 * @throws RangeError when it does
 */
export function booksAt(ledger: LedgerState, balances: ChainBalances): readonly BooksLine[] {
	if (balances.slot < ledger.provenSlot) {
		throw new RangeError(`books at slot ${balances.slot} cannot be told apart from those at ${ledger.provenSlot}`);
	}
	const later = sumAfter(ledger, balances.slot);
	const mints = new Set([...ledger.mints, ...balances.amounts.keys()]);
	return [...mints].map((mint) => {
		const totals = ledger.totals(mint);
		const after = later.get(mint) ?? NOTHING;
		const opening = ledger.capital(mint) - after.transfers;
		const fills = totals.fills - after.fills;
		const fees = totals.fees - after.fees;
		const tips = totals.tips - after.tips;
		const loanFees = totals.loanFees - after.loanFees;
		const chain = balances.amounts.get(mint) ?? 0n;
		const difference = chain - (opening + fills - fees - tips - loanFees);
		return { mint, opening, fills, fees, tips, loanFees, chain, difference };
	});
}

interface Sum {
	readonly transfers: bigint;
	readonly fills: bigint;
	readonly fees: bigint;
	readonly tips: bigint;
	readonly loanFees: bigint;
}

const NOTHING: Sum = { transfers: 0n, fills: 0n, fees: 0n, tips: 0n, loanFees: 0n };

function sumAfter(ledger: LedgerState, slot: number): ReadonlyMap<Address, Sum> {
	const sums = new Map<Address, Sum>();
	for (const booking of ledger.recentBookings) {
		if (booking.slot <= slot) continue;
		for (const { mint, fill, transfer = 0n, networkFee, loanFee, tip = 0n } of booking.changes) {
			const sum = sums.get(mint) ?? NOTHING;
			sums.set(mint, {
				transfers: sum.transfers + transfer,
				fills: sum.fills + fill,
				fees: sum.fees + networkFee,
				tips: sum.tips + tip,
				loanFees: sum.loanFees + loanFee,
			});
		}
	}
	return sums;
}
