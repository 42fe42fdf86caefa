import { describe, expect, test } from "@jest/globals";
import { createSolanaRpcFromTransport, type RpcTransport } from "@solana/web3.js";
import { encodeBase58 } from "../../../../core/types/base58.ts";
import type { Signature } from "../../../../core/types/identifiers.ts";
import { MEMO_PROGRAM } from "../../../../libs/solana/memo.ts";
import { readTransaction } from "../../../../libs/solana/transaction-reader.ts";
import { anyAddress } from "./example-route.ts";

const SIGNATURE = "1".repeat(64) as Signature;
const [WALLET, MINE, OTHER, LOADED_W, LOADED_R, USDC] = Array.from({ length: 6 }, anyAddress);

/** A client of the real library over a node that answers this. */
function rpcThatAnswers(result: unknown, asked: unknown[] = []) {
	const transport = async ({ payload, signal }: { payload: unknown; signal?: AbortSignal }) => {
		signal?.throwIfAborted();
		asked.push(payload);
		return { jsonrpc: "2.0", id: 1, result };
	};
	return createSolanaRpcFromTransport(transport as unknown as RpcTransport);
}

const balance = (accountIndex: number, amount: string, owner?: unknown) => ({
	accountIndex,
	mint: USDC,
	...(owner === undefined ? {} : { owner }),
	uiTokenAmount: { amount, decimals: 6, uiAmount: null, uiAmountString: "0" },
});

const ANSWER = {
	slot: 77n,
	blockTime: 1_700_000_000n,
	version: 0,
	transaction: {
		signatures: [SIGNATURE],
		message: {
			accountKeys: [WALLET, MINE, OTHER, MEMO_PROGRAM],
			header: {},
			instructions: [
				{ programIdIndex: 2, accounts: [], data: "" },
				{ programIdIndex: 3, accounts: [], data: encodeBase58(new TextEncoder().encode("0123456789abcdef")) },
			],
			recentBlockhash: "",
		},
	},
	meta: {
		err: null,
		fee: 5_000n,
		preBalances: [10n, 1n, 1n, 1n, 1n, 1n],
		postBalances: [5n, 1n, 1n, 1n, 1n, 1n],
		preTokenBalances: [balance(1, "7", WALLET)],
		postTokenBalances: [balance(1, "18446744073709551615", WALLET), balance(2, "3")],
		loadedAddresses: { writable: [LOADED_W], readonly: [LOADED_R] },
		computeUnitsConsumed: 1_234n,
	},
};

describe("reading a transaction", () => {
	test("null when the node does not know it", async () => {
		expect(await readTransaction(rpcThatAnswers(null), SIGNATURE)).toBeNull();
	});

	test("refuses one without its effects", async () => {
		await expect(readTransaction(rpcThatAnswers({ ...ANSWER, meta: null }), SIGNATURE)).rejects.toThrow(
			"without its effects",
		);
	});

	test("stops when it is told to", async () => {
		const gone = AbortSignal.abort(new Error("stopping"));
		await expect(readTransaction(rpcThatAnswers(ANSWER), SIGNATURE, { abortSignal: gone })).rejects.toThrow("stopping");
	});

	test("effects with all keys, exact amounts and the memo; at confirmed unless asked otherwise", async () => {
		const asked: unknown[] = [];
		const read = await readTransaction(rpcThatAnswers(ANSWER, asked), SIGNATURE);
		expect(read).toEqual({
			signature: SIGNATURE,
			slot: 77,
			error: null,
			feeLamports: 5_000n,
			accountKeys: [WALLET, MINE, OTHER, MEMO_PROGRAM, LOADED_W, LOADED_R],
			preLamports: [10n, 1n, 1n, 1n, 1n, 1n],
			postLamports: [5n, 1n, 1n, 1n, 1n, 1n],
			preTokenBalances: [{ accountIndex: 1, mint: USDC, owner: WALLET, amount: 7n }],
			postTokenBalances: [
				{ accountIndex: 1, mint: USDC, owner: WALLET, amount: 18_446_744_073_709_551_615n },
				{ accountIndex: 2, mint: USDC, owner: null, amount: 3n },
			],
			computeUnits: 1_234,
			memo: "0123456789abcdef",
			blockTimeSeconds: 1_700_000_000,
		});
		await readTransaction(rpcThatAnswers(ANSWER, asked), SIGNATURE, { commitment: "finalized" });
		const commitments = asked.map((payload) => (payload as { params: [string, { commitment?: string }] }).params[1]);
		// The library leaves out what the node takes anyway: finalized.
		expect(commitments.map(({ commitment }) => commitment)).toEqual(["confirmed", undefined]);
	});

	test("a failed one has the chain's error as the chain writes it; an old one lacks the newer fields", async () => {
		const { loadedAddresses: _loaded, computeUnitsConsumed: _units, ...old } = ANSWER.meta;
		const meta = {
			...old,
			err: { InstructionError: [4n, { Custom: 6_005n }] },
			preTokenBalances: null,
			postTokenBalances: null,
		};
		const message = { ...ANSWER.transaction.message, instructions: [] };
		const transaction = { ...ANSWER.transaction, message };
		const read = await readTransaction(rpcThatAnswers({ ...ANSWER, meta, transaction, blockTime: null }), SIGNATURE);
		expect(read).toMatchObject({
			error: '{"InstructionError":[4,{"Custom":6005}]}',
			accountKeys: [WALLET, MINE, OTHER, MEMO_PROGRAM],
			preTokenBalances: [],
			postTokenBalances: [],
			computeUnits: 0,
			memo: null,
			blockTimeSeconds: null,
		});
	});
});
