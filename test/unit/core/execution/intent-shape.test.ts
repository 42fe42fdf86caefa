import { describe, expect, test } from "@jest/globals";
import { readApprovedIntent } from "../../../../core/execution/intent-shape.ts";
import { MOST_TABLE_ENTRIES } from "../../../../core/execution/lookup-table.ts";
import { APPROVED } from "./approved-example.ts";

const TABLE = APPROVED.lookupTable as NonNullable<typeof APPROVED.lookupTable>;

describe("the shape of an approved intent", () => {
	test.each([
		["nothing at all", undefined, "no object"],
		["what is wrong in the order intent", { ...APPROVED, strategy: "" }, "strategy"],
		["an end below the guard", { ...APPROVED, minimumProfit: 11n }, "minimumAmountOut"],
		["no wallet", { ...APPROVED, wallet: undefined }, "wallet"],
		["a wallet with letters outside base58", { ...APPROVED, wallet: "0".repeat(44) }, "wallet"],
		["a short blockhash", { ...APPROVED, blockhash: "H" }, "blockhash"],
		["a height that is no number", { ...APPROVED, lastValidBlockHeight: 150n }, "lastValidBlockHeight"],
		["a negative height", { ...APPROVED, lastValidBlockHeight: -1 }, "lastValidBlockHeight"],
		["a broken epoch", { ...APPROVED, riskEpoch: 0.5 }, "riskEpoch"],
		["no word on a lookup table", { ...APPROVED, lookupTable: undefined }, "lookupTable"],
		["a lookup table that is no object", { ...APPROVED, lookupTable: APPROVED.lookupTable?.address }, "lookupTable"],
		["a lookup table without an address", { ...APPROVED, lookupTable: { count: 1 } }, "lookupTable"],
		["a lookup table that is no address", { ...APPROVED, lookupTable: { ...TABLE, address: "L" } }, "lookupTable"],
		["a lookup table without entries", { ...APPROVED, lookupTable: { ...TABLE, count: 0 } }, "lookupTable"],
		["a broken count of entries", { ...APPROVED, lookupTable: { ...TABLE, count: 1.5 } }, "lookupTable"],
		["a negative count of entries", { ...APPROVED, lookupTable: { ...TABLE, count: -1 } }, "lookupTable"],
		["too many entries", { ...APPROVED, lookupTable: { ...TABLE, count: MOST_TABLE_ENTRIES + 1 } }, "lookupTable"],
		["a lookup table that says more", { ...APPROVED, lookupTable: { ...TABLE, more: 1 } }, "lookupTable"],
		["a seal that is no text", { ...APPROVED, seal: null }, "seal"],
		["a time that is none", { ...APPROVED, timings: { found: Number.NaN } }, "timings.found"],
	])("refuses %s", (_name, value, word) => {
		const read = readApprovedIntent(value);
		expect(read.ok).toBe(false);
		expect(!read.ok && read.error).toContain(word);
	});

	test("takes one from before the first block, of the first epoch", () => {
		expect(readApprovedIntent({ ...APPROVED, lastValidBlockHeight: 0, riskEpoch: 0 })).toMatchObject({ ok: true });
	});

	test("takes a whole one, with stages that were not reached", () => {
		const intent = { ...APPROVED, timings: { found: 1.5, received: undefined } };
		expect(readApprovedIntent(intent)).toEqual({ ok: true, value: intent });
		for (const lookupTable of [null, { ...TABLE, count: 1 }, { ...TABLE, count: MOST_TABLE_ENTRIES }]) {
			expect(readApprovedIntent({ ...intent, lookupTable })).toMatchObject({ ok: true, value: { lookupTable } });
		}
	});
});
