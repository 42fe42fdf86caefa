import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BundleId, bundleIdOf } from "../../../../../libs/block-engine/bundle-id.ts";
import { LEAST_TIP_LAMPORTS, MAINNET_TIP_ACCOUNTS } from "../../../../../libs/block-engine/tip-accounts.ts";
import type { BundleOutcome } from "../../../../../services/localnet/chain/bundles.ts";
import type { Chain } from "../../../../../services/localnet/chain/chain.ts";
import { requireAccountKey, type SignatureKey, signatureOf } from "../../../../../services/localnet/chain/keys.ts";
import {
	fundedWallet,
	landed,
	newWallet,
	openChain,
	signedTransaction,
	signedTransfer,
	transfer,
	type Wallet,
} from "./wallet.ts";

const SOL = 1_000_000_000n;
const TIP_ACCOUNT = MAINNET_TIP_ACCOUNTS[3]!;
const TIP_KEY = requireAccountKey(TIP_ACCOUNT);
const folders: string[] = [];
const opened: Chain[] = [];

afterEach(() => {
	for (const chain of opened.splice(0)) chain.close();
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function open(options: Parameters<typeof openChain>[0] = {}): Chain {
	const chain = openChain(options);
	opened.push(chain);
	return chain;
}

function tipping(chain: Chain, from: Wallet, lamports = LEAST_TIP_LAMPORTS, more: Parameters<typeof transfer>[2] = 0n) {
	const instructions = [transfer(from, TIP_KEY, lamports)];
	if (more > 0n) instructions.unshift(transfer(from, newWallet().key, more));
	return signedTransaction({ chain, signers: [from], instructions });
}

function idOf(wires: readonly Buffer[]): BundleId {
	return bundleIdOf(wires.map((wire) => signatureOf(wire.toString("latin1", 1, 65) as SignatureKey)));
}

function refusal(outcome: BundleOutcome): string {
	if (outcome.taken) throw new Error("the bundle was taken");
	return outcome.code;
}

function failureOf(outcome: BundleOutcome): string {
	if (!outcome.taken || outcome.landed) throw new Error("the bundle did not fail");
	return outcome.failure;
}

test("what is no bundle is refused, and changes nothing", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const tip = tipping(chain, wallet);
	const six = Array.from({ length: 6 }, (_, index) => tipping(chain, wallet, 2_000n + BigInt(index)));
	const forged = Buffer.from(tipping(chain, wallet, 5_000n));
	forged[5]! ^= 1;
	const before = chain.transactionCount;
	expect(refusal(chain.sendBundle([]))).toBe("empty");
	expect(refusal(chain.sendBundle(six))).toBe("too_many");
	expect(refusal(chain.sendBundle([tip, Buffer.from([1, 2, 3])]))).toBe("malformed");
	expect(refusal(chain.sendBundle([tip, Buffer.alloc(1_233)]))).toBe("malformed");
	expect(refusal(chain.sendBundle([tip, tip]))).toBe("repeated");
	expect(refusal(chain.sendBundle([signedTransfer(chain, wallet, newWallet().key, SOL)]))).toBe("no_tip_account");
	expect(refusal(chain.sendBundle([forged]))).toBe("signature_failure");
	expect(refusal(chain.sendBundle([tip, forged]))).toBe("signature_failure");
	expect(chain.transactionCount).toBe(before);
	expect(chain.bundleStatus(idOf([tip]))).toBeNull();
});

test("a full slot takes no bundle that it has no room for", () => {
	const chain = open({ limits: { transactionsPerSlot: 2 } });
	const wallet = fundedWallet(chain);
	landed(chain.sendTransaction(signedTransfer(chain, wallet, newWallet().key, SOL)));
	const bundle = [tipping(chain, wallet), tipping(chain, wallet, 1_001n)];
	expect(refusal(chain.sendBundle(bundle))).toBe("slot_full");
	expect(chain.sendBundle(bundle.slice(0, 1))).toMatchObject({ taken: true, landed: true });
});

test("a failing member at any place: nothing of the bundle lands, not even its fees", () => {
	for (const place of [0, 1, 2]) {
		const chain = open();
		const wallet = fundedWallet(chain);
		const wires = [1_001n, 1_002n].map((lamports) => tipping(chain, wallet, lamports, SOL));
		wires.splice(place, 0, tipping(chain, wallet, 1_000n, 100n * SOL));
		const outcome = chain.sendBundle(wires);
		expect(failureOf(outcome)).toMatch(new RegExp(`^transaction ${place}: `));
		expect(chain.getAccount(wallet.address)!.lamports).toBe(10n * SOL);
		expect(chain.transactionCount).toBe(0);
		for (const wire of wires) {
			expect(chain.signatureStatus(wire.toString("latin1", 1, 65) as SignatureKey)).toBeNull();
		}
		expect(chain.bundleStatus(idOf(wires))).toMatchObject({ status: "Failed", slot: null });
	}
});

test("a single failing transaction costs nothing in a bundle, where outside of one it costs its fee", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const wire = tipping(chain, wallet, 1_000n, 100n * SOL);
	expect(failureOf(chain.sendBundle([wire]))).toMatch(/^transaction 0: /);
	expect(chain.getAccount(wallet.address)!.lamports).toBe(10n * SOL);
	expect(landed(chain.sendTransaction(wire)).err).not.toBeNull();
	expect(chain.getAccount(wallet.address)!.lamports).toBe(10n * SOL - 5_000n);
});

test("the tip: one lamport below the least is too little, the least is enough", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	expect(failureOf(chain.sendBundle([tipping(chain, wallet, LEAST_TIP_LAMPORTS - 1n)]))).toMatch(/^tips 999 lamports/);
	expect(chain.transactionCount).toBe(0);
	expect(chain.sendBundle([tipping(chain, wallet, LEAST_TIP_LAMPORTS)])).toMatchObject({ landed: true });
	expect(chain.getAccount(TIP_ACCOUNT)!.lamports).toBe(1_000_000n + LEAST_TIP_LAMPORTS);
});

test("members follow each other: the second spends what the first brought", () => {
	const chain = open();
	const [rich, poor] = [fundedWallet(chain), newWallet()];
	const gift = signedTransfer(chain, rich, poor.key, SOL);
	const spent = tipping(chain, poor, 700_000n, 900_000_000n);
	expect(failureOf(chain.sendBundle([spent, gift]))).toMatch(/^transaction 0: /);
	const slot = chain.slot("processed");
	expect(chain.sendBundle([gift, spent])).toEqual({ taken: true, id: idOf([gift, spent]), landed: true, slot });
	expect(chain.getAccount(poor.address)!.lamports).toBe(SOL - 900_700_000n - 5_000n);
	chain.advanceSlot();
	expect(chain.transactionsOfSlot(slot).map(({ wire }) => wire)).toEqual([gift, spent]);
});

test("a bundle lands once; its members cannot come again, alone or in another bundle", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const wires = [tipping(chain, wallet, 2_000n), tipping(chain, wallet, 3_000n)];
	expect(chain.sendBundle(wires)).toMatchObject({ landed: true });
	expect(refusal(chain.sendBundle(wires))).toBe("already_processed");
	expect(refusal(chain.sendBundle([tipping(chain, wallet, 4_000n), wires[1]!]))).toBe("already_processed");
	expect(chain.sendTransaction(wires[0]!)).toMatchObject({ landed: false, code: "already_processed" });
	expect(chain.transactionCount).toBe(2);
});

test("an expired blockhash fails the bundle", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const wire = tipping(chain, wallet);
	for (let slot = 0; slot < 152; slot++) chain.advanceSlot();
	expect(failureOf(chain.sendBundle([wire]))).toBe("BlockhashNotFound");
});

test("listeners hear of a bundle's transactions in order, and of none that failed", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const heard: string[] = [];
	chain.events.on("transactions", ({ commitment, transactions }) => {
		if (commitment === "processed") heard.push(...transactions.map(({ signatureKey }) => signatureOf(signatureKey)));
	});
	const wires = [tipping(chain, wallet, 2_000n), tipping(chain, wallet, 3_000n)];
	chain.sendBundle([tipping(chain, wallet, 1n)]);
	chain.sendBundle(wires);
	expect(heard).toEqual(wires.map((wire) => signatureOf(wire.toString("latin1", 1, 65) as SignatureKey)));
});

test("a fork that drops the bundle makes it pending", () => {
	const chain = open();
	const wallet = fundedWallet(chain);
	const wires = [tipping(chain, wallet)];
	chain.advanceSlot();
	const { id, slot } = chain.sendBundle(wires) as BundleOutcome & { taken: true; landed: true };
	expect(chain.bundleStatus(id)).toMatchObject({ status: "Landed", slot });
	expect(chain.bundleConfirmation(slot)).toBe("processed");
	chain.advanceSlot();
	expect(chain.bundleConfirmation(slot)).toBe("confirmed");
	chain.fork({ backToSlot: slot - 1, keep: () => false });
	expect(chain.bundleStatus(id)).toMatchObject({ status: "Pending", slot: null });
});

/** What a chain's money looks like. */
function stateOf(chain: Chain, wallets: readonly Wallet[], id: BundleId): unknown {
	const lamports = wallets.map(({ address }) => chain.getAccount(address)?.lamports ?? 0n);
	const count = chain.transactionCount;
	return { lamports, count, tips: chain.getAccount(TIP_ACCOUNT)?.lamports, bundle: chain.bundleStatus(id) };
}

function newFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "chain-bundles-"));
	folders.push(folder);
	return folder;
}

function logOf(folder: string): string {
	return join(
		folder,
		readdirSync(folder)
			.filter((name) => name.endsWith(".log"))
			.sort()
			.at(-1)!,
	);
}

test("after the sudden end of the process a bundle is there as a whole, with its status", () => {
	const folder = newFolder();
	const chain = open({ dataFolder: folder });
	const [rich, poor] = [fundedWallet(chain), newWallet()];
	chain.sealGenesis();
	const wires = [signedTransfer(chain, rich, poor.key, SOL), tipping(chain, poor, 5_000n)];
	expect(chain.sendBundle(wires)).toMatchObject({ landed: true });
	const before = stateOf(chain, [rich, poor], idOf(wires));
	// Not closed: what the files hold is what a killed process leaves.
	const again = openChain({ dataFolder: folder });
	opened.push(again);
	expect(stateOf(again, [rich, poor], idOf(wires))).toEqual(before);
	expect(refusal(again.sendBundle(wires))).toBe("already_processed");
});

test("a log cut anywhere inside a bundle's record brings back none of it", () => {
	const folder = newFolder();
	const chain = open({ dataFolder: folder });
	const [rich, poor] = [fundedWallet(chain), newWallet()];
	chain.sealGenesis();
	const wires = [signedTransfer(chain, rich, poor.key, SOL), tipping(chain, poor, 5_000n)];
	const before = stateOf(chain, [rich, poor], idOf(wires));
	const log = logOf(folder);
	const start = statSync(log).size;
	chain.sendBundle(wires);
	chain.close();
	const end = statSync(log).size;
	const whole = readFileSync(log);
	for (const cut of [end - 1, start + Math.floor((end - start) / 2), start + 13]) {
		writeFileSync(log, whole.subarray(0, cut));
		const again = openChain({ dataFolder: folder });
		expect(stateOf(again, [rich, poor], idOf(wires))).toEqual(before);
		again.close();
	}
});

test("a snapshot keeps the statuses of landed bundles", () => {
	const folder = newFolder();
	const limits = { segmentTransactions: 1 };
	const chain = open({ dataFolder: folder, limits });
	const wallet = fundedWallet(chain);
	chain.sealGenesis();
	const wires = [tipping(chain, wallet)];
	chain.sendBundle(wires);
	for (let slot = 0; slot < 3; slot++) {
		chain.advanceSlot();
		chain.sendBundle([tipping(chain, wallet, 2_000n + BigInt(slot))]);
	}
	const before = chain.bundleStatus(idOf(wires));
	expect(before).toMatchObject({ status: "Landed" });
	const again = openChain({ dataFolder: folder, limits });
	opened.push(again);
	expect(again.bundleStatus(idOf(wires))).toEqual(before);
});

test("property: all or nothing, whatever the members do", () => {
	const chain = open();
	const receiver = fundedWallet(chain);
	fc.assert(
		fc.property(fc.array(fc.bigInt({ min: 1n, max: 6n * SOL }), { minLength: 1, maxLength: 5 }), (amounts) => {
			const wallet = fundedWallet(chain);
			const instructions = amounts.map((amount, index) => [
				transfer(wallet, receiver.key, amount),
				...(index === 0 ? [transfer(wallet, TIP_KEY, 1_000n)] : []),
			]);
			const wires = instructions.map((list) => signedTransaction({ chain, signers: [wallet], instructions: list }));
			const distinct = new Set(wires.map((wire) => wire.toString("hex"))).size === wires.length;
			const before = chain.getAccount(receiver.address)!.lamports;
			const outcome = chain.sendBundle(wires);
			const gain = chain.getAccount(receiver.address)!.lamports - before;
			const isLanded = outcome.taken && outcome.landed;
			expect(gain).toBe(isLanded ? amounts.reduce((sum, amount) => sum + amount, 0n) : 0n);
			const spent = amounts.reduce((sum, amount) => sum + amount + 5_000n, 1_000n);
			if (distinct && spent <= 9n * SOL) expect(isLanded).toBe(true);
			if (spent > 10n * SOL) expect(isLanded).toBe(false);
			chain.advanceSlot();
		}),
		{ numRuns: 25 },
	);
});

test("what writers of an account paid at least, slot by slot", () => {
	const chain = open();
	const [wallet, other] = [fundedWallet(chain), fundedWallet(chain)];
	const budget = requireAccountKey("ComputeBudget111111111111111111111111111111");
	const priced = (from: Wallet, to: Wallet, price: bigint) => {
		const data = Buffer.alloc(9);
		data[0] = 3;
		data.writeBigUInt64LE(price, 1);
		const instructions = [{ program: budget, accounts: [], data }, transfer(from, to.key, SOL / 10n)];
		landed(chain.sendTransaction(signedTransaction({ chain, signers: [from], instructions })));
	};
	const [busy, quiet] = [fundedWallet(chain), fundedWallet(chain)];
	const slot = chain.slot("processed");
	priced(wallet, busy, 900n);
	priced(other, busy, 700n);
	priced(wallet, quiet, 300n);
	chain.advanceSlot();
	landed(chain.sendTransaction(signedTransfer(chain, wallet, busy.key, 5n)));
	chain.advanceSlot();
	const priceOf = (keys: readonly Wallet[], at: number) =>
		chain.recentFees(keys.map(({ key }) => key)).find((entry) => entry.slot === at)?.price;
	expect(priceOf([busy], slot)).toBe(700n);
	expect(priceOf([quiet], slot)).toBe(300n);
	expect(priceOf([quiet, busy], slot)).toBe(700n);
	expect(priceOf([newWallet()], slot)).toBe(300n);
	expect(priceOf([busy], slot + 1)).toBe(0n);
	// The open slot is not told of.
	expect(priceOf([busy], slot + 2)).toBeUndefined();
	chain.fork({ backToSlot: slot - 1, keep: () => false });
	expect(priceOf([busy], slot)).toBe(0n);
});
