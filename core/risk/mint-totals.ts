import type { Address } from "../types/address.ts";
import type { BookedChange } from "./booking.ts";
import type { MintTotals } from "./ledger-record.ts";

const MICROS_PER_DAY = 86_400_000_000;

const NO_TOTALS: MintTotals = {
	fills: 0n,
	fees: 0n,
	tips: 0n,
	loanFees: 0n,
	transfers: 0n,
	realised: 0n,
	day: 0,
	realisedOfDay: 0n,
};

/** The sums of the books by mint, since the ledger was opened. */
export class TotalsByMint {
	readonly #totals: Map<Address, MintTotals>;

	constructor(entries: readonly (readonly [Address, MintTotals])[] = []) {
		// Checkpoints of before there were tips have none.
		this.#totals = new Map(entries.map(([mint, totals]) => [mint, { ...NO_TOTALS, ...totals }]));
	}

	get entries(): readonly (readonly [Address, MintTotals])[] {
		return [...this.#totals];
	}

	get mints(): Iterable<Address> {
		return this.#totals.keys();
	}

	of(mint: Address): MintTotals {
		return this.#totals.get(mint) ?? NO_TOTALS;
	}

	/** Profit (negative: loss) of trades on the UTC day of a moment, base units of the mint. */
	realisedToday(mint: Address, nowMicros: number): bigint {
		const totals = this.#totals.get(mint);
		const day = dayOf(nowMicros);
		if (!totals || totals.day < day) return 0n;
		// A clock that stepped back over midnight forgets no loss, and lends no profit.
		return totals.day > day && totals.realisedOfDay > 0n ? 0n : totals.realisedOfDay;
	}

	/** A transaction's change of a mint is in the books from now on; with sign −1 no more. */
	book({ mint, fill, transfer = 0n, loanFee, networkFee, tip = 0n }: BookedChange, sign: 1n | -1n): void {
		const totals = this.of(mint);
		this.#totals.set(mint, {
			...totals,
			fills: totals.fills + sign * fill,
			fees: totals.fees + sign * networkFee,
			tips: totals.tips + sign * tip,
			loanFees: totals.loanFees + sign * loanFee,
			transfers: totals.transfers + sign * transfer,
		});
	}

	/** A trade earned or lost; with the other sign it is taken back. What is taken back of another day leaves today as it is. */
	realise(mint: Address, amount: bigint, atMicros: number): void {
		const totals = this.of(mint);
		const day = dayOf(atMicros);
		const realised = totals.realised + amount;
		if (day < totals.day) this.#totals.set(mint, { ...totals, realised });
		else {
			const ofDay = (totals.day === day ? totals.realisedOfDay : 0n) + amount;
			this.#totals.set(mint, { ...totals, realised, day, realisedOfDay: ofDay });
		}
	}
}

function dayOf(micros: number): number {
	return Math.floor(micros / MICROS_PER_DAY);
}
