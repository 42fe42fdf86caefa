import { createHash } from "node:crypto";
import { type Address, getAddressDecoder } from "@solana/web3.js";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { readUint64 } from "../../../core/types/bytes.ts";
import { lendingMarketAccounts } from "../genesis/klend.ts";
import { ammPoolAccounts } from "../genesis/raydium-amm-v4.ts";
import { cpmmConfigAccount, cpmmPoolAccounts, orderedSides } from "../genesis/raydium-cpmm.ts";
import { addressBytes, type GenesisAccount, mintAccount, TOKEN_ACCOUNT_SIZE, tokenAccount } from "../genesis/token.ts";
import type { MarketPlan, PlannedPool, PlannedToken } from "./plan.ts";

/** What a lender holds of each asset it lends, in US dollars, and what it asks: 0.001 %, as klend's main market does. */
const LENDER_DOLLARS = 50_000_000;
const FLASH_FEE_SCALED = (1n << 60n) / 100_000n;
/** What a trader holds of every token, in US dollars. */
const TRADER_DOLLARS = 50_000_000;
/** Kamino's main market, at whose address the local lender stands. */
const LENDING_MARKET = "7u3HeHxYDLhnCoErrtycNokbQYbWGzLs6JSDqGAv5PfF" as Address;

export interface MarketGenesis {
	/** Where each planned pool stands, in the order of the plan. */
	readonly pools: readonly Address[];
	readonly accounts: readonly GenesisAccount[];
}

export interface MarketGenesisOptions {
	readonly plan: MarketPlan;
	/** The accounts of the lender's reserves, and the token each of them lends. */
	readonly reserves: readonly { readonly address: Address; readonly symbol: string }[];
	readonly traders: readonly Address[];
}

/** Every account of the local market before its first slot: mints, pools, lender, and the traders' holdings. */
export async function marketGenesis(options: MarketGenesisOptions): Promise<MarketGenesis> {
	const { plan, reserves, traders } = options;
	const tiers = await feeTiers(plan.pools);
	const pools = await Promise.all(plan.pools.map((pool, index) => poolAccounts(pool, index, tiers)));
	const lender = await lendingMarketAccounts({
		lendingMarket: LENDING_MARKET,
		owner: LENDING_MARKET,
		reserves: reserves.map(({ address, symbol }) => {
			const token = plan.tokens.find((candidate) => candidate.symbol === symbol)!;
			return {
				reserve: address,
				symbol,
				mint: mintOf(token),
				decimals: token.decimals,
				availableAmount: baseUnits(token, LENDER_DOLLARS),
				flashFeeScaled: FLASH_FEE_SCALED,
			};
		}),
	});
	const holdings = await Promise.all(
		traders.flatMap((owner) => plan.tokens.map((token) => holding(owner, token, TRADER_DOLLARS))),
	);
	const supplied = [...tiers.values(), ...pools.flatMap(({ accounts }) => accounts), ...lender.accounts, ...holdings];
	return {
		pools: pools.map(({ pool }) => pool),
		accounts: [...plan.tokens.map((token) => mint(token, supplied)), ...supplied],
	};
}

/** The address of a token's mint: the listed one, or one derived from the symbol. */
export function mintOf(token: PlannedToken): Address {
	return (token.mint as Address | null) ?? derivedAddress(`mint ${token.symbol}`);
}

/** Base units of a token worth so many US dollars at the opening price. */
export function baseUnits(token: PlannedToken, dollars: number): bigint {
	return BigInt(Math.floor((dollars / token.openingPrice) * 10 ** token.decimals));
}

/** An address for an account that nobody signs for; the same name gives the same address. */
function derivedAddress(name: string): Address {
	return getAddressDecoder().decode(createHash("sha256").update(`mojo local market: ${name}`).digest());
}

/** One CPMM fee configuration for every fee in the plan, by its hundredths of a percent. */
async function feeTiers(pools: readonly PlannedPool[]): Promise<ReadonlyMap<number, GenesisAccount>> {
	const fees = [...new Set(pools.map(({ feeBps }) => feeBps))];
	const tiers = fees.map((feeBps, index) => cpmmConfigAccount({ index, tradeFeeRate: BigInt(feeBps) * 100n }));
	const accounts = await Promise.all(tiers);
	return new Map(fees.map((feeBps, index) => [feeBps, accounts[index]!]));
}

async function poolAccounts(
	plan: PlannedPool,
	index: number,
	tiers: ReadonlyMap<number, GenesisAccount>,
): Promise<{ readonly pool: Address; readonly accounts: readonly GenesisAccount[] }> {
	const side = (token: PlannedToken) => ({
		mint: mintOf(token),
		decimals: token.decimals,
		vaultAmount: baseUnits(token, plan.depthDollars),
	});
	switch (plan.venue) {
		case "raydium-amm-v4":
			return ammPoolAccounts({
				market: derivedAddress(`order book ${index}`),
				coin: side(plan.base),
				pc: side(plan.quote),
				swapFeeNumerator: BigInt(plan.feeBps),
				swapFeeDenominator: 10_000n,
			});
		case "raydium-cpmm":
			return cpmmPoolAccounts({
				config: tiers.get(plan.feeBps)!.address,
				...orderedSides(side(plan.base), side(plan.quote)),
			});
	}
}

async function holding(owner: Address, token: PlannedToken, dollars: number): Promise<GenesisAccount> {
	const mintAddress = mintOf(token);
	const [address] = await findAssociatedTokenPda({ owner, mint: mintAddress, tokenProgram: TOKEN_PROGRAM_ADDRESS });
	return tokenAccount({ address, mint: mintAddress, owner, amount: baseUnits(token, dollars) });
}

/** A mint whose supply is what the token accounts hold. */
function mint(token: PlannedToken, accounts: readonly GenesisAccount[]): GenesisAccount {
	const address = mintOf(token);
	const supply = accounts.reduce((sum, account) => sum + heldOf(account, addressBytes(address)), 0n);
	// Wrapped SOL has no supply of its own: it is lamports in another dress.
	return mintAccount({ address, decimals: token.decimals, supply: token.symbol === "SOL" ? 0n : supply });
}

/** What an account holds of a mint; 0 when it is no token account of it. */
function heldOf({ owner, data }: GenesisAccount, mintBytes: Uint8Array): bigint {
	if (owner !== TOKEN_PROGRAM_ADDRESS || data.length !== TOKEN_ACCOUNT_SIZE) return 0n;
	return Buffer.compare(data.subarray(0, 32), mintBytes) === 0 ? readUint64(data, 64) : 0n;
}
