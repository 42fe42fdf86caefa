import { z } from "zod";
import { type StrategyDefinition, strategyKey } from "../core/strategy/definition.ts";
import type { Parameter, StrategySettings } from "../core/strategy/parameter.ts";
import { type ParameterProblem, readParameters, type TradedAssets } from "../core/strategy/read-parameters.ts";
import type { StrategyTables } from "../core/strategy/registry.ts";

const decimal = z.string().regex(/^\d{1,20}(\.\d{1,18})?$/, 'expected a decimal in quotes, such as "12.5"');
const address = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, "expected a base58 address");

/** The schema of `[strategies]`: a table for each strategy, as that one declares it. What is not given is the default. */
export function strategiesSchema<const D extends readonly StrategyDefinition[]>(
	definitions: D,
): z.ZodType<StrategyTables<D>> {
	const tables = definitions.map((definition) => [strategyKey(definition.name), tableOf(definition)]);
	return z.strictObject(Object.fromEntries(tables)).prefault({}) as unknown as z.ZodType<StrategyTables<D>>;
}

/** What is wrong with the tables by themselves and beside the rest of the configuration; keys begin with `strategies`. */
export function strategyProblems(
	definitions: readonly StrategyDefinition[],
	tables: Readonly<Record<string, StrategySettings>>,
	traded: TradedAssets,
): readonly ParameterProblem[] {
	return definitions.flatMap((definition) => {
		const key = strategyKey(definition.name);
		const settings = tables[key];
		const read = settings === undefined ? null : readParameters(definition, settings, traded);
		if (read === null || read.ok) return [];
		return read.error.map((problem) => ({ ...problem, key: `strategies.${key}.${problem.key}` }));
	});
}

function tableOf({ parameters }: StrategyDefinition): z.ZodType {
	const declared = Object.entries(parameters).map(([key, parameter]) => [
		key,
		schemaOf(parameter).default(parameter.default as never),
	]);
	return z.strictObject({ enabled: z.boolean().default(false), ...Object.fromEntries(declared) }).prefault({});
}

function schemaOf(parameter: Parameter): z.ZodType {
	switch (parameter.kind) {
		case "flag":
			return z.boolean();
		case "count":
			return z.int().min(parameter.minimum).max(parameter.maximum);
		case "number":
			return z.number().min(parameter.minimum).max(parameter.maximum);
		case "counts":
			return z.array(z.int().min(parameter.minimum).max(parameter.maximum)).min(1).max(parameter.mostItems);
		case "choice":
			return z.enum(parameter.options as [string, ...string[]]);
		case "addresses":
			return z.array(address).max(parameter.mostItems);
		case "amounts":
			return z.record(z.string(), decimal);
	}
}
