import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Chain, ChainOptions } from "../../../../../services/localnet/chain/chain.ts";
import { ChainError } from "../../../../../services/localnet/chain/chain-error.ts";
import { bytesOfKey, parseSignatureKey, signatureOf } from "../../../../../services/localnet/chain/keys.ts";
import type { ChainLimits } from "../../../../../services/localnet/chain/types.ts";
import {
	CLOCK_KEY,
	fundedWallet,
	landed,
	newWallet,
	openChain,
	SYSTEM_ADDRESS,
	signedTransaction,
	signedTransfer,
	testClock,
	transfer,
	type Wallet,
} from "./wallet.ts";

const SOL = 1_000_000_000n;
const LEVELS = ["processed", "confirmed", "finalized"] as const;

let folder: string;
const opened: Chain[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "chain-"));
});

afterEach(() => {
	for (const chain of opened.splice(0)) chain.close();
	rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<ChainOptions> = {}): Chain {
	const chain = openChain({ dataFolder: folder, ...options });
	opened.push(chain);
	return chain;
}

function errorOf(action: () => unknown): ChainError {
	try {
		action();
	} catch (error) {
		if (error instanceof ChainError) return error;
		throw error;
	}
	throw new Error("nothing was thrown");
}

/** A chain with some life: landings, reverts, a program's clock, priming, across slots. */
function live(chain: Chain, rounds: number): { from: Wallet; to: Wallet } {
	const [from, to] = [fundedWallet(chain, 1_000_000n * SOL), newWallet()];
	chain.sealGenesis();
	for (let round = 0; round < rounds; round++) {
		landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL + BigInt(round))));
		const failing = [transfer(to, from.key, 10_000_000n * SOL + BigInt(round))];
		landed(chain.sendTransaction(signedTransaction({ chain, signers: [from, to], instructions: failing, version: 0 })));
		if (round % 3 === 0) chain.advanceSlot();
		if (round === 4) chain.setAccount(SOME_ADDRESS, { lamports: 5n, owner: SYSTEM_ADDRESS, data: Buffer.of(9) });
	}
	return { from, to };
}

const SOME_ADDRESS = newWallet().address;

/** Everything that a client could ask about these wallets. */
function picture(chain: Chain, wallets: readonly Wallet[]): unknown {
	const keys = [...wallets.map(({ key }) => key), CLOCK_KEY];
	const records = wallets.flatMap(({ key }) => chain.transactionsOfAccount(key, { maxSlot: 1e9, limit: 1e9 }));
	return {
		levels: LEVELS.map((level) => ({
			slot: chain.slot(level),
			blockhash: chain.latestBlockhash(level),
			accounts: keys.map((key) => chain.account(key, level)),
			primed: chain.getAccount(SOME_ADDRESS, level),
		})),
		time: chain.unixTimestamp,
		count: chain.transactionCount,
		history: records.map((record) => record.detail()),
		statuses: records.map((record) => chain.signatureStatus(record.signatureKey)),
		slots: Array.from({ length: 60 }, (_, slot) => chain.slotRecord(slot)),
		blocks: Array.from({ length: 60 }, (_, slot) => chain.transactionsOfSlot(slot).length),
	};
}

function files(): string[] {
	return readdirSync(folder).sort();
}

test("a damaged log is named together with the way out, and not read past", () => {
	live(open(), 6);
	const path = join(folder, "00000001.log");
	const bytes = readFileSync(path);
	for (const position of [2, 9, 40]) {
		const damaged = Buffer.from(bytes);
		damaged[position] = damaged[position]! ^ 0x10;
		writeFileSync(path, damaged);
		const error = errorOf(() => open());
		expect(error.code).toBe("corrupt_data");
		expect(error.message).toContain(`${path} is damaged at byte 0`);
		expect(error.message).toContain("Delete the data folder");
	}
});

test("whole frames that cannot be right are damage too: unknown kinds, cut fields, a transaction that landed twice", () => {
	live(open(), 1);
	const path = join(folder, "00000001.log");
	const whole = readFileSync(path);
	const first = whole.subarray(0, 12 + whole.readUInt32LE(0));
	const frames = [Buffer.of(9), Buffer.of(1, 2), Buffer.of(3, 0), Buffer.of(4), Buffer.of(2, 7)].map(frame);
	for (const content of [...frames, Buffer.concat([first, first])]) {
		writeFileSync(path, content);
		expect(errorOf(() => open()).code).toBe("corrupt_data");
	}
});

function frame(payload: Buffer): Buffer {
	const header = Buffer.alloc(12);
	header.writeUInt32LE(payload.length, 0);
	header.writeUInt32LE(crc32(payload), 4);
	header.writeUInt32LE(crc32(header.subarray(0, 8)), 8);
	return Buffer.concat([header, payload]);
}

test("a damaged snapshot, and one of another version, are named", () => {
	live(open(), 2);
	const path = join(folder, "00000001.snapshot");
	const bytes = readFileSync(path);
	const damaged = Buffer.from(bytes);
	damaged[5_000] = damaged[5_000]! ^ 1;
	writeFileSync(path, damaged);
	expect(errorOf(() => open()).message).toContain(`${path} is damaged`);
	truncateSync(path, 2);
	expect(errorOf(() => open()).message).toContain(`${path} is damaged`);
	const body = serialize({ format: "mojo-hft localnet 0", snapshot: null });
	const checksum = Buffer.alloc(4);
	checksum.writeUInt32LE(crc32(body));
	writeFileSync(path, Buffer.concat([checksum, body]));
	expect(errorOf(() => open()).message).toContain('written by another version ("mojo-hft localnet 0"');
});

test("another seed does not take over a folder", () => {
	live(open(), 1);
	const error = errorOf(() => open({ genesisSeed: "other" }));
	expect(error.code).toBe("other_chain");
	expect(error.message).toContain('seed "unit"');
});

test("a folder that cannot be used is named together with the way out", () => {
	const blocked = join(folder, "file");
	writeFileSync(blocked, "");
	const error = errorOf(() => open({ dataFolder: join(blocked, "data") }));
	expect(error.code).toBe("storage");
	expect(error.message).toContain("Make the folder writable");
});

test("a chain that cannot be kept any more stops instead of running ahead of its files", () => {
	const chain = open({ limits: { segmentSlots: 1 } });
	const { from } = live(chain, 1);
	rmSync(folder, { recursive: true });
	expect(errorOf(() => chain.advanceSlot()).code).toBe("storage");
	const wire = signedTransfer(chain, from, from.key, 5n);
	expect(errorOf(() => chain.sendTransaction(wire)).code).toBe("storage");
});

test("a genesis that was not sealed leaves nothing", () => {
	const chain = open();
	expect(chain.needsGenesis).toBe(true);
	const from = fundedWallet(chain);
	landed(chain.sendTransaction(signedTransfer(chain, from, from.key, 1n)));
	chain.advanceSlot();
	expect(files()).toEqual([]);
	const again = open();
	expect(again.needsGenesis).toBe(true);
	expect(again.getAccount(from.address)).toBeNull();
});

test("the chain is the same after it was left without a word, and goes on the same", () => {
	const clock = testClock();
	const chain = open({ clock });
	const { from, to } = live(chain, 40);
	const again = open({ clock });
	expect(again.needsGenesis).toBe(false);
	expect(picture(again, [from, to])).toEqual(picture(chain, [from, to]));
	chain.close();
	const memory = openChain({ clock });
	expect(memory.genesisHash).toBe(again.genesisHash);
	clock.seconds += 9;
	for (let slot = 0; slot < 40; slot++) again.advanceSlot();
	const third = open({ clock });
	expect(picture(third, [from, to])).toEqual(picture(again, [from, to]));
	const wire = signedTransfer(third, from, to.key, 7n);
	landed(third.sendTransaction(wire));
	expect(third.sendTransaction(wire)).toMatchObject({ code: "already_processed" });
});

test("an unfinished last write is cut off with a notice; all before it is there", () => {
	const chain = open();
	const { from, to } = live(chain, 10);
	const before = picture(chain, [from, to]);
	const path = join(folder, "00000001.log");
	const size = statSync(path).size;
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, 99n)));
	chain.close();
	const bytes = readFileSync(path);
	for (const cut of [5, 13, 100]) {
		writeFileSync(path, bytes.subarray(0, size + cut));
		const notices: string[] = [];
		const again = open({ onNotice: ({ code }) => notices.push(code) });
		expect(notices).toEqual(["torn_log_cut"]);
		expect(picture(again, [from, to])).toEqual(before);
		expect(statSync(path).size).toBe(size);
		again.close();
	}
});

test.each<Partial<ChainLimits>>([{ segmentTransactions: 10 }, { segmentSlots: 5 }, { segmentBytes: 4_000 }])(
	"logs are replaced by snapshots (%p): two generations stay, and the state is the same from them",
	(limits) => {
		const chain = open({ limits });
		const { from, to } = live(chain, 60);
		const names = files();
		expect(names.filter((name) => name.endsWith(".snapshot"))).toHaveLength(2);
		expect(names.filter((name) => name.endsWith(".log"))).toHaveLength(2);
		expect(names).not.toContain("00000001.log");
		const again = open({ limits });
		const kept = again.transactionsOfAccount(from.key, { maxSlot: 1e9, limit: 1e9 }).length;
		expect(kept).toBeGreaterThanOrEqual(Math.min(10, limits.segmentTransactions ?? 0));
		const [was, is] = [picture(chain, [from, to]), picture(again, [from, to])] as { history: unknown[] }[];
		// The history goes back as far as the older log; everything else is all there.
		const younger = { statuses: [], blocks: [] };
		expect({ ...is, ...younger, history: [] }).toEqual({ ...was, ...younger, history: [] });
		const wasOf = chain.transactionsOfAccount(from.key, { maxSlot: 1e9, limit: kept });
		const isOf = again.transactionsOfAccount(from.key, { maxSlot: 1e9, limit: 1e9 });
		expect(isOf.map((record) => record.detail())).toEqual(wasOf.map((record) => record.detail()));
		const all = chain.transactionsOfAccount(from.key, { maxSlot: 1e9, limit: 1e9 });
		expect(all).toHaveLength(120);
		for (const { signatureKey } of all) {
			expect(again.signatureStatus(signatureKey)).toEqual(chain.signatureStatus(signatureKey));
			expect(again.knownStatus(signatureKey)).toEqual(chain.knownStatus(signatureKey));
		}
		const old = all.at(-1)!;
		expect(again.sendTransaction(old.wire)).toMatchObject({ landed: false, code: "already_processed" });
		expect(parseSignatureKey(signatureOf(old.signatureKey))).toBe(old.signatureKey);
		expect(bytesOfKey(old.signatureKey)).toHaveLength(64);
	},
);

test("a crash between a new snapshot and its log loses nothing", () => {
	const chain = open({ limits: { segmentTransactions: 10 } });
	const { from, to } = live(chain, 18);
	chain.close();
	const logs = files().filter((name) => name.endsWith(".log"));
	const last = join(folder, logs.at(-1)!);
	truncateSync(last, 0);
	const before = picture(open(), [from, to]);
	opened.pop()?.close();
	rmSync(last);
	writeFileSync(join(folder, "00000099.snapshot.unfinished"), "half");
	expect(picture(open(), [from, to])).toEqual(before);
	expect(existsSync(last)).toBe(true);
});

test("programs and accounts put in place after genesis are kept", () => {
	const chain = open();
	chain.sealGenesis();
	const elf = readFileSync("programs/elf/raydium-cpmm.so");
	const program = newWallet().address;
	chain.addProgram(program, elf);
	const again = open();
	expect(again.getAccount(program)).toEqual(chain.getAccount(program));
	expect(again.getAccount(program)?.executable).toBe(true);
});
