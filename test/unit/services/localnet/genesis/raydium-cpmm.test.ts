import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { type Address, getAddressEncoder, getProgramDerivedAddress } from "@solana/web3.js";
import {
	AMM_CONFIG_DISCRIMINATOR,
	CPMM_AUTHORITY,
	CPMM_AUTHORITY_BUMP,
	CPMM_AUTHORITY_SEED,
	OBSERVATION_STATE_DISCRIMINATOR,
	POOL_STATE_DISCRIMINATOR,
	RAYDIUM_CPMM_PROGRAM,
} from "../../../../../core/market/venues/raydium-cpmm/layout.ts";
import { raydiumCpmm } from "../../../../../core/market/venues/raydium-cpmm/venue.ts";
import { encodeBase58, readAddress } from "../../../../../core/types/base58.ts";
import {
	cpmmConfigAccount,
	cpmmPoolAccounts,
	orderedSides,
} from "../../../../../services/localnet/genesis/raydium-cpmm.ts";

const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const LOW = { mint: encodeBase58(new Uint8Array(32).fill(9)) as Address, decimals: 9, vaultAmount: 10n };
const HIGH = { mint: encodeBase58(new Uint8Array(32).fill(10)) as Address, decimals: 6, vaultAmount: 20n };

describe("a Raydium CPMM pool's genesis", () => {
	test("refuses rates outside what the program takes", async () => {
		await expect(cpmmConfigAccount({ index: 0, tradeFeeRate: 1_000_000n })).rejects.toThrow(RangeError);
		await expect(cpmmConfigAccount({ index: 0, tradeFeeRate: 1n, fundFeeRate: 880_001n })).rejects.toThrow(
			/fee tier 0/,
		);
	});

	test("orders the sides by the bytes of their mints", () => {
		expect(orderedSides(LOW, HIGH)).toEqual({ token0: LOW, token1: HIGH });
		expect(orderedSides(HIGH, LOW)).toEqual({ token0: LOW, token1: HIGH });
	});

	test("knows the real authority and Anchor's discriminators", async () => {
		const derived = await getProgramDerivedAddress({
			programAddress: RAYDIUM_CPMM_PROGRAM,
			seeds: [CPMM_AUTHORITY_SEED],
		});
		expect(derived).toEqual([CPMM_AUTHORITY, CPMM_AUTHORITY_BUMP]);
		const discriminator = (name: string) => [...createHash("sha256").update(`account:${name}`).digest().subarray(0, 8)];
		expect([...POOL_STATE_DISCRIMINATOR]).toEqual(discriminator("PoolState"));
		expect([...AMM_CONFIG_DISCRIMINATOR]).toEqual(discriminator("AmmConfig"));
		expect([...OBSERVATION_STATE_DISCRIMINATOR]).toEqual(discriminator("ObservationState"));
	});

	test("derives mainnet's fee tier 0 and the addresses of its pools as the program does", async () => {
		const config = await cpmmConfigAccount({ index: 0, tradeFeeRate: 2_500n });
		// The 0.25 % tier of mainnet.
		expect(config.address).toBe("D4FPEruKEHrG5TenZ2mpDGEfu1iUvTiqBxvpU8HLBvC2");
		const genesis = await cpmmPoolAccounts({ config: config.address, token0: LOW, token1: HIGH });
		const bytes = (address: Address) => getAddressEncoder().encode(address);
		const derive = (...seeds: (string | ReturnType<typeof bytes>)[]) =>
			getProgramDerivedAddress({ programAddress: RAYDIUM_CPMM_PROGRAM, seeds }).then(([address]) => address);
		expect(genesis.pool).toBe(await derive("pool", bytes(config.address), bytes(LOW.mint), bytes(HIGH.mint)));
		expect(genesis.token0Vault).toBe(await derive("pool_vault", bytes(genesis.pool), bytes(LOW.mint)));
		expect(genesis.token1Vault).toBe(await derive("pool_vault", bytes(genesis.pool), bytes(HIGH.mint)));
		expect(genesis.observationState).toBe(await derive("observation", bytes(genesis.pool)));
	});

	test("makes accounts that the venue reads: owners, sizes, rent and amounts", async () => {
		const config = await cpmmConfigAccount({ index: 258, tradeFeeRate: 100n, creatorFeeRate: 50n });
		const genesis = await cpmmPoolAccounts({
			config: config.address,
			pool: encodeBase58(new Uint8Array(32).fill(77)) as Address,
			token0: { ...LOW, protocolFees: 1n },
			token1: { ...HIGH, tokenProgram: TOKEN_2022 },
			creatorFeeOn: 1,
			status: 4,
		});
		expect(genesis.accounts.map(({ data }) => data.length)).toEqual([637, 165, 165, 4_075]);
		expect([config.data.length, config.data[10], config.data[11]]).toEqual([236, 2, 1]);
		for (const account of [config, ...genesis.accounts]) {
			expect(account.lamports).toBe(BigInt(account.data.length + 128) * 6_960n);
		}
		const [pool, vault0, vault1, observation] = genesis.accounts as [
			(typeof genesis.accounts)[0],
			(typeof genesis.accounts)[0],
			(typeof genesis.accounts)[0],
			(typeof genesis.accounts)[0],
		];
		expect(pool.address).toBe(genesis.pool);
		expect(readAddress(observation.data, 11)).toBe(genesis.pool);
		expect([readAddress(vault0.data, 0), readAddress(vault0.data, 32)]).toEqual([LOW.mint, CPMM_AUTHORITY]);
		expect(vault1.owner).toBe(TOKEN_2022);
		expect(raydiumCpmm.readState(pool.data)).toMatchObject({ value: { owedA: 1n, owedB: 0n, swapEnabled: false } });
		const mint = { address: HIGH.mint, owner: TOKEN_2022, data: new Uint8Array(82) };
		expect(raydiumCpmm.describe(pool, [config, mint])).toMatchObject({
			value: { mintA: LOW.mint, mintB: HIGH.mint, feeNumerator: 150n, parameters: { creatorFeeOn: 1n } },
		});
	});
});
