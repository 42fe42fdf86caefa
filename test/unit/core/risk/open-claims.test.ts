import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { OpenClaims } from "../../../../core/risk/open-claims.ts";
import { PoolPassages } from "../../../../core/risk/pool-passages.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { Address } from "../../../../core/types/address.ts";
import { BONK, intentId, USDC } from "./risk-world.ts";

const POOL = "pool" as Address;
const MINTS = [USDC, SOL_MINT, BONK] as const;

function reservation(changes: Partial<Reservation> = {}): Reservation {
	return {
		intentId: intentId(),
		strategy: "a",
		cycle: "c",
		fundingMint: USDC,
		notional: 100n,
		loanFee: 0n,
		maximumFeeLamports: 5n,
		deadlineMicros: 0,
		lastValidBlockHeight: 0,
		riskEpoch: 0,
		approvedAtMicros: 0,
		...changes,
	};
}

describe("pools that open intents go through", () => {
	test("an intent against an open one is seen, one the same way is not", () => {
		const passages = new PoolPassages();
		expect(passages.isAgainst(POOL, "aToB", 5)).toBe(false);
		passages.open([{ pool: POOL, direction: "aToB" }], 5);
		expect([passages.isAgainst(POOL, "aToB", 9), passages.isAgainst(POOL, "bToA", 9)]).toEqual([false, true]);
		passages.open([{ pool: POOL, direction: "bToA" }], 6);
		expect(passages.isAgainst(POOL, "aToB", 9)).toBe(true);
	});

	test("what has ended counts within the slot in which it was approved", () => {
		const passages = new PoolPassages();
		for (const direction of ["aToB", "bToA"] as const) {
			passages.open([{ pool: POOL, direction }], 5);
			passages.close([{ pool: POOL, direction }]);
		}
		expect([passages.isAgainst(POOL, "bToA", 5), passages.isAgainst(POOL, "bToA", 6)]).toEqual([true, false]);
		expect([passages.isAgainst(POOL, "aToB", 5), passages.isAgainst(POOL, "aToB", 6)]).toEqual([true, false]);
	});

	test("nobody leaves where nobody entered", () => {
		expect(() => new PoolPassages().close([{ pool: POOL, direction: "aToB" }])).toThrow("which none had entered");
	});

	test("pools without traffic are forgotten when they are many; those with some stay", () => {
		const passages = new PoolPassages();
		passages.open([{ pool: POOL, direction: "aToB" }], 1);
		for (let index = 0; index < 3_000; index++) {
			const other = [{ pool: `p${index}` as Address, direction: "aToB" as const }];
			passages.open(other, 2);
			passages.close(other);
		}
		expect(passages.isAgainst(POOL, "bToA", 3)).toBe(true);
		expect(passages.isAgainst("p0" as Address, "bToA", 2)).toBe(true);
		passages.open([{ pool: "late" as Address, direction: "aToB" }], 3);
		expect(passages.isAgainst("p0" as Address, "bToA", 2)).toBe(false);
	});
});

describe("claims of what is open", () => {
	test("a cycle claims notional, fee and tip; a swap from holdings also what it spends, brings and loses", () => {
		const claims = new OpenClaims();
		claims.add(reservation({ tipLamports: 3n }));
		claims.add(
			reservation({
				strategy: "b",
				fundingMint: SOL_MINT,
				notional: 40n,
				isFromHoldings: true,
				tipLamports: 2n,
				lossAtStake: 7n,
				receives: { mint: BONK, amount: 900n },
			}),
		);
		expect([...claims.notionals]).toEqual([
			[USDC, 100n],
			[SOL_MINT, 40n],
		]);
		expect([claims.spent(USDC), claims.spent(SOL_MINT), claims.incoming(BONK)]).toEqual([0n, 40n, 900n]);
		expect([claims.fees, claims.tips]).toEqual([10n, 5n]);
		expect([claims.loss(USDC), claims.loss(SOL_MINT)]).toEqual([0n, 5n + 3n + 5n + 7n + 2n]);
		expect([claims.lossOf("a", SOL_MINT), claims.lossOf("b", SOL_MINT), claims.lossOf("c", SOL_MINT)]).toEqual([
			8n,
			14n,
			0n,
		]);
		// What a cycle in SOL tips is within its guard.
		claims.add(reservation({ strategy: "c", fundingMint: SOL_MINT, tipLamports: 4n }));
		expect(claims.lossOf("c", SOL_MINT)).toBe(5n);
		expect([claims.notionalOf("a", USDC), claims.notionalOf("b", USDC), claims.notionalOf("c", USDC)]).toEqual([
			100n,
			0n,
			0n,
		]);
	});

	test("whatever opens and ends in whatever order, the sums are those of what is open", () => {
		const made: fc.Arbitrary<Reservation> = fc
			.record({
				strategy: fc.constantFrom("a", "b"),
				fundingMint: fc.constantFrom(...MINTS),
				notional: fc.bigInt(0n, 1_000n),
				maximumFeeLamports: fc.bigInt(0n, 50n),
				tipLamports: fc.bigInt(0n, 50n),
				isFromHoldings: fc.boolean(),
				lossAtStake: fc.bigInt(0n, 50n),
				receives: fc.record({ mint: fc.constantFrom(...MINTS), amount: fc.bigInt(0n, 99n) }),
				passages: fc.constant([{ pool: POOL, direction: "aToB" as const }]),
				slot: fc.nat(9),
			})
			.map(reservation);
		fc.assert(
			fc.property(fc.array(fc.tuple(made, fc.nat(), fc.boolean()), { maxLength: 60 }), (steps) => {
				const claims = new OpenClaims();
				const open: Reservation[] = [];
				for (const [one, pick, ends] of steps) {
					if (ends && open.length > 0) claims.remove(open.splice(pick % open.length, 1)[0] as Reservation);
					else {
						claims.add(one);
						open.push(one);
					}
					const sum = (of: (one: Reservation) => bigint) => open.reduce((total, next) => total + of(next), 0n);
					const held = (one: Reservation, amount: bigint | undefined) => (one.isFromHoldings ? (amount ?? 0n) : 0n);
					const tipAtStake = (one: Reservation) =>
						one.isFromHoldings || one.fundingMint !== SOL_MINT ? (one.tipLamports ?? 0n) : 0n;
					for (const mint of MINTS) {
						const inMint = (next: Reservation) => next.fundingMint === mint;
						expect(claims.notional(mint)).toBe(sum((next) => (inMint(next) ? next.notional : 0n)));
						expect(claims.spent(mint)).toBe(sum((next) => (inMint(next) ? held(next, next.notional) : 0n)));
						expect(claims.incoming(mint)).toBe(
							sum((next) => (next.receives?.mint === mint ? held(next, next.receives.amount) : 0n)),
						);
						const loss = (next: Reservation) =>
							(inMint(next) ? held(next, next.lossAtStake) : 0n) +
							(mint === SOL_MINT ? next.maximumFeeLamports + tipAtStake(next) : 0n);
						expect(claims.loss(mint)).toBe(sum(loss));
						expect(claims.lossOf("a", mint) + claims.lossOf("b", mint)).toBe(sum(loss));
						expect(claims.notionalOf("a", mint)).toBe(
							sum((next) => (inMint(next) && next.strategy === "a" ? next.notional : 0n)),
						);
					}
					expect(claims.fees).toBe(sum((next) => next.maximumFeeLamports));
					expect(claims.tips).toBe(sum((next) => next.tipLamports ?? 0n));
					expect(claims.passages.isAgainst(POOL, "bToA", -5)).toBe(open.length > 0);
				}
			}),
			{ seed: 5, numRuns: 200 },
		);
	});
});
