import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { booksAt } from "../../../../core/risk/books.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { Address } from "../../../../core/types/address.ts";
import {
	BONK,
	booking,
	FEE_LAMPORTS,
	intentId,
	NEW_YEAR,
	openedLedger,
	settled,
	signature,
	USDC,
	WALLET,
} from "./risk-world.ts";

function reservation(changes: Partial<Reservation> = {}): Reservation {
	return {
		intentId: intentId(),
		strategy: "cross-venue",
		cycle: "a>b",
		fundingMint: USDC,
		notional: 1_000n,
		loanFee: 1n,
		maximumFeeLamports: FEE_LAMPORTS,
		deadlineMicros: NEW_YEAR + 250_000,
		lastValidBlockHeight: 1_050,
		riskEpoch: 1,
		approvedAtMicros: NEW_YEAR,
		...changes,
	};
}

function approve(ledger: LedgerState, changes: Partial<Reservation> = {}): Reservation {
	const made = reservation(changes);
	ledger.apply({ type: "approved", reservation: made });
	return made;
}

describe("ledger: records that cannot follow", () => {
	test("a second opening, a second approval, an end without a beginning, a second booking", () => {
		const ledger = openedLedger();
		const open = approve(ledger);
		const opened: LedgerRecord = {
			type: "opened",
			version: 1,
			genesisHash: "other",
			wallet: WALLET,
			slot: 1,
			balances: [],
			accounts: [],
			atMicros: 0,
		};
		expect(() => ledger.apply(opened)).toThrow(/opened a second time/);
		expect(() => ledger.apply({ type: "approved", reservation: open })).toThrow(/approved a second time/);
		expect(() => ledger.apply({ type: "released", intentId: intentId(), reason: "", atMicros: 0 })).toThrow(
			/without having been open/,
		);
		expect(() => ledger.apply(settled(intentId(), USDC, 1n))).toThrow(/without having been open/);
		const adopted: LedgerRecord = { type: "adopted", booking: booking("twice", 20, []), intentId: null, atMicros: 0 };
		ledger.apply(adopted);
		expect(() => ledger.apply(adopted)).toThrow(/booked a second time/);
		expect(() => ledger.apply({ type: "invented" } as never)).toThrow(/type "invented".*run the version that wrote it/);
		expect(() => ledger.apply(null as never)).toThrow();
	});
});

describe("ledger: reservations and profit", () => {
	test("an approval claims, a release gives everything back", () => {
		const ledger = openedLedger();
		const first = approve(ledger, { notional: 700n });
		approve(ledger, { notional: 300n, fundingMint: SOL_MINT });
		expect([ledger.openCount, ledger.inFlightNotional(USDC), ledger.inFlightNotional(SOL_MINT)]).toEqual([
			2,
			700n,
			300n,
		]);
		expect([ledger.claims.loss(SOL_MINT), ledger.claims.loss(USDC)]).toEqual([2n * FEE_LAMPORTS, 0n]);
		ledger.apply({ type: "released", intentId: first.intentId, reason: "refused", atMicros: NEW_YEAR });
		expect([ledger.openCount, ledger.inFlightNotional(USDC), ledger.feesAtStake]).toEqual([1, 0n, FEE_LAMPORTS]);
		expect(ledger.ended(first.intentId)).toEqual({ outcome: "released", signature: null });
		expect(ledger.knowsId(first.intentId)).toBe(true);
	});

	test("a trade is profit, a transfer is not; both are in the books", () => {
		const ledger = openedLedger();
		const traded = approve(ledger);
		ledger.apply({
			type: "settled",
			intentId: traded.intentId,
			outcome: "landed",
			signature: signature("t"),
			booking: booking("t", 20, [
				{ mint: USDC, fill: 500n, loanFee: 10n, networkFee: 0n },
				{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_250n },
			]),
			atMicros: NEW_YEAR,
		});
		ledger.apply({
			type: "adopted",
			booking: booking("deposit", 21, [{ mint: USDC, fill: 9_000n, loanFee: 0n, networkFee: 0n }]),
			intentId: null,
			atMicros: NEW_YEAR,
		});
		ledger.apply({
			type: "adopted",
			booking: booking("lost", 22, [{ mint: USDC, fill: 7n, loanFee: 0n, networkFee: 0n }]),
			intentId: intentId(),
			atMicros: NEW_YEAR,
		});
		expect(ledger.totals(USDC)).toMatchObject({ fills: 9_507n, loanFees: 10n, fees: 0n, realised: 497n });
		expect(ledger.totals(SOL_MINT)).toMatchObject({ fees: 5_250n, realised: -5_250n });
		expect(ledger.realisedToday(USDC, NEW_YEAR)).toBe(497n);
		expect(ledger.realisedToday(USDC, NEW_YEAR - 1)).toBe(0n);
		expect(ledger.realisedToday(BONK, NEW_YEAR)).toBe(0n);
		expect(ledger.counters).toEqual({ landed: 1, reverted: 0, expired: 0, adopted: 2, reversed: 0 });
	});

	test("an expiry releases and counts, and books nothing", () => {
		const ledger = openedLedger();
		const { intentId: id } = approve(ledger);
		ledger.apply({
			type: "settled",
			intentId: id,
			outcome: "expired",
			signature: null,
			booking: null,
			atMicros: NEW_YEAR,
		});
		expect([ledger.openCount, ledger.counters.expired, ledger.totals(USDC).fills]).toEqual([0, 1, 0n]);
	});

	test("ids are forgotten only when they are ended, old, and beyond any replay", () => {
		const ledger = openedLedger();
		const first = approve(ledger, { deadlineMicros: NEW_YEAR });
		ledger.apply({ type: "released", intentId: first.intentId, reason: "", atMicros: NEW_YEAR });
		const stuck = approve(ledger, { deadlineMicros: NEW_YEAR });
		for (let index = 0; index < 3_000; index++) {
			const { intentId: id } = approve(ledger, {
				approvedAtMicros: NEW_YEAR + 60_000_000,
				deadlineMicros: NEW_YEAR + 60_000_000,
			});
			ledger.apply({ type: "released", intentId: id, reason: "", atMicros: NEW_YEAR });
			if (index === 0) expect(ledger.knowsId(first.intentId)).toBe(true);
		}
		// Ended long ago, but by the clock it could still be replayed.
		expect(ledger.ended(first.intentId)).toBeUndefined();
		expect(ledger.knowsId(first.intentId)).toBe(true);
		const late = NEW_YEAR + 60_000_001;
		// They are looked for whenever 64 more are known.
		for (let index = 0; index < 64; index++) approve(ledger, { approvedAtMicros: late, deadlineMicros: late });
		expect(ledger.knowsId(first.intentId)).toBe(false);
		expect(ledger.knowsId(stuck.intentId)).toBe(true);
	});

	test("memory stays bounded over many trades", () => {
		const ledger = openedLedger();
		for (let slot = 11; slot < 6_011; slot++) {
			const at = NEW_YEAR + slot * 400_000;
			const { intentId: id } = approve(ledger, { approvedAtMicros: at, deadlineMicros: at + 250_000 });
			const record = settled(id, USDC, 1n, at) as Extract<LedgerRecord, { type: "settled" }>;
			ledger.apply({ ...record, booking: { ...record.booking!, slot } });
			if (slot % 100 === 0) ledger.apply({ type: "proven", slot });
		}
		const { approvedIds, ended, recent, open } = ledger.checkpoint();
		expect(approvedIds.length).toBeLessThan(200);
		expect(ended.length).toBeLessThanOrEqual(2_048);
		expect(ended.length).toBeGreaterThanOrEqual(2_048 - 256);
		expect(recent.length).toBeLessThan(200);
		expect(open).toEqual([]);
		expect(ledger.totals(USDC).fills).toBe(6_000n);
	});
});

describe("ledger: checkpoints", () => {
	test("a state restored from its checkpoint at any point goes on as the original", () => {
		const accounts = [{ account: "account" as Address, mint: BONK }];
		const action = fc.record({
			kind: fc.constantFrom("approve", "land", "release", "adopt", "prove", "track", "epoch"),
			amount: fc.bigInt(-1_000n, 1_000n),
			restore: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
				const original = openedLedger();
				let copy = openedLedger();
				const open: Reservation[] = [];
				for (const [index, { kind, amount, restore }] of actions.entries()) {
					const slot = 20 + index;
					const atMicros = NEW_YEAR + index * 3_600_000_000;
					const next = open[0];
					const records: LedgerRecord[] = [];
					if (kind === "approve") {
						const made = reservation({ notional: amount < 0n ? -amount : amount, approvedAtMicros: atMicros });
						open.push(made);
						records.push({ type: "approved", reservation: made });
					} else if (kind === "land" && next) {
						open.shift();
						records.push(settled(next.intentId, USDC, amount, atMicros));
					} else if (kind === "release" && next) {
						open.shift();
						records.push({ type: "released", intentId: next.intentId, reason: "", atMicros });
					} else if (kind === "adopt") {
						const changes = [{ mint: BONK, fill: amount, loanFee: 0n, networkFee: 0n }];
						records.push({ type: "adopted", booking: booking(`a${index}`, slot, changes), intentId: null, atMicros });
					} else if (kind === "prove") records.push({ type: "proven", slot: slot - 2 });
					else if (kind === "track") records.push({ type: "tracked", account: accounts[0]! });
					else if (kind === "epoch") records.push({ type: "epoch", epoch: index, atMicros });
					for (const record of records) {
						original.apply(record);
						copy.apply(record);
					}
					if (restore) {
						const { state } = { state: copy.checkpoint() };
						copy = new LedgerState();
						copy.apply({ type: "checkpoint", state });
					}
					expect(copy.checkpoint()).toEqual(original.checkpoint());
					expect([copy.feesAtStake, copy.inFlightNotional(USDC), copy.openCount]).toEqual([
						original.feesAtStake,
						original.inFlightNotional(USDC),
						original.openCount,
					]);
				}
			}),
			{ seed: 3, numRuns: 200 },
		);
	});
});

describe("books", () => {
	test("a cut leaves out what was booked in later slots", () => {
		const ledger = openedLedger();
		for (const [name, slot, fill] of [
			["a", 20, 5n],
			["b", 21, 7n],
			["c", 22, 11n],
		] as const) {
			const changes = [{ mint: USDC, fill, loanFee: 1n, networkFee: 2n }];
			ledger.apply({ type: "adopted", booking: booking(name, slot, changes), intentId: null, atMicros: NEW_YEAR });
		}
		const at = (slot: number, chain: bigint) =>
			booksAt(ledger, { slot, amounts: new Map([[USDC, chain]]) }).find(({ mint }) => mint === USDC);
		expect(at(21, 6n)).toEqual({
			mint: USDC,
			opening: 0n,
			fills: 12n,
			fees: 4n,
			tips: 0n,
			loanFees: 2n,
			chain: 6n,
			difference: 0n,
		});
		expect(at(22, 6n)).toMatchObject({ fills: 23n, difference: -8n });
		expect(at(19, 0n)).toMatchObject({ fills: 0n, difference: 0n });
		ledger.apply({ type: "proven", slot: 21 });
		expect(at(21, 6n)).toMatchObject({ fills: 12n, difference: 0n });
		expect(at(22, 14n)).toMatchObject({ fills: 23n, difference: 0n });
		expect(() => at(20, 0n)).toThrow(RangeError);
	});

	test("every mint that is opened, tracked, traded or held has a line", () => {
		const ledger = openedLedger();
		ledger.apply({ type: "tracked", account: { account: "a" as Address, mint: BONK } });
		const lines = booksAt(ledger, { slot: 30, amounts: new Map([[USDC, 3n]]) });
		expect(lines.map(({ mint, difference }) => [mint, difference])).toEqual([
			[SOL_MINT, -10_000_000_000n],
			[BONK, 0n],
			[USDC, 3n],
		]);
	});

	test("opening + fills − fees − loan fees + difference is the chain's balance, whatever was booked", () => {
		const change = fc.record({
			slot: fc.integer({ min: 11, max: 40 }),
			fill: fc.bigInt(-1_000n, 1_000n),
			loanFee: fc.bigInt(0n, 9n),
			networkFee: fc.bigInt(0n, 9n),
		});
		fc.assert(
			fc.property(
				fc.array(change, { maxLength: 30 }),
				fc.integer({ min: 11, max: 40 }),
				fc.integer({ min: 0, max: 11 }),
				(changes, cut, proven) => {
					const ledger = openedLedger();
					let chain = 10_000_000_000n;
					for (const [index, { slot, fill, loanFee, networkFee }] of changes.entries()) {
						const made = booking(`x${index}`, slot, [{ mint: SOL_MINT, fill, loanFee, networkFee }]);
						ledger.apply({ type: "adopted", booking: made, intentId: null, atMicros: NEW_YEAR });
						if (slot <= cut) chain += fill - loanFee - networkFee;
					}
					ledger.apply({ type: "proven", slot: proven });
					const [line] = booksAt(ledger, { slot: cut, amounts: new Map([[SOL_MINT, chain]]) });
					expect(line!.difference).toBe(0n);
					const [wrong] = booksAt(ledger, { slot: cut, amounts: new Map([[SOL_MINT, chain + 1n]]) });
					expect(wrong!.difference).toBe(1n);
				},
			),
			{ seed: 5, numRuns: 200 },
		);
	});
});
