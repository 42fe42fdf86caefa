import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { RiskLease } from "../../../../core/risk/lease.ts";
import { LeaseKeeper } from "../../../../services/risk/lease-keeper.ts";
import { StandInRisk } from "../../../support/stand-in-risk.ts";

let leases: RiskLease[];
let isSound: boolean;
let keeper: LeaseKeeper;
let risk: StandInRisk;

beforeEach(async () => {
	jest.useFakeTimers();
	[leases, isSound] = [[], true];
	risk = await StandInRisk.open();
	keeper = new LeaseKeeper({
		epoch: 7,
		seal: risk.seal,
		clock: { epochMicros: () => 1_000_000, monotonicMicros: () => 0 },
		leaseMs: 3_000,
		isSound: () => isSound,
		onLease: (lease) => void leases.push(lease),
	});
});

afterEach(() => {
	keeper.stop();
	jest.useRealTimers();
});

test("gives nothing before it starts, while risk is not sound, and after it stops", () => {
	keeper.renew();
	isSound = false;
	keeper.start();
	jest.advanceTimersByTime(2_000);
	expect(leases).toEqual([]);
	isSound = true;
	keeper.stop();
	keeper.stop();
	keeper.renew();
	jest.advanceTimersByTime(2_000);
	expect(leases).toEqual([]);
});

test("gives a sealed lease at once, every half second, and when asked", () => {
	keeper.start();
	expect(leases).toHaveLength(1);
	jest.advanceTimersByTime(1_000);
	expect(leases).toHaveLength(3);
	keeper.renew();
	expect(leases).toHaveLength(4);
	expect(leases[0]).toMatchObject({ epoch: 7, expiresAtMicros: 4_000_000 });
	expect(leases.every((lease) => risk.seal.isGenuineLease(lease))).toBe(true);
});
