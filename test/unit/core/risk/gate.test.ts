import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { checkIntent } from "../../../../core/risk/gate.ts";
import { MarketWatch } from "../../../../core/risk/market-watch.ts";
import { OrderRate } from "../../../../core/risk/order-rate.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import {
	BLOCKHASH,
	BONK,
	FEE_LAMPORTS,
	freshMarket,
	intentId,
	limits,
	mintLimits,
	NEW_YEAR,
	openedLedger,
	orderIntent,
	SLOT,
	settled,
	submit,
	USDC,
	view,
	WALLET,
} from "./risk-world.ts";

function code(intent: unknown, changes: Parameters<typeof view>[0] = {}): string {
	const verdict = checkIntent(intent, view(changes));
	return verdict.ok ? "approved" : verdict.code;
}

function usdc(changes: { maxIntentNotional?: bigint; maxInFlightNotional?: bigint; maxDailyLoss?: bigint }) {
	const base = limits();
	const byMint = new Map(base.byMint);
	byMint.set(USDC, { ...base.byMint.get(USDC)!, ...changes });
	return { ...base, byMint };
}

function solLoss(maxDailyLoss: bigint) {
	const base = limits();
	return { ...base, byMint: new Map(base.byMint).set(SOL_MINT, { ...base.byMint.get(SOL_MINT)!, maxDailyLoss }) };
}

describe("gate: what it refuses", () => {
	test("everything while halted, recovering or without a ledger, before looking at the intent", () => {
		expect(code("garbage", { tradingState: "halted", recovered: false })).toBe("tradingHalted");
		expect(code("garbage", { recovered: false, ledgerFailure: "dead" })).toBe("recovering");
		expect(code("garbage", { ledgerFailure: "dead" })).toBe("ledgerUnavailable");
		expect(code("garbage")).toBe("malformedIntent");
	});

	test("an id that was approved, while it is open and while it could be replayed, also after it ended", () => {
		const gate = view();
		const intent = orderIntent();
		expect(submit(intent, gate)).toBe("approved");
		expect(submit(intent, gate)).toBe("duplicateIntent");
		gate.ledger.apply({ type: "released", intentId: intent.intentId, reason: "", atMicros: NEW_YEAR });
		expect(submit({ ...intent, deadlineMicros: NEW_YEAR + 300_000 }, gate)).toBe("duplicateIntent");
	});

	test("a denied id may be tried again", () => {
		const gate = view();
		const intent = orderIntent({ amount: 10_000_001n });
		expect(submit(intent, gate)).toBe("maxIntentNotional");
		expect(submit(orderIntent({ intentId: intent.intentId }), gate)).toBe("approved");
	});

	test("a deadline that passed, and one too far ahead; the moment itself is in time", () => {
		expect(code(orderIntent({ deadlineMicros: NEW_YEAR - 1 }))).toBe("deadlinePassed");
		expect(code(orderIntent({ deadlineMicros: NEW_YEAR }))).toBe("approved");
		expect(code(orderIntent({ deadlineMicros: NEW_YEAR + 500_000 }))).toBe("approved");
		expect(code(orderIntent({ deadlineMicros: NEW_YEAR + 500_001 }))).toBe("malformedIntent");
	});

	test("a funding mint without limits, and an unlisted mint in the middle unless that is allowed", () => {
		const noUsdc = new Map(limits().byMint);
		noUsdc.delete(USDC);
		expect(code(orderIntent(), { limits: limits({ byMint: noUsdc }) })).toBe("unknownMint");
		const noSol = new Map(limits().byMint);
		noSol.delete(SOL_MINT);
		expect(code(orderIntent(), { limits: limits({ byMint: noSol }) })).toBe("unknownMint");
		const [first, second] = orderIntent().legs;
		const throughBonk = orderIntent({
			legs: [
				{ ...first!, mintOut: BONK },
				{ ...second!, mintIn: BONK },
			],
		});
		expect(code(throughBonk)).toBe("unknownMint");
		expect(code(throughBonk, { limits: limits({ allowUnlistedMints: true }) })).toBe("approved");
	});

	test("a venue that nobody here knows", () => {
		const [first, second] = orderIntent().legs;
		const unknown = { ...second!, venue: "orca" } as unknown as OrderIntent["legs"][number];
		expect(code(orderIntent({ legs: [first!, unknown] }))).toBe("unknownVenue");
	});

	test("everything while no executor is known", () => {
		expect(code(orderIntent(), { wallet: { missing: "none" } })).toBe("noExecutor");
	});

	test("without a blockhash, and with one that has fewer than 32 blocks left", () => {
		expect(code(orderIntent(), { market: new MarketWatch() })).toBe("noBlockhash");
		const market = (blocksLeft: number) => {
			const watch = new MarketWatch();
			const notice = { shard: "main", slot: SLOT, blockHeight: 100, blockhash: BLOCKHASH };
			watch.heard({ ...notice, lastValidBlockHeight: 100 + blocksLeft }, 0);
			return watch;
		};
		expect(code(orderIntent(), { market: market(32) })).toBe("approved");
		expect(code(orderIntent(), { market: market(31) })).toBe("noBlockhash");
	});

	test("quotes older than the limit, also if only one leg's is, and quotes from the future", () => {
		const quotedAt = (slot: number) => {
			const { legs } = orderIntent();
			return orderIntent({ legs: [{ ...legs[0]!, observedSlot: slot, arrays: [] }, legs[1]!] });
		};
		expect(code(quotedAt(SLOT - 4))).toBe("approved");
		expect(code(quotedAt(SLOT - 5))).toBe("staleMarket");
		expect(code(quotedAt(SLOT + 4))).toBe("approved");
		expect(code(quotedAt(SLOT + 5))).toBe("staleMarket");
		expect(code(orderIntent({ triggerSlot: SLOT - 5 }))).toBe("staleMarket");
	});

	test("everything when no slot was heard for too long, or a feed says that it is not fresh", () => {
		expect(code(orderIntent(), { monotonicMicros: 1_600_000 })).toBe("approved");
		expect(code(orderIntent(), { monotonicMicros: 1_600_001 })).toBe("staleMarket");
		const market = freshMarket();
		market.freshnessChanged({ shard: "main", fresh: false, reason: "gap" }, 0);
		expect(code(orderIntent(), { market })).toBe("staleMarket");
	});
});

describe("gate: limits, at the limit and one beyond", () => {
	test("notional of an intent", () => {
		const chosen = { limits: usdc({ maxIntentNotional: 1_000_000n }) };
		expect(code(orderIntent({ amount: 1_000_000n }), chosen)).toBe("approved");
		expect(code(orderIntent({ amount: 1_000_001n }), chosen)).toBe("maxIntentNotional");
	});

	test("intents in flight", () => {
		const gate = view({ limits: limits({ maxInFlight: 2 }) });
		const first = orderIntent();
		expect(submit(first, gate)).toBe("approved");
		expect(submit(orderIntent(), gate)).toBe("approved");
		expect(submit(orderIntent(), gate)).toBe("maxInFlight");
		gate.ledger.apply({ type: "released", intentId: first.intentId, reason: "", atMicros: NEW_YEAR });
		expect(submit(orderIntent(), gate)).toBe("approved");
	});

	test("notional in flight", () => {
		const gate = view({ limits: usdc({ maxInFlightNotional: 2_000_000n }) });
		const first = orderIntent({ amount: 1_000_000n });
		expect(submit(first, gate)).toBe("approved");
		expect(submit(orderIntent({ amount: 1_000_001n }), gate)).toBe("maxInFlightNotional");
		expect(submit(orderIntent({ amount: 1_000_000n }), gate)).toBe("approved");
		expect(submit(orderIntent({ amount: 1n }), gate)).toBe("maxInFlightNotional");
		gate.ledger.apply(settled(first.intentId, USDC, 100n));
		expect(submit(orderIntent({ amount: 1_000_000n }), gate)).toBe("approved");
	});

	test("daily loss of the funding mint", () => {
		for (const [loss, expected] of [
			[1_000n, "approved"],
			[1_001n, "maxDailyLoss"],
		] as const) {
			const gate = view({ limits: usdc({ maxDailyLoss: 1_000n }) });
			const losing = orderIntent();
			submit(losing, gate);
			gate.ledger.apply(settled(losing.intentId, USDC, -loss));
			expect(submit(orderIntent(), gate)).toBe(expected);
		}
	});

	test("daily loss of SOL counts fees paid and the worst case of what is open", () => {
		const open = FEE_LAMPORTS * 2n;
		for (const [limit, expected] of [
			[open + FEE_LAMPORTS + 700n, "approved"],
			[open + FEE_LAMPORTS + 699n, "maxDailyLoss"],
		] as const) {
			const gate = view({ limits: solLoss(limit) });
			const reverted = orderIntent();
			submit(reverted, gate);
			gate.ledger.apply({
				type: "settled",
				intentId: reverted.intentId,
				outcome: "reverted",
				signature: null,
				booking: {
					signature: "r" as never,
					slot: 20,
					changes: [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 700n }],
				},
				atMicros: NEW_YEAR,
			});
			submit(orderIntent(), gate);
			submit(orderIntent(), gate);
			expect(submit(orderIntent(), gate)).toBe(expected);
		}
	});

	test("a new UTC day begins without yesterday's loss", () => {
		const gate = view({ limits: usdc({ maxDailyLoss: 1_000n }) });
		const losing = orderIntent({ deadlineMicros: NEW_YEAR + 100 });
		submit(losing, gate);
		gate.ledger.apply(settled(losing.intentId, USDC, -5_000n));
		const day = 86_400_000_000;
		const lastMoment = { ...gate, nowMicros: NEW_YEAR + day - 1 };
		expect(submit(orderIntent({ deadlineMicros: NEW_YEAR + day }), lastMoment)).toBe("maxDailyLoss");
		expect(submit(orderIntent({ deadlineMicros: NEW_YEAR + day }), { ...gate, nowMicros: NEW_YEAR + day })).toBe(
			"approved",
		);
	});

	test("order rate: a burst, then one for each interval; a denied intent uses nothing up", () => {
		const chosen = limits({ maxOrdersPerSecond: 2, orderBurst: 3 });
		const gate = view({ limits: chosen });
		for (let index = 0; index < 3; index++) {
			expect(submit(orderIntent({ amount: 10_000_001n }), gate)).toBe("maxIntentNotional");
			expect(submit(orderIntent(), gate)).toBe("approved");
		}
		expect(submit(orderIntent(), gate)).toBe("orderRate");
		expect(submit(orderIntent(), { ...gate, monotonicMicros: 499_999 })).toBe("orderRate");
		expect(submit(orderIntent(), { ...gate, monotonicMicros: 500_000 })).toBe("approved");
		expect(submit(orderIntent(), { ...gate, monotonicMicros: 500_000 })).toBe("orderRate");
	});
});

describe("gate: what it approves", () => {
	test("binds to wallet and blockhash, and reserves the worst case", () => {
		const intent = orderIntent({ amount: 777n });
		const verdict = checkIntent(intent, view());
		expect(verdict).toEqual({
			ok: true,
			intent,
			wallet: WALLET,
			blockhash: BLOCKHASH,
			reservation: {
				intentId: intent.intentId,
				strategy: "cross-venue",
				cycle: "pool-1>pool-2",
				fundingMint: USDC,
				notional: 777n,
				loanFee: 10n,
				maximumFeeLamports: FEE_LAMPORTS,
				deadlineMicros: intent.deadlineMicros,
				lastValidBlockHeight: 1_050,
				riskEpoch: 0,
				approvedAtMicros: NEW_YEAR,
				tipLamports: 0n,
				networkCost: intent.networkCost,
				passages: intent.legs.map(({ pool, direction }) => ({ pool, direction })),
				slot: SLOT,
			},
		});
	});

	test("no interleaving of submits and settlements passes a limit by one unit", () => {
		type Step = {
			readonly amount: bigint;
			readonly end: "landed" | "reverted" | "released" | "open";
			readonly loss: bigint;
		};
		const step: fc.Arbitrary<Step> = fc.record({
			amount: fc.bigInt(1n, 1_200n),
			end: fc.constantFrom("landed", "reverted", "released", "open"),
			loss: fc.bigInt(-300n, 300n),
		});
		let denials = 0;
		fc.assert(
			fc.property(
				fc.array(step, { minLength: 20, maxLength: 60 }),
				fc.array(fc.nat(), { minLength: 60 }),
				(steps, picks) => {
					const chosen = {
						...limits({ maxInFlight: 5 }),
						byMint: new Map([
							[USDC, mintLimits({ maxIntentNotional: 1_000n, maxInFlightNotional: 2_500n, maxDailyLoss: 400n })],
							[SOL_MINT, mintLimits({ maxIntentNotional: 1n, maxInFlightNotional: 1n, maxDailyLoss: 60_000n })],
						]),
					};
					const gate = view({ limits: chosen });
					const open = new Map<IntentId, bigint>();
					let paid = 0n;
					let realised = 0n;
					for (const [index, { amount, end, loss }] of steps.entries()) {
						const intent = orderIntent({ amount });
						const lossBefore = -realised;
						const answer = submit(intent, gate);
						if (answer === "approved") {
							open.set(intent.intentId, amount);
							expect(lossBefore).toBeLessThanOrEqual(400n);
						} else denials++;
						const notional = [...open.values()].reduce((sum, each) => sum + each, 0n);
						expect(amount <= 1_000n || answer !== "approved").toBe(true);
						expect(open.size).toBeLessThanOrEqual(5);
						expect(notional).toBeLessThanOrEqual(2_500n);
						expect(gate.ledger.inFlightNotional(USDC)).toBe(notional);
						expect(paid + BigInt(open.size) * FEE_LAMPORTS).toBeLessThanOrEqual(60_000n);
						const ids = [...open.keys()];
						const ended = ids[(picks[index] ?? 0) % Math.max(1, ids.length)];
						if (end === "open" || ended === undefined) continue;
						open.delete(ended);
						if (end === "released") {
							gate.ledger.apply({ type: "released", intentId: ended, reason: "", atMicros: NEW_YEAR });
							continue;
						}
						const fill = end === "landed" ? loss : 0n;
						realised += fill;
						paid += FEE_LAMPORTS;
						gate.ledger.apply({
							type: "settled",
							intentId: ended,
							outcome: end,
							signature: ended as never,
							booking: {
								signature: ended as never,
								slot: 20,
								changes: [
									{ mint: USDC, fill, loanFee: 0n, networkFee: 0n },
									{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: FEE_LAMPORTS },
								],
							},
							atMicros: NEW_YEAR,
						});
					}
				},
			),
			{ seed: 42, numRuns: 300 },
		);
		expect(denials).toBeGreaterThan(100);
	});

	test("the order rate holds over any pattern of arrivals", () => {
		fc.assert(
			fc.property(
				fc.array(fc.nat(400_000), { minLength: 1, maxLength: 200 }),
				fc.integer({ min: 1, max: 10 }),
				fc.integer({ min: 1, max: 5 }),
				(gaps, ordersPerSecond, burst) => {
					const rate = new OrderRate({ ordersPerSecond, burst, nowMicros: 0 });
					const taken: number[] = [];
					let now = 0;
					for (const gap of gaps) {
						now += gap;
						if (rate.tryTake(now)) taken.push(now);
					}
					for (let from = 0; from < taken.length; from++) {
						for (let to = from; to < taken.length; to++) {
							const allowed = burst + ((taken[to]! - taken[from]!) * ordersPerSecond) / 1_000_000;
							expect(to - from + 1).toBeLessThanOrEqual(allowed);
						}
					}
				},
			),
			{ seed: 7, numRuns: 200 },
		);
	});
});

test("fixtures: ids are distinct and the ledger is opened", () => {
	expect(intentId()).not.toBe(intentId());
	expect(openedLedger().wallet).toBe(WALLET);
});
