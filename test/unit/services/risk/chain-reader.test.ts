import { describe, expect, test } from "@jest/globals";
import { createSolanaRpcFromTransport, type RpcTransport } from "@solana/web3.js";
import type { Address } from "../../../../core/types/address.ts";
import { ChainReader } from "../../../../services/risk/chain-reader.ts";

const WALLET = "66oxfz49smnfcau6DKFe12V1e11YBU9pgfkLfrZH5LbL" as Address;

interface Call {
	readonly method: string;
	readonly params: readonly [string?, { readonly minContextSlot?: number; readonly commitment?: string }?];
}

/** A node that has seen the chain up to a slot, and refuses to answer for later ones, as nodes do. */
function nodeAt(slot: number): { reader: ChainReader; calls: Call[] } {
	const calls: Call[] = [];
	const transport = (async ({ payload }: { payload: unknown }) => {
		const call = payload as Call;
		calls.push(call);
		if (call.method === "getEpochInfo") return { result: { absoluteSlot: slot, blockHeight: slot - 5 } };
		const least = Number(call.params[1]?.minContextSlot ?? 0);
		if (least <= slot) return { result: [] };
		return {
			error: { code: -32_016, message: "Minimum context slot has not been reached", data: { contextSlot: slot } },
		};
	}) as RpcTransport;
	const rpc = createSolanaRpcFromTransport(transport) as never;
	return { reader: new ChainReader({ rpc, timeoutMs: 1_000, signal: new AbortController().signal }), calls };
}

describe("proof by absence", () => {
	test("a node that lags behind the finalized block is no witness: its history is refused", async () => {
		await expect(nodeAt(90).reader.history(WALLET, 0, 100)).rejects.toThrow();
	});

	test("a node that has seen it is", async () => {
		const { reader, calls } = nodeAt(100);
		expect(await reader.history(WALLET, 0, 100)).toEqual([]);
		expect(Number(calls[0]?.params[1]?.minContextSlot)).toBe(100);
	});

	test("slot and height are of the same finalized block", async () => {
		const { reader, calls } = nodeAt(100);
		expect(await reader.finalizedHead()).toEqual({ slot: 100, blockHeight: 95 });
		expect(calls.map(({ method }) => method)).toEqual(["getEpochInfo"]);
	});
});
