import type { Config } from "../../config/schema.ts";
import type { FeePolicyParameters } from "../../core/execution/fee-policy.ts";
import { readFeeSettings } from "../../core/execution/fee-settings.ts";
import type { FundingTerms } from "../../core/strategy/arbitrage/funding.ts";
import type { CrossVenueParameters } from "../../core/strategy/cross-venue/strategy.ts";
import type { Address } from "../../core/types/address.ts";
import { parseDecimal } from "../../core/types/decimal.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { blockEngineUrls } from "../../libs/block-engine/urls.ts";

/** The parts of the configuration that the strategy reads. */
export type StrategySettings = Pick<Config, "assets" | "strategies" | "risk" | "execution" | "networking">;

const MICROS_PER_MILLISECOND = 1_000;
/** A blockhash lives 150 slots, about a minute: after this long an intent of which nothing was heard cannot land. */
const IN_FLIGHT_TIMEOUT_MS = 90_000;

/** The strategy's parameters in base units, or every reason why the configuration gives none, a line each. */
export function crossVenueParameters(settings: StrategySettings): Result<CrossVenueParameters, readonly string[]> {
	const { risk, execution, networking } = settings;
	const { minimum_profit, cool_down_ms, max_in_flight, max_cycles_per_pool } = settings.strategies.cross_venue;
	const problems: string[] = [];
	const funding = new Map<Address, FundingTerms>();
	for (const [symbol, minimumProfit] of Object.entries(minimum_profit)) {
		const asset = settings.assets.find((candidate) => candidate.symbol === symbol);
		const limits = risk.limits.find((candidate) => candidate.asset === symbol);
		const key = `strategies.cross_venue.minimum_profit.${symbol}`;
		if (!asset) {
			problems.push(`${key}: list ${symbol} under assets, or remove the line`);
			continue;
		}
		if (!limits) {
			problems.push(`${key}: give risk.limits for ${symbol}, or remove the line`);
			continue;
		}
		const amount = (of: string, text: string): bigint => {
			const parsed = parseDecimal(text, asset.decimals);
			if (parsed.ok) return parsed.value;
			problems.push(`${of}: expected a decimal with at most ${asset.decimals} places, got "${text}"`);
			return 0n;
		};
		funding.set(asset.mint as Address, {
			minimumProfit: amount(key, minimumProfit),
			maximumAmount: amount(`risk.limits max_intent_notional of ${symbol}`, limits.max_intent_notional),
		});
	}
	if (problems.length > 0) return failure(problems);
	return success({
		funding,
		budget: {
			computeUnitLimit: execution.compute_unit_limit,
			computeUnitPriceMicroLamports: BigInt(execution.compute_unit_price_micro_lamports),
		},
		staleAfterSlots: risk.stale_after_slots,
		maximumCyclesPerPool: max_cycles_per_pool,
		maximumInFlight: max_in_flight,
		coolDownMicros: cool_down_ms * MICROS_PER_MILLISECOND,
		// Longer than any call may take, so that calls without an answer are bounded by what may be in flight.
		inFlightTimeoutMicros: Math.max(IN_FLIGHT_TIMEOUT_MS, 2 * networking.request_timeout_ms) * MICROS_PER_MILLISECOND,
	});
}

/** The parts of the configuration that the fee policy reads. */
export type FeeSettings = Pick<Config, "execution" | "risk" | "chain" | "block_engine">;

/** What the fee policy keeps to, or every reason why the configuration gives nothing, a line each. */
export function feePolicyParameters(settings: FeeSettings): Result<FeePolicyParameters, readonly string[]> {
	return readFeeSettings(settings, blockEngineUrls(settings).length > 0);
}
