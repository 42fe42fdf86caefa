import { describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { GrossExposure } from "../../../../core/risk/gross-exposure.ts";
import type { Address } from "../../../../core/types/address.ts";
import { BONK, booking, NEW_YEAR, openedLedger, pricesOf, USDC } from "./risk-world.ts";

const SOL_HELD = 10_000_000_000n;

describe("gross exposure", () => {
	test("is valued anew with every slot and every booking, and not in between", () => {
		const exposure = new GrossExposure([USDC]);
		const ledger = openedLedger();
		const at = (rate: bigint) => pricesOf({ value: (_mint, amount) => amount * rate });
		expect(exposure.holdings(ledger, at(2n), 1).value).toBe(2n * SOL_HELD);
		expect(exposure.holdings(ledger, at(3n), 1).value).toBe(2n * SOL_HELD);
		expect(exposure.holdings(ledger, at(3n), 2).value).toBe(3n * SOL_HELD);
		const spent = [{ mint: SOL_MINT, fill: -SOL_HELD + 5n, loanFee: 0n, networkFee: 0n }];
		ledger.apply({ type: "adopted", booking: booking("b", 20, spent), intentId: null, atMicros: NEW_YEAR });
		expect(exposure.holdings(ledger, at(4n), 2).value).toBe(20n);
	});

	test("a holding that lost its price keeps the last one, in proportion and rounded up; one that never had any is named", () => {
		const exposure = new GrossExposure([USDC]);
		const ledger = openedLedger({ [BONK]: 10n });
		const priced = pricesOf({ value: (mint, amount) => (mint === BONK ? 3n : amount) });
		const unpriced = pricesOf({ value: (mint, amount) => (mint === BONK ? null : amount) });
		expect(exposure.holdings(ledger, unpriced, 1)).toEqual({ value: SOL_HELD, unpriced: [BONK] });
		expect(exposure.holdings(ledger, priced, 2)).toEqual({ value: SOL_HELD + 3n, unpriced: [] });
		const sold = [{ mint: BONK, fill: -5n, loanFee: 0n, networkFee: 0n }];
		ledger.apply({ type: "adopted", booking: booking("b", 20, sold), intentId: null, atMicros: NEW_YEAR });
		expect(exposure.holdings(ledger, unpriced, 3)).toEqual({ value: SOL_HELD + 2n, unpriced: [] });
		const another = openedLedger({ [BONK]: 10n });
		expect(exposure.holdings(another, unpriced, 3)).toEqual({ value: SOL_HELD, unpriced: [BONK] });
	});

	test("a debt is as exposed as a holding, and cash is not", () => {
		const exposure = new GrossExposure([USDC, BONK]);
		const ledger = openedLedger({ [USDC]: 1_000n, [BONK]: 1_000n });
		const lost = [{ mint: SOL_MINT, fill: -SOL_HELD - 7n, loanFee: 0n, networkFee: 0n }];
		ledger.apply({ type: "adopted", booking: booking("b", 20, lost), intentId: null, atMicros: NEW_YEAR });
		expect(exposure.holdings(ledger, pricesOf(), 1).value).toBe(7n);
		expect([USDC, BONK, SOL_MINT].map((mint: Address) => exposure.isQuote(mint))).toEqual([true, true, false]);
	});
});
