import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { BookedChange, Booking } from "../../../../core/risk/booking.ts";
import type { LedgerCounters } from "../../../../core/risk/ledger-record.ts";
import type { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { BONK, NEW_YEAR, USDC } from "./risk-world.ts";

const MINTS: readonly Address[] = [USDC, SOL_MINT, BONK];
export const STRATEGIES = ["first", "second"] as const;
const MICROS_PER_MINUTE = 60_000_000;
const MICROS_PER_DAY = 86_400_000_000;
type Sums = Map<Address, bigint>;

/** A transaction that the chain has, and what it earned when it was booked. */
export interface ModelBooking {
	readonly booking: Booking;
	readonly kind: "landed" | "reverted" | "adopted";
	readonly isTrade: boolean;
	readonly reservation: Reservation | null;
	readonly atMicros: number;
	readonly realised: Sums;
	readonly earned: Sums;
	readonly bonk: { readonly amount: bigint; readonly cost: bigint };
}

/**
 * What the ledger must say, worked out the slow way: lists of what happened, summed anew for every question. Cash is USDC;
 * SOL and BONK are bought with it.
 */
export class LedgerModel {
	nowMicros = NEW_YEAR;
	slot = 10;
	provenSlot = 10;
	nextNumber = 0;
	readonly opening = new Map<Address, bigint>([
		[SOL_MINT, 10_000_000_000n],
		[USDC, 1_000_000n],
	]);
	readonly open = new Map<IntentId, Reservation>();
	readonly ended = new Map<IntentId, { readonly outcome: string; readonly signature: Signature | null }>();
	/** Without those that a fork took. */
	live: ModelBooking[] = [];
	/** Signatures of open intents whose block a fork took: they may land once more. */
	readonly lost = new Map<IntentId, Signature>();
	/** Paid since the start, what forks took included. */
	readonly paid: { readonly atMicros: number; readonly fee: bigint; readonly tip: bigint }[] = [];
	readonly sums: Sums = new Map();
	readonly peaks: Sums = new Map();
	readonly off = new Map<string, string>();
	expired = 0;
	reversed = 0;
	bonk = { amount: 0n, cost: 0n };

	get recent(): readonly ModelBooking[] {
		return this.live.filter(({ booking }) => booking.slot > this.provenSlot);
	}

	book(entry: Pick<ModelBooking, "booking" | "kind" | "isTrade" | "reservation">): void {
		const made = { ...entry, atMicros: this.nowMicros, ...this.#effects(entry) };
		this.live.push(made);
		for (const { networkFee, tip = 0n } of entry.booking.changes) {
			this.paid.push({ atMicros: this.nowMicros, fee: networkFee, tip });
		}
		this.#have(made, 1n);
	}

	takeBack(taken: ModelBooking): void {
		this.live = this.live.filter((entry) => entry !== taken);
		this.reversed++;
		this.#have(taken, -1n);
		if (!taken.reservation) return;
		const { intentId } = taken.reservation;
		this.ended.delete(intentId);
		this.open.set(intentId, taken.reservation);
		this.lost.set(intentId, taken.booking.signature);
	}

	end(intentId: IntentId, outcome: string, signature: Signature | null): void {
		this.open.delete(intentId);
		this.lost.delete(intentId);
		this.ended.set(intentId, { outcome, signature });
	}

	resetPeaks(): void {
		for (const [mint, sum] of this.sums) this.peaks.set(mint, sum);
	}

	/** Everything that can be asked of a ledger, as the model has it. */
	get expected() {
		const open = [...this.open.values()];
		const holdings = open.filter(({ isFromHoldings }) => isFromHoldings === true);
		const sumOf = <T>(list: readonly T[], amount: (item: T) => bigint) =>
			list.reduce((sum, item) => sum + amount(item), 0n);
		const minute = Math.floor(this.nowMicros / MICROS_PER_MINUTE);
		const hour = this.paid.filter(({ atMicros }) => Math.floor(atMicros / MICROS_PER_MINUTE) >= minute - 60);
		const today = this.live.filter(({ atMicros }) => dayOf(atMicros) === dayOf(this.nowMicros));
		return {
			open: open.map(({ intentId }) => intentId).sort(),
			ended: [...this.ended].map(([id, { outcome, signature }]) => `${id} ${outcome} ${signature}`).sort(),
			fees: sumOf(open, ({ maximumFeeLamports }) => maximumFeeLamports),
			tips: sumOf(open, ({ tipLamports = 0n }) => tipLamports),
			hourFees: sumOf(hour, ({ fee }) => fee),
			hourTips: sumOf(hour, ({ tip }) => tip),
			counters: this.#counters,
			recent: this.recent.map(({ booking }) => booking.signature).sort(),
			provenSlot: this.provenSlot,
			off: [...this.off].map(([name, reason]) => `${name} ${reason}`).sort(),
			bonk: this.bonk,
			mints: MINTS.map((mint) => {
				const changes = this.live.flatMap(({ booking }) => booking.changes.filter((change) => change.mint === mint));
				const part = (amount: (change: BookedChange) => bigint) => sumOf(changes, amount);
				const [fills, fees] = [part(({ fill }) => fill), part(({ networkFee }) => networkFee)];
				const [loanFees, tips] = [part(({ loanFee }) => loanFee), part(({ tip = 0n }) => tip)];
				const transfers = part(({ transfer = 0n }) => transfer);
				return {
					mint,
					sums: { fills, fees, tips, loanFees, transfers, realised: sumOf(this.live, of("realised", mint)) },
					held: (this.opening.get(mint) ?? 0n) + transfers + fills - fees - tips - loanFees,
					today: sumOf(today, of("realised", mint)),
					days: STRATEGIES.map((name) =>
						sumOf(
							today.filter(({ reservation }) => reservation?.strategy === name),
							of("realised", mint),
						),
					),
					notional: sumOf(
						open.filter(({ fundingMint }) => fundingMint === mint),
						({ notional }) => notional,
					),
					notionals: STRATEGIES.map((name) =>
						sumOf(
							open.filter(({ fundingMint, strategy }) => fundingMint === mint && strategy === name),
							({ notional }) => notional,
						),
					),
					spent: sumOf(
						holdings.filter(({ fundingMint }) => fundingMint === mint),
						({ notional }) => notional,
					),
					incoming: sumOf(holdings, ({ receives }) => (receives?.mint === mint ? receives.amount : 0n)),
					loss:
						sumOf(holdings, ({ fundingMint, lossAtStake = 0n }) => (fundingMint === mint ? lossAtStake : 0n)) +
						(mint === SOL_MINT ? sumOf(open, ({ maximumFeeLamports }) => maximumFeeLamports) : 0n) +
						(mint === SOL_MINT ? sumOf(open.filter(paysTipBeyondGuard), ({ tipLamports = 0n }) => tipLamports) : 0n),
					drawdown: (this.peaks.get(mint) ?? 0n) - (this.sums.get(mint) ?? 0n),
				};
			}),
		};
	}

	get #counters(): LedgerCounters {
		const count = (wanted: ModelBooking["kind"]) => this.live.filter(({ kind }) => kind === wanted).length;
		return {
			landed: count("landed"),
			reverted: count("reverted"),
			adopted: count("adopted"),
			expired: this.expired,
			reversed: this.reversed,
		};
	}

	#have({ earned, bonk }: ModelBooking, sign: bigint): void {
		this.bonk = { amount: this.bonk.amount + sign * bonk.amount, cost: this.bonk.cost + sign * bonk.cost };
		for (const [mint, amount] of earned) {
			const sum = (this.sums.get(mint) ?? 0n) + sign * amount;
			this.sums.set(mint, sum);
			if (sum > (this.peaks.get(mint) ?? 0n)) this.peaks.set(mint, sum);
		}
	}

	#effects({
		booking: { changes },
		isTrade,
		reservation,
	}: Pick<ModelBooking, "booking" | "isTrade" | "reservation">): Pick<ModelBooking, "realised" | "earned" | "bonk"> {
		const bonk = { amount: 0n, cost: 0n };
		const realised: Sums = new Map();
		if (!isTrade) return { realised, earned: realised, bonk };
		const fillOf = (mint: Address) => changes.find((change) => change.mint === mint)?.fill ?? 0n;
		for (const { mint, fill, loanFee, networkFee, tip = 0n } of changes) {
			const traded = reservation?.isFromHoldings === true ? 0n : fill;
			realised.set(mint, traded - loanFee - networkFee - tip);
		}
		if (reservation?.isFromHoldings !== true)
			return { realised, earned: coveredBy(reservation, realised, fillOf), bonk };
		if (fillOf(USDC) < 0n) return { realised, earned: realised, bonk: { amount: fillOf(BONK), cost: -fillOf(USDC) } };
		const sold = -fillOf(BONK);
		if (sold <= 0n || this.bonk.amount <= 0n) return { realised, earned: realised, bonk };
		// Beyond what was bought it sells what was there at first, which has no cost.
		const [matched = 0n] = [sold, this.bonk.amount].sort((a, b) => (a < b ? -1 : 1));
		// Cost is rounded up, takings down: never more profit than there was.
		const cost = -floorDiv(-this.bonk.cost * matched, this.bonk.amount);
		realised.set(USDC, (realised.get(USDC) ?? 0n) + (fillOf(USDC) * matched) / sold - cost);
		return { realised, earned: realised, bonk: { amount: -matched, cost: -cost } };
	}
}

/** The same questions, answered by a ledger. */
export function answersOf(ledger: LedgerState, model: LedgerModel): LedgerModel["expected"] {
	const { claims, spending } = ledger;
	const { nowMicros } = model;
	const [, position] = ledger.checkpoint().positions?.find(([mint]) => mint === BONK) ?? [];
	const { amount, costs } = position ?? { amount: 0n, costs: [] };
	const ended = [...model.ended.keys()].map((id) => {
		const how = ledger.ended(id);
		return `${id} ${how?.outcome} ${how?.signature}`;
	});
	return {
		open: [...ledger.reservations].map(({ intentId }) => intentId).sort(),
		ended: ended.sort(),
		fees: ledger.feesAtStake,
		tips: claims.tips,
		hourFees: spending.fees(nowMicros),
		hourTips: spending.tips(nowMicros),
		counters: ledger.counters,
		recent: [...ledger.recentBookings].map((booking) => booking.signature).sort(),
		provenSlot: ledger.provenSlot,
		off: ledger.throttledStrategies.map((name) => `${name} ${ledger.throttled(name)}`).sort(),
		bonk: { amount, cost: costs.reduce((sum, [, cost]) => sum + cost, 0n) },
		mints: MINTS.map((mint) => {
			const { fills, fees, tips, loanFees, transfers, realised } = ledger.totals(mint);
			return {
				mint,
				sums: { fills, fees, tips, loanFees, transfers, realised },
				held: ledger.position(mint),
				today: ledger.realisedToday(mint, nowMicros),
				days: STRATEGIES.map((name) => spending.realisedToday(name, mint, nowMicros)),
				notional: ledger.inFlightNotional(mint),
				notionals: STRATEGIES.map((name) => claims.notionalOf(name, mint)),
				spent: claims.spent(mint),
				incoming: claims.incoming(mint),
				loss: claims.loss(mint),
				drawdown: ledger.drawdown(mint),
			};
		}),
	};
}

/** A landed cycle's guard has paid for the network in the funding mint: it is charged there, once. */
function coveredBy(reservation: Reservation | null, realised: Sums, fillOf: (mint: Address) => bigint): Sums {
	if (!reservation || reservation.fundingMint === SOL_MINT || fillOf(reservation.fundingMint) <= 0n) return realised;
	const { fundingMint, networkCost = 0n } = reservation;
	return new Map([
		[fundingMint, (realised.get(fundingMint) ?? 0n) - networkCost],
		[SOL_MINT, 0n],
	]);
}

/** What a cycle in SOL tips is within its guard; all else that tips loses it in SOL. */
function paysTipBeyondGuard({ fundingMint, isFromHoldings }: Reservation): boolean {
	return isFromHoldings === true || fundingMint !== SOL_MINT;
}

function of(what: "realised", mint: Address): (entry: ModelBooking) => bigint {
	return (entry) => entry[what].get(mint) ?? 0n;
}

function dayOf(micros: number): number {
	return Math.floor(micros / MICROS_PER_DAY);
}

/** @param divisor above 0 */
function floorDiv(dividend: bigint, divisor: bigint): bigint {
	const quotient = dividend / divisor;
	return dividend % divisor < 0n ? quotient - 1n : quotient;
}
