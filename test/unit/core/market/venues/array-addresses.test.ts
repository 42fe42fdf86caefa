import { describe, expect, test } from "@jest/globals";
import { DAMM_V2_PROGRAM } from "../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { meteoraDammV2 } from "../../../../../core/market/venues/meteora-damm-v2/venue.ts";
import { WHIRLPOOL_PROGRAM } from "../../../../../core/market/venues/orca-whirlpool/accounts.ts";
import { orcaWhirlpool } from "../../../../../core/market/venues/orca-whirlpool/venue.ts";
import { BITMAP_EXTENSION_INDEX } from "../../../../../core/market/venues/raydium-clmm/market.ts";
import { RAYDIUM_CLMM_PROGRAM } from "../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import { raydiumClmm } from "../../../../../core/market/venues/raydium-clmm/venue.ts";
import type { AccountVenue } from "../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { poolArrays } from "../../../../../libs/solana/pool-arrays.ts";
import { ProgramAddresses } from "../../../../../libs/solana/program-address.ts";
import { poolOf } from "../market-fixture.ts";
import { adaptiveWhirlpoolWorld, clmmWorld, described, openedMarket, whirlpoolWorld } from "./account-worlds.ts";

const ADDRESSES = new ProgramAddresses();

function poolAt(venue: AccountVenue, address: string) {
	return { ...poolOf({ number: 0, venue: venue.id }), address: address as Address };
}

/** Accounts that swaps on mainnet named, as carbon's decoders keep them (sevenlabs-hq/carbon, `swap_v2_ix.json`). */
describe("addresses of mainnet", () => {
	const whirlpool = poolAt(orcaWhirlpool, "AHTTzwf3GmVMJdxWM8v2MSxyjZj8rQR6hyAC3g9477Yj");
	const clmm = poolAt(raydiumClmm, "945czrk5A4uSUH46xE8PLz4SMjqLXPDKqAyaGvA76bUg");

	test("of a Whirlpool's arrays, in the order of a swap", () => {
		expect(poolArrays(ADDRESSES, whirlpool, [57_024, 56_320, 55_616])).toEqual([
			"CNRe6eKbdbSvmgY5BicihPXWQaUqF33rc352bB17crgS",
			"9hcRuY6mg7EhCDzbgKoU8oz7xXTJNgY6dsgNF8fVxnqp",
			"AiEsfEZ1mNTRuT4kaovStK8aVabrV8gJ5dJojkgFynaX",
		]);
		const other = poolAt(orcaWhirlpool, "3xerTvpyKck7FB5drkikkn7cCdafuoe5qgMMtPVsGs5K");
		expect(poolArrays(ADDRESSES, other, [0])).toEqual(["Fgmcorxso1tXtEGWYjwTsEttZBdNqcA9jx2HccqSwGGc"]);
	});

	test("of a Whirlpool's oracle, which its swaps name", () => {
		const derived = orcaWhirlpool.derivedAccounts?.(whirlpool, (...of) => ADDRESSES.derive(...of));
		expect(derived?.oracle).toBe("7T9uvDmpdKVzxsWkEQvpnZKnEsaK6LQ7tnDpd6pNJfZH");
	});

	test("of a CLMM pool's bitmap extension and an array", () => {
		expect(poolArrays(ADDRESSES, clmm, [BITMAP_EXTENSION_INDEX, 443_580])).toEqual([
			"8yxZqXeguBG6fDSGLxTVTDMGEzUgatvhDzUC4CJv6KbQ",
			"3DGHSf9AYkon5ESJv6uJaVziuMVZ5Td7GBzuLU4w5cFt",
		]);
	});
});

describe("arrays of a pool", () => {
	test("there are none where the venue has none, by any index", () => {
		const damm = poolAt(meteoraDammV2, "8Pm2kZpnxD3hoMmt4bjStX2Pw2Z9abpbHzZxMPqxPmie");
		expect(meteoraDammV2.arraySeeds(damm, 0)).toBeNull();
		expect(poolArrays(ADDRESSES, damm, [0])).toBeNull();
		for (const venue of ["raydium-cpmm", "raydium-amm-v4"] as const) {
			expect(poolArrays(ADDRESSES, poolOf({ number: 1, venue }), [0])).toBeNull();
		}
		expect(meteoraDammV2.programId).toBe(DAMM_V2_PROGRAM);
	});

	test("a swap that needs none gets an empty list, of every venue", () => {
		for (const venue of ["raydium-cpmm", "meteora-damm-v2", "orca-whirlpool", "raydium-clmm"] as const) {
			expect(poolArrays(ADDRESSES, poolOf({ number: 1, venue }), [])).toEqual([]);
		}
	});

	test.each([
		["Whirlpool", adaptiveWhirlpoolWorld(), WHIRLPOOL_PROGRAM],
		["CLMM", clmmWorld(), RAYDIUM_CLMM_PROGRAM],
	])("what a %s market wants is where its swaps will look for it", (_name, world, program) => {
		const descriptor = described(world);
		const wanted = openedMarket(world).wanted();
		expect(wanted.filter(({ place }) => place === "array").length).toBeGreaterThan(2);
		for (const { place, startIndex, seeds } of wanted) {
			const address = ADDRESSES.derive(program, seeds);
			if (place === "oracle") {
				const derived = world.venue.derivedAccounts?.(descriptor, (...of) => ADDRESSES.derive(...of));
				expect(address).toBe(derived?.oracle);
				continue;
			}
			const index = place === "bitmap" ? BITMAP_EXTENSION_INDEX : startIndex;
			expect(poolArrays(ADDRESSES, descriptor, [index])).toEqual([address]);
		}
	});

	test("negative indexes are other arrays than positive ones", () => {
		for (const world of [whirlpoolWorld(), clmmWorld()]) {
			const some = [-600, -6, 0, 6, 600, 2 ** 31 - 1].map(
				(index) => poolArrays(ADDRESSES, described(world), [index])?.[0],
			);
			expect(new Set(some).size).toBe(6);
		}
	});
});
