import type { Address } from "../../../types/address.ts";
import { readAddress } from "../../../types/base58.ts";
import { readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { AccountBytes, DecodeError, PoolAccountState } from "../venue.ts";

/** Raydium AMM v4 on mainnet. */
export const RAYDIUM_AMM_V4_PROGRAM = "675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8" as Address;

/**
 * The one authority over every pool's vaults: the program address of seed "amm authority" and bump
 * {@link AMM_AUTHORITY_NONCE} (raydium-amm, processor.rs `process_initialize2` accepts no other).
 */
export const AMM_AUTHORITY = "5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1" as Address;
export const AMM_AUTHORITY_NONCE = 254n;

/** Size of `AmmInfo` (raydium-amm, state.rs; packed, no discriminator). */
export const AMM_INFO_SIZE = 752;

/** Byte offsets in `AmmInfo` (raydium-amm, state.rs: `AmmInfo`, with `Fees` at 128 and `StateData` at 192). */
export const AMM_INFO_OFFSET = {
	status: 0,
	nonce: 8,
	coinDecimals: 32,
	pcDecimals: 40,
	state: 48,
	resetFlag: 56,
	sysDecimalValue: 120,
	minSeparateNumerator: 128,
	minSeparateDenominator: 136,
	tradeFeeNumerator: 144,
	tradeFeeDenominator: 152,
	pnlNumerator: 160,
	pnlDenominator: 168,
	swapFeeNumerator: 176,
	swapFeeDenominator: 184,
	needTakePnlCoin: 192,
	needTakePnlPc: 200,
	poolOpenTime: 224,
	coinVault: 336,
	pcVault: 368,
	coinVaultMint: 400,
	pcVaultMint: 432,
	lpMint: 464,
	openOrders: 496,
	market: 528,
	marketProgram: 560,
	targetOrders: 592,
	ammOwner: 688,
	lpAmount: 720,
	recentEpoch: 736,
} as const;

/** Pool states of `AmmStatus` (raydium-amm, state.rs). Swaps pass in the last two only. */
export const AMM_STATUS = {
	initialized: 1n,
	disabled: 2n,
	withdrawOnly: 3n,
	liquidityOnly: 4n,
	orderBookOnly: 5n,
	swapOnly: 6n,
	waitingTrade: 7n,
} as const;

/** What {@link decodePool} reads: everything in a pool account that does not change with a swap. */
export interface AmmPool {
	readonly coinDecimals: number;
	readonly pcDecimals: number;
	readonly swapFeeNumerator: bigint;
	readonly swapFeeDenominator: bigint;
	readonly coinVault: Address;
	readonly pcVault: Address;
	readonly coinMint: Address;
	readonly pcMint: Address;
	readonly openOrders: Address;
	readonly targetOrders: Address;
	readonly market: Address;
	readonly marketProgram: Address;
}

const LARGEST_DECIMALS = 255n;

/** The static fields of a pool account. */
export function decodePool(pool: AccountBytes): Result<AmmPool, DecodeError> {
	if (pool.owner !== RAYDIUM_AMM_V4_PROGRAM) {
		return refuse("wrongOwner", `pool ${pool.address} is owned by ${pool.owner}, not by ${RAYDIUM_AMM_V4_PROGRAM}`);
	}
	const state = readPoolState(pool.data);
	if (!state.ok) return state;
	const { data } = pool;
	const nonce = readUint64(data, AMM_INFO_OFFSET.nonce);
	if (nonce !== AMM_AUTHORITY_NONCE) {
		return refuse("unsupported", `nonce is ${nonce}, expected ${AMM_AUTHORITY_NONCE}: the vault authority is unknown`);
	}
	const swapFeeNumerator = readUint64(data, AMM_INFO_OFFSET.swapFeeNumerator);
	const swapFeeDenominator = readUint64(data, AMM_INFO_OFFSET.swapFeeDenominator);
	if (swapFeeNumerator >= swapFeeDenominator) {
		return refuse(
			"impossibleValue",
			`swap_fee is ${swapFeeNumerator}/${swapFeeDenominator}, expected a fraction below 1`,
		);
	}
	const coinDecimals = readUint64(data, AMM_INFO_OFFSET.coinDecimals);
	const pcDecimals = readUint64(data, AMM_INFO_OFFSET.pcDecimals);
	if (coinDecimals > LARGEST_DECIMALS || pcDecimals > LARGEST_DECIMALS) {
		return refuse("impossibleValue", `decimals are ${coinDecimals} and ${pcDecimals}, expected at most 255`);
	}
	const coinMint = readAddress(data, AMM_INFO_OFFSET.coinVaultMint);
	const pcMint = readAddress(data, AMM_INFO_OFFSET.pcVaultMint);
	if (coinMint === pcMint) return refuse("impossibleValue", `coin and pc are the same mint ${coinMint}`);
	return success({
		coinDecimals: Number(coinDecimals),
		pcDecimals: Number(pcDecimals),
		swapFeeNumerator,
		swapFeeDenominator,
		coinVault: readAddress(data, AMM_INFO_OFFSET.coinVault),
		pcVault: readAddress(data, AMM_INFO_OFFSET.pcVault),
		coinMint,
		pcMint,
		openOrders: readAddress(data, AMM_INFO_OFFSET.openOrders),
		targetOrders: readAddress(data, AMM_INFO_OFFSET.targetOrders),
		market: readAddress(data, AMM_INFO_OFFSET.market),
		marketProgram: readAddress(data, AMM_INFO_OFFSET.marketProgram),
	});
}

/**
 * The changing fields of a pool account. `SwapOnly` pools are open whatever their open time says; `WaitingTrade` pools
 * open at it, and the first swap after turns them into `SwapOnly` (raydium-amm, processor.rs `process_swap_base_in`).
 */
export function readPoolState(data: Uint8Array): Result<PoolAccountState, DecodeError> {
	if (data.length !== AMM_INFO_SIZE) {
		return refuse("shortData", `pool account has ${data.length} bytes, expected ${AMM_INFO_SIZE}`);
	}
	const status = readUint64(data, AMM_INFO_OFFSET.status);
	if (status < AMM_STATUS.initialized || status > AMM_STATUS.waitingTrade) {
		return refuse("impossibleValue", `status is ${status}, expected 1 to 7`);
	}
	return success({
		owedA: readUint64(data, AMM_INFO_OFFSET.needTakePnlCoin),
		owedB: readUint64(data, AMM_INFO_OFFSET.needTakePnlPc),
		swapEnabled: status >= AMM_STATUS.swapOnly,
		openTimeSeconds: status === AMM_STATUS.waitingTrade ? readUint64(data, AMM_INFO_OFFSET.poolOpenTime) : 0n,
	});
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
