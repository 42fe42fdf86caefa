import type { Address } from "../../../types/address.ts";
import { decodeBase58, readAddress } from "../../../types/base58.ts";
import { readInt32, readUint16, readUint64, readUint128 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { TransferFeeSchedule } from "../../transfer-fee.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";
import { type ArrayBitmap, emptyBitmap, readExtensionBits, readOwnBits } from "./array-bitmap.ts";
import {
	AMM_CONFIG_DISCRIMINATOR,
	AMM_CONFIG_OFFSET,
	AMM_CONFIG_SIZE,
	BITMAP_EXTENSION_DISCRIMINATOR,
	BITMAP_EXTENSION_OFFSET,
	BITMAP_EXTENSION_SIZE,
	DYNAMIC_FEE_SIZE,
	FEE_RATE_DENOMINATOR,
	MAX_SQRT_PRICE,
	MAX_TICK,
	MAX_TICK_SPACING,
	MIN_SQRT_PRICE,
	MIN_TICK,
	POOL_STATE_DISCRIMINATOR,
	POOL_STATE_OFFSET,
	POOL_STATE_SIZE,
	RAYDIUM_CLMM_PROGRAM,
	STATUS_SWAP_DISABLED,
} from "./pool-account.ts";
import { emptyTickArray, readArrayStart, readTicks, type TickArray } from "./tick-array.ts";

/** What {@link decodePool} reads: what neither a swap nor a deposit changes, and the rates of the pool's configuration. */
export interface ClmmPool {
	readonly address: Address;
	/** {@link address} as bytes. */
	readonly poolBytes: Uint8Array;
	readonly ammConfig: Address;
	readonly mint0: Address;
	readonly mint1: Address;
	readonly vault0: Address;
	readonly vault1: Address;
	readonly observationKey: Address;
	readonly mintDecimals0: number;
	readonly mintDecimals1: number;
	readonly tickSpacing: number;
	readonly rates: ClmmRates;
	readonly transferFeeA: TransferFeeSchedule | null;
	readonly transferFeeB: TransferFeeSchedule | null;
}

/** The rates of a configuration account, in parts of {@link FEE_RATE_DENOMINATOR}. */
export interface ClmmRates {
	/** Part of the input. */
	readonly trade: bigint;
	/** Parts of the fee. */
	readonly protocol: bigint;
	readonly fund: bigint;
}

/** What swaps, deposits, limit orders and operators change. Kept for the pool's life and overwritten in place. */
export interface ClmmState {
	swapEnabled: boolean;
	/** Unix seconds; swaps are taken after it. */
	openTimeSeconds: bigint;
	liquidity: bigint;
	/** Square root of the price of token 0 in token 1, Q64.64. */
	sqrtPrice: bigint;
	tick: number;
	/** What the program's u64 counters already hold, in base units. */
	protocolFees0: bigint;
	protocolFees1: bigint;
	fundFees0: bigint;
	fundFees1: bigint;
	readonly bitmap: ArrayBitmap;
	/** By start index; at most {@link MOST_ARRAYS}. */
	readonly arrays: Map<number, TickArray>;
}

/** An array more than this, and the one farthest from the price is dropped. */
export const MOST_ARRAYS = 128;

/** A state that {@link readPoolState} has not filled yet: swaps disabled, nothing in it. */
export function emptyState(): ClmmState {
	return {
		swapEnabled: false,
		openTimeSeconds: 0n,
		liquidity: 0n,
		sqrtPrice: 0n,
		tick: 0,
		protocolFees0: 0n,
		protocolFees1: 0n,
		fundFees0: 0n,
		fundFees1: 0n,
		bitmap: emptyBitmap(),
		arrays: new Map(),
	};
}

/** What {@link decodePool} must be told beside the pool's own account. */
export interface ClmmReferences {
	/** The account that the pool names as `amm_config`. */
	readonly config: AccountBytes;
	/** The mints' transfer fees: token 0 is A, token 1 is B. */
	readonly transferFeeA: TransferFeeSchedule | null;
	readonly transferFeeB: TransferFeeSchedule | null;
}

/** The accounts that a pool names: its configuration, mints and vaults. */
export type ClmmNames = Pick<ClmmPool, "ammConfig" | "mint0" | "mint1" | "vault0" | "vault1">;

/** The addresses in a pool account that must be read before {@link decodePool}. */
export function readReferences({ address, owner, data }: AccountBytes): Result<ClmmNames, DecodeError> {
	if (owner !== RAYDIUM_CLMM_PROGRAM) {
		return refuse("wrongOwner", `pool ${address} is owned by ${owner}, not by ${RAYDIUM_CLMM_PROGRAM}`);
	}
	const unreadable = checkHeader(data, POOL_ACCOUNT);
	if (unreadable !== null) return failure(unreadable);
	const mint0 = readAddress(data, POOL_STATE_OFFSET.mint0);
	const mint1 = readAddress(data, POOL_STATE_OFFSET.mint1);
	if (mint0 === mint1) {
		return refuse("impossibleValue", `token_mint_0 and token_mint_1 are the same mint ${mint0}`);
	}
	return success({
		ammConfig: readAddress(data, POOL_STATE_OFFSET.ammConfig),
		mint0,
		mint1,
		vault0: readAddress(data, POOL_STATE_OFFSET.vault0),
		vault1: readAddress(data, POOL_STATE_OFFSET.vault1),
	});
}

/** The static fields of a pool account and the rates of its configuration. */
export function decodePool(account: AccountBytes, references: ClmmReferences): Result<ClmmPool, DecodeError> {
	const { address, data } = account;
	const named = readReferences(account);
	if (!named.ok) return named;
	const poolBytes = decodeBase58(address);
	if (poolBytes?.length !== 32) return refuse("impossibleValue", `pool address ${address} is not 32 bytes of base58`);
	const tickSpacing = readUint16(data, POOL_STATE_OFFSET.tickSpacing);
	if (tickSpacing === 0 || tickSpacing > MAX_TICK_SPACING) {
		return refuse("impossibleValue", `tick_spacing is ${tickSpacing}, expected 1 to ${MAX_TICK_SPACING}`);
	}
	const unsupported = unsupportedFee(data);
	if (unsupported !== null) return failure(unsupported);
	const { ammConfig } = named.value;
	const { config, transferFeeA, transferFeeB } = references;
	if (config.address !== ammConfig) {
		return refuse("impossibleValue", `pool ${address} names configuration ${ammConfig}, not ${config.address}`);
	}
	const rates = decodeConfig(config);
	if (!rates.ok) return rates;
	return success({
		address,
		poolBytes,
		...named.value,
		observationKey: readAddress(data, POOL_STATE_OFFSET.observationKey),
		mintDecimals0: data[POOL_STATE_OFFSET.mintDecimals0] as number,
		mintDecimals1: data[POOL_STATE_OFFSET.mintDecimals1] as number,
		tickSpacing,
		rates: rates.value,
		transferFeeA,
		transferFeeB,
	});
}

/** The rates of a configuration account, within the bounds that `create_amm_config` sets. */
export function decodeConfig(config: AccountBytes): Result<ClmmRates, DecodeError> {
	const { address, owner, data } = config;
	if (owner !== RAYDIUM_CLMM_PROGRAM) {
		return refuse("wrongOwner", `configuration ${address} is owned by ${owner}, not by ${RAYDIUM_CLMM_PROGRAM}`);
	}
	const unreadable = checkHeader(data, CONFIG_ACCOUNT);
	if (unreadable !== null) return failure(unreadable);
	const rate = (offset: number) => BigInt(readInt32(data, offset) >>> 0);
	const trade = rate(AMM_CONFIG_OFFSET.tradeFeeRate);
	const protocol = rate(AMM_CONFIG_OFFSET.protocolFeeRate);
	const fund = rate(AMM_CONFIG_OFFSET.fundFeeRate);
	if (trade >= FEE_RATE_DENOMINATOR) return refuse("impossibleValue", `trade_fee_rate is ${trade}, expected < 10^6`);
	if (protocol + fund > FEE_RATE_DENOMINATOR) {
		return refuse("impossibleValue", `protocol and fund fee rates are ${protocol} + ${fund}, expected ≤ 10^6`);
	}
	return success({ trade, protocol, fund });
}

/** Overwrites what a pool account's update may change; `into` stays as it was when a value is impossible. */
export function readPoolState(data: Uint8Array, into: ClmmState): DecodeError | null {
	const unreadable = checkHeader(data, POOL_ACCOUNT);
	if (unreadable !== null) return unreadable;
	const sqrtPrice = readUint128(data, POOL_STATE_OFFSET.sqrtPrice);
	if (sqrtPrice < MIN_SQRT_PRICE || sqrtPrice > MAX_SQRT_PRICE) {
		return { code: "impossibleValue", detail: `sqrt_price_x64 is ${sqrtPrice}, outside the program's bounds` };
	}
	const tick = readInt32(data, POOL_STATE_OFFSET.tickCurrent);
	if (tick < MIN_TICK || tick > MAX_TICK) {
		return { code: "impossibleValue", detail: `tick_current is ${tick}, expected ${MIN_TICK} to ${MAX_TICK}` };
	}
	const unsupported = unsupportedFee(data);
	if (unsupported !== null) return unsupported;
	into.swapEnabled = ((data[POOL_STATE_OFFSET.status] as number) & STATUS_SWAP_DISABLED) === 0;
	into.openTimeSeconds = readUint64(data, POOL_STATE_OFFSET.openTime);
	into.liquidity = readUint128(data, POOL_STATE_OFFSET.liquidity);
	into.sqrtPrice = sqrtPrice;
	into.tick = tick;
	into.protocolFees0 = readUint64(data, POOL_STATE_OFFSET.protocolFees0);
	into.protocolFees1 = readUint64(data, POOL_STATE_OFFSET.protocolFees1);
	into.fundFees0 = readUint64(data, POOL_STATE_OFFSET.fundFees0);
	into.fundFees1 = readUint64(data, POOL_STATE_OFFSET.fundFees1);
	readOwnBits(data, into.bitmap);
	return null;
}

/** Fees of the newest generation that no quote here takes into account. */
function unsupportedFee(data: Uint8Array): DecodeError | null {
	const feeOn = data[POOL_STATE_OFFSET.feeOn];
	if (feeOn !== 0) return { code: "unsupported", detail: `fee_on is ${feeOn}: only a fee on the input (0) is quoted` };
	for (let offset = 0; offset < DYNAMIC_FEE_SIZE; offset++) {
		if (data[POOL_STATE_OFFSET.dynamicFee + offset] === 0) continue;
		return { code: "unsupported", detail: "dynamic_fee_info is set: only a fixed fee is quoted" };
	}
	return null;
}

/** Overwrites the bits of the pool's bitmap extension. */
export function readBitmapExtension(data: Uint8Array, pool: ClmmPool, into: ClmmState): DecodeError | null {
	const unreadable = checkHeader(data, EXTENSION_ACCOUNT);
	if (unreadable !== null) return unreadable;
	for (let index = 0; index < pool.poolBytes.length; index++) {
		if (data[BITMAP_EXTENSION_OFFSET.poolId + index] === pool.poolBytes[index]) continue;
		return { code: "impossibleValue", detail: "pool_id of the bitmap extension is another pool's" };
	}
	readExtensionBits(data, into.bitmap);
	return null;
}

/** Overwrites one tick array, or takes in a new one; allocates for a new one only. */
export function readTickArray(data: Uint8Array, pool: ClmmPool, into: ClmmState): DecodeError | null {
	const start = readArrayStart(data, pool);
	if (typeof start !== "number") return start;
	const known = into.arrays.get(start);
	if (known !== undefined) return readTicks(data, known);
	const array = emptyTickArray(start, pool.tickSpacing);
	const impossible = readTicks(data, array);
	if (impossible !== null) return impossible;
	into.arrays.set(start, array);
	if (into.arrays.size > MOST_ARRAYS) dropFarthest(into);
	return null;
}

function dropFarthest(state: ClmmState): void {
	let farthest = state.tick;
	for (const start of state.arrays.keys()) {
		if (Math.abs(start - state.tick) > Math.abs(farthest - state.tick)) farthest = start;
	}
	state.arrays.delete(farthest);
}

interface AccountKind {
	readonly name: string;
	readonly size: number;
	readonly discriminator: Readonly<Uint8Array>;
}

const POOL_ACCOUNT: AccountKind = {
	name: "pool account",
	size: POOL_STATE_SIZE,
	discriminator: POOL_STATE_DISCRIMINATOR,
};
const CONFIG_ACCOUNT: AccountKind = {
	name: "configuration",
	size: AMM_CONFIG_SIZE,
	discriminator: AMM_CONFIG_DISCRIMINATOR,
};
const EXTENSION_ACCOUNT: AccountKind = {
	name: "bitmap extension",
	size: BITMAP_EXTENSION_SIZE,
	discriminator: BITMAP_EXTENSION_DISCRIMINATOR,
};

function checkHeader(data: Uint8Array, { name, size, discriminator }: AccountKind): DecodeError | null {
	if (data.length !== size) return { code: "shortData", detail: `${name} has ${data.length} bytes, expected ${size}` };
	for (let index = 0; index < discriminator.length; index++) {
		if (data[index] === discriminator[index]) continue;
		return { code: "wrongDiscriminator", detail: `${name} does not start with its kind's discriminator` };
	}
	return null;
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
