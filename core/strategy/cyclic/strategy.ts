import { MAX_CYCLE_LEGS } from "../../market/leg-code.ts";
import { type ArbitrageOptions, type ArbitrageParameters, CycleArbitrage } from "../arbitrage/cycle-arbitrage.ts";
import { ARBITRAGE_PARAMETERS, arbitrageParameters } from "../arbitrage/parameters.ts";
import { defineStrategy } from "../definition.ts";

/** Name of the strategy in its intents. */
export const CYCLIC = "cyclic";

export interface CyclicOptions extends Omit<ArbitrageOptions, "name"> {
	readonly parameters: ArbitrageParameters;
}

/** Arbitrage over cycles of up to four pools: prices that agree by twos may still disagree the long way round. */
export function cyclicArbitrage(options: CyclicOptions): CycleArbitrage {
	return new CycleArbitrage({ ...options, name: CYCLIC });
}

const legs = { kind: "count", minimum: 2, maximum: MAX_CYCLE_LEGS, unit: "legs" } as const;

export const cyclic = defineStrategy({
	name: CYCLIC,
	explanation: "Cycles of up to four pools whose prices disagree the long way round, with a flash loan.",
	parameters: {
		...ARBITRAGE_PARAMETERS,
		minimum_legs: { ...legs, default: 3, explanation: "Swaps of the shortest cycle; two are cross-venue's." },
		maximum_legs: { ...legs, default: 4, explanation: "Swaps of the longest cycle." },
	},
	refuse: ({ minimum_legs, maximum_legs }) =>
		maximum_legs < minimum_legs
			? { key: "maximum_legs", expected: `expected at least minimum_legs (${minimum_legs})` }
			: null,
	create: (context) => {
		const { minimum_legs, maximum_legs } = context.parameters;
		const parameters = { ...arbitrageParameters(context), minimumLegs: minimum_legs, maximumLegs: maximum_legs };
		return cyclicArbitrage({ ...context, parameters });
	},
});
