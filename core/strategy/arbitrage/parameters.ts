import type { Address } from "../../types/address.ts";
import type { StrategyContext } from "../definition.ts";
import type { Parameters } from "../parameter.ts";
import type { ArbitrageParameters } from "./cycle-arbitrage.ts";
import type { FundingTerms } from "./funding.ts";

/** What every arbitrage over cycles can be told. */
export const ARBITRAGE_PARAMETERS = {
	minimum_profit: {
		kind: "amounts",
		default: {},
		explanation: "The least gain after all costs, by funding asset. An asset without a line funds nothing.",
	},
	cool_down_ms: {
		kind: "count",
		default: 400,
		minimum: 0,
		maximum: 3_600_000,
		unit: "ms",
		explanation: "Rest of a cycle after an attempt.",
	},
	max_in_flight: {
		kind: "count",
		default: 8,
		minimum: 1,
		maximum: 1_000,
		unit: "intents",
		explanation: "Intents in flight at once, over all cycles.",
	},
	max_cycles_per_pool: {
		kind: "count",
		default: 256,
		minimum: 1,
		maximum: 65_536,
		unit: "cycles",
		explanation: "Cycles kept for one pool; what is left out is counted.",
	},
} as const satisfies Parameters;

const MICROS_PER_MILLISECOND = 1_000;

/** What the engine is told, from what the configuration and the desk say. */
export function arbitrageParameters(
	context: StrategyContext<typeof ARBITRAGE_PARAMETERS>,
): Omit<ArbitrageParameters, "minimumLegs" | "maximumLegs"> {
	const { minimum_profit, cool_down_ms, max_in_flight, max_cycles_per_pool } = context.parameters;
	const { budget, staleAfterSlots, inFlightTimeoutMicros, largestNotional } = context;
	const funding = new Map<Address, FundingTerms>();
	for (const [mint, minimumProfit] of minimum_profit) {
		const maximumAmount = largestNotional.get(mint);
		// Nothing may go through a route from a mint without limits.
		if (maximumAmount !== undefined) funding.set(mint, { minimumProfit, maximumAmount });
	}
	return {
		funding,
		budget,
		staleAfterSlots,
		maximumCyclesPerPool: max_cycles_per_pool,
		maximumInFlight: max_in_flight,
		coolDownMicros: cool_down_ms * MICROS_PER_MILLISECOND,
		inFlightTimeoutMicros,
	};
}
