import { SOL_MINT } from "../execution/fill.ts";
import type { Address } from "../types/address.ts";
import { parseDecimal } from "../types/decimal.ts";
import { failure, type Result, success } from "../types/result.ts";

/** What may be risked in one funding mint. Base units; a value at its limit is allowed. */
export interface MintLimits {
	readonly maxIntentNotional: bigint;
	readonly maxInFlightNotional: bigint;
	/** Realised loss of a UTC day together with the worst case of everything open. */
	readonly maxDailyLoss: bigint;
}

/** Everything that the gate measures an intent by. */
export interface RiskLimits {
	readonly maxInFlight: number;
	readonly maxOrdersPerSecond: number;
	readonly orderBurst: number;
	readonly staleAfterSlots: number;
	/** An intent whose deadline lies further ahead is malformed: halting waits for deadlines. */
	readonly maxDeadlineAheadMicros: number;
	/** By mint; a mint without limits funds nothing. SOL always has limits: fees are paid in it. */
	readonly byMint: ReadonlyMap<Address, MintLimits>;
	/** Mints that are named in the configuration. */
	readonly listedMints: ReadonlySet<Address>;
	/** Whether other mints may stand in the middle of a route. */
	readonly allowUnlistedMints: boolean;
}

/** The parts of the configuration that limits are made of, in its words. */
export interface RiskSettings {
	readonly assets: readonly { readonly symbol: string; readonly mint: string; readonly decimals: number }[];
	readonly risk: {
		readonly max_in_flight: number;
		readonly max_orders_per_second: number;
		readonly order_burst: number;
		readonly stale_after_slots: number;
		readonly allow_unlisted_mints: boolean;
		readonly limits: readonly {
			readonly asset: string;
			readonly max_intent_notional: string;
			readonly max_in_flight_notional: string;
			readonly max_daily_loss: string;
		}[];
	};
	readonly execution: { readonly intent_deadline_ms: number };
	/** Symbols of the assets that some strategy funds trades with. */
	readonly fundingAssets: readonly string[];
}

/** Clocks of two machines may differ by so much before intents are refused. */
const CLOCK_TOLERANCE_MS = 250;

/**
 * The limits of a configuration, or every reason why there are none, a line each. A funding asset without limits is
 * such a reason: what has no limit must not trade.
 */
export function limitsFrom(settings: RiskSettings): Result<RiskLimits, readonly string[]> {
	const problems: string[] = [];
	const byMint = new Map<Address, MintLimits>();
	const assets = new Map(settings.assets.map((asset) => [asset.symbol, asset]));
	for (const limits of settings.risk.limits) {
		const asset = assets.get(limits.asset);
		if (!asset) {
			problems.push(`risk.limits: the asset ${limits.asset} is not listed under assets: list it, or remove its limits`);
			continue;
		}
		if (byMint.has(asset.mint as Address)) {
			problems.push(`risk.limits: ${limits.asset} has limits twice: keep one of them`);
			continue;
		}
		const amount = (key: "max_intent_notional" | "max_in_flight_notional" | "max_daily_loss"): bigint => {
			const parsed = parseDecimal(limits[key], asset.decimals);
			if (parsed.ok) return parsed.value;
			const why =
				parsed.error === "tooPrecise" ? `has more than ${asset.decimals} digits behind the point` : "is no decimal";
			problems.push(`risk.limits: ${key} of ${limits.asset}: "${limits[key]}" ${why}`);
			return 0n;
		};
		byMint.set(asset.mint as Address, {
			maxIntentNotional: amount("max_intent_notional"),
			maxInFlightNotional: amount("max_in_flight_notional"),
			maxDailyLoss: amount("max_daily_loss"),
		});
	}
	problems.push(...missingLimits(settings));
	if (problems.length > 0) return failure(problems);
	return success({
		maxInFlight: settings.risk.max_in_flight,
		maxOrdersPerSecond: settings.risk.max_orders_per_second,
		orderBurst: settings.risk.order_burst,
		staleAfterSlots: settings.risk.stale_after_slots,
		maxDeadlineAheadMicros: (settings.execution.intent_deadline_ms + CLOCK_TOLERANCE_MS) * 1_000,
		byMint,
		listedMints: new Set(settings.assets.map(({ mint }) => mint as Address)),
		allowUnlistedMints: settings.risk.allow_unlisted_mints,
	});
}

function missingLimits(settings: RiskSettings): string[] {
	const limited = new Set(settings.risk.limits.map(({ asset }) => asset));
	const missing = new Map<string, string>();
	for (const symbol of settings.fundingAssets) {
		if (!limited.has(symbol)) missing.set(symbol, "it funds trades");
	}
	const sol = settings.assets.find(({ mint }) => mint === SOL_MINT)?.symbol ?? "SOL";
	if (!limited.has(sol)) missing.set(sol, "network fees are paid in it");
	return [...missing].map(
		([symbol, why]) => `risk.limits: ${symbol} has no limits, and ${why}: add a [[risk.limits]] table for it`,
	);
}
