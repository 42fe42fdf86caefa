import type { Address } from "../types/address.ts";

/** What every parameter says of itself. */
interface Declared {
	/** What it does, in a sentence: shown wherever the parameter is. */
	readonly explanation: string;
}

interface DeclaredNumber extends Declared {
	readonly default: number;
	readonly minimum: number;
	readonly maximum: number;
	/** Such as "ms", "slots" or "bps"; empty for a mere number. */
	readonly unit: string;
}

export interface FlagParameter extends Declared {
	readonly kind: "flag";
	readonly default: boolean;
}

/** A whole number. */
export interface CountParameter extends DeclaredNumber {
	readonly kind: "count";
}

/** A ratio or a statistic, never an amount of money. */
export interface NumberParameter extends DeclaredNumber {
	readonly kind: "number";
}

/** Several whole numbers, such as the lengths of lookbacks. */
export interface CountsParameter extends Declared {
	readonly kind: "counts";
	readonly default: readonly number[];
	readonly minimum: number;
	readonly maximum: number;
	readonly unit: string;
	readonly mostItems: number;
}

/** Amounts by asset, in whole units as decimals. The strategy trades with these assets, so each needs limits and a budget. */
export interface AmountsParameter extends Declared {
	readonly kind: "amounts";
	readonly default: Readonly<Record<string, string>>;
}

/** One of a few words. */
export interface ChoiceParameter extends Declared {
	readonly kind: "choice";
	readonly options: readonly string[];
	readonly default: string;
}

/** Accounts of the chain: mints, pools. */
export interface AddressesParameter extends Declared {
	readonly kind: "addresses";
	readonly default: readonly string[];
	readonly mostItems: number;
}

export type Parameter =
	| FlagParameter
	| CountParameter
	| NumberParameter
	| CountsParameter
	| AmountsParameter
	| ChoiceParameter
	| AddressesParameter;

/** A strategy's parameters by their keys in the configuration, in snake_case. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A parameter as the configuration gives it. */
export type ParameterSetting = boolean | number | string | readonly number[] | readonly string[] | AmountSettings;
type AmountSettings = Readonly<Record<string, string>>;

type SettingOf<P extends Parameter> = P extends FlagParameter
	? boolean
	: P extends CountParameter | NumberParameter
		? number
		: P extends CountsParameter
			? readonly number[]
			: P extends AmountsParameter
				? AmountSettings
				: P extends ChoiceParameter
					? P["options"][number]
					: readonly string[];

/** The table of a strategy in the configuration. */
export type SettingsOf<P extends Parameters> = { readonly enabled: boolean } & {
	readonly [K in keyof P]: SettingOf<P[K]>;
};

/** The table of any strategy. */
export interface StrategySettings {
	readonly enabled: boolean;
	readonly [parameter: string]: ParameterSetting;
}

type ValueOf<P extends Parameter> = P extends AmountsParameter
	? ReadonlyMap<Address, bigint>
	: P extends AddressesParameter
		? readonly Address[]
		: SettingOf<P>;

/** What a strategy is given: amounts in base units by mint, everything else as it was set. */
export type ParameterValues<P extends Parameters> = { readonly [K in keyof P]: ValueOf<P[K]> };
