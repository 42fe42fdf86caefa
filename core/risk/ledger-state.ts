import { SOL_MINT } from "../execution/fill.ts";
import type { Address } from "../types/address.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import type {
	Booking,
	EndedIntent,
	LedgerCheckpoint,
	LedgerCounters,
	LedgerRecord,
	MintTotals,
	Reservation,
	TrackedAccount,
} from "./ledger-record.ts";

/** How many ended intents are remembered, to tell a repetition from a contradiction. */
const KEPT_ENDED = 2_048;
/** An id stays known for so long after its deadline: a clock may step back by less. */
const REPLAY_TOLERANCE_MICROS = 60_000_000;
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

/**
 * Everything that follows from the ledger's records: open reservations, sums of the books, profit, known ids. The same
 * records give the same state; {@link apply} is the only way to change it.
 */
export class LedgerState {
	#genesisHash = "";
	#wallet: Address | null = null;
	#openedSlot = 0;
	#provenSlot = 0;
	#epoch = 0;
	#opening = new Map<Address, bigint>();
	#totals = new Map<Address, MintTotals>();
	#accounts = new Map<Address, TrackedAccount>();
	#open = new Map<IntentId, Reservation>();
	/** Deadlines by id: what was approved and could still be replayed. */
	#approvedIds = new Map<IntentId, number>();
	#ended = new Map<IntentId, EndedIntent>();
	/** Bookings of slots that are not proven yet, by signature. */
	#recent = new Map<Signature, Booking>();
	#counters: LedgerCounters = { landed: 0, reverted: 0, expired: 0, adopted: 0 };
	/** Sums over #open, kept beside it because the gate asks for every intent. */
	#notional = new Map<Address, bigint>();
	#feesAtStake = 0n;

	get genesisHash(): string {
		return this.#genesisHash;
	}

	/** Whose books these are; null before the ledger is opened. */
	get wallet(): Address | null {
		return this.#wallet;
	}

	get openedSlot(): number {
		return this.#openedSlot;
	}

	/** No transaction up to this slot is missing in the books. */
	get provenSlot(): number {
		return this.#provenSlot;
	}

	get epoch(): number {
		return this.#epoch;
	}

	get counters(): LedgerCounters {
		return this.#counters;
	}

	get openCount(): number {
		return this.#open.size;
	}

	get reservations(): Iterable<Reservation> {
		return this.#open.values();
	}

	get accounts(): Iterable<TrackedAccount> {
		return this.#accounts.values();
	}

	/** Bookings of slots beyond {@link provenSlot}. */
	get recentBookings(): Iterable<Booking> {
		return this.#recent.values();
	}

	/** Mints that the books have a line for. */
	get mints(): ReadonlySet<Address> {
		const accounts = [...this.#accounts.values()].map(({ mint }) => mint);
		return new Set([...this.#opening.keys(), ...this.#totals.keys(), ...accounts]);
	}

	/** What was there at first, and what was brought in or taken out since without a trade; base units. */
	capital(mint: Address): bigint {
		return (this.#opening.get(mint) ?? 0n) + this.totals(mint).transfers;
	}

	totals(mint: Address): MintTotals {
		return this.#totals.get(mint) ?? NO_TOTALS;
	}

	reservation(intentId: IntentId): Reservation | undefined {
		return this.#open.get(intentId);
	}

	/** How an intent ended, when that is not long ago. */
	ended(intentId: IntentId): EndedIntent | undefined {
		return this.#ended.get(intentId);
	}

	isTracked(account: Address): boolean {
		return this.#accounts.has(account);
	}

	/** Whether the books contain a transaction of a slot beyond {@link provenSlot}. */
	hasBooked(signature: Signature): boolean {
		return this.#recent.has(signature);
	}

	/** Whether an id was approved and is open, could still be replayed, or ended not long ago. */
	knowsId(intentId: IntentId): boolean {
		return this.#open.has(intentId) || this.#approvedIds.has(intentId) || this.#ended.has(intentId);
	}

	/** Funding that is in flight, base units of the mint. */
	inFlightNotional(mint: Address): bigint {
		return this.#notional.get(mint) ?? 0n;
	}

	/** Network fees that everything open can cost, lamports. */
	get feesAtStake(): bigint {
		return this.#feesAtStake;
	}

	/**
	 * The most that everything open can still lose of a mint. A flash-loan cycle that lands has earned its minimum
	 * profit by the chain's own check, and one that reverts has cost its network fee: so it is the fees, in SOL.
	 */
	worstCaseLoss(mint: Address): bigint {
		return mint === SOL_MINT ? this.#feesAtStake : 0n;
	}

	/** Profit (negative: loss) of trades on the UTC day of a moment, base units of the mint. */
	realisedToday(mint: Address, nowMicros: number): bigint {
		const totals = this.#totals.get(mint);
		return totals && totals.day === dayOf(nowMicros) ? totals.realisedOfDay : 0n;
	}

	/**
	 * Whether a record may come next. To be asked before it is written: a record that cannot be taken in would stop
	 * every later start.
	 *
	 * @throws Error when it cannot follow what came before
	 */
	assertFollows(record: LedgerRecord): void {
		switch (record.type) {
			case "opened":
				if (this.#wallet !== null) throw new Error(`the ledger of ${this.#wallet} is opened a second time`);
				break;
			case "approved":
				if (this.knowsId(record.reservation.intentId)) {
					throw new Error(`the intent ${record.reservation.intentId} is approved a second time`);
				}
				break;
			case "released":
			case "settled":
				if (!this.#open.has(record.intentId)) {
					throw new Error(`the intent ${record.intentId} ends without having been open`);
				}
				break;
			default:
		}
		const booking = record.type === "settled" || record.type === "adopted" ? record.booking : null;
		if (booking && this.#recent.has(booking.signature)) throw new Error(`${booking.signature} is booked a second time`);
	}

	/**
	 * Takes a record in.
	 *
	 * @throws Error when it cannot follow what came before: then the ledger is not one this code wrote
	 */
	apply(record: LedgerRecord): void {
		this.assertFollows(record);
		switch (record.type) {
			case "opened":
				this.#applyOpened(record);
				break;
			case "epoch":
				this.#epoch = record.epoch;
				break;
			case "approved":
				this.#reserve(record.reservation);
				break;
			case "released":
				this.#release(record.intentId);
				this.#remember(record.intentId, { outcome: "released", signature: null });
				break;
			case "settled":
				this.#applySettled(record);
				break;
			case "adopted":
				this.#book(record.booking, record.intentId !== null, record.atMicros);
				this.#counters = { ...this.#counters, adopted: this.#counters.adopted + 1 };
				break;
			case "tracked":
				this.#accounts.set(record.account.account, record.account);
				break;
			case "proven":
				this.#prove(record.slot);
				break;
			case "checkpoint":
				this.#restore(record.state);
				break;
			default:
				throw new Error(
					`the ledger has a record of type ${JSON.stringify((record as { type?: unknown } | null)?.type)}, ` +
						"which this version does not know: run the version that wrote it",
				);
		}
	}

	checkpoint(): LedgerCheckpoint {
		return {
			version: 1,
			genesisHash: this.#genesisHash,
			wallet: this.#wallet,
			openedSlot: this.#openedSlot,
			provenSlot: this.#provenSlot,
			epoch: this.#epoch,
			opening: [...this.#opening],
			totals: [...this.#totals],
			accounts: [...this.#accounts.values()],
			open: [...this.#open.values()],
			approvedIds: [...this.#approvedIds],
			ended: [...this.#ended],
			recent: [...this.#recent.values()],
			counters: this.#counters,
		};
	}

	#applyOpened(record: Extract<LedgerRecord, { type: "opened" }>): void {
		this.#genesisHash = record.genesisHash;
		this.#wallet = record.wallet;
		this.#openedSlot = record.slot;
		this.#provenSlot = record.slot;
		for (const { mint, amount } of record.balances) this.#opening.set(mint, amount);
		for (const account of record.accounts) this.#accounts.set(account.account, account);
	}

	#reserve(reservation: Reservation): void {
		const { intentId, fundingMint, approvedAtMicros } = reservation;
		this.#open.set(intentId, reservation);
		this.#notional.set(fundingMint, this.inFlightNotional(fundingMint) + reservation.notional);
		this.#feesAtStake += reservation.maximumFeeLamports;
		for (const [id, deadlineMicros] of this.#approvedIds) {
			// Oldest first, and deadlines are bounded: the first that must stay ends the search.
			if (deadlineMicros + REPLAY_TOLERANCE_MICROS >= approvedAtMicros) break;
			this.#approvedIds.delete(id);
		}
		this.#approvedIds.set(intentId, reservation.deadlineMicros);
	}

	#release(intentId: IntentId): void {
		const reservation = this.#open.get(intentId) as Reservation;
		this.#open.delete(intentId);
		const notional = this.inFlightNotional(reservation.fundingMint) - reservation.notional;
		this.#notional.set(reservation.fundingMint, notional);
		this.#feesAtStake -= reservation.maximumFeeLamports;
	}

	#applySettled(record: Extract<LedgerRecord, { type: "settled" }>): void {
		const { intentId, outcome, signature, booking } = record;
		this.#release(intentId);
		if (booking) this.#book(booking, true, record.atMicros);
		this.#remember(intentId, { outcome, signature });
		this.#counters = { ...this.#counters, [outcome]: this.#counters[outcome] + 1 };
	}

	#remember(intentId: IntentId, ended: EndedIntent): void {
		this.#ended.set(intentId, ended);
		for (const oldest of this.#ended.keys()) {
			if (this.#ended.size <= KEPT_ENDED) break;
			this.#ended.delete(oldest);
		}
	}

	#book(booking: Booking, isTrade: boolean, atMicros: number): void {
		const day = dayOf(atMicros);
		for (const { mint, fill, transfer = 0n, loanFee, networkFee, tip = 0n } of booking.changes) {
			const totals = this.totals(mint);
			const realised = isTrade ? fill - loanFee - networkFee - tip : 0n;
			this.#totals.set(mint, {
				fills: totals.fills + fill,
				fees: totals.fees + networkFee,
				tips: totals.tips + tip,
				loanFees: totals.loanFees + loanFee,
				transfers: totals.transfers + transfer,
				realised: totals.realised + realised,
				day,
				realisedOfDay: (totals.day === day ? totals.realisedOfDay : 0n) + realised,
			});
		}
		this.#recent.set(booking.signature, booking);
	}

	#prove(slot: number): void {
		if (slot <= this.#provenSlot) return;
		this.#provenSlot = slot;
		for (const [signature, booking] of this.#recent) if (booking.slot <= slot) this.#recent.delete(signature);
	}

	#restore(state: LedgerCheckpoint): void {
		this.#genesisHash = state.genesisHash;
		this.#wallet = state.wallet;
		this.#openedSlot = state.openedSlot;
		this.#provenSlot = state.provenSlot;
		this.#epoch = state.epoch;
		this.#opening = new Map(state.opening);
		this.#totals = new Map(state.totals);
		this.#accounts = new Map(state.accounts.map((account) => [account.account, account]));
		this.#open = new Map();
		this.#notional = new Map();
		this.#feesAtStake = 0n;
		this.#approvedIds = new Map();
		for (const reservation of state.open) this.#reserve(reservation);
		this.#approvedIds = new Map(state.approvedIds);
		this.#ended = new Map(state.ended);
		this.#recent = new Map(state.recent.map((booking) => [booking.signature, booking]));
		this.#counters = state.counters;
	}
}

function dayOf(micros: number): number {
	return Math.floor(micros / MICROS_PER_DAY);
}
