import { U64_MAX } from "../../constant-product.ts";
import {
	FEE_DENOMINATOR,
	keptUnder,
	ONE_IN_BASIS_POINTS,
	type RateLimitedFee,
	type ScheduledFee,
} from "./fee-parameters.ts";
import { ceilDiv, integerSqrt, smaller } from "./integers.ts";
import type { DammV2Pool, DammV2State } from "./layout.ts";

/** The swap whose fee is asked. */
export interface FeeQuestion {
	readonly pool: DammV2Pool;
	/** Its memo of the last period's fee is written. */
	readonly state: DammV2State;
	/** Slot or Unix second, as the pool counts; not before its activation. */
	readonly point: bigint;
	readonly isAToB: boolean;
}

const ONE = 1n << 64n;

/**
 * What is left of an amount when the fee has been taken off, in parts of 10^9. The fee is base fee plus volatility, capped
 * by the pool's version; null where the program's arithmetic fails. `amount` counts under a rate limiter only: with the fee
 * in it, or without when `isWithoutFee` (damm-v2, state/fee.rs `get_total_trading_fee_from_{included,excluded}_fee_amount`).
 */
export function keptParts(question: FeeQuestion, amount: bigint, isWithoutFee: boolean): bigint | null {
	const { state } = question;
	if (state.fixedKeptParts !== null) return state.fixedKeptParts;
	const numerator = baseFeeNumerator(question, amount, isWithoutFee);
	return numerator === null
		? null
		: keptUnder(numerator, state.variableFeeNumerator, question.pool.maximumFeeNumerator);
}

function baseFeeNumerator(question: FeeQuestion, amount: bigint, isWithoutFee: boolean): bigint | null {
	const { pool, state, point } = question;
	const { base } = state.fees;
	if (base.kind === "fixed") return base.cliff;
	if (base.kind === "byAmount") {
		if (!isRateLimited(question)) return base.cliff;
		return isWithoutFee ? numeratorWithoutFee(base, amount) : numeratorWithFee(base, amount);
	}
	if (base.kind === "byPrice") return feeByPrice(base, question);
	return feeOfPeriod(base, (point - pool.activationPoint) / base.periodLength, state);
}

/**
 * Whether the rate limiter counts for a swap. Then the program demands the instructions sysvar behind the swap's accounts,
 * and that no earlier instruction of the transaction names the pool (damm-v2, base_fee/fee_rate_limiter.rs
 * `is_rate_limiter_applied`, instructions/swap/ix_p_swap.rs `validate_single_swap_instruction`).
 */
export function isRateLimited({ pool, state, point, isAToB }: FeeQuestion): boolean {
	const { base } = state.fees;
	return base.kind === "byAmount" && !isAToB && point - pool.activationPoint <= base.duration;
}

/** damm-v2, base_fee/fee_market_cap_scheduler.rs `get_base_fee_numerator`. */
function feeByPrice(base: ScheduledFee, { pool, state, point }: FeeQuestion): bigint | null {
	const expires = pool.activationPoint + base.expiration;
	if (expires > U64_MAX) return null;
	let period = 0n;
	if (point > expires) {
		period = base.periods;
	} else if (state.sqrtPrice > state.fees.initSqrtPrice) {
		const { initSqrtPrice } = state.fees;
		if (initSqrtPrice === 0n || base.periodLength === 0n) return null;
		const risenBps = ((state.sqrtPrice - initSqrtPrice) * ONE_IN_BASIS_POINTS) / initSqrtPrice;
		period = risenBps / base.periodLength;
	}
	return feeOfPeriod(base, period, state);
}

/** `get_base_fee_numerator_by_period` of both schedulers. */
function feeOfPeriod(base: ScheduledFee, passed: bigint, state: DammV2State): bigint | null {
	const period = smaller(passed, base.periods);
	if (!base.isExponential) {
		const numerator = base.cliff - base.reductionFactor * period;
		return numerator < 0n ? null : numerator;
	}
	if (period !== state.scheduledPeriod) {
		const numerator = exponentialFee(base, period);
		if (numerator === null) return null;
		state.scheduledPeriod = period;
		state.scheduledFeeNumerator = numerator;
	}
	return state.scheduledFeeNumerator;
}

/** `cliff * (1 - reduction)^period` in Q64.64, each step rounded down (damm-v2, math/fee_math.rs `get_fee_in_period`). */
function exponentialFee(base: ScheduledFee, period: bigint): bigint | null {
	if (base.reductionFactor === 0n) return base.cliff;
	let square = ONE - (base.reductionFactor << 64n) / ONE_IN_BASIS_POINTS;
	if (square < 0n) return null;
	let power = ONE;
	for (let rest = Number(period); rest > 0; rest >>= 1) {
		if (rest % 2 === 1) power = (power * square) >> 64n;
		square = (square * square) >> 64n;
	}
	return power === 0n ? null : (power * base.cliff) >> 64n;
}

/** damm-v2, base_fee/fee_rate_limiter.rs `get_fee_numerator_from_included_fee_amount`. */
function numeratorWithFee(base: RateLimitedFee, amount: bigint): bigint {
	const { cliff, increment, maximum, reference } = base;
	if (amount <= reference) return cliff;
	const steps = (amount - reference) / reference;
	const rest = (amount - reference) % reference;
	const last = (maximum - cliff) / increment;
	const counted = smaller(steps, last);
	const whole = reference * (cliff + cliff * counted + (increment * counted * (counted + 1n)) / 2n);
	const above =
		steps < last ? rest * (cliff + increment * (steps + 1n)) : ((steps - last) * reference + rest) * maximum;
	const fee = ceilDiv(whole + above, FEE_DENOMINATOR);
	return ceilDiv(fee * FEE_DENOMINATOR, amount);
}

/** damm-v2, base_fee/fee_rate_limiter.rs `get_excluded_fee_amount`. */
function withoutFee(base: RateLimitedFee, amount: bigint): bigint {
	return amount - ceilDiv(amount * numeratorWithFee(base, amount), FEE_DENOMINATOR);
}

/** damm-v2, base_fee/fee_rate_limiter.rs `get_fee_numerator_from_excluded_fee_amount`. */
function numeratorWithoutFee(base: RateLimitedFee, excluded: bigint): bigint | null {
	const { cliff, increment, maximum, reference } = base;
	if (excluded <= withoutFee(base, reference)) return cliff;
	const lastAmount = ((maximum - cliff) / increment + 1n) * reference;
	const isBeyond = lastAmount > U64_MAX;
	const checkedIncluded = isBeyond ? U64_MAX : lastAmount;
	const checkedExcluded = withoutFee(base, checkedIncluded);
	if (excluded === checkedExcluded) return numeratorWithFee(base, checkedIncluded);
	if (excluded > checkedExcluded && isBeyond) return null;
	const start = excluded > checkedExcluded ? checkedIncluded : rootAmount(base, excluded);
	const rate = excluded > checkedExcluded ? maximum : cliff + increment * (start / reference);
	const remaining = excluded - withoutFee(base, start);
	if (remaining < 0n || rate >= FEE_DENOMINATOR) return null;
	const included = start + ceilDiv(remaining * FEE_DENOMINATOR, FEE_DENOMINATOR - rate);
	if (included > U64_MAX) return null;
	const numerator = ceilDiv((included - excluded) * FEE_DENOMINATOR, included);
	return numerator < cliff ? null : numerator;
}

/** The amount with fee at which the smooth curve through the steps leaves `excluded`: the lower root of its parabola. */
function rootAmount({ cliff, increment, reference }: RateLimitedFee, excluded: bigint): bigint {
	const y = 2n * FEE_DENOMINATOR * reference + increment * reference - 2n * cliff * reference;
	const z = 2n * excluded * FEE_DENOMINATOR * reference;
	return (y - integerSqrt(y * y - 4n * increment * z)) / (2n * increment);
}
