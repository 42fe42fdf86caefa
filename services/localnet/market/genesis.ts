import { createHash } from "node:crypto";
import { type Address, getAddressDecoder } from "@solana/web3.js";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { LenderKind } from "../../../core/execution/flash-loan.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import { lendingMarketAccounts } from "../genesis/klend.ts";
import { dammV2PoolAccounts } from "../genesis/meteora-damm-v2.ts";
import { whirlpoolConfigAccount, whirlpoolFeeTierAccount, whirlpoolPoolAccounts } from "../genesis/orca-whirlpool.ts";
import { positionsAround, sqrtPriceOf } from "../genesis/orca-whirlpool-positions.ts";
import { ammPoolAccounts } from "../genesis/raydium-amm-v4.ts";
import { cpmmConfigAccount, cpmmPoolAccounts, orderedSides } from "../genesis/raydium-cpmm.ts";
import { solendMarketAccounts } from "../genesis/solend.ts";
import { addressBytes, type GenesisAccount, mintAccount, TOKEN_ACCOUNT_SIZE, tokenAccount } from "../genesis/token.ts";
import type { MarketPlan, PlannedPool, PlannedToken } from "./plan.ts";

/**
 * What a lender has of each asset that it lends, in US dollars, and what it asks. Klend asks 0.001 %, as its main market
 * does; Save asks half of that and has little, so that small loans come from it, and large ones from klend.
 */
const LENDER_DOLLARS: Readonly<Record<LenderKind, number>> = { klend: 50_000_000, solend: 1_500 };
const KLEND_FEE_SCALED = (1n << 60n) / 100_000n;
const SOLEND_FEE_WAD = 10n ** 18n / 200_000n;
const SOLEND_HOST_FEE_PERCENTAGE = 20;
/** What a trader holds of every token, in US dollars. */
const TRADER_DOLLARS = 50_000_000;
/** The main markets of Kamino and of Save, at whose addresses the local lenders stand. */
const KLEND_MARKET = "7u3HeHxYDLhnCoErrtycNokbQYbWGzLs6JSDqGAv5PfF" as Address;
const SOLEND_MARKET = "4UpD2fh7xH3VP9QQaXtsS1YY3bxzWhtfpks7FatyKvdY" as Address;

/** Orca's configuration on mainnet, at whose address the local one stands. */
const WHIRLPOOLS_CONFIG = "2LecshUwdy9xi7meFgHtFJQNSKk4KdTrcpvaB56dP2NQ" as Address;
const WHIRLPOOL_TICK_SPACING = 16;
/** Parts of 10^4 of the fee: what Orca's pools pay. */
const WHIRLPOOL_PROTOCOL_FEE_RATE = 1_300;
/** Fee rates are parts of 10^6. */
const WHIRLPOOL_FEE_PARTS_A_BASIS_POINT = 100;

/** Fees are parts of 10^9. */
const DAMM_V2_FEE_PARTS_A_BASIS_POINT = 100_000n;

/** A reserve account to be made, and the token that it lends. */
export interface PlannedReserve {
	readonly lender: LenderKind;
	readonly address: Address;
	readonly symbol: string;
}

export interface MarketGenesis {
	/** Where each planned pool stands, in the order of the plan. */
	readonly pools: readonly Address[];
	readonly accounts: readonly GenesisAccount[];
}

export interface MarketGenesisOptions {
	readonly plan: MarketPlan;
	readonly reserves: readonly PlannedReserve[];
	readonly traders: readonly Address[];
}

/** Every account of the local market before its first slot: mints, pools, lenders, and the traders' holdings. */
export async function marketGenesis(options: MarketGenesisOptions): Promise<MarketGenesis> {
	const { plan, reserves, traders } = options;
	const tiers = await feeTiers(plan.pools);
	const pools = await Promise.all(plan.pools.map((pool, index) => poolAccounts(pool, index, tiers)));
	const lenders = await lenderAccounts(plan, reserves);
	const holdings = await Promise.all(
		traders.flatMap((owner) => plan.tokens.map((token) => holding(owner, token, TRADER_DOLLARS))),
	);
	const supplied = [
		...tiers.values(),
		...(await whirlpoolTiers(plan.pools)),
		...pools.flatMap(({ accounts }) => accounts),
		...lenders,
		...holdings,
	];
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
		case "orca-whirlpool":
			return whirlpoolAccounts(plan);
		case "meteora-damm-v2":
			return dammAccounts(plan);
	}
}

/** The configuration of all local Whirlpools, and the fee tier of each fee. */
async function whirlpoolTiers(pools: readonly PlannedPool[]): Promise<readonly GenesisAccount[]> {
	const fees = new Set(pools.filter(({ venue }) => venue === "orca-whirlpool").map(({ feeBps }) => feeBps));
	if (fees.size === 0) return [];
	const tiers = [...fees].map((feeBps) =>
		whirlpoolFeeTierAccount({
			config: WHIRLPOOLS_CONFIG,
			tickSpacing: WHIRLPOOL_TICK_SPACING,
			feeRate: feeBps * WHIRLPOOL_FEE_PARTS_A_BASIS_POINT,
		}),
	);
	const config = whirlpoolConfigAccount({
		address: WHIRLPOOLS_CONFIG,
		authority: WHIRLPOOLS_CONFIG,
		protocolFeeRate: WHIRLPOOL_PROTOCOL_FEE_RATE,
	});
	return [config, ...(await Promise.all(tiers))];
}

async function whirlpoolAccounts({ base, quote, depthDollars, feeBps }: PlannedPool) {
	const isOrdered = Buffer.compare(addressBytes(mintOf(base)), addressBytes(mintOf(quote))) < 0;
	const [a, b] = isOrdered ? [base, quote] : [quote, base];
	const amountA = baseUnits(a, depthDollars);
	const sqrtPrice = sqrtPriceOf({ amountA, amountB: baseUnits(b, depthDollars) });
	return whirlpoolPoolAccounts({
		config: WHIRLPOOLS_CONFIG,
		tokenA: { mint: mintOf(a) },
		tokenB: { mint: mintOf(b) },
		tickSpacing: WHIRLPOOL_TICK_SPACING,
		feeRate: feeBps * WHIRLPOOL_FEE_PARTS_A_BASIS_POINT,
		protocolFeeRate: WHIRLPOOL_PROTOCOL_FEE_RATE,
		sqrtPrice,
		positions: positionsAround({ sqrtPrice, tickSpacing: WHIRLPOOL_TICK_SPACING, amountA }),
	});
}

function dammAccounts({ base, quote, depthDollars, feeBps }: PlannedPool) {
	return dammV2PoolAccounts({
		mintA: mintOf(base),
		mintB: mintOf(quote),
		amountA: baseUnits(base, depthDollars),
		amountB: baseUnits(quote, depthDollars),
		feeNumerator: BigInt(feeBps) * DAMM_V2_FEE_PARTS_A_BASIS_POINT,
	});
}

async function lenderAccounts(
	plan: MarketPlan,
	reserves: readonly PlannedReserve[],
): Promise<readonly GenesisAccount[]> {
	const reservesOf = (kind: LenderKind) =>
		reserves
			.filter(({ lender }) => lender === kind)
			.map(({ address, symbol }) => {
				const token = plan.tokens.find((candidate) => candidate.symbol === symbol)!;
				const availableAmount = baseUnits(token, LENDER_DOLLARS[kind]);
				return { reserve: address, symbol, mint: mintOf(token), decimals: token.decimals, availableAmount };
			});
	const [klend, solend] = await Promise.all([
		lendingMarketAccounts({
			lendingMarket: KLEND_MARKET,
			owner: KLEND_MARKET,
			reserves: reservesOf("klend").map((reserve) => ({ ...reserve, flashFeeScaled: KLEND_FEE_SCALED })),
		}),
		solendMarketAccounts({
			lendingMarket: SOLEND_MARKET,
			owner: SOLEND_MARKET,
			reserves: reservesOf("solend").map((reserve) => ({
				...reserve,
				flashFeeWad: SOLEND_FEE_WAD,
				hostFeePercentage: SOLEND_HOST_FEE_PERCENTAGE,
			})),
		}),
	]);
	return [...klend.accounts, ...solend.accounts];
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
