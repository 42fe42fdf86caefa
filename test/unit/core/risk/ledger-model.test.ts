import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { BookedChange, LedgerRecord, Reservation } from "../../../../core/risk/ledger-record.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { BONK, intentId, NEW_YEAR, USDC, WALLET } from "./risk-world.ts";

const MINTS = [USDC, SOL_MINT, BONK];

/** What the ledger must know, told by lists alone: nothing is summed up before it is asked for. */
class Model {
	readonly open = new Map<IntentId, Reservation>();
	readonly booked = new Map<
		Signature,
		{ readonly changes: readonly BookedChange[]; readonly reservation: Reservation | null; readonly isTrade: boolean }
	>();
	readonly counters = { landed: 0, reverted: 0, expired: 0, adopted: 0, reversed: 0 };

	sum(mint: Address, part: (change: BookedChange) => bigint): bigint {
		let sum = 0n;
		for (const { changes } of this.booked.values()) {
			for (const change of changes) if (change.mint === mint) sum += part(change);
		}
		return sum;
	}

	realised(mint: Address): bigint {
		let sum = 0n;
		for (const { changes, isTrade } of this.booked.values()) {
			if (!isTrade) continue;
			for (const { mint: changed, fill, loanFee, networkFee, tip = 0n } of changes) {
				if (changed === mint) sum += fill - loanFee - networkFee - tip;
			}
		}
		return sum;
	}
}

/** The ledger under test with everything that was written to it. */
class World {
	readonly model = new Model();
	readonly records: LedgerRecord[] = [];
	readonly reservations: Reservation[] = [];
	/** Cycles that ended by a booking, by intent. */
	readonly ended = new Map<IntentId, Signature>();
	state = new LedgerState();
	slot = 10;
	signatures = 0;

	constructor() {
		this.write({
			type: "opened",
			version: 1,
			genesisHash: "genesis",
			wallet: WALLET,
			slot: 1,
			balances: MINTS.map((mint) => ({ mint, amount: 1_000_000n })),
			accounts: [],
			atMicros: NEW_YEAR,
		});
	}

	write(record: LedgerRecord): void {
		this.state.apply(record);
		this.records.push(record);
	}

	/** One comparison, because there are thousands of them. */
	check(): void {
		const { model, state } = this;
		const open = [...model.open.values()];
		const observed = [
			state.openCount,
			[...state.reservations]
				.map((each) => each.intentId)
				.sort()
				.join(),
			state.inFlightNotional(USDC),
			state.feesAtStake,
			...Object.entries(state.counters).flat(),
		];
		const expected = [
			open.length,
			open
				.map((each) => each.intentId)
				.sort()
				.join(),
			open.reduce((sum, each) => sum + each.notional, 0n),
			open.reduce((sum, each) => sum + each.maximumFeeLamports, 0n),
			...Object.entries(model.counters).flat(),
		];
		for (const mint of MINTS) {
			const totals = state.totals(mint);
			observed.push(totals.fills, totals.fees, totals.tips, totals.loanFees, totals.transfers, totals.realised);
			observed.push(state.realisedToday(mint, NEW_YEAR), state.drawdown(mint) >= 0n ? "peak" : "above the peak");
			expected.push(
				model.sum(mint, ({ fill }) => fill),
				model.sum(mint, ({ networkFee }) => networkFee),
				model.sum(mint, ({ tip = 0n }) => tip),
				model.sum(mint, ({ loanFee }) => loanFee),
				model.sum(mint, ({ transfer = 0n }) => transfer),
				model.realised(mint),
				model.realised(mint),
				"peak",
			);
		}
		const difference = observed.findIndex((value, at) => value !== expected[at]);
		if (difference >= 0 || observed.length !== expected.length) expect(observed).toEqual(expected);
	}
}

type Step = (world: World) => void;

const amount = fc.bigInt({ min: 0n, max: 10_000n });
const pick = fc.nat({ max: 1_000 });

function chosen<T>(from: Iterable<T>, at: number): T | undefined {
	const all = [...from];
	return all[at % Math.max(1, all.length)];
}

function tradeChanges(fill: bigint, fee: bigint, tip: bigint): readonly BookedChange[] {
	return [
		{ mint: USDC, fill, loanFee: 3n, networkFee: 0n },
		{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: fee, tip },
	];
}

const approve = fc.tuple(amount, amount).map(
	([notional, fee]): Step =>
		(world) => {
			const reservation: Reservation = {
				intentId: intentId(),
				strategy: "cross-venue",
				cycle: "cycle",
				fundingMint: USDC,
				notional: notional + 1n,
				loanFee: 3n,
				maximumFeeLamports: fee,
				deadlineMicros: NEW_YEAR + 1,
				lastValidBlockHeight: world.slot + 150,
				riskEpoch: 1,
				approvedAtMicros: NEW_YEAR,
			};
			world.write({ type: "approved", reservation });
			world.reservations.push(reservation);
			world.model.open.set(reservation.intentId, reservation);
		},
);

const release = pick.map(
	(at): Step =>
		(world) => {
			const open = chosen(world.model.open.keys(), at);
			if (!open) return;
			world.write({ type: "released", intentId: open, reason: "refused", atMicros: NEW_YEAR });
			world.model.open.delete(open);
		},
);

const settle = fc.tuple(pick, fc.constantFrom("landed", "reverted", "expired"), amount, amount, amount).map(
	([at, outcome, fill, fee, tip]): Step =>
		(world) => {
			const reservation = chosen(world.model.open.values(), at);
			if (!reservation) return;
			const { intentId: ended } = reservation;
			const signature = (world.ended.get(ended) ?? `signature-${++world.signatures}`) as Signature;
			world.slot++;
			const changes =
				outcome === "landed"
					? tradeChanges(fill, fee, tip)
					: [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: fee }];
			const booking = outcome === "expired" ? null : { signature, slot: world.slot, changes };
			world.write({ type: "settled", intentId: ended, outcome, signature, booking, atMicros: NEW_YEAR });
			world.model.open.delete(ended);
			world.model.counters[outcome]++;
			if (!booking) return;
			world.ended.set(ended, signature);
			world.model.booked.set(signature, { changes, reservation, isTrade: true });
		},
);

const adopt = fc.tuple(amount, fc.boolean()).map(
	([transfer, isTrade]): Step =>
		(world) => {
			const signature = `signature-${++world.signatures}` as Signature;
			world.slot++;
			const changes: BookedChange[] = isTrade
				? [{ mint: BONK, fill: transfer, loanFee: 0n, networkFee: 0n }]
				: [{ mint: BONK, fill: 0n, transfer, loanFee: 0n, networkFee: 0n }];
			const booking = { signature, slot: world.slot, changes };
			world.write({ type: "adopted", booking, intentId: isTrade ? intentId() : null, atMicros: NEW_YEAR });
			world.model.counters.adopted++;
			world.model.booked.set(signature, { changes, reservation: null, isTrade });
		},
);

const reverse = pick.map(
	(at): Step =>
		(world) => {
			const recent = chosen(world.state.recentBookings, at);
			if (!recent) return;
			const { signature } = recent;
			const outcome = world.state.originOf(signature)?.outcome ?? "adopted";
			world.write({ type: "reversed", signature, atMicros: NEW_YEAR });
			const { reservation } = world.model.booked.get(signature) as { reservation: Reservation | null };
			world.model.booked.delete(signature);
			world.model.counters[outcome]--;
			world.model.counters.reversed++;
			if (reservation) world.model.open.set(reservation.intentId, reservation);
		},
);

const prove = fc.nat({ max: 3 }).map(
	(behind): Step =>
		(world) =>
			world.write({ type: "proven", slot: world.slot - behind }),
);

/** The next process: from all records, or from the checkpoint that stands for them. */
const restart = fc.boolean().map(
	(fromCheckpoint): Step =>
		(world) => {
			const before = world.state.checkpoint();
			world.state = new LedgerState();
			if (fromCheckpoint) world.state.apply({ type: "checkpoint", state: before });
			else for (const record of world.records) world.state.apply(record);
			expect(world.state.checkpoint()).toEqual(before);
		},
);

const steps = fc.oneof(
	{ weight: 4, arbitrary: approve },
	{ weight: 1, arbitrary: release },
	{ weight: 4, arbitrary: settle },
	{ weight: 1, arbitrary: adopt },
	{ weight: 3, arbitrary: reverse },
	{ weight: 1, arbitrary: prove },
	{ weight: 1, arbitrary: restart },
);

describe("the ledger, step by step against lists that are summed up anew", () => {
	test("every sum, every open intent and every counter are those of the model, also over restarts and forks", () => {
		fc.assert(
			fc.property(fc.array(steps, { minLength: 5, maxLength: 60, size: "max" }), (run) => {
				const world = new World();
				for (const step of run) {
					step(world);
					world.check();
				}
			}),
			{ numRuns: 300 },
		);
	});

	test("what was taken back can be taken back no second time, nor what is proven", () => {
		const world = new World();
		const signature = "signature" as Signature;
		const booking = { signature, slot: 20, changes: [{ mint: BONK, fill: 5n, loanFee: 0n, networkFee: 0n }] };
		world.write({ type: "adopted", booking, intentId: null, atMicros: NEW_YEAR });
		world.write({ type: "reversed", signature, atMicros: NEW_YEAR });
		expect(() => world.write({ type: "reversed", signature, atMicros: NEW_YEAR })).toThrow(
			"without having been booked",
		);
		world.write({ type: "adopted", booking, intentId: null, atMicros: NEW_YEAR });
		world.write({ type: "proven", slot: 20 });
		expect(() => world.write({ type: "reversed", signature, atMicros: NEW_YEAR })).toThrow(
			"without having been booked",
		);
	});

	test("a checkpoint of before bookings could be taken back is read, and says so when one is", () => {
		const {
			origins: _origins,
			positions: _positions,
			equity: _equity,
			spending: _spending,
			...old
		} = (() => {
			const world = new World();
			const booking = {
				signature: "s" as Signature,
				slot: 20,
				changes: [{ mint: BONK, fill: 5n, loanFee: 0n, networkFee: 0n }],
			};
			world.write({ type: "adopted", booking, intentId: intentId(), atMicros: NEW_YEAR });
			return world.state.checkpoint();
		})();
		const { reversed: _reversed, ...counters } = old.counters;
		const totals = old.totals.map(([mint, { tips: _tips, ...rest }]) => [mint, rest] as const);
		const state = new LedgerState();
		state.apply({ type: "checkpoint", state: { ...old, counters, totals } as never });
		expect(state.totals(BONK)).toMatchObject({ fills: 5n, tips: 0n });
		expect(state.counters).toMatchObject({ adopted: 1, reversed: 0 });
		expect(() => state.apply({ type: "reversed", signature: "s" as Signature, atMicros: 1 })).toThrow("kept no way");
	});

	test("the fall from the peak counts failures, not fees that a guard has covered, until a person resets it", () => {
		const world = new World();
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
			world.write({ type: "approved", reservation });
			const signature = `signature-${++world.signatures}` as Signature;
			const booking = { signature, slot: ++world.slot, changes };
			world.write({ type: "settled", intentId: reservation.intentId, outcome, signature, booking, atMicros: NEW_YEAR });
			return signature;
		};
		const landed = cycle("landed", tradeChanges(100n, 5_000n, 7n));
		// 100 less the loan's 3 and the 10 that its guard reckons for the network: 87 are earned, and SOL has lost nothing.
		expect([world.state.drawdown(USDC), world.state.drawdown(SOL_MINT)]).toEqual([0n, 0n]);
		cycle("reverted", [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_000n }]);
		expect([world.state.drawdown(USDC), world.state.drawdown(SOL_MINT)]).toEqual([0n, 5_000n]);
		expect(world.state.realisedToday(SOL_MINT, NEW_YEAR)).toBe(-10_007n);
		world.write({ type: "reversed", signature: landed, atMicros: NEW_YEAR });
		expect([world.state.drawdown(USDC), world.state.drawdown(SOL_MINT)]).toEqual([87n, 5_000n]);
		world.write({ type: "peakReset", by: "anna", reason: "understood", atMicros: NEW_YEAR });
		expect([world.state.drawdown(USDC), world.state.drawdown(SOL_MINT)]).toEqual([0n, 0n]);
	});
});
