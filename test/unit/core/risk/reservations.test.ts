import { describe, expect, test } from "@jest/globals";
import type { EndedIntent } from "../../../../core/risk/ledger-record.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import { Reservations } from "../../../../core/risk/reservations.ts";
import { intentId, NEW_YEAR, USDC } from "./risk-world.ts";

const RELEASED: EndedIntent = { outcome: "released", signature: null };
const TOLERANCE_MICROS = 60_000_000;

function reservation(changes: Partial<Reservation> = {}): Reservation {
	return {
		intentId: intentId(),
		strategy: "a",
		cycle: "c",
		fundingMint: USDC,
		notional: 100n,
		loanFee: 0n,
		maximumFeeLamports: 5n,
		deadlineMicros: NEW_YEAR,
		lastValidBlockHeight: 0,
		riskEpoch: 0,
		approvedAtMicros: NEW_YEAR,
		...changes,
	};
}

/** So many intents that are approved and ended, oldest first. */
function endMany(reservations: Reservations, count: number): Reservation[] {
	const made = Array.from({ length: count }, () => reservation());
	for (const one of made) {
		reservations.reserve(one);
		reservations.end(one, RELEASED);
	}
	return made;
}

describe("what is known of an intent", () => {
	test("each way of being known is enough by itself", () => {
		const open = reservation();
		const approved = intentId();
		const ended = intentId();
		const reservations = new Reservations({
			open: [open],
			approvedIds: [[approved, NEW_YEAR]],
			ended: [[ended, RELEASED]],
		});
		expect([open.intentId, approved, ended, intentId()].map((id) => reservations.knows(id))).toEqual([
			true,
			true,
			true,
			false,
		]);
		expect([reservations.get(open.intentId), reservations.get(ended)]).toEqual([open, undefined]);
		expect([reservations.ended(ended), reservations.ended(open.intentId)]).toEqual([RELEASED, undefined]);
	});

	test("what is stored makes the same again, with its claims", () => {
		const reservations = new Reservations();
		const [ended] = endMany(reservations, 1);
		const open = reservation({ notional: 700n });
		reservations.reserve(open);
		const again = new Reservations(reservations.stored);
		expect(again.stored).toEqual({
			open: [open],
			approvedIds: [
				[ended?.intentId, NEW_YEAR],
				[open.intentId, NEW_YEAR],
			],
			ended: [[ended?.intentId, RELEASED]],
		});
		expect([again.size, [...again.all], again.claims.notional(USDC), again.claims.fees]).toEqual([1, [open], 700n, 5n]);
	});

	test("an end takes back the claim, a fork claims it anew and forgets the end", () => {
		const reservations = new Reservations();
		const one = reservation();
		reservations.reserve(one);
		reservations.end(one, RELEASED);
		expect([reservations.size, reservations.claims.notional(USDC), reservations.get(one.intentId)]).toEqual([
			0,
			0n,
			undefined,
		]);
		reservations.reopen(one);
		expect([reservations.size, reservations.claims.notional(USDC), reservations.get(one.intentId)]).toEqual([
			1,
			100n,
			one,
		]);
		expect(reservations.ended(one.intentId)).toBeUndefined();
	});
});

describe("what is forgotten", () => {
	test("nothing of 2,048 ended intents; of one more the oldest, down to 1,792", () => {
		const reservations = new Reservations();
		const made = endMany(reservations, 2_048);
		expect(reservations.stored.ended).toHaveLength(2_048);
		made.push(...endMany(reservations, 1));
		expect(reservations.stored.ended.map(([id]) => id)).toEqual(made.slice(-1_792).map(({ intentId: id }) => id));
	});

	test.each([
		["stays until the tolerance after its deadline is over", 0, true],
		["is forgotten a microsecond later", 1, false],
	])("an id %s", (_, lateMicros, isKnown) => {
		const approvedAtMicros = NEW_YEAR + TOLERANCE_MICROS + lateMicros;
		const reservations = new Reservations();
		const [first] = endMany(reservations, 1);
		// They are looked for when 64 are known, and not before.
		const later = () => reservation({ approvedAtMicros, deadlineMicros: approvedAtMicros });
		for (let known = 1; known < 64; known++) reservations.reserve(later());
		const approvedIds = () => reservations.stored.approvedIds.map(([id]) => id);
		expect(approvedIds()).toHaveLength(64);
		expect(approvedIds()).toContain(first?.intentId);
		reservations.reserve(later());
		expect(approvedIds().includes(first?.intentId as Reservation["intentId"])).toBe(isKnown);
		expect(approvedIds()).toHaveLength(isKnown ? 65 : 64);
	});

	test("the search ends at the first that must stay", () => {
		const reservations = new Reservations();
		const now = NEW_YEAR + TOLERANCE_MICROS + 1;
		const stays = reservation({ deadlineMicros: now });
		const behind = reservation();
		for (const one of [stays, behind]) reservations.reserve(one);
		for (let known = 2; known <= 64; known++) {
			reservations.reserve(reservation({ approvedAtMicros: now, deadlineMicros: now }));
		}
		expect(reservations.stored.approvedIds.map(([id]) => id)).toContain(behind.intentId);
	});
});
