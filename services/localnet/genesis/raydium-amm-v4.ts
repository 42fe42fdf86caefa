import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import {
	AMM_AUTHORITY,
	AMM_AUTHORITY_NONCE,
	AMM_INFO_OFFSET,
	AMM_INFO_SIZE,
	AMM_STATUS,
	RAYDIUM_AMM_V4_PROGRAM,
} from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

/** OpenBook's program, named by every pool (raydium-amm, processor.rs `config_feature::openbook_program`). */
const OPENBOOK_PROGRAM = "srmqPvymJeFKQ4zGQed1GFppgkRHL9kaELCbyksJtPX" as Address;

/** One side of a pool. */
export interface AmmSide {
	readonly mint: Address;
	readonly decimals: number;
	/** What the vault holds, in base units, the owed part included. */
	readonly vaultAmount: bigint;
	/** `need_take_pnl`: what the curve does not see, in base units. */
	readonly owed?: bigint;
}

export interface AmmPoolGenesis {
	/** The order book's address: all of a pool's addresses derive from it. Any address that is used once. */
	readonly market: Address;
	readonly coin: AmmSide;
	readonly pc: AmmSide;
	/** 25 of 10,000 when absent, as `Fees::initialize` sets. */
	readonly swapFeeNumerator?: bigint;
	readonly swapFeeDenominator?: bigint;
	/** `SwapOnly` (6) when absent. */
	readonly status?: bigint;
	/** Unix seconds; counts at status 7 only. */
	readonly openTimeSeconds?: bigint;
}

/** A pool's accounts to set, and the addresses by which it is found. */
export interface AmmPoolAccounts {
	readonly pool: Address;
	readonly coinVault: Address;
	readonly pcVault: Address;
	readonly accounts: readonly GenesisAccount[];
}

/** The accounts of a Raydium AMM v4 pool: the pool itself and its two vaults, at the program's own derived addresses. */
export async function ammPoolAccounts(genesis: AmmPoolGenesis): Promise<AmmPoolAccounts> {
	const associated = (seed: string) => associatedAddress(genesis.market, seed);
	const [pool, coinVault, pcVault, lpMint, openOrders, targetOrders] = await Promise.all([
		associated("amm_associated_seed"),
		associated("coin_vault_associated_seed"),
		associated("pc_vault_associated_seed"),
		associated("lp_mint_associated_seed"),
		associated("open_order_associated_seed"),
		associated("target_associated_seed"),
	]);
	const { coin, pc } = genesis;
	const data = poolData(genesis);
	data.set(addressBytes(coinVault), AMM_INFO_OFFSET.coinVault);
	data.set(addressBytes(pcVault), AMM_INFO_OFFSET.pcVault);
	data.set(addressBytes(lpMint), AMM_INFO_OFFSET.lpMint);
	data.set(addressBytes(openOrders), AMM_INFO_OFFSET.openOrders);
	data.set(addressBytes(targetOrders), AMM_INFO_OFFSET.targetOrders);
	return {
		pool,
		coinVault,
		pcVault,
		accounts: [
			{ address: pool, owner: RAYDIUM_AMM_V4_PROGRAM, data, lamports: rentExemptLamports(AMM_INFO_SIZE) },
			tokenAccount({ address: coinVault, mint: coin.mint, owner: AMM_AUTHORITY, amount: coin.vaultAmount }),
			tokenAccount({ address: pcVault, mint: pc.mint, owner: AMM_AUTHORITY, amount: pc.vaultAmount }),
		],
	};
}

/** Raydium-amm, processor.rs `get_associated_address_and_bump_seed`. */
async function associatedAddress(market: Address, seed: string): Promise<Address> {
	const [address] = await getProgramDerivedAddress({
		programAddress: RAYDIUM_AMM_V4_PROGRAM,
		seeds: [addressBytes(RAYDIUM_AMM_V4_PROGRAM), addressBytes(market), seed],
	});
	return address;
}

/** The fields that hold numbers, as `AmmInfo::initialize` and `Fees::initialize` set them (raydium-amm, state.rs). */
function poolData(genesis: AmmPoolGenesis): Uint8Array {
	const data = new Uint8Array(AMM_INFO_SIZE);
	const { coin, pc } = genesis;
	const set = (field: keyof typeof AMM_INFO_OFFSET, value: bigint) => writeUint64(data, AMM_INFO_OFFSET[field], value);
	set("status", genesis.status ?? AMM_STATUS.swapOnly);
	set("nonce", AMM_AUTHORITY_NONCE);
	set("coinDecimals", BigInt(coin.decimals));
	set("pcDecimals", BigInt(pc.decimals));
	set("state", 1n);
	set("resetFlag", 1n);
	set("sysDecimalValue", 10n ** BigInt(Math.max(coin.decimals, pc.decimals)));
	set("minSeparateNumerator", 5n);
	set("minSeparateDenominator", 10_000n);
	set("tradeFeeNumerator", 25n);
	set("tradeFeeDenominator", 10_000n);
	set("pnlNumerator", 12n);
	set("pnlDenominator", 100n);
	set("swapFeeNumerator", genesis.swapFeeNumerator ?? 25n);
	set("swapFeeDenominator", genesis.swapFeeDenominator ?? 10_000n);
	set("needTakePnlCoin", coin.owed ?? 0n);
	set("needTakePnlPc", pc.owed ?? 0n);
	set("poolOpenTime", genesis.openTimeSeconds ?? 0n);
	data.set(addressBytes(coin.mint), AMM_INFO_OFFSET.coinVaultMint);
	data.set(addressBytes(pc.mint), AMM_INFO_OFFSET.pcVaultMint);
	data.set(addressBytes(genesis.market), AMM_INFO_OFFSET.market);
	data.set(addressBytes(OPENBOOK_PROGRAM), AMM_INFO_OFFSET.marketProgram);
	return data;
}
