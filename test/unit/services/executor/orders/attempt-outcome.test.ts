import { describe, expect, test } from "@jest/globals";
import type { IntentOutcome } from "../../../../../broker/contracts/risk.ts";
import type { Fill, Settlement } from "../../../../../core/execution/submission.ts";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import { AttemptOutcomes, endOfSettlement } from "../../../../../services/executor/orders/attempt-outcome.ts";
import { addressOf, SOL, USDC } from "../../../core/market/market-fixture.ts";
import { NOON_MICROS, ORDER_ID, SIGNATURE, termsOf } from "../../../core/orders/order-world.ts";

const TERMS = termsOf();
const ATTEMPT = {
	number: 0,
	intentId: attemptIntentId(ORDER_ID, 0),
	amountIn: 5n,
	deadlineMicros: NOON_MICROS + 250_000,
	atMicros: NOON_MICROS,
	slot: 700,
};

interface Chain {
	processedHeight: bigint;
	finalHeight: bigint;
	nowMicros: number;
	/** Signatures with their memos, newest first. */
	history: readonly { readonly memo: string | null; readonly blockTime: bigint | null }[];
	firstSlot: bigint;
	requests: string[];
}

function chainOf(change: Partial<Chain> = {}): Chain {
	return {
		processedHeight: 1_000n,
		finalHeight: 900n,
		nowMicros: NOON_MICROS + 60_000_000,
		history: [],
		firstSlot: 0n,
		requests: [],
		...change,
	};
}

/** A node that lists a history without transactions. */
function nodeOf(chain: Chain) {
	const answer =
		<T>(name: string, value: () => T) =>
		() => ({
			send: async () => {
				chain.requests.push(name);
				return value();
			},
		});
	return {
		getFirstAvailableBlock: answer("first", () => chain.firstSlot),
		getBlockHeight: answer("height", () => chain.processedHeight),
		getEpochInfo: answer("final", () => ({ blockHeight: chain.finalHeight, absoluteSlot: 1n })),
		getSignaturesForAddress: answer("history", () =>
			chain.history.map((entry) => ({ signature: SIGNATURE, ...entry })),
		),
		getTransaction: answer("transaction", () => null),
	};
}

/** Outcomes on a risk that gives one answer, and on nodes of which the first is asked all that one node may tell. */
function outcomesOn(told: IntentOutcome, chain: Chain, ...others: readonly (Chain | null)[]): AttemptOutcomes {
	const well = [chain, ...others].filter((node) => node !== null);
	const witnesses = well.map((node, index) => ({ name: `node-${index}`, rpc: nodeOf(node) as never }));
	return new AttemptOutcomes({
		bus: { call: async () => told } as never,
		rpc: nodeOf(chain) as never,
		router: { size: 1 + others.length, witnesses: () => witnesses },
		clock: { epochMicros: () => chain.nowMicros, monotonicMicros: () => 0 },
		timeoutMs: 1_000,
		abortSignal: new AbortController().signal,
		wallet: async () => addressOf(1),
	});
}

describe("what is not certain", () => {
	test.each(["recovering", "open"] as const)("risk says %s: wait", async (status) => {
		const chain = chainOf();
		expect(await outcomesOn({ status }, chain).find(ATTEMPT, TERMS)).toBeNull();
		expect(chain.requests).toEqual([]);
	});

	test("unknown to risk: until the deadline is past for sure nobody even begins to wait for the blockhash", async () => {
		const chain = chainOf({ nowMicros: ATTEMPT.deadlineMicros + 2_000_000 });
		expect(await outcomesOn({ status: "unknown" }, chain).find(ATTEMPT, TERMS)).toBeNull();
		expect(chain.requests).toEqual([]);
	});

	test("unknown to risk: not before a block is final beyond every blockhash it could have", async () => {
		const chain = chainOf();
		const outcomes = outcomesOn({ status: "unknown" }, chain);
		expect(await outcomes.find(ATTEMPT, TERMS)).toBeNull();
		// The height that counts is the first one seen after the deadline.
		chain.processedHeight = 5_000n;
		chain.finalHeight = 1_150n;
		expect(await outcomes.find(ATTEMPT, TERMS)).toBeNull();
		expect(chain.requests).not.toContain("history");
		chain.finalHeight = 1_151n;
		expect(await outcomes.find(ATTEMPT, TERMS)).toEqual({ outcome: "notLanded" });
	});

	test("a transaction that the node lists and does not have is not absent", async () => {
		const history = [{ memo: `[16] ${ATTEMPT.intentId}`, blockTime: null }];
		const outcomes = outcomesOn({ status: "unknown" }, chainOf({ finalHeight: 2_000n, history }));
		await expect(outcomes.find(ATTEMPT, TERMS)).rejects.toThrow("does not have it");
		const landed = outcomesOn({ status: "ended", outcome: "landed", signature: SIGNATURE }, chainOf());
		await expect(landed.find(ATTEMPT, TERMS)).rejects.toThrow("does not have");
		const unsigned = outcomesOn({ status: "ended", outcome: "landed", signature: null }, chainOf());
		await expect(unsigned.find(ATTEMPT, TERMS)).rejects.toThrow("no signature");
	});

	test("a node whose history begins after the attempt proves no absence", async () => {
		const chain = chainOf({ finalHeight: 2_000n, firstSlot: 701n });
		const outcomes = outcomesOn({ status: "unknown" }, chain);
		await expect(outcomes.find(ATTEMPT, TERMS)).rejects.toThrow("from slot 701 on");
		chain.firstSlot = 700n;
		expect(await outcomes.find(ATTEMPT, TERMS)).toEqual({ outcome: "notLanded" });
		// Of older versions it is not known since when they can be on the chain.
		const { slot: _slot, ...old } = ATTEMPT;
		await expect(outcomes.find(old, TERMS)).rejects.toThrow("from slot 700 on");
	});

	test("where there are two nodes, both have to lack it", async () => {
		const chain = chainOf({ finalHeight: 2_000n });
		const knowing = chainOf({ history: [{ memo: `[16] ${ATTEMPT.intentId}`, blockTime: null }] });
		await expect(outcomesOn({ status: "unknown" }, chain, knowing).find(ATTEMPT, TERMS)).rejects.toThrow(
			"does not have it",
		);
		await expect(outcomesOn({ status: "unknown" }, chain, null).find(ATTEMPT, TERMS)).rejects.toThrow("can be asked");
		const same = outcomesOn({ status: "unknown" }, chain, chainOf());
		expect(await same.find(ATTEMPT, TERMS)).toEqual({ outcome: "notLanded" });
	});

	test("a history without an end is no proof of absence", async () => {
		const history = Array.from({ length: 500 }, () => ({ memo: null, blockTime: null }));
		const outcomes = outcomesOn({ status: "unknown" }, chainOf({ finalHeight: 2_000n, history }));
		await expect(outcomes.find(ATTEMPT, TERMS)).rejects.toThrow("too many transactions");
	});
});

describe("what is certain", () => {
	test("risk's word on what did not fill", async () => {
		const end = (outcome: "expired" | "released" | "reverted") =>
			outcomesOn({ status: "ended", outcome, signature: SIGNATURE }, chainOf()).find(ATTEMPT, TERMS);
		expect(await end("expired")).toEqual({ outcome: "notLanded" });
		expect(await end("released")).toMatchObject({ outcome: "denied", code: null });
		expect(await end("reverted")).toEqual({ outcome: "reverted", signature: SIGNATURE });
	});

	test("the history is read back to before the attempt, and no further", async () => {
		const before = BigInt(NOON_MICROS / 1_000_000 - 121);
		const full = Array.from({ length: 500 }, () => ({ memo: "[5] setup", blockTime: before + 1n }));
		const chain = chainOf({ finalHeight: 2_000n, history: [...full.slice(1), { memo: null, blockTime: before }] });
		expect(await outcomesOn({ status: "unknown" }, chain).find(ATTEMPT, TERMS)).toEqual({ outcome: "notLanded" });
		expect(chain.requests.filter((request) => request === "history")).toHaveLength(1);
	});

	test("a settlement tells what was spent and received by the wallet's own change", () => {
		const change = (mint: string, fill: bigint) => ({
			mint,
			fill,
			loanFee: 0n,
			networkFee: 5n,
			tip: 0n,
			balanceAfter: 0n,
		});
		const fill = {
			signature: SIGNATURE,
			reverted: false,
			changes: [change(SOL, -7n), change(USDC, 9n)],
		} as unknown as Fill;
		const settlement = {
			intentId: ATTEMPT.intentId,
			outcome: "landed",
			signature: SIGNATURE,
			fill,
		} as unknown as Settlement;
		expect(endOfSettlement(settlement, TERMS)).toEqual({
			outcome: "filled",
			spent: 7n,
			received: 9n,
			signature: SIGNATURE,
		});
		expect(endOfSettlement({ ...settlement, fill: { ...fill, changes: [] } }, TERMS)).toBeNull();
		expect(endOfSettlement({ ...settlement, fill: null }, TERMS)).toBeNull();
		expect(endOfSettlement({ ...settlement, fill: { ...fill, reverted: true } }, TERMS)).toMatchObject({
			outcome: "reverted",
		});
		expect(endOfSettlement({ ...settlement, outcome: "reverted" }, TERMS)).toMatchObject({ outcome: "reverted" });
		expect(endOfSettlement({ ...settlement, outcome: "expired" }, TERMS)).toEqual({ outcome: "notLanded" });
	});
});
