import { describe, expect, test } from "@jest/globals";
import type { IntentOutcome } from "../../../../../broker/contracts/risk.ts";
import type { Fill, Settlement } from "../../../../../core/execution/submission.ts";
import { attemptIntentId } from "../../../../../core/orders/order.ts";
import type { LandedEnd } from "../../../../../core/orders/order-state.ts";
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

const WALLET = addressOf(1);
/** The mint given there: of SOL the fee would have to be told apart. */
const BASE = addressOf(2);
const FILLED = { spent: 5n, received: 700n };

interface Chain {
	processedHeight: bigint;
	finalHeight: bigint;
	nowMicros: number;
	/** Signatures with their memos, newest first. */
	history: readonly { readonly memo: string | null; readonly blockTime: bigint | null }[];
	firstSlot: bigint;
	requests: string[];
	/** What the node says of the attempt's signature: its block's commitment, or nothing. */
	sight: "processed" | "confirmed" | "finalized" | null;
	/** What the attempt gave and took there; null: the program refused. */
	traded: { readonly spent: bigint; readonly received: bigint } | null;
}

function chainOf(change: Partial<Chain> = {}): Chain {
	return {
		processedHeight: 1_000n,
		finalHeight: 900n,
		nowMicros: NOON_MICROS + 60_000_000,
		history: [],
		firstSlot: 0n,
		requests: [],
		sight: null,
		traded: FILLED,
		...change,
	};
}

function transactionOf({ traded }: Chain) {
	const balance = (accountIndex: number, mint: string, amount: bigint) => ({
		accountIndex,
		mint,
		owner: WALLET,
		uiTokenAmount: { amount: `${amount}` },
	});
	const { spent, received } = traded ?? { spent: 0n, received: 0n };
	return {
		slot: 9n,
		blockTime: null,
		transaction: { message: { accountKeys: [WALLET, addressOf(3), addressOf(4)], instructions: [] } },
		meta: {
			err: traded ? null : { InstructionError: [4, { Custom: 6005 }] },
			fee: 5_000n,
			preBalances: [10_000n, 0n, 0n],
			postBalances: [5_000n, 0n, 0n],
			preTokenBalances: [balance(1, BASE, 1_000n), balance(2, USDC, 0n)],
			postTokenBalances: [balance(1, BASE, 1_000n - spent), balance(2, USDC, received)],
			computeUnitsConsumed: 1n,
		},
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
		getSignatureStatuses: answer("statuses", () => ({
			value: [chain.sight && { slot: 9n, confirmationStatus: chain.sight }],
		})),
		getTransaction: (_signature: unknown, { commitment }: { readonly commitment: string }) =>
			answer(`transaction ${commitment}`, () => (chain.sight === null ? null : transactionOf(chain)))(),
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
		wallet: async () => WALLET,
		tipAccounts: [],
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
		expect(await end("reverted")).toEqual({ outcome: "reverted", signature: SIGNATURE, slot: null });
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
			slot: 77,
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
			slot: 77,
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

describe("whether an end stands for good", () => {
	const terms = termsOf({ baseMint: BASE });
	const filled = { outcome: "filled", ...FILLED, signature: SIGNATURE, slot: 7 } as const;
	const reverted = { outcome: "reverted", signature: SIGNATURE, slot: 7 } as const;
	const question = (end: LandedEnd) => ({
		terms,
		unproven: { attempt: ATTEMPT, end, failures: 0, cancelAsked: null },
	});
	const troubles: string[] = [];
	const judge = async (told: IntentOutcome, chain: Chain, end: LandedEnd = filled) => {
		troubles.length = 0;
		return (await outcomesOn(told, chain).judge([question(end)], (what) => troubles.push(what)))[0];
	};
	const landed = { status: "ended", outcome: "landed", signature: SIGNATURE } as const;

	test.each(["processed", "confirmed"] as const)(
		"in a block that is %s: not yet, and nothing is read",
		async (sight) => {
			const chain = chainOf({ sight });
			expect(await judge(landed, chain)).toBeNull();
			expect(chain.requests).toEqual(["statuses"]);
		},
	);

	test("in a finalized block it is what it did there that counts", async () => {
		const chain = chainOf({ sight: "finalized" });
		expect(await judge(landed, chain)).toBe("final");
		expect(chain.requests).toEqual(["statuses", "transaction finalized"]);
		expect(await judge(landed, chainOf({ sight: "finalized", traded: { spent: 5n, received: 699n } }))).toBe(
			"reversed",
		);
		expect(await judge(landed, chainOf({ sight: "finalized", traded: { spent: 4n, received: 700n } }))).toBe(
			"reversed",
		);
		expect(await judge(landed, chainOf({ sight: "finalized", traded: null }))).toBe("reversed");
		expect(await judge(landed, chainOf({ sight: "finalized", traded: null }), reverted)).toBe("final");
		expect(await judge(landed, chainOf({ sight: "finalized" }), reverted)).toBe("reversed");
	});

	test("in no block: open again is reversed, and so is what risk has proven to have expired", async () => {
		expect(await judge({ status: "open" }, chainOf())).toBe("reversed");
		for (const outcome of ["expired", "released"] as const) {
			expect(await judge({ status: "ended", outcome, signature: null }, chainOf())).toBe("reversed");
		}
		expect(await judge({ status: "recovering" }, chainOf())).toBeNull();
	});

	test.each([landed, { status: "unknown" } as const])(
		"in no block, and risk does not say that it vanished: %j needs a proof of absence",
		async (told) => {
			expect(await judge(told, chainOf())).toBeNull();
			expect(await judge(told, chainOf({ finalHeight: 2_000n }))).toBe("reversed");
			expect(await judge(told, chainOf({ finalHeight: 2_000n, firstSlot: 701n }))).toBeNull();
			expect(troubles.join()).toContain("cannot prove that");
		},
	);

	test("a revert whose signature nobody told is looked for as well", async () => {
		const unnamed = { outcome: "reverted", signature: null, slot: null } as const;
		const chain = chainOf({ sight: "finalized" });
		expect(await judge({ status: "ended", outcome: "reverted", signature: null }, chain, unnamed)).toBeNull();
		expect(chain.requests).not.toContain("statuses");
	});

	test("nothing is asked for nothing", async () => {
		const chain = chainOf();
		expect(await outcomesOn(landed, chain).judge([], () => {})).toEqual([]);
		expect(chain.requests).toEqual([]);
	});
});
