import { zstdDecompressSync } from "node:zlib";
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import type { Chain } from "../../../../../services/localnet/chain/chain.ts";
import { addressOf, bytesOfKey } from "../../../../../services/localnet/chain/keys.ts";
import { TOKEN_PROGRAM_KEY } from "../../../../../services/localnet/chain/well-known.ts";
import { Dispatcher } from "../../../../../services/localnet/rpc/dispatcher.ts";
import {
	fundedWallet,
	landed,
	newWallet,
	openChain,
	putMint,
	putTokenAccount,
	SYSTEM_ADDRESS,
	signedTransaction,
	signedTransfer,
	tokenTransfer,
	transfer,
	type Wallet,
} from "../chain/wallet.ts";

const TOKEN_ADDRESS = addressOf(TOKEN_PROGRAM_KEY);
const SOL = 1_000_000_000n;

let chain: Chain;
let dispatcher: Dispatcher;
let wallet: Wallet;
let mint: string;
let tokenAccount: string;
let signature: string;
const internalErrors: unknown[] = [];

beforeAll(() => {
	chain = openChain();
	dispatcher = new Dispatcher({ chain, maxBatch: 3, onInternalError: (_method, error) => internalErrors.push(error) });
	wallet = fundedWallet(chain);
	const mintKey = putMint(chain, 5_000_000n, 6);
	const [mine, theirs] = [
		putTokenAccount(chain, mintKey, wallet.key, 2_500_000n),
		putTokenAccount(chain, mintKey, mintKey, 0n),
	];
	mint = addressOf(mintKey);
	tokenAccount = addressOf(mine);
	const wire = signedTransaction({
		chain,
		signers: [wallet],
		instructions: [tokenTransfer(mine, theirs, wallet, 1n)],
		version: 0,
	});
	signature = landed(chain.sendTransaction(wire)).signature;
	for (let slot = 0; slot < 40; slot++) chain.advanceSlot();
});

interface Answer {
	readonly id: unknown;
	readonly result?: never;
	readonly error?: { code: number; message: string; data?: never };
}

function ask(method: string, ...params: unknown[]): Answer {
	return JSON.parse(dispatcher.answer({ jsonrpc: "2.0", id: 7, method, params })!) as Answer;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are as varied as the methods.
function result(method: string, ...params: unknown[]): any {
	const answer = ask(method, ...params);
	if (answer.error !== undefined) throw new Error(`${answer.error.code} ${answer.error.message}`);
	return answer.result;
}

test("whatever comes in, a JSON-RPC answer goes out", () => {
	const methods = ["getAccountInfo", "getProgramAccounts", "sendTransaction", "simulateTransaction", "getBlocks"];
	const request = fc.oneof(
		fc.jsonValue(),
		fc.record({
			jsonrpc: fc.constantFrom("2.0", "1.0"),
			id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.jsonValue()),
			method: fc.oneof(fc.string(), fc.constantFrom(...methods, "getTransaction", "__proto__", "constructor")),
			params: fc.oneof(
				fc.jsonValue(),
				fc.tuple(
					fc.oneof(fc.constantFrom(SYSTEM_ADDRESS, "AQ==", "2"), fc.jsonValue()),
					fc.oneof(
						fc.jsonValue(),
						fc.record({
							encoding: fc.oneof(fc.constantFrom("base64", "jsonParsed", "base58"), fc.jsonValue()),
							commitment: fc.oneof(fc.constantFrom("processed", "toString"), fc.jsonValue()),
							filters: fc.jsonValue(),
							dataSlice: fc.oneof(fc.record({ offset: fc.nat(), length: fc.nat() }), fc.jsonValue()),
						}),
					),
				),
			),
		}),
	);
	fc.assert(
		fc.property(request, (value) => {
			const answer = dispatcher.answer(value);
			const parsed = JSON.parse(answer ?? "{}") as Answer;
			expect("result" in parsed !== "error" in parsed).toBe(true);
		}),
		{ numRuns: 2_000 },
	);
	expect(internalErrors).toEqual([]);
});

test.each<[unknown, number, string]>([
	[[], -32_600, "it must be an object"],
	[null, -32_600, "it must be an object"],
	[{ id: 1, method: "getSlot" }, -32_600, 'jsonrpc must be "2.0"'],
	[{ jsonrpc: "2.0", id: 1 }, -32_600, "method must be a string"],
	[{ jsonrpc: "2.0", id: {}, method: "getSlot" }, -32_600, "id must be"],
	[{ jsonrpc: "2.0", id: 1, method: "getNothing" }, -32_601, "Method not found: getNothing"],
	[{ jsonrpc: "2.0", id: 1, method: "getSlot", params: {} }, -32_602, "params must be an array"],
])("%j is refused", (request, code, message) => {
	const { error } = JSON.parse(dispatcher.answer(request)!) as Answer;
	expect(error?.code).toBe(code);
	expect(error?.message).toContain(message);
});

test.each<[string, unknown[], string]>([
	["getAccountInfo", [], "the account address must be a string"],
	["getAccountInfo", ["0"], "the account address must be a base58 address of 32 bytes"],
	["getAccountInfo", [SYSTEM_ADDRESS, 5], "the configuration must be an object"],
	["getAccountInfo", [SYSTEM_ADDRESS, { encoding: "hex" }], "encoding must be one of"],
	["getAccountInfo", [SYSTEM_ADDRESS, { commitment: "soon" }], "commitment must be"],
	["getAccountInfo", [SYSTEM_ADDRESS, { dataSlice: { offset: 1 } }], "dataSlice must hold"],
	["getAccountInfo", [SYSTEM_ADDRESS, { dataSlice: [] }], "dataSlice must be an object"],
	["getMultipleAccounts", ["x"], "the account addresses must be an array"],
	["getMultipleAccounts", [Array(101).fill(SYSTEM_ADDRESS)], "at most 100"],
	["getProgramAccounts", [TOKEN_ADDRESS, { filters: Array(5).fill({ dataSize: 1 }) }], "at most 4"],
	["getProgramAccounts", [TOKEN_ADDRESS, { filters: [{}] }], "filters[0] must hold"],
	["getProgramAccounts", [TOKEN_ADDRESS, { filters: [1] }], "filters[0] must be an object"],
	["getProgramAccounts", [TOKEN_ADDRESS, { filters: [{ memcmp: { bytes: "1" } }] }], "must hold an offset"],
	["getProgramAccounts", [TOKEN_ADDRESS, { filters: [{ memcmp: { offset: 0, bytes: "0" } }] }], "is not base58"],
	[
		"getProgramAccounts",
		[TOKEN_ADDRESS, { filters: [{ memcmp: { offset: 0, bytes: "A".repeat(200), encoding: "base64" } }] }],
		"at most 128 bytes",
	],
	["getTokenAccountBalance", [newWallet().address], "could not find account"],
	["getTokenSupply", [newWallet().address], "could not find account"],
	["getTokenLargestAccounts", [newWallet().address], "could not find mint"],
	["getTokenAccountsByOwner", [SYSTEM_ADDRESS, {}], "must hold mint or programId"],
	["getTokenAccountsByOwner", [SYSTEM_ADDRESS, { programId: SYSTEM_ADDRESS }], "must be a token program"],
	["getMinimumBalanceForRentExemption", [-1], "must be a whole number"],
	["getMinimumBalanceForRentExemption", [99_999_999], "must be at most"],
	["getSignatureStatuses", [["short"]], "signature 0 must be a base58 signature"],
	["getSignaturesForAddress", [SYSTEM_ADDRESS, { limit: 0 }], "limit must be between"],
	["getSignaturesForAddress", [SYSTEM_ADDRESS, { commitment: "processed" }], "does not support commitment"],
	["getBlock", [1, { transactionDetails: "accounts" }], "transactionDetails must be"],
	["getBlocksWithLimit", [1, 1e9], "the limit must be at most"],
	["sendTransaction", ["!", { encoding: "base64" }], "is not base64"],
	["sendTransaction", ["1".repeat(2_049)], "longer than 2048"],
	["sendTransaction", ["AQID", { encoding: "base64" }], "failed to deserialize"],
	["sendTransaction", ["22", { skipPreflight: 1 }], "skipPreflight must be true or false"],
	["simulateTransaction", ["AQID", { encoding: "base64", sigVerify: true, replaceRecentBlockhash: true }], "may not"],
	["simulateTransaction", ["AQID", { encoding: "base64" }], "failed to deserialize"],
	["getFeeForMessage", ["AQID"], "does not parse"],
	["isBlockhashValid", ["abc"], "the blockhash must be"],
	["requestAirdrop", [SYSTEM_ADDRESS, "1"], "lamports must be a whole number"],
	["getRecentPrioritizationFees", [[1]], "account address 0 must be a string"],
])("%s %j: Invalid params: %s", (method, params, message) => {
	const { error } = ask(method, ...params);
	expect(error?.code).toBe(-32_602);
	expect(error?.message).toContain(message);
});

test("a wrong token account or mint is named as such", () => {
	expect(ask("getTokenAccountBalance", mint).error?.message).toContain("not a Token account");
	expect(ask("getTokenSupply", tokenAccount).error?.message).toContain("not a Token mint");
	expect(ask("getTokenLargestAccounts", tokenAccount).error?.message).toContain("not a Token mint");
});

test("a context slot that is not reached is -32016", () => {
	const { error } = ask("getSlot", { commitment: "finalized", minContextSlot: 1_000 });
	expect(error).toMatchObject({ code: -32_016, data: { contextSlot: chain.slot("finalized") } });
	expect(result("getSlot", { commitment: "processed", minContextSlot: 1 })).toBe(chain.slot("processed"));
});

test("a batch is limited, and notifications get no answer", () => {
	expect(dispatcher.parse("{")).toMatchObject({ ok: false, answer: expect.stringContaining("-32700") });
	for (const body of ["[]", "[1,2,3,4]"]) {
		expect(dispatcher.parse(body)).toMatchObject({ ok: false, answer: expect.stringContaining("-32600") });
	}
	expect(dispatcher.parse("[1,2,3]")).toMatchObject({ ok: true, isBatch: true, requests: [1, 2, 3] });
	expect(dispatcher.answer({ jsonrpc: "2.0", method: "getSlot" })).toBeNull();
});

test("an account in every encoding, whole and in part", () => {
	const bytes = chain.getAccount(tokenAccount as never)!.data;
	const data = (config: object) => result("getAccountInfo", tokenAccount, config).value.data;
	expect(data({ encoding: "base64" })).toEqual([bytes.toString("base64"), "base64"]);
	const [zipped, name] = data({ encoding: "base64+zstd" });
	expect(name).toBe("base64+zstd");
	expect(zstdDecompressSync(Buffer.from(zipped, "base64")).equals(bytes)).toBe(true);
	const part = { offset: 64, length: 8 };
	expect(data({ encoding: "base58", dataSlice: part })).toEqual([encodeBase58(bytes.subarray(64, 72)), "base58"]);
	expect(data({ dataSlice: part })).toBe(encodeBase58(bytes.subarray(64, 72)));
	expect(ask("getAccountInfo", tokenAccount).error).toMatchObject({
		code: -32_600,
		message: expect.stringMatching(/128 bytes/),
	});
	expect(data({ encoding: "jsonParsed" })).toMatchObject({
		program: "spl-token",
		space: 165,
		parsed: {
			type: "account",
			info: {
				isNative: false,
				mint,
				owner: wallet.address,
				state: "initialized",
				tokenAmount: { amount: "2499999", decimals: 6, uiAmount: 2.499999, uiAmountString: "2.499999" },
			},
		},
	});
	expect(result("getAccountInfo", mint, { encoding: "jsonParsed" }).value.data.parsed).toEqual({
		type: "mint",
		info: { decimals: 6, freezeAuthority: null, isInitialized: true, mintAuthority: null, supply: "5000000" },
	});
	const plain = result("getAccountInfo", wallet.address, { encoding: "jsonParsed" });
	expect(plain.value).toMatchObject({ data: ["", "base64"], owner: SYSTEM_ADDRESS, space: 0, executable: false });
	expect(plain.context.slot).toBe(chain.slot("finalized"));
	expect(result("getAccountInfo", newWallet().address).value).toBeNull();
});

test("delegates, native accounts and authorities are parsed", () => {
	const data = Buffer.from(chain.getAccount(tokenAccount as never)!.data);
	data.writeUInt32LE(1, 72);
	bytesOfKey(wallet.key).copy(data, 76);
	data[108] = 2;
	data.writeUInt32LE(1, 109);
	data.writeBigUInt64LE(2_039_280n, 113);
	data.writeBigUInt64LE(1_000_000n, 121);
	data.writeUInt32LE(1, 129);
	bytesOfKey(wallet.key).copy(data, 133);
	const { address } = newWallet();
	chain.setAccount(address, { lamports: 3n, owner: TOKEN_ADDRESS, data });
	expect(result("getAccountInfo", address, { encoding: "jsonParsed" }).value.data.parsed.info).toMatchObject({
		delegate: wallet.address,
		delegatedAmount: { uiAmountString: "1" },
		state: "frozen",
		isNative: true,
		rentExemptReserve: { amount: "2039280" },
		closeAuthority: wallet.address,
	});
	chain.setAccount(address, { lamports: 0n, owner: SYSTEM_ADDRESS, data: new Uint8Array() });
	expect(result("getAccountInfo", address).value).toBeNull();
});

test("lamports keep all their digits", () => {
	const { address } = newWallet();
	chain.setAccount(address, { lamports: 18_446_744_073_709_551_615n, owner: SYSTEM_ADDRESS, data: new Uint8Array() });
	const answer = dispatcher.answer({ jsonrpc: "2.0", id: 1, method: "getBalance", params: [address] });
	expect(answer).toContain('"value":18446744073709551615');
	chain.setAccount(address, { lamports: 0n, owner: SYSTEM_ADDRESS, data: new Uint8Array() });
});

test("several accounts at once; a program's accounts through filters", () => {
	const { value } = result("getMultipleAccounts", [mint, newWallet().address], { dataSlice: { offset: 0, length: 0 } });
	expect(value.map((entry: { data: unknown } | null) => entry?.data ?? null)).toEqual([["", "base64"], null]);
	const count = (filters: unknown[]) =>
		result("getProgramAccounts", TOKEN_ADDRESS, { encoding: "base64", filters }).length;
	const byOwner = { memcmp: { offset: 32, bytes: wallet.address } };
	expect(count([{ dataSize: 165 }])).toBe(2);
	expect(count([byOwner, { dataSize: 165 }])).toBe(1);
	const base64 = bytesOfKey(wallet.key).toString("base64");
	expect(count([{ memcmp: { offset: 32, bytes: base64, encoding: "base64" } }, { tokenAccountState: true }])).toBe(1);
	expect(count(["tokenAccountState"])).toBe(2);
	expect(count([{ memcmp: { offset: 9_999, bytes: "2" } }])).toBe(0);
	const wrapped = result("getProgramAccounts", TOKEN_ADDRESS, { encoding: "base64", withContext: true });
	expect(wrapped.context.slot).toBe(chain.slot("finalized"));
});

test("token balances, supply and accounts by owner", () => {
	expect(result("getTokenAccountBalance", tokenAccount).value.uiAmountString).toBe("2.499999");
	expect(result("getTokenSupply", mint).value).toEqual({
		amount: "5000000",
		decimals: 6,
		uiAmount: 5,
		uiAmountString: "5",
	});
	const [largest, ...smaller] = result("getTokenLargestAccounts", mint).value;
	expect(largest).toMatchObject({ address: tokenAccount, amount: "2499999", decimals: 6, uiAmountString: "2.499999" });
	for (const { address } of smaller) expect(address).not.toBe(tokenAccount);
	const owned = (selection: object) =>
		result("getTokenAccountsByOwner", wallet.address, selection, { encoding: "base64" }).value.map(
			(entry: { pubkey: string }) => entry.pubkey,
		);
	expect(owned({ mint })).toEqual([tokenAccount]);
	expect(owned({ programId: TOKEN_ADDRESS })).toEqual([tokenAccount]);
	expect(owned({ mint: SYSTEM_ADDRESS })).toEqual([]);
	expect(result("getMinimumBalanceForRentExemption", 165)).toBe(2_039_280);
});

test("a landed transaction in every form", () => {
	const ofVersion0 = { maxSupportedTransactionVersion: 0 };
	expect(ask("getTransaction", signature).error).toMatchObject({
		code: -32_015,
		message: expect.stringMatching(/version \(0\)/),
	});
	const json = result("getTransaction", signature, ofVersion0);
	expect(json).toMatchObject({ slot: 1, blockTime: 1_700_000_000, version: 0 });
	expect(json.meta).toMatchObject({ err: null, status: { Ok: null }, fee: 5_000, loadedAddresses: { writable: [] } });
	expect(json.meta.preTokenBalances).toContainEqual(
		expect.objectContaining({
			mint,
			owner: wallet.address,
			uiTokenAmount: expect.objectContaining({ amount: "2500000" }),
		}),
	);
	expect(json.transaction.signatures).toEqual([signature]);
	expect(json.transaction.message.instructions[0]).toMatchObject({ accounts: expect.any(Array), stackHeight: 1 });
	const [text, encoding] = result("getTransaction", signature, { ...ofVersion0, encoding: "base64" }).transaction;
	expect(encoding).toBe("base64");
	expect(encodeBase58(Buffer.from(text, "base64").subarray(1, 65))).toBe(signature);
	expect(result("getTransaction", signature, { ...ofVersion0, encoding: "base58" }).transaction[1]).toBe("base58");
	const parsed = result("getTransaction", signature, { ...ofVersion0, encoding: "jsonParsed" });
	expect(parsed.transaction.message.accountKeys[0]).toEqual({
		pubkey: wallet.address,
		signer: true,
		source: "transaction",
		writable: true,
	});
	expect(parsed.transaction.message.instructions[0].programId).toBe(TOKEN_ADDRESS);
	expect(result("getTransaction", encodeBase58(Buffer.alloc(64, 1)))).toBeNull();
});

test("sending: refusals have Solana's codes, and without preflight a lost transaction looks like any other", () => {
	const to = newWallet().key;
	const text = (wire: Buffer) => wire.toString("base64");
	const config = { encoding: "base64" };
	const poor = text(signedTransfer(chain, wallet, to, 1_000n * SOL));
	const failed = ask("sendTransaction", poor, config).error;
	expect(failed).toMatchObject({
		code: -32_002,
		message: "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1",
		data: { err: { InstructionError: [0, { Custom: 1 }] }, logs: expect.any(Array), unitsConsumed: 150 },
	});
	const forged = signedTransfer(chain, wallet, to, SOL);
	forged[9] = forged[9]! ^ 1;
	expect(ask("sendTransaction", text(forged), config).error?.code).toBe(-32_003);
	const stale = signedTransaction({
		chain,
		signers: [wallet],
		instructions: [transfer(wallet, to, 1n)],
		blockhash: newWallet().address,
	});
	expect(ask("sendTransaction", text(stale), config).error).toMatchObject({
		code: -32_002,
		message: "Transaction simulation failed: Blockhash not found",
		data: { err: "BlockhashNotFound" },
	});
	const lost = result("sendTransaction", text(stale), { ...config, skipPreflight: true });
	expect(lost).toBe(encodeBase58(stale.subarray(1, 65)));
	expect(result("getSignatureStatuses", [lost]).value).toEqual([null]);
	const good = signedTransfer(chain, wallet, to, SOL);
	expect(result("sendTransaction", encodeBase58(good))).toBe(encodeBase58(good.subarray(1, 65)));
	expect(ask("sendTransaction", text(good), config).error).toMatchObject({ data: { err: "AlreadyProcessed" } });
	const full = openChain({ limits: { transactionsPerSlot: 1 } });
	const crowded = new Dispatcher({ chain: full, maxBatch: 1, onInternalError: () => {} });
	const params = [1n, 2n].map((n) => text(signedTransfer(full, fundedWallet(full), to, SOL + n)));
	const answers = params.map((one) =>
		JSON.parse(crowded.answer({ jsonrpc: "2.0", id: 1, method: "sendTransaction", params: [one, config] })!),
	);
	expect(answers[1]).toMatchObject({ error: { code: -32_005 } });
});

test("simulating: accounts, inner instructions, a replaced blockhash, and the refusals", () => {
	const to = newWallet();
	const wire = signedTransfer(chain, wallet, to.key, SOL);
	const text = wire.toString("base64");
	const simulate = (config: object) => ask("simulateTransaction", text, { encoding: "base64", ...config });
	const accounts = { encoding: "base64", addresses: [to.address, newWallet().address] };
	expect(simulate({ accounts, innerInstructions: true, sigVerify: true }).result).toMatchObject({
		value: { err: null, innerInstructions: [], accounts: [{ lamports: Number(SOL) }, null], unitsConsumed: 150 },
	});
	expect(simulate({ accounts: { encoding: "base58", addresses: [] } }).error?.message).toContain("not supported");
	expect(simulate({ accounts: {} }).error?.message).toContain("must hold addresses");
	const replaced = simulate({ replaceRecentBlockhash: true }).result as never as { value: object };
	const { blockhash, lastValidBlockHeight } = chain.latestBlockhash("processed");
	expect(replaced.value).toMatchObject({ replacementBlockhash: { blockhash, lastValidBlockHeight } });
	landed(chain.sendTransaction(wire));
	expect(simulate({ accounts }).result).toMatchObject({ value: { err: "AlreadyProcessed", accounts: [null, null] } });
	const forged = Buffer.from(signedTransfer(chain, wallet, to.key, 3n));
	forged[4] = forged[4]! ^ 1;
	const config = { encoding: "base64", sigVerify: true };
	expect(ask("simulateTransaction", forged.toString("base64"), config).result).toMatchObject({
		value: { err: "SignatureFailure" },
	});
});

test("fees of a message, airdrops", () => {
	const message = signedTransfer(chain, wallet, wallet.key, 5n).subarray(65).toString("base64");
	expect(result("getFeeForMessage", message, { commitment: "processed" }).value).toBe(5_000);
	expect(result("getFeeForMessage", message).value).toBeNull();
	const { address } = newWallet();
	expect(typeof result("requestAirdrop", address, 5_000_000)).toBe("string");
	expect(result("getBalance", address, "processed").value).toBe(5_000_000);
	expect(ask("requestAirdrop", address, Number.MAX_SAFE_INTEGER).error).toBeUndefined();
});

test("statuses and history follow the commitment", () => {
	const to = newWallet();
	const outcome = landed(chain.sendTransaction(signedTransfer(chain, wallet, to.key, 10n * 1_000_000n)));
	const status = () => result("getSignatureStatuses", [outcome.signature, encodeBase58(Buffer.alloc(64, 9))]).value;
	const listed = (config: object) => result("getSignaturesForAddress", to.address, config).length;
	expect(status()).toMatchObject([{ confirmationStatus: "processed", confirmations: 0 }, null]);
	expect(listed({ commitment: "confirmed" })).toBe(0);
	expect(result("getTransaction", outcome.signature, { commitment: "confirmed" })).toBeNull();
	chain.advanceSlot();
	expect(status()).toMatchObject([{ confirmationStatus: "confirmed", confirmations: 1 }, null]);
	expect(listed({ commitment: "confirmed" })).toBe(1);
	expect(listed({})).toBe(0);
	for (let slot = 0; slot < 31; slot++) chain.advanceSlot();
	expect(status()).toMatchObject([
		{ confirmationStatus: "finalized", confirmations: null, status: { Ok: null } },
		null,
	]);
	expect(result("getSignaturesForAddress", to.address, { limit: 5, until: signature })[0]).toMatchObject({
		signature: outcome.signature,
		err: null,
		memo: null,
		confirmationStatus: "finalized",
	});
	for (let slot = 0; slot < 160; slot++) chain.advanceSlot();
	expect(status()).toEqual([null, null]);
	const searched = result("getSignatureStatuses", [outcome.signature], { searchTransactionHistory: true });
	expect(searched.value).toMatchObject([{ slot: outcome.slot }]);
});

test("blocks, their times and their ranges", () => {
	const finalized = chain.slot("finalized");
	expect(result("getBlock", 1, { maxSupportedTransactionVersion: 0 })).toMatchObject({
		blockHeight: 1,
		parentSlot: 0,
		previousBlockhash: chain.genesisHash,
		transactions: [{ version: 0 }],
	});
	expect(result("getBlock", 1, { transactionDetails: "signatures" }).signatures).toEqual([signature]);
	expect(result("getBlock", 0, { transactionDetails: "none" }).blockhash).toBe(chain.genesisHash);
	expect(ask("getBlock", finalized + 1).error?.code).toBe(-32_004);
	expect(result("getBlockTime", chain.slot("processed"))).toBe(1_700_000_000);
	expect(result("getBlockTime", 2)).toBe(1_700_000_000);
	expect(ask("getBlockTime", 1e9).error?.code).toBe(-32_009);
	expect(result("getBlocks", 2, 4)).toEqual([2, 3, 4]);
	expect(result("getBlocks", finalized - 1)).toEqual([finalized - 1, finalized]);
	expect(result("getBlocks", finalized, { commitment: "confirmed" }).length).toBe(32);
	expect(result("getBlocks", 9, 3)).toEqual([]);
	expect(result("getBlocksWithLimit", 3, 2)).toEqual([3, 4]);
	expect(result("getFirstAvailableBlock")).toBe(0);
	expect(result("minimumLedgerSlot")).toBe(0);
	const chain2 = openChain();
	for (let slot = 0; slot < 600; slot++) chain2.advanceSlot();
	const younger = new Dispatcher({ chain: chain2, maxBatch: 1, onInternalError: () => {} });
	expect(younger.answer({ jsonrpc: "2.0", id: 1, method: "getBlock", params: [5] })).toContain("-32009");
	// No transaction has left the history, so that it proves absence back to the beginning.
	expect(younger.answer({ jsonrpc: "2.0", id: 1, method: "getFirstAvailableBlock" })).toContain('"result":0');
});

test("the chain about itself", () => {
	const processed = chain.slot("processed");
	const { blockhash, lastValidBlockHeight } = result("getLatestBlockhash", { commitment: "processed" }).value;
	expect(lastValidBlockHeight).toBe(processed - 1 + 150);
	expect(result("isBlockhashValid", blockhash, { commitment: "processed" }).value).toBe(true);
	expect(result("getSlot", { commitment: "singleGossip" })).toBe(processed - 1);
	expect(result("getBlockHeight")).toBe(processed - 32);
	expect(result("getEpochInfo", { commitment: "processed" })).toMatchObject({ absoluteSlot: processed, epoch: 0 });
	expect(result("getEpochSchedule")).toMatchObject({ slotsPerEpoch: 432_000, warmup: false });
	expect(result("getTransactionCount")).toBe(chain.transactionCount);
	expect(result("getHealth")).toBe("ok");
	expect(result("getVersion")["solana-core"]).toBe("3.0.0");
	expect(result("getGenesisHash")).toBe(chain.genesisHash);
	expect(result("getIdentity").identity).toBe(result("getSlotLeader"));
	expect(result("getRecentPrioritizationFees", [SYSTEM_ADDRESS])).toHaveLength(150);
});

test("a failure of the chain itself is an internal error with its reason", () => {
	const closed = openChain();
	closed.close();
	const errors: string[] = [];
	const broken = new Dispatcher({ chain: closed, maxBatch: 1, onInternalError: (method) => errors.push(method) });
	const params = [SYSTEM_ADDRESS, 1];
	const answer = broken.answer({ jsonrpc: "2.0", id: "a", method: "requestAirdrop", params });
	expect(JSON.parse(answer!)).toMatchObject({
		id: "a",
		error: { code: -32_603, message: expect.stringMatching(/chain is closed/) },
	});
	expect(errors).toEqual(["requestAirdrop"]);
});
