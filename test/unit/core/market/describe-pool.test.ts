import { beforeEach, describe, expect, test } from "@jest/globals";
import { describePool, poolReferences } from "../../../../core/market/describe-pool.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../core/market/token-account.ts";
import { transferFeeOf } from "../../../../core/market/transfer-fee.ts";
import { VENUES, venueById, venueByProgram } from "../../../../core/market/venues/index.ts";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import type { AccountBytes } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { ProgramAddresses } from "../../../../libs/solana/program-address.ts";
import { tokenAccount } from "../../../../services/localnet/genesis/token.ts";
import {
	ASSETS,
	ammFixture,
	anyAddress,
	BONK,
	cpmmFixture,
	type PoolFixture,
	pumpSwapFixture,
	USDC,
} from "./market-accounts.ts";
import { extendedMint, ONE_PERCENT, TRANSFER_FEE_CONFIG } from "./mint-bytes.ts";
import { clmmWorld, dammWorld, whirlpoolWorld } from "./venues/account-worlds.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;

function describeFixture(fixture: PoolFixture, assets = ASSETS) {
	return describePool({
		pool: fixture.accounts.get(fixture.address)!,
		assets,
		account: (address) => fixture.accounts.get(address),
		derive: (program, seeds) => new ProgramAddresses().derive(program, seeds),
	});
}

function change(fixture: PoolFixture, address: Address, edit: Partial<AccountBytes> | ((data: Uint8Array) => void)) {
	const account = fixture.accounts.get(address)!;
	const data = Uint8Array.from(account.data);
	if (typeof edit === "function") edit(data);
	fixture.accounts.set(address, { ...account, data, ...(typeof edit === "function" ? {} : edit) });
}

describe.each([
	["raydium-amm-v4", ammFixture],
	["raydium-cpmm", cpmmFixture],
] as const)("describePool of %s", (venue, makeFixture) => {
	let fixture: PoolFixture;

	beforeEach(async () => {
		fixture = await makeFixture();
	});

	test("refuses an account of a program that nobody knows", () => {
		change(fixture, fixture.address, { owner: SYSTEM });
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "unknownVenue" });
		expect(poolReferences(fixture.accounts.get(fixture.address)!)).toEqual({ ok: false, error: "unknownVenue" });
	});

	test("refuses bytes that are no pool, with the venue's own reason", () => {
		change(fixture, fixture.address, { data: new Uint8Array(12) });
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "shortData" });
	});

	test.each(["vaultA", "vaultB"] as const)(
		"refuses a pool whose %s is missing, unusable or of another mint",
		(vault) => {
			const address = fixture[vault];
			const whole = fixture.accounts.get(address)!;
			change(fixture, address, (data) => data.fill(7, 0, 32));
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "vaultOfAnotherMint" });
			for (const edit of [
				{ owner: SYSTEM },
				{ data: new Uint8Array(10) },
				(data: Uint8Array) => {
					data[108] = 2;
				},
			]) {
				fixture.accounts.set(address, whole);
				change(fixture, address, edit);
				expect(describeFixture(fixture)).toEqual({ ok: false, error: "unusableVault" });
			}
			fixture.accounts.delete(address);
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "missingAccount" });
		},
	);

	test.each([BONK, USDC])(
		"refuses a pool whose mint %s is missing, unusable, extended or of other decimals",
		(mint) => {
			const whole = fixture.accounts.get(mint)!;
			const edits: [Partial<AccountBytes> | ((data: Uint8Array) => void), string][] = [
				[{ owner: SYSTEM }, "unusableMint"],
				[{ data: new Uint8Array(20) }, "unusableMint"],
				[{ data: new Uint8Array(300), owner: TOKEN_2022_PROGRAM }, "unusableMint"],
				[(data) => data.fill(0, 45, 46), "unusableMint"],
				[(data) => data.fill(9, 44, 45), "decimalsDiffer"],
			];
			for (const [edit, error] of edits) {
				fixture.accounts.set(mint, whole);
				change(fixture, mint, edit);
				expect(describeFixture(fixture)).toEqual({ ok: false, error });
			}
			fixture.accounts.delete(mint);
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "missingAccount" });
		},
	);

	test.each([BONK, USDC])(
		"refuses a pool whose mint %s withholds a fee from transfers: its quotes know of none",
		(mint) => {
			const decimals = fixture.accounts.get(mint)!.data[44]!;
			const edit = (data: Uint8Array) => change(fixture, mint, { owner: TOKEN_2022_PROGRAM, data });
			edit(extendedMint([[18, new Uint8Array(64)]], decimals));
			expect(describeFixture(fixture).ok).toBe(true);
			edit(extendedMint([[18, new Uint8Array(64)], TRANSFER_FEE_CONFIG], decimals));
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "unsupported" });
			edit(extendedMint([[12, new Uint8Array(32).fill(1)]], decimals));
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "unusableMint" });
		},
	);

	test("refuses a pool whose decimals are not those that the configuration gives", () => {
		const assets = ASSETS.map((asset) => ({ ...asset, decimals: asset.decimals + 1 }));
		expect(describeFixture(fixture, assets)).toEqual({ ok: false, error: "decimalsDiffer" });
	});

	test("describes pool and mints; an unlisted mint is called by its first letters", () => {
		const described = describeFixture(fixture, ASSETS.slice(0, 1));
		if (!described.ok) throw new Error(described.error);
		const { pool, mints } = described.value;
		expect(pool).toMatchObject({
			address: fixture.address,
			venue,
			vaultA: fixture.vaultA,
			vaultB: fixture.vaultB,
		});
		expect(new Set(mints.map(({ address }) => address))).toEqual(new Set([pool.mintA, pool.mintB]));
		expect(mints.find(({ address }) => address === USDC)).toEqual({
			address: USDC,
			symbol: "USDC",
			decimals: 6,
			tokenProgram: TOKEN_PROGRAM,
		});
		expect(mints.find(({ address }) => address === BONK)?.symbol).toBe("DezX");
	});
});

describe.each([
	["DAMM v2", dammWorld()],
	["CLMM", clmmWorld()],
	["Whirlpool", whirlpoolWorld()],
])("describePool of %s", (_name, world) => {
	const references = world.venue.references(world.pool);
	if (!references.ok) throw new Error(references.error.detail);
	const { vaultA, vaultB, mintA, mintB } = references.value;
	const vaults = [
		tokenAccount({ address: vaultA, mint: mintA, owner: world.pool.address, amount: 5n }),
		tokenAccount({ address: vaultB, mint: mintB, owner: world.pool.address, amount: 5n }),
	];
	let fixture: PoolFixture;

	beforeEach(() => {
		const all: AccountBytes[] = [world.pool, ...world.configurations, ...vaults];
		const accounts = new Map(all.map((one) => [one.address, one]));
		fixture = { address: world.pool.address, vaultA, vaultB, accounts };
	});

	test("refuses one whose accounts are missing, each of them", () => {
		for (const { address } of [...world.configurations, ...vaults]) {
			const whole = fixture.accounts.get(address)!;
			fixture.accounts.delete(address);
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "missingAccount" });
			fixture.accounts.set(address, whole);
		}
		expect(describeFixture(fixture).ok).toBe(true);
	});

	test("refuses a vault of another mint", () => {
		for (const address of [vaultA, vaultB]) {
			const whole = fixture.accounts.get(address)!;
			change(fixture, address, (data) => data.fill(9, 0, 32));
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "vaultOfAnotherMint" });
			fixture.accounts.set(address, whole);
		}
	});

	test("refuses a mint that a delegate may empty, and takes one that withholds a fee, which goes into the descriptor", () => {
		const decimals = fixture.accounts.get(mintB)!.data[44]!;
		const edit = (data: Uint8Array) => change(fixture, mintB, { owner: TOKEN_2022_PROGRAM, data });
		edit(extendedMint([[12, new Uint8Array(32).fill(1)]], decimals));
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "unsupported" });
		edit(extendedMint([TRANSFER_FEE_CONFIG], decimals));
		const described = describeFixture(fixture);
		if (!described.ok) throw new Error(described.error);
		expect(transferFeeOf("B", described.value.pool.parameters)).toEqual({ older: ONE_PERCENT, newer: ONE_PERCENT });
		expect(transferFeeOf("A", described.value.pool.parameters)).toBeNull();
		expect(described.value.mints[1]).toMatchObject({ address: mintB, tokenProgram: TOKEN_2022_PROGRAM });
	});

	test("adds the addresses that only seeds tell", () => {
		const described = describeFixture(fixture);
		const plain = world.venue.describe(world.pool, world.configurations);
		if (!described.ok || !plain.ok) throw new Error("refused");
		const { swapAccounts } = described.value.pool;
		const addresses = new ProgramAddresses();
		const derived = world.venue.derivedAccounts?.(plain.value, (...of) => addresses.derive(...of)) ?? {};
		expect(Object.keys(derived)).toEqual(world.venue.id === "orca-whirlpool" ? ["oracle"] : []);
		expect(swapAccounts).toEqual({ ...plain.value.swapAccounts, ...derived });
	});
});

describe("describePool of PumpSwap", () => {
	let fixture: PoolFixture;

	beforeEach(() => {
		fixture = pumpSwapFixture();
	});

	test("refuses one whose configurations, mints or vaults are missing, each of them", () => {
		const pool = describeFixture(fixture);
		if (!pool.ok) throw new Error(pool.error);
		const takers = new Set(pumpSwap.neededAccounts?.(pool.value.pool));
		const read = [...fixture.accounts.keys()].filter((one) => one !== fixture.address && !takers.has(one));
		expect(read).toHaveLength(6);
		for (const address of read) {
			const whole = fixture.accounts.get(address)!;
			fixture.accounts.delete(address);
			expect(describeFixture(fixture)).toEqual({ ok: false, error: "missingAccount" });
			fixture.accounts.set(address, whole);
		}
	});

	test.each([BONK, USDC])("refuses a pool whose mint %s takes a fee, calls a hook or is no mint", (mint) => {
		const decimals = fixture.accounts.get(mint)!.data[44]!;
		const edit = (data: Uint8Array) => change(fixture, mint, { owner: TOKEN_2022_PROGRAM, data });
		edit(extendedMint([[18, new Uint8Array(64)]], decimals));
		expect(describeFixture(fixture)).toMatchObject({ ok: true });
		edit(extendedMint([TRANSFER_FEE_CONFIG], decimals));
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "unsupported" });
		edit(extendedMint([[14, new Uint8Array(64).fill(1)]], decimals));
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "unsupported" });
		change(fixture, mint, { owner: SYSTEM });
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "wrongOwner" });
	});

	test("refuses a vault of another mint", () => {
		change(fixture, fixture.vaultB, (data) => data.fill(9, 0, 32));
		expect(describeFixture(fixture)).toEqual({ ok: false, error: "vaultOfAnotherMint" });
	});

	test("adds the addresses that only seeds tell, two steps of seeds among them", () => {
		const described = describeFixture(fixture);
		if (!described.ok) throw new Error(described.error);
		const { pool, mints } = described.value;
		expect(pool).toMatchObject({ venue: "pumpswap", mintA: BONK, mintB: USDC, decimalsA: 5, decimalsB: 6 });
		expect(mints.map(({ symbol }) => symbol)).toEqual(["BONK", "USDC"]);
		const names = ["protocolFeeAccount", "buybackFeeAccount", "creatorVaultAuthority", "creatorVault", "poolV2"];
		for (const name of names) expect(pool.swapAccounts[name]).toBeDefined();
		const needed = pumpSwap.neededAccounts?.(pool) ?? [];
		for (const address of needed) expect(fixture.accounts.has(address)).toBe(true);
	});
});

test("a CPMM pool without its configuration is refused", async () => {
	const fixture = await cpmmFixture();
	const references = poolReferences(fixture.accounts.get(fixture.address)!);
	if (!references.ok) throw new Error(references.error);
	const [configuration] = references.value.configurations;
	fixture.accounts.delete(configuration!);
	expect(describeFixture(fixture)).toEqual({ ok: false, error: "missingAccount" });
	fixture.accounts.set(configuration!, { address: configuration!, owner: SYSTEM, data: new Uint8Array(0) });
	expect(describeFixture(fixture)).toEqual({ ok: false, error: "wrongOwner" });
});

test("every venue is found by its id and by its program", () => {
	for (const venue of VENUES) {
		expect(venueById(venue.id)).toBe(venue);
		expect(venueByProgram(venue.programId)).toBe(venue);
	}
	expect(venueByProgram(anyAddress())).toBeUndefined();
});
