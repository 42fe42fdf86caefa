import { describe, expect, test } from "@jest/globals";
import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { raydiumAmmV4 } from "../../../../../core/market/venues/raydium-amm-v4/venue.ts";
import type { AccountBytes } from "../../../../../core/market/venues/venue.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import { ammPoolAccounts } from "../../../../../services/localnet/genesis/raydium-amm-v4.ts";
import { addressBytes } from "../../../../../services/localnet/genesis/token.ts";

const market = "8BnEgHoWFysVcuFFX7QztDmzuH8r5ZFvyP3sYwn1XTh6" as Address;
const coin = { mint: "So11111111111111111111111111111111111111112" as Address, decimals: 9, vaultAmount: 5_000n };
const pc = { mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address, decimals: 6, vaultAmount: 7_000n };

describe("a genesis AMM v4 pool", () => {
	test("decodes as an open pool with the usual fee, at the program's derived addresses", async () => {
		const genesis = await ammPoolAccounts({ market, coin, pc });
		const [pool, coinVault, pcVault] = genesis.accounts as unknown as readonly [
			AccountBytes,
			AccountBytes,
			AccountBytes,
		];
		const derive = async (seed: string) => {
			const seeds = [addressBytes(raydiumAmmV4.programId), addressBytes(market), seed];
			return (await getProgramDerivedAddress({ programAddress: raydiumAmmV4.programId, seeds }))[0];
		};
		expect(genesis.pool).toBe(await derive("amm_associated_seed"));
		expect(genesis.coinVault).toBe(await derive("coin_vault_associated_seed"));
		expect(genesis.pcVault).toBe(await derive("pc_vault_associated_seed"));
		expect([pool.address, coinVault.address, pcVault.address]).toEqual([
			genesis.pool,
			genesis.coinVault,
			genesis.pcVault,
		]);
		expect(raydiumAmmV4.describe(pool, [])).toMatchObject({
			ok: true,
			value: {
				address: genesis.pool,
				mintA: coin.mint,
				mintB: pc.mint,
				decimalsA: 9,
				decimalsB: 6,
				vaultA: genesis.coinVault,
				vaultB: genesis.pcVault,
				feeNumerator: 25n,
				feeDenominator: 10_000n,
				swapAccounts: { market },
			},
		});
		expect(raydiumAmmV4.readState(pool.data)).toEqual({
			ok: true,
			value: { owedA: 0n, owedB: 0n, swapEnabled: true, openTimeSeconds: 0n },
		});
		expect([coinVault, pcVault].map(({ data }) => readUint64(data, 64))).toEqual([5_000n, 7_000n]);
	});

	test("takes fee, status, open time and what it owes", async () => {
		const genesis = await ammPoolAccounts({
			market,
			coin: { ...coin, owed: 3n },
			pc: { ...pc, owed: 4n },
			swapFeeNumerator: 1n,
			swapFeeDenominator: 1_000n,
			status: 7n,
			openTimeSeconds: 99n,
		});
		const pool = genesis.accounts[0] as AccountBytes;
		expect(raydiumAmmV4.describe(pool, [])).toMatchObject({ value: { feeNumerator: 1n, feeDenominator: 1_000n } });
		expect(raydiumAmmV4.readState(pool.data)).toEqual({
			ok: true,
			value: { owedA: 3n, owedB: 4n, swapEnabled: true, openTimeSeconds: 99n },
		});
	});
});
