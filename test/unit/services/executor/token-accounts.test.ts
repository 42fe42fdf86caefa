import { beforeEach, describe, expect, test } from "@jest/globals";
import type { VenueId } from "../../../../core/market/pool.ts";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import type { SolanaRpc } from "../../../../libs/solana/rpc-router/rpc-router.ts";
import type { Refusal } from "../../../../services/executor/refusal.ts";
import { ensureKeptAccounts, ensureTokenAccounts } from "../../../../services/executor/token-accounts.ts";
import { policed } from "../../../support/policed.ts";
import { derive, wholePool } from "../../core/market/venues/pumpswap/accounts.ts";
import { anyAddress, USDC } from "../../libs/solana/example-route.ts";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as typeof USDC;
const HALTED: Refusal = { code: "tradingHalted", detail: "drill" };

let signatures: number;
let sent: number;
let exists: boolean;
let refusal: Refusal | null;
let rejection: Error | null;
let keep: () => Promise<void>;
let blockhash: () => Promise<unknown>;

beforeEach(() => {
	[signatures, sent, exists, refusal, rejection] = [0, 0, false, null, null];
	keep = async () => {};
	blockhash = async () => ({ value: { blockhash: anyAddress(), lastValidBlockHeight: 100n } });
});

function answer(of: () => Promise<unknown>) {
	return () => ({ send: of });
}

function making() {
	const rpc = {
		getMultipleAccounts: (addresses: readonly unknown[]) =>
			answer(async () => ({ value: addresses.map(() => (exists ? {} : null)) }))(),
		getBlockHeight: answer(async () => 1n),
		getLatestBlockhash: answer(() => blockhash()),
		sendTransaction: answer(async () => {
			sent++;
			if (rejection) throw rejection;
			exists = true;
		}),
	} as unknown as SolanaRpc;
	const sign = (_message: Uint8Array, signature: Uint8Array) => void signature.fill(++signatures);
	const wallet = policed(new Wallet(new Uint8Array(32).fill(9), { by: "node:crypto", sign }), [USDC]);
	return {
		rpc,
		wallet,
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
		onTrouble: (what: string) => {
			throw new Error(what);
		},
	} as const;
}

function ensure() {
	const mints = [{ address: USDC, symbol: "USDC", decimals: 6, tokenProgram: TOKEN_PROGRAM }];
	return ensureTokenAccounts({ ...making(), mints });
}

/** A PumpSwap buyer's volume account, and one for cashback in wrapped SOL. */
function ensureKept(venue: VenueId = "pumpswap") {
	const parts = making();
	const pool = wholePool({ isCashbackCoin: true });
	const onTrouble = (what: string) => {
		throw new Error(`told and tried again: ${what}`);
	};
	const kept = (pumpSwap.walletAccounts?.(pool, parts.wallet.address, derive) ?? []).map((one) => ({ ...one, venue }));
	return ensureKeptAccounts({ ...parts, kept, onTrouble }).then((there) => [there.size, kept.length]);
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

describe("what venues keep for the wallet", () => {
	test("is made, all of it in one transaction that the signer's policy takes", async () => {
		expect(await ensureKept()).toEqual([2, 2]);
		expect([signatures, sent]).toEqual([1, 1]);
		expect(await ensureKept()).toEqual([2, 2]);
		expect([signatures, sent]).toEqual([1, 1]);
	});

	test("is tried once when the chain refuses it: each signature counts its rent against the caps", async () => {
		rejection = new Error("custom program error");
		await expect(ensureKept()).rejects.toThrow(
			/^the accounts that venues keep of .* could not be made yet: custom program/,
		);
		expect([signatures, sent]).toEqual([1, 1]);
	});

	test("is not made while trading is halted", async () => {
		refusal = HALTED;
		expect(await ensureKept()).toEqual([0, 2]);
		expect(signatures).toBe(0);
	});

	test("is not made of a venue that nothing here makes it of", async () => {
		await expect(ensureKept("raydium-cpmm")).rejects.toThrow("nothing here makes");
		expect(signatures).toBe(0);
	});
});
