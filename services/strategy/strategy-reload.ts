import type { Reload, ReloadRefusal } from "../../broker/contracts/strategy.ts";
import { ConfigError } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { type StrategyDefinition, strategyKey } from "../../core/strategy/definition.ts";
import type { StrategySettings } from "../../core/strategy/parameter.ts";
import { planDesk, type StrategyTables } from "./settings.ts";
import type { StrategyHost } from "./strategy-host.ts";

export interface StrategyReloadOptions {
	readonly definitions: readonly StrategyDefinition[];
	/** As the process was started with: everything but the strategies stays so. */
	readonly config: Config;
	readonly host: Pick<StrategyHost, "follow">;
	/** Reads the strategies' tables as they are written now. Throws ConfigError. */
	readonly readTables: () => StrategyTables;
}

/**
 * Has the strategies run by what the configuration says now. All of it is looked at first: with one thing wrong nothing
 * changes. Limits and budgets are risk's, which reads them when it starts: they are those of before.
 *
 * In live mode people have armed one configuration, so only what that says applies, or less: a strategy switched off.
 */
export function reloadStrategies({ definitions, config, host, readTables }: StrategyReloadOptions): Reload {
	let tables: StrategyTables;
	try {
		tables = readTables();
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return refused("unreadable", error.message.split("\n"));
	}
	const planned = planDesk(definitions, tables, config);
	if (!planned.ok) return refused("unusable", planned.error);
	if (config.mode === "live") {
		const armed: StrategyTables = config.strategies;
		const others = definitions
			.map(({ name }) => strategyKey(name))
			.filter((key) => !isWithin(tables[key], armed[key]))
			.map((key) => `strategies.${key}: other than what was armed: restart, and have it armed anew`);
		if (others.length > 0) return refused("armed", others);
	}
	return { status: "applied", changed: host.follow(planned.value.strategies) };
}

function refused(code: ReloadRefusal, reasons: readonly string[]): Reload {
	return { status: "refused", code, reasons };
}

function isWithin(table: StrategySettings | undefined, armed: StrategySettings | undefined): boolean {
	return table === undefined || !table.enabled || JSON.stringify(table) === JSON.stringify(armed);
}
