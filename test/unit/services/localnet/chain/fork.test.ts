import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Chain } from "../../../../../services/localnet/chain/chain.ts";
import { requireAccountKey } from "../../../../../services/localnet/chain/keys.ts";
import {
	fundedWallet,
	landed,
	newWallet,
	openChain,
	signedTransaction,
	signedTransfer,
	statusOf,
	transfer,
} from "./wallet.ts";

const SOL = 1_000_000_000n;
const NONE = () => false;
const ALL = () => true;

function advance(chain: Chain, slots: number): void {
	for (let slot = 0; slot < slots; slot++) chain.advanceSlot();
}

test("what is final, or not complete, is not forked away; nor is anything that is kept on disk", () => {
	const chain = openChain();
	advance(chain, 40);
	const final = chain.slot("finalized");
	expect(() => chain.fork({ backToSlot: final - 1, keep: NONE })).toThrow("is final");
	expect(() => chain.fork({ backToSlot: chain.slot("processed"), keep: NONE })).toThrow("not complete");
	expect(chain.fork({ backToSlot: final, keep: NONE })).toEqual({ replayed: [], dropped: [] });
	const folder = mkdtempSync(join(tmpdir(), "fork-"));
	const kept = openChain({ dataFolder: folder });
	expect(() => kept.fork({ backToSlot: 0, keep: NONE })).toThrow("without a folder");
	kept.close();
	rmSync(folder, { recursive: true });
});

test("dropped transactions have never been: balances, statuses, history and count are those of before", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	advance(chain, 3);
	const before = landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	chain.advanceSlot();
	const backToSlot = chain.slot("confirmed");
	const confirmed = landed(chain.sendTransaction(signedTransfer(chain, from, to.key, 2n * SOL)));
	chain.advanceSlot();
	const processed = landed(chain.sendTransaction(signedTransfer(chain, from, newWallet().key, SOL)));
	const tip = chain.slot("processed");

	expect(chain.fork({ backToSlot, keep: NONE })).toEqual({
		replayed: [],
		dropped: [confirmed.signature, processed.signature],
	});

	expect(chain.slot("processed")).toBe(tip);
	for (const commitment of ["processed", "confirmed"] as const) {
		expect(chain.getAccount(to.address, commitment)?.lamports).toBe(SOL);
		expect(chain.getAccount(from.address, commitment)?.lamports).toBe(9n * SOL - before.feeLamports);
	}
	expect(statusOf(chain, before.signature)).not.toBeNull();
	for (const { signature } of [confirmed, processed]) {
		expect(statusOf(chain, signature)).toBeNull();
		expect(chain.getTransaction(signature)).toBeNull();
	}
	const history = chain.transactionsOfAccount(requireAccountKey(from.address), { maxSlot: tip, limit: 10 });
	expect(history.map(({ slot }) => slot)).toEqual([before.slot]);
	expect(chain.transactionCount).toBe(1);
});

test("an account that only the old fork had is gone, and owned by nobody", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	chain.advanceSlot();
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	chain.fork({ backToSlot: chain.slot("confirmed"), keep: NONE });
	expect(chain.getAccount(to.address)).toBeNull();
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, 3n * SOL)));
	expect(chain.getAccount(to.address)?.lamports).toBe(3n * SOL);
});

test("a kept transaction is in the new fork while its blockhash is older than the fork, and dropped otherwise", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	advance(chain, 2);
	const { blockhash: old } = chain.latestBlockhash("processed");
	chain.advanceSlot();
	const backToSlot = chain.slot("confirmed") - 1;
	const transferOf = (lamports: bigint, blockhash: string) =>
		signedTransaction({ chain, signers: [from], instructions: [transfer(from, to.key, lamports)], blockhash });
	const survives = landed(chain.sendTransaction(transferOf(SOL, old)));
	const tied = landed(chain.sendTransaction(transferOf(2n * SOL, chain.latestBlockhash("processed").blockhash)));
	advance(chain, 2);
	expect(chain.fork({ backToSlot, keep: ALL })).toEqual({
		replayed: [survives.signature],
		dropped: [tied.signature],
	});
	expect(chain.getAccount(to.address)?.lamports).toBe(SOL);
	expect(statusOf(chain, survives.signature)).toEqual({ slot: backToSlot + 1, err: null });
	expect(chain.sendTransaction(transferOf(SOL, old))).toMatchObject({ code: "already_processed" });
});

test("the new fork has other blockhashes: what is tied to the old one can never land, what is older can land again", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	advance(chain, 2);
	const older = signedTransfer(chain, from, to.key, SOL);
	landed(chain.sendTransaction(older));
	const backToSlot = chain.slot("confirmed");
	advance(chain, 2);
	const { blockhash } = chain.latestBlockhash("processed");
	const tied = signedTransfer(chain, from, to.key, 2n * SOL);
	chain.fork({ backToSlot, keep: NONE });
	expect(chain.isBlockhashValid(blockhash, "processed")).toBe(false);
	expect(chain.sendTransaction(tied)).toMatchObject({ code: "blockhash_not_found" });
	landed(chain.sendTransaction(older));
	const first = chain.latestBlockhash("processed").blockhash;
	chain.fork({ backToSlot, keep: NONE });
	expect(chain.latestBlockhash("processed").blockhash).not.toBe(first);
	advance(chain, 200);
	expect(chain.slot("finalized")).toBeGreaterThan(backToSlot);
});

test("listeners hear of the accounts as they are on the new fork, at both commitments", () => {
	const chain = openChain();
	const [from, to] = [fundedWallet(chain), newWallet()];
	advance(chain, 2);
	const kept = signedTransfer(chain, from, to.key, SOL);
	chain.advanceSlot();
	const backToSlot = chain.slot("confirmed") - 1;
	landed(chain.sendTransaction(kept));
	advance(chain, 2);
	const heard: string[] = [];
	const key = requireAccountKey(from.address);
	chain.events.on("accounts", ({ commitment, slot, changes }) => {
		for (const change of changes) {
			if (change.key === key) heard.push(`${commitment} ${slot} ${change.account?.lamports}`);
		}
	});
	chain.events.on("transactions", ({ commitment, transactions }) => heard.push(`${commitment} ${transactions.length}`));
	chain.fork({ backToSlot, keep: ALL });
	const lamports = chain.getAccount(from.address)?.lamports;
	const [processed, confirmed] = [chain.slot("processed"), chain.slot("confirmed")];
	expect(heard).toEqual([
		`processed ${processed} ${lamports}`,
		"processed 1",
		`confirmed ${confirmed} ${lamports}`,
		"confirmed 1",
	]);
});
