import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import {
	AMM_CONFIG_DISCRIMINATOR,
	AMM_CONFIG_OFFSET,
	AMM_CONFIG_SIZE,
	CPMM_AUTHORITY,
	CPMM_AUTHORITY_BUMP,
	FEE_RATE_DENOMINATOR,
	OBSERVATION_STATE_DISCRIMINATOR,
	OBSERVATION_STATE_OFFSET,
	OBSERVATION_STATE_SIZE,
	POOL_STATE_DISCRIMINATOR,
	POOL_STATE_OFFSET,
	POOL_STATE_SIZE,
	RAYDIUM_CPMM_PROGRAM,
} from "../../../core/market/venues/raydium-cpmm/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

/** A fee tier, shared by the pools that name it. Rates in parts of 10^6. */
export interface CpmmConfigGenesis {
	/** 0 to 65,535: its address derives from it. */
	readonly index: number;
	/** Part of the input. */
	readonly tradeFeeRate: bigint;
	/** Parts of the trade fee; 120,000 and 40,000 when absent, as mainnet's tiers have them. */
	readonly protocolFeeRate?: bigint;
	readonly fundFeeRate?: bigint;
	/** 0 when absent. Counts in pools that enable it. */
	readonly creatorFeeRate?: bigint;
}

/** One side of a pool. */
export interface CpmmSide {
	readonly mint: Address;
	readonly decimals: number;
	/** What the vault holds, in base units, the owed parts included. */
	readonly vaultAmount: bigint;
	/** Owed to protocol, fund and creator, in base units: what the curve does not see. */
	readonly protocolFees?: bigint;
	readonly fundFees?: bigint;
	readonly creatorFees?: bigint;
	/** SPL Token when absent. */
	readonly tokenProgram?: Address;
}

export interface CpmmPoolGenesis {
	readonly config: Address;
	/** Token 0 is the side whose mint has the smaller bytes: see {@link orderedSides}. */
	readonly token0: CpmmSide;
	readonly token1: CpmmSide;
	/** Derived from configuration and mints when absent; the program takes any address that signed the creation. */
	readonly pool?: Address;
	readonly poolCreator?: Address;
	/** Bits of `status`; 0, everything allowed, when absent. */
	readonly status?: number;
	/** Unix seconds. */
	readonly openTimeSeconds?: bigint;
	/** The creator's fee: enabled when given, with `creator_fee_on` 0 (input), 1 (token 0) or 2 (token 1). */
	readonly creatorFeeOn?: 0 | 1 | 2;
}

/** A pool's accounts to set, and the addresses by which it is found. */
export interface CpmmPoolAccounts {
	readonly pool: Address;
	readonly token0Vault: Address;
	readonly token1Vault: Address;
	readonly observationState: Address;
	readonly accounts: readonly GenesisAccount[];
}

const LP_MINT_DECIMALS = 9;
const LOCKED_LP_AMOUNT = 100n;

/** The two sides in the order the program demands: mints ascending by their bytes (raydium-cp-swap, initialize.rs). */
export function orderedSides(first: CpmmSide, second: CpmmSide): { token0: CpmmSide; token1: CpmmSide } {
	const isOrdered = Buffer.compare(addressBytes(first.mint), addressBytes(second.mint)) < 0;
	return isOrdered ? { token0: first, token1: second } : { token0: second, token1: first };
}

/**
 * The account of a fee tier, at the program's derived address (raydium-cp-swap, states/config.rs `AmmConfig`, seeds
 * "amm_config" and the index in big-endian).
 *
 * @throws RangeError when the rates are outside what `create_amm_config` takes
 */
export async function cpmmConfigAccount(genesis: CpmmConfigGenesis): Promise<GenesisAccount> {
	const { tradeFeeRate, protocolFeeRate = 120_000n, fundFeeRate = 40_000n, creatorFeeRate = 0n } = genesis;
	const index = Uint8Array.of(genesis.index >> 8, genesis.index & 0xff);
	if (tradeFeeRate + creatorFeeRate >= FEE_RATE_DENOMINATOR || protocolFeeRate + fundFeeRate > FEE_RATE_DENOMINATOR) {
		throw new RangeError(
			`fee tier ${genesis.index}: trade + creator must be below 10^6 and protocol + fund at most 10^6, got ` +
				`${tradeFeeRate} + ${creatorFeeRate} and ${protocolFeeRate} + ${fundFeeRate}`,
		);
	}
	const [address, bump] = await derive(["amm_config", index]);
	const data = new Uint8Array(AMM_CONFIG_SIZE);
	data.set(AMM_CONFIG_DISCRIMINATOR);
	data[AMM_CONFIG_OFFSET.bump] = bump;
	// The one field in little-endian besides the numbers below: only the seed is big-endian.
	data[AMM_CONFIG_OFFSET.index] = genesis.index & 0xff;
	data[AMM_CONFIG_OFFSET.index + 1] = genesis.index >> 8;
	writeUint64(data, AMM_CONFIG_OFFSET.tradeFeeRate, tradeFeeRate);
	writeUint64(data, AMM_CONFIG_OFFSET.protocolFeeRate, protocolFeeRate);
	writeUint64(data, AMM_CONFIG_OFFSET.fundFeeRate, fundFeeRate);
	writeUint64(data, AMM_CONFIG_OFFSET.creatorFeeRate, creatorFeeRate);
	data.set(addressBytes(CPMM_AUTHORITY), AMM_CONFIG_OFFSET.protocolOwner);
	data.set(addressBytes(CPMM_AUTHORITY), AMM_CONFIG_OFFSET.fundOwner);
	return { address, owner: RAYDIUM_CPMM_PROGRAM, data, lamports: rentExemptLamports(AMM_CONFIG_SIZE) };
}

/** The accounts of a Raydium CPMM pool: pool, vaults and observation, at the program's own derived addresses. */
export async function cpmmPoolAccounts(genesis: CpmmPoolGenesis): Promise<CpmmPoolAccounts> {
	const { config, token0, token1 } = genesis;
	const mints = [addressBytes(token0.mint), addressBytes(token1.mint)] as const;
	const [derivedPool] = await derive(["pool", addressBytes(config), ...mints]);
	const pool = genesis.pool ?? derivedPool;
	const poolSeed = addressBytes(pool);
	const [[token0Vault], [token1Vault], [lpMint], [observationState]] = await Promise.all([
		derive(["pool_vault", poolSeed, mints[0]]),
		derive(["pool_vault", poolSeed, mints[1]]),
		derive(["pool_lp_mint", poolSeed]),
		derive(["observation", poolSeed]),
	]);
	const data = poolNumbers(genesis);
	const name = (field: keyof typeof POOL_STATE_OFFSET, address: Address) =>
		data.set(addressBytes(address), POOL_STATE_OFFSET[field]);
	name("ammConfig", config);
	name("poolCreator", genesis.poolCreator ?? CPMM_AUTHORITY);
	name("token0Vault", token0Vault);
	name("token1Vault", token1Vault);
	name("lpMint", lpMint);
	name("token0Mint", token0.mint);
	name("token1Mint", token1.mint);
	name("token0Program", token0.tokenProgram ?? TOKEN_PROGRAM_ADDRESS);
	name("token1Program", token1.tokenProgram ?? TOKEN_PROGRAM_ADDRESS);
	name("observationKey", observationState);
	return {
		pool,
		token0Vault,
		token1Vault,
		observationState,
		accounts: [
			{ address: pool, owner: RAYDIUM_CPMM_PROGRAM, data, lamports: rentExemptLamports(POOL_STATE_SIZE) },
			vault(token0Vault, token0),
			vault(token1Vault, token1),
			observationAccount(observationState, poolSeed),
		],
	};
}

async function derive(seeds: (string | Uint8Array)[]): Promise<readonly [Address, number]> {
	return getProgramDerivedAddress({ programAddress: RAYDIUM_CPMM_PROGRAM, seeds });
}

/** The fields that hold numbers, as `PoolState::initialize` sets them (raydium-cp-swap, states/pool.rs). */
function poolNumbers(genesis: CpmmPoolGenesis): Uint8Array {
	const { token0, token1 } = genesis;
	const data = new Uint8Array(POOL_STATE_SIZE);
	const set = (field: keyof typeof POOL_STATE_OFFSET, value: bigint) =>
		writeUint64(data, POOL_STATE_OFFSET[field], value);
	data.set(POOL_STATE_DISCRIMINATOR);
	data[POOL_STATE_OFFSET.authBump] = CPMM_AUTHORITY_BUMP;
	data[POOL_STATE_OFFSET.status] = genesis.status ?? 0;
	data[POOL_STATE_OFFSET.lpMintDecimals] = LP_MINT_DECIMALS;
	data[POOL_STATE_OFFSET.mint0Decimals] = token0.decimals;
	data[POOL_STATE_OFFSET.mint1Decimals] = token1.decimals;
	data[POOL_STATE_OFFSET.creatorFeeOn] = genesis.creatorFeeOn ?? 0;
	data[POOL_STATE_OFFSET.enableCreatorFee] = genesis.creatorFeeOn === undefined ? 0 : 1;
	set("lpSupply", LOCKED_LP_AMOUNT);
	set("protocolFeesToken0", token0.protocolFees ?? 0n);
	set("protocolFeesToken1", token1.protocolFees ?? 0n);
	set("fundFeesToken0", token0.fundFees ?? 0n);
	set("fundFeesToken1", token1.fundFees ?? 0n);
	set("creatorFeesToken0", token0.creatorFees ?? 0n);
	set("creatorFeesToken1", token1.creatorFees ?? 0n);
	set("openTime", genesis.openTimeSeconds ?? 0n);
	return data;
}

function vault(address: Address, side: CpmmSide): GenesisAccount {
	return tokenAccount({
		address,
		mint: side.mint,
		owner: CPMM_AUTHORITY,
		amount: side.vaultAmount,
		...(side.tokenProgram === undefined ? {} : { tokenProgram: side.tokenProgram }),
	});
}

/** An account that the first swap initializes (raydium-cp-swap, states/oracle.rs `ObservationState`). */
function observationAccount(address: Address, pool: Uint8Array): GenesisAccount {
	const data = new Uint8Array(OBSERVATION_STATE_SIZE);
	data.set(OBSERVATION_STATE_DISCRIMINATOR);
	data.set(pool, OBSERVATION_STATE_OFFSET.poolId);
	return { address, owner: RAYDIUM_CPMM_PROGRAM, data, lamports: rentExemptLamports(OBSERVATION_STATE_SIZE) };
}
