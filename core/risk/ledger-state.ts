import type { Address } from "../types/address.ts";
import type { IntentId, Signature } from "../types/identifiers.ts";
import { Booked } from "./booked.ts";
import type { Booking } from "./booking.ts";
import { NO_EFFECTS, tradeEffects } from "./booking-effects.ts";
import type {
	BookingOrigin,
	EndedIntent,
	LedgerCheckpoint,
	LedgerCounters,
	LedgerRecord,
	MintTotals,
	TrackedAccount,
} from "./ledger-record.ts";
import type { OpenClaims } from "./open-claims.ts";
import type { Reservation } from "./reservation.ts";
import { Reservations } from "./reservations.ts";
import type { Spending } from "./spending.ts";
import { StrategyFailures } from "./strategy-failures.ts";

const NO_COUNTERS: LedgerCounters = { landed: 0, reverted: 0, expired: 0, adopted: 0, reversed: 0 };

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
	#accounts = new Map<Address, TrackedAccount>();
	#reservations = new Reservations();
	#booked = new Booked();
	#counters: LedgerCounters = NO_COUNTERS;
	#failures = new StrategyFailures();
	/** Holdings as they were worked out since the last booking. */
	readonly #held = new Map<Address, bigint>();
	#revision = 0;
	/** The time of the newest booking: the ledger's days never go back, whatever the clock does. */
	#newestMicros = 0;

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
		return this.#reservations.size;
	}

	get reservations(): Iterable<Reservation> {
		return this.#reservations.all;
	}

	get accounts(): Iterable<TrackedAccount> {
		return this.#accounts.values();
	}

	/** Bookings of slots beyond {@link provenSlot}. */
	get recentBookings(): Iterable<Booking> {
		return this.#booked.recent;
	}

	/** Mints that the books have a line for. */
	get mints(): ReadonlySet<Address> {
		const accounts = [...this.#accounts.values()].map(({ mint }) => mint);
		return new Set([...this.#opening.keys(), ...this.#booked.totals.mints, ...accounts]);
	}

	/** What was there at first, and what was brought in or taken out since without a trade; base units. */
	capital(mint: Address): bigint {
		return (this.#opening.get(mint) ?? 0n) + this.totals(mint).transfers;
	}

	totals(mint: Address): MintTotals {
		return this.#booked.totals.of(mint);
	}

	reservation(intentId: IntentId): Reservation | undefined {
		return this.#reservations.get(intentId);
	}

	/** How an intent ended, when that is not long ago. */
	ended(intentId: IntentId): EndedIntent | undefined {
		return this.#reservations.ended(intentId);
	}

	isTracked(account: Address): boolean {
		return this.#accounts.has(account);
	}

	/** Whether the books contain a transaction of a slot beyond {@link provenSlot}. */
	hasBooked(signature: Signature): boolean {
		return this.#booked.has(signature);
	}

	recentBooking(signature: Signature): Booking | undefined {
		return this.#booked.recentBooking(signature);
	}

	/** What a transaction of a slot beyond {@link provenSlot} was booked for; undefined where it is not known. */
	originOf(signature: Signature): BookingOrigin | undefined {
		return this.#booked.originOf(signature);
	}

	/** Whether an id was approved and is open, could still be replayed, or ended not long ago. */
	knowsId(intentId: IntentId): boolean {
		return this.#reservations.knows(intentId);
	}

	/** Sums over what is open. */
	get claims(): OpenClaims {
		return this.#reservations.claims;
	}

	/** Fees and tips of the last hour, and every strategy's day. */
	get spending(): Spending {
		return this.#booked.spending;
	}

	/** Why a strategy is off, or null. */
	throttled(strategy: string): string | null {
		return this.#failures.reasonOf(strategy);
	}

	/** When a strategy's last intents reverted or expired, oldest first, microseconds since the Unix epoch. */
	failuresOf(strategy: string): readonly number[] {
		return this.#failures.of(strategy);
	}

	/** Strategies that are off. */
	get throttledStrategies(): readonly string[] {
		return this.#failures.throttled;
	}

	/** Moves on whenever a position may have changed. */
	get revision(): number {
		return this.#revision;
	}

	/** What the wallet holds by the books, base units. */
	position(mint: Address): bigint {
		let position = this.#held.get(mint);
		if (position === undefined) {
			const { fills, fees, tips, loanFees } = this.totals(mint);
			position = this.capital(mint) + fills - fees - tips - loanFees;
			this.#held.set(mint, position);
		}
		return position;
	}

	/** How far what trading earned in a mint is below its peak, base units; never negative. */
	drawdown(mint: Address): bigint {
		return this.#booked.equity.drawdown(mint);
	}

	/** Funding that is in flight, base units of the mint. */
	inFlightNotional(mint: Address): bigint {
		return this.#reservations.claims.notional(mint);
	}

	/** Network fees that everything open can cost, lamports. */
	get feesAtStake(): bigint {
		return this.#reservations.claims.fees;
	}

	/** Profit (negative: loss) of trades on the UTC day of a moment, base units of the mint. */
	realisedToday(mint: Address, nowMicros: number): bigint {
		return this.#booked.totals.realisedToday(mint, nowMicros);
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
				if (!this.#reservations.get(record.intentId)) {
					throw new Error(`the intent ${record.intentId} ends without having been open`);
				}
				break;
			case "reversed":
				this.#booked.assertReversible(record.signature);
				break;
			default:
		}
		const booking = record.type === "settled" || record.type === "adopted" ? record.booking : null;
		if (booking && this.#booked.has(booking.signature)) throw new Error(`${booking.signature} is booked a second time`);
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
				this.#reservations.reserve(record.reservation);
				break;
			case "released":
				this.#end(record.intentId, { outcome: "released", signature: null });
				break;
			case "settled":
				this.#applySettled(record);
				break;
			case "adopted":
				this.#applyAdopted(record);
				break;
			case "reversed":
				this.#takeBack(record.signature);
				break;
			case "peakReset":
				this.#booked.equity.reset();
				break;
			case "throttled":
				this.#failures.throttle(record.strategy, record.reason);
				break;
			case "enabled":
				this.#failures.enable(record.strategy);
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
			accounts: [...this.#accounts.values()],
			...this.#reservations.stored,
			...this.#booked.stored,
			counters: this.#counters,
			...this.#failures.stored,
			newestMicros: this.#newestMicros,
		};
	}

	#applyOpened(record: Extract<LedgerRecord, { type: "opened" }>): void {
		this.#genesisHash = record.genesisHash;
		this.#wallet = record.wallet;
		this.#openedSlot = record.slot;
		this.#provenSlot = record.slot;
		for (const { mint, amount } of record.balances) this.#opening.set(mint, amount);
		for (const account of record.accounts) this.#accounts.set(account.account, account);
		this.#holdingsChanged();
	}

	#applySettled(record: Extract<LedgerRecord, { type: "settled" }>): void {
		const { intentId, outcome, signature, booking } = record;
		const atMicros = this.#moment(record.atMicros);
		const reservation = this.#end(intentId, { outcome, signature });
		if (booking) {
			const effects = tradeEffects(booking, reservation, this.#booked.positions);
			this.#booked.book(booking, { outcome, reservation, effects, atMicros });
			this.#holdingsChanged();
		}
		this.#count(outcome, 1);
		if (outcome !== "landed") this.#failures.failed(reservation.strategy, atMicros);
	}

	#applyAdopted(record: Extract<LedgerRecord, { type: "adopted" }>): void {
		const { booking, intentId } = record;
		const atMicros = this.#moment(record.atMicros);
		const effects = intentId === null ? NO_EFFECTS : tradeEffects(booking, null, this.#booked.positions);
		this.#booked.book(booking, { outcome: null, reservation: null, effects, atMicros });
		this.#holdingsChanged();
		this.#count("adopted", 1);
	}

	/** The intent that the booking had ended is open again. */
	#takeBack(signature: Signature): void {
		const { outcome, reservation } = this.#booked.takeBack(signature);
		this.#holdingsChanged();
		this.#count(outcome ?? "adopted", -1);
		this.#count("reversed", 1);
		if (reservation) this.#reservations.reopen(reservation);
	}

	#moment(atMicros: number): number {
		this.#newestMicros = Math.max(this.#newestMicros, atMicros);
		return this.#newestMicros;
	}

	#end(intentId: IntentId, how: EndedIntent): Reservation {
		const reservation = this.#reservations.get(intentId) as Reservation;
		this.#reservations.end(reservation, how);
		return reservation;
	}

	#count(counter: keyof LedgerCounters, by: 1 | -1): void {
		this.#counters = { ...this.#counters, [counter]: this.#counters[counter] + by };
	}

	#holdingsChanged(): void {
		this.#held.clear();
		this.#revision++;
	}

	#prove(slot: number): void {
		if (slot <= this.#provenSlot) return;
		this.#provenSlot = slot;
		this.#booked.prove(slot);
	}

	#restore(state: LedgerCheckpoint): void {
		this.#genesisHash = state.genesisHash;
		this.#wallet = state.wallet;
		this.#openedSlot = state.openedSlot;
		this.#provenSlot = state.provenSlot;
		this.#epoch = state.epoch;
		this.#opening = new Map(state.opening);
		this.#accounts = new Map(state.accounts.map((account) => [account.account, account]));
		this.#failures = new StrategyFailures(state);
		this.#newestMicros = state.newestMicros ?? 0;
		this.#reservations = new Reservations(state);
		this.#booked = new Booked(state);
		this.#holdingsChanged();
		this.#counters = { ...NO_COUNTERS, ...state.counters };
	}
}
