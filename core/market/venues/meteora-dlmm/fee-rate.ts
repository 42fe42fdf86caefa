import { BASIS_POINT_MAX, MAX_FEE_RATE } from "./accounts.ts";

const SLOTS = 64;
const VARIABLE_FEE_SCALE = 100_000_000_000n;

/** What a fee rate depends on besides volatility (dlmm-sdk, idls/dlmm.json `StaticParameters`). */
export interface RateParameters {
	/** In parts of 10^9, at most {@link MAX_FEE_RATE}. */
	baseRate: number;
	variableFeeControl: number;
	binStep: number;
	/** Rates already computed, by volatility. */
	readonly volatilities: Float64Array;
	readonly rates: bigint[];
}

export function emptyRateParameters(): RateParameters {
	return {
		baseRate: 0,
		variableFeeControl: 0,
		binStep: 0,
		volatilities: new Float64Array(SLOTS).fill(-1),
		rates: new Array<bigint>(SLOTS).fill(0n),
	};
}

/** Takes an operator's change over; what was computed with the parameters before is forgotten. */
export function setRateParameters(
	into: RateParameters,
	{ baseRate, variableFeeControl, binStep }: Pick<RateParameters, "baseRate" | "variableFeeControl" | "binStep">,
): void {
	if (into.baseRate === baseRate && into.variableFeeControl === variableFeeControl && into.binStep === binStep) return;
	into.baseRate = baseRate;
	into.variableFeeControl = variableFeeControl;
	into.binStep = binStep;
	into.volatilities.fill(-1);
}

/**
 * The whole fee rate in parts of 10^9 at a volatility (dlmm-sdk, commons/src/extensions/lb_pair.rs `get_total_fee`,
 * `compute_variable_fee`). Kept by volatility, a bounded number of them: neighbouring bins differ by 10,000.
 */
export function feeRate(parameters: RateParameters, volatility: number): bigint {
	const slot = Math.floor(volatility / BASIS_POINT_MAX) % SLOTS;
	if (parameters.volatilities[slot] === volatility) return parameters.rates[slot] as bigint;
	const moved = BigInt(volatility) * BigInt(parameters.binStep);
	const scaled = BigInt(parameters.variableFeeControl) * moved * moved;
	const variable = (scaled + VARIABLE_FEE_SCALE - 1n) / VARIABLE_FEE_SCALE;
	const whole = BigInt(parameters.baseRate) + variable;
	const rate = whole > MAX_FEE_RATE ? BigInt(MAX_FEE_RATE) : whole;
	parameters.volatilities[slot] = volatility;
	parameters.rates[slot] = rate;
	return rate;
}
