import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createSolanaRpc } from "@solana/web3.js";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import { type KnownTable, type TableUse, wantedEntries } from "../../../core/execution/lookup-table.ts";
import { LOOKUP_TABLE_PROGRAM } from "../../../core/execution/signable-instructions.ts";
import { LARGEST_TRANSACTION_BYTES, transactionBytes } from "../../../core/execution/transaction-size.ts";
import { TableChoice } from "../../../core/risk/table-choice.ts";
import type { Address } from "../../../core/types/address.ts";
import { TABLE_AUTHORITY_OFFSET } from "../../../libs/solana/instructions/lookup-table.ts";
import { anyAddress } from "../../unit/libs/solana/example-route.ts";
import { BONK, Desk, type RunningExecutor, USDC, until } from "./desk.ts";

let desk: Desk;
let executor: RunningExecutor;

beforeAll(async () => {
	desk = await Desk.open({ fourPools: true });
	executor = await desk.start();
});

afterAll(() => desk.close());

/** Out and back twice through all four pools, with the table that risk chooses of what it heard. */
function long(heard: KnownTable | null, lookupTable?: TableUse): ApprovedIntent {
	const choice = new TableChoice();
	choice.marketChanged(desk.catalog);
	choice.heard("executor", heard);
	const intent = desk.intentOf(desk.catalog, 1n, desk.catalog.pools);
	return { ...intent, computeUnitLimit: 600_000, lookupTable: lookupTable ?? choice.choose(intent) };
}

function tablesOnChain(): readonly Address[] {
	return desk.chain.getProgramAccounts(LOOKUP_TABLE_PROGRAM, "confirmed").accounts.map(({ address }) => address);
}

const tableOf = (of: RunningExecutor): KnownTable => {
	if (!of.lookupTable) throw new Error("no table was announced");
	return of.lookupTable;
};

/** The wallet's table once more, at another address and with other bytes. */
async function imitation(change: (data: Buffer) => void, owner = LOOKUP_TABLE_PROGRAM): Promise<TableUse> {
	const { address: known, entries } = tableOf(executor);
	const account = desk.chain.getAccount(known, "finalized");
	if (!account) throw new Error("the table is not final");
	const [address, data] = [anyAddress(), Buffer.from(account.data)];
	change(data);
	desk.chain.setAccount(address, { lamports: account.lamports, owner, data });
	await until(() => desk.chain.getAccount(address, "finalized"), "the other table is final");
	return { address, count: entries.length };
}

describe("before there is a lookup table", () => {
	test("what does not fit is refused, nothing is made while trading is halted, and then one is", async () => {
		const { pools, lenders } = desk.catalog;
		const bytes = transactionBytes({ lender: lenders[0] ?? null, pools, isTipped: false });
		expect(bytes).toBeGreaterThan(LARGEST_TRANSACTION_BYTES);
		const intent = long(executor.lookupTable);
		expect(intent.lookupTable).toBeNull();
		const { history } = await wallet();
		expect(await executor.execute(intent)).toMatchObject({
			status: "refused",
			code: "transactionTooLarge",
			detail: expect.stringContaining(`needs ${bytes} bytes without a lookup table`),
		});
		// It has begun to look for one.
		desk.setTradingState("halted");
		await new Promise((wake) => setTimeout(wake, 2_500));
		expect(tablesOnChain()).toEqual([]);
		expect((await wallet()).history).toEqual(history);
		expect(executor.lookupTable).toBeNull();

		desk.setTradingState("active");
		await until(() => executor.lookupTable?.entries.length === wanted().length, "a whole table is announced");
		expect(tablesOnChain()).toEqual([tableOf(executor).address]);
		expect([...tableOf(executor).entries].sort()).toEqual([...wanted()].sort());
		expect((await executor.status()).lookupTable).toEqual({
			address: tableOf(executor).address,
			entries: wanted().length,
			leftOut: 0,
		});
	});
});

describe("with a lookup table", () => {
	test("the route lands through it, and what is told of it is the wallet's change to the unit", async () => {
		const before = await desk.balances();
		const intent = long(executor.lookupTable);
		expect(intent.lookupTable).toEqual({ address: tableOf(executor).address, count: wanted().length });
		const ack = await executor.execute(intent);
		expect(ack).toMatchObject({ status: "accepted" });
		const { outcome, fill, signature } = await executor.settlement(intent);
		expect([outcome, fill?.error, fill?.legs.length]).toEqual(["landed", null, 4]);
		expect(fill?.legs.map(({ pool }) => pool)).toEqual(desk.catalog.pools.map(({ address }) => address));
		const transaction = desk.chain.getTransaction(signature);
		expect(transaction?.meta.loadedWritable.length).toBeGreaterThan(10);
		const after = await desk.balances();
		for (const mint of [SOL_MINT, USDC, BONK]) {
			const change = fill?.changes.find((line) => line.mint === mint);
			const told = change ? change.fill - change.loanFee - change.networkFee : 0n;
			expect(told).toBe((after.get(mint) ?? 0n) - (before.get(mint) ?? 0n));
		}
	});

	test("a trade that fits without gets none", () => {
		const choice = new TableChoice();
		choice.marketChanged(desk.catalog);
		choice.heard("executor", executor.lookupTable);
		expect(choice.choose(desk.intent())).toBeNull();
	});

	test("an approval that was sealed when the table was shorter is still that transaction, whatever was signed between", async () => {
		const table = tableOf(executor);
		const use = { address: table.address, count: table.entries.length - 1 };
		const loaded = async (intent: ApprovedIntent) => {
			expect(await executor.execute(intent)).toMatchObject({ status: "accepted" });
			const { outcome, signature } = await executor.settlement(intent);
			expect(outcome).toBe("landed");
			const { meta } = desk.chain.getTransaction(signature) ?? {};
			return (meta?.loadedWritable.length ?? 0) + (meta?.loadedReadonly.length ?? 0);
		};
		expect(await loaded(long(null, use))).toBe(use.count);
		expect(await loaded(long(table))).toBe(table.entries.length);
		expect(await loaded(long(null, use))).toBe(use.count);
	});

	test("another executor of the wallet makes the same bytes, and no second table", async () => {
		const other = await desk.start();
		const intent = long(executor.lookupTable);
		// It has not told of any table yet, and reads the one that risk has sealed.
		const [one, two] = await Promise.all([executor.execute(intent), other.execute(intent)]);
		expect([one.status, two.status]).toEqual(["accepted", "accepted"]);
		expect(one.status === "accepted" && two.status === "accepted" && one.signature === two.signature).toBe(true);
		expect((await other.settlement(intent)).outcome).toBe("landed");
		expect(await desk.transactionsOf(intent)).toHaveLength(1);
		await until(() => other.lookupTable, "the other one announces a table");
		expect(tableOf(other)).toEqual(tableOf(executor));
		expect(tablesOnChain()).toHaveLength(1);
		await other.kill();
	});

	test("an approval whose table was tampered with is refused, whatever of it", async () => {
		const sealed = desk.risk.approve(long(executor.lookupTable));
		const { address, count } = sealed.lookupTable as TableUse;
		for (const lookupTable of [{ address: anyAddress(), count }, { address, count: count - 1 }, null]) {
			expect(await executor.executeAsIs({ ...sealed, lookupTable })).toMatchObject({
				status: "refused",
				code: "notApproved",
			});
		}
		const none = desk.risk.approve(desk.intent());
		expect(await executor.executeAsIs({ ...none, lookupTable: { address, count } })).toMatchObject({
			code: "notApproved",
		});
	});

	test("a table that is too short, not the wallet's, deactivated or none is refused", async () => {
		const { address, entries } = tableOf(executor);
		const stranger = await imitation((data) => void data.fill(9, TABLE_AUTHORITY_OFFSET, TABLE_AUTHORITY_OFFSET + 32));
		const frozen = await imitation(
			(data) => void data.fill(0, TABLE_AUTHORITY_OFFSET - 1, TABLE_AUTHORITY_OFFSET + 32),
		);
		const closing = await imitation((data) => void data.writeBigUInt64LE(5n, 4));
		const never = await imitation((data) => void data.writeUInt32LE(0, 0));
		const foreign = await imitation(() => {}, desk.catalog.lenders[0]?.program as typeof LOOKUP_TABLE_PROGRAM);
		const refusals: [TableUse, string][] = [
			[{ address, count: entries.length + 1 }, `${entries.length} entries that are final, not ${entries.length + 1}`],
			[stranger, "is not the wallet's"],
			[frozen, "nobody may change it"],
			[closing, "is deactivated"],
			[never, "is no lookup table"],
			[foreign, "is an account of"],
			[{ address: anyAddress(), count: 1 }, "there is no lookup table"],
		];
		for (const [use, detail] of refusals) {
			const ack = await executor.execute(long(null, use));
			expect(ack).toMatchObject({
				status: "refused",
				code: "unusableLookupTable",
				detail: expect.stringContaining(detail),
			});
		}
		expect(await executor.execute(long(executor.lookupTable))).toMatchObject({ status: "accepted" });
	});

	test("a restart finds it again, also where nothing was noted, and makes none", async () => {
		const before = tableOf(executor);
		const onChain = tablesOnChain();
		await executor.kill();
		executor = await desk.start();
		await until(() => executor.lookupTable, "the table is announced again");
		expect(tableOf(executor)).toEqual(before);
		const intent = long(executor.lookupTable);
		expect(await executor.execute(intent)).toMatchObject({ status: "accepted" });
		expect((await executor.settlement(intent)).outcome).toBe("landed");

		await executor.kill();
		const [note] = readdirSync(desk.folder, { recursive: true, encoding: "utf8" }).filter((name) =>
			name.endsWith(`${desk.wallet}.json`),
		);
		rmSync(join(desk.folder, note as string));
		executor = await desk.start();
		// On a machine that knows of none, the demand makes it look at the chain.
		expect(await executor.execute(long(null))).toMatchObject({ code: "transactionTooLarge" });
		await until(() => executor.lookupTable, "the table is announced by another machine");
		expect(tableOf(executor)).toEqual(before);
		expect(tablesOnChain()).toEqual(onChain);
	});
});

function wanted(): readonly Address[] {
	return wantedEntries(desk.catalog.pools, desk.catalog.lenders).entries;
}

/** Every transaction of the wallet. */
async function wallet() {
	const rpc = createSolanaRpc(desk.rpcUrl);
	const history = await rpc.getSignaturesForAddress(desk.wallet, { commitment: "confirmed" }).send();
	return { history: history.map(({ signature }) => signature) };
}
