import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { checkIntent, type GateView } from "../../../../core/risk/gate.ts";
import { GrossExposure } from "../../../../core/risk/gross-exposure.ts";
import type { CostLimits, MintLimits, RiskLimits } from "../../../../core/risk/limits.ts";
import { OrderRate } from "../../../../core/risk/order-rate.ts";
import type { StrategyBudget } from "../../../../core/risk/strategy-budget.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import {
	BONK,
	booking,
	budget,
	FEE_LAMPORTS,
	freshMarket,
	inventorySwap,
	limits,
	mintLimits,
	NEW_YEAR,
	openedLedger,
	orderIntent,
	pricesOf,
	submit,
	TIP_ACCOUNT,
	USDC,
	view,
} from "./risk-world.ts";

/** Limits in which BONK has some, too. */
function limitsOf(mint: Address, changes: Partial<MintLimits>): RiskLimits {
	const base = limits();
	const byMint = new Map(base.byMint).set(BONK, mintLimits());
	return { ...base, byMint: byMint.set(mint, { ...(byMint.get(mint) as MintLimits), ...changes }) };
}

function budgetOf(changes: Partial<StrategyBudget>): RiskLimits {
	return limits({ budgets: new Map([["cross-venue", budget(changes)]]) });
}

function costsOf(changes: Partial<CostLimits>): RiskLimits {
	const base = limits();
	return { ...base, costs: { ...base.costs, ...changes } };
}

const RICH = { [USDC]: 1_000_000_000n, [BONK]: 5_000n };

function gateOf(changes: Partial<GateView> = {}): GateView {
	return view({ ledger: openedLedger(RICH), ...changes });
}

function code(intent: unknown, changes: Partial<GateView> = {}): string {
	const verdict = checkIntent(intent, gateOf(changes));
	return verdict.ok ? "approved" : verdict.code;
}

const tip = (lamports: bigint, account = TIP_ACCOUNT) => ({ tip: { account, lamports } });
/** The same route the other way round. */
const reversed = (intent: OrderIntent): OrderIntent => ({
	...intent,
	legs: intent.legs.map((leg) => ({ ...leg, direction: leg.direction === "aToB" ? "bToA" : "aToB" })),
});

describe("gate: messages", () => {
	test("are counted whatever they say, and refused beyond the rate before anything else is looked at", () => {
		const gate = gateOf({ limits: limits({ maxMessagesPerSecond: 2, messageBurst: 3 }), tradingState: "halted" });
		const verdict = (monotonicMicros: number) => {
			const told = checkIntent("garbage", { ...gate, monotonicMicros });
			return told.ok ? "approved" : told.code;
		};
		expect([0, 0, 0, 0, 499_999, 500_000, 500_000].map(verdict)).toEqual([
			"tradingHalted",
			"tradingHalted",
			"tradingHalted",
			"messageRate",
			"messageRate",
			"tradingHalted",
			"messageRate",
		]);
	});
});

describe("gate: strategies", () => {
	test("one without a budget trades nothing", () => {
		expect(code(orderIntent({ strategy: "stranger" }))).toBe("unknownStrategy");
	});

	test("one that is switched off is refused with the reason", () => {
		const standing = { drawdown: () => 0n, throttled: (name: string) => (name === "cross-venue" ? "3 failed" : null) };
		const verdict = checkIntent(orderIntent(), gateOf({ standing }));
		expect(verdict).toEqual({ ok: false, code: "strategyThrottled", detail: "3 failed" });
	});

	test("notional in flight of one strategy, whatever others have", () => {
		const chosen = limits({
			budgets: new Map([
				[
					"cross-venue",
					budget({ byMint: new Map(budget().byMint).set(USDC, { maxInFlightNotional: 2_000n, maxDailyLoss: 1n }) }),
				],
				["order", budget()],
			]),
		});
		const gate = gateOf({ limits: chosen });
		expect(submit(orderIntent({ amount: 5_000n, strategy: "order" }), gate)).toBe("approved");
		expect(submit(orderIntent({ amount: 2_001n }), gate)).toBe("strategyNotional");
		expect(submit(orderIntent({ amount: 1_500n }), gate)).toBe("approved");
		expect(submit(orderIntent({ amount: 501n }), gate)).toBe("strategyNotional");
		expect(submit(orderIntent({ amount: 500n }), gate)).toBe("approved");
	});

	test("a mint that the strategy has no budget in", () => {
		const byMint = new Map(budget().byMint);
		byMint.delete(USDC);
		expect(code(orderIntent(), { limits: budgetOf({ byMint }) })).toBe("unknownMint");
		byMint.set(USDC, { maxInFlightNotional: null, maxDailyLoss: 10n });
		expect(code(orderIntent(), { limits: budgetOf({ byMint }) })).toBe("strategyNotional");
	});

	test("loss of the day of one strategy, with what is at stake", () => {
		const most = FEE_LAMPORTS * 2n + 700n;
		const chosen = (maxDailyLoss: bigint) =>
			budgetOf({ byMint: new Map(budget().byMint).set(SOL_MINT, { maxInFlightNotional: null, maxDailyLoss }) });
		for (const [limit, expected] of [
			[most, "approved"],
			[most - 1n, "strategyDailyLoss"],
		] as const) {
			const gate = gateOf({ limits: chosen(limit) });
			const reverted = orderIntent();
			submit(reverted, gate);
			gate.ledger.apply({
				type: "settled",
				intentId: reverted.intentId,
				outcome: "reverted",
				signature: null,
				booking: booking("r", 20, [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 700n }]),
				atMicros: NEW_YEAR,
			});
			submit(orderIntent(), gate);
			expect(submit(orderIntent(), gate)).toBe(expected);
			const day = 86_400_000_000;
			const tomorrow = { ...gate, nowMicros: NEW_YEAR + day };
			expect(submit(orderIntent({ deadlineMicros: NEW_YEAR + day }), tomorrow)).toBe(
				expected === "approved" ? "strategyDailyLoss" : "approved",
			);
		}
	});

	test("orders a second of one strategy; neither rate is used up by what the other refuses", () => {
		const chosen = {
			...budgetOf({ ordersPerSecond: 1, orderBurst: 2 }),
			maxOrdersPerSecond: 1,
			orderBurst: 3,
		};
		const gate = gateOf({ limits: chosen });
		expect([1, 2, 3].map(() => submit(orderIntent(), gate))).toEqual(["approved", "approved", "strategyOrderRate"]);
		const patient = new Map([["cross-venue", new OrderRate({ ordersPerSecond: 1, burst: 2, nowMicros: 0 })]]);
		const other = { ...gate, strategyRates: patient };
		expect([1, 2, 3].map(() => submit(orderIntent(), other))).toEqual(["approved", "orderRate", "orderRate"]);
		expect(patient.get("cross-venue")?.tryTake(0)).toBe(true);
		expect(submit(orderIntent(), { ...gate, strategyRates: new Map() })).toBe("strategyOrderRate");
	});
});

describe("gate: what an intent costs", () => {
	test("network fee of one intent", () => {
		expect(code(orderIntent(), { limits: costsOf({ maxFeePerIntent: FEE_LAMPORTS }) })).toBe("approved");
		expect(code(orderIntent(), { limits: costsOf({ maxFeePerIntent: FEE_LAMPORTS - 1n }) })).toBe("maxFee");
	});

	test("tip of one intent, and to whom", () => {
		const chosen = { limits: costsOf({ maxTipPerIntent: 1_000n }) };
		expect(code(orderIntent(tip(1_000n)), chosen)).toBe("approved");
		expect(code(orderIntent(tip(1_001n)), chosen)).toBe("maxTip");
		expect(code(orderIntent(tip(1n, USDC)), chosen)).toBe("tipAccount");
	});

	test("fees of an hour: paid, at stake, and the intent's own", () => {
		const paid = 700n;
		for (const [limit, expected] of [
			[paid + 2n * FEE_LAMPORTS, "approved"],
			[paid + 2n * FEE_LAMPORTS - 1n, "maxFeesPerHour"],
		] as const) {
			const gate = gateOf({ limits: costsOf({ maxFeesPerHour: limit }) });
			const changes = [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: paid }];
			gate.ledger.apply({ type: "adopted", booking: booking("a", 20, changes), intentId: null, atMicros: NEW_YEAR });
			expect(submit(orderIntent(), gate)).toBe("approved");
			expect(submit(orderIntent(), gate)).toBe(expected);
		}
	});

	test("tips of an hour: paid, at stake, and the intent's own; after an hour there is room again", () => {
		const gate = gateOf({ limits: costsOf({ maxTipsPerHour: 1_000n }) });
		const changes = [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 0n, tip: 300n }];
		gate.ledger.apply({ type: "adopted", booking: booking("a", 20, changes), intentId: null, atMicros: NEW_YEAR });
		expect(submit(orderIntent(tip(200n)), gate)).toBe("approved");
		expect(submit(orderIntent(tip(501n)), gate)).toBe("maxTipsPerHour");
		expect(submit(orderIntent(tip(500n)), gate)).toBe("approved");
		expect(submit(orderIntent(), gate)).toBe("approved");
		const later = NEW_YEAR + 61 * 60_000_000;
		const next = { ...gate, nowMicros: later };
		expect(submit(orderIntent({ ...tip(301n), deadlineMicros: later }), next)).toBe("maxTipsPerHour");
		expect(submit(orderIntent({ ...tip(300n), deadlineMicros: later }), next)).toBe("approved");
	});
});

describe("gate: sizes and prices", () => {
	test("order size of each swap by its own mint", () => {
		const first = { limits: limitsOf(USDC, { maxOrderSize: 1_000n }) };
		expect(code(orderIntent({ amount: 1_000n }), first)).toBe("approved");
		expect(code(orderIntent({ amount: 1_001n }), first)).toBe("maxOrderSize");
		expect(code(orderIntent(), { limits: limitsOf(SOL_MINT, { maxOrderSize: 5_000n }) })).toBe("approved");
		expect(code(orderIntent(), { limits: limitsOf(SOL_MINT, { maxOrderSize: 4_999n }) })).toBe("maxOrderSize");
	});

	test("a swap's price within the collar, below and above, to the unit", () => {
		const chosen = (minimum: bigint, expected = minimum) =>
			code(inventorySwap({ amount: 10_000n, minimum, expected }), { limits: limits({ collarBps: 100n }) });
		expect([chosen(9_900n), chosen(9_899n), chosen(9_900n, 10_100n), chosen(9_900n, 10_101n)]).toEqual([
			"approved",
			"priceCollar",
			"approved",
			"priceCollar",
		]);
	});

	test("every swap of a route", () => {
		const limited = { ...limitsOf(BONK, {}), collarBps: 100n, allowUnlistedMints: true };
		const prices = pricesOf({
			price: (mintIn) =>
				mintIn === USDC ? { amountIn: 1n, amountOut: 1n, rough: 1 } : { amountIn: 1n, amountOut: 2n, rough: 2 },
		});
		const route = inventorySwap({ amount: 10_000n, minimum: 10_000n, mints: [USDC, BONK, SOL_MINT] });
		expect(code(route, { limits: limited, prices })).toBe("priceCollar");
		expect(code(route, { limits: limited })).toBe("approved");
	});

	test("without a reference nothing is traded", () => {
		expect(code(orderIntent(), { prices: pricesOf({ price: () => null }) })).toBe("noReference");
		const prices = pricesOf({
			price: (mintIn) => (mintIn === USDC ? { amountIn: 1n, amountOut: 1n, rough: 1 } : null),
		});
		expect(code(orderIntent(), { prices })).toBe("noReference");
	});
});

describe("gate: own orders in a pool", () => {
	test("against an open one, in whatever slot", () => {
		const gate = gateOf();
		const first = orderIntent();
		expect(submit(first, gate)).toBe("approved");
		const market = freshMarket();
		market.heard(
			{ shard: "main", slot: 1_001, blockHeight: 901, blockhash: "h" as never, lastValidBlockHeight: 1_051 },
			0,
		);
		const later = { ...gate, market };
		expect(submit(reversed(orderIntent()), later)).toBe("selfTrade");
		expect(submit(orderIntent(), later)).toBe("approved");
	});

	test("against one of the same slot, also when that has ended already", () => {
		const gate = gateOf();
		const first = orderIntent();
		submit(first, gate);
		gate.ledger.apply({ type: "released", intentId: first.intentId, reason: "", atMicros: NEW_YEAR });
		expect(submit(reversed(orderIntent()), gate)).toBe("selfTrade");
		const market = freshMarket();
		market.heard(
			{ shard: "main", slot: 1_001, blockHeight: 901, blockhash: "h" as never, lastValidBlockHeight: 1_051 },
			0,
		);
		expect(submit(reversed(orderIntent()), { ...gate, market })).toBe("approved");
	});
});

describe("gate: what is held", () => {
	test("a swap spends no more than is held beside what open swaps spend", () => {
		const gate = view({ ledger: openedLedger({ [USDC]: 1_000n }) });
		expect(submit(inventorySwap({ amount: 1_001n }), gate)).toBe("insufficientBalance");
		expect(submit(inventorySwap({ amount: 600n }), gate)).toBe("approved");
		expect(submit(inventorySwap({ amount: 401n }), gate)).toBe("insufficientBalance");
		expect(submit(orderIntent({ amount: 5_000n }), gate)).toBe("approved");
		expect(submit(inventorySwap({ amount: 400n }), gate)).toBe("approved");
	});

	test("fees and tips need SOL, beside what is spent of it", () => {
		const ledgerWith = (lamports: bigint) => {
			const ledger = openedLedger(RICH);
			const taken = [{ mint: SOL_MINT, fill: 0n, transfer: lamports - 10_000_000_000n, loanFee: 0n, networkFee: 0n }];
			ledger.apply({ type: "adopted", booking: booking("t", 11, taken), intentId: null, atMicros: NEW_YEAR });
			return ledger;
		};
		const both = 2n * FEE_LAMPORTS + 300n;
		for (const [lamports, expected] of [
			[both, "approved"],
			[both - 1n, "insufficientBalance"],
		] as const) {
			const gate = view({ ledger: ledgerWith(lamports) });
			expect(submit(orderIntent(tip(100n)), gate)).toBe("approved");
			expect(submit(orderIntent(tip(200n)), gate)).toBe(expected);
		}
		const selling = (amount: bigint) => inventorySwap({ amount, mints: [SOL_MINT, USDC] });
		expect(code(selling(1_000n), { ledger: ledgerWith(FEE_LAMPORTS + 1_000n) })).toBe("approved");
		expect(code(selling(1_001n), { ledger: ledgerWith(FEE_LAMPORTS + 1_000n) })).toBe("insufficientBalance");
	});

	test("position of what is bought, with everything open that buys it", () => {
		const chosen = limitsOf(BONK, { maxPosition: 7_000n });
		const gate = gateOf({ limits: { ...chosen, allowUnlistedMints: true } });
		const buying = (expected: bigint) => inventorySwap({ amount: 100n, minimum: 100n, expected, mints: [USDC, BONK] });
		expect(submit(buying(2_001n), gate)).toBe("maxPosition");
		expect(submit(buying(1_500n), gate)).toBe("approved");
		expect(submit(buying(501n), gate)).toBe("maxPosition");
		expect(submit(buying(500n), gate)).toBe("approved");
	});

	test("cash is no position, and what has no limits is not bought", () => {
		const selling = inventorySwap({ amount: 1_000n, mints: [SOL_MINT, USDC] });
		expect(code(selling)).toBe("approved");
		expect(code(inventorySwap({ mints: [USDC, BONK] }), { limits: limits({ allowUnlistedMints: true }) })).toBe(
			"unknownMint",
		);
	});

	test("gross exposure: holdings that are no cash, everything in flight, and the intent's own notional", () => {
		// 10 SOL less one lamport of debt each, and 5,000 BONK, at one to one.
		const held = 10_000_000_000n + 5_000n;
		for (const [limit, expected] of [
			[held + 3_000n, "approved"],
			[held + 2_999n, "maxGrossExposure"],
		] as const) {
			const gate = gateOf({ limits: limits({ maxGrossExposure: limit }) });
			expect(submit(orderIntent({ amount: 1_000n }), gate)).toBe("approved");
			expect(submit(inventorySwap({ amount: 2_000n }), gate)).toBe(expected);
		}
	});

	test("turning a holding into cash needs no room, and is not counted twice", () => {
		const held = 10_000_000_000n + 5_000n;
		const gate = gateOf({ limits: limits({ maxGrossExposure: held }) });
		expect(submit(inventorySwap({ amount: 1_000n, mints: [SOL_MINT, USDC] }), gate)).toBe("approved");
		expect(submit(orderIntent({ amount: 1n }), gate)).toBe("maxGrossExposure");
		const roomy = gateOf({ limits: limits({ maxGrossExposure: held + 1n }) });
		submit(inventorySwap({ amount: 1_000n, mints: [SOL_MINT, USDC] }), roomy);
		const same = { ...orderIntent({ amount: 1n }), legs: orderIntent({ amount: 1n }).legs };
		expect(submit(same, roomy)).toBe("approved");
	});

	test("exposure that nobody can tell the value of", () => {
		const unpriced = pricesOf({ value: (mint, amount) => (mint === BONK ? null : amount) });
		expect(code(inventorySwap(), { prices: unpriced })).toBe("noReference");
		expect(code(orderIntent(), { prices: unpriced })).toBe("approved");
		expect(code(orderIntent(), { prices: pricesOf({ value: () => null }) })).toBe("noReference");
	});
});

describe("gate: losses", () => {
	test("a swap from holdings counts what its guard leaves open, fee and tip", () => {
		const usdcLoss = (maxDailyLoss: bigint) => ({ limits: limitsOf(USDC, { maxDailyLoss }) });
		const swap = inventorySwap({ amount: 1_000n, minimum: 950n, ...tip(40n) });
		expect(code(swap, usdcLoss(50n))).toBe("approved");
		expect(code(swap, usdcLoss(49n))).toBe("maxDailyLoss");
		const solLoss = (maxDailyLoss: bigint) => ({ limits: limitsOf(SOL_MINT, { maxDailyLoss }) });
		expect(code(swap, solLoss(FEE_LAMPORTS + 40n))).toBe("approved");
		expect(code(swap, solLoss(FEE_LAMPORTS + 39n))).toBe("maxDailyLoss");
		// A cycle's guard covers its tip in the funding mint, and SOL is paid all the same.
		expect(code(orderIntent(tip(40n)), solLoss(FEE_LAMPORTS + 40n))).toBe("approved");
		expect(code(orderIntent(tip(40n)), solLoss(FEE_LAMPORTS + 39n))).toBe("maxDailyLoss");
		const gate = gateOf(usdcLoss(99n));
		expect(submit(swap, gate)).toBe("approved");
		expect(submit(inventorySwap({ amount: 1_000n, minimum: 950n }), gate)).toBe("maxDailyLoss");
		expect(submit(inventorySwap({ amount: 1_000n, minimum: 951n }), gate)).toBe("approved");
	});

	test("drawdown of the funding mint and of SOL, with everything at stake", () => {
		const standing = (mint: Address, drawdown: bigint) => ({
			standing: { throttled: () => null, drawdown: (asked: Address) => (asked === mint ? drawdown : 0n) },
		});
		const usdc = { limits: limitsOf(USDC, { maxDrawdown: 500n }) };
		expect(code(orderIntent(), { ...usdc, ...standing(USDC, 500n) })).toBe("approved");
		expect(code(orderIntent(), { ...usdc, ...standing(USDC, 501n) })).toBe("maxDrawdown");
		const sol = { limits: limitsOf(SOL_MINT, { maxDrawdown: 500n + FEE_LAMPORTS }) };
		expect(code(orderIntent(), { ...sol, ...standing(SOL_MINT, 500n) })).toBe("approved");
		expect(code(orderIntent(), { ...sol, ...standing(SOL_MINT, 501n) })).toBe("maxDrawdown");
	});
});

describe("gate: while trading is reducing", () => {
	const reducing = { tradingState: "reducing" } as const;

	test("only a swap of what is held into a quote asset passes, up to what is held", () => {
		const bonk = { ...reducing, limits: limitsOf(BONK, {}) };
		const selling = (amount: bigint) => inventorySwap({ amount, minimum: amount, mints: [BONK, USDC] });
		expect(code(selling(5_000n), bonk)).toBe("approved");
		expect(code(selling(5_001n), bonk)).toBe("insufficientBalance");
	});

	test("cycles, swaps between other mints and swaps out of cash are refused", () => {
		expect(code(orderIntent(), reducing)).toBe("reducingOnly");
		expect(code(inventorySwap(), reducing)).toBe("reducingOnly");
		const chosen = { ...reducing, limits: { ...limitsOf(BONK, {}), allowUnlistedMints: true } };
		expect(code(inventorySwap({ mints: [BONK, SOL_MINT] }), chosen)).toBe("reducingOnly");
		expect(code("garbage", reducing)).toBe("malformedIntent");
		// From cash to cash lowers nothing.
		const twoQuotes = limits({ quoteMints: [USDC, SOL_MINT] });
		expect(
			code(inventorySwap(), { ...reducing, limits: twoQuotes, exposure: new GrossExposure(twoQuotes.quoteMints) }),
		).toBe("reducingOnly");
	});
});

describe("gate: what it approves of a swap from holdings", () => {
	test("reserves what it spends, what it brings, what it can lose, its tip and its way", () => {
		const swap = inventorySwap({ amount: 1_000n, minimum: 990n, expected: 1_005n, ...tip(7n) });
		const verdict = checkIntent(swap, gateOf());
		expect(verdict).toMatchObject({
			ok: true,
			reservation: {
				notional: 1_000n,
				loanFee: 0n,
				isFromHoldings: true,
				receives: { mint: SOL_MINT, amount: 1_005n },
				lossAtStake: 10n,
				tipLamports: 7n,
				passages: [{ pool: swap.legs[0]?.pool, direction: "aToB" }],
				slot: 1_000,
			},
		});
	});

	test("a guard above the reference has nothing at stake", () => {
		const verdict = checkIntent(inventorySwap({ amount: 1_000n, minimum: 1_001n }), gateOf());
		expect(verdict).toMatchObject({ ok: true, reservation: { lossAtStake: 0n } });
	});
});

test("exposure is measured anew for another ledger", () => {
	const exposure = new GrossExposure([USDC]);
	expect(exposure.holdings(openedLedger(RICH), pricesOf(), 1).value).toBe(10_000_005_000n);
	expect(exposure.holdings(openedLedger(), pricesOf(), 1).value).toBe(10_000_000_000n);
});
