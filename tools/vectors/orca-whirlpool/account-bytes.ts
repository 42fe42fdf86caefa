import {
	DYNAMIC_ARRAY_DISCRIMINATOR,
	DYNAMIC_ARRAY_OFFSET,
	FIXED_ARRAY_DISCRIMINATOR,
	FIXED_ARRAY_OFFSET,
	FIXED_ARRAY_SIZE,
	ORACLE_DISCRIMINATOR,
	ORACLE_OFFSET,
	ORACLE_SIZE,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
	TICK_SIZE,
	TICKS_IN_ARRAY,
} from "../../../core/market/venues/orca-whirlpool/accounts.ts";
import type { Scenario, ScenarioArray, ScenarioOracle } from "./scenario.ts";

const CONFIG_OFFSET = 8;
const BUMP_OFFSET = 40;
const U64_MASK = 0xffff_ffff_ffff_ffffn;

/** What the pool account names besides its numbers. */
export interface PoolNames {
	readonly config: Uint8Array;
	readonly bump: number;
	readonly mints: readonly [Uint8Array, Uint8Array];
	readonly vaults: readonly [Uint8Array, Uint8Array];
}

/** The bytes of a `Whirlpool` account. */
export function poolBytes(scenario: Scenario, names: PoolNames): Uint8Array {
	const data = Buffer.alloc(POOL_SIZE);
	data.set(POOL_DISCRIMINATOR);
	data.set(names.config, CONFIG_OFFSET);
	data[BUMP_OFFSET] = names.bump;
	data.writeUInt16LE(scenario.tickSpacing, POOL_OFFSET.tickSpacing);
	data.writeUInt16LE(scenario.feeTierIndex, POOL_OFFSET.feeTierIndex);
	data.writeUInt16LE(scenario.feeRate, POOL_OFFSET.feeRate);
	data.writeUInt16LE(scenario.protocolFeeRate, POOL_OFFSET.protocolFeeRate);
	writeUint128(data, scenario.liquidity, POOL_OFFSET.liquidity);
	writeUint128(data, scenario.sqrtPrice, POOL_OFFSET.sqrtPrice);
	data.writeInt32LE(scenario.tick, POOL_OFFSET.tickCurrentIndex);
	data.set(names.mints[0], POOL_OFFSET.tokenMintA);
	data.set(names.vaults[0], POOL_OFFSET.tokenVaultA);
	data.set(names.mints[1], POOL_OFFSET.tokenMintB);
	data.set(names.vaults[1], POOL_OFFSET.tokenVaultB);
	return new Uint8Array(data);
}

/** The bytes of a tick array account of either kind; null for one that does not exist. */
export function arrayBytes({ start, kind, ticks }: ScenarioArray, pool: Uint8Array): Uint8Array | null {
	if (kind === "absent") return null;
	const nets = new Map(ticks);
	const isFixed = kind === "fixed";
	const layout = isFixed ? FIXED_ARRAY_OFFSET : DYNAMIC_ARRAY_OFFSET;
	const size = isFixed ? FIXED_ARRAY_SIZE : layout.ticks + TICKS_IN_ARRAY + nets.size * (TICK_SIZE - 1);
	const data = Buffer.alloc(size);
	data.set(isFixed ? FIXED_ARRAY_DISCRIMINATOR : DYNAMIC_ARRAY_DISCRIMINATOR);
	data.writeInt32LE(start, layout.startTickIndex);
	data.set(pool, layout.whirlpool);
	for (let slot = 0, offset: number = layout.ticks; slot < TICKS_IN_ARRAY; slot++) {
		const net = nets.get(slot);
		if (net !== undefined) {
			data[offset] = 1;
			writeUint128(data, net, offset + 1);
			writeUint128(data, net < 0n ? -net : net, offset + 17);
			if (!isFixed) {
				const at = DYNAMIC_ARRAY_OFFSET.tickBitmap + (slot >> 3);
				data[at] = (data[at] as number) | (1 << (slot & 7));
			}
		}
		offset += isFixed || net !== undefined ? TICK_SIZE : 1;
	}
	return new Uint8Array(data);
}

/** The bytes of an oracle account; null for none. */
export function oracleBytes(oracle: ScenarioOracle | null, pool: Uint8Array): Uint8Array | null {
	if (oracle === null) return null;
	const data = Buffer.alloc(ORACLE_SIZE);
	data.set(ORACLE_DISCRIMINATOR);
	data.set(pool, ORACLE_OFFSET.whirlpool);
	data.writeBigUInt64LE(BigInt(oracle.tradeEnable), ORACLE_OFFSET.tradeEnableTimestamp);
	data.writeUInt16LE(oracle.filterPeriod, ORACLE_OFFSET.filterPeriod);
	data.writeUInt16LE(oracle.decayPeriod, ORACLE_OFFSET.decayPeriod);
	data.writeUInt16LE(oracle.reductionFactor, ORACLE_OFFSET.reductionFactor);
	data.writeUInt32LE(oracle.controlFactor, ORACLE_OFFSET.adaptiveFeeControlFactor);
	data.writeUInt32LE(oracle.maxAccumulator, ORACLE_OFFSET.maxVolatilityAccumulator);
	data.writeUInt16LE(oracle.groupSize, ORACLE_OFFSET.tickGroupSize);
	data.writeUInt16LE(oracle.majorThreshold, ORACLE_OFFSET.majorSwapThresholdTicks);
	data.writeBigUInt64LE(BigInt(oracle.lastReference), ORACLE_OFFSET.lastReferenceUpdateTimestamp);
	data.writeBigUInt64LE(BigInt(oracle.lastMajor), ORACLE_OFFSET.lastMajorSwapTimestamp);
	data.writeUInt32LE(oracle.reference, ORACLE_OFFSET.volatilityReference);
	data.writeInt32LE(oracle.groupReference, ORACLE_OFFSET.tickGroupIndexReference);
	data.writeUInt32LE(oracle.accumulator, ORACLE_OFFSET.volatilityAccumulator);
	return new Uint8Array(data);
}

function writeUint128(data: Buffer, value: bigint, offset: number): void {
	data.writeBigUInt64LE(value & U64_MASK, offset);
	data.writeBigUInt64LE((value >> 64n) & U64_MASK, offset + 8);
}
