import {
	AMM_CONFIG_DISCRIMINATOR,
	AMM_CONFIG_OFFSET,
	AMM_CONFIG_SIZE,
	BITMAP_EXTENSION_DISCRIMINATOR,
	BITMAP_EXTENSION_OFFSET,
	BITMAP_EXTENSION_SIZE,
	POOL_STATE_DISCRIMINATOR,
	POOL_STATE_OFFSET,
	POOL_STATE_SIZE,
	RAYDIUM_CLMM_PROGRAM,
	TICK_ARRAY_DISCRIMINATOR,
	TICK_ARRAY_OFFSET,
	TICK_ARRAY_SIZE,
	TICK_OFFSET,
	TICK_SIZE,
	TICKS_AN_ARRAY,
} from "../../../core/market/venues/raydium-clmm/pool-account.ts";
import type { Address } from "../../../core/types/address.ts";
import { decodeBase58, encodeBase58 } from "../../../core/types/base58.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import type { Scenario } from "./scenario.ts";

const BITMAP_BITS = 512;

/** A fixed address for each use. */
export function named(index: number): Address {
	return encodeBase58(new Uint8Array(32).fill(index)) as Address;
}

export function bytesOf(address: Address): Uint8Array {
	const bytes = decodeBase58(address);
	if (bytes === null) throw new Error(`${address} is no base58`);
	return bytes;
}

export const CONFIG = named(2);
export const MINTS = [named(3), named(4)] as const;
export const VAULTS = [named(5), named(6)] as const;
export const OBSERVATION = named(7);
/** Of these mints and this configuration; the program signs with its seeds. */
export const POOL: Address = new ProgramAddresses().derive(RAYDIUM_CLMM_PROGRAM, poolSeeds());

export function poolSeeds(): Uint8Array[] {
	return [Buffer.from("pool"), bytesOf(CONFIG), bytesOf(MINTS[0]), bytesOf(MINTS[1])];
}

/** A pool account (states/pool.rs `PoolState`). */
export function poolData(scenario: Scenario, bump = 0): Uint8Array {
	const data = new Uint8Array(POOL_STATE_SIZE);
	const view = new DataView(data.buffer);
	data.set(POOL_STATE_DISCRIMINATOR);
	data[POOL_STATE_OFFSET.bump] = bump;
	data.set(bytesOf(CONFIG), POOL_STATE_OFFSET.ammConfig);
	data.set(bytesOf(MINTS[0]), POOL_STATE_OFFSET.mint0);
	data.set(bytesOf(MINTS[1]), POOL_STATE_OFFSET.mint1);
	data.set(bytesOf(VAULTS[0]), POOL_STATE_OFFSET.vault0);
	data.set(bytesOf(VAULTS[1]), POOL_STATE_OFFSET.vault1);
	data.set(bytesOf(OBSERVATION), POOL_STATE_OFFSET.observationKey);
	data.set([6, 9], POOL_STATE_OFFSET.mintDecimals0);
	view.setUint16(POOL_STATE_OFFSET.tickSpacing, scenario.tickSpacing, true);
	write128(data, POOL_STATE_OFFSET.liquidity, scenario.liquidity);
	write128(data, POOL_STATE_OFFSET.sqrtPrice, scenario.sqrtPrice);
	view.setInt32(POOL_STATE_OFFSET.tickCurrent, scenario.tick, true);
	writeUint64(data, POOL_STATE_OFFSET.protocolFees0, scenario.protocolFees[0]);
	writeUint64(data, POOL_STATE_OFFSET.protocolFees1, scenario.protocolFees[1]);
	data[POOL_STATE_OFFSET.status] = scenario.status;
	writeUint64(data, POOL_STATE_OFFSET.openTime, scenario.openTimeSeconds);
	for (const index of arrayIndexes(scenario)) {
		if (index < -BITMAP_BITS || index >= BITMAP_BITS) continue;
		setBit(data, POOL_STATE_OFFSET.tickArrayBitmap, index + BITMAP_BITS);
	}
	return data;
}

/** A configuration account (states/config.rs `AmmConfig`). */
export function configData(scenario: Scenario): Uint8Array {
	const data = new Uint8Array(AMM_CONFIG_SIZE);
	const view = new DataView(data.buffer);
	data.set(AMM_CONFIG_DISCRIMINATOR);
	view.setUint32(AMM_CONFIG_OFFSET.protocolFeeRate, scenario.protocolRate, true);
	view.setUint32(AMM_CONFIG_OFFSET.tradeFeeRate, scenario.tradeRate, true);
	view.setUint16(AMM_CONFIG_OFFSET.tickSpacing, scenario.tickSpacing, true);
	view.setUint32(AMM_CONFIG_OFFSET.fundFeeRate, scenario.fundRate, true);
	return data;
}

/** The tick array that begins at `start` (states/tick_array.rs `TickArrayState`). */
export function arrayData({ ticks, tickSpacing }: Scenario, start: number): Uint8Array {
	const data = new Uint8Array(TICK_ARRAY_SIZE);
	const view = new DataView(data.buffer);
	data.set(TICK_ARRAY_DISCRIMINATOR);
	data.set(bytesOf(POOL), TICK_ARRAY_OFFSET.poolId);
	view.setInt32(TICK_ARRAY_OFFSET.startTickIndex, start, true);
	let count = 0;
	for (const [tick, net, gross] of ticks) {
		const offset = (tick - start) / tickSpacing;
		if (offset < 0 || offset >= TICKS_AN_ARRAY) continue;
		const at = TICK_ARRAY_OFFSET.ticks + offset * TICK_SIZE;
		view.setInt32(at + TICK_OFFSET.tick, tick, true);
		write128(data, at + TICK_OFFSET.liquidityNet, BigInt.asUintN(128, net));
		write128(data, at + TICK_OFFSET.liquidityGross, gross);
		count++;
	}
	data[TICK_ARRAY_OFFSET.initializedTickCount] = count;
	return data;
}

/** The pool's bitmap extension (states/tickarray_bitmap_extension.rs). */
export function extensionData(scenario: Scenario): Uint8Array {
	const data = new Uint8Array(BITMAP_EXTENSION_SIZE);
	data.set(BITMAP_EXTENSION_DISCRIMINATOR);
	data.set(bytesOf(POOL), BITMAP_EXTENSION_OFFSET.poolId);
	for (const index of arrayIndexes(scenario)) {
		if (index >= BITMAP_BITS) setBit(data, BITMAP_EXTENSION_OFFSET.positive, index - BITMAP_BITS);
		if (index >= -BITMAP_BITS) continue;
		const bitmap = Math.ceil(-index / BITMAP_BITS) - 2;
		setBit(data, BITMAP_EXTENSION_OFFSET.negative + (bitmap * BITMAP_BITS) / 8, index + (bitmap + 2) * BITMAP_BITS);
	}
	return data;
}

function arrayIndexes({ ticks, tickSpacing }: Scenario): Set<number> {
	return new Set(ticks.map(([tick]) => Math.floor(tick / (TICKS_AN_ARRAY * tickSpacing))));
}

function setBit(data: Uint8Array, offset: number, bit: number): void {
	const at = offset + (bit >> 3);
	data[at] = (data[at] as number) | (1 << (bit & 7));
}

function write128(data: Uint8Array, offset: number, value: bigint): void {
	writeUint64(data, offset, BigInt.asUintN(64, value));
	writeUint64(data, offset + 8, value >> 64n);
}
