import { expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { checkIntent, type GateView } from "../../../../core/risk/gate.ts";
import { checkSizes } from "../../../../core/risk/limit-checks.ts";
import type { CostLimits, MintLimits, RiskLimits } from "../../../../core/risk/limits.ts";
import { OrderRate } from "../../../../core/risk/order-rate.ts";
import type { Address } from "../../../../core/types/address.ts";
import {
	BONK,
	budget,
	FEE_LAMPORTS,
	inventorySwap,
	limits,
	NEW_YEAR,
	openedLedger,
	orderIntent,
	pricesOf,
	submit,
	TIP_ACCOUNT,
	USDC,
	view,
} from "./risk-world.ts";

/** What a person reads who asks why an order was refused: the amounts, and the limit. */
function detail(intent: unknown, changes: Partial<GateView> = {}): string {
	const verdict = checkIntent(intent, view({ ledger: openedLedger({ [USDC]: 1_000n, [BONK]: 7n }), ...changes }));
	return verdict.ok ? "approved" : verdict.detail;
}

function mint(address: Address, changes: Partial<MintLimits>): { limits: RiskLimits } {
	const base = limits();
	const byMint = new Map(base.byMint).set(address, { ...(base.byMint.get(address) as MintLimits), ...changes });
	return { limits: { ...base, byMint } };
}

function costs(changes: Partial<CostLimits>): { limits: RiskLimits } {
	const base = limits();
	return { limits: { ...base, costs: { ...base.costs, ...changes } } };
}

const tip = (lamports: bigint, account = TIP_ACCOUNT) => ({ tip: { account, lamports } });
const no = (ordersPerSecond: number, burst: number) => {
	const rate = new OrderRate({ ordersPerSecond, burst, nowMicros: 0 });
	for (let taken = 0; taken < burst; taken++) rate.tryTake(0);
	return rate;
};

test("size, and what is in flight", () => {
	const order = orderIntent({ amount: 501n });
	expect(detail(order, mint(USDC, { maxIntentNotional: 500n }))).toBe(`501 of ${USDC}, at most 500`);
	expect(detail(order, mint(USDC, { maxOrderSize: 500n }))).toBe(`legs[0] swaps 501 of ${USDC}, at most 500`);
	expect(detail(order, { limits: limits({ maxInFlight: 0 }) })).toBe("0 intents are in flight, at most 0");
	expect(detail(order, mint(USDC, { maxInFlightNotional: 500n }))).toBe(`501 of ${USDC} in flight, at most 500`);
	const gate = view();
	submit(order, gate);
	const against = orderIntent();
	const legs = against.legs.map((leg, at) => (at === 0 ? leg : { ...leg, direction: "aToB" as const }));
	const verdict = checkIntent({ ...against, legs }, gate);
	expect(verdict).toMatchObject({ detail: `legs[1] goes against an intent of ours through ${legs[1]?.pool}` });
	expect(() => checkSizes(order, view({ limits: limits({ byMint: new Map() }) }))).toThrow(
		`${USDC} has no limits: mints are checked before amounts`,
	);
});

test("what is held", () => {
	const sol = 10_000_000_000n;
	const selling = inventorySwap({ amount: sol, minimum: sol, mints: [SOL_MINT, USDC], ...tip(3n) });
	const roomy = mint(SOL_MINT, { maxIntentNotional: 2n * sol, maxOrderSize: 2n * sol, maxInFlightNotional: 2n * sol });
	expect(detail(selling, roomy)).toBe(`${sol + FEE_LAMPORTS + 3n} lamports are spent or at stake, ${sol} are held`);
	// A loan of SOL is not spent of what is held, and neither is another mint.
	expect(detail(inventorySwap({ amount: 1_001n }))).toBe(`1001 of ${USDC} are spent, 1000 are held`);
	expect(detail(inventorySwap(), mint(SOL_MINT, { maxPosition: 5n }))).toBe(
		`${sol + 1_000n} of ${SOL_MINT} would be held, at most 5`,
	);
});

test("exposure", () => {
	const order = orderIntent({ amount: 10n });
	expect(detail(order, { limits: limits({ maxGrossExposure: 5n }) })).toBe(
		`10000000017 of ${USDC} would be exposed, at most 5`,
	);
	expect(detail(order, { prices: pricesOf({ value: () => null }) })).toBe(
		`no fresh pool tells what is in flight in ${USDC}`,
	);
	const unpriced = pricesOf({ value: (asked, amount) => (asked === BONK ? null : amount) });
	expect(detail(inventorySwap(), { prices: unpriced })).toBe(`${BONK} is held, and no fresh pool has told its price`);
});

test("losses", () => {
	const swap = inventorySwap({ amount: 1_000n, minimum: 950n });
	expect(detail(swap, mint(USDC, { maxDailyLoss: 49n }))).toBe(`50 of ${USDC} lost or at stake today, at most 49`);
	expect(detail(swap, mint(USDC, { maxDrawdown: 49n }))).toBe(`50 of ${USDC} below the peak or at stake, at most 49`);
	const poor = new Map(budget().byMint).set(USDC, { maxInFlightNotional: 10n ** 9n, maxDailyLoss: 49n });
	expect(detail(swap, { limits: limits({ budgets: new Map([["cross-venue", budget({ byMint: poor })]]) }) })).toBe(
		`cross-venue lost or has at stake 50 of ${USDC} today, at most 49`,
	);
});

test("budgets and costs", () => {
	const order = orderIntent({ amount: 501n, ...tip(7n) });
	expect(detail(order, costs({ maxFeesPerHour: 5n }))).toBe(`${FEE_LAMPORTS} lamports of fees in an hour, at most 5`);
	expect(detail(order, costs({ maxTipsPerHour: 6n }))).toBe("7 lamports of tips in an hour, at most 6");
	expect(detail(order, costs({ maxFeePerIntent: 5n }))).toBe(`${FEE_LAMPORTS} lamports of fee, at most 5`);
	expect(detail(order, costs({ maxTipPerIntent: 6n }))).toBe("7 lamports of tip, at most 6");
	expect(detail(orderIntent(tip(1n, USDC)))).toBe(`${USDC} is not among risk.tip_accounts`);
	const budgets = (maxInFlightNotional: bigint | null) => {
		const byMint = new Map(budget().byMint).set(USDC, { maxInFlightNotional, maxDailyLoss: 10n });
		return { limits: limits({ budgets: new Map([["cross-venue", budget({ byMint })]]) }) };
	};
	expect(detail(order, budgets(500n))).toBe(`cross-venue would have 501 of ${USDC} in flight, at most 500`);
	expect(detail(order, budgets(null))).toBe(`cross-venue has no budget in ${USDC}`);
	const without = new Map(budget().byMint);
	without.delete(USDC);
	const none = limits({ budgets: new Map([["cross-venue", budget({ byMint: without })]]) });
	expect(detail(order, { limits: none })).toBe(`${USDC} pays for trades of cross-venue and has no limits`);
});

test("what an intent is", () => {
	const order = orderIntent();
	const gate = view();
	submit(order, gate);
	expect(checkIntent(order, gate)).toMatchObject({ detail: `${order.intentId} was approved before` });
	expect(detail(orderIntent({ deadlineMicros: NEW_YEAR - 5 }))).toBe("the deadline passed 5 µs ago");
	expect(detail(orderIntent({ deadlineMicros: NEW_YEAR + 500_001 }))).toBe(
		"the deadline lies 500001 µs ahead, at most 500000",
	);
	expect(detail(orderIntent({ strategy: "stranger" }))).toBe(
		"stranger has no budget: add a [[risk.budgets]] table for it",
	);
	const unlisted = { limits: limits({ allowUnlistedMints: true }) };
	expect(detail(inventorySwap({ mints: [BONK, USDC] }), unlisted)).toBe(`${BONK} has no limits and so funds nothing`);
	expect(detail(inventorySwap({ mints: [USDC, BONK] }), unlisted)).toBe(`${BONK} has no limits and so is not bought`);
	expect(detail(inventorySwap({ mints: [USDC, BONK, SOL_MINT] }))).toBe(`${BONK} is not listed under assets`);
	expect(detail(orderIntent(), { tradingState: "reducing" })).toBe(
		"only a swap of what is held into a quote asset may be traded",
	);
});

test("rates and states", () => {
	const order = orderIntent();
	expect(detail(order, { tradingState: "halted" })).toBe("trading is halted until a person resumes it");
	expect(detail(order, { recovered: false })).toBe("the ledger is not yet reconciled with the chain");
	const few = { limits: limits({ maxMessagesPerSecond: 2, messageBurst: 3, maxOrdersPerSecond: 4, orderBurst: 5 }) };
	expect(detail(order, { ...few, messageRate: no(2, 3) })).toBe("more than 2 messages a second after a burst of 3");
	expect(detail(order, { ...few, orderRate: no(4, 5) })).toBe("more than 4 orders a second after a burst of 5");
	expect(detail(order, { strategyRates: new Map([["cross-venue", no(1, 1)]]) })).toBe(
		"cross-venue: more than 1000 orders a second after a burst of 1000",
	);
});
