import { expect, test } from "@jest/globals";
import { findSettlementMalformation } from "../../../../core/risk/settlement-shape.ts";
import { intentId, USDC } from "./risk-world.ts";

const id = intentId();
const change = { mint: USDC, fill: 5n, loanFee: 1n, networkFee: 0n, tip: 0n, balanceAfter: 5n };
const fill = {
	intentId: id,
	signature: "s",
	slot: 5,
	reverted: false,
	error: null,
	legs: [],
	changes: [change],
	computeUnits: 1,
};
const landed = { intentId: id, outcome: "landed", signature: "s", fill, executor: "e", timings: {} };

const withFill = (changes: object): unknown => ({ ...landed, fill: { ...fill, ...changes } });
const withChange = (changes: object): unknown => withFill({ changes: [{ ...change, ...changes }] });

test.each([
	["nothing", null, /no object/],
	["a bad id", { ...landed, intentId: "x" }, /intentId/],
	["no signature", { ...landed, signature: "" }, /signature/],
	["an expiry with a fill", { ...landed, outcome: "expired" }, /expired submission has a fill/],
	["an unknown outcome", { ...landed, outcome: "unknown" }, /outcome is none/],
	["a landing without fill", { ...landed, fill: null }, /has no fill/],
	["a fill of another intent", withFill({ intentId: intentId() }), /fill\.intentId/],
	["a fill of another signature", withFill({ signature: "t" }), /fill\.signature/],
	["a revert told as landed", withFill({ reverted: true }), /fill\.reverted/],
	["a landing told as reverted", { ...landed, outcome: "reverted" }, /fill\.reverted/],
	["no slot", withFill({ slot: -1 }), /fill\.slot/],
	["a fractional slot", withFill({ slot: 1.5 }), /fill\.slot/],
	["no changes", withFill({ changes: null }), /fill\.changes/],
	["a change that is null", withFill({ changes: [null] }), /no mint/],
	["a change without mint", withChange({ mint: 4 }), /no mint/],
	["a mint twice", withFill({ changes: [change, change] }), /occurs twice/],
	["a fill as number", withChange({ fill: 5 }), /fill is no bigint/],
	["a negative loan fee", withChange({ loanFee: -1n }), /loanFee/],
	["a loan fee as number", withChange({ loanFee: 1 }), /loanFee/],
	["a negative network fee", withChange({ networkFee: -1n }), /networkFee/],
	["a network fee as text", withChange({ networkFee: "1" }), /networkFee/],
	["no tip", withChange({ tip: undefined }), /tip/],
	["a negative tip", withChange({ tip: -1n }), /tip/],
])("refuses %s", (_, settlement, expected) => {
	expect(findSettlementMalformation(settlement)).toMatch(expected);
});

test("takes what is whole", () => {
	expect(findSettlementMalformation(landed)).toBeNull();
	expect(findSettlementMalformation({ ...landed, outcome: "reverted", fill: { ...fill, reverted: true } })).toBeNull();
	expect(findSettlementMalformation({ ...landed, outcome: "expired", fill: null })).toBeNull();
});
