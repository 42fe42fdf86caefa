import { describe, expect, test } from "@jest/globals";
import { fitsPacket } from "../../../../core/execution/transaction-size.ts";
import {
	type FlashCycleRequest,
	proposeFlashCycle,
	readFlashCycleRequest,
} from "../../../../core/orders/flash-cycle.ts";
import { findMalformation } from "../../../../core/risk/intent-shape.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { addressOf, BONK, lenderOf, SOL, USDC } from "../market/market-fixture.ts";
import { NOW_SECONDS, rowOf } from "./order-world.ts";

const cheap = rowOf({ number: 1 });
const dear = rowOf({ number: 2, venue: "raydium-cpmm", reserveB: 156_000_000_000n });
const REQUEST = { fundingMint: USDC, pools: [addressOf(1), addressOf(2)], amount: null, minimumProfit: 1_000n };
const read = (value: unknown) => readFlashCycleRequest(value, (symbol) => (symbol === "USDC" ? USDC : undefined));

function proposed(
	change: Partial<FlashCycleRequest> = {},
	parts: Partial<Parameters<typeof proposeFlashCycle>[0]> = {},
) {
	return proposeFlashCycle({
		request: { ...REQUEST, ...change },
		intentId: "manual0000000000" as IntentId,
		rows: [cheap, dear, rowOf({ number: 3, mintA: BONK, mintB: USDC })],
		lenders: [lenderOf()],
		maximumAmount: 10n ** 12n,
		budget: { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n },
		clock: clockAt(NOW_SECONDS),
		slot: 100,
		...parts,
	});
}

describe("readFlashCycleRequest", () => {
	test.each<[string, unknown, string]>([
		["nothing", null, "no object"],
		["a list", [], "no object"],
		["an unknown field", { ...REQUEST, path: [] }, "path is no field"],
		["no funding mint", { ...REQUEST, fundingMint: undefined }, "fundingMint"],
		["a symbol of nobody", { ...REQUEST, fundingMint: "WIF" }, "fundingMint"],
		["one pool", { ...REQUEST, pools: [addressOf(1)] }, "pools is no list"],
		["too many pools", { ...REQUEST, pools: [1, 2, 3, 4, 5].map(addressOf) }, "pools is no list"],
		["what is no address", { ...REQUEST, pools: ["a", "b"] }, "pools is no list"],
		["a pool twice", { ...REQUEST, pools: [addressOf(1), addressOf(1)] }, "names a pool twice"],
		["an amount of nothing", { ...REQUEST, amount: "0" }, "amount is no text"],
		["a number", { ...REQUEST, amount: 5 }, "amount is no text"],
		["no minimum", { ...REQUEST, minimumProfit: undefined }, "minimumProfit is no text"],
		["a loss", { ...REQUEST, minimumProfit: "-1" }, "minimumProfit is no text"],
		["more than a u64", { ...REQUEST, minimumProfit: 2n ** 64n }, "minimumProfit is no text"],
	])("refuses %s", (_, value, detail) => {
		const answer = read(value);
		expect(answer).toMatchObject({ ok: false, error: { code: "malformedRequest" } });
		if (!answer.ok) expect(answer.error.detail).toContain(detail);
	});

	test("takes symbols, digits, and no amount", () => {
		const { amount: _, ...open } = REQUEST;
		expect(read({ ...open, fundingMint: "USDC", minimumProfit: "1000" })).toEqual({ ok: true, value: REQUEST });
		expect(read({ ...REQUEST, amount: "7" })).toMatchObject({ ok: true, value: { amount: 7n } });
	});
});

describe("proposeFlashCycle", () => {
	test.each<[string, Parameters<typeof proposed>, string]>([
		["a pool that is not followed", [{ pools: [addressOf(1), addressOf(77)] }], "unknownPool"],
		["a stale pool", [{}, { rows: [cheap, rowOf({ number: 2, stale: true })] }], "marketUnavailable"],
		["a pool of other mints", [{ fundingMint: SOL, pools: [addressOf(3), addressOf(1)] }], "notACycle"],
		[
			"a path that leads elsewhere",
			[{ pools: [addressOf(1), addressOf(2), addressOf(9)] }, { rows: [cheap, dear, rowOf({ number: 9 })] }],
			"notACycle",
		],
		["nobody who lends", [{}, { lenders: [lenderOf({ mint: SOL })] }], "noLender"],
		[
			"no price of SOL",
			[
				{ fundingMint: USDC, pools: [addressOf(3), addressOf(4)] },
				{ rows: [3, 4].map((number) => rowOf({ number, mintA: BONK, mintB: USDC })) },
			],
			"unpriced",
		],
		["no gap", [{ pools: [addressOf(2), addressOf(1)] }], "notProfitable"],
		["a loan that is not there", [{ amount: 10n ** 15n }], "noQuote"],
		["a swap that a pool refuses", [{ amount: 1n }, { lenders: [lenderOf({ feeNumerator: 0n })] }], "noQuote"],
		["nothing that may be borrowed", [{}, { maximumAmount: 0n }], "noQuote"],
		["less than the minimum", [{ minimumProfit: 10n ** 12n }], "notProfitable"],
		["a size that loses", [{ amount: 10n ** 12n }], "notProfitable"],
	])("%s", (_, parts, code) => {
		expect(proposed(...parts)).toMatchObject({ ok: false, error: { code } });
	});

	test("a way that fits no packet is proposed: the executor's refusal has a lookup table made of it", () => {
		const back = [1, 2, 3, 4].map((number) =>
			rowOf({ number, venue: "raydium-cpmm", reserveB: number % 2 === 0 ? 156_000_000_000n : 150_000_000_000n }),
		);
		const pools = back.map(({ pool }) => pool);
		const lender = lenderOf();
		expect(fitsPacket({ lender, pools, isTipped: false })).toBe(false);
		expect(proposed({ pools: pools.map(({ address }) => address) }, { rows: back, lenders: [lender] })).toMatchObject({
			ok: true,
			value: { loan: { reserve: lender.reserve } },
		});
	});

	test("the best size from the cheapest lender, guarded by the minimum; and a size that was asked for", () => {
		const lenders = [
			lenderOf({ reserve: addressOf(5), feeNumerator: 1n << 50n }),
			lenderOf({ reserve: addressOf(6), feeNumerator: 0n, availableAmount: 10n ** 12n }),
			lenderOf({ reserve: addressOf(7), feeNumerator: 0n, availableAmount: 10n ** 13n }),
			lenderOf({ reserve: addressOf(8), feeNumerator: 0n, availableAmount: 10n ** 13n }),
		];
		const best = proposed({}, { lenders });
		if (!best.ok) throw new Error(best.error.detail);
		expect(best.value).toMatchObject({
			strategy: "manual-cycle",
			fundingMint: USDC,
			loan: { reserve: addressOf(7), fee: 0n },
		});
		expect(findMalformation({ ...best.value, deadlineMicros: 1, timings: {} })).toBeNull();
		expect(best.value.expectedNetProfit > 1_000n).toBe(true);
		const poor = [lenderOf({ reserve: addressOf(6), feeNumerator: 0n, availableAmount: 10n ** 8n }), lenderOf()];
		const beyond = proposed({ amount: 10n ** 9n }, { lenders: poor });
		expect(beyond).toMatchObject({ ok: true, value: { loan: { reserve: lenderOf().reserve } } });
		const asked = proposed({ amount: 10n ** 9n });
		if (!asked.ok) throw new Error(asked.error.detail);
		expect(asked.value.loan?.amount).toBe(10n ** 9n);
		expect(asked.value.expectedNetProfit < best.value.expectedNetProfit).toBe(true);
	});
});
