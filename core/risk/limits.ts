import { SOL_MINT } from "../execution/fill.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import { type Asset, SettingsReader } from "./settings-reader.ts";
import { type BudgetSettings, readBudgets, type StrategyBudget } from "./strategy-budget.ts";

/** What may be risked in one mint. Base units; a value at its limit is allowed. */
export interface MintLimits {
	/** What goes through one intent that this mint funds. */
	readonly maxIntentNotional: bigint;
	readonly maxInFlightNotional: bigint;
	/** What goes into one swap, whichever mint funds the intent. */
	readonly maxOrderSize: bigint;
	/** What may be held after everything open has happened. Null for a quote asset: cash is no position. */
	readonly maxPosition: bigint | null;
	/** Realised loss of a UTC day together with the worst case of everything open. */
	readonly maxDailyLoss: bigint;
	/** Fall of the equity from its peak together with the worst case of everything open. */
	readonly maxDrawdown: bigint;
}

/** What the network may be paid. Lamports. */
export interface CostLimits {
	readonly maxFeePerIntent: bigint;
	readonly maxTipPerIntent: bigint;
	readonly maxFeesPerHour: bigint;
	readonly maxTipsPerHour: bigint;
	/** Who may be tipped. */
	readonly tipAccounts: ReadonlySet<Address>;
}

/** When a strategy is switched off: after so many reverted or expired intents within the window. */
export interface ThrottleLimits {
	readonly failures: number;
	readonly windowMicros: number;
}

/** Everything that the gate measures an intent by. */
export interface RiskLimits {
	readonly maxInFlight: number;
	readonly maxMessagesPerSecond: number;
	readonly messageBurst: number;
	readonly maxOrdersPerSecond: number;
	readonly orderBurst: number;
	readonly staleAfterSlots: number;
	/** An intent whose deadline lies further ahead is malformed: halting waits for deadlines. */
	readonly maxDeadlineAheadMicros: number;
	/** How far a swap's price may be from the reference, in hundredths of a percent. */
	readonly collarBps: bigint;
	/** Cash: what positions are turned into when they are reduced. The first is what exposure is measured in. */
	readonly quoteMints: readonly [Address, ...Address[]];
	/** All positions and everything in flight, base units of the first quote mint. */
	readonly maxGrossExposure: bigint;
	/** By mint; a mint without limits funds nothing. SOL always has limits: fees are paid in it. */
	readonly byMint: ReadonlyMap<Address, MintLimits>;
	readonly costs: CostLimits;
	/** By name of the strategy; one without a budget trades nothing. */
	readonly budgets: ReadonlyMap<string, StrategyBudget>;
	readonly throttle: ThrottleLimits;
	/** Mints that are named in the configuration. */
	readonly listedMints: ReadonlySet<Address>;
	/** Whether other mints may stand in the middle of a route. */
	readonly allowUnlistedMints: boolean;
}

/** Limits of one mint, in the configuration's words. */
export interface MintLimitSettings {
	readonly asset: string;
	readonly max_intent_notional: string;
	readonly max_in_flight_notional: string;
	readonly max_order_size: string;
	readonly max_position?: string | undefined;
	readonly max_daily_loss: string;
	readonly max_drawdown: string;
}

/** The parts of the configuration that limits are made of, in its words. */
export interface RiskSettings {
	readonly assets: readonly Asset[];
	readonly risk: {
		readonly max_in_flight: number;
		readonly max_messages_per_second: number;
		readonly message_burst: number;
		readonly max_orders_per_second: number;
		readonly order_burst: number;
		readonly stale_after_slots: number;
		readonly collar_bps: number;
		readonly quote_assets: readonly string[];
		readonly max_gross_exposure: string;
		readonly max_fee_per_intent: string;
		readonly max_tip_per_intent: string;
		readonly max_fees_per_hour: string;
		readonly max_tips_per_hour: string;
		readonly tip_accounts: readonly string[];
		readonly throttle_failures: number;
		readonly throttle_window_seconds: number;
		readonly allow_unlisted_mints: boolean;
		readonly limits: readonly MintLimitSettings[];
		readonly budgets: readonly BudgetSettings[];
	};
	readonly execution: { readonly intent_deadline_ms: number };
	/** Strategies that trade, each with the symbols of the assets that it funds trades with. */
	readonly strategies: readonly { readonly name: string; readonly fundingAssets: readonly string[] }[];
}

/** Clocks of two machines may differ by so much before intents are refused. */
const CLOCK_TOLERANCE_MS = 250;
const MICROS_PER_SECOND = 1_000_000;

/**
 * The limits of a configuration, or every reason why there are none, a line each. A funding asset without limits and a
 * strategy without a budget are such reasons: what has no limit must not trade.
 */
export function limitsFrom(settings: RiskSettings): Result<RiskLimits, readonly string[]> {
	const { risk } = settings;
	const reader = new SettingsReader(settings.assets);
	const quoteMints = readQuoteMints(risk.quote_assets, reader);
	const byMint = readMintLimits(risk.limits, quoteMints, reader);
	reportMissing(settings, reader);
	const lamports = (key: "max_fee_per_intent" | "max_tip_per_intent" | "max_fees_per_hour" | "max_tips_per_hour") =>
		reader.lamports(risk[key], `risk: ${key}`);
	const costs: CostLimits = {
		maxFeePerIntent: lamports("max_fee_per_intent"),
		maxTipPerIntent: lamports("max_tip_per_intent"),
		maxFeesPerHour: lamports("max_fees_per_hour"),
		maxTipsPerHour: lamports("max_tips_per_hour"),
		tipAccounts: new Set(risk.tip_accounts as readonly Address[]),
	};
	const budgets = readBudgets(risk.budgets, settings.strategies, reader);
	const [quote] = risk.quote_assets;
	const maxGrossExposure = reader.amount(risk.max_gross_exposure, quote ?? "", "risk: max_gross_exposure");
	const [first, ...others] = quoteMints;
	if (reader.problems.length > 0 || first === undefined) return failure(reader.problems);
	return success({
		maxInFlight: risk.max_in_flight,
		maxMessagesPerSecond: risk.max_messages_per_second,
		messageBurst: risk.message_burst,
		maxOrdersPerSecond: risk.max_orders_per_second,
		orderBurst: risk.order_burst,
		staleAfterSlots: risk.stale_after_slots,
		maxDeadlineAheadMicros: (settings.execution.intent_deadline_ms + CLOCK_TOLERANCE_MS) * 1_000,
		collarBps: BigInt(risk.collar_bps),
		quoteMints: [first, ...others],
		maxGrossExposure,
		byMint,
		costs,
		budgets,
		throttle: {
			failures: risk.throttle_failures,
			windowMicros: risk.throttle_window_seconds * MICROS_PER_SECOND,
		},
		listedMints: new Set(settings.assets.map(({ mint }) => mint as Address)),
		allowUnlistedMints: risk.allow_unlisted_mints,
	});
}

function readQuoteMints(symbols: readonly string[], reader: SettingsReader): readonly Address[] {
	if (symbols.length === 0) reader.report("risk: quote_assets is empty: name the asset that exposure is measured in");
	const mints: Address[] = [];
	for (const symbol of symbols) {
		const asset = reader.asset(symbol);
		if (asset) mints.push(asset.mint as Address);
		else reader.report(`risk: the quote asset ${symbol} is not listed under assets: list it, or name another`);
	}
	return mints;
}

function readMintLimits(
	tables: readonly MintLimitSettings[],
	quoteMints: readonly Address[],
	reader: SettingsReader,
): Map<Address, MintLimits> {
	const byMint = new Map<Address, MintLimits>();
	for (const table of tables) {
		const asset = reader.asset(table.asset);
		if (!asset) {
			reader.report(`risk.limits: the asset ${table.asset} is not listed under assets: list it, or remove its limits`);
			continue;
		}
		const mint = asset.mint as Address;
		if (byMint.has(mint)) {
			reader.report(`risk.limits: ${table.asset} has limits twice: keep one of them`);
			continue;
		}
		const amount = (key: Exclude<keyof MintLimitSettings, "asset" | "max_position">): bigint =>
			reader.amount(table[key], table.asset, `risk.limits: ${key} of ${table.asset}`);
		byMint.set(mint, {
			maxIntentNotional: amount("max_intent_notional"),
			maxInFlightNotional: amount("max_in_flight_notional"),
			maxOrderSize: amount("max_order_size"),
			maxPosition: readMaxPosition(table, quoteMints.includes(mint), reader),
			maxDailyLoss: amount("max_daily_loss"),
			maxDrawdown: amount("max_drawdown"),
		});
	}
	return byMint;
}

function readMaxPosition(table: MintLimitSettings, isQuote: boolean, reader: SettingsReader): bigint | null {
	const { asset, max_position } = table;
	if (isQuote) {
		if (max_position !== undefined) {
			reader.report(`risk.limits: max_position of ${asset} has no effect, as it is a quote asset: remove it`);
		}
		return null;
	}
	if (max_position === undefined) {
		reader.report(`risk.limits: ${asset} has no max_position: add one, or name it under quote_assets`);
		return 0n;
	}
	return reader.amount(max_position, asset, `risk.limits: max_position of ${asset}`);
}

function reportMissing({ assets, risk, strategies }: RiskSettings, reader: SettingsReader): void {
	const limited = new Set(risk.limits.map(({ asset }) => asset));
	const missing = new Map<string, string>();
	for (const symbol of strategies.flatMap(({ fundingAssets }) => fundingAssets)) {
		if (!limited.has(symbol)) missing.set(symbol, "it funds trades");
	}
	const sol = assets.find(({ mint }) => mint === SOL_MINT)?.symbol ?? "SOL";
	if (!limited.has(sol)) missing.set(sol, "network fees are paid in it");
	for (const [symbol, why] of missing) {
		reader.report(`risk.limits: ${symbol} has no limits, and ${why}: add a [[risk.limits]] table for it`);
	}
}
