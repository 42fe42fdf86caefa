import { MAX_TICK, MIN_TICK, sqrtPriceAtTick, tickAtSqrtPrice } from "../../tick-math.ts";
import type { AdaptiveFeeConstants, AdaptiveFeeVariables, Oracle } from "./state.ts";

/** Volatility is counted in parts of 10^4 of a tick group (whirlpools, state/oracle.rs). */
const SCALE = 10_000;
const REDUCTION_DENOMINATOR = 10_000;
/** Seconds after which references are forgotten at any rate (whirlpools, state/oracle.rs `MAX_REFERENCE_AGE`). */
const MAX_REFERENCE_AGE = 3_600;
/** Parts of 10^6 (whirlpools, manager/fee_rate_manager.rs `FEE_RATE_HARD_LIMIT`). */
const MAX_FEE_RATE = 100_000n;
/** `ADAPTIVE_FEE_CONTROL_FACTOR_DENOMINATOR` times the square of the scale. */
const FEE_DENOMINATOR = 10_000_000_000_000n;
/** Remembered bounds of tick groups. */
const MAX_PRICES = 1_024;

interface Bound {
	readonly group: number;
	readonly sqrtPrice: bigint;
}

/** The fee rate of a swap as it passes tick groups (whirlpools, manager/fee_rate_manager.rs `FeeRateManager::Adaptive`). */
export class AdaptiveFee {
	readonly #oracle: Oracle;
	readonly #constants: AdaptiveFeeConstants;
	readonly #isAToB: boolean;
	readonly #staticRate: bigint;
	readonly #lower: Bound | null;
	readonly #upper: Bound | null;
	readonly #references: Omit<AdaptiveFeeVariables, "volatilityAccumulator">;
	#accumulator: number;
	#group: number;
	/** The bounded target below which the step-by-step fee has no meaning was taken ({@link target}). */
	#isSkipping = false;

	constructor(
		oracle: Oracle,
		swap: {
			readonly isAToB: boolean;
			readonly staticRate: bigint;
			readonly tickCurrentIndex: number;
			readonly nowSeconds: number;
		},
	) {
		const { constants, variables } = oracle;
		const { tickGroupSize, maxVolatilityAccumulator } = constants;
		this.#oracle = oracle;
		this.#constants = constants;
		this.#isAToB = swap.isAToB;
		this.#staticRate = swap.staticRate;
		this.#group = Math.floor(swap.tickCurrentIndex / tickGroupSize);
		this.#accumulator = variables.volatilityAccumulator;
		this.#references = referencesAt(constants, variables, { group: this.#group, nowSeconds: swap.nowSeconds });
		const { tickGroupIndexReference, volatilityReference } = this.#references;
		const reach = Math.ceil((maxVolatilityAccumulator - volatilityReference) / SCALE);
		const lowerGroup = tickGroupIndexReference - reach;
		const upperGroup = tickGroupIndexReference + reach;
		const lowerTick = lowerGroup * tickGroupSize;
		const upperTick = (upperGroup + 1) * tickGroupSize;
		this.#lower = lowerTick > MIN_TICK ? { group: lowerGroup, sqrtPrice: this.#priceAt(lowerTick) } : null;
		this.#upper = upperTick < MAX_TICK ? { group: upperGroup, sqrtPrice: this.#priceAt(upperTick) } : null;
	}

	/** Counts the present tick group as passed and gives the rate in it, parts of 10^6. */
	rate(): bigint {
		this.#accumulate();
		const crossed = BigInt(this.#accumulator * this.#constants.tickGroupSize);
		const numerator = BigInt(this.#constants.adaptiveFeeControlFactor) * crossed * crossed;
		const total = this.#staticRate + (numerator + FEE_DENOMINATOR - 1n) / FEE_DENOMINATOR;
		return total > MAX_FEE_RATE ? MAX_FEE_RATE : total;
	}

	/** How far the present rate holds on the way to `target`. */
	target(target: bigint, liquidity: bigint): bigint {
		const { adaptiveFeeControlFactor, tickGroupSize } = this.#constants;
		this.#isSkipping = true;
		if (adaptiveFeeControlFactor === 0 || liquidity === 0n) return target;
		if (this.#lower !== null && this.#group < this.#lower.group) {
			return this.#isAToB ? target : least(target, this.#lower.sqrtPrice);
		}
		if (this.#upper !== null && this.#group > this.#upper.group) {
			return this.#isAToB ? most(target, this.#upper.sqrtPrice) : target;
		}
		this.#isSkipping = false;
		const bound = (this.#isAToB ? this.#group : this.#group + 1) * tickGroupSize;
		const boundary = this.#priceAt(Math.min(Math.max(bound, MIN_TICK), MAX_TICK));
		return this.#isAToB ? most(target, boundary) : least(target, boundary);
	}

	/** Goes on to the tick group after the step's end. */
	advance(sqrtPrice: bigint, nextTick: { readonly index: number; readonly sqrtPrice: bigint }): void {
		if (this.#isSkipping) {
			const { tickGroupSize } = this.#constants;
			const isAtTick = sqrtPrice === nextTick.sqrtPrice;
			const tick = isAtTick ? nextTick.index : tickAtSqrtPrice(sqrtPrice);
			const isOnBound = tick % tickGroupSize === 0 && (isAtTick || sqrtPrice === sqrtPriceAtTick(tick));
			const traversed = Math.floor(tick / tickGroupSize) - (isOnBound && !this.#isAToB ? 1 : 0);
			if (this.#isAToB ? traversed < this.#group : traversed > this.#group) {
				this.#group = traversed;
				this.#accumulate();
			}
		}
		this.#group += this.#isAToB ? -1 : 1;
	}

	/** What the swap leaves in the oracle (whirlpools, state/oracle.rs `update_major_swap_timestamp`). */
	variablesAfter(swap: {
		readonly sqrtPriceBefore: bigint;
		readonly sqrtPriceAfter: bigint;
		readonly nowSeconds: number;
	}): AdaptiveFeeVariables {
		const smaller = least(swap.sqrtPriceBefore, swap.sqrtPriceAfter);
		const larger = most(swap.sqrtPriceBefore, swap.sqrtPriceAfter);
		const factor = sqrtPriceAtTick(this.#constants.majorSwapThresholdTicks);
		const isMajor = larger >= (smaller * factor) >> 64n;
		return {
			...this.#references,
			lastMajorSwapTimestamp: isMajor ? swap.nowSeconds : this.#references.lastMajorSwapTimestamp,
			volatilityAccumulator: this.#accumulator,
		};
	}

	#accumulate(): void {
		const { volatilityReference, tickGroupIndexReference } = this.#references;
		const passed = volatilityReference + Math.abs(tickGroupIndexReference - this.#group) * SCALE;
		this.#accumulator = Math.min(passed, this.#constants.maxVolatilityAccumulator);
	}

	#priceAt(tick: number): bigint {
		const { prices } = this.#oracle;
		let sqrtPrice = prices.get(tick);
		if (sqrtPrice === undefined) {
			if (prices.size >= MAX_PRICES) prices.clear();
			sqrtPrice = sqrtPriceAtTick(tick);
			prices.set(tick, sqrtPrice);
		}
		return sqrtPrice;
	}
}

/** whirlpools, state/oracle.rs `update_reference`. */
function referencesAt(
	constants: AdaptiveFeeConstants,
	variables: AdaptiveFeeVariables,
	{ group, nowSeconds }: { readonly group: number; readonly nowSeconds: number },
): AdaptiveFeeVariables {
	const newest = Math.max(variables.lastReferenceUpdateTimestamp, variables.lastMajorSwapTimestamp);
	const renewed = { ...variables, tickGroupIndexReference: group, lastReferenceUpdateTimestamp: nowSeconds };
	if (nowSeconds - variables.lastReferenceUpdateTimestamp > MAX_REFERENCE_AGE) {
		return { ...renewed, volatilityReference: 0 };
	}
	const elapsed = nowSeconds - newest;
	if (elapsed < constants.filterPeriod) return variables;
	if (elapsed >= constants.decayPeriod) return { ...renewed, volatilityReference: 0 };
	const reduced = (variables.volatilityAccumulator * constants.reductionFactor) / REDUCTION_DENOMINATOR;
	return { ...renewed, volatilityReference: Math.floor(reduced) };
}

function least(first: bigint, second: bigint): bigint {
	return first < second ? first : second;
}

function most(first: bigint, second: bigint): bigint {
	return first > second ? first : second;
}
