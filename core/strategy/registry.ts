import { crossVenue } from "./cross-venue/strategy.ts";
import { cyclic } from "./cyclic/strategy.ts";
import type { StrategyDefinition, StrategyKey } from "./definition.ts";
import { listing } from "./listing/definition.ts";
import type { SettingsOf } from "./parameter.ts";
import { statistical } from "./statistical/definition.ts";

/** Every strategy that there is. The host asks them in this order: an earlier one takes a price gap first. */
export const STRATEGIES = [crossVenue, cyclic, statistical, listing] as const;

/** The tables of these strategies in the configuration, by their keys. */
export type StrategyTables<D extends readonly StrategyDefinition[]> = {
	readonly [S in D[number] as StrategyKey<S["name"]>]: SettingsOf<S["parameters"]>;
};
