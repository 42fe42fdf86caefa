import { expect } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { SubmissionOutcome } from "../../../../core/execution/submission.ts";
import type { BookedChange, Booking } from "../../../../core/risk/booking.ts";
import { booksAt } from "../../../../core/risk/books.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import type { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { answersOf, type LedgerModel, type ModelBooking, STRATEGIES } from "./ledger-model.ts";
import { BONK, booking, intentId, USDC, WALLET } from "./risk-world.ts";

export interface SettledNow {
	readonly intentId: IntentId;
	readonly outcome: SubmissionOutcome;
	readonly booking: Booking | null;
	readonly atMicros: number;
}

/** What holds a ledger: in memory, or on disk behind the code that takes settlements. */
export interface LedgerHolder {
	readonly state: LedgerState;
	record(record: LedgerRecord): void;
	settle(settled: SettledNow): void;
	/** An end that the ledger knows is told again. */
	settleAgain(settled: SettledNow): void;
	adopt(found: Booking, id: IntentId | null, atMicros: number): void;
	/** As after the end of the process. */
	restart(nowMicros: number): Promise<void>;
}

export type LedgerCommand = fc.AsyncCommand<LedgerModel, LedgerHolder>;

/** A step; without one the command cannot run in this state. */
type Step = ((holder: LedgerHolder) => void | Promise<void>) | null;

class Command implements LedgerCommand {
	readonly #name: string;
	readonly #plan: (model: LedgerModel) => Step;

	constructor(name: string, plan: (model: LedgerModel) => Step) {
		this.#name = name;
		this.#plan = plan;
	}

	check(): boolean {
		return true;
	}

	async run(model: LedgerModel, holder: LedgerHolder): Promise<void> {
		await this.#plan(model)?.(holder);
		expect(answersOf(holder.state, model)).toEqual(model.expected);
		for (const id of [...model.open.keys(), ...model.ended.keys()]) expect(holder.state.knowsId(id)).toBe(true);
		const amounts = new Map(model.expected.mints.map(({ mint, held }) => [mint, held]));
		const lines = booksAt(holder.state, { slot: model.slot, amounts });
		expect(lines.filter(({ difference }) => difference !== 0n)).toEqual([]);
	}

	toString(): string {
		return this.#name;
	}
}

/** A ledger's first record, for a model that has just begun. */
export function openingOf({ opening, slot, nowMicros: atMicros }: LedgerModel): LedgerRecord {
	const balances = [...opening].map(([mint, amount]) => ({ mint, amount }));
	return { type: "opened", version: 1, genesisHash: "genesis", wallet: WALLET, slot, balances, accounts: [], atMicros };
}

/** A record that must be refused, and then have changed nothing. */
function refused(record: LedgerRecord, reason: RegExp): Step {
	return (holder) => {
		const before = holder.state.checkpoint();
		expect(() => holder.record(record)).toThrow(reason);
		expect(holder.state.checkpoint()).toEqual(before);
	};
}

function pick<T>(items: readonly T[], at: number): T | undefined {
	return items.length === 0 ? undefined : items[at % items.length];
}

function approve(what: Pick<Reservation, "fundingMint" | "notional"> & Partial<Reservation>) {
	return (model: LedgerModel): Step => {
		const reservation: Reservation = {
			intentId: intentId(model.nextNumber++),
			strategy: STRATEGIES[0],
			cycle: "a>b",
			loanFee: 0n,
			maximumFeeLamports: 5_000n,
			deadlineMicros: model.nowMicros + 250_000,
			lastValidBlockHeight: 1_050,
			riskEpoch: 1,
			approvedAtMicros: model.nowMicros,
			...what,
		};
		model.open.set(reservation.intentId, reservation);
		return (holder) => holder.record({ type: "approved", reservation });
	};
}

const cycles = fc.record({
	fundingMint: fc.constantFrom(USDC, SOL_MINT),
	notional: fc.bigInt(1n, 10_000n),
	loanFee: fc.bigInt(0n, 20n),
	tipLamports: fc.bigInt(0n, 3_000n),
	networkCost: fc.bigInt(0n, 9n),
	strategy: fc.constantFrom(...STRATEGIES),
});

const swaps = fc
	.record({
		isPurchase: fc.boolean(),
		notional: fc.bigInt(1n, 5_000n),
		expected: fc.bigInt(1n, 5_000n),
		tipLamports: fc.bigInt(0n, 3_000n),
		lossAtStake: fc.bigInt(0n, 500n),
		strategy: fc.constantFrom(...STRATEGIES),
	})
	.map(({ isPurchase, expected, ...rest }) => ({
		...rest,
		fundingMint: isPurchase ? USDC : BONK,
		receives: { mint: isPurchase ? BONK : USDC, amount: expected },
		isFromHoldings: true,
		cash: [USDC],
	}));

interface Taking {
	readonly at: number;
	readonly outcome: SubmissionOutcome;
	/** What a cycle won or a swap brought. */
	readonly gain: bigint;
	readonly fee: bigint;
	/** How many slots after the newest. */
	readonly later: number;
}

const takings = fc.record({
	at: fc.nat(30),
	outcome: fc.constantFrom<SubmissionOutcome>("landed", "landed", "landed", "reverted", "expired"),
	gain: fc.bigInt(1n, 5_000n),
	fee: fc.bigInt(1n, 5_000n),
	later: fc.nat(3),
});

function changesOf(reservation: Reservation, { outcome, gain, fee }: Taking): readonly BookedChange[] {
	const { fundingMint, notional, loanFee, tipLamports = 0n, receives, isFromHoldings } = reservation;
	const isLanded = outcome === "landed";
	const cost = { mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: fee, tip: isLanded ? tipLamports : 0n };
	if (!isLanded) return [cost];
	if (isFromHoldings && receives) {
		const none = { loanFee: 0n, networkFee: 0n, tip: 0n };
		return [{ mint: fundingMint, fill: -notional, ...none }, { mint: receives.mint, fill: gain, ...none }, cost];
	}
	if (fundingMint === SOL_MINT) return [{ ...cost, fill: gain + loanFee, loanFee }];
	return [{ mint: fundingMint, fill: gain + loanFee, loanFee, networkFee: 0n, tip: 0n }, cost];
}

function settle(taking: Taking) {
	return (model: LedgerModel): Step => end(pick([...model.open.values()], taking.at), taking)(model);
}

/** What a fork took lands in another block. */
function landAgain(taking: Taking) {
	return (model: LedgerModel): Step => {
		const lost = pick([...model.lost.keys()], taking.at);
		return end(lost && model.open.get(lost), taking)(model);
	};
}

/** Approved and landed, with nothing between. */
function swap({ what, taking }: { what: Parameters<typeof approve>[0]; taking: Taking }) {
	return (model: LedgerModel): Step => {
		const approved = approve(what)(model);
		const settled = end([...model.open.values()].at(-1), { ...taking, outcome: "landed" })(model);
		return async (holder) => {
			await approved?.(holder);
			await settled?.(holder);
		};
	};
}

function end(reservation: Reservation | undefined, taking: Taking) {
	return (model: LedgerModel): Step => {
		if (!reservation) return null;
		const { intentId: id } = reservation;
		const { outcome } = taking;
		const settled = { intentId: id, outcome, atMicros: model.nowMicros };
		if (outcome === "expired") {
			model.end(id, outcome, signatureOf(id));
			model.expired++;
			return (holder) => holder.settle({ ...settled, booking: null });
		}
		model.slot += taking.later + 1;
		// What a fork took can only land as the same transaction.
		const made = booking(signatureOf(id), model.slot, changesOf(reservation, taking));
		model.end(id, outcome, made.signature);
		model.book({ booking: made, kind: outcome, isTrade: true, reservation });
		return (holder) => holder.settle({ ...settled, booking: made });
	};
}

/** An intent has one transaction, whichever block it is in. */
export function signatureOf(id: IntentId): Booking["signature"] {
	return `s-${id}` as Booking["signature"];
}

function tellAgain(at: number) {
	return (model: LedgerModel): Step => {
		const entry = pick(
			model.live.filter(({ reservation }) => reservation && !model.open.has(reservation.intentId)),
			at,
		);
		if (!entry?.reservation || entry.kind === "adopted") return null;
		const { booking: told, kind, reservation } = entry;
		const { nowMicros: atMicros } = model;
		return (holder) => holder.settleAgain({ intentId: reservation.intentId, outcome: kind, booking: told, atMicros });
	};
}

function adopt({ isTrade, amount, fee }: { isTrade: boolean; amount: bigint; fee: bigint }) {
	return (model: LedgerModel): Step => {
		const number = model.nextNumber++;
		const moved = isTrade ? { fill: amount } : { fill: 0n, transfer: amount };
		const found = booking(`f-${number}`, ++model.slot, [
			{ mint: USDC, ...moved, loanFee: 0n, networkFee: 0n, tip: 0n },
			{ mint: SOL_MINT, fill: 0n, ...(!isTrade && { transfer: 0n }), loanFee: 0n, networkFee: fee, tip: 0n },
		]);
		const told: Booking = { ...found, changes: found.changes.map(asTold) };
		model.book({ booking: found, kind: "adopted", isTrade, reservation: null });
		const { nowMicros } = model;
		return (holder) => holder.adopt(told, isTrade ? intentId(number) : null, nowMicros);
	};
}

/** The chain tells movements; that some were no trade is for the ledger to say. */
function asTold({ transfer = 0n, ...change }: BookedChange): BookedChange {
	return { ...change, fill: change.fill + transfer };
}

function reverse(at: number) {
	return (model: LedgerModel): Step => {
		const taken = pick(model.recent, at) as ModelBooking | undefined;
		if (!taken) return null;
		model.takeBack(taken);
		const record: LedgerRecord = {
			type: "reversed",
			signature: taken.booking.signature,
			atMicros: model.nowMicros,
		};
		return (holder) => {
			holder.record(record);
			expect(() => holder.record(record)).toThrow(/taken back without/);
		};
	};
}

function prove(back: number) {
	return (model: LedgerModel): Step => {
		const slot = Math.max(10, model.slot - back);
		model.provenSlot = Math.max(model.provenSlot, slot);
		return (holder) => holder.record({ type: "proven", slot });
	};
}

function refusal(kind: "twiceApproved" | "unknownEnd" | "unknownReversal" | "provenReversal" | "twiceBooked") {
	return (model: LedgerModel): Step => {
		const { nowMicros: atMicros } = model;
		const nobody = intentId(35 ** 8);
		switch (kind) {
			case "twiceApproved": {
				const known = [...model.open.values()][0];
				return known ? refused({ type: "approved", reservation: known }, /approved a second time/) : null;
			}
			case "unknownEnd":
				return refused({ type: "released", intentId: nobody, reason: "", atMicros }, /without having been open/);
			case "unknownReversal":
				return refused({ type: "reversed", signature: signatureOf(nobody), atMicros }, /taken back without/);
			case "provenReversal": {
				const proven = model.live.find(({ booking: { slot } }) => slot <= model.provenSlot);
				if (!proven) return null;
				return refused({ type: "reversed", signature: proven.booking.signature, atMicros }, /taken back without/);
			}
			default: {
				const [first] = model.recent;
				if (!first) return null;
				return refused({ type: "adopted", booking: first.booking, intentId: null, atMicros }, /booked a second time/);
			}
		}
	};
}

function strategySwitch({ strategy, isOff }: { strategy: string; isOff: boolean }) {
	return (model: LedgerModel): Step => {
		const { nowMicros: atMicros } = model;
		if (isOff) model.off.set(strategy, "failures");
		else model.off.delete(strategy);
		return (holder) =>
			holder.record(
				isOff
					? { type: "throttled", strategy, reason: "failures", atMicros }
					: { type: "enabled", strategy, by: "person", reason: "seen", atMicros },
			);
	};
}

function release(at: number) {
	return (model: LedgerModel): Step => {
		// What was on chain once is signed: it cannot be released.
		const id = pick(
			[...model.open.keys()].filter((open) => !model.lost.has(open)),
			at,
		);
		if (id === undefined) return null;
		model.end(id, "released", null);
		return (holder) => holder.record({ type: "released", intentId: id, reason: "refused", atMicros: model.nowMicros });
	};
}

function tick(minutes: number) {
	return (model: LedgerModel): Step => {
		model.nowMicros += minutes * 60_000_000 + 1;
		return null;
	};
}

/** Sequences of everything that a ledger can be told. */
export function ledgerCommands(maxCommands: number) {
	const of = <T>(arbitrary: fc.Arbitrary<T>, name: string, plan: (drawn: T) => (model: LedgerModel) => Step) =>
		arbitrary.map((drawn) => new Command(`${name} ${text(drawn)}`, plan(drawn)));
	const at = fc.nat(30);
	return fc.commands(
		[
			of(cycles, "approve", approve),
			of(swaps, "approve", approve),
			of(takings, "settle", settle),
			of(takings, "settle", settle),
			of(fc.record({ what: swaps, taking: takings }), "swap", swap),
			of(fc.record({ what: swaps, taking: takings }), "swap", swap),
			of(at, "reverse", reverse),
			of(at, "reverse", reverse),
			of(takings, "land again", landAgain),
			of(at, "release", release),
			of(at, "tell again", tellAgain),
			of(fc.record({ isTrade: fc.boolean(), amount: fc.bigInt(-900n, 900n), fee: fc.bigInt(0n, 9n) }), "adopt", adopt),
			of(fc.nat(12), "prove", prove),
			of(
				fc.constantFrom("twiceApproved", "unknownEnd", "unknownReversal", "provenReversal", "twiceBooked"),
				"refuse",
				refusal,
			),
			of(fc.record({ strategy: fc.constantFrom(...STRATEGIES), isOff: fc.boolean() }), "switch", strategySwitch),
			of(fc.constantFrom(0, 1, 25, 61, 1_440), "tick", tick),
			fc.constant(
				new Command("reset peaks", (model) => {
					model.resetPeaks();
					const { nowMicros: atMicros } = model;
					return (holder) => holder.record({ type: "peakReset", by: "person", reason: "seen", atMicros });
				}),
			),
			fc.constant(
				new Command(
					"restart",
					({ nowMicros }) =>
						(holder) =>
							holder.restart(nowMicros),
				),
			),
		],
		{ maxCommands, size: "max" },
	);
}

function text(drawn: unknown): string {
	return JSON.stringify(drawn, (_key, value) => (typeof value === "bigint" ? `${value}` : value));
}
