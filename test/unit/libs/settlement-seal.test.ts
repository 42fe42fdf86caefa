import { beforeAll, describe, expect, test } from "@jest/globals";
import type { SealedSettlement, Settlement } from "../../../core/execution/submission.ts";
import type { Address } from "../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../core/types/identifiers.ts";
import { ApprovalSeal } from "../../../libs/approval-seal.ts";
import { createMessageMac, TAG_BYTES } from "../../../libs/message-mac.ts";
import { SettlementSeal } from "../../../libs/settlement-seal.ts";

const KEY = "the key that risk and its executors share";
const change = { mint: "m" as Address, fill: 5n, loanFee: 1n, networkFee: 2n, tip: 3n, balanceAfter: 4n };
const leg = { pool: "p" as Address, mintIn: "m" as Address, mintOut: "n" as Address, amountIn: 1n, amountOut: 2n };
const fill = {
	intentId: "a".repeat(16) as IntentId,
	signature: "s" as Signature,
	slot: 5,
	reverted: false,
	error: null,
	legs: [leg],
	changes: [change],
	computeUnits: 9,
};
const settlement: Settlement = {
	intentId: fill.intentId,
	outcome: "landed",
	signature: fill.signature,
	fill,
	executor: "e",
	timings: { found: 1, landed: 2 },
};

let seal: SettlementSeal;
let sealed: SealedSettlement;

beforeAll(async () => {
	seal = new SettlementSeal(await createMessageMac(KEY));
	sealed = seal.seal(settlement);
});

const withFill = (changes: object): object => ({ fill: { ...fill, ...changes } });
const otherValue = (value: unknown) =>
	typeof value === "bigint" ? value + 1n : typeof value === "number" ? value + 1 : `${value}x`;
const altered = (whole: object): object[] =>
	Object.entries(whole).map(([name, value]) => ({ ...whole, [name]: otherValue(value) }));

describe("a settlement's seal", () => {
	test.each([
		["none", undefined],
		["an empty one", ""],
		["another one", Buffer.alloc(TAG_BYTES).toString("base64")],
		["no base64", "!".repeat(44)],
		["a list", [1]],
	])("is no seal: %s", (_what, given) => {
		expect(seal.isGenuine({ ...settlement, seal: given })).toBe(false);
	});

	test("covers every value that is told", () => {
		const { fill: _fill, timings, ...told } = settlement;
		const { legs: _legs, changes: _changes, ...plain } = fill;
		const forgeries = [
			...altered(told),
			...altered(timings).map((changed) => ({ timings: changed })),
			{ timings: {} },
			...altered(plain).map(withFill),
			...altered(leg).map((changed) => withFill({ legs: [changed] })),
			...altered(change).map((changed) => withFill({ changes: [changed] })),
			withFill({ changes: [change, change] }),
			withFill({ legs: [] }),
			{ fill: null },
		];
		for (const forgery of forgeries) {
			expect([forgery, seal.isGenuine({ ...sealed, ...forgery })]).toEqual([forgery, false]);
		}
		expect(forgeries).toHaveLength(27);
		expect(seal.isGenuine(sealed)).toBe(true);
		expect(seal.isGenuine({ ...sealed, timings: { landed: 2, found: 1 } })).toBe(true);
	});

	test("an expiry is sealed without a fill", () => {
		const expired = seal.seal({ ...settlement, outcome: "expired", fill: null });
		expect(seal.isGenuine(expired)).toBe(true);
		expect(seal.isGenuine({ ...expired, outcome: "landed" })).toBe(false);
	});

	test("another key, and what the same key sealed of something else, say nothing", async () => {
		const other = new SettlementSeal(await createMessageMac(`${KEY}!`));
		expect(other.isGenuine(sealed)).toBe(false);
		const leases = new ApprovalSeal(await createMessageMac(KEY));
		const lease = { epoch: 1, expiresAtMicros: 2 };
		expect(seal.isGenuine({ ...settlement, seal: leases.ofLease(lease) })).toBe(false);
	});
});
