import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { SOLEND_FEE_DENOMINATOR } from "../../../core/execution/lenders/solend/fee.ts";
import {
	SOLEND_LENDING_MARKET_OFFSET,
	SOLEND_LENDING_MARKET_SIZE,
	SOLEND_PROGRAM,
	SOLEND_RESERVE_OFFSET,
	SOLEND_RESERVE_SIZE,
	SOLEND_VERSION,
} from "../../../core/execution/lenders/solend/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { LendingMarketAccounts } from "./klend.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;
/** Of utilization: the rates stay the lowest up to it. */
const WHOLE_PERCENT = 100;

export interface SolendReserveGenesis {
	/** The reserve's own address: its vaults derive from it. */
	readonly reserve: Address;
	readonly mint: Address;
	readonly decimals: number;
	/** What the reserve can lend, in base units. */
	readonly availableAmount: bigint;
	/** Fee as a fraction of the loan, scaled by 1e18. */
	readonly flashFeeWad: bigint;
	/** 0 to 100: the part of the fee that goes to the host whom the borrower names. */
	readonly hostFeePercentage: number;
}

export interface SolendMarketGenesis {
	readonly lendingMarket: Address;
	/** Who administrates the market; nothing on the local chain asks for it. */
	readonly owner: Address;
	readonly reserves: readonly SolendReserveGenesis[];
}

/**
 * The accounts of a Save (Solend) market: the market, and for each reserve the reserve, its supply vault and its fee
 * vault. On mainnet the vaults stand at addresses of their own keys; here at addresses derived from the reserve. No
 * reserve has debt, a limit or an interest rate.
 */
export async function solendMarketAccounts(genesis: SolendMarketGenesis): Promise<LendingMarketAccounts> {
	const [lendingMarketAuthority, bump] = await deriveSolendMarketAuthority(genesis.lendingMarket);
	const accounts = await Promise.all(
		genesis.reserves.map((reserve) => reserveAccounts(reserve, genesis.lendingMarket, lendingMarketAuthority)),
	);
	return {
		lendingMarketAuthority,
		accounts: [
			{
				address: genesis.lendingMarket,
				owner: SOLEND_PROGRAM,
				data: lendingMarketData(genesis, bump),
				lamports: rentExemptLamports(SOLEND_LENDING_MARKET_SIZE),
			},
			...accounts.flat(),
		],
	};
}

/**
 * The address that signs for a market's vaults, with its bump (solendprotocol/solana-program-library,
 * token-lending/sdk/src/instruction.rs: the market's address is the seed).
 */
export async function deriveSolendMarketAuthority(lendingMarket: Address): Promise<readonly [Address, number]> {
	return await getProgramDerivedAddress({ programAddress: SOLEND_PROGRAM, seeds: [addressBytes(lendingMarket)] });
}

function lendingMarketData({ owner }: SolendMarketGenesis, bump: number): Uint8Array {
	const data = new Uint8Array(SOLEND_LENDING_MARKET_SIZE);
	data[SOLEND_LENDING_MARKET_OFFSET.version] = SOLEND_VERSION;
	data[SOLEND_LENDING_MARKET_OFFSET.bumpSeed] = bump;
	data.set(addressBytes(owner), SOLEND_LENDING_MARKET_OFFSET.owner);
	data.set(new TextEncoder().encode("USD"), SOLEND_LENDING_MARKET_OFFSET.quoteCurrency);
	data.set(addressBytes(TOKEN_PROGRAM_ADDRESS), SOLEND_LENDING_MARKET_OFFSET.tokenProgram);
	data.set(addressBytes(owner), SOLEND_LENDING_MARKET_OFFSET.riskAuthority);
	return data;
}

async function reserveAccounts(
	genesis: SolendReserveGenesis,
	lendingMarket: Address,
	authority: Address,
): Promise<readonly GenesisAccount[]> {
	const derive = async (seed: string) => {
		const seeds = [seed, addressBytes(genesis.reserve)];
		const [address] = await getProgramDerivedAddress({ programAddress: SOLEND_PROGRAM, seeds });
		return address;
	};
	const [supplyVault, feeVault, collateralMint, collateralVault] = await Promise.all([
		derive("liquidity supply"),
		derive("fee receiver"),
		derive("collateral mint"),
		derive("collateral supply"),
	]);
	const data = reserveData(genesis);
	data.set(addressBytes(lendingMarket), SOLEND_RESERVE_OFFSET.lendingMarket);
	data.set(addressBytes(supplyVault), SOLEND_RESERVE_OFFSET.liquiditySupply);
	data.set(addressBytes(feeVault), SOLEND_RESERVE_OFFSET.feeReceiver);
	data.set(addressBytes(collateralMint), SOLEND_RESERVE_OFFSET.collateralMint);
	data.set(addressBytes(collateralVault), SOLEND_RESERVE_OFFSET.collateralSupply);
	const vault = (address: Address, amount: bigint) =>
		tokenAccount({ address, mint: genesis.mint, owner: authority, amount });
	return [
		{ address: genesis.reserve, owner: SOLEND_PROGRAM, data, lamports: rentExemptLamports(SOLEND_RESERVE_SIZE) },
		vault(supplyVault, genesis.availableAmount),
		vault(feeVault, 0n),
	];
}

/** As the program itself would write it, so that it changes nothing but what a loan changes. */
function reserveData(genesis: SolendReserveGenesis): Uint8Array {
	const data = new Uint8Array(SOLEND_RESERVE_SIZE);
	const at = SOLEND_RESERVE_OFFSET;
	data[at.version] = SOLEND_VERSION;
	data[at.lastUpdateStale] = 1;
	data.set(addressBytes(genesis.mint), at.liquidityMint);
	data[at.mintDecimals] = genesis.decimals;
	writeUint64(data, at.availableAmount, genesis.availableAmount);
	writeUint64(data, at.cumulativeBorrowRateWads, SOLEND_FEE_DENOMINATOR);
	writeUint64(data, at.collateralMintTotalSupply, genesis.availableAmount);
	data[at.optimalUtilizationRate] = WHOLE_PERCENT;
	data[at.maximumUtilizationRate] = WHOLE_PERCENT;
	writeUint64(data, at.flashLoanFeeWad, genesis.flashFeeWad);
	data[at.hostFeePercentage] = genesis.hostFeePercentage;
	for (const limit of [at.depositLimit, at.borrowLimit, at.attributedBorrowLimitOpen, at.attributedBorrowLimitClose]) {
		writeUint64(data, limit, LARGEST_U64);
	}
	return data;
}
