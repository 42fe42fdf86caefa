import { describe, expect, test } from "@jest/globals";
import type { Address, Signature } from "@solana/web3.js";
import { RpcDisagreementError } from "../../../../../libs/solana/rpc-router/errors.ts";
import { FakeNet, type FakeRequest, never, settle, tooMany } from "./fake-net.ts";

const ACCOUNT = "So11111111111111111111111111111111111111112" as Address;
const SIGNATURE = "5".repeat(87) as Signature;

const account = (lamports: number) => ({
	lamports,
	owner: ACCOUNT,
	data: ["", "base64"],
	executable: false,
	rentEpoch: 0,
	space: 0,
});
const accountsAt = (slot: number, ...rows: readonly unknown[]) => ({ context: { slot }, value: rows });
const status = (slot: number, err: unknown = null, confirmationStatus = "finalized") => ({
	slot,
	confirmations: null,
	err,
	confirmationStatus,
});
const landed = (changes: { readonly slot?: number; readonly err?: unknown; readonly after?: number } = {}) => ({
	slot: changes.slot ?? 100,
	blockTime: 1,
	transaction: { message: { accountKeys: [ACCOUNT], instructions: [] }, signatures: [SIGNATURE] },
	meta: {
		err: changes.err ?? null,
		fee: 5_000,
		preBalances: [10],
		postBalances: [changes.after ?? 5],
		preTokenBalances: [],
		postTokenBalances: [
			{ accountIndex: 1, mint: ACCOUNT, uiTokenAmount: { amount: "7", decimals: 0, uiAmountString: "7" } },
		],
	},
});

const balances = (net: FakeNet) => net.router.truth.getMultipleAccounts([ACCOUNT], { encoding: "base64" }).send();
const transaction = (net: FakeNet) =>
	net.router.truth.getTransaction(SIGNATURE, { encoding: "json", maxSupportedTransactionVersion: 0 }).send();
const statuses = (net: FakeNet) =>
	net.router.truth.getSignatureStatuses([SIGNATURE], { searchTransactionHistory: true }).send();

/** Every node gives these answers, one after the other; the last one goes on. */
function tell(net: FakeNet, ...answers: readonly (readonly unknown[])[]): void {
	answers.forEach((own, index) => {
		let next = 0;
		net.node(index).react = ({ method }: FakeRequest) => {
			if (method === "getSlot") return 1_000;
			if (method === "getFirstAvailableBlock") return 0;
			return own[Math.min(next++, own.length - 1)];
		};
	});
}

async function disagreement(net: FakeNet, reading: Promise<unknown>): Promise<string> {
	await expect(reading).rejects.toThrow(RpcDisagreementError);
	expect(net.disagreements).toHaveLength(1);
	return net.disagreements[0] as string;
}

describe("balances", () => {
	test("of one slot and not the same: neither is believed, and it is told", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [accountsAt(50, account(8))]);
		const detail = await disagreement(net, balances(net));
		expect(detail).toBe(
			`https://node-0.example and https://node-1.example: the account ${ACCOUNT} at slot 50 is not the same`,
		);
	});

	test("an account that only one of them has", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [accountsAt(50, null)]);
		await disagreement(net, balances(net));
	});

	test("a contradiction that does not show again is none", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [accountsAt(50, account(8)), accountsAt(50, account(7))]);
		expect((await balances(net)).value[0]?.lamports).toBe(7n);
		expect(net.disagreements).toEqual([]);
	});

	test("answers that keep changing are not believed either", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7)), accountsAt(51, account(9))], [accountsAt(50, account(8))]);
		expect(await disagreement(net, balances(net))).toContain("keep changing");
	});

	test("of different slots they may differ: asked again, and the later word counts", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [accountsAt(51, account(8))]);
		const { context, value } = await balances(net);
		expect([context.slot, value[0]?.lamports]).toEqual([51n, 8n]);
		expect(net.node(0).count("getMultipleAccounts")).toBe(3);
		tell(net, [accountsAt(50, account(7)), accountsAt(51, account(8))], [accountsAt(51, account(8))]);
		expect((await balances(net)).context.slot).toBe(51n);
		expect(net.disagreements).toEqual([]);
	});

	test("the same in different slots is the same", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [accountsAt(51, account(7))]);
		expect((await balances(net)).context.slot).toBe(51n);
		expect(net.node(0).count("getMultipleAccounts")).toBe(1);
	});
});

describe("transactions", () => {
	test("landed with and without an error", async () => {
		const net = new FakeNet(2);
		tell(net, [landed()], [landed({ err: { InstructionError: [1, { Custom: 6005 }] } })]);
		expect(await disagreement(net, transaction(net))).toContain("other effects");
	});

	test("other balances, or another slot", async () => {
		for (const other of [landed({ after: 6 }), landed({ slot: 101 })]) {
			const net = new FakeNet(2);
			tell(net, [landed()], [other]);
			await disagreement(net, transaction(net));
		}
	});

	test("one that has finalized the slot, and whose history reaches back to it, ought to know it", async () => {
		const net = new FakeNet(2);
		tell(net, [null], [landed()]);
		expect(await disagreement(net, transaction(net))).toContain(
			"https://node-0.example, which has finalized it, lacks",
		);
	});

	test("one that has not come so far yet, or whose history begins later, need not know it", async () => {
		for (const [finalized, first] of [
			[99, 0],
			[1_000, 101],
		]) {
			const net = new FakeNet(2);
			tell(net, [null], [landed()]);
			net.node(0).react = ({ method }) =>
				method === "getSlot" ? finalized : method === "getFirstAvailableBlock" ? first : null;
			expect((await transaction(net))?.slot).toBe(100n);
			expect(net.disagreements).toEqual([]);
		}
	});

	test("one that cannot say how far it is, need not either", async () => {
		const net = new FakeNet(2);
		tell(net, [null], [landed()]);
		net.node(0).react = ({ method }) => (method === "getTransaction" ? null : new Error("gone"));
		expect((await transaction(net))?.slot).toBe(100n);
	});

	test("both know it alike, or neither does", async () => {
		const net = new FakeNet(2);
		tell(net, [landed()], [landed()]);
		expect((await transaction(net))?.slot).toBe(100n);
		tell(net, [null], [null]);
		expect(await transaction(net)).toBeNull();
	});
});

describe("statuses", () => {
	test("ended with an error here and without one there", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(9, status(5))], [accountsAt(9, status(5, { InstructionError: [0, "x"] }))]);
		expect(await disagreement(net, statuses(net))).toContain("ended without an error here and with");
	});

	test("in two slots", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(9, status(5))], [accountsAt(9, status(6))]);
		expect(await disagreement(net, statuses(net))).toContain("in two slots");
	});

	test("unknown to one that has finalized its slot", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(9, status(5))], [accountsAt(9, null)]);
		expect(await disagreement(net, statuses(net))).toContain("lacks it");
	});

	test("in blocks that are not confirmed everything may differ, and knowing more is better", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(9, status(5, null, "processed"))], [accountsAt(9, status(6, { x: 1 }, "processed"))]);
		expect((await statuses(net)).value[0]?.slot).toBe(5n);
		tell(net, [accountsAt(9, null)], [accountsAt(9, status(6, null, "processed"))]);
		expect((await statuses(net)).value[0]?.slot).toBe(6n);
	});

	test("without the history they are an ordinary read", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(9, null)], [accountsAt(9, status(5))]);
		await net.router.truth.getSignatureStatuses([SIGNATURE]).send();
		expect(net.node(1).requests).toEqual([]);
	});
});

describe("who is asked", () => {
	test("one endpoint: an ordinary read", async () => {
		const net = new FakeNet(1);
		tell(net, [accountsAt(50, account(7))]);
		expect((await balances(net)).value[0]?.lamports).toBe(7n);
		expect(net.node(0).requests).toHaveLength(1);
	});

	test("one that fails, refuses or is paused has no voice", async () => {
		const net = new FakeNet(2);
		tell(net, [accountsAt(50, account(7))], [new Error("gone")]);
		expect((await balances(net)).value[0]?.lamports).toBe(7n);
		tell(net, [accountsAt(50, account(7))], [tooMany("60")]);
		await balances(net);
		const before = net.node(1).requests.length;
		await balances(net);
		expect(net.node(1).requests).toHaveLength(before);
	});

	test("both fail: what an ordinary read says", async () => {
		const net = new FakeNet(2);
		tell(net, [new Error("gone")], [new Error("gone")]);
		await expect(balances(net)).rejects.toThrow("no RPC endpoint answers getMultipleAccounts");
	});

	test("the caller's end is the end", async () => {
		const net = new FakeNet(2);
		for (const node of net.nodes) node.react = never;
		const abort = new AbortController();
		const reading = net.router.truth.getMultipleAccounts([ACCOUNT]).send({ abortSignal: abort.signal });
		await settle();
		abort.abort(new Error("stopped"));
		await expect(reading).rejects.toThrow("stopped");
	});

	test("sends and other reads go their ordinary way", async () => {
		const net = new FakeNet(2);
		tell(net, [5], [6]);
		expect(await net.router.truth.getBlockHeight().send()).toBe(5n);
		await net.router.truth.sendTransaction("AA==" as never, { encoding: "base64" }).send();
		expect(net.nodes.map((node) => node.count("sendTransaction"))).toEqual([1, 1]);
	});
});
