import type { Asset } from "../risk/settings-reader.ts";
import type { Address } from "../types/address.ts";
import { parseDecimal } from "../types/decimal.ts";
import { failure, type Result, success } from "../types/result.ts";
import { type StrategyDefinition, strategyKey } from "./definition.ts";
import type { AmountsParameter, Parameter, Parameters, ParameterValues, StrategySettings } from "./parameter.ts";

/** One parameter that a strategy cannot be run with. */
export interface ParameterProblem {
	/** Within the strategy's table, such as `minimum_profit.USDC`. */
	readonly key: string;
	/** Begins with "expected". */
	readonly expected: string;
	readonly got: string;
}

/** What amounts are read with. */
export interface TradedAssets {
	readonly assets: readonly Asset[];
	/** Symbols that have risk limits. */
	readonly limited: ReadonlySet<string>;
}

type Read = Result<unknown, readonly ParameterProblem[]>;
type AmountSettings = AmountsParameter["default"];

/** A strategy's parameters as it uses them, or everything that is wrong with its table in the configuration. */
export function readParameters<P extends Parameters>(
	definition: StrategyDefinition<P>,
	settings: StrategySettings,
	traded: TradedAssets,
): Result<ParameterValues<P>, readonly ParameterProblem[]> {
	const problems: ParameterProblem[] = [];
	const values: Record<string, unknown> = {};
	for (const [key, parameter] of Object.entries(definition.parameters)) {
		const read = readParameter(key, parameter, settings[key] ?? parameter.default, traded);
		if (read.ok) values[key] = read.value;
		else problems.push(...read.error);
	}
	for (const key of Object.keys(settings)) {
		if (key === "enabled" || Object.hasOwn(definition.parameters, key)) continue;
		problems.push({ key, expected: "expected no such key", got: "an unknown key" });
	}
	if (problems.length > 0) return failure(problems);
	const parameters = values as ParameterValues<P>;
	const refused = definition.refuse?.(parameters) ?? null;
	if (refused === null) return success(parameters);
	const { key, expected } = refused;
	return failure([{ key, expected, got: textOf(settings[key]) }]);
}

/** Symbols of the assets that a strategy trades with, each once. */
function tradedSymbols({ parameters }: StrategyDefinition, settings: StrategySettings): readonly string[] {
	const symbols = Object.entries(parameters).flatMap(([key, parameter]) =>
		parameter.kind === "amounts" ? Object.keys((settings[key] ?? parameter.default) as AmountSettings) : [],
	);
	return [...new Set(symbols)];
}

/** The strategies that are switched on, each with the symbols of the assets that it trades with. */
export function enabledStrategies(
	definitions: readonly StrategyDefinition[],
	tables: Readonly<Record<string, StrategySettings>>,
): readonly { readonly name: string; readonly fundingAssets: readonly string[] }[] {
	return definitions.flatMap((definition) => {
		const settings = tables[strategyKey(definition.name)];
		if (!settings?.enabled) return [];
		return [{ name: definition.name, fundingAssets: tradedSymbols(definition, settings) }];
	});
}

function readParameter(key: string, parameter: Parameter, given: unknown, traded: TradedAssets): Read {
	const wrong = (expected: string): Read => failure([{ key, expected, got: textOf(given) }]);
	switch (parameter.kind) {
		case "flag":
			return typeof given === "boolean" ? success(given) : wrong("expected true or false");
		case "count":
			return isWithin(given, parameter) && Number.isInteger(given) ? success(given) : wrong(boundsOf(parameter));
		case "number":
			return isWithin(given, parameter) ? success(given) : wrong(boundsOf(parameter));
		case "counts":
			return isList(given, parameter.mostItems) && given.every((one) => isWithin(one, parameter) && isWhole(one))
				? success(given)
				: wrong(`expected 1 to ${parameter.mostItems} numbers: ${boundsOf(parameter)} each`);
		case "choice":
			return parameter.options.includes(given as string)
				? success(given)
				: wrong(`expected one of ${parameter.options.join(", ")}`);
		case "addresses":
			return Array.isArray(given) && given.length <= parameter.mostItems && given.every(isAddressText)
				? success(given)
				: wrong(`expected at most ${parameter.mostItems} base58 addresses`);
		case "amounts":
			return readAmounts(key, given, traded);
	}
}

function readAmounts(key: string, given: unknown, { assets, limited }: TradedAssets): Read {
	if (typeof given !== "object" || given === null || Array.isArray(given)) {
		return failure([{ key, expected: "expected decimals in quotes by asset", got: textOf(given) }]);
	}
	const problems: ParameterProblem[] = [];
	const amounts = new Map<Address, bigint>();
	for (const [symbol, text] of Object.entries(given)) {
		const at = `${key}.${symbol}`;
		const asset = assets.find((candidate) => candidate.symbol === symbol);
		const amount = asset && typeof text === "string" ? parseDecimal(text, asset.decimals) : null;
		if (!asset) {
			problems.push({ key: at, expected: "expected a symbol listed under assets", got: textOf(symbol) });
		} else if (!limited.has(symbol)) {
			const expected = `expected risk.limits for ${symbol} before it may fund a trade`;
			problems.push({ key: at, expected, got: "none" });
		} else if (!amount?.ok) {
			const expected = `expected a decimal with at most ${asset.decimals} places`;
			problems.push({ key: at, expected, got: textOf(text) });
		} else {
			amounts.set(asset.mint as Address, amount.value);
		}
	}
	return problems.length === 0 ? success(amounts) : failure(problems);
}

/** A base58 text of the length of an account's address. */
const ADDRESS_PATTERN = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

function isAddressText(given: unknown): boolean {
	return typeof given === "string" && ADDRESS_PATTERN.test(given);
}

function isWithin(given: unknown, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }) {
	return typeof given === "number" && given >= minimum && given <= maximum;
}

function isWhole(given: unknown): boolean {
	return Number.isInteger(given);
}

function isList(given: unknown, mostItems: number): given is readonly unknown[] {
	return Array.isArray(given) && given.length > 0 && given.length <= mostItems;
}

function boundsOf({ kind, minimum, maximum, unit }: Extract<Parameter, { readonly minimum: number }>): string {
	const what = kind === "number" ? "a number" : "a whole number";
	return `expected ${what} from ${minimum} to ${maximum}${unit === "" ? "" : ` ${unit}`}`;
}

function textOf(given: unknown): string {
	const text = JSON.stringify(given) ?? "nothing";
	return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
