import { beforeEach, describe, expect, test } from "@jest/globals";
import { type AccountUpdate, MarketTable } from "../../../../core/market/market-table.ts";
import type { ReserveTick } from "../../../../core/market/tick-batch.ts";
import { AMM_INFO_OFFSET } from "../../../../core/market/venues/raydium-amm-v4/layout.ts";
import { POOL_STATE_OFFSET } from "../../../../core/market/venues/raydium-cpmm/layout.ts";
import { writeUint64 } from "../../../../core/types/bytes.ts";
import { allTicks, changedTicks } from "../../../support/ticks.ts";
import { ammFixture, cpmmFixture, type PoolFixture } from "./market-accounts.ts";
import { poolOf } from "./market-fixture.ts";
import { type PoolFields, poolAccount, wholePool } from "./venues/pumpswap/accounts.ts";

/** A row's accounts by number. */
const POOL = 0;
const VAULT_A = 1;
const VAULT_B = 2;

let fixture: PoolFixture;
let table: MarketTable;

beforeEach(async () => {
	fixture = await ammFixture({ coin: 7n, pc: 11n });
	table = new MarketTable([poolOf({ number: 0 }), poolOf({ number: 1 })]);
});

const poolBytes = (): Uint8Array => fixture.accounts.get(fixture.address)!.data;

function vaultBytes(amount: bigint): Uint8Array {
	const data = Uint8Array.from(fixture.accounts.get(fixture.vaultA)!.data);
	writeUint64(data, 64, amount);
	return data;
}

/** The whole state of the first row. */
const tick = (): ReserveTick => allTicks(table).ticks[0] as ReserveTick;

function notify(update: Partial<AccountUpdate>) {
	return table.apply({
		row: 0,
		account: VAULT_A,
		slot: 10,
		data: vaultBytes(1_000n),
		source: "notification",
		...update,
	});
}

function read(update: Partial<AccountUpdate>) {
	return notify({ source: "read", ...update });
}

function fill(slot = 10, row = 0): void {
	read({ row, slot, account: POOL, data: poolBytes() });
	read({ row, slot, account: VAULT_A, data: vaultBytes(1_000n) });
	read({ row, slot, account: VAULT_B, data: vaultBytes(2_000n) });
	table.setConnected(row, true);
}

describe("staleness", () => {
	test("a row is stale until its connection is trusted and all three accounts are known", () => {
		expect(tick()).toEqual({
			kind: "reserves",
			poolIndex: 0,
			slot: 0,
			reserveA: 0n,
			reserveB: 0n,
			openTimeSeconds: 0n,
			swapEnabled: false,
			stale: true,
		});
		table.setConnected(0, true);
		expect(table.isStale(0)).toBe(true);
		read({ account: POOL, data: poolBytes() });
		expect(table.isStale(0)).toBe(true);
		read({ account: VAULT_A });
		expect(table.isStale(0)).toBe(true);
		read({ account: VAULT_B, data: vaultBytes(2_000n) });
		expect(tick()).toMatchObject({
			slot: 10,
			reserveA: 993n,
			reserveB: 1_989n,
			stale: false,
			swapEnabled: true,
		});
		expect(table.staleRows).toBe(1);
	});

	test("a lost connection makes the row stale and leaves its numbers", () => {
		fill();
		table.setConnected(0, false);
		expect(tick()).toMatchObject({ reserveA: 993n, stale: true });
	});

	test.each([
		[POOL, new Uint8Array(3)],
		[VAULT_A, new Uint8Array(0)],
		[VAULT_B, new Uint8Array(165)],
	])("unreadable bytes of account %i make the row stale until readable ones come", (account, data) => {
		fill();
		expect(notify({ account, slot: 11, data })).toBe("undecodable");
		expect(table.isStale(0)).toBe(true);
		const good = account === POOL ? poolBytes() : vaultBytes(5_000n);
		expect(notify({ account, slot: 12, data: good })).toBe("applied");
		expect(table.isStale(0)).toBe(false);
	});

	test("a pool that owes more than it holds is stale, on either side, and never shows a negative reserve", () => {
		fill();
		notify({ slot: 11, data: vaultBytes(6n) });
		expect(tick()).toMatchObject({ reserveA: 0n, stale: true });
		notify({ slot: 12, data: vaultBytes(7n) });
		expect(tick()).toMatchObject({ reserveA: 0n, stale: false });
		notify({ slot: 12, account: VAULT_B, data: vaultBytes(10n) });
		expect(tick()).toMatchObject({ reserveB: 0n, stale: true });
	});

	test.each([
		[2n ** 63n - 1n, 0n],
		[2n ** 63n, 0n],
		[2n ** 63n + 5n, 11n],
		[2n ** 64n - 1n, 2n ** 63n - 1n],
		[2n ** 64n - 1n, 2n ** 63n],
		[2n ** 64n - 1n, 2n ** 64n - 1n],
		[2n ** 32n, 2n ** 32n - 1n],
	])("what a vault of %i holds less the %i that is owed, to the unit", (held, owed) => {
		fill();
		const data = poolBytes().slice();
		writeUint64(data, AMM_INFO_OFFSET.needTakePnlCoin, owed);
		notify({ slot: 11, account: POOL, data });
		notify({ slot: 11, data: vaultBytes(held) });
		expect(tick()).toMatchObject({ reserveA: held - owed, reserveB: 1_989n, stale: false });
		notify({ slot: 12, data: vaultBytes(owed - 1n < 0n ? 0n : owed - 1n) });
		expect(tick()).toMatchObject({ reserveA: 0n, stale: owed > 0n });
	});

	test.each([
		[5n, 12n],
		[2n ** 63n, 2n ** 63n + 7n],
		[2n ** 64n - 8n, 2n ** 64n - 1n],
		[-7n, 0n],
		[-6n, 1n],
	])("virtual reserves of %i are added to what a vault holds, to the unit", (virtualQuoteReserves, reserveB) => {
		table = new MarketTable([wholePool()]);
		fill();
		notify({ slot: 11, account: POOL, data: poolAccount({ virtualQuoteReserves }).data });
		notify({ slot: 11, account: VAULT_B, data: vaultBytes(7n) });
		const isPossible = virtualQuoteReserves <= 2n ** 63n;
		expect(tick()).toMatchObject({ reserveA: 1_000n, stale: !isPossible, ...(isPossible ? { reserveB } : {}) });
	});

	test.each([
		[8n, true],
		[-8n, true],
		[7n, false],
	])("a pool that is owed what makes no u64 of the vault's balance is stale", (over, isStale) => {
		table = new MarketTable([wholePool()]);
		fill();
		notify({ slot: 11, account: POOL, data: poolAccount({ virtualQuoteReserves: over }).data });
		notify({ slot: 11, account: VAULT_B, data: vaultBytes(over > 0n ? 2n ** 64n - 8n : 7n) });
		expect(table.isStale(0)).toBe(isStale);
	});

	test.each([
		["0", VAULT_A, "reserveA"],
		["1", VAULT_B, "reserveB"],
	] as const)(
		"fees of token %s that together are no u64 make the row stale until they are one",
		async (token, vault, reserve) => {
			const cpmm = await cpmmFixture();
			table = new MarketTable([poolOf({ number: 0, venue: "raydium-cpmm" })]);
			const owing = (protocol: bigint, fund: bigint) => {
				const data = Uint8Array.from(cpmm.accounts.get(cpmm.address)!.data);
				writeUint64(data, POOL_STATE_OFFSET[`protocolFeesToken${token}`], protocol);
				writeUint64(data, POOL_STATE_OFFSET[`fundFeesToken${token}`], fund);
				writeUint64(data, POOL_STATE_OFFSET[`creatorFeesToken${token}`], 0n);
				return data;
			};
			fill();
			notify({ slot: 10, account: vault, data: vaultBytes(2n ** 64n - 1n) });
			expect(notify({ slot: 11, account: POOL, data: owing(2n ** 63n, 2n ** 63n) })).toBe("undecodable");
			expect(table.isStale(0)).toBe(true);
			expect(notify({ slot: 12, account: POOL, data: owing(2n ** 63n, 2n ** 63n - 8n) })).toBe("applied");
			expect(tick()).toMatchObject({ [reserve]: 7n, stale: false });
		},
	);

	test("an account that a read does not find makes the row stale, unless it was told of later", () => {
		fill(10);
		table.miss(0, VAULT_A, 9);
		expect(table.isStale(0)).toBe(false);
		table.miss(0, VAULT_A, 10);
		expect(table.isStale(0)).toBe(true);
	});
});

describe("order", () => {
	test("a notification from an older slot is refused; of one slot the later counts", () => {
		fill(10);
		expect(notify({ slot: 9, data: vaultBytes(1n) })).toBe("outOfOrder");
		expect(tick().reserveA).toBe(993n);
		expect(notify({ slot: 10, data: vaultBytes(500n) })).toBe("applied");
		expect(notify({ slot: 10, data: vaultBytes(600n) })).toBe("applied");
		expect(tick().reserveA).toBe(593n);
	});

	test("slots are kept by account, not by row", () => {
		fill(10);
		notify({ slot: 20 });
		expect(notify({ slot: 15, account: VAULT_B, data: vaultBytes(300n) })).toBe("applied");
		expect(tick()).toMatchObject({ slot: 20, reserveB: 289n });
	});

	test("a notification that arrived meanwhile wins over a read of its slot or an older one", () => {
		notify({ slot: 12, data: vaultBytes(500n) });
		expect(read({ slot: 11, data: vaultBytes(1n) })).toBe("superseded");
		expect(read({ slot: 12, data: vaultBytes(1n) })).toBe("superseded");
		expect(read({ slot: 13, data: vaultBytes(700n) })).toBe("applied");
		fill(13);
		expect(tick().reserveA).toBe(993n);
	});

	test("after a lost connection a read of the same slot counts, an older one does not", () => {
		fill(10);
		notify({ slot: 12, data: vaultBytes(500n) });
		table.forget(0);
		expect(read({ slot: 11, data: vaultBytes(1n) })).toBe("superseded");
		expect(read({ slot: 12, data: vaultBytes(507n) })).toBe("applied");
		expect(tick().reserveA).toBe(500n);
	});

	test("forgetting one row leaves the other", () => {
		notify({ row: 1, slot: 12 });
		table.forget(0);
		expect(read({ row: 1, slot: 12 })).toBe("superseded");
	});
});

describe("changes", () => {
	test("a row is told once however often it changed, in the order of first change", () => {
		fill(10, 1);
		fill(10, 0);
		notify({ row: 1, slot: 11 });
		expect(table.changed).toBe(2);
		expect(changedTicks(table).map(({ poolIndex }) => poolIndex)).toEqual([1, 0]);
		expect(changedTicks(table)).toEqual([]);
		notify({ slot: 12 });
		expect(changedTicks(table).map(({ poolIndex }) => poolIndex)).toEqual([0]);
	});

	test("what was refused is no change; nor is trust that was there already", () => {
		fill();
		changedTicks(table);
		notify({ slot: 3 });
		table.setConnected(0, true);
		expect(table.changed).toBe(0);
		table.setConnected(0, false);
		expect(table.changed).toBe(1);
	});

	test("a snapshot holds every row and changes nothing", () => {
		fill();
		expect(allTicks(table).ticks.map(({ poolIndex, stale }) => [poolIndex, stale])).toEqual([
			[0, false],
			[1, true],
		]);
		expect(table.changed).toBe(1);
		expect(table.rows).toBe(2);
	});
});

describe("a pool that is not what its description says", () => {
	const POOL_SWAP = wholePool();
	const update = (slot: number, fields: PoolFields) =>
		table.apply({ row: 0, account: POOL, slot, data: poolAccount(fields).data, source: "notification" });

	beforeEach(() => {
		table = new MarketTable([POOL_SWAP, poolOf({ number: 1 })]);
		expect(update(9, {})).toBe("applied");
		read({ account: VAULT_A, data: vaultBytes(1_000n) });
		read({ account: VAULT_B, data: vaultBytes(2_000n) });
		table.setConnected(0, true);
		expect(table.isStale(0)).toBe(false);
	});

	test.each<[string, PoolFields]>([
		["its creator was taken away", { hasCreator: false }],
		["it pays cashback", { isCashbackCoin: true }],
		["it is in mayhem mode", { isMayhemMode: true }],
		["it has a rate of its own", { creatorFeeBps: 3n }],
	])("is stale and outdated: %s; and is not once it says again what it said", (_what, fields) => {
		expect(table.isOutdated).toBe(false);
		expect(update(11, fields)).toBe("outdated");
		expect([table.isStale(0), table.isOutdated]).toEqual([true, true]);
		expect(tick()).toMatchObject({ stale: true });
		expect(update(12, { virtualQuoteReserves: -1n })).toBe("applied");
		expect([table.isStale(0), table.isOutdated]).toEqual([false, false]);
	});

	test("is not outdated when its bytes are no pool: that is another trouble", () => {
		expect(table.apply({ row: 0, account: POOL, slot: 11, data: new Uint8Array(3), source: "read" })).toBe(
			"undecodable",
		);
		expect([table.isStale(0), table.isOutdated]).toEqual([true, false]);
	});
});
