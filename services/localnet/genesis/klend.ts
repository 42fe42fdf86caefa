import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import {
	FRACTION_BITS,
	KLEND_PROGRAM,
	RESERVE_DISCRIMINATOR,
	RESERVE_OFFSET,
	RESERVE_SIZE,
} from "../../../core/execution/lenders/klend/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

/** Size of a `LendingMarket` account with its discriminator (Kamino klend, utils/consts.rs `LENDING_MARKET_SIZE` + 8). */
export const LENDING_MARKET_SIZE = 4_664;

/** Anchor's discriminator of `LendingMarket`: the first 8 bytes of sha256("account:LendingMarket"). */
const LENDING_MARKET_DISCRIMINATOR = Uint8Array.of(246, 114, 50, 98, 72, 157, 28, 120);

/** Byte offsets in a `LendingMarket` account (Kamino klend, state/lending_market.rs). */
const LENDING_MARKET_OFFSET = { version: 8, bumpSeed: 16, owner: 24, quoteCurrency: 88, emergencyMode: 122 } as const;

/** Byte offsets in a `Reserve` that only a genesis writes (Kamino klend, state/reserve.rs). */
const COLLATERAL_OFFSET = { mint: 2_560, totalSupply: 2_592, supplyVault: 2_600 } as const;
const BORROW_RATE_CURVE_OFFSET = 4_920;
const BORROW_RATE_CURVE_POINTS = 11;
const CURVE_POINT_SIZE = 8;
const FULL_UTILIZATION_BPS = 10_000n;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

export interface ReserveGenesis {
	/** The reserve's own address: its vaults derive from it. */
	readonly reserve: Address;
	readonly symbol: string;
	readonly mint: Address;
	readonly decimals: number;
	/** What the reserve can lend, in base units. */
	readonly availableAmount: bigint;
	/** Fee as a fraction of the loan, scaled by 2^60. */
	readonly flashFeeScaled: bigint;
	/** SPL Token when absent. */
	readonly tokenProgram?: Address;
}

export interface LendingMarketGenesis {
	readonly lendingMarket: Address;
	/** Who administrates the market; nothing on the local chain asks for it. */
	readonly owner: Address;
	readonly reserves: readonly ReserveGenesis[];
}

/** A lender's accounts to set, and the address that its vaults belong to. */
export interface LendingMarketAccounts {
	readonly lendingMarketAuthority: Address;
	readonly accounts: readonly GenesisAccount[];
}

/**
 * The accounts of a klend market: the market, and for each reserve the reserve, its supply vault and its fee vault, at
 * the program's own derived addresses. No reserve has debt, a limit or an interest rate.
 */
export async function lendingMarketAccounts(genesis: LendingMarketGenesis): Promise<LendingMarketAccounts> {
	const [lendingMarketAuthority, bump] = await deriveLendingMarketAuthority(genesis.lendingMarket);
	const accounts = await Promise.all(
		genesis.reserves.map((reserve) => reserveAccounts(reserve, genesis.lendingMarket, lendingMarketAuthority)),
	);
	return {
		lendingMarketAuthority,
		accounts: [
			{
				address: genesis.lendingMarket,
				owner: KLEND_PROGRAM,
				data: lendingMarketData(genesis, bump),
				lamports: rentExemptLamports(LENDING_MARKET_SIZE),
			},
			...accounts.flat(),
		],
	};
}

/** The address that signs for a market's vaults, with its bump (Kamino klend, utils/seeds.rs `LENDING_MARKET_AUTH`). */
export async function deriveLendingMarketAuthority(lendingMarket: Address): Promise<readonly [Address, number]> {
	return await getProgramDerivedAddress({
		programAddress: KLEND_PROGRAM,
		seeds: ["lma", addressBytes(lendingMarket)],
	});
}

function lendingMarketData(genesis: LendingMarketGenesis, bump: number): Uint8Array {
	const data = new Uint8Array(LENDING_MARKET_SIZE);
	data.set(LENDING_MARKET_DISCRIMINATOR);
	writeUint64(data, LENDING_MARKET_OFFSET.version, 1n);
	writeUint64(data, LENDING_MARKET_OFFSET.bumpSeed, BigInt(bump));
	data.set(addressBytes(genesis.owner), LENDING_MARKET_OFFSET.owner);
	data.set(new TextEncoder().encode("USD"), LENDING_MARKET_OFFSET.quoteCurrency);
	return data;
}

async function reserveAccounts(
	genesis: ReserveGenesis,
	lendingMarket: Address,
	authority: Address,
): Promise<readonly GenesisAccount[]> {
	const derive = async (seed: string) => {
		const seeds = [seed, addressBytes(genesis.reserve)];
		const [address] = await getProgramDerivedAddress({ programAddress: KLEND_PROGRAM, seeds });
		return address;
	};
	const [supplyVault, feeVault, collateralMint, collateralVault] = await Promise.all([
		derive("reserve_liq_supply"),
		derive("fee_receiver"),
		derive("reserve_coll_mint"),
		derive("reserve_coll_supply"),
	]);
	const { mint, tokenProgram = TOKEN_PROGRAM_ADDRESS } = genesis;
	const data = reserveData(genesis, tokenProgram);
	data.set(addressBytes(lendingMarket), RESERVE_OFFSET.lendingMarket);
	data.set(addressBytes(supplyVault), RESERVE_OFFSET.supplyVault);
	data.set(addressBytes(feeVault), RESERVE_OFFSET.feeVault);
	data.set(addressBytes(collateralMint), COLLATERAL_OFFSET.mint);
	data.set(addressBytes(collateralVault), COLLATERAL_OFFSET.supplyVault);
	const vault = (address: Address, amount: bigint) =>
		tokenAccount({ address, mint, owner: authority, amount, tokenProgram });
	return [
		{ address: genesis.reserve, owner: KLEND_PROGRAM, data, lamports: rentExemptLamports(RESERVE_SIZE) },
		vault(supplyVault, genesis.availableAmount),
		vault(feeVault, 0n),
	];
}

function reserveData(genesis: ReserveGenesis, tokenProgram: Address): Uint8Array {
	const data = new Uint8Array(RESERVE_SIZE);
	data.set(RESERVE_DISCRIMINATOR);
	writeUint64(data, RESERVE_OFFSET.version, 1n);
	data[RESERVE_OFFSET.lastUpdateStale] = 1;
	data.set(addressBytes(genesis.mint), RESERVE_OFFSET.liquidityMint);
	writeUint64(data, RESERVE_OFFSET.totalAvailableAmount, genesis.availableAmount);
	writeUint64(data, RESERVE_OFFSET.mintDecimals, BigInt(genesis.decimals));
	writeUint64(data, RESERVE_OFFSET.cumulativeBorrowRate, 1n << FRACTION_BITS);
	data.set(addressBytes(tokenProgram), RESERVE_OFFSET.tokenProgram);
	writeUint64(data, COLLATERAL_OFFSET.totalSupply, genesis.availableAmount);
	writeUint64(data, RESERVE_OFFSET.flashLoanFeeScaled, genesis.flashFeeScaled);
	// A flat rate of zero: a curve starts at utilization 0 and stays at full utilization to its last point.
	for (let point = 1; point < BORROW_RATE_CURVE_POINTS; point++) {
		writeUint64(data, BORROW_RATE_CURVE_OFFSET + point * CURVE_POINT_SIZE, FULL_UTILIZATION_BPS);
	}
	writeUint64(data, RESERVE_OFFSET.depositLimit, LARGEST_U64);
	writeUint64(data, RESERVE_OFFSET.borrowLimit, LARGEST_U64);
	data.set(new TextEncoder().encode(genesis.symbol).subarray(0, 32), RESERVE_OFFSET.tokenName);
	return data;
}
