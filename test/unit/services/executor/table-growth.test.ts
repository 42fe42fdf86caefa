import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type KnownTable, MOST_TABLE_ENTRIES } from "../../../../core/execution/lookup-table.ts";
import type { Address } from "../../../../core/types/address.ts";
import { failure, success } from "../../../../core/types/result.ts";
import { acquireFolderLock } from "../../../../libs/folder-lock.ts";
import { MOST_ENTRIES_PER_EXTENSION } from "../../../../libs/solana/instructions/lookup-table.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import type { SolanaRpc } from "../../../../libs/solana/rpc-router/rpc-router.ts";
import type { Refusal } from "../../../../services/executor/refusal.ts";
import { MOST_TABLE_TRANSACTIONS, TableGrowth } from "../../../../services/executor/table-growth.ts";
import type { TableReader } from "../../../../services/executor/table-reader.ts";
import { policed } from "../../../support/policed.ts";
import { anyAddress } from "../../libs/solana/example-route.ts";

const HALTED: Refusal = { code: "tradingHalted", detail: "drill" };

let folder: string;
let signatures: number;
let sent: number;
let blockHeight: bigint;
let refusal: Refusal | null;
let troubles: string[];
let onChain: Map<Address, KnownTable>;
let keep: () => Promise<void>;
let beforeAnswer: (method: string) => void;
let growth: TableGrowth;

const wallet = policed(
	new Wallet(new Uint8Array(32).fill(9), {
		by: "node:crypto",
		sign: (_message, signature) => void signature.fill(++signatures),
	}),
	[],
);

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "tables-"));
	[signatures, sent, blockHeight, refusal, troubles, onChain] = [0, 0, 10n, null, [], new Map()];
	keep = async () => {};
	beforeAnswer = () => {};
	growth = newGrowth();
});

afterEach(() => rmSync(folder, { recursive: true }));

function newGrowth(): TableGrowth {
	const answer = (method: string, of: () => unknown) => () => ({
		send: async () => {
			beforeAnswer(method);
			return of();
		},
	});
	const rpc = {
		getSlot: answer("getSlot", () => 500n),
		getBlockHeight: answer("getBlockHeight", () => blockHeight),
		getLatestBlockhash: answer("getLatestBlockhash", () => ({
			value: { blockhash: anyAddress(), lastValidBlockHeight: blockHeight + 150n },
		})),
		sendTransaction: answer("sendTransaction", () => void sent++),
	} as unknown as SolanaRpc;
	const reader = {
		read: async (address: Address) => {
			const table = onChain.get(address);
			return table ? success(table) : failure(`there is no ${address}`);
		},
		discover: async () => [...onChain.values()],
	} as unknown as TableReader;
	return new TableGrowth({
		rpc,
		reader,
		wallet,
		folder,
		timeoutMs: 1_000,
		abortSignal: new AbortController().signal,
		gate: {
			get refusal() {
				return refusal;
			},
		},
		keep: () => keep(),
		onTrouble: (what) => void troubles.push(what),
	});
}

const noted = () => JSON.parse(readFileSync(join(folder, `${wallet.address}.json`), "utf8")) as { table: Address };
const addresses = (count: number) => Array.from({ length: count }, anyAddress);

function appear(entries: readonly Address[] = [], address = anyAddress()): KnownTable {
	const table = { address, entries };
	onChain.set(address, table);
	return table;
}

describe("making a table", () => {
	test.each(["getSlot", "getLatestBlockhash"])("a halt that comes with %s leaves nothing signed", async (method) => {
		beforeAnswer = (asked) => {
			if (asked === method) refusal = HALTED;
		};
		expect(await growth.create()).toBe(false);
		expect([signatures, sent]).toEqual([0, 0]);
	});

	test("nothing is signed while trading is halted", async () => {
		refusal = HALTED;
		expect(growth.isHalted).toBe(true);
		expect(await growth.create()).toBe(false);
		expect([signatures, sent]).toEqual([0, 0]);
	});

	test("what cannot be written down, or is halted meanwhile, does not leave", async () => {
		keep = () => Promise.reject(new Error("disk full"));
		await expect(growth.create()).rejects.toThrow("disk full");
		blockHeight += 200n;
		keep = async () => {
			refusal = HALTED;
		};
		expect(await growth.create()).toBe(false);
		expect([signatures, sent]).toEqual([2, 0]);
	});

	test("while another executor of the machine is at it, nothing is done", async () => {
		const lock = await acquireFolderLock(folder);
		expect(await growth.create()).toBe(true);
		expect([signatures, sent]).toEqual([0, 0]);
		if (lock.ok) lock.value.release();
		expect(await growth.create()).toBe(true);
		expect([signatures, sent]).toEqual([1, 1]);
	});

	test("once it is on its way no other is, until it cannot come any more", async () => {
		await growth.create();
		const first = noted().table;
		expect(await newGrowth().find({ isDemanded: true })).toBeNull();
		expect(await newGrowth().create()).toBe(true);
		expect([sent, troubles]).toEqual([1, []]);
		blockHeight += 151n;
		expect(await growth.find({ isDemanded: true })).toBeNull();
		expect(troubles).toEqual([`there is no ${first}: another one is looked for`]);
		await growth.create();
		expect(sent).toBe(2);
	});

	test("a table that came into being is not made again", async () => {
		await growth.create();
		const table = appear([], noted().table);
		expect(await growth.create()).toBe(true);
		expect(await newGrowth().find({ isDemanded: false })).toEqual(table);
		expect(sent).toBe(1);
	});

	test("so many transactions are made in a life, and no more", async () => {
		for (let index = 0; index < MOST_TABLE_TRANSACTIONS; index++) {
			await growth.create();
			blockHeight += 200n;
		}
		await expect(growth.create()).rejects.toThrow(/look why they do not land/);
		expect([signatures, sent]).toEqual([MOST_TABLE_TRANSACTIONS, MOST_TABLE_TRANSACTIONS]);
	});
});

describe("finding a table", () => {
	test("the chain is asked only when there is need, and what it has is noted", async () => {
		const table = appear(addresses(3));
		appear(addresses(1));
		expect(await growth.find({ isDemanded: false })).toBeNull();
		expect(await growth.find({ isDemanded: true })).toEqual(table);
		expect(noted().table).toBe(table.address);
		expect(await newGrowth().find({ isDemanded: false })).toEqual(table);
	});

	test.each(["{", "{}", '{"table":7}'])("a note that says %s is none", async (text) => {
		writeFileSync(join(folder, `${wallet.address}.json`), text);
		expect(await growth.find({ isDemanded: true })).toBeNull();
		expect(troubles).toEqual([]);
	});

	test("a noted table that is gone is silent as long as nobody needs it", async () => {
		writeFileSync(
			join(folder, `${wallet.address}.json`),
			JSON.stringify({ table: anyAddress(), lastValidBlockHeight: 0 }),
		);
		expect(await growth.find({ isDemanded: false })).toBeNull();
		expect(troubles).toEqual([]);
	});
});

describe("extending a table", () => {
	test("nothing is added to what is whole, or full", async () => {
		const entries = addresses(3);
		expect(await growth.extend(appear(entries), { entries: entries.slice(1), leftOut: 4 })).toEqual({
			isComplete: true,
			leftOut: 4,
		});
		const full = appear(addresses(MOST_TABLE_ENTRIES));
		expect(await growth.extend(full, { entries: [...full.entries, ...addresses(2)], leftOut: 1 })).toEqual({
			isComplete: true,
			leftOut: 3,
		});
		expect(signatures).toBe(0);
	});

	test("nothing is added while trading is halted, also when that comes late", async () => {
		const wanted = { entries: addresses(1), leftOut: 0 };
		const table = appear();
		refusal = HALTED;
		expect(await growth.extend(table, wanted)).toEqual({ isComplete: false, leftOut: 0 });
		refusal = null;
		beforeAnswer = () => {
			refusal = HALTED;
		};
		expect(await growth.extend(table, wanted)).toEqual({ isComplete: false, leftOut: 0 });
		expect([signatures, sent]).toEqual([0, 0]);
	});

	test("what is on its way is waited for, and sent again when it cannot land any more", async () => {
		const wanted = { entries: addresses(MOST_ENTRIES_PER_EXTENSION + 5), leftOut: 0 };
		const table = appear();
		await growth.extend(table, wanted);
		await growth.extend(table, wanted);
		expect(sent).toBe(1);
		blockHeight += 151n;
		await growth.extend(table, wanted);
		expect(sent).toBe(2);
		const grown = appear(wanted.entries.slice(0, MOST_ENTRIES_PER_EXTENSION), table.address);
		expect(await growth.extend(grown, wanted)).toEqual({ isComplete: false, leftOut: 0 });
		expect(sent).toBe(3);
	});

	test("what another executor added meanwhile is looked at first", async () => {
		const table = appear();
		appear(addresses(1), table.address);
		expect(await growth.extend(table, { entries: addresses(1), leftOut: 0 })).toMatchObject({ isComplete: false });
		onChain.clear();
		expect(await growth.extend(table, { entries: addresses(1), leftOut: 0 })).toMatchObject({ isComplete: false });
		expect(sent).toBe(0);
	});

	test("what there is no room for is counted", async () => {
		const table = appear(addresses(MOST_TABLE_ENTRIES - 2));
		expect(await growth.extend(table, { entries: addresses(5), leftOut: 1 })).toEqual({
			isComplete: false,
			leftOut: 4,
		});
		expect(sent).toBe(1);
	});
});
