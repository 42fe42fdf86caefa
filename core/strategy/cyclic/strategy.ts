import { type ArbitrageOptions, type ArbitrageParameters, CycleArbitrage } from "../arbitrage/cycle-arbitrage.ts";

/** Name of the strategy in its intents. */
export const CYCLIC = "cyclic";

export interface CyclicOptions extends Omit<ArbitrageOptions, "name"> {
	readonly parameters: ArbitrageParameters;
}

/** Arbitrage over cycles of up to four pools: prices that agree by twos may still disagree the long way round. */
export function cyclicArbitrage(options: CyclicOptions): CycleArbitrage {
	return new CycleArbitrage({ ...options, name: CYCLIC });
}
