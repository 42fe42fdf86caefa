import type { Address } from "../types/address.ts";
import { parseDecimal } from "../types/decimal.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { FeePolicyParameters } from "./fee-policy.ts";
import type { TipTerms } from "./tip.ts";

/** The parts of the configuration that the fee policy reads, under its keys. */
export interface FeeSettings {
	readonly execution: {
		readonly compute_unit_limit: number;
		readonly compute_unit_margin_percent: number;
		readonly compute_unit_price_micro_lamports: number;
		readonly max_priority_fee_micro_lamports: number;
		readonly tip_profit_share_percent: number;
		readonly min_tip_lamports: number;
		readonly max_tip_lamports: number;
	};
	readonly risk: {
		readonly max_fee_per_intent: string;
		readonly max_tip_per_intent: string;
		readonly tip_accounts: readonly string[];
	};
}

const SOL_DECIMALS = 9;
/** The feed tells prices every few seconds: three rounds without a word, and they count no more. */
const FEES_STALE_MICROS = 30_000_000;

/**
 * What the fee policy keeps to, or every reason why the configuration gives nothing, a line each.
 *
 * @param hasBlockEngine whether there is anybody to tip
 */
export function readFeeSettings(
	settings: FeeSettings,
	hasBlockEngine: boolean,
): Result<FeePolicyParameters, readonly string[]> {
	const { execution, risk } = settings;
	const problems: string[] = [];
	const lamports = (key: "max_fee_per_intent" | "max_tip_per_intent"): bigint => {
		const parsed = parseDecimal(risk[key], SOL_DECIMALS);
		if (parsed.ok) return parsed.value;
		problems.push(`risk.${key}: expected a decimal with at most ${SOL_DECIMALS} places, got "${risk[key]}"`);
		return 0n;
	};
	const maximumFeeLamports = lamports("max_fee_per_intent");
	const maximumTip = lamports("max_tip_per_intent");
	const tip = hasBlockEngine ? tipTerms(settings, maximumTip, problems) : null;
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

function tipTerms({ execution, risk }: FeeSettings, maximumOfRisk: bigint, problems: string[]): TipTerms {
	const { tip_profit_share_percent, min_tip_lamports, max_tip_lamports } = execution;
	const accounts = risk.tip_accounts as readonly Address[];
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
