import { describe, expect, test } from "@jest/globals";
import { type FeeSettings, readFeeSettings } from "../../../../core/execution/fee-settings.ts";
import { addressOf } from "../market/market-fixture.ts";

const SETTINGS: FeeSettings = {
	execution: {
		compute_unit_limit: 400_000,
		compute_unit_margin_percent: 10,
		compute_unit_price_micro_lamports: 1_000,
		max_priority_fee_micro_lamports: 50_000,
		tip_profit_share_percent: 50,
		min_tip_lamports: 1_000,
		max_tip_lamports: 9_000,
	},
	risk: { max_fee_per_intent: "0.001", max_tip_per_intent: "0.000005", tip_accounts: [addressOf(8)] },
};

const withRisk = (change: Partial<FeeSettings["risk"]>): FeeSettings => ({
	...SETTINGS,
	risk: { ...SETTINGS.risk, ...change },
});

describe("what names no amounts", () => {
	test("caps that are no decimals of SOL, each with its key", () => {
		const read = readFeeSettings(withRisk({ max_fee_per_intent: "much", max_tip_per_intent: "0.0000000001" }), false);
		expect(read).toEqual({
			ok: false,
			error: [expect.stringContaining("risk.max_fee_per_intent"), expect.stringContaining("risk.max_tip_per_intent")],
		});
	});

	test("tips without anybody to pay them to, and a minimum above the most: only where there is a block engine", () => {
		const poor = withRisk({ max_tip_per_intent: "0", tip_accounts: [] });
		expect(readFeeSettings(poor, true)).toEqual({
			ok: false,
			error: [expect.stringContaining("risk.tip_accounts"), expect.stringContaining("execution.min_tip_lamports")],
		});
		expect(readFeeSettings(poor, false)).toMatchObject({ ok: true, value: { tip: null } });
	});
});

test("every bound in base units; of two caps on tips the lower one", () => {
	expect(readFeeSettings(SETTINGS, true)).toEqual({
		ok: true,
		value: {
			floorMicroLamports: 1_000n,
			maximumMicroLamports: 50_000n,
			maximumFeeLamports: 1_000_000n,
			computeUnitLimit: 400_000,
			computeUnitMarginPercent: 10,
			staleAfterMicros: 30_000_000,
			tip: { sharePercent: 50, minimumLamports: 1_000n, maximumLamports: 5_000n, accounts: [addressOf(8)] },
		},
	});
	const generous = readFeeSettings(withRisk({ max_tip_per_intent: "1" }), true);
	expect(generous).toMatchObject({ ok: true, value: { tip: { maximumLamports: 9_000n } } });
});
