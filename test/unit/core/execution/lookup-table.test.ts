import { describe, expect, test } from "@jest/globals";
import { MOST_TABLE_ENTRIES, readKnownTable, wantedEntries } from "../../../../core/execution/lookup-table.ts";
import { lenderAccounts, poolAccounts } from "../../../../core/execution/transaction-size.ts";
import { anyAddress, exampleLender, examplePool, TOKEN_PROGRAM } from "../../libs/solana/example-route.ts";

describe("a table that is announced", () => {
	const address = anyAddress();

	test.each([
		["a text", "table"],
		["no address", { entries: [] }],
		["an address that is none", { address: "x", entries: [] }],
		["no entries", { address }],
		["entries that are no list", { address, entries: { length: 0 } }],
		["an entry that is no address", { address, entries: [address, 7] }],
		["too many entries", { address, entries: Array.from({ length: MOST_TABLE_ENTRIES + 1 }, () => address) }],
	])("is refused with %s", (_what, value) => {
		expect(readKnownTable(value)).toMatchObject({ ok: false, error: expect.stringContaining("the table") });
	});

	test("that is no object is told to be none", () => {
		expect(readKnownTable(7)).toEqual({ ok: false, error: "the table is no object" });
	});

	test("may be none", () => {
		expect(readKnownTable(null)).toEqual({ ok: true, value: null });
		expect(readKnownTable(undefined)).toEqual({ ok: true, value: null });
	});

	test("is taken as it is", () => {
		const table = { address, entries: Array.from({ length: MOST_TABLE_ENTRIES }, anyAddress) };
		expect(readKnownTable(table)).toEqual({ ok: true, value: table });
		expect(readKnownTable({ address, entries: [] })).toMatchObject({ ok: true });
	});
});

describe("what a table should hold", () => {
	test("nothing for no market", () => {
		expect(wantedEntries([], [])).toEqual({ entries: [], leftOut: 0 });
	});

	test("every account of the markets once, and no program", () => {
		const [pools, lender] = [[examplePool("raydium-cpmm"), examplePool("raydium-amm-v4")], exampleLender()];
		const { entries, leftOut } = wantedEntries(pools, [lender]);
		const all = new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(lender)]);
		expect(leftOut).toBe(0);
		expect([...entries].sort()).toEqual([...all].sort());
		expect(entries).not.toContain(lender.program);
	});

	test("what most routes name first, and what found no room counted", () => {
		const pools = Array.from({ length: 60 }, () => examplePool("raydium-cpmm"));
		const lenders = [exampleLender(), exampleLender()];
		const { entries, leftOut } = wantedEntries(pools, lenders);
		const all = new Set([...pools.flatMap(poolAccounts), ...lenders.flatMap(lenderAccounts)]);
		expect(entries).toHaveLength(MOST_TABLE_ENTRIES);
		expect(leftOut).toBe(all.size - MOST_TABLE_ENTRIES);
		// The token program is every pool's and lender's; two programs of one pool count once.
		expect(entries[0]).toBe(TOKEN_PROGRAM);
		for (const lender of lenders) for (const account of lenderAccounts(lender)) expect(entries).toContain(account);
	});
});
