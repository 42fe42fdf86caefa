import type { Address } from "../types/address.ts";
import type { Signature } from "../types/identifiers.ts";
import type { Booking } from "./booking.ts";
import { Equity } from "./equity.ts";
import type { BookingOrigin, LedgerCheckpoint } from "./ledger-record.ts";
import { TotalsByMint } from "./mint-totals.ts";
import { Positions } from "./positions.ts";
import { Spending } from "./spending.ts";

type Stored = Pick<LedgerCheckpoint, "totals" | "recent" | "origins" | "spending" | "positions" | "equity">;

/**
 * What transactions did: the sums of the books, profit, positions and spending. A booking can be taken back while its
 * block is not proven; then everything is as if it had not been, but for the hour's budget of fees.
 */
export class Booked {
	readonly totals: TotalsByMint;
	readonly positions: Positions;
	readonly equity: Equity;
	readonly spending: Spending;
	/** Of slots that are not proven yet. */
	readonly #recent: Map<Signature, Booking>;
	/** What each of them was made for. */
	readonly #origins: Map<Signature, BookingOrigin>;

	constructor(stored: Stored = { totals: [], recent: [] }) {
		this.totals = new TotalsByMint(stored.totals);
		this.positions = new Positions(stored.positions);
		this.equity = new Equity(stored.equity);
		this.spending = new Spending(stored.spending);
		this.#recent = new Map(stored.recent.map((booking) => [booking.signature, booking]));
		this.#origins = new Map(stored.origins);
	}

	get stored(): Stored {
		return {
			totals: this.totals.entries,
			recent: [...this.#recent.values()],
			origins: [...this.#origins],
			spending: this.spending.record,
			positions: this.positions.entries,
			equity: this.equity.entries,
		};
	}

	get recent(): Iterable<Booking> {
		return this.#recent.values();
	}

	has(signature: Signature): boolean {
		return this.#recent.has(signature);
	}

	recentBooking(signature: Signature): Booking | undefined {
		return this.#recent.get(signature);
	}

	originOf(signature: Signature): BookingOrigin | undefined {
		return this.#origins.get(signature);
	}

	/** @throws Error when the booking cannot be taken back */
	assertReversible(signature: Signature): void {
		if (!this.#recent.has(signature)) {
			throw new Error(`${signature} is taken back without having been booked not long ago`);
		}
		if (!this.#origins.has(signature)) {
			throw new Error(`${signature} was booked by a version that kept no way to take it back`);
		}
	}

	book(booking: Booking, origin: BookingOrigin): void {
		for (const change of booking.changes) {
			this.spending.paid(change, origin.atMicros);
			this.totals.book(change, 1n);
		}
		this.#have(origin, 1n);
		this.#recent.set(booking.signature, booking);
		this.#origins.set(booking.signature, origin);
	}

	takeBack(signature: Signature): BookingOrigin {
		const booking = this.#recent.get(signature) as Booking;
		const origin = this.#origins.get(signature) as BookingOrigin;
		this.#recent.delete(signature);
		this.#origins.delete(signature);
		for (const change of booking.changes) this.totals.book(change, -1n);
		this.#have(origin, -1n);
		return origin;
	}

	/** No transaction up to a slot is missing, and none of them can vanish. */
	prove(slot: number): void {
		for (const [signature, booking] of this.#recent) {
			if (booking.slot > slot) continue;
			this.#recent.delete(signature);
			this.#origins.delete(signature);
		}
	}

	/** Profit, equity and positions as a booking changed them; with sign −1 as they were without it. */
	#have({ effects, reservation, atMicros }: BookingOrigin, sign: 1n | -1n): void {
		for (const [mint, amount] of effects.realised) {
			this.totals.realise(mint, sign * amount, atMicros);
			if (reservation) this.spending.realised(reservation.strategy, mint, sign * amount, atMicros);
		}
		for (const [mint, amount] of effects.earned) this.equity.add(mint, sign * amount);
		for (const { mint, amount, costs } of effects.positions) {
			const signed = costs.map(([paid, cost]): [Address, bigint] => [paid, sign * cost]);
			this.positions.apply({ mint, amount: sign * amount, costs: signed });
		}
	}
}
