import { beforeEach, describe, expect, test } from "@jest/globals";
import { readReserveMarket } from "../../../../core/market/reserve-market.ts";
import { passRoute } from "../../../../core/market/route.ts";
import { reserveVenueById, VENUES } from "../../../../core/market/venues/index.ts";
import type { Direction, PoolMarket, ReserveVenue } from "../../../../core/market/venues/venue.ts";
import { writeUint64 } from "../../../../core/types/bytes.ts";
import { marketOf, marketOfAccounts } from "../../../support/reserve-market.ts";
import { ammFixture, type PoolFixture } from "./market-accounts.ts";
import { poolOf } from "./market-fixture.ts";
import { type AccountWorld, clmmWorld, dammWorld, openedMarket, whirlpoolWorld } from "./venues/account-worlds.ts";
import { OFFSET, poolBytes } from "./venues/meteora-damm-v2/pool-bytes.ts";

const { clock } = dammWorld();
const reserves = () => marketOf(poolOf({ number: 1 }), { reserveA: 1_000_000_000n, reserveB: 1_100_000_000n });
const leg = (market: PoolMarket, direction: Direction) => ({ market, direction });

function quoted(market: PoolMarket, direction: Direction, amount: bigint, now = clock) {
	const quote = market.quoteExactIn(direction, amount, now);
	if (!quote.ok) throw new Error(quote.error);
	return quote.value;
}

describe("a route that does not go through", () => {
	test("is refused with the first leg's reason that refuses", () => {
		const closed = marketOf(poolOf({ number: 2 }), { reserveA: 1n, reserveB: 1n, swapEnabled: false });
		const [open, shut] = [leg(reserves(), "aToB"), leg(closed, "bToA")];
		expect(passRoute([open, shut], 1_000_000n, clock)).toEqual({ ok: false, error: "swapDisabled" });
		expect(passRoute([shut, open], 1_000_000n, clock)).toEqual({ ok: false, error: "swapDisabled" });
		expect(passRoute([open, shut], 0n, clock)).toEqual({ ok: false, error: "zeroInput" });
	});

	test("back through a DAMM v2 pool whose rate limiter may count", () => {
		const limited = openedMarket(
			dammWorld(
				poolBytes(
					[OFFSET.collectFeeMode, 1, 1],
					[OFFSET.baseFeeMode, 1, 2],
					[OFFSET.baseFeeFirst, 2, 100],
					[OFFSET.baseFeeSecond, 8, (5_000n << 32n) | 0x8000_0000n],
					[OFFSET.baseFeeThird, 8, 1_000n],
				),
			),
		);
		expect(passRoute([leg(limited, "aToB")], 5_000n, clock).ok).toBe(true);
		const twice = [leg(limited, "aToB"), leg(reserves(), "bToA"), leg(limited, "aToB")];
		expect(passRoute(twice, 5_000n, clock)).toEqual({ ok: false, error: "swapDisabled" });
		expect(passRoute(twice.slice(1), 5_000n, clock).ok).toBe(true);
	});
});

describe("a route that goes through", () => {
	test("spends what the leg before gave, and tells each leg's arrays", () => {
		const whirlpool = openedMarket(whirlpoolWorld());
		const [one, other] = [reserves(), reserves()];
		const passage = passRoute([leg(one, "aToB"), leg(whirlpool, "aToB"), leg(other, "bToA")], 1_000_000n, clock);
		if (!passage.ok) throw new Error(passage.error);
		const first = quoted(one, "aToB", 1_000_000n);
		const second = quoted(whirlpool, "aToB", first.amountOut);
		const third = quoted(other, "bToA", second.amountOut);
		expect(passage.value.outputs).toEqual([first, second, third].map(({ amountOut }) => amountOut));
		expect(passage.value.arrays).toEqual([[], second.arrays, []]);
		expect(second.arrays.length).toBeGreaterThan(0);
	});

	test.each<[string, AccountWorld | null]>([
		["reserves", null],
		["DAMM v2", dammWorld()],
		["CLMM", clmmWorld()],
		["Whirlpool", whirlpoolWorld()],
	])("finds a pool of %s as its own earlier leg has left it, and leaves the market itself alone", (_name, world) => {
		const market = world === null ? reserves() : openedMarket(world);
		const now = world?.clock ?? clock;
		const before = quoted(market, "aToB", 500_000n, now);
		const passage = passRoute([leg(market, "aToB"), leg(market, "bToA"), leg(market, "aToB")], 500_000n, now);
		if (!passage.ok) throw new Error(passage.error);
		const behindOne = market.afterSwap("aToB", before);
		const back = quoted(behindOne, "bToA", before.amountOut, now);
		const again = quoted(behindOne.afterSwap("bToA", back), "aToB", back.amountOut, now);
		expect(passage.value.outputs).toEqual([before.amountOut, back.amountOut, again.amountOut]);
		expect(back.amountOut).toBeLessThan(500_000n);
		expect(quoted(market, "aToB", 500_000n, now)).toEqual(before);
	});
});

describe("a market by the bytes of its pool's accounts", () => {
	let fixture: PoolFixture;
	const pool = poolOf({ number: 1 });
	const venue = reserveVenueById("raydium-amm-v4") as ReserveVenue;
	const bytes = () => ({
		pool: Uint8Array.from(fixture.accounts.get(fixture.address)!.data),
		vaultA: Uint8Array.from(fixture.accounts.get(fixture.vaultA)!.data),
		vaultB: Uint8Array.from(fixture.accounts.get(fixture.vaultB)!.data),
	});

	beforeEach(async () => {
		fixture = await ammFixture({ coin: 7n, pc: 11n });
	});

	test("is none when any of them cannot be read", () => {
		for (const name of ["pool", "vaultA", "vaultB"] as const) {
			expect(readReserveMarket(venue, pool, { ...bytes(), [name]: new Uint8Array(4) })).toBeNull();
		}
	});

	test("has what the vaults hold, less what the pool owes, and quotes both ways", () => {
		const accounts = bytes();
		writeUint64(accounts.vaultA, 64, 1_000_007n);
		writeUint64(accounts.vaultB, 64, 2_000_011n);
		const market = marketOfAccounts(pool, accounts);
		expect([market.reserveA, market.reserveB, market.swapEnabled]).toEqual([1_000_000n, 2_000_000n, true]);
		expect(market.keptShare("aToB")).toBeCloseTo(0.9975, 12);
		const out = quoted(market, "aToB", 1_000n).amountOut;
		const needed = market.quoteExactOut("aToB", out, clock);
		expect(needed).toMatchObject({ ok: true });
		expect(needed.ok && needed.value.amountIn <= 1_000n).toBe(true);
	});
});

test("a venue that is priced by its accounts is none of reserves", () => {
	for (const { id, pricedBy } of VENUES) {
		expect(reserveVenueById(id)?.id ?? null).toBe(pricedBy === "reserves" ? id : null);
	}
});
