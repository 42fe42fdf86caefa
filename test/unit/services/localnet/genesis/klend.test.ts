import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { decodeReserve } from "../../../../../core/execution/lenders/reserve.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import {
	deriveLendingMarketAuthority,
	LENDING_MARKET_SIZE,
	lendingMarketAccounts,
} from "../../../../../services/localnet/genesis/klend.ts";
import type { GenesisAccount } from "../../../../../services/localnet/genesis/token.ts";

/** Kamino's main market; its authority on mainnet is the one asserted below. */
const lendingMarket = "7u3HeHxYDLhnCoErrtycNokbQYbWGzLs6JSDqGAv5PfF" as Address;
const reserve = "D6q6wuQSrifJKZYpR1M8R4YawnLDtDsMmWM1NbBmgJ59" as Address;
const mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
const token2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const usdc = { reserve, symbol: "USDC", mint, decimals: 6, availableAmount: 1_000n, flashFeeScaled: 42n };

describe("a genesis lending market", () => {
	test("signs with the market's derived address", async () => {
		expect(await deriveLendingMarketAuthority(lendingMarket)).toEqual([
			"9DrvZvyWh1HuAoZxvYWMvkf2XCzryCpGgHqrMjyDWpmo",
			expect.any(Number),
		]);
	});

	test("has a market account and three accounts a reserve, which decode as a lender", async () => {
		const genesis = await lendingMarketAccounts({ lendingMarket, owner: mint, reserves: [usdc] });
		const [market, account, supply, fees] = genesis.accounts as [
			GenesisAccount,
			GenesisAccount,
			GenesisAccount,
			GenesisAccount,
		];
		expect(genesis.accounts).toHaveLength(4);
		const discriminator = createHash("sha256").update("account:LendingMarket").digest().subarray(0, 8);
		expect([...market.data.subarray(0, 8)]).toEqual([...discriminator]);
		expect(market.data.length).toBe(LENDING_MARKET_SIZE);
		expect(
			decodeReserve({ ...account, address: reserve, lendingMarketAuthority: genesis.lendingMarketAuthority }),
		).toMatchObject({
			ok: true,
			value: {
				reserve,
				lendingMarket,
				mint,
				supplyVault: supply.address,
				feeVault: fees.address,
				tokenProgram: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
				feeNumerator: 42n,
				availableAmount: 1_000n,
			},
		});
		expect([supply, fees].map(({ data }) => readUint64(data, 64))).toEqual([1_000n, 0n]);
	});

	test("keeps a reserve in the token program that owns its mint", async () => {
		const reserves = [{ ...usdc, tokenProgram: token2022 }];
		const genesis = await lendingMarketAccounts({ lendingMarket, owner: mint, reserves });
		const [, account, supply, fees] = genesis.accounts as GenesisAccount[];
		const decoded = decodeReserve({ ...(account as GenesisAccount), ...genesis });
		expect(decoded).toMatchObject({ ok: true, value: { tokenProgram: token2022 } });
		expect([supply?.owner, fees?.owner]).toEqual([token2022, token2022]);
	});
});
