import type { Config } from "../../config/schema.ts";
import type { FeePolicyParameters } from "../../core/execution/fee-policy.ts";
import { readFeeSettings } from "../../core/execution/fee-settings.ts";
import { limitsFrom } from "../../core/risk/limits.ts";
import { type StrategyDefinition, type StrategyDesk, strategyKey } from "../../core/strategy/definition.ts";
import type { Parameters, ParameterValues, StrategySettings } from "../../core/strategy/parameter.ts";
import { enabledStrategies, readParameters } from "../../core/strategy/read-parameters.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { blockEngineUrls } from "../../libs/block-engine/urls.ts";

/** The tables of strategies, by their keys. */
export type StrategyTables = Readonly<Record<string, StrategySettings>>;

/** The parts of the configuration that strategies are run by. */
export type DeskSettings = Pick<Config, "assets" | "risk" | "execution" | "networking">;

/** A strategy as it is to be run. */
export interface StrategyPlan {
	readonly definition: StrategyDefinition;
	/** As the configuration has it. */
	readonly settings: StrategySettings;
	/** Null: it is switched off. */
	readonly parameters: ParameterValues<Parameters> | null;
}

export interface DeskPlan {
	readonly strategies: readonly StrategyPlan[];
	readonly terms: Pick<StrategyDesk, "budget" | "staleAfterSlots" | "inFlightTimeoutMicros" | "largestNotional">;
}

const MICROS_PER_MILLISECOND = 1_000;
/** A blockhash lives 150 slots, about a minute: after this long an intent of which nothing was heard cannot land. */
const IN_FLIGHT_TIMEOUT_MS = 90_000;

/**
 * Which strategies run and by what, or every reason why not, a line each: a wrong parameter, an asset without limits, a
 * strategy without a budget. Of one that is switched off nothing is asked.
 */
export function planDesk(
	definitions: readonly StrategyDefinition[],
	tables: StrategyTables,
	settings: DeskSettings,
): Result<DeskPlan, readonly string[]> {
	const { assets, risk, execution, networking } = settings;
	const traded = { assets, limited: new Set(risk.limits.map(({ asset }) => asset)) };
	const problems: string[] = [];
	const strategies: StrategyPlan[] = [];
	for (const definition of definitions) {
		const key = strategyKey(definition.name);
		const own = tables[key] ?? { enabled: false };
		const read = own.enabled ? readParameters(definition, own, traded) : success(null);
		if (read.ok) strategies.push({ definition, settings: own, parameters: read.value });
		else problems.push(...read.error.map((one) => `strategies.${key}.${one.key}: ${one.expected}, got ${one.got}`));
	}
	const limits = limitsFrom({ assets, risk, execution, strategies: enabledStrategies(definitions, tables) });
	if (!limits.ok) problems.push(...limits.error);
	if (!limits.ok || problems.length > 0) return failure(problems);
	const timeoutMs = Math.max(IN_FLIGHT_TIMEOUT_MS, 2 * networking.request_timeout_ms);
	return success({
		strategies,
		terms: {
			budget: {
				computeUnitLimit: execution.compute_unit_limit,
				computeUnitPriceMicroLamports: BigInt(execution.compute_unit_price_micro_lamports),
			},
			staleAfterSlots: risk.stale_after_slots,
			// Longer than any call may take, so that calls without an answer are bounded by what may be in flight.
			inFlightTimeoutMicros: timeoutMs * MICROS_PER_MILLISECOND,
			largestNotional: new Map([...limits.value.byMint].map(([mint, own]) => [mint, own.maxIntentNotional])),
		},
	});
}

/** The parts of the configuration that the fee policy reads. */
export type FeeSettings = Pick<Config, "execution" | "risk" | "chain" | "block_engine">;

/** What the fee policy keeps to, or every reason why the configuration gives nothing, a line each. */
export function feePolicyParameters(settings: FeeSettings): Result<FeePolicyParameters, readonly string[]> {
	return readFeeSettings(settings, blockEngineUrls(settings).length > 0);
}
