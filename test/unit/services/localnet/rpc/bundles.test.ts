import { beforeEach, expect, test } from "@jest/globals";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import { bundleIdOf } from "../../../../../libs/block-engine/bundle-id.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../../../libs/block-engine/tip-accounts.ts";
import type { Chain } from "../../../../../services/localnet/chain/chain.ts";
import { requireAccountKey, type SignatureKey, signatureOf } from "../../../../../services/localnet/chain/keys.ts";
import { Dispatcher } from "../../../../../services/localnet/rpc/dispatcher.ts";
import { fundedWallet, openChain, signedTransaction, signedTransfer, transfer, type Wallet } from "../chain/wallet.ts";

const TIP_KEY = requireAccountKey(MAINNET_TIP_ACCOUNTS[0]!);
const UNKNOWN = "0".repeat(64);
let chain: Chain;
let dispatcher: Dispatcher;
let wallet: Wallet;

beforeEach(() => {
	chain = openChain();
	dispatcher = new Dispatcher({
		chain,
		maxBatch: 3,
		onInternalError: (_method, error) => {
			throw error;
		},
	});
	wallet = fundedWallet(chain);
});

// biome-ignore lint/suspicious/noExplicitAny: answers are as varied as the methods.
function ask(method: string, ...params: unknown[]): any {
	return JSON.parse(dispatcher.answer({ jsonrpc: "2.0", id: 7, method, params })!);
}

function tipping(lamports: bigint): Buffer {
	return signedTransaction({ chain, signers: [wallet], instructions: [transfer(wallet, TIP_KEY, lamports)] });
}

function signatureIn(wire: Buffer): string {
	return signatureOf(wire.toString("latin1", 1, 65) as SignatureKey);
}

test.each<[string, unknown[], string]>([
	["sendBundle", [], "the transactions must be an array"],
	["sendBundle", [[]], "1 to 5 transactions"],
	["sendBundle", [Array.from({ length: 6 }, () => "AQ==")], "at most 5"],
	["sendBundle", [[1]], "transaction 0 must be a string"],
	["sendBundle", [["AQ=="], { encoding: "base32" }], "encoding must be one of"],
	["sendBundle", [["AQ=="], { encoding: "base64" }], "transaction 0 does not parse"],
	["sendBundle", [["x".repeat(2_049)]], "transaction 0 is longer"],
	["sendBundle", [["0OIl"]], "not base58"],
	["getBundleStatuses", [], "the bundle ids must be an array"],
	["getBundleStatuses", [["x"]], "64 hexadecimal digits"],
	["getBundleStatuses", [Array.from({ length: 6 }, () => UNKNOWN)], "at most 5"],
	["getInflightBundleStatuses", [["A".repeat(64)]], "64 hexadecimal digits"],
])("%s%j is refused: %s", (method, params, message) => {
	const { error } = ask(method, ...params);
	expect(error).toMatchObject({ code: -32_602 });
	expect(error.message).toContain(message);
});

test("a bundle without a tip account is refused in the block engine's words, a forged one as a signature failure", () => {
	const plain = signedTransfer(chain, wallet, fundedWallet(chain).key, 1_000_000n).toString("base64");
	expect(ask("sendBundle", [plain], { encoding: "base64" }).error).toEqual({
		code: -32_602,
		message: "Bundles must write lock at least one tip account to be eligible for the auction.",
	});
	const forged = tipping(5_000n);
	forged[9]! ^= 1;
	expect(ask("sendBundle", [forged.toString("base64")], { encoding: "base64" }).error.code).toBe(-32_003);
});

test("a full slot says so as an unhealthy node does", () => {
	chain = openChain({ limits: { transactionsPerSlot: 0 } });
	dispatcher = new Dispatcher({ chain, maxBatch: 3, onInternalError: () => {} });
	wallet = fundedWallet(chain);
	expect(ask("sendBundle", [tipping(5_000n).toString("base64")], { encoding: "base64" }).error.code).toBe(-32_005);
});

test.each(["base58", "base64"] as const)("a bundle of %s lands, and its statuses tell", (encoding) => {
	const wires = [tipping(5_000n), tipping(6_000n)];
	const texts = wires.map((wire) => (encoding === "base58" ? encodeBase58(wire) : wire.toString("base64")));
	const slot = chain.slot("processed");
	const params = encoding === "base58" ? [texts] : [texts, { encoding }];
	const id = ask("sendBundle", ...params).result;
	expect(id).toBe(bundleIdOf(wires.map(signatureIn)));
	expect(ask("getInflightBundleStatuses", [id, UNKNOWN]).result).toMatchObject({
		context: { slot },
		value: [
			{ bundle_id: id, status: "Landed", landed_slot: slot },
			{ bundle_id: UNKNOWN, status: "Invalid", landed_slot: null },
		],
	});
	const status = (confirmation_status: string) => ({
		bundle_id: id,
		transactions: wires.map(signatureIn),
		slot,
		confirmation_status,
		err: { Ok: null },
	});
	expect(ask("getBundleStatuses", [id, UNKNOWN]).result.value).toEqual([status("processed"), null]);
	chain.advanceSlot();
	expect(ask("getBundleStatuses", [id]).result.value).toEqual([status("confirmed")]);
	for (let count = 0; count < 31; count++) chain.advanceSlot();
	expect(ask("getBundleStatuses", [id]).result.value).toEqual([status("finalized")]);
	expect(ask("sendBundle", ...params).error.message).toBe("bundle contains an already processed transaction");
});

test("a bundle that fails has a name and the status Failed", () => {
	const id = ask("sendBundle", [tipping(1n).toString("base64")], { encoding: "base64" }).result;
	const value = [{ bundle_id: id, status: "Failed", landed_slot: null }];
	expect(ask("getInflightBundleStatuses", [id]).result.value).toEqual(value);
	expect(ask("getBundleStatuses", [id]).result.value).toEqual([null]);
});

test("the tip accounts are those of mainnet, and each can be tipped", () => {
	const accounts: string[] = ask("getTipAccounts").result;
	expect(accounts).toEqual([...MAINNET_TIP_ACCOUNTS]);
	expect(new Set(accounts).size).toBe(8);
	for (const account of accounts) {
		const instructions = [transfer(wallet, requireAccountKey(account), 1_000n)];
		const wire = signedTransaction({ chain, signers: [wallet], instructions });
		expect(chain.sendBundle([wire])).toMatchObject({ landed: true });
	}
});
