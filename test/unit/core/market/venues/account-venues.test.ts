import { describe, expect, test } from "@jest/globals";
import { Serializers, ServiceBroker } from "moleculer";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import { TOKEN_2022_PROGRAM } from "../../../../../core/market/token-account.ts";
import { VENUES } from "../../../../../core/market/venues/index.ts";
import type { AccountVenue, QuoteResult } from "../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../core/types/address.ts";
import {
	type AccountWorld,
	adaptiveWhirlpoolWorld,
	clmmWorld,
	dammWorld,
	described,
	dlmmWorld,
	openedMarket,
	taxedMint,
	whirlpoolWorld,
} from "./account-worlds.ts";
import { DYNAMIC, OFFSET, poolBytes } from "./meteora-damm-v2/pool-bytes.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;
const AMOUNTS = [0n, 1n, 999n, 1_000_000n, 25_000_000n, 2n ** 63n];

const WORLDS: [string, () => AccountWorld][] = [
	["DAMM v2", dammWorld],
	["DAMM v2 of a dynamic fee", () => dammWorld(poolBytes(...DYNAMIC))],
	["DAMM v2 that compounds", () => dammWorld(poolBytes([OFFSET.collectFeeMode, 1, 2]))],
	["CLMM", clmmWorld],
	["DLMM", dlmmWorld],
	["Whirlpool", whirlpoolWorld],
	["Whirlpool of an adaptive fee", adaptiveWhirlpoolWorld],
];

/** What of a quote reaches a trade: venues add what only they read. */
function plain(quoted: QuoteResult) {
	if (!quoted.ok) return quoted;
	const { amountIn, amountOut, fee, feeSide, arrays } = quoted.value;
	return { amountIn, amountOut, fee, feeSide, arrays };
}

function quotesOf(world: AccountWorld, descriptor?: PoolDescriptor) {
	const market = openedMarket(world, descriptor);
	return AMOUNTS.flatMap((amount) =>
		(["aToB", "bToA"] as const).flatMap((direction) => [
			plain(market.quoteExactIn(direction, amount, world.clock)),
			plain(market.quoteExactOut(direction, amount, world.clock)),
		]),
	);
}

test("every venue that is priced by accounts is among these", () => {
	const known = new Set(WORLDS.map(([, world]) => world().venue));
	expect(
		VENUES.filter(({ pricedBy }) => pricedBy === "accounts").filter((one) => !known.has(one as AccountVenue)),
	).toEqual([]);
});

describe.each(WORLDS)("a pool of %s", (_name, make) => {
	const world = make();
	const { venue, pool, configurations } = world;

	test.each([
		["another program's", { ...pool, owner: SYSTEM }, "wrongOwner"],
		["cut", { ...pool, data: pool.data.subarray(1) }, "shortData"],
		["of another type", { ...pool, data: pool.data.toReversed() }, "wrongDiscriminator"],
	])("is refused when its account is %s, for references and description alike", (_what, account, code) => {
		expect(venue.references(account)).toMatchObject({ ok: false, error: { code } });
		expect(venue.describe(account, configurations)).toMatchObject({ ok: false, error: { code } });
	});

	test("is refused without any one of the accounts that it names", () => {
		for (const left of configurations) {
			const rest = configurations.filter((one) => one !== left);
			expect(venue.describe(pool, rest)).toMatchObject({ ok: false, error: { code: "shortData" } });
			expect(venue.describe(pool, [...rest, { ...left, owner: SYSTEM }])).toMatchObject({
				ok: false,
				error: { code: "wrongOwner" },
			});
			expect(venue.describe(pool, [...rest, { ...left, data: left.data.subarray(0, 60) }]).ok).toBe(false);
		}
	});

	test("names what must be read, and is described by it in any order", () => {
		const references = venue.references(pool);
		if (!references.ok) throw new Error(references.error.detail);
		expect(references.value.configurations).toEqual(configurations.map(({ address }) => address));
		const { vaultA, vaultB, mintA, mintB } = references.value;
		const descriptor = described(world);
		expect(descriptor).toMatchObject({ address: pool.address, venue: venue.id, vaultA, vaultB, mintA, mintB });
		expect(venue.describe(pool, configurations.toReversed())).toEqual({ ok: true, value: descriptor });
		expect(descriptor.feeNumerator).toBeGreaterThan(0n);
		expect(descriptor.feeNumerator).toBeLessThan(descriptor.feeDenominator);
	});

	test("gives the quotes of its accounts, in both directions and to the unit", () => {
		const market = openedMarket(world);
		let given = 0;
		for (const amount of AMOUNTS) {
			for (const direction of ["aToB", "bToA"] as const) {
				const quotes = [
					[market.quoteExactIn(direction, amount, world.clock), world.quote(direction, "in", amount)],
					[market.quoteExactOut(direction, amount, world.clock), world.quote(direction, "out", amount)],
				] as const;
				for (const [quoted, pure] of quotes) {
					expect(plain(quoted)).toEqual(plain(pure));
					if (quoted.ok) given++;
				}
			}
		}
		expect(given).toBeGreaterThan(5);
	});

	test("gives the same quotes of a descriptor that crossed the bus", () => {
		const bus = new Serializers.CBOR();
		bus.init(new ServiceBroker({ logger: false }));
		const crossed = bus.deserialize(bus.serialize({ pool: described(world) } as never)) as unknown;
		const { pool: descriptor } = crossed as { readonly pool: PoolDescriptor };
		expect(descriptor).toEqual(described(world));
		expect(quotesOf(world, descriptor)).toEqual(quotesOf(world));
	});

	test("keeps the transfer fees of its mints: less comes out", () => {
		const taxed = configurations.map((one) => (one.data.length === 82 ? taxedMint(one.address, one.data[44]!) : one));
		const descriptor = described({ ...world, configurations: taxed });
		const market = openedMarket(world, descriptor);
		const [with_, without] = [market, openedMarket(world)].map((one) =>
			one.quoteExactIn("aToB", 1_000_000n, world.clock),
		);
		if (!with_?.ok || !without?.ok) throw new Error("refused");
		// One percent of what goes in and one of what comes out.
		const share = Number(with_.value.amountOut) / Number(without.value.amountOut);
		expect(share).toBeGreaterThan(0.98);
		expect(share).toBeLessThan(0.981);
		const kept = market.keptShare("aToB", world.clock) / openedMarket(world).keptShare("aToB", world.clock);
		expect(kept).toBeCloseTo(0.99 * 0.99, 9);
		expect(quotesOf(world, descriptor)).not.toEqual(quotesOf(world));
		expect(Object.values(descriptor.swapAccounts).includes(TOKEN_2022_PROGRAM)).toBe(venue.id !== "raydium-clmm");
	});

	test("of which nothing was told gives no quote, and none once its account is gone", () => {
		const nothing = venue.open(described(world));
		expect(nothing.swapEnabled).toBe(false);
		expect([nothing.reserveA, nothing.reserveB]).toEqual([0n, 0n]);
		const gone = openedMarket(world);
		expect(gone.apply({ place: "pool", startIndex: 0, data: null })).toBe(false);
		for (const market of [nothing, gone]) {
			expect(market.swapEnabled).toBe(false);
			for (const direction of ["aToB", "bToA"] as const) {
				expect(market.quoteExactIn(direction, 1_000n, world.clock)).toEqual({ ok: false, error: "swapDisabled" });
				expect(market.quoteExactOut(direction, 1_000n, world.clock)).toEqual({ ok: false, error: "swapDisabled" });
			}
		}
	});
});

test("a CLMM descriptor that lacks what quotes need gives none", () => {
	const world = clmmWorld();
	const bare = { ...described(world), parameters: {}, swapAccounts: {} };
	const market = openedMarket(world, bare);
	expect(market.quoteExactIn("aToB", 1_000_000n, world.clock).ok).toBe(false);
	expect(market.quoteExactOut("bToA", 1_000_000n, world.clock).ok).toBe(false);
});
