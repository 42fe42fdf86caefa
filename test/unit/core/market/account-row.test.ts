import { describe, expect, test } from "@jest/globals";
import { AccountRow } from "../../../../core/market/account-row.ts";
import type { NamedAccount } from "../../../../core/market/named-account.ts";
import type { AccountTick, Tick } from "../../../../core/market/tick-batch.ts";
import type { AccountMarket } from "../../../../core/market/venues/venue.ts";
import {
	type AccountWorld,
	adaptiveWhirlpoolWorld,
	clmmAtTick,
	clmmWorld,
	dammWorld,
	described,
	whirlpoolAtTick,
	whirlpoolWorld,
} from "./venues/account-worlds.ts";
import { SCENARIO } from "./venues/orca-whirlpool/accounts.ts";

const STAMP = { poolIndex: 3, slot: 77, stale: false };
const POOL = 0;

/** Ticks of a Whirlpool's array of spacing 64. */
const SPAN = 88 * 64;

const rowOf = (world: AccountWorld) => new AccountRow(world.venue, described(world));

/** The row's numbers by what they stand for, in the order in which it was given. */
function take(row: AccountRow, world: AccountWorld): readonly NamedAccount[] {
	row.take(POOL, world.data("pool", 0));
	return row.takeWanted();
}

/** Start indexes of the wanted accounts of a row's newest ticks. */
const told = (ticks: readonly Tick[]) =>
	ticks.map((tick) => (tick.kind === "account" ? `${tick.place} ${tick.startIndex}` : tick.kind));

/** The accounts that a market of the world wants, in its order. */
function wantedOf(world: AccountWorld) {
	const market = world.venue.open(described(world));
	market.apply({ place: "pool", startIndex: 0, data: world.data("pool", 0) });
	return market.wanted();
}

const arrayAtZero = (row: AccountRow) =>
	row
		.allTicks(STAMP)
		.find((one) => one.kind === "account" && one.place === "array" && one.startIndex === 0) as AccountTick;

/** A CLMM pool with a tick in each of 17 arrays: more than it wants at a time. */
const wideClmm = (tick: number) =>
	clmmAtTick(
		tick,
		Array.from({ length: 17 }, (_, at) => [(at - 8) * 600 + 300, 0n, 1n + BigInt(at)] as const),
	);

/** Tells a row all that it follows since the last call. */
function answer(row: AccountRow, world: AccountWorld, named: readonly NamedAccount[]): void {
	for (const { account, address } of named) {
		if (typeof address === "string") throw new Error("only the pool goes by its address");
		const wanted = wantedOf(world).find(({ seeds }) => String(seeds) === String(address.seeds));
		if (!wanted) throw new Error("nobody wants it");
		row.take(account, world.data(wanted.place, wanted.startIndex));
	}
}

function applyTo(market: AccountMarket, ticks: readonly Tick[]): void {
	for (const tick of ticks) if (tick.kind === "account") market.apply(tick as AccountTick);
}

describe("a row that is not whole", () => {
	test("knows nothing, and follows its pool alone", () => {
		const row = rowOf(whirlpoolWorld());
		expect(row.isWhole).toBe(false);
		expect(row.accounts).toEqual([{ account: POOL, address: described(whirlpoolWorld()).address }]);
		expect(row.takeWanted()).toEqual([]);
		expect(row.takeTicks(STAMP)).toEqual([{ kind: "status", ...STAMP }]);
		expect(row.allTicks(STAMP)).toEqual([{ kind: "status", ...STAMP }]);
	});

	test("takes nothing under a number that stands for no account", () => {
		const world = whirlpoolWorld();
		const row = rowOf(world);
		expect(row.take(5, world.data("pool", 0))).toBe(false);
		expect(row.take(row.capacity, world.data("pool", 0))).toBe(false);
		expect(row.isWhole).toBe(false);
	});

	test("has lost its pool's account, or has bytes that are none; what was told is not told again", () => {
		for (const world of [dammWorld(), whirlpoolWorld(), clmmWorld()]) {
			for (const data of [null, new Uint8Array(0), new Uint8Array(world.venue.poolAccountSize)]) {
				const row = rowOf(world);
				take(row, world);
				expect(row.isWhole).toBe(true);
				expect(row.take(POOL, data)).toBe(false);
				expect(row.isWhole).toBe(false);
				expect(told(row.allTicks(STAMP)).filter((one) => one === "pool 0")).toEqual([]);
				expect(row.take(POOL, world.data("pool", 0))).toBe(true);
				expect(row.isWhole).toBe(true);
			}
		}
	});

	test("has an array that cannot be read, until it can", () => {
		const world = whirlpoolWorld();
		const row = rowOf(world);
		const [first] = take(row, world);
		answer(row, world, row.accounts.slice(1));
		expect(row.isWhole).toBe(true);
		expect(row.take(first!.account, new Uint8Array(9))).toBe(false);
		expect(row.isWhole).toBe(false);
		expect(row.take(first!.account, null)).toBe(true);
		expect(row.isWhole).toBe(true);
	});
});

describe("what a row follows", () => {
	test("nothing but the pool where the venue wants nothing else", () => {
		const row = rowOf(dammWorld());
		expect(take(row, dammWorld())).toEqual([]);
		expect(row.accounts).toHaveLength(1);
		expect([row.isWhole, row.leftOut]).toEqual([true, 0]);
	});

	test("what the market wants, by numbers of its own and seeds, told once", () => {
		for (const world of [adaptiveWhirlpoolWorld(), clmmWorld()]) {
			const row = rowOf(world);
			const named = take(row, world);
			expect(named.map(({ account }) => account)).toEqual(named.map((_, at) => at + 1));
			expect(named.map(({ address }) => address)).toEqual(
				wantedOf(world).map(({ seeds }) => ({ program: world.venue.programId, seeds })),
			);
			expect(row.accounts.slice(1)).toEqual(named);
			expect(row.takeWanted()).toEqual([]);
			expect(take(row, world)).toEqual([]);
		}
	});

	test("moves with the price, and keeps what it left behind while there is room", () => {
		const row = rowOf(whirlpoolAtTick(10));
		expect(take(row, whirlpoolAtTick(10))).toHaveLength(5);
		const one = take(row, whirlpoolAtTick(SPAN + 10));
		expect(one.map(({ account }) => account)).toEqual([6]);
		expect(row.accounts).toHaveLength(7);
		expect(take(row, whirlpoolAtTick(10))).toEqual([]);
	});

	test("takes the numbers of what is not wanted any more when there are no others, and never the pool's", () => {
		const row = rowOf(whirlpoolAtTick(10));
		for (let step = 0; step < 40; step++) {
			const world = whirlpoolAtTick(step * SPAN + 10);
			answer(row, world, take(row, world));
			const numbers = row.accounts.map(({ account }) => account);
			expect(new Set(numbers).size).toBe(numbers.length);
			expect(Math.max(...numbers)).toBeLessThan(row.capacity);
			expect(row.accounts[0]?.account).toBe(POOL);
			const seeds = row.accounts
				.slice(1)
				.map(({ address }) => (typeof address === "string" ? "" : String(address.seeds)));
			for (const wanted of wantedOf(world)) expect(seeds).toContain(String(wanted.seeds));
		}
		expect(row.leftOut).toBe(0);
		expect(row.accounts).toHaveLength(row.capacity);
	});

	test("counts what had no room", () => {
		const world = whirlpoolWorld();
		const { venue } = world;
		const many = Array.from({ length: 20 }, (_, at) => ({ place: "array" as const, startIndex: at, seeds: [] }));
		const greedy = {
			...venue,
			open: () =>
				Object.assign(Object.create(venue.open(described(world))), {
					apply: () => true,
					wanted: () => many,
				}) as AccountMarket,
		};
		const row = new AccountRow(greedy, described(world));
		row.take(POOL, world.data("pool", 0));
		expect([row.takeWanted().length, row.leftOut]).toEqual([15, 5]);
	});
});

describe("what a row tells", () => {
	test("each account that changed, once, with all its bytes", () => {
		const world = whirlpoolWorld();
		const row = rowOf(world);
		const named = take(row, world);
		expect(row.takeTicks(STAMP)).toEqual([
			{ kind: "account", ...STAMP, place: "pool", startIndex: 0, data: world.data("pool", 0) },
		]);
		answer(row, world, named.slice(0, 2));
		expect(told(row.takeTicks(STAMP))).toEqual([`array ${-2 * SPAN}`, `array ${-SPAN}`]);
		expect(told(row.takeTicks(STAMP))).toEqual(["status"]);
		expect(told(row.allTicks(STAMP))).toEqual(["pool 0", `array ${-2 * SPAN}`, `array ${-SPAN}`]);
		const [absent] = row.allTicks(STAMP).filter((tick) => tick.kind === "account" && tick.startIndex === -2 * SPAN);
		expect(absent).toEqual({ kind: "account", ...STAMP, place: "array", startIndex: -2 * SPAN, data: null });
	});

	test("a copy: bytes that are overwritten later do not change it", () => {
		const world = whirlpoolWorld();
		const row = rowOf(world);
		const data = Uint8Array.from(world.data("pool", 0) as Uint8Array);
		row.take(POOL, data);
		data.fill(0);
		const [tick] = row.takeTicks(STAMP) as [AccountTick];
		expect(tick.data).toEqual(world.data("pool", 0));
	});

	test("bytes of another length, too: a dynamic array grows", () => {
		const world = whirlpoolWorld();
		const row = rowOf(world);
		const named = take(row, world);
		answer(row, world, named);
		const dynamic = named[2]!.account;
		const before = arrayAtZero(row);
		const grown = whirlpoolWorld({
			...SCENARIO,
			arrays: [
				{
					start: 0,
					kind: "dynamic",
					ticks: [
						[3, 5n],
						[80, -5n],
					],
				},
			],
		});
		expect(row.take(dynamic, grown.data("array", 0))).toBe(true);
		const after = arrayAtZero(row);
		expect(after.data).toEqual(grown.data("array", 0));
		expect(after.data?.length).toBeGreaterThan(before.data?.length as number);
	});

	test("unreadable bytes are not passed on: a status alone", () => {
		const world = dammWorld();
		const row = rowOf(world);
		take(row, world);
		row.takeTicks(STAMP);
		row.take(POOL, new Uint8Array(3));
		expect(row.takeTicks({ ...STAMP, stale: true })).toEqual([{ kind: "status", ...STAMP, stale: true }]);
	});
});

describe("a market that hears the row's ticks alone", () => {
	const quotes = (market: AccountMarket, { clock }: AccountWorld) =>
		(["aToB", "bToA"] as const).map((direction) => market.quoteExactIn(direction, 3_000_000n, clock));

	test.each([
		["CLMM", [5, 5 + 600 * 3, 5, 605, 5], clmmAtTick],
		["CLMM of many arrays", [5, 605, 600 * 6, 600 * 3, 5, -600 * 6, 5], wideClmm],
		["Whirlpool", [10, SPAN * 3, 10, SPAN * 30, 10], whirlpoolAtTick],
	] as [string, number[], (tick: number) => AccountWorld][])(
		"quotes as one that knows everything, also when the price of a %s comes back",
		(_name, path, worldAt) => {
			const row = rowOf(worldAt(path[0] as number));
			const heard = worldAt(path[0] as number).venue.open(described(worldAt(path[0] as number)));
			for (const tick of path) {
				const world = worldAt(tick);
				const named = take(row, world);
				answer(row, world, named);
				applyTo(heard, row.takeTicks(STAMP));
				const whole = world.venue.open(described(world));
				whole.apply({ place: "pool", startIndex: 0, data: world.data("pool", 0) });
				for (const { place, startIndex } of whole.wanted()) {
					whole.apply({ place, startIndex, data: world.data(place, startIndex) });
				}
				expect(quotes(heard, world)).toEqual(quotes(whole, world));
			}
		},
	);

	test("is never told that a row is whole of which it knows an array from long ago", () => {
		const start = whirlpoolAtTick(10);
		const row = rowOf(start);
		const far = (step: number) => whirlpoolAtTick(step * SPAN + 10);
		for (let step = 0; step < 12; step++) answer(row, far(step), take(row, far(step)));
		for (let step = 11; step >= 0; step--) {
			const named = take(row, far(step));
			expect(row.isWhole).toBe(named.length === 0);
			answer(row, far(step), named);
			expect(row.isWhole).toBe(true);
		}
	});
});
