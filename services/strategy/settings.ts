import type { Config } from "../../config/schema.ts";
import type { FeePolicyParameters } from "../../core/execution/fee-policy.ts";
import type { TipTerms } from "../../core/execution/tip.ts";
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

const SOL_DECIMALS = 9;
/** The feed tells prices every few seconds: three rounds without a word, and they count no more. */
const FEES_STALE_MICROS = 30_000_000;

/** What the fee policy keeps to, or every reason why the configuration gives nothing, a line each. */
export function feePolicyParameters(settings: FeeSettings): Result<FeePolicyParameters, readonly string[]> {
	const { execution, risk } = settings;
	const problems: string[] = [];
	const lamports = (key: "max_fee_per_intent" | "max_tip_per_intent"): bigint => {
		const parsed = parseDecimal(risk[key], SOL_DECIMALS);
		if (parsed.ok) return parsed.value;
		problems.push(`risk.${key}: expected a decimal with at most ${SOL_DECIMALS} places, got "${risk[key]}"`);
		return 0n;
	};
	const maximumFeeLamports = lamports("max_fee_per_intent");
	const tip = tipTerms(settings, lamports("max_tip_per_intent"), problems);
	if (problems.length > 0) return failure(problems);
	return success({
		floorMicroLamports: BigInt(execution.compute_unit_price_micro_lamports),
		maximumMicroLamports: BigInt(execution.max_priority_fee_micro_lamports),
		// What risk would deny is not asked for.
		maximumFeeLamports,
		computeUnitLimit: execution.compute_unit_limit,
		computeUnitMarginPercent: execution.compute_unit_margin_percent,
		staleAfterMicros: FEES_STALE_MICROS,
		tip,
	});
}

function tipTerms(settings: FeeSettings, maximumOfRisk: bigint, problems: string[]): TipTerms | null {
	if (blockEngineUrls(settings).length === 0) return null;
	const { tip_profit_share_percent, min_tip_lamports, max_tip_lamports } = settings.execution;
	const accounts = settings.risk.tip_accounts as readonly string[] as readonly Address[];
	if (accounts.length === 0) {
		problems.push("risk.tip_accounts: name the block engine's tip accounts, or switch block_engine off");
	}
	const configured = BigInt(max_tip_lamports);
	const maximumLamports = configured < maximumOfRisk ? configured : maximumOfRisk;
	if (maximumLamports < BigInt(min_tip_lamports)) {
		problems.push(
			`execution.min_tip_lamports: ${min_tip_lamports} is more than may be tipped, ${maximumLamports} ` +
				"(execution.max_tip_lamports, risk.max_tip_per_intent)",
		);
	}
	return {
		sharePercent: tip_profit_share_percent,
		minimumLamports: BigInt(min_tip_lamports),
		maximumLamports,
		accounts,
	};
}
