import {
	HOLDING_PARAMETERS,
	type HoldingSettings,
	type HoldingSurroundings,
	holdingTerms,
	type Refusal,
	refuseHolding,
} from "../holding/parameters.ts";
import type { ListingTerms } from "./strategy.ts";

/** What trading of new pools can be told, by the keys of the configuration. */
export const LISTING_PARAMETERS = {
	...HOLDING_PARAMETERS,
	max_impact_bps: { ...HOLDING_PARAMETERS.max_impact_bps, default: 200 },
	slippage_bps: { ...HOLDING_PARAMETERS.slippage_bps, default: 300 },
	stop_loss_bps: { ...HOLDING_PARAMETERS.stop_loss_bps, default: 2_000 },
	max_holding_seconds: { ...HOLDING_PARAMETERS.max_holding_seconds, default: 1_800 },
	cool_down_seconds: { ...HOLDING_PARAMETERS.cool_down_seconds, default: 60 },
	take_profit_bps: {
		kind: "count",
		default: 5_000,
		minimum: 1,
		maximum: 1_000_000,
		unit: "bps",
		explanation: "A position that would bring so much more than it cost is sold.",
	},
	minimum_age_seconds: {
		kind: "count",
		default: 60,
		minimum: 0,
		maximum: 86_400,
		unit: "s",
		explanation: "A pool is not bought from before it is so old.",
	},
	maximum_age_seconds: {
		kind: "count",
		default: 3_600,
		minimum: 1,
		maximum: 604_800,
		unit: "s",
		explanation: "An older pool is no new one.",
	},
	minimum_locked_liquidity_bps: {
		kind: "count",
		default: 9_500,
		minimum: 0,
		maximum: 10_000,
		unit: "bps",
		explanation: "Share of a pool's liquidity that must be burned or locked.",
	},
	maximum_top_holder_bps: {
		kind: "count",
		default: 2_000,
		minimum: 0,
		maximum: 10_000,
		unit: "bps",
		explanation: "Share of the supply that the largest holder may have, the pool itself not counted.",
	},
} as const;

/** The values of {@link LISTING_PARAMETERS}. */
export interface ListingSettings extends HoldingSettings {
	readonly take_profit_bps: number;
	readonly minimum_age_seconds: number;
	readonly maximum_age_seconds: number;
	readonly minimum_locked_liquidity_bps: number;
	readonly maximum_top_holder_bps: number;
}

/** What is wrong with the settings together, or null. */
export function refuseListingSettings(settings: ListingSettings): Refusal | null {
	const { minimum_age_seconds, maximum_age_seconds } = settings;
	if (maximum_age_seconds <= minimum_age_seconds) {
		return { key: "maximum_age_seconds", expected: `expected more than minimum_age_seconds (${minimum_age_seconds})` };
	}
	return refuseHolding(settings);
}

/**
 * The terms of whole settings.
 *
 * @throws RangeError when {@link refuseListingSettings} refuses them
 */
export function listingTerms(settings: ListingSettings, surroundings: HoldingSurroundings): ListingTerms {
	const refusal = refuseListingSettings(settings);
	if (refusal !== null) throw new RangeError(`${refusal.key}: ${refusal.expected}`);
	return {
		...holdingTerms(settings, surroundings),
		takeProfitBps: settings.take_profit_bps,
		minimumAgeSeconds: settings.minimum_age_seconds,
		maximumAgeSeconds: settings.maximum_age_seconds,
		minimumLockedLiquidityBps: settings.minimum_locked_liquidity_bps,
		maximumTopHolderBps: settings.maximum_top_holder_bps,
	};
}
