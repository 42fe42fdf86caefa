import { describe, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { readApprovedIntent } from "../../../../core/execution/intent-shape.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";

const address = (letter: string) => letter.repeat(44) as Address;
const [USDC, BONK] = [address("U"), address("B")];

const INTENT: ApprovedIntent = {
	intentId: "0123456789abcdef" as IntentId,
	strategy: "test",
	cycle: "test",
	fundingMint: USDC,
	loan: { reserve: address("R"), amount: 1_000n, fee: 1n },
	legs: [
		{
			pool: address("P"),
			venue: "raydium-cpmm",
			direction: "bToA",
			mintIn: USDC,
			mintOut: BONK,
			amountIn: 1_000n,
			minimumAmountOut: 900n,
			expectedAmountOut: 900n,
			observedSlot: 1,
		},
		{
			pool: address("Q"),
			venue: "raydium-amm-v4",
			direction: "aToB",
			mintIn: BONK,
			mintOut: USDC,
			amountIn: 900n,
			minimumAmountOut: 1_012n,
			expectedAmountOut: 1_100n,
			observedSlot: 1,
		},
	],
	expectedNetProfit: 98n,
	minimumProfit: 10n,
	networkCost: 1n,
	computeUnitLimit: 200_000,
	computeUnitPriceMicroLamports: 0n,
	maximumFeeLamports: 5_000n,
	tip: null,
	triggerSlot: 1,
	deadlineMicros: 1,
	timings: { found: 1.5 },
	wallet: address("W"),
	blockhash: "H".repeat(44) as Blockhash,
	lastValidBlockHeight: 150,
	riskEpoch: 0,
	seal: "",
};

describe("the shape of an approved intent", () => {
	test.each([
		["nothing at all", undefined, "no object"],
		["what is wrong in the order intent", { ...INTENT, strategy: "" }, "strategy"],
		["an end below the guard", { ...INTENT, minimumProfit: 11n }, "minimumAmountOut"],
		["no wallet", { ...INTENT, wallet: undefined }, "wallet"],
		["a wallet with letters outside base58", { ...INTENT, wallet: "0".repeat(44) }, "wallet"],
		["a short blockhash", { ...INTENT, blockhash: "H" }, "blockhash"],
		["a height that is no number", { ...INTENT, lastValidBlockHeight: 150n }, "lastValidBlockHeight"],
		["a negative height", { ...INTENT, lastValidBlockHeight: -1 }, "lastValidBlockHeight"],
		["a broken epoch", { ...INTENT, riskEpoch: 0.5 }, "riskEpoch"],
		["a time that is none", { ...INTENT, timings: { found: Number.NaN } }, "timings.found"],
	])("refuses %s", (_name, value, word) => {
		const read = readApprovedIntent(value);
		expect(read.ok).toBe(false);
		expect(!read.ok && read.error).toContain(word);
	});

	test("takes a whole one, with stages that were not reached", () => {
		const intent = { ...INTENT, timings: { found: 1.5, received: undefined } };
		expect(readApprovedIntent(intent)).toEqual({ ok: true, value: intent });
	});
});
