import { beforeEach, expect, test } from "@jest/globals";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import type { SolanaRpc } from "../../../../libs/solana/rpc-router/rpc-router.ts";
import type { Refusal } from "../../../../services/executor/refusal.ts";
import { ensureTokenAccounts } from "../../../../services/executor/token-accounts.ts";
import { policed } from "../../../support/policed.ts";
import { anyAddress, USDC } from "../../libs/solana/example-route.ts";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as typeof USDC;
const HALTED: Refusal = { code: "tradingHalted", detail: "drill" };

let signatures: number;
let sent: number;
let exists: boolean;
let refusal: Refusal | null;
let keep: () => Promise<void>;
let blockhash: () => Promise<unknown>;

beforeEach(() => {
	[signatures, sent, exists, refusal] = [0, 0, false, null];
	keep = async () => {};
	blockhash = async () => ({ value: { blockhash: anyAddress(), lastValidBlockHeight: 100n } });
});

function answer(of: () => Promise<unknown>) {
	return () => ({ send: of });
}

function ensure() {
	const rpc = {
		getMultipleAccounts: answer(async () => ({ value: [exists ? {} : null] })),
		getBlockHeight: answer(async () => 1n),
		getLatestBlockhash: answer(() => blockhash()),
		sendTransaction: answer(async () => {
			sent++;
			exists = true;
		}),
	} as unknown as SolanaRpc;
	const sign = (_message: Uint8Array, signature: Uint8Array) => void signature.fill(++signatures);
	const wallet = policed(new Wallet(new Uint8Array(32).fill(9), { by: "node:crypto", sign }), [USDC]);
	return ensureTokenAccounts({
		rpc,
		wallet,
		mints: [{ address: USDC, symbol: "USDC", decimals: 6, tokenProgram: TOKEN_PROGRAM }],
		timeoutMs: 1_000,
		pollIntervalMs: 1,
		abortSignal: new AbortController().signal,
		gate: {
			isKnown: true,
			get refusal() {
				return refusal;
			},
		},
		keep: () => keep(),
		onTrouble: (what) => {
			throw new Error(what);
		},
	});
}

test("what is missing is made", async () => {
	expect([...(await ensure()).keys()]).toEqual([USDC]);
	expect([signatures, sent]).toEqual([1, 1]);
});

test("a halt that comes while the blockhash is asked for leaves nothing signed", async () => {
	const lifetime = await blockhash();
	blockhash = async () => {
		refusal = HALTED;
		return lifetime;
	};
	expect((await ensure()).size).toBe(0);
	expect([signatures, sent]).toEqual([0, 0]);
});

test("what cannot be written down does not leave", async () => {
	keep = () => Promise.reject(new Error("disk full"));
	await expect(ensure()).rejects.toThrow(/could not be made yet: disk full/);
	expect([signatures, sent]).toEqual([1, 0]);
});

test("a halt that comes while it is written down keeps it here", async () => {
	keep = async () => {
		refusal = HALTED;
	};
	expect((await ensure()).size).toBe(0);
	expect([signatures, sent]).toEqual([1, 0]);
});
