import { beforeEach, describe, expect, test } from "@jest/globals";
import type { KnownTable, WantedEntries } from "../../../../core/execution/lookup-table.ts";
import type { Address } from "../../../../core/types/address.ts";
import { failure, type Result, success } from "../../../../core/types/result.ts";
import { LookupTables } from "../../../../services/executor/lookup-tables.ts";
import type { TableGrowth } from "../../../../services/executor/table-growth.ts";
import type { TableCommitment, TableReader } from "../../../../services/executor/table-reader.ts";
import { anyAddress } from "../../libs/solana/example-route.ts";

const ADDRESS = anyAddress();
const ENTRIES = Array.from({ length: 5 }, anyAddress);

let micros: number;
let final: Result<KnownTable, string>;
let confirmed: KnownTable | null;
let wanted: WantedEntries;
let isHalted: boolean;
let isComplete: boolean;
let events: string[];
let tables: LookupTables;

const table = (count: number, address: Address = ADDRESS): KnownTable => ({
	address,
	entries: ENTRIES.slice(0, count),
});

beforeEach(() => {
	[micros, final, confirmed, isHalted, isComplete, events] = [0, success(table(5)), null, false, true, []];
	wanted = { entries: ENTRIES, leftOut: 0 };
	const reader = {
		read: async (address: Address, commitment: TableCommitment) => {
			// What a fork can take back is not used.
			if (commitment !== "finalized") throw new Error(`read at ${commitment}`);
			events.push("read");
			return final.ok ? success({ ...final.value, address }) : final;
		},
	} as unknown as TableReader;
	const growth = {
		get isHalted() {
			return isHalted;
		},
		find: async ({ isDemanded }: { isDemanded: boolean }) => {
			events.push(isDemanded ? "find demanded" : "find noted");
			return confirmed;
		},
		create: async () => {
			events.push("create");
			return true;
		},
		extend: async () => {
			events.push("extend");
			return { isComplete, leftOut: 3 };
		},
	} as unknown as TableGrowth;
	tables = new LookupTables({
		reader,
		growth,
		clock: { epochMicros: () => micros, monotonicMicros: () => micros },
		wanted: () => wanted,
		onUsable: () => void events.push("usable"),
		onDemand: () => void events.push("demand"),
	});
});

describe("a table that an approval names", () => {
	const refusal = (count = 5) => {
		const offered = tables.offered({ address: ADDRESS, count });
		return offered.ok ? null : [offered.error.code, offered.error.detail];
	};

	test("is not used before it was read", () => {
		expect(refusal()).toEqual(["unusableLookupTable", `the lookup table ${ADDRESS} was not read yet`]);
	});

	test("is not used when the chain cannot be asked, or says no", async () => {
		final = failure("nobody's");
		await tables.read(ADDRESS);
		expect(refusal()).toEqual(["unusableLookupTable", "nobody's"]);
	});

	test("is used up to the count that was sealed, and no further", async () => {
		await tables.read(ADDRESS);
		expect(tables.offered({ address: ADDRESS, count: 3 })).toEqual(success(table(3)));
		expect(tables.offered({ address: ADDRESS, count: 5 })).toEqual(success(table(5)));
		expect(refusal(6)?.[1]).toBe(`the lookup table ${ADDRESS} has 5 entries that are final, not 6`);
	});

	test("is the same object for the same count: it goes into every trade", async () => {
		await tables.read(ADDRESS);
		const [one, two] = [1, 2].map(() => tables.offered({ address: ADDRESS, count: 4 }));
		expect(one?.ok && two?.ok && one.value === two.value).toBe(true);
	});

	test("is read anew only after a while, and by one reading for all", async () => {
		await Promise.all([tables.read(ADDRESS), tables.read(ADDRESS)]);
		await tables.read(ADDRESS);
		expect(events).toEqual(["read"]);
		micros += 500_000;
		await tables.read(ADDRESS);
		expect(events).toEqual(["read", "read"]);
	});

	test("keeps entries that were final when an endpoint lags behind", async () => {
		await tables.read(ADDRESS);
		micros += 500_000;
		final = success(table(2));
		await tables.read(ADDRESS);
		expect(refusal()).toBeNull();
	});

	test("is not used any more once it is deactivated", async () => {
		await tables.read(ADDRESS);
		expect(refusal()).toBeNull();
		micros += 500_000;
		final = failure("deactivated");
		await tables.read(ADDRESS);
		expect(refusal()?.[1]).toBe("deactivated");
	});

	test("is forgotten when there were too many others since", async () => {
		await tables.read(ADDRESS);
		expect(refusal()).toBeNull();
		for (let index = 0; index < 16; index++) await tables.read(anyAddress());
		expect(refusal()?.[1]).toContain("was not read yet");
	});
});

describe("the wallet's own table", () => {
	test("is neither looked for on the chain nor made while everything fits", async () => {
		expect(await tables.maintain()).toBe(false);
		expect(events).toEqual(["find noted"]);
		expect(tables.status).toEqual({ address: null, entries: 0, leftOut: 0 });
	});

	test("is made when a transaction did not fit, which is told once", async () => {
		tables.demand();
		tables.demand();
		expect(await tables.maintain()).toBe(true);
		expect(events).toEqual(["demand", "find demanded", "create"]);
	});

	test("is announced with what is final of it, and filled until nothing is missing", async () => {
		tables.demand();
		confirmed = table(0);
		final = failure("not final yet");
		isComplete = false;
		expect(await tables.maintain()).toBe(true);
		expect(tables.current).toBeNull();
		[confirmed, final] = [table(3), success(table(0))];
		expect(await tables.maintain()).toBe(true);
		expect(tables.current).toBeNull();
		[confirmed, final, isComplete] = [table(5), success(table(3)), true];
		expect(await tables.maintain()).toBe(true);
		expect(tables.current).toEqual(table(3));
		final = success(table(5));
		expect(await tables.maintain()).toBe(false);
		expect(tables.status).toEqual({ address: ADDRESS, entries: 5, leftOut: 3 });
		expect(events.filter((event) => event === "usable")).toHaveLength(2);
	});

	test("is left alone while it holds what is wanted, and looked at now and then", async () => {
		confirmed = table(5);
		expect(await tables.maintain()).toBe(false);
		events.length = 0;
		expect(await tables.maintain()).toBe(false);
		expect(events).toEqual([]);
		wanted = { entries: [...ENTRIES], leftOut: 0 };
		expect(await tables.maintain()).toBe(false);
		expect(events).toEqual([]);
		micros += 30_000_000;
		expect(await tables.maintain()).toBe(false);
		expect(events).toContain("extend");
	});

	test("grows with the market", async () => {
		confirmed = table(5);
		await tables.maintain();
		events.length = 0;
		for (const entries of [[...ENTRIES, anyAddress()], ENTRIES.toReversed()]) {
			wanted = { entries, leftOut: 0 };
			await tables.maintain();
			expect(events).toContain("extend");
			events.length = 0;
		}
	});

	test("is not waited for while trading is halted", async () => {
		[confirmed, isComplete, isHalted] = [table(3), false, true];
		expect(await tables.maintain()).toBe(false);
	});

	test("is not forgotten for others", async () => {
		confirmed = table(5);
		await tables.maintain();
		for (let index = 0; index < 20; index++) await tables.read(anyAddress());
		expect(tables.current).toEqual(table(5));
	});
});

test("a chain that does not answer makes a table unusable, and nothing else", async () => {
	const reader = { read: () => Promise.reject(new Error("timeout")) } as unknown as TableReader;
	const alone = new LookupTables({
		reader,
		growth: {} as TableGrowth,
		clock: { epochMicros: () => 0, monotonicMicros: () => 0 },
		wanted: () => wanted,
		onUsable: () => {},
		onDemand: () => {},
	});
	await alone.read(ADDRESS);
	expect(alone.offered({ address: ADDRESS, count: 1 })).toMatchObject({
		ok: false,
		error: { detail: `the lookup table ${ADDRESS} cannot be read: timeout` },
	});
});
