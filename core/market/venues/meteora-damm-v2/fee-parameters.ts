import { readUint16, readUint64, readUint128 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { U64_MAX } from "../../constant-product.ts";
import type { DecodeError } from "../venue.ts";
import { smaller } from "./integers.ts";

/** Fees are parts of this (damm-v2, constants.rs `FEE_DENOMINATOR`). */
export const FEE_DENOMINATOR = 1_000_000_000n;
export const ONE_IN_BASIS_POINTS = 10_000n;

/** The highest fee by `fee_version` 0 and 1 (damm-v2, constants.rs `get_max_fee_numerator`). */
export const MAXIMUM_FEE_NUMERATORS: readonly bigint[] = [500_000_000n, 990_000_000n];

/**
 * Byte offsets in a pool account, discriminator included (damm-v2 0.2.1, commit a3d3827, state/fee.rs `PoolFeesStruct`).
 * The words of the base fee mean by mode: base_fee/{fee_time_scheduler,fee_rate_limiter,fee_market_cap_scheduler}.rs.
 */
export const FEE_OFFSET = {
	cliffFeeNumerator: 8,
	baseFeeMode: 16,
	/** u16: number of periods, or the limiter's fee increment in basis points. */
	baseFeeFirst: 22,
	/** u64: a period's length; or two u32: price step and expiration, limiter duration and highest fee. */
	baseFeeSecond: 24,
	/** u64: reduction factor, or the limiter's reference amount. */
	baseFeeThird: 32,
	protocolFeePercent: 48,
	referralFeePercent: 50,
	compoundingFeeBps: 54,
	dynamicInitialized: 56,
	maxVolatilityAccumulator: 64,
	variableFeeControl: 68,
	binStep: 72,
	filterPeriod: 74,
	decayPeriod: 76,
	reductionFactor: 78,
	binStepU128: 88,
	initSqrtPrice: 152,
} as const;

/** In which token the fee is taken (damm-v2, state/pool.rs `CollectFeeMode` 0, 1, 2). `compounding` takes token B. */
export type CollectFeeMode = "bothTokens" | "onlyB" | "compounding";

/** How the base fee of a swap comes about; numerators in parts of {@link FEE_DENOMINATOR}. */
export type BaseFee = FixedFee | ScheduledFee | RateLimitedFee;

interface FixedFee {
	readonly kind: "fixed";
	readonly cliff: bigint;
}

/** Falls from `cliff` period by period; a period is passed time, or a step that the price has risen since the start. */
export interface ScheduledFee {
	readonly kind: "byTime" | "byPrice";
	readonly cliff: bigint;
	readonly isExponential: boolean;
	readonly periods: bigint;
	/** Linear: numerator a period. Exponential: basis points of the fee a period. */
	readonly reductionFactor: bigint;
	/** `byTime`: slots or seconds. `byPrice`: basis points of the square root of the price. */
	readonly periodLength: bigint;
	/** `byPrice`: slots or seconds after which the lowest fee counts anyway. */
	readonly expiration: bigint;
}

/** Rises with the amount: each further `reference` of token B pays `increment` more. */
export interface RateLimitedFee {
	readonly kind: "byAmount";
	readonly cliff: bigint;
	readonly increment: bigint;
	readonly maximum: bigint;
	/** Base units of token B. */
	readonly reference: bigint;
	/** Slots or seconds from activation. */
	readonly duration: bigint;
}

/** Settings of the fee that follows volatility (damm-v2, state/fee.rs `DynamicFeeStruct`). */
export interface DynamicFee {
	readonly maxVolatilityAccumulator: bigint;
	readonly variableFeeControl: bigint;
	readonly binStep: bigint;
	readonly binStepU128: bigint;
	readonly filterPeriodSeconds: bigint;
	readonly decayPeriodSeconds: bigint;
	/** Basis points of the accumulator that stay over a decay. */
	readonly reductionFactor: bigint;
}

export interface FeeParameters {
	readonly base: BaseFee;
	readonly dynamic: DynamicFee | null;
	/** The protocol's share of a fee, in percent. */
	readonly protocolFeePercent: bigint;
	/** A referrer's share of the protocol's fee, in percent. */
	readonly referralFeePercent: bigint;
	/** The part of the providers' fee that goes into the reserves, in basis points. */
	readonly compoundingFeeBps: bigint;
	/** The price at which the pool was opened, for fees by price. */
	readonly initSqrtPrice: bigint;
}

/** Before anything is read. */
export const NO_FEES: FeeParameters = {
	base: { kind: "fixed", cliff: 0n },
	dynamic: null,
	protocolFeePercent: 0n,
	referralFeePercent: 0n,
	compoundingFeeBps: 0n,
	initSqrtPrice: 0n,
};

/** Half at most, so that no share of a u64 passes a u63 (damm-v2, constants.rs `PROTOCOL_FEE_PERCENT` <= 50). */
const HIGHEST_SHARE_PERCENT = 50;
const LOWEST_BIN_STEP_U128 = 1n << 32n;

/** What a base fee and what volatility adds to it leave of an amount, in parts of 10^9; null when their sum passes a u64 (state/fee.rs `get_total_fee_numerator`). */
export function keptUnder(base: bigint, variable: bigint, maximum: bigint): bigint | null {
	const total = base + variable;
	return total > U64_MAX ? null : FEE_DENOMINATOR - smaller(total, maximum);
}

/** The fee parameters of a whole pool account. Values that the program never stores are refused. */
export function readFeeParameters(data: Uint8Array, collects: CollectFeeMode): Result<FeeParameters, DecodeError> {
	const base = readBaseFee(data, collects);
	if (!base.ok) return base;
	const dynamic = readDynamicFee(data);
	if (!dynamic.ok) return dynamic;
	const protocolFeePercent = data[FEE_OFFSET.protocolFeePercent] as number;
	if (protocolFeePercent > HIGHEST_SHARE_PERCENT) return refuse("protocol_fee_percent", protocolFeePercent, "0 to 50");
	const referralFeePercent = data[FEE_OFFSET.referralFeePercent] as number;
	if (referralFeePercent > HIGHEST_SHARE_PERCENT) return refuse("referral_fee_percent", referralFeePercent, "0 to 50");
	const compoundingFeeBps = readUint16(data, FEE_OFFSET.compoundingFeeBps);
	const highest = collects === "compounding" ? 10_000 : 0;
	if (compoundingFeeBps > highest) return refuse("compounding_fee_bps", compoundingFeeBps, `0 to ${highest}`);
	return success({
		base: base.value,
		dynamic: dynamic.value,
		protocolFeePercent: BigInt(protocolFeePercent),
		referralFeePercent: BigInt(referralFeePercent),
		compoundingFeeBps: BigInt(compoundingFeeBps),
		initSqrtPrice: readUint128(data, FEE_OFFSET.initSqrtPrice),
	});
}

/** damm-v2, base_fee/base_fee_serde.rs `get_base_fee_handler`, state/fee.rs `BaseFeeMode`. */
function readBaseFee(data: Uint8Array, collects: CollectFeeMode): Result<BaseFee, DecodeError> {
	const cliff = readUint64(data, FEE_OFFSET.cliffFeeNumerator);
	if (cliff > FEE_DENOMINATOR) return refuse("cliff_fee_numerator", cliff, "at most 10^9");
	const mode = data[FEE_OFFSET.baseFeeMode] as number;
	if (mode === 2) return readRateLimiter(data, cliff, collects);
	if (mode > 4) return refuse("base_fee_mode", mode, "0 to 4");
	const isByTime = mode < 2;
	const second = readUint64(data, FEE_OFFSET.baseFeeSecond);
	if (isByTime && second === 0n) return success({ kind: "fixed", cliff });
	return success({
		kind: isByTime ? "byTime" : "byPrice",
		cliff,
		isExponential: mode === 1 || mode === 4,
		periods: BigInt(readUint16(data, FEE_OFFSET.baseFeeFirst)),
		reductionFactor: readUint64(data, FEE_OFFSET.baseFeeThird),
		periodLength: isByTime ? second : second & 0xffff_ffffn,
		expiration: isByTime ? 0n : second >> 32n,
	});
}

/** damm-v2, base_fee/fee_rate_limiter.rs `PodAlignedFeeRateLimiter` and its `validate`. */
function readRateLimiter(data: Uint8Array, cliff: bigint, collects: CollectFeeMode): Result<BaseFee, DecodeError> {
	if (collects !== "onlyB") return refuse("collect_fee_mode", collects, "onlyB under a rate limiter");
	const incrementBps = BigInt(readUint16(data, FEE_OFFSET.baseFeeFirst));
	const second = readUint64(data, FEE_OFFSET.baseFeeSecond);
	const duration = second & 0xffff_ffffn;
	const maximumBps = second >> 32n;
	const reference = readUint64(data, FEE_OFFSET.baseFeeThird);
	if (incrementBps === 0n && second === 0n && reference === 0n) return success({ kind: "fixed", cliff });
	if (incrementBps === 0n || duration === 0n || maximumBps === 0n || reference === 0n) {
		return refuse("the rate limiter's settings", "partly 0", "all 0 or none");
	}
	if (incrementBps >= ONE_IN_BASIS_POINTS) return refuse("fee_increment_bps", incrementBps, "below 10,000");
	if (maximumBps >= ONE_IN_BASIS_POINTS) return refuse("max_fee_bps", maximumBps, "below 10,000");
	const basisPoint = FEE_DENOMINATOR / ONE_IN_BASIS_POINTS;
	const maximum = maximumBps * basisPoint;
	if (cliff > maximum) return refuse("cliff_fee_numerator", cliff, `at most the limiter's ${maximum}`);
	return success({ kind: "byAmount", cliff, increment: incrementBps * basisPoint, maximum, reference, duration });
}

function readDynamicFee(data: Uint8Array): Result<DynamicFee | null, DecodeError> {
	if (data[FEE_OFFSET.dynamicInitialized] === 0) return success(null);
	const binStepU128 = readUint128(data, FEE_OFFSET.binStepU128);
	// The program stores 2^64 / 10^4 only; below this the number of bins in a price move could pass a u128.
	if (binStepU128 < LOWEST_BIN_STEP_U128) return refuse("bin_step_u128", binStepU128, "at least 2^32");
	const reductionFactor = BigInt(readUint16(data, FEE_OFFSET.reductionFactor));
	if (reductionFactor > ONE_IN_BASIS_POINTS) return refuse("reduction_factor", reductionFactor, "at most 10,000");
	const control = readUint64(data, FEE_OFFSET.maxVolatilityAccumulator);
	return success({
		maxVolatilityAccumulator: control & 0xffff_ffffn,
		variableFeeControl: control >> 32n,
		binStep: BigInt(readUint16(data, FEE_OFFSET.binStep)),
		binStepU128,
		filterPeriodSeconds: BigInt(readUint16(data, FEE_OFFSET.filterPeriod)),
		decayPeriodSeconds: BigInt(readUint16(data, FEE_OFFSET.decayPeriod)),
		reductionFactor,
	});
}

function refuse(field: string, found: bigint | number | string, expected: string): Result<never, DecodeError> {
	return failure({ code: "impossibleValue", detail: `${field} is ${found}, expected ${expected}` });
}
