import { describe, expect, test } from "@jest/globals";
import { createSolanaRpcFromTransport, type RpcTransport } from "@solana/web3.js";
import type { Address } from "../../../../core/types/address.ts";
import type { SolanaRpc } from "../../../../libs/solana/rpc-router/rpc-router.ts";
import { ChainReader } from "../../../../services/risk/chain-reader.ts";

const WALLET = "66oxfz49smnfcau6DKFe12V1e11YBU9pgfkLfrZH5LbL" as Address;

interface Call {
	readonly method: string;
	readonly params: readonly [unknown?, { readonly minContextSlot?: number }?];
}

/** A node that has finalized the chain up to a slot, keeps it from another on, and refuses to answer for later ones. */
function nodeAt(slot: number, first = 0): { reader: ChainReader; calls: Call[]; truths: Call[] } {
	const [calls, truths]: [Call[], Call[]] = [[], []];
	const rpcInto = (heard: Call[]): SolanaRpc => {
		const transport = async ({ payload }: { payload: unknown }) => {
			const call = payload as Call;
			heard.push(call);
			if (call.method === "getEpochInfo") return { result: { absoluteSlot: slot, blockHeight: slot - 5 } };
			if (call.method === "getFirstAvailableBlock") return { result: first };
			if (call.method === "getMultipleAccounts") return { result: { context: { slot }, value: [null] } };
			if (call.method === "getTransaction") return { result: null };
			return { result: [] };
		};
		return createSolanaRpcFromTransport(transport as unknown as RpcTransport) as SolanaRpc;
	};
	const [rpc, truth] = [rpcInto(calls), rpcInto(truths)];
	const router = { rpc, truth, size: 1, witnesses: () => [{ name: "the node", rpc }] };
	return { reader: new ChainReader({ router, timeoutMs: 1_000, signal: new AbortController().signal }), calls, truths };
}

describe("proof by absence", () => {
	test("a node that was restarted from a snapshot is no witness", async () => {
		await expect(nodeAt(100, 52).reader.provenHistory(WALLET, 50)).rejects.toThrow(
			"the node keeps history from slot 52",
		);
	});

	test("slot and height are of the finalized block that the history was read from", async () => {
		const { reader, calls } = nodeAt(100, 51);
		expect(await reader.provenHistory(WALLET, 50)).toMatchObject({ entries: [], slot: 100, blockHeight: 95 });
		expect(Number(calls.at(-1)?.params[1]?.minContextSlot)).toBe(100);
	});
});

test("what money hangs on is asked of two nodes where there are two; the rest of one", async () => {
	const { reader, calls, truths } = nodeAt(100);
	await reader.balances(WALLET, []);
	await reader.transaction("5".repeat(87) as never);
	await reader.history(WALLET, 0);
	expect(truths.map(({ method }) => method)).toEqual(["getMultipleAccounts", "getTransaction"]);
	expect(calls.map(({ method }) => method)).toEqual(["getSignaturesForAddress"]);
});
