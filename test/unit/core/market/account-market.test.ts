import { beforeEach, describe, expect, test } from "@jest/globals";
import { Book } from "../../../../core/market/book.ts";
import { type AccountUpdate, MarketTable } from "../../../../core/market/market-table.ts";
import {
	type AccountTick,
	MAX_BATCH_BYTES,
	MAX_TICKS_PER_BATCH,
	type Tick,
	tickBytes,
} from "../../../../core/market/tick-batch.ts";
import { allTicks, changedTicks, encodeTickBatch } from "../../../support/ticks.ts";
import { batchOf, poolOf, tickOf } from "./market-fixture.ts";
import {
	type AccountWorld,
	dammWorld,
	described,
	openedMarket,
	whirlpoolAtTick,
	whirlpoolWorld,
} from "./venues/account-worlds.ts";
import { OFFSET, poolBytes } from "./venues/meteora-damm-v2/pool-bytes.ts";

/** By their rows. */
const DAMM = 0;
const WHIRLPOOL = 1;
const RESERVES = 2;
const POOL = 0;
const SPAN = 88 * 64;

const damm = dammWorld();
const whirlpool = whirlpoolWorld();
const POOLS = [described(damm), described(whirlpool), poolOf({ number: 0 })];

const HEADER = {
	catalogEpoch: 1,
	sequence: 1,
	slot: 1,
	receivedAtMicros: 1,
	decodedAtMicros: 1,
	snapshot: false,
	chainSeconds: 1,
	epoch: 0,
};

let table: MarketTable;
let book: Book;
let sequence: number;

beforeEach(() => {
	table = new MarketTable(POOLS);
	book = new Book({ catalogEpoch: 1, pools: POOLS });
	sequence = 10;
	book.heal([batchOf({ sequence, snapshot: true }, allTicks(table).ticks)], book.snapshotRequest());
});

const read = (update: Pick<AccountUpdate, "row" | "account" | "data"> & Partial<AccountUpdate>) =>
	table.apply({ slot: 10, source: "read", ...update });

/** Reads a row's pool and all that it wants after that. */
function fill(row: number, world: AccountWorld, slot = 10, arraySlot = slot): void {
	read({ row, account: POOL, slot, data: world.data("pool", 0) as Uint8Array });
	const wanted = openedMarket(world).wanted();
	for (const { account, address } of table.takeWanted(row)) {
		if (typeof address === "string") throw new Error("only the pool goes by its address");
		const one = wanted.find(({ seeds }) => String(seeds) === String(address.seeds));
		const data = one ? world.data(one.place, one.startIndex) : null;
		if (data === null) table.miss(row, account, arraySlot);
		else read({ row, account, slot: arraySlot, data });
	}
	table.setConnected(row, true);
}

/** Has the book hear what changed in the table. */
const hear = () => book.apply(batchOf({ sequence: ++sequence }, changedTicks(table)));

const quotes = (row: number, { clock }: AccountWorld) =>
	(["aToB", "bToA"] as const).map((way) => book.rows[row]?.market.quoteExactIn(way, 1_000_000n, clock));

const expected = (world: AccountWorld) =>
	(["aToB", "bToA"] as const).map((way) => openedMarket(world).quoteExactIn(way, 1_000_000n, world.clock));

describe("a pool that is priced by its accounts, in the table", () => {
	test("is stale until its pool is known and its connection trusted", () => {
		expect(table.staleRows).toBe(3);
		table.setConnected(DAMM, true);
		expect(table.isStale(DAMM)).toBe(true);
		expect(read({ row: DAMM, account: POOL, data: damm.data("pool", 0) as Uint8Array })).toBe("applied");
		expect(table.isStale(DAMM)).toBe(false);
		table.setConnected(DAMM, false);
		expect(table.isStale(DAMM)).toBe(true);
	});

	test("is stale when its pool is gone or unreadable, and its quotes stop with it", () => {
		fill(DAMM, damm);
		hear();
		expect(quotes(DAMM, damm)).toEqual(expected(damm));
		expect(read({ row: DAMM, account: POOL, slot: 11, data: new Uint8Array(9) })).toBe("undecodable");
		hear();
		expect(book.rows[DAMM]?.stale).toBe(true);
		fill(DAMM, damm, 12);
		hear();
		expect(book.rows[DAMM]?.stale).toBe(false);
		table.miss(DAMM, POOL, 13);
		hear();
		expect(book.rows[DAMM]?.stale).toBe(true);
	});

	test("refuses an older notification of an array, and takes any of one whose number is new", () => {
		fill(WHIRLPOOL, whirlpool);
		const [, first] = table.accountsOf(WHIRLPOOL);
		const data = whirlpool.data("array", 0) as Uint8Array;
		const account = first!.account;
		expect(table.apply({ row: WHIRLPOOL, account, slot: 9, data, source: "notification" })).toBe("outOfOrder");
		for (let step = 1; step < 14; step++) fill(WHIRLPOOL, whirlpoolAtTick(10 + step * SPAN), 100 + step);
		// The numbers were others' at slot 100 and later.
		fill(WHIRLPOOL, whirlpoolAtTick(10), 200, 50);
		expect(table.isStale(WHIRLPOOL)).toBe(false);
		hear();
		expect(quotes(WHIRLPOOL, whirlpool)).toEqual(expected(whirlpool));
		expect(table.takeWanted(WHIRLPOOL)).toEqual([]);
	});
});

describe("a pool that is priced by its accounts, in the book", () => {
	test("quotes what its accounts give, and shows the reserves of its range", () => {
		fill(DAMM, damm);
		fill(WHIRLPOOL, whirlpool);
		expect(hear()).toMatchObject({ status: "applied", changed: [DAMM, WHIRLPOOL] });
		for (const [row, world] of [
			[DAMM, damm],
			[WHIRLPOOL, whirlpool],
		] as const) {
			const market = openedMarket(world);
			expect(quotes(row, world)).toEqual(expected(world));
			expect(book.rows[row]).toMatchObject({
				isOneCurve: false,
				stale: false,
				slot: 10,
				swapEnabled: true,
				openTimeSeconds: 0n,
				reserveA: market.reserveA,
				reserveB: market.reserveB,
				roughA: Number(market.reserveA),
				roughB: Number(market.reserveB),
			});
		}
		expect(book.rows[RESERVES]?.isOneCurve).toBe(true);
	});

	test("counts a version for every account that was told, and none for a status", () => {
		fill(WHIRLPOOL, whirlpool);
		const ticks = changedTicks(table);
		book.apply(batchOf({ sequence: ++sequence }, ticks));
		const { version } = book.rows[WHIRLPOOL]!;
		expect(version).toBe(ticks.length);
		table.setConnected(WHIRLPOOL, false);
		expect(hear()).toMatchObject({ status: "applied" });
		expect(book.rows[WHIRLPOOL]).toMatchObject({ stale: true, version });
	});

	test("keeps the market's object and the row's", () => {
		const [row] = book.rows;
		const { market } = row!;
		fill(DAMM, damm);
		hear();
		expect(book.rows[DAMM]).toBe(row);
		expect(row?.market).toBe(market);
	});

	test("asks for another catalog when a tick is of the other kind", () => {
		fill(DAMM, damm);
		const [account] = changedTicks(table) as [AccountTick];
		const other = { ...account, poolIndex: RESERVES };
		expect(book.apply(batchOf({ sequence: ++sequence }, [other])).status).toBe("needsCatalog");
		book.heal([batchOf({ sequence, snapshot: true }, allTicks(table).ticks)], book.snapshotRequest());
		expect(book.apply(batchOf({ sequence: ++sequence }, [tickOf({ poolIndex: DAMM })])).status).toBe("needsCatalog");
		expect(book.stale).toBe(true);
	});

	test("counts bytes that are none of the venue's, and refuses the quotes that need them", () => {
		fill(DAMM, damm);
		hear();
		const tick: AccountTick = {
			kind: "account",
			poolIndex: DAMM,
			slot: 20,
			stale: false,
			place: "pool",
			startIndex: 0,
			data: new Uint8Array(5),
		};
		book.apply(batchOf({ sequence: ++sequence }, [tick]));
		expect(book.undecodable).toBe(1);
		expect(book.rows[DAMM]).toMatchObject({ swapEnabled: false, reserveA: 0n });
		expect(quotes(DAMM, damm)).toEqual([
			{ ok: false, error: "swapDisabled" },
			{ ok: false, error: "swapDisabled" },
		]);
	});

	test("keeps nothing of a message: its memory may be used again", () => {
		fill(DAMM, damm);
		fill(WHIRLPOOL, whirlpool);
		const batch = batchOf({ sequence: ++sequence }, changedTicks(table));
		book.apply(batch);
		batch.fill(0xaa);
		expect(quotes(DAMM, damm)).toEqual(expected(damm));
		expect(quotes(WHIRLPOOL, whirlpool)).toEqual(expected(whirlpool));
	});

	test("is healed account by account: a page does not take back what the stream told later", () => {
		fill(DAMM, damm);
		fill(WHIRLPOOL, whirlpool);
		hear();
		const request = book.snapshotRequest();
		const page = batchOf({ sequence, snapshot: true }, allTicks(table).ticks);
		const dearer = dammWorld(poolBytes([OFFSET.sqrtPrice, 16, (1n << 64n) + (1n << 60n)]));
		fill(DAMM, dearer, 11);
		hear();
		expect(quotes(DAMM, damm)).toEqual(expected(dearer));
		expect(book.heal([page], request).status).toBe("applied");
		expect(quotes(DAMM, damm)).toEqual(expected(dearer));
		expect(quotes(WHIRLPOOL, whirlpool)).toEqual(expected(whirlpool));
	});

	test("a snapshot gives a new book all quotes", () => {
		fill(DAMM, damm);
		fill(WHIRLPOOL, whirlpool);
		const other = new Book({ catalogEpoch: 1, pools: POOLS });
		other.heal([batchOf({ sequence: 3, snapshot: true }, allTicks(table).ticks)], other.snapshotRequest());
		book = other;
		expect(quotes(DAMM, damm)).toEqual(expected(damm));
		expect(quotes(WHIRLPOOL, whirlpool)).toEqual(expected(whirlpool));
		expect(other.rows.map(({ stale }) => stale)).toEqual([false, false, true]);
	});
});

describe("batches", () => {
	const MANY = 200;
	const many = Array.from({ length: MANY }, () => POOLS[WHIRLPOOL]!);

	test("stay below what a message carries, lose no row and tell none twice", () => {
		table = new MarketTable(many);
		for (let row = 0; row < MANY; row++) fill(row, whirlpool);
		const taken: Tick[] = [];
		let batches = 0;
		for (let ticks = changedTicks(table); ticks.length > 0; ticks = changedTicks(table)) {
			expect(ticks.length).toBeLessThanOrEqual(MAX_TICKS_PER_BATCH);
			expect(encodeTickBatch(HEADER, ticks).length).toBeLessThanOrEqual(MAX_BATCH_BYTES);
			taken.push(...ticks);
			batches++;
		}
		expect(batches).toBeGreaterThan(1);
		expect(table.changed).toBe(0);
		expect(taken).toHaveLength(MANY * 6);
		expect(new Set(taken.map(({ poolIndex }) => poolIndex)).size).toBe(MANY);
	});

	test("so do the pages of a snapshot, which together are the whole market", () => {
		table = new MarketTable(many);
		for (let row = 0; row < MANY; row++) fill(row, whirlpool);
		const rows: number[] = [];
		let pages = 0;
		for (let from: number | null = 0; from !== null; ) {
			const page = allTicks(table, from);
			expect(encodeTickBatch(HEADER, page.ticks).length).toBeLessThanOrEqual(MAX_BATCH_BYTES);
			rows.push(...new Set(page.ticks.map(({ poolIndex }) => poolIndex)));
			from = page.next;
			pages++;
		}
		expect(pages).toBeGreaterThan(1);
		expect(rows).toEqual(many.map((_, row) => row));
	});

	test("a tick's size is what it takes, padded to eight", () => {
		const empty = encodeTickBatch(HEADER, []).length;
		for (const length of [0, 1, 7, 8, 9, 653, 1_112, 9_988]) {
			const tick: Tick = {
				kind: "account",
				poolIndex: 1,
				slot: 1,
				stale: false,
				place: "array",
				startIndex: -5_632,
				data: new Uint8Array(length),
			};
			expect(encodeTickBatch(HEADER, [tick]).length - empty).toBe(tickBytes(tick));
			expect(tickBytes(tick) % 8).toBe(0);
			expect(tickBytes(tick) - tickBytes({ ...tick, data: null })).toBe(Math.ceil(length / 8) * 8);
		}
	});
});
