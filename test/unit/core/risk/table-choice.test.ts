import { beforeEach, describe, expect, test } from "@jest/globals";
import { type KnownTable, wantedEntries } from "../../../../core/execution/lookup-table.ts";
import { fitsPacket } from "../../../../core/execution/transaction-size.ts";
import type { PoolDescriptor } from "../../../../core/market/pool.ts";
import type { Direction } from "../../../../core/market/venues/venue.ts";
import { type SizedIntent, TableChoice } from "../../../../core/risk/table-choice.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import { anyAddress, exampleLender, examplePool } from "../../libs/solana/example-route.ts";

const lender = exampleLender();
const pools = Array.from({ length: 4 }, () => examplePool("raydium-cpmm"));
const market = { pools, lenders: [lender] };
const [first, second] = pools as [PoolDescriptor, PoolDescriptor];
const tableOf = (address = anyAddress()): KnownTable => ({ address, entries: wantedEntries(pools, [lender]).entries });

function through(some: readonly PoolDescriptor[], parts: { isFunded?: boolean; isTipped?: boolean } = {}): SizedIntent {
	return {
		loan: parts.isFunded === false ? null : { reserve: lender.reserve, amount: 1n, fee: 0n },
		legs: some.map(({ address: pool }) => ({ pool, arrays: [] as readonly number[] }) as OrderIntent["legs"][number]),
		tip: parts.isTipped ? { account: anyAddress(), lamports: 1n } : null,
	};
}

let choice: TableChoice;

beforeEach(() => {
	choice = new TableChoice();
	choice.marketChanged(market);
});

describe("an intent gets no lookup table", () => {
	test("while none is known, or an empty one", () => {
		expect(choice.choose(through(pools))).toBeNull();
		choice.heard("one", { address: anyAddress(), entries: [] });
		expect(choice.choose(through(pools))).toBeNull();
	});

	test("where it fits without", () => {
		choice.heard("one", tableOf());
		expect(choice.choose(through([first]))).toBeNull();
		expect(choice.choose(through([first, second], { isFunded: false }))).toBeNull();
	});

	test("where a pool or its lender is not known: nobody can tell its size", () => {
		choice.heard("one", tableOf());
		expect(choice.choose(through([...pools.slice(1), examplePool("raydium-cpmm")]))).toBeNull();
		const stranger = { ...through(pools), loan: { reserve: anyAddress(), amount: 1n, fee: 0n } };
		expect(choice.choose(stranger)).toBeNull();
	});

	test("where the table does not make it fit", () => {
		choice.heard("one", { address: anyAddress(), entries: [anyAddress(), first.vaultA] });
		expect(choice.choose(through(pools))).toBeNull();
	});

	test("once no executor has one any more", () => {
		choice.heard("one", tableOf());
		expect(choice.choose(through(pools))).not.toBeNull();
		choice.heard("one", null);
		expect(choice.best).toBeNull();
		expect(choice.choose(through(pools))).toBeNull();
	});
});

describe("an intent gets a lookup table", () => {
	test("with all entries that are known, when it fits only so", () => {
		const table = tableOf();
		choice.heard("one", table);
		const use = { address: table.address, count: table.entries.length };
		expect(choice.choose(through(pools))).toEqual(use);
		expect(choice.choose(through(pools))).toEqual(use);
		expect(choice.choose(through(pools, { isFunded: false }))).toEqual(use);
	});

	test("for its tip alone, where that is one key too many", () => {
		const route = {
			lender: null,
			pools: [first, second, examplePool("raydium-amm-v4"), examplePool("raydium-amm-v4")],
		};
		expect(fitsPacket({ ...route, isTipped: false })).toBe(true);
		expect(fitsPacket({ ...route, isTipped: true })).toBe(false);
		choice.marketChanged({ pools: route.pools, lenders: [] });
		choice.heard("one", tableOf());
		expect(choice.choose(through(route.pools, { isFunded: false }))).toBeNull();
		expect(choice.choose(through(route.pools, { isFunded: false, isTipped: true }))).not.toBeNull();
	});

	test("for the one way of a PumpSwap leg that does not fit without, and not for the other", () => {
		// Buying names two accounts more than selling; so many others are left that it is those that count.
		const pump = examplePool("pumpswap");
		const others = [examplePool("raydium-amm-v4"), examplePool("raydium-amm-v4"), examplePool("raydium-cpmm")];
		const legsOf = (some: readonly PoolDescriptor[], direction: Direction) => {
			const { legs, ...intent } = through(some, { isFunded: false });
			return { ...intent, legs: legs.map((leg) => ({ ...leg, direction })) };
		};
		const fits = (some: readonly PoolDescriptor[], direction: Direction) =>
			fitsPacket({ lender: null, pools: some, directions: some.map(() => direction), isTipped: false });
		const between = [0, 1, 2, 3]
			.flatMap((count) => [0, 1].map((from) => [pump, ...others.slice(from, from + count)]))
			.find((some) => fits(some, "aToB") && !fits(some, "bToA"));
		if (!between) throw new Error("every route fits either way, or none");
		const { entries } = wantedEntries(between, []);
		choice.marketChanged({ pools: between, lenders: [] });
		choice.heard("one", { address: anyAddress(), entries });
		expect(choice.choose(legsOf(between, "aToB"))).toBeNull();
		expect(choice.choose(legsOf(between, "bToA"))).toMatchObject({ count: entries.length });
	});

	test("of a longer one as soon as that is heard", () => {
		const short = tableOf();
		choice.heard("one", short);
		expect(choice.choose(through(pools))).toMatchObject({ count: short.entries.length });
		const grown = { ...short, entries: [...short.entries, anyAddress()] };
		choice.heard("one", grown);
		expect(choice.choose(through(pools))).toEqual({ address: short.address, count: grown.entries.length });
	});

	test("of the longest of several, and of equal ones always the same", () => {
		const [one, other] = [tableOf(), tableOf()];
		const least = one.address < other.address ? one : other;
		choice.heard("one", one);
		choice.heard("two", other);
		expect(choice.best).toBe(least);
		const turned = new TableChoice();
		turned.heard("one", other);
		turned.heard("two", one);
		turned.heard("three", { ...one });
		expect(turned.best).toEqual(least);
		const most = least === one ? other : one;
		choice.heard("three", { ...most, entries: [...most.entries, anyAddress()] });
		expect(choice.best?.address).toBe(most.address);
	});

	test("as the market of now needs it", () => {
		choice.heard("one", tableOf());
		choice.marketChanged({ pools: [], lenders: [] });
		expect(choice.choose(through(pools))).toBeNull();
		choice.marketChanged(market);
		expect(choice.choose(through(pools))).not.toBeNull();
	});
});

describe("what was worked out once", () => {
	const long = through(pools);

	test("is the same object until a table or the market changes", () => {
		const table = tableOf();
		choice.heard("one", table);
		const use = choice.choose(long);
		expect(choice.choose(long)).toBe(use);
		choice.heard("one", { ...table });
		choice.heard("two", null);
		expect(choice.choose(long)).toBe(use);
		choice.heard("one", { address: anyAddress(), entries: table.entries });
		expect(choice.choose(long)).not.toEqual(use);
	});

	test("is told apart by loan, tip and pools", () => {
		const some = [first, second, examplePool("raydium-amm-v4"), examplePool("raydium-amm-v4")];
		choice.marketChanged({ pools: some, lenders: [lender] });
		choice.heard("one", tableOf());
		expect(choice.choose(through(some, { isFunded: false }))).toBeNull();
		expect(choice.choose(through(some))).not.toBeNull();
		expect(choice.choose(through(some.slice(0, 1)))).toBeNull();
		expect(choice.choose(through(some, { isFunded: false, isTipped: true }))).not.toBeNull();
		expect(choice.choose(through(some, { isFunded: false }))).toBeNull();
	});

	test("is forgotten when there is too much of it", () => {
		choice.heard("one", tableOf());
		const use = choice.choose(long);
		for (let index = 1; index < 4_096; index++) choice.choose(through([{ ...first, address: `${index}` as Address }]));
		expect(choice.choose(long)).toBe(use);
		choice.choose(through([{ ...first, address: "one more" as Address }]));
		expect(choice.choose(long)).not.toBe(use);
		expect(choice.choose(long)).toEqual(use);
	});
});

test("what is remembered of executors is bounded", () => {
	for (let index = 0; index < 256; index++) choice.heard(`executor ${index}`, tableOf());
	choice.heard("one too many", { address: anyAddress(), entries: [...tableOf().entries, anyAddress()] });
	expect(choice.best?.entries).toHaveLength(tableOf().entries.length);
	choice.heard("executor 0", null);
	choice.heard("one too many", { address: anyAddress(), entries: [...tableOf().entries, anyAddress()] });
	expect(choice.best?.entries).toHaveLength(tableOf().entries.length + 1);
});
