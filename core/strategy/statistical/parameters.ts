import type { Address } from "../../types/address.ts";
import {
	HOLDING_PARAMETERS,
	type HoldingSettings,
	type HoldingSurroundings,
	holdingTerms,
	type Refusal,
	refuseHolding,
} from "../holding/parameters.ts";
import { MOST_MINTS } from "./pair-market.ts";
import type { StatisticalTerms } from "./strategy.ts";

/** What pairs trading can be told, by the keys of the configuration. */
export const STATISTICAL_PARAMETERS = {
	...HOLDING_PARAMETERS,
	minimum_size_bps: {
		kind: "count",
		default: 2_500,
		minimum: 1,
		maximum: 10_000,
		unit: "bps",
		explanation: "The least share of position_size that is bought where the pool cannot take all of it.",
	},
	mints: {
		kind: "addresses",
		default: [],
		mostItems: MOST_MINTS,
		explanation: "Mints to pair with each other; none: all that have a pool against the asset of position_size.",
	},
	lookback_seconds: {
		kind: "counts",
		default: [300, 900, 3_600],
		minimum: 30,
		maximum: 86_400,
		unit: "s",
		mostItems: 4,
		explanation: "Times over which two prices are compared. Nothing is bought before the longest has passed.",
	},
	sample_seconds: {
		kind: "count",
		default: 5,
		minimum: 1,
		maximum: 3_600,
		unit: "s",
		explanation: "Distance of the prices that statistics are made of.",
	},
	minimum_correlation: {
		kind: "number",
		default: 0.7,
		minimum: 0.1,
		maximum: 1,
		unit: "",
		explanation: "How closely two prices must have gone together over every lookback.",
	},
	entry_z: {
		kind: "number",
		default: 2,
		minimum: 0.5,
		maximum: 20,
		unit: "deviations",
		explanation: "How far from its mean a spread must be for its cheap mint to be bought.",
	},
	exit_z: {
		kind: "number",
		default: 0,
		minimum: -5,
		maximum: 5,
		unit: "deviations",
		explanation: "How near to its mean a spread must have come back for the mint to be sold.",
	},
	stop_z: {
		kind: "number",
		default: 4,
		minimum: 1,
		maximum: 100,
		unit: "deviations",
		explanation: "How far from its mean a spread must be for the pair to be given up.",
	},
	minimum_edge_bps: {
		kind: "count",
		default: 100,
		minimum: 0,
		maximum: 10_000,
		unit: "bps",
		explanation: "How far below where it belongs a mint must be: more than the pool fees of both ways.",
	},
} as const;

/** The values of {@link STATISTICAL_PARAMETERS}. */
export interface StatisticalSettings extends HoldingSettings {
	readonly minimum_size_bps: number;
	readonly mints: readonly Address[];
	readonly lookback_seconds: readonly number[];
	readonly sample_seconds: number;
	readonly minimum_correlation: number;
	readonly entry_z: number;
	readonly exit_z: number;
	readonly stop_z: number;
	readonly minimum_edge_bps: number;
}

/** Fewer samples tell nothing of a spread. */
const LEAST_SAMPLES = 10;

/** What is wrong with the settings together, or null. */
export function refuseStatistical(settings: StatisticalSettings): Refusal | null {
	const { lookback_seconds, sample_seconds, entry_z, exit_z, stop_z } = settings;
	if (lookback_seconds.length === 0) return { key: "lookback_seconds", expected: "expected at least one" };
	if (Math.min(...lookback_seconds) < sample_seconds * LEAST_SAMPLES) {
		return { key: "sample_seconds", expected: `expected at most 1/${LEAST_SAMPLES} of the shortest lookback` };
	}
	// The spread must come back from the entry to the exit; where it is given up lies beyond.
	if (exit_z >= entry_z) return { key: "exit_z", expected: `expected less than entry_z (${entry_z})` };
	if (stop_z <= entry_z) return { key: "stop_z", expected: `expected more than entry_z (${entry_z})` };
	return refuseHolding(settings);
}

/**
 * The terms of whole settings.
 *
 * @throws RangeError when {@link refuseStatistical} refuses them
 */
export function statisticalTerms(settings: StatisticalSettings, surroundings: HoldingSurroundings): StatisticalTerms {
	const refusal = refuseStatistical(settings);
	if (refusal !== null) throw new RangeError(`${refusal.key}: ${refusal.expected}`);
	const terms = holdingTerms(settings, surroundings);
	const minimumSize = (terms.positionSize * BigInt(settings.minimum_size_bps)) / 10_000n;
	return {
		...terms,
		minimumSize: minimumSize > 0n ? minimumSize : 1n,
		mints: settings.mints,
		lookbackSeconds: settings.lookback_seconds,
		sampleSeconds: settings.sample_seconds,
		minimumCorrelation: settings.minimum_correlation,
		entryZ: settings.entry_z,
		exitZ: settings.exit_z,
		stopZ: settings.stop_z,
		minimumEdgeBps: settings.minimum_edge_bps,
	};
}
