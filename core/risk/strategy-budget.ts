import { SOL_MINT } from "../execution/fill.ts";
import type { Address } from "../types/address.ts";
import type { SettingsReader } from "./settings-reader.ts";

/** What one strategy may risk of one mint. Base units; a value at its limit is allowed. */
export interface MintBudget {
	/** Null: the strategy does not fund trades with the mint. */
	readonly maxInFlightNotional: bigint | null;
	readonly maxDailyLoss: bigint;
}

/** What one strategy may risk, within the limits of all. */
export interface StrategyBudget {
	readonly ordersPerSecond: number;
	readonly orderBurst: number;
	readonly byMint: ReadonlyMap<Address, MintBudget>;
}

/** A strategy's budget in the configuration's words; amounts by symbol, in whole units. */
export interface BudgetSettings {
	readonly strategy: string;
	readonly max_orders_per_second: number;
	readonly order_burst: number;
	readonly max_in_flight_notional: Readonly<Record<string, string>>;
	readonly max_daily_loss: Readonly<Record<string, string>>;
}

/** The budgets of a configuration. What is wrong with them is reported to the reader. */
export function readBudgets(
	tables: readonly BudgetSettings[],
	strategies: readonly { readonly name: string; readonly fundingAssets: readonly string[] }[],
	reader: SettingsReader,
): Map<string, StrategyBudget> {
	const budgets = new Map<string, StrategyBudget>();
	for (const table of tables) {
		const { strategy } = table;
		if (budgets.has(strategy)) reader.report(`risk.budgets: ${strategy} has a budget twice: keep one of them`);
		budgets.set(strategy, {
			ordersPerSecond: table.max_orders_per_second,
			orderBurst: table.order_burst,
			byMint: readMintBudgets(table, reader),
		});
	}
	for (const { name, fundingAssets } of strategies) {
		const table = tables.find(({ strategy }) => strategy === name);
		if (!table) {
			reader.report(`risk.budgets: the strategy ${name} has no budget: add a [[risk.budgets]] table for it`);
			continue;
		}
		for (const symbol of fundingAssets) {
			if (table.max_in_flight_notional[symbol] !== undefined) continue;
			reader.report(
				`risk.budgets: ${name} trades with ${symbol}: add it to its max_in_flight_notional and max_daily_loss`,
			);
		}
	}
	return budgets;
}

function readMintBudgets(table: BudgetSettings, reader: SettingsReader): Map<Address, MintBudget> {
	const { strategy, max_daily_loss, max_in_flight_notional } = table;
	const byMint = new Map<Address, MintBudget>();
	for (const symbol of new Set([...Object.keys(max_daily_loss), ...Object.keys(max_in_flight_notional)])) {
		const asset = reader.asset(symbol);
		if (!asset) {
			reader.report(
				`risk.budgets: ${strategy} names ${symbol}, which is not listed under assets: list it, or remove it`,
			);
			continue;
		}
		const loss = max_daily_loss[symbol];
		const notional = max_in_flight_notional[symbol];
		if (loss === undefined) {
			reader.report(`risk.budgets: ${strategy} has no max_daily_loss in ${symbol}: add it`);
			continue;
		}
		byMint.set(asset.mint as Address, {
			maxInFlightNotional:
				notional === undefined
					? null
					: reader.amount(notional, symbol, `risk.budgets: max_in_flight_notional of ${strategy} in ${symbol}`),
			maxDailyLoss: reader.amount(loss, symbol, `risk.budgets: max_daily_loss of ${strategy} in ${symbol}`),
		});
	}
	if (!byMint.has(SOL_MINT) && Object.keys(max_daily_loss).every((symbol) => reader.asset(symbol)?.mint !== SOL_MINT)) {
		reader.report(`risk.budgets: ${strategy} has no max_daily_loss in SOL, and network fees are paid in it: add it`);
	}
	return byMint;
}
