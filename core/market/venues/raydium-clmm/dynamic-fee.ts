import { readInt32, readUint16, readUint64 } from "../../../types/bytes.ts";
import { ceilDiv } from "../../constant-product.ts";
import type { DecodeError } from "../venue.ts";
import { DYNAMIC_FEE_OFFSET, DYNAMIC_FEE_SIZE, MAX_TICK, POOL_STATE_OFFSET } from "./pool-account.ts";

/** How a pool's fee rises with volatility (raydium-clmm, states/pool_fee.rs `DynamicFeeInfo`); set for ever at its creation. */
export interface DynamicFee {
	readonly filterPeriodSeconds: bigint;
	readonly decayPeriodSeconds: bigint;
	/** Parts of 10,000 of the accumulator that are kept when it decays. */
	readonly reductionFactor: number;
	/** Parts of 100,000. */
	readonly control: bigint;
	readonly maximumAccumulator: number;
}

/** What swaps change in it. */
export interface Volatility {
	/** In tick spacings. */
	indexReference: number;
	reference: number;
	accumulator: number;
	lastUpdateSeconds: bigint;
}

const ACCUMULATOR_SCALE = 10_000;
const REDUCTION_DENOMINATOR = 10_000;
const CONTROL_DENOMINATOR = 100_000n;
const RATE_DENOMINATOR = CONTROL_DENOMINATOR * BigInt(ACCUMULATOR_SCALE) ** 2n;
/** A tenth (states/pool_fee.rs `MAX_FEE_RATE_NUMERATOR`). */
const MAXIMUM_RATE = 100_000n;
const U32_MAX = 0xffff_ffff;

export function noVolatility(): Volatility {
	return { indexReference: 0, reference: 0, accumulator: 0, lastUpdateSeconds: 0n };
}

/** The settings of a pool account; null when its fee is not dynamic, which is when every byte of them is zero. */
export function readDynamicFee(data: Uint8Array, tickSpacing: number): DynamicFee | DecodeError | null {
	const at = POOL_STATE_OFFSET.dynamicFee;
	let isAbsent = true;
	for (let offset = 0; offset < DYNAMIC_FEE_SIZE; offset++) if (data[at + offset] !== 0) isAbsent = false;
	if (isAbsent) return null;
	const filter = readUint16(data, at + DYNAMIC_FEE_OFFSET.filterPeriod);
	const decay = readUint16(data, at + DYNAMIC_FEE_OFFSET.decayPeriod);
	const reductionFactor = readUint16(data, at + DYNAMIC_FEE_OFFSET.reductionFactor);
	const control = readInt32(data, at + DYNAMIC_FEE_OFFSET.control) >>> 0;
	const maximumAccumulator = readInt32(data, at + DYNAMIC_FEE_OFFSET.maximumAccumulator) >>> 0;
	const isValid =
		filter > 0 &&
		decay > filter &&
		reductionFactor > 0 &&
		reductionFactor < REDUCTION_DENOMINATOR &&
		control > 0 &&
		control < Number(CONTROL_DENOMINATOR) &&
		maximumAccumulator * tickSpacing <= U32_MAX;
	if (!isValid) {
		const detail = `dynamic_fee_info is filter ${filter}, decay ${decay}, reduction ${reductionFactor}, control ${control}, maximum ${maximumAccumulator}, which no pool can be created with`;
		return { code: "impossibleValue", detail };
	}
	return {
		filterPeriodSeconds: BigInt(filter),
		decayPeriodSeconds: BigInt(decay),
		reductionFactor,
		control: BigInt(control),
		maximumAccumulator,
	};
}

/** Overwrites what swaps change. The caller has checked the account's size. */
export function readVolatility(data: Uint8Array, into: Volatility): DecodeError | null {
	const at = POOL_STATE_OFFSET.dynamicFee;
	const indexReference = readInt32(data, at + DYNAMIC_FEE_OFFSET.indexReference);
	if (Math.abs(indexReference) > MAX_TICK + 1) {
		return { code: "impossibleValue", detail: `tick_spacing_index_reference is ${indexReference}, beyond every tick` };
	}
	into.indexReference = indexReference;
	into.reference = readInt32(data, at + DYNAMIC_FEE_OFFSET.volatilityReference) >>> 0;
	into.accumulator = readInt32(data, at + DYNAMIC_FEE_OFFSET.accumulator) >>> 0;
	into.lastUpdateSeconds = readUint64(data, at + DYNAMIC_FEE_OFFSET.lastUpdate);
	return null;
}

/** The volatility that a swap begins with (`DynamicFeeInfo::update_reference`); a copy. */
export function volatilityAt(before: Volatility, fee: DynamicFee, now: { index: number; seconds: bigint }): Volatility {
	const { indexReference, reference, accumulator, lastUpdateSeconds } = before;
	const age = now.seconds > lastUpdateSeconds ? now.seconds - lastUpdateSeconds : 0n;
	if (age < fee.filterPeriodSeconds) return { indexReference, reference, accumulator, lastUpdateSeconds };
	const decayed = Math.floor((accumulator * fee.reductionFactor) / REDUCTION_DENOMINATOR);
	return {
		indexReference: now.index,
		reference: age < fee.decayPeriodSeconds ? decayed : 0,
		accumulator,
		lastUpdateSeconds: now.seconds,
	};
}

/** Counts the way from the reference in (`DynamicFeeInfo::update_volatility_accumulator`). */
export function accumulate(volatility: Volatility, fee: DynamicFee, index: number): void {
	const moved = Math.abs(volatility.indexReference - index);
	volatility.accumulator = Math.min(volatility.reference + moved * ACCUMULATOR_SCALE, fee.maximumAccumulator);
}

export interface RateQuestion {
	readonly baseRate: bigint;
	readonly fee: DynamicFee;
	readonly accumulator: number;
	readonly tickSpacing: number;
}

/** The whole fee rate, in parts of 10^6 (instructions/swap.rs `get_total_fee_rate`). */
export function totalRate({ baseRate, fee, accumulator, tickSpacing }: RateQuestion): bigint {
	const crossed = BigInt(accumulator * tickSpacing);
	const rate = baseRate + ceilDiv(fee.control * crossed * crossed, RATE_DENOMINATOR);
	return rate > MAXIMUM_RATE ? MAXIMUM_RATE : rate;
}
