import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { type LimitUse, limitUses } from "../../../../core/risk/limit-use.ts";
import type { MintLimits } from "../../../../core/risk/limits.ts";
import {
	BONK,
	budget,
	FEE_LAMPORTS,
	inventorySwap,
	limits,
	openedLedger,
	orderIntent,
	pricesOf,
	settled,
	submit,
	TIP_ACCOUNT,
	USDC,
	view,
} from "./risk-world.ts";

const LIMITS = limits({ maxInFlight: 4, orderBurst: 10, messageBurst: 20, maxGrossExposure: 20_000_000_000n });
const HELD = { [USDC]: 1_000_000n };

const find = (uses: readonly LimitUse[], code: string, mint: string | null = null, strategy: string | null = null) => {
	const found = uses.find((use) => use.code === code && use.mint === mint && use.strategy === strategy);
	return found && [found.used, found.limit];
};

describe("how far limits are used", () => {
	test("nothing is used before anything happened, but what is held", () => {
		const uses = limitUses(view({ limits: LIMITS, ledger: openedLedger(HELD) }));
		expect(uses.filter(({ used }) => used !== 0n).map(({ code }) => code)).toEqual(["maxGrossExposure", "maxPosition"]);
		expect(find(uses, "maxPosition", SOL_MINT)).toEqual([10_000_000_000n, LIMITS.byMint.get(SOL_MINT)?.maxPosition]);
		expect(find(uses, "maxPosition", USDC)).toBeUndefined();
	});

	test("everything open is counted where the gate counts it", () => {
		const gate = view({
			limits: LIMITS,
			ledger: openedLedger(HELD),
			standing: { throttled: () => null, drawdown: (mint) => (mint === USDC ? 30n : 0n) },
		});
		expect(submit(orderIntent({ amount: 5_000n }), gate)).toBe("approved");
		const tip = { account: TIP_ACCOUNT, lamports: 9n };
		expect(submit(inventorySwap({ amount: 1_000n, minimum: 990n, expected: 1_005n, tip }), gate)).toBe("approved");
		const uses = limitUses(gate);
		const fees = 2n * FEE_LAMPORTS;
		expect(find(uses, "messageRate")).toEqual([2n, 20n]);
		expect(find(uses, "orderRate")).toEqual([2n, 10n]);
		expect(find(uses, "maxInFlight")).toEqual([2n, 4n]);
		expect(find(uses, "maxGrossExposure")).toEqual([10_000_006_000n, 20_000_000_000n]);
		expect(find(uses, "maxFeesPerHour")).toEqual([fees, LIMITS.costs.maxFeesPerHour]);
		expect(find(uses, "maxTipsPerHour")).toEqual([9n, LIMITS.costs.maxTipsPerHour]);
		const usdc = LIMITS.byMint.get(USDC) as MintLimits;
		const sol = LIMITS.byMint.get(SOL_MINT) as MintLimits;
		expect(find(uses, "maxInFlightNotional", USDC)).toEqual([6_000n, usdc.maxInFlightNotional]);
		expect(find(uses, "maxDailyLoss", USDC)).toEqual([10n, usdc.maxDailyLoss]);
		expect(find(uses, "maxDailyLoss", SOL_MINT)).toEqual([fees + 9n, sol.maxDailyLoss]);
		expect(find(uses, "maxDrawdown", USDC)).toEqual([40n, usdc.maxDrawdown]);
		expect(find(uses, "maxPosition", SOL_MINT)).toEqual([10_000_001_005n, sol.maxPosition]);
		const own = budget();
		expect(find(uses, "strategyOrderRate", null, "cross-venue")).toEqual([2n, BigInt(own.orderBurst)]);
		expect(find(uses, "strategyNotional", USDC, "cross-venue")?.[0]).toBe(6_000n);
		expect(find(uses, "strategyDailyLoss", SOL_MINT, "cross-venue")?.[0]).toBe(fees + 9n);
	});

	test("a loss uses its limits, a profit none of them", () => {
		for (const [fill, used] of [
			[-70n, 70n],
			[70n, 0n],
		] as const) {
			const gate = view({ limits: LIMITS });
			const intent = orderIntent();
			submit(intent, gate);
			gate.ledger.apply(settled(intent.intentId, USDC, fill));
			const uses = limitUses(gate);
			expect(find(uses, "maxDailyLoss", USDC)?.[0]).toBe(used);
			expect(find(uses, "strategyDailyLoss", USDC, "cross-venue")?.[0]).toBe(used);
		}
	});

	test("a strategy that funds nothing in a mint has no notional there; what has no price is left out", () => {
		const byMint = new Map([[SOL_MINT, { maxInFlightNotional: null, maxDailyLoss: 5n }]]);
		const chosen = limits({ budgets: new Map([["order", budget({ byMint })]]) });
		const gate = view({
			limits: chosen,
			ledger: openedLedger({ [BONK]: 7n }),
			prices: pricesOf({ value: () => null }),
		});
		const uses = limitUses(gate);
		expect(find(uses, "strategyNotional", SOL_MINT, "order")).toBeUndefined();
		expect(find(uses, "strategyDailyLoss", SOL_MINT, "order")).toEqual([0n, 5n]);
		expect(find(uses, "maxGrossExposure")?.[0]).toBe(0n);
		expect(limitUses({ ...gate, strategyRates: new Map() }).some(({ strategy }) => strategy === "order")).toBe(false);
	});
});
