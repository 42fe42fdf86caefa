import type { Address } from "../../../types/address.ts";
import { readAddress } from "../../../types/base58.ts";
import { readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { AccountBytes, DecodeError, PoolAccountState } from "../venue.ts";

/** Raydium CPMM on mainnet (raydium-cp-swap, lib.rs `declare_id`). */
export const RAYDIUM_CPMM_PROGRAM = "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C" as Address;

/** The one authority over every pool's vaults: the program address of {@link CPMM_AUTHORITY_SEED}. */
export const CPMM_AUTHORITY = "GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL" as Address;
export const CPMM_AUTHORITY_SEED = "vault_and_lp_mint_auth_seed";
export const CPMM_AUTHORITY_BUMP = 253;

/** Rates are parts of this (raydium-cp-swap, curve/fees.rs `FEE_RATE_DENOMINATOR_VALUE`). */
export const FEE_RATE_DENOMINATOR = 1_000_000n;

/** Size of `PoolState` with its discriminator (raydium-cp-swap, states/pool.rs `PoolState::LEN`). */
export const POOL_STATE_SIZE = 637;

/** Anchor's discriminator: the first 8 bytes of sha256("account:PoolState"). */
export const POOL_STATE_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(247, 237, 227, 245, 215, 195, 222, 70);

/** Byte offsets in a pool account, discriminator included (raydium-cp-swap, states/pool.rs `PoolState`, packed). */
export const POOL_STATE_OFFSET = {
	ammConfig: 8,
	poolCreator: 40,
	token0Vault: 72,
	token1Vault: 104,
	lpMint: 136,
	token0Mint: 168,
	token1Mint: 200,
	token0Program: 232,
	token1Program: 264,
	observationKey: 296,
	authBump: 328,
	status: 329,
	lpMintDecimals: 330,
	mint0Decimals: 331,
	mint1Decimals: 332,
	lpSupply: 333,
	protocolFeesToken0: 341,
	protocolFeesToken1: 349,
	fundFeesToken0: 357,
	fundFeesToken1: 365,
	openTime: 373,
	recentEpoch: 381,
	creatorFeeOn: 389,
	enableCreatorFee: 390,
	creatorFeesToken0: 397,
	creatorFeesToken1: 405,
} as const;

/** The bit of `status` that forbids swaps (raydium-cp-swap, states/pool.rs `PoolStatusBitIndex::Swap`). */
export const STATUS_SWAP_DISABLED = 0b100;

/** Size of `AmmConfig` with its discriminator (raydium-cp-swap, states/config.rs `AmmConfig::LEN`). */
export const AMM_CONFIG_SIZE = 236;

/** Anchor's discriminator: the first 8 bytes of sha256("account:AmmConfig"). */
export const AMM_CONFIG_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(218, 244, 33, 104, 203, 203, 43, 111);

/** Byte offsets in a configuration, discriminator included (raydium-cp-swap, states/config.rs `AmmConfig`, packed). */
export const AMM_CONFIG_OFFSET = {
	bump: 8,
	disableCreatePool: 9,
	index: 10,
	tradeFeeRate: 12,
	protocolFeeRate: 20,
	fundFeeRate: 28,
	createPoolFee: 36,
	protocolOwner: 44,
	fundOwner: 76,
	creatorFeeRate: 108,
} as const;

/** Size of `ObservationState` with its discriminator (raydium-cp-swap, states/oracle.rs `ObservationState::LEN`, packed). */
export const OBSERVATION_STATE_SIZE = 4_075;

/** Anchor's discriminator: the first 8 bytes of sha256("account:ObservationState"). */
export const OBSERVATION_STATE_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(122, 174, 197, 53, 129, 9, 165, 132);

/** Byte offsets in an observation account, discriminator included (raydium-cp-swap, states/oracle.rs). */
export const OBSERVATION_STATE_OFFSET = { initialized: 8, observationIndex: 9, poolId: 11, lastUpdate: 4_043 } as const;

/** What {@link decodePool} reads: everything in a pool account that does not change with a swap. */
export interface CpmmPool {
	readonly ammConfig: Address;
	readonly token0Vault: Address;
	readonly token1Vault: Address;
	readonly token0Mint: Address;
	readonly token1Mint: Address;
	readonly token0Program: Address;
	readonly token1Program: Address;
	readonly observationKey: Address;
	readonly mint0Decimals: number;
	readonly mint1Decimals: number;
	/** 0: the creator's fee is taken from the input, whichever token; 1: always token 0; 2: always token 1. */
	readonly creatorFeeOn: number;
	readonly enableCreatorFee: boolean;
}

/** The rates of a configuration account, in parts of {@link FEE_RATE_DENOMINATOR}. */
export interface CpmmConfig {
	/** Part of the input. */
	readonly tradeFeeRate: bigint;
	/** Part of the trade fee. */
	readonly protocolFeeRate: bigint;
	/** Part of the trade fee. */
	readonly fundFeeRate: bigint;
	/** Part of the input or of the output, by the pool's `creatorFeeOn`; counts where the pool enables it. */
	readonly creatorFeeRate: bigint;
}

const LARGEST_CREATOR_FEE_ON = 2;

/** The static fields of a pool account. */
export function decodePool(pool: AccountBytes): Result<CpmmPool, DecodeError> {
	if (pool.owner !== RAYDIUM_CPMM_PROGRAM) {
		return refuse("wrongOwner", `pool ${pool.address} is owned by ${pool.owner}, not by ${RAYDIUM_CPMM_PROGRAM}`);
	}
	const state = readPoolState(pool.data);
	if (!state.ok) return state;
	const { data } = pool;
	const byte = (offset: number) => data[offset] as number;
	const creatorFeeOn = byte(POOL_STATE_OFFSET.creatorFeeOn);
	if (creatorFeeOn > LARGEST_CREATOR_FEE_ON) {
		return refuse("impossibleValue", `creator_fee_on is ${creatorFeeOn}, expected 0 to 2`);
	}
	const bump = byte(POOL_STATE_OFFSET.authBump);
	if (bump !== CPMM_AUTHORITY_BUMP) {
		return refuse("impossibleValue", `auth_bump is ${bump}, expected ${CPMM_AUTHORITY_BUMP}`);
	}
	const token0Mint = readAddress(data, POOL_STATE_OFFSET.token0Mint);
	const token1Mint = readAddress(data, POOL_STATE_OFFSET.token1Mint);
	if (token0Mint === token1Mint) {
		return refuse("impossibleValue", `token_0_mint and token_1_mint are the same mint ${token0Mint}`);
	}
	return success({
		ammConfig: readAddress(data, POOL_STATE_OFFSET.ammConfig),
		token0Vault: readAddress(data, POOL_STATE_OFFSET.token0Vault),
		token1Vault: readAddress(data, POOL_STATE_OFFSET.token1Vault),
		token0Mint,
		token1Mint,
		token0Program: readAddress(data, POOL_STATE_OFFSET.token0Program),
		token1Program: readAddress(data, POOL_STATE_OFFSET.token1Program),
		observationKey: readAddress(data, POOL_STATE_OFFSET.observationKey),
		mint0Decimals: byte(POOL_STATE_OFFSET.mint0Decimals),
		mint1Decimals: byte(POOL_STATE_OFFSET.mint1Decimals),
		creatorFeeOn,
		enableCreatorFee: byte(POOL_STATE_OFFSET.enableCreatorFee) !== 0,
	});
}

/**
 * The changing fields of a pool account: what protocol, fund and creator have not collected yet, and whether swaps pass
 * (raydium-cp-swap, states/pool.rs `vault_amount_without_fee`, `get_status_by_bit`).
 */
export function readPoolState(data: Uint8Array): Result<PoolAccountState, DecodeError> {
	if (data.length !== POOL_STATE_SIZE) {
		return refuse("shortData", `pool account has ${data.length} bytes, expected ${POOL_STATE_SIZE}`);
	}
	if (!startsWith(data, POOL_STATE_DISCRIMINATOR)) {
		return refuse("wrongDiscriminator", "pool account does not start with the discriminator of PoolState");
	}
	return success({
		owedA:
			readUint64(data, POOL_STATE_OFFSET.protocolFeesToken0) +
			readUint64(data, POOL_STATE_OFFSET.fundFeesToken0) +
			readUint64(data, POOL_STATE_OFFSET.creatorFeesToken0),
		owedB:
			readUint64(data, POOL_STATE_OFFSET.protocolFeesToken1) +
			readUint64(data, POOL_STATE_OFFSET.fundFeesToken1) +
			readUint64(data, POOL_STATE_OFFSET.creatorFeesToken1),
		swapEnabled: ((data[POOL_STATE_OFFSET.status] as number) & STATUS_SWAP_DISABLED) === 0,
		openTimeSeconds: readUint64(data, POOL_STATE_OFFSET.openTime),
	});
}

/** The rates of a configuration account, within the bounds that `create_amm_config` (raydium-cp-swap, lib.rs) sets. */
export function decodeConfig(config: AccountBytes): Result<CpmmConfig, DecodeError> {
	const { address, owner, data } = config;
	if (owner !== RAYDIUM_CPMM_PROGRAM) {
		return refuse("wrongOwner", `configuration ${address} is owned by ${owner}, not by ${RAYDIUM_CPMM_PROGRAM}`);
	}
	if (data.length !== AMM_CONFIG_SIZE) {
		return refuse("shortData", `configuration ${address} has ${data.length} bytes, expected ${AMM_CONFIG_SIZE}`);
	}
	if (!startsWith(data, AMM_CONFIG_DISCRIMINATOR)) {
		return refuse("wrongDiscriminator", `configuration ${address} does not start with the discriminator of AmmConfig`);
	}
	const tradeFeeRate = readUint64(data, AMM_CONFIG_OFFSET.tradeFeeRate);
	const protocolFeeRate = readUint64(data, AMM_CONFIG_OFFSET.protocolFeeRate);
	const fundFeeRate = readUint64(data, AMM_CONFIG_OFFSET.fundFeeRate);
	const creatorFeeRate = readUint64(data, AMM_CONFIG_OFFSET.creatorFeeRate);
	if (tradeFeeRate + creatorFeeRate >= FEE_RATE_DENOMINATOR) {
		return refuse(
			"impossibleValue",
			`trade and creator fee rates are ${tradeFeeRate} + ${creatorFeeRate}, expected < 10^6`,
		);
	}
	if (protocolFeeRate + fundFeeRate > FEE_RATE_DENOMINATOR) {
		return refuse(
			"impossibleValue",
			`protocol and fund fee rates are ${protocolFeeRate} + ${fundFeeRate}, expected ≤ 10^6`,
		);
	}
	return success({ tradeFeeRate, protocolFeeRate, fundFeeRate, creatorFeeRate });
}

function startsWith(data: Uint8Array, discriminator: Readonly<Uint8Array>): boolean {
	for (let index = 0; index < discriminator.length; index++) {
		if (data[index] !== discriminator[index]) return false;
	}
	return true;
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
