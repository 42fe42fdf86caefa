import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { wantedEntries } from "../../../core/execution/lookup-table.ts";
import { LOOKUP_TABLE_PROGRAM } from "../../../core/execution/signable-instructions.ts";
import { Desk, type RunningExecutor, until } from "./desk.ts";

let desk: Desk;
let executor: RunningExecutor;

beforeAll(async () => {
	desk = await Desk.open({ fourPools: true });
	executor = await desk.start();
});

afterAll(() => desk.close());

const tablesOnChain = () =>
	desk.chain.getProgramAccounts(LOOKUP_TABLE_PROGRAM, "confirmed").accounts.map(({ address }) => address);

test("a lookup table is made when a strategy passes trades over that need one, and not before", async () => {
	expect(executor.lookupTable).toBeNull();
	expect(tablesOnChain()).toEqual([]);
	await executor.broker.broadcast("strategy.table.wanted", { shard: "main" });
	await executor.broker.broadcast("strategy.table.wanted", { shard: "main" });
	const { entries } = wantedEntries(desk.catalog.pools, desk.catalog.lenders);
	await until(() => executor.lookupTable?.entries.length === entries.length, "a whole table is announced");
	expect(tablesOnChain()).toEqual([executor.lookupTable?.address]);
	expect(new Set(executor.lookupTable?.entries)).toEqual(new Set(entries));
});
