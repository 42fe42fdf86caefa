import { expect, test } from "@jest/globals";
import type { Chain } from "../../../../../services/localnet/chain/chain.ts";
import { parseSignatureKey, requireAccountKey } from "../../../../../services/localnet/chain/keys.ts";
import { COMPUTE_BUDGET_KEY, MEMO_PROGRAM_KEY } from "../../../../../services/localnet/chain/well-known.ts";
import { parseWireTransaction } from "../../../../../services/localnet/chain/wire-transaction.ts";
import {
	CLOCK_KEY,
	fundedWallet,
	landed,
	newWallet,
	openChain,
	putMint,
	putTokenAccount,
	SYSTEM_ADDRESS,
	signedTransaction,
	signedTransfer,
	statusOf,
	testClock,
	tokenTransfer,
	transfer,
} from "./wallet.ts";

const SOL = 1_000_000_000n;

function advance(chain: Chain, slots: number): void {
	for (let slot = 0; slot < slots; slot++) chain.advanceSlot();
}

test("a transaction whose signature does not fit is refused, with and without preflight", () => {
	const chain = openChain();
	const from = fundedWallet(chain);
	const wire = signedTransfer(chain, from, newWallet().key, SOL);
	wire[5] = wire[5]! ^ 1;
	for (const preflight of [true, false]) {
		expect(chain.sendTransaction(wire, { preflight })).toMatchObject({ landed: false, code: "signature_failure" });
	}
	expect(chain.getAccount(from.address)?.lamports).toBe(10n * SOL);
});

test("bytes that are no transaction are refused", () => {
	const chain = openChain();
	expect(chain.sendTransaction(Buffer.of(1, 2, 3))).toMatchObject({
		landed: false,
		code: "malformed",
		signature: null,
	});
	const simulated = chain.simulateTransaction(Buffer.of(1), { verifySignatures: true, checkBlockhash: true });
	expect(simulated).toMatchObject({ landed: false, code: "malformed" });
});

test("the same transaction lands once, however long it is tried", () => {
	const chain = openChain();
	const from = fundedWallet(chain);
	const wire = signedTransfer(chain, from, newWallet().key, SOL);
	landed(chain.sendTransaction(wire));
	const balance = chain.getAccount(from.address)?.lamports;
	for (let slot = 0; slot < 150; slot++) {
		expect(chain.sendTransaction(wire)).toMatchObject({ landed: false, code: "already_processed" });
		chain.advanceSlot();
	}
	expect(chain.sendTransaction(wire)).toMatchObject({
		landed: false,
		code: expect.stringMatching(/already|blockhash/),
	});
	advance(chain, 5);
	expect(chain.sendTransaction(wire)).toMatchObject({ landed: false, code: "blockhash_not_found" });
	expect(chain.getAccount(from.address)?.lamports).toBe(balance);
});

test("a blockhash is good up to its last valid block height and not one slot longer", () => {
	const chain = openChain();
	const from = fundedWallet(chain);
	const { blockhash, lastValidBlockHeight } = chain.latestBlockhash("processed");
	const wires = [1n, 2n].map((lamports) =>
		signedTransaction({ chain, signers: [from], instructions: [transfer(from, from.key, lamports)], blockhash }),
	);
	advance(chain, lastValidBlockHeight - chain.slot("processed"));
	expect(chain.isBlockhashValid(blockhash, "processed")).toBe(true);
	landed(chain.sendTransaction(wires[0]!));
	chain.advanceSlot();
	expect(chain.isBlockhashValid(blockhash, "processed")).toBe(false);
	expect(chain.isBlockhashValid(blockhash, "confirmed")).toBe(true);
	expect(chain.sendTransaction(wires[1]!)).toMatchObject({ landed: false, code: "blockhash_not_found" });
	expect(chain.isBlockhashValid("nonsense", "processed")).toBe(false);
});

test("an unknown payer and an empty one are not taken into a slot", () => {
	const chain = openChain();
	const poor = newWallet();
	const wire = signedTransfer(chain, poor, newWallet().key, 1n);
	expect(chain.sendTransaction(wire)).toMatchObject({ code: "not_includable", err: "AccountNotFound" });
	expect(chain.sendTransaction(wire, { preflight: true })).toMatchObject({ code: "preflight_failed" });
	chain.setAccount(poor.address, { lamports: 4_999n, owner: SYSTEM_ADDRESS, data: new Uint8Array() });
	expect(chain.sendTransaction(wire)).toMatchObject({ code: "not_includable", err: "InsufficientFundsForFee" });
	expect(chain.transactionCount).toBe(0);
});

test("a slot takes only so many transactions", () => {
	const chain = openChain({ limits: { transactionsPerSlot: 2 } });
	const from = fundedWallet(chain);
	for (const lamports of [1n, 2n]) landed(chain.sendTransaction(signedTransfer(chain, from, from.key, lamports)));
	const third = signedTransfer(chain, from, from.key, 3n);
	expect(chain.sendTransaction(third)).toMatchObject({ code: "slot_full", err: "WouldExceedMaxBlockCostLimit" });
	chain.advanceSlot();
	landed(chain.sendTransaction(third));
});

test("a revert is charged, keeps nothing else, and is on record as an error", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	const instructions = [transfer(from, to.key, SOL), transfer(from, to.key, 100n * SOL)];
	const wire = signedTransaction({ chain, signers: [from], instructions });
	expect(chain.sendTransaction(wire, { preflight: true })).toMatchObject({ landed: false, code: "preflight_failed" });
	const outcome = landed(chain.sendTransaction(wire));
	expect(outcome.err).toEqual({ InstructionError: [1, { Custom: 1 }] });
	expect(outcome.feeLamports).toBe(5_000n);
	expect(chain.getAccount(from.address)?.lamports).toBe(10n * SOL - 5_000n);
	expect(chain.getAccount(to.address)).toBeNull();
	expect(statusOf(chain, outcome.signature)).toMatchObject({ slot: 1, err: outcome.err });
});

test("the predicted fee is the charged one: signatures, price and limit", () => {
	const chain = openChain();
	const [from, second] = [fundedWallet(chain), fundedWallet(chain)];
	const budget = (tag: number, value: bigint) => {
		const data = Buffer.alloc(tag === 2 ? 5 : 9);
		data[0] = tag;
		if (tag === 2) data.writeUInt32LE(Number(value), 1);
		else data.writeBigUInt64LE(value, 1);
		return { program: COMPUTE_BUDGET_KEY, accounts: [], data };
	};
	const cases = [
		[transfer(from, second.key, 1n)],
		[transfer(second, from.key, 1n)],
		[budget(2, 300_001n), budget(3, 1_001n), transfer(from, second.key, 2n)],
		[budget(3, 7_777n), transfer(from, second.key, 3n)],
		[budget(3, 50_000n), { program: MEMO_PROGRAM_KEY, accounts: [], data: Buffer.from("hello") }],
		[budget(2, 9_000_000n), budget(3, 10n), transfer(from, second.key, 4n)],
	];
	for (const [index, instructions] of cases.entries()) {
		const wire = signedTransaction({ chain, signers: index === 1 ? [from, second] : [from], instructions });
		const parsed = parseWireTransaction(wire);
		if (!parsed.ok) throw new Error(parsed.error);
		const predicted = chain.feeLamports(parsed.value.message, "processed");
		expect(landed(chain.sendTransaction(wire)).feeLamports).toBe(predicted);
	}
	const stale = signedTransaction({ chain, signers: [from], instructions: cases[0]!, blockhash: from.address });
	const parsed = parseWireTransaction(stale);
	expect(parsed.ok && chain.feeLamports(parsed.value.message, "processed")).toBeNull();
});

test("balances follow the commitment levels slot by slot", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	const balances = () =>
		(["processed", "confirmed", "finalized"] as const).map((level) => chain.getAccount(to.address, level)?.lamports);
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	expect(balances()).toEqual([SOL, undefined, undefined]);
	chain.advanceSlot();
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL + 1n)));
	expect(balances()).toEqual([2n * SOL + 1n, SOL, undefined]);
	advance(chain, 31);
	expect(chain.slot("finalized")).toBe(1);
	expect(balances()).toEqual([2n * SOL + 1n, 2n * SOL + 1n, SOL]);
	chain.advanceSlot();
	expect(balances()).toEqual([2n * SOL + 1n, 2n * SOL + 1n, 2n * SOL + 1n]);
});

test("an account that was emptied is gone at once, and still there at the older commitments", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain, SOL), fundedWallet(chain)];
	chain.advanceSlot();
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL - 5_000n)));
	expect(chain.getAccount(from.address)).toBeNull();
	expect(chain.getAccount(from.address, "confirmed")?.lamports).toBe(SOL);
	const owned = (level: "processed" | "confirmed") => chain.accountsOwnedBy(requireAccountKey(SYSTEM_ADDRESS), level);
	expect(owned("processed").has(from.key)).toBe(false);
	expect(owned("confirmed").get(from.key)?.lamports).toBe(SOL);
	expect(owned("confirmed").get(to.key)?.lamports).toBe(10n * SOL);
	const addresses = [from.address, to.address];
	expect(chain.getMultipleAccounts(addresses, "confirmed")).toMatchObject({
		slot: 1,
		accounts: [{ lamports: SOL }, {}],
	});
	expect(chain.getMultipleAccounts(addresses).accounts[0]).toBeNull();
	const { accounts } = chain.getProgramAccounts(SYSTEM_ADDRESS, "confirmed");
	expect(accounts.find((entry) => entry.address === from.address)?.account.lamports).toBe(SOL);
});

test("what is put in place is there at every commitment", () => {
	const chain = openChain();
	const from = fundedWallet(chain);
	landed(chain.sendTransaction(signedTransfer(chain, from, newWallet().key, SOL)));
	chain.setAccount(from.address, { lamports: 77n, owner: SYSTEM_ADDRESS, data: Buffer.of(1, 2) });
	for (const level of ["processed", "confirmed", "finalized"] as const) {
		expect(chain.getAccount(from.address, level)).toMatchObject({ lamports: 77n, data: Buffer.of(1, 2) });
	}
});

test("events tell of each commitment once, accounts before the transaction", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	const heard: string[] = [];
	chain.events.on("accounts", ({ commitment, slot, changes }) => {
		for (const { key, account } of changes)
			if (key === to.key) heard.push(`${commitment} ${slot} ${account?.lamports}`);
	});
	chain.events.on("accounts", ({ commitment, slot, changes }) => {
		const clock = changes.find(({ key }) => key === CLOCK_KEY)?.account;
		if (clock != null) expect([commitment, clock.data.readBigUInt64LE(0)]).toEqual([commitment, BigInt(slot)]);
	});
	chain.events.on("transactions", ({ commitment, slot, transactions }) => {
		heard.push(`${commitment} ${slot} ${transactions.length} landed, ${transactions[0]?.logs().length} log lines`);
		expect(transactions[0]?.mentions()).toContain(to.key);
	});
	chain.events.on("slot", ({ slot, parent, root }) => heard.push(`slot ${slot} ${parent} ${root}`));
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	chain.advanceSlot();
	expect(heard).toEqual([
		`processed 1 ${SOL}`,
		"processed 1 1 landed, 2 log lines",
		"slot 2 1 0",
		`confirmed 1 ${SOL}`,
		"confirmed 1 1 landed, 2 log lines",
	]);
	heard.length = 0;
	advance(chain, 33);
	expect(heard.filter((line) => line.startsWith("finalized"))).toEqual([
		`finalized 1 ${SOL}`,
		"finalized 1 1 landed, 2 log lines",
	]);
});

test("a listener that fails harms neither the chain nor the others", () => {
	const notices: string[] = [];
	const chain = openChain({ onNotice: ({ code, message }) => notices.push(`${code}: ${message}`) });
	let heard = 0;
	chain.events.on("slot", () => {
		throw new Error("broken listener");
	});
	const leave = chain.events.on("slot", () => heard++);
	chain.advanceSlot();
	leave();
	chain.advanceSlot();
	expect(heard).toBe(1);
	expect(notices[0]).toBe("listener_failed: a listener of the local chain failed: broken listener");
});

test("the history holds logs, balances, token balances and memo", () => {
	const chain = openChain();
	const owner = fundedWallet(chain);
	const mint = putMint(chain, 1_000n, 3);
	const [mine, theirs] = [putTokenAccount(chain, mint, owner.key, 900n), putTokenAccount(chain, mint, mint, 100n)];
	const memo = { program: MEMO_PROGRAM_KEY, accounts: [], data: Buffer.from("intent 1") };
	const instructions = [tokenTransfer(mine, theirs, owner, 250n), memo];
	const { signature } = landed(
		chain.sendTransaction(signedTransaction({ chain, signers: [owner], instructions, version: 0 })),
	);
	const found = chain.getTransaction(signature)!;
	expect(found).toMatchObject({ slot: 1, unixTimestamp: 1_700_000_000, memo: "[8] intent 1" });
	const amounts = (list: readonly { amount: bigint; decimals: number }[]) => list.map((b) => [b.amount, b.decimals]);
	expect(amounts(found.meta.preTokenBalances)).toEqual([
		[900n, 3],
		[100n, 3],
	]);
	expect(amounts(found.meta.postTokenBalances)).toEqual([
		[650n, 3],
		[350n, 3],
	]);
	expect(found.meta.preBalances[0]! - found.meta.postBalances[0]!).toBe(5_000n);
	expect(found.meta.logs.some((line) => line.includes("intent 1"))).toBe(true);
	expect(chain.getTransaction("nonsense" as typeof signature)).toBeNull();
});

test("the history is bounded; an account's transactions are listed newest first, between two signatures", () => {
	const chain = openChain({ limits: { historyTransactions: 5, knownSignatures: 3 } });
	const [from, to] = [fundedWallet(chain), newWallet()];
	const signatures = Array.from({ length: 8 }, (_, index) => {
		chain.advanceSlot();
		return landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL + BigInt(index)))).signature;
	});
	const keys = signatures.map((signature) => parseSignatureKey(signature)!);
	const listed = (query: object) =>
		chain
			.transactionsOfAccount(to.key, { maxSlot: 100, limit: 100, ...query })
			.map((record) => keys.indexOf(record.signatureKey));
	expect(listed({})).toEqual([7, 6, 5, 4, 3]);
	expect(listed({ limit: 2 })).toEqual([7, 6]);
	expect(listed({ before: keys[6] })).toEqual([5, 4, 3]);
	expect(listed({ until: keys[4] })).toEqual([7, 6, 5]);
	expect(listed({ before: keys[0] })).toEqual([]);
	expect(listed({ maxSlot: 7 })).toEqual([5, 4, 3]);
	expect(chain.transaction(keys[2]!)).toBeNull();
	expect(signatures.filter((signature) => chain.getTransaction(signature) !== null)).toHaveLength(5);
	// The third went last of those that had to go: its slot is not complete any more.
	expect(chain.historyFromSlot()).toBe(chain.getTransaction(signatures[3]!)!.slot);
	expect(chain.knownStatus(keys[2]!)).toMatchObject({ err: null });
	advance(chain, 160);
	expect(keys.map((key) => chain.knownStatus(key)?.slot)).toEqual([
		...[undefined, undefined, undefined, undefined, undefined],
		...[7, 8, 9],
	]);
	expect(chain.signatureStatus(keys[7]!)).toBeNull();
	expect(chain.transactionsOfAccount(newWallet().key, { maxSlot: 100, limit: 9 })).toEqual([]);
});

test("the clock that programs read follows slots and time, and never goes back", () => {
	const clock = testClock(2_000);
	const chain = openChain({ clock });
	const read = (level: "processed" | "confirmed") => {
		const data = chain.account(CLOCK_KEY, level)!.data;
		return [data.readBigUInt64LE(0), data.readBigInt64LE(32)];
	};
	expect(read("processed")).toEqual([1n, 2_000n]);
	clock.seconds = 2_005;
	chain.advanceSlot();
	expect(read("processed")).toEqual([2n, 2_005n]);
	expect(read("confirmed")).toEqual([1n, 2_000n]);
	clock.seconds = 1_000;
	chain.advanceSlot();
	expect(chain.unixTimestamp).toBe(2_005);
});

test("an address lookup table serves a transaction, and its accounts are on record", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), fundedWallet(chain)];
	const table = newWallet();
	const meta = Buffer.alloc(56);
	meta.writeUInt32LE(1, 0);
	meta.writeBigUInt64LE(0xffffffffffffffffn, 4);
	const data = Buffer.concat([meta, Buffer.from(from.key, "latin1"), Buffer.from(to.key, "latin1")]);
	chain.setAccount(table.address, {
		lamports: SOL,
		owner: "AddressLookupTab1e1111111111111111111111111" as typeof table.address,
		data,
	});
	const build = (writable: number[]) =>
		signedTransaction({
			chain,
			signers: [from],
			instructions: [transfer(from, to.key, SOL)],
			lookup: { table: table.key, writable, readonly: [], keys: [to.key] },
		});
	expect(chain.sendTransaction(build([7]))).toMatchObject({ landed: false, err: "InvalidAddressLookupTableIndex" });
	const { signature, err } = landed(chain.sendTransaction(build([1])));
	expect(err).toBeNull();
	const found = chain.getTransaction(signature)!;
	expect(found.meta.loadedWritable).toEqual([to.key]);
	expect(found.meta.postBalances.at(-1)).toBe(11n * SOL);
	expect(chain.getAccount(to.address)?.lamports).toBe(11n * SOL);
});

test("a simulation shows what would be, and changes nothing", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	const wire = signedTransfer(chain, from, to.key, SOL);
	const outcome = chain.simulateTransaction(wire, { verifySignatures: true, checkBlockhash: true });
	if ("landed" in outcome) throw new Error(outcome.message);
	expect(outcome.report.err).toBeNull();
	expect(outcome.postAccounts().get(to.key)?.lamports).toBe(SOL);
	expect(chain.getAccount(to.address)).toBeNull();
	advance(chain, 200);
	const stale = chain.simulateTransaction(wire, { verifySignatures: true, checkBlockhash: true });
	expect(stale).toMatchObject({ landed: false, code: "blockhash_not_found" });
	const unsigned = Buffer.from(wire).fill(0, 1, 65);
	const loose = chain.simulateTransaction(unsigned, { verifySignatures: false, checkBlockhash: false });
	expect(loose).toMatchObject({ report: { err: null } });
	expect(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)).landed).toBe(true);
});

test("airdrops are transactions of their own, equal ones too", () => {
	const chain = openChain();
	const { address } = newWallet();
	const [first, second] = [landed(chain.airdrop(address, SOL)), landed(chain.airdrop(address, SOL))];
	expect(first.signature).not.toBe(second.signature);
	expect(chain.getAccount(address)?.lamports).toBe(2n * SOL);
	expect(() => chain.airdrop("nobody" as typeof address, 1n)).toThrow("not a base58 address");
});

test("a seed makes the chain: genesis hash and blockhashes are the same again, and others for another seed", () => {
	const trail = (seed: string | number) => {
		const chain = openChain({ genesisSeed: seed });
		advance(chain, 3);
		return [chain.genesisHash, chain.latestBlockhash("processed").blockhash];
	};
	expect(trail(7)).toEqual(trail("7"));
	expect(new Set([...trail(7), ...trail(8)]).size).toBe(4);
});

test("slots run by themselves between start and stop; a closed chain takes nothing", async () => {
	let micros = 0;
	const clock = { epochMicros: () => 1_000_000, monotonicMicros: () => micros };
	const chain = openChain({ clock, slotDurationMs: 1 });
	await new Promise<void>((resolve) => {
		chain.events.on("slot", ({ slot }) => {
			micros += 5_000;
			if (slot === 6) {
				chain.stop();
				resolve();
			}
		});
		chain.start();
		chain.start();
	});
	expect(chain.slot("processed")).toBe(6);
	expect(chain.needsGenesis).toBe(false);
	chain.close();
	chain.close();
	expect(() => chain.advanceSlot()).toThrow("the local chain is closed");
	expect(() => chain.sendTransaction(Buffer.of(1))).toThrow("the local chain is closed");
});

test("a file that is no program is refused", () => {
	const chain = openChain();
	expect(() => chain.addProgram(newWallet().address, Buffer.from("no ELF"))).toThrow();
	expect(() => chain.getAccount("nonsense" as never)).toThrow("not a base58 address");
});
