import { readInt32, readUint16, readUint64 } from "../../../types/bytes.ts";
import { MAX_TICK, MIN_TICK } from "../../tick-math.ts";
import type { DecodeError } from "../venue.ts";
import { ORACLE_DISCRIMINATOR, ORACLE_OFFSET, ORACLE_SIZE } from "./accounts.ts";
import { holds, impossible } from "./decoding.ts";
import type { AdaptiveFeeConstants, AdaptiveFeeVariables, WhirlpoolPool, WhirlpoolState } from "./state.ts";

/** The oracle's account, into the pool's state. Null data: there is none, and the fee is the static one. */
export function readOracle(
	data: Uint8Array | null,
	{ pool, state }: { readonly pool: WhirlpoolPool; readonly state: WhirlpoolState },
): DecodeError | null {
	const prices = state.oracle?.prices ?? new Map<number, bigint>();
	state.oracle = null;
	state.isOracleKnown = data === null;
	if (data === null) return null;
	if (data.length !== ORACLE_SIZE) {
		return { code: "shortData", detail: `oracle account has ${data.length} bytes, expected ${ORACLE_SIZE}` };
	}
	if (!holds(data, 0, ORACLE_DISCRIMINATOR)) {
		return { code: "wrongDiscriminator", detail: "oracle account does not start with the discriminator of Oracle" };
	}
	if (!holds(data, ORACLE_OFFSET.whirlpool, pool.addressBytes)) return impossible("whirlpool", "another", pool.address);
	const constants = readConstants(data);
	const variables = readVariables(data);
	const refused = refuse(constants, variables);
	if (refused !== null) return refused;
	const tradeEnableSeconds = readUint64(data, ORACLE_OFFSET.tradeEnableTimestamp);
	state.oracle = { tradeEnableSeconds, constants, variables, prices };
	state.isOracleKnown = true;
	return null;
}

function readConstants(data: Uint8Array): AdaptiveFeeConstants {
	return {
		filterPeriod: readUint16(data, ORACLE_OFFSET.filterPeriod),
		decayPeriod: readUint16(data, ORACLE_OFFSET.decayPeriod),
		reductionFactor: readUint16(data, ORACLE_OFFSET.reductionFactor),
		adaptiveFeeControlFactor: readInt32(data, ORACLE_OFFSET.adaptiveFeeControlFactor) >>> 0,
		maxVolatilityAccumulator: readInt32(data, ORACLE_OFFSET.maxVolatilityAccumulator) >>> 0,
		tickGroupSize: readUint16(data, ORACLE_OFFSET.tickGroupSize),
		majorSwapThresholdTicks: readUint16(data, ORACLE_OFFSET.majorSwapThresholdTicks),
	};
}

function readVariables(data: Uint8Array): AdaptiveFeeVariables {
	return {
		lastReferenceUpdateTimestamp: Number(readUint64(data, ORACLE_OFFSET.lastReferenceUpdateTimestamp)),
		lastMajorSwapTimestamp: Number(readUint64(data, ORACLE_OFFSET.lastMajorSwapTimestamp)),
		volatilityReference: readInt32(data, ORACLE_OFFSET.volatilityReference) >>> 0,
		tickGroupIndexReference: readInt32(data, ORACLE_OFFSET.tickGroupIndexReference),
		volatilityAccumulator: readInt32(data, ORACLE_OFFSET.volatilityAccumulator) >>> 0,
	};
}

/** What the program never writes (state/oracle.rs `validate_constants`), and would fail on. */
function refuse(constants: AdaptiveFeeConstants, variables: AdaptiveFeeVariables): DecodeError | null {
	const { tickGroupSize, maxVolatilityAccumulator, adaptiveFeeControlFactor } = constants;
	if (tickGroupSize === 0) return impossible("tick_group_size", 0, "at least 1");
	if (maxVolatilityAccumulator * tickGroupSize > 0xffff_ffff) {
		return impossible("max_volatility_accumulator", maxVolatilityAccumulator, "a u32 times the tick group size");
	}
	if (adaptiveFeeControlFactor >= 100_000) {
		return impossible("adaptive_fee_control_factor", adaptiveFeeControlFactor, "below 100000");
	}
	if (constants.reductionFactor >= 10_000) {
		return impossible("reduction_factor", constants.reductionFactor, "below 10000");
	}
	const { volatilityReference, volatilityAccumulator, tickGroupIndexReference } = variables;
	if (volatilityReference > maxVolatilityAccumulator) {
		return impossible("volatility_reference", volatilityReference, `at most ${maxVolatilityAccumulator}`);
	}
	if (volatilityAccumulator > maxVolatilityAccumulator) {
		return impossible("volatility_accumulator", volatilityAccumulator, `at most ${maxVolatilityAccumulator}`);
	}
	// It is always the group of some current tick, and that may be one below the lowest.
	const lowest = Math.floor((MIN_TICK - 1) / tickGroupSize);
	if (tickGroupIndexReference < lowest || tickGroupIndexReference > Math.floor(MAX_TICK / tickGroupSize)) {
		return impossible("tick_group_index_reference", tickGroupIndexReference, "a group of ticks of the program");
	}
	return null;
}
