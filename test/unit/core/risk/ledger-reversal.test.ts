import { beforeEach, describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { BookedChange } from "../../../../core/risk/booking.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { Signature } from "../../../../core/types/identifiers.ts";
import { BONK, intentId, NEW_YEAR, USDC } from "./risk-world.ts";

let state: LedgerState;
beforeEach(() => {
	state = new LedgerState();
});

function write(record: LedgerRecord): void {
	state.apply(record);
}

function tradeChanges(fill: bigint, fee: bigint, tip: bigint): readonly BookedChange[] {
	return [
		{ mint: USDC, fill, loanFee: 3n, networkFee: 0n },
		{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: fee, tip },
	];
}

describe("what a fork takes back", () => {
	test("what was taken back can be taken back no second time, nor what is proven", () => {
		const signature = "signature" as Signature;
		const booking = { signature, slot: 20, changes: [{ mint: BONK, fill: 5n, loanFee: 0n, networkFee: 0n }] };
		write({ type: "adopted", booking, intentId: null, atMicros: NEW_YEAR });
		write({ type: "reversed", signature, atMicros: NEW_YEAR });
		expect(() => write({ type: "reversed", signature, atMicros: NEW_YEAR })).toThrow("without having been booked");
		write({ type: "adopted", booking, intentId: null, atMicros: NEW_YEAR });
		write({ type: "proven", slot: 20 });
		expect(() => write({ type: "reversed", signature, atMicros: NEW_YEAR })).toThrow("without having been booked");
	});

	test("a checkpoint of before bookings could be taken back is read, and says so when one is", () => {
		const signature = "s" as Signature;
		const changes = [{ mint: BONK, fill: 5n, loanFee: 0n, networkFee: 0n }];
		write({ type: "adopted", booking: { signature, slot: 20, changes }, intentId: intentId(), atMicros: NEW_YEAR });
		const {
			origins: _origins,
			positions: _positions,
			equity: _equity,
			spending: _spending,
			...old
		} = state.checkpoint();
		const { reversed: _reversed, ...counters } = old.counters;
		const totals = old.totals.map(([mint, { tips: _tips, ...rest }]) => [mint, rest] as const);
		state = new LedgerState();
		state.apply({ type: "checkpoint", state: { ...old, counters, totals } as never });
		expect(state.totals(BONK)).toMatchObject({ fills: 5n, tips: 0n });
		expect(state.counters).toMatchObject({ adopted: 1, reversed: 0 });
		expect(() => state.apply({ type: "reversed", signature: "s" as Signature, atMicros: 1 })).toThrow("kept no way");
	});

	test("a loss of the day stays one when the clock steps back over midnight", () => {
		const lose = (atMicros: number) => {
			const signature = `at ${atMicros}` as Signature;
			const changes = [{ mint: BONK, fill: -100n, loanFee: 0n, networkFee: 0n }];
			write({ type: "adopted", booking: { signature, slot: 20, changes }, intentId: intentId(), atMicros });
		};
		const [before, after] = [NEW_YEAR - 1, NEW_YEAR + 1];
		for (const at of [after, before, before - 1]) lose(at);
		expect([state.realisedToday(BONK, before), state.realisedToday(BONK, after)]).toEqual([-300n, -300n]);
		write({ type: "reversed", signature: `at ${before}` as Signature, atMicros: before });
		expect(state.realisedToday(BONK, after)).toBe(-200n);
	});

	test("the fall from the peak counts failures, not fees that a guard has covered, until a person resets it", () => {
		let count = 0;
		const cycle = (outcome: "landed" | "reverted", changes: readonly BookedChange[]) => {
			const reservation: Reservation = {
				intentId: intentId(),
				strategy: "cross-venue",
				cycle: "cycle",
				fundingMint: USDC,
				notional: 1_000n,
				loanFee: 3n,
				maximumFeeLamports: 5_000n,
				networkCost: 10n,
				deadlineMicros: NEW_YEAR,
				lastValidBlockHeight: 1,
				riskEpoch: 1,
				approvedAtMicros: NEW_YEAR,
			};
			write({ type: "approved", reservation });
			const signature = `signature-${++count}` as Signature;
			const booking = { signature, slot: 20 + count, changes };
			write({ type: "settled", intentId: reservation.intentId, outcome, signature, booking, atMicros: NEW_YEAR });
			return signature;
		};
		const landed = cycle("landed", tradeChanges(100n, 5_000n, 7n));
		// 100 less the loan's 3 and the 10 that its guard reckons for the network: 87 are earned, and SOL has lost nothing.
		expect([state.drawdown(USDC), state.drawdown(SOL_MINT)]).toEqual([0n, 0n]);
		cycle("reverted", [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_000n }]);
		expect([state.drawdown(USDC), state.drawdown(SOL_MINT)]).toEqual([0n, 5_000n]);
		expect(state.realisedToday(SOL_MINT, NEW_YEAR)).toBe(-10_007n);
		write({ type: "reversed", signature: landed, atMicros: NEW_YEAR });
		expect([state.drawdown(USDC), state.drawdown(SOL_MINT)]).toEqual([87n, 5_000n]);
		write({ type: "peakReset", by: "anna", reason: "understood", atMicros: NEW_YEAR });
		expect([state.drawdown(USDC), state.drawdown(SOL_MINT)]).toEqual([0n, 0n]);
	});
});
