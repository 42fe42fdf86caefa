import type { FeePolicy } from "../execution/fee-policy.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import type { Attempts } from "./attempts.ts";
import type { FactsOf } from "./listing/facts.ts";
import type { ComputeBudget } from "./network-cost.ts";
import type { Parameters, ParameterValues } from "./parameter.ts";
import type { Strategy } from "./strategy.ts";

/** What the desk gives every strategy, whatever that one is told itself. */
export interface StrategyDesk {
	/** What is paid for a trade. */
	readonly fees: FeePolicy;
	readonly nextIntentId: () => IntentId;
	/** What all strategies of the market have under way: no price gap is shot twice. */
	readonly attempts: Attempts;
	readonly budget: ComputeBudget;
	/** A book that is so many slots behind is not traded on. */
	readonly staleAfterSlots: number;
	/** An intent whose end was never told is given up after this long. Microseconds. */
	readonly inFlightTimeoutMicros: number;
	/** The most that one intent may take through its route, by funding mint, base units. A mint without an entry funds none. */
	readonly largestNotional: ReadonlyMap<Address, bigint>;
	/** What the chain tells of a pool's token beside its price. What is not known is asked for in the background. */
	readonly facts: FactsOf;
}

/** Everything that a strategy is made of. */
export interface StrategyContext<P extends Parameters = Parameters> extends StrategyDesk {
	/** Amounts in base units by mint, everything else as it was set. */
	readonly parameters: ParameterValues<P>;
}

/** A plug-in strategy as it is registered: what it can be told, and how it is made. */
export interface StrategyDefinition<P extends Parameters = Parameters, N extends string = string> {
	/** In its intents and its budget, in kebab-case. Its table in the configuration has `_` for `-`. */
	readonly name: N;
	/** What it trades on, in a sentence. */
	readonly explanation: string;
	readonly parameters: P;
	/** What each parameter allows by itself and they do not together: the one to change, and what is expected of it. */
	refuse?(parameters: ParameterValues<P>): { readonly key: string; readonly expected: string } | null;
	/** A strategy that holds no market yet. Made anew whenever its parameters change. */
	create(context: StrategyContext<P>): Strategy;
}

/** The definition as it is: the compiler takes the parameters' types from it. */
export function defineStrategy<const P extends Parameters, const N extends string>(
	definition: StrategyDefinition<P, N>,
): StrategyDefinition<P, N> {
	return definition;
}

/** The key of a strategy's table in the configuration. */
export type StrategyKey<N extends string> = N extends `${infer Head}-${infer Rest}`
	? `${Head}_${StrategyKey<Rest>}`
	: N;

/** The key of a strategy's table in the configuration. */
export function strategyKey<N extends string>(name: N): StrategyKey<N> {
	return name.replaceAll("-", "_") as StrategyKey<N>;
}
