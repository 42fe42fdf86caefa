import {
	STATISTICAL_PARAMETERS,
	type StatisticalSettings,
} from "../../../../../core/strategy/statistical/parameters.ts";
import { USDC } from "../../market/market-fixture.ts";

export const SURROUNDINGS = {
	budget: { computeUnitLimit: 200_000, computeUnitPriceMicroLamports: 1_000n },
	staleAfterSlots: 4,
	largestNotional: new Map([[USDC, 1_000_000_000n]]),
};

/** The declared defaults, and what has none. */
export function settingsOf(change: Partial<StatisticalSettings> = {}): StatisticalSettings {
	const defaults = Object.fromEntries(Object.entries(STATISTICAL_PARAMETERS).map(([key, it]) => [key, it.default]));
	return {
		...(defaults as unknown as StatisticalSettings),
		position_size: new Map([[USDC, 100_000_000n]]),
		minimum_liquidity: new Map([[USDC, 10_000_000_000n]]),
		...change,
	};
}
