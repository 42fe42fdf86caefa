import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { decodeReserve } from "../../../../../core/execution/lenders/reserve.ts";
import {
	SOLEND_LENDING_MARKET_OFFSET,
	SOLEND_LENDING_MARKET_SIZE,
	SOLEND_PROGRAM,
} from "../../../../../core/execution/lenders/solend/layout.ts";
import { readAddress } from "../../../../../core/types/base58.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import { deriveSolendMarketAuthority, solendMarketAccounts } from "../../../../../services/localnet/genesis/solend.ts";
import type { GenesisAccount } from "../../../../../services/localnet/genesis/token.ts";

/** Save's main market; its authority on mainnet is the one asserted below. */
const lendingMarket = "4UpD2fh7xH3VP9QQaXtsS1YY3bxzWhtfpks7FatyKvdY" as Address;
const reserve = "BgxfHJDzm44T7XG68MYKx7YisTjZu73tVovyZSjJMpmw" as Address;
const mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
const usdc = { reserve, mint, decimals: 6, availableAmount: 1_000n, flashFeeWad: 42n, hostFeePercentage: 20 };

describe("a genesis Solend market", () => {
	test("signs with the market's derived address", async () => {
		const [authority, bump] = await deriveSolendMarketAuthority(lendingMarket);
		expect(authority).toBe("DdZR6zRFiUt4S5mg7AV1uKB2z1f1WzcNYCaTEEWPAuby");
		const { lendingMarketAuthority, accounts } = await solendMarketAccounts({
			lendingMarket,
			owner: mint,
			reserves: [],
		});
		expect(lendingMarketAuthority).toBe(authority);
		expect(accounts).toHaveLength(1);
		const [{ owner, data }] = accounts as [GenesisAccount];
		expect([owner, data.length]).toEqual([SOLEND_PROGRAM, SOLEND_LENDING_MARKET_SIZE]);
		expect(data[SOLEND_LENDING_MARKET_OFFSET.bumpSeed]).toBe(bump);
		expect(readAddress(data, SOLEND_LENDING_MARKET_OFFSET.owner)).toBe(mint);
	});

	test("has three accounts a reserve, which decode as a lender", async () => {
		const { lendingMarketAuthority, accounts } = await solendMarketAccounts({
			lendingMarket,
			owner: mint,
			reserves: [usdc],
		});
		expect(accounts).toHaveLength(4);
		const [, account, supply, fees] = accounts as [GenesisAccount, GenesisAccount, GenesisAccount, GenesisAccount];
		expect(decodeReserve({ ...account, lendingMarketAuthority })).toEqual({
			ok: true,
			value: {
				kind: "solend",
				program: SOLEND_PROGRAM,
				reserve,
				lendingMarket,
				lendingMarketAuthority,
				mint,
				supplyVault: supply.address,
				feeVault: fees.address,
				tokenProgram: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
				feeNumerator: 42n,
				feeDenominator: 10n ** 18n,
				minimumFee: 2n,
				availableAmount: 1_000n,
			},
		});
		expect([supply, fees].map(({ data }) => readUint64(data, 64))).toEqual([1_000n, 0n]);
		expect([supply, fees].map(({ data }) => readAddress(data, 32))).toEqual([
			lendingMarketAuthority,
			lendingMarketAuthority,
		]);
		expect(supply.address).not.toBe(fees.address);
	});
});
