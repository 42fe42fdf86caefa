import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { BookedChange } from "../../../../core/risk/booking.ts";
import { NO_EFFECTS, tradeEffects } from "../../../../core/risk/booking-effects.ts";
import { Positions } from "../../../../core/risk/positions.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import { BONK, booking, FEE_LAMPORTS, intentId, NEW_YEAR, USDC } from "./risk-world.ts";

function reservation(changes: Partial<Reservation> = {}): Reservation {
	return {
		intentId: intentId(),
		strategy: "cross-venue",
		cycle: "a>b",
		fundingMint: USDC,
		notional: 1_000n,
		loanFee: 1n,
		maximumFeeLamports: FEE_LAMPORTS,
		networkCost: 30n,
		deadlineMicros: NEW_YEAR,
		lastValidBlockHeight: 1,
		riskEpoch: 1,
		approvedAtMicros: NEW_YEAR,
		...changes,
	};
}

function effects(changes: readonly BookedChange[], of: Reservation | null) {
	return tradeEffects(booking("s", 20, changes), of, new Positions());
}

const usdc = (fill: bigint, loanFee = 0n): BookedChange => ({ mint: USDC, fill, loanFee, networkFee: 0n });
const sol = (networkFee: bigint, tip?: bigint, fill = 0n): BookedChange => ({
	mint: SOL_MINT,
	fill,
	loanFee: 0n,
	networkFee,
	...(tip === undefined ? {} : { tip }),
});

describe("a cycle", () => {
	test("that landed has paid for the network in its funding mint: SOL is not counted a second time", () => {
		const { realised, earned, positions } = effects([usdc(200n, 10n), sol(5_000n, 700n)], reservation());
		expect(realised).toEqual([
			[USDC, 190n],
			[SOL_MINT, -5_700n],
		]);
		expect(earned).toEqual([[USDC, 160n]]);
		expect(positions).toEqual([]);
	});

	test("without a tip, and with dust of SOL", () => {
		const { realised, earned } = effects([usdc(200n), sol(5_000n, undefined, 3n)], reservation());
		expect(realised).toEqual([
			[USDC, 200n],
			[SOL_MINT, -4_997n],
		]);
		expect(earned).toEqual([
			[USDC, 170n],
			[SOL_MINT, 3n],
		]);
	});

	test.each([
		["that reverted", [sol(5_000n)]],
		["that brought nothing", [usdc(0n), sol(5_000n)]],
		["that brought another mint", [{ ...usdc(7n), mint: BONK }, sol(5_000n)]],
	])("%s pays in SOL, and nothing of it is covered", (_name, changes) => {
		const { realised, earned } = effects(changes, reservation());
		expect(earned).toEqual(realised);
		expect(new Map(realised).get(SOL_MINT)).toBe(-5_000n);
	});

	test("in SOL pays its fee there, and not its estimate besides", () => {
		const { realised, earned } = effects([sol(5_000n, 700n, 9_000n)], reservation({ fundingMint: SOL_MINT }));
		expect([realised, earned]).toEqual([[[SOL_MINT, 3_300n]], [[SOL_MINT, 3_300n]]]);
	});

	test("that nobody reserved is profit or loss as it is", () => {
		const { realised, earned } = effects([usdc(200n, 10n), sol(5_000n)], null);
		expect(earned).toEqual(realised);
		expect(realised).toEqual([
			[USDC, 190n],
			[SOL_MINT, -5_000n],
		]);
	});
});

describe("a swap from holdings", () => {
	const swap = reservation({ isFromHoldings: true, receives: { mint: BONK, amount: 90n }, cash: [USDC] });
	const bonk = (fill: bigint): BookedChange => ({ mint: BONK, fill, loanFee: 0n, networkFee: 0n });

	test("moves a position, and costs its fee, tip and loan fee", () => {
		const told = effects([usdc(-1_000n, 2n), bonk(90n), sol(5_000n, 700n)], swap);
		expect(told.realised).toEqual([
			[USDC, -2n],
			[SOL_MINT, -5_700n],
		]);
		expect(told.earned).toEqual(told.realised);
		expect(told.positions.length).toBeGreaterThan(0);
	});

	test.each([
		["spent nothing", [usdc(0n), bonk(90n), sol(5_000n)]],
		["was paid for what it should spend", [usdc(10n), bonk(90n), sol(5_000n)]],
		["brought nothing", [usdc(-1_000n), bonk(0n), sol(5_000n)]],
		["cost what it should bring", [usdc(-1_000n), bonk(-1n), sol(5_000n)]],
		["told neither", [sol(5_000n)]],
	])("that %s moves none", (_name, changes) => {
		const told = effects(changes, swap);
		expect(told).toEqual({ realised: [[SOL_MINT, -5_000n]], earned: [[SOL_MINT, -5_000n]], positions: [] });
	});

	test("of which nobody said what it brings moves none", () => {
		const { receives: _, ...unknown } = swap;
		expect(effects([usdc(-1_000n), bonk(90n), sol(5_000n)], unknown).positions).toEqual([]);
	});
});

test("what is no trade has no effects", () => {
	expect(NO_EFFECTS).toEqual({ realised: [], earned: [], positions: [] });
});
