import { describe, expect, test } from "@jest/globals";
import { defineStrategy, strategyKey } from "../../../../core/strategy/definition.ts";
import type { StrategySettings } from "../../../../core/strategy/parameter.ts";
import { enabledStrategies, readParameters } from "../../../../core/strategy/read-parameters.ts";
import { STRATEGIES } from "../../../../core/strategy/registry.ts";
import { failure, success } from "../../../../core/types/result.ts";
import { SOL, USDC } from "../market/market-fixture.ts";

const TRADED = {
	assets: [
		{ symbol: "USDC", mint: USDC, decimals: 6 },
		{ symbol: "SOL", mint: SOL, decimals: 9 },
	],
	limited: new Set(["USDC"]),
};
const bounds = { minimum: 1, maximum: 9, explanation: "Any." };
const EVERYTHING = defineStrategy({
	name: "every-thing-there-is",
	explanation: "One parameter of each kind.",
	parameters: {
		flag: { kind: "flag", default: true, explanation: "Any." },
		count: { kind: "count", default: 3, unit: "slots", ...bounds },
		number: { kind: "number", default: 2.5, unit: "", ...bounds },
		counts: { kind: "counts", default: [3, 9], mostItems: 3, unit: "s", ...bounds },
		amounts: { kind: "amounts", default: { USDC: "1.5" }, explanation: "Any." },
		choice: { kind: "choice", options: ["buy", "sell"], default: "buy", explanation: "Any." },
		addresses: { kind: "addresses", default: [], mostItems: 2, explanation: "Any." },
	},
	refuse: ({ count, number }) => (number > count ? { key: "number", expected: `expected at most ${count}` } : null),
	create: () => {
		throw new Error("not expected");
	},
});
const read = (settings: Omit<StrategySettings, "enabled">) =>
	readParameters(EVERYTHING, { enabled: true, ...settings } as StrategySettings, TRADED);

describe("refuses", () => {
	const COUNT = "expected a whole number from 1 to 9 slots";
	const COUNTS = "expected 1 to 3 numbers: expected a whole number from 1 to 9 s each";
	test.each([
		["flag", "yes", "expected true or false"],
		["count", 0, COUNT],
		["count", 10, COUNT],
		["count", 1.5, COUNT],
		["count", "3", COUNT],
		["number", Number.NaN, "expected a number from 1 to 9"],
		["counts", [], COUNTS],
		["counts", [1, 2, 3, 4], COUNTS],
		["counts", [1, 2.5], COUNTS],
		["counts", [10], COUNTS],
		["counts", 3, COUNTS],
		["choice", "hold", "expected one of buy, sell"],
		["addresses", ["0OIl"], "expected at most 2 base58 addresses"],
		["addresses", [USDC, USDC, USDC], "expected at most 2 base58 addresses"],
		["addresses", USDC, "expected at most 2 base58 addresses"],
		["addresses", [3], "expected at most 2 base58 addresses"],
		["amounts", ["1"], "expected decimals in quotes by asset"],
		["amounts", "1", "expected decimals in quotes by asset"],
	])("%s: %j", (key, given, expected) => {
		expect(read({ [key]: given })).toMatchObject({ ok: false, error: [{ key, expected }] });
	});

	test.each([
		[{ DOGE: "1" }, "amounts.DOGE", "expected a symbol listed under assets", '"DOGE"'],
		[{ SOL: "1" }, "amounts.SOL", "expected risk.limits for SOL before it may fund a trade", "none"],
		[{ USDC: "0.0000001" }, "amounts.USDC", "expected a decimal with at most 6 places", '"0.0000001"'],
		[{ USDC: 1 }, "amounts.USDC", "expected a decimal with at most 6 places", "1"],
	])("amounts: %j", (amounts, key, expected, got) => {
		expect(read({ amounts: amounts as never })).toEqual(failure([{ key, expected, got }]));
	});

	test("everything at once, with keys that are not declared, and nothing inherited", () => {
		const error = [
			{ key: "count", expected: COUNT, got: "-1" },
			{ key: "toString", expected: "expected no such key", got: "an unknown key" },
		];
		expect(read({ count: -1, toString: 1 } as never)).toEqual(failure(error));
	});

	test("what the parameters do not allow together, once each is right by itself", () => {
		expect(read({ count: 2 })).toEqual(failure([{ key: "number", expected: "expected at most 2", got: "nothing" }]));
		const long = { key: "choice", expected: "expected one of buy, sell", got: `"${"x".repeat(56)}...` };
		expect(read({ choice: "x".repeat(99), count: 2 })).toEqual(failure([long]));
	});
});

test("what is not set is the default; amounts are in base units by mint", () => {
	expect(read({ addresses: [SOL] })).toEqual(
		success({
			flag: true,
			count: 3,
			number: 2.5,
			counts: [3, 9],
			amounts: new Map([[USDC, 1_500_000n]]),
			choice: "buy",
			addresses: [SOL],
		}),
	);
});

test("a strategy that is on trades with the assets of its amounts", () => {
	const key = strategyKey(EVERYTHING.name);
	expect(key).toBe("every_thing_there_is");
	const on = (settings: object) => enabledStrategies([EVERYTHING], { [key]: { enabled: true, ...settings } });
	expect(on({})).toEqual([{ name: EVERYTHING.name, fundingAssets: ["USDC"] }]);
	expect(on({ amounts: { SOL: "1" } })).toEqual([{ name: EVERYTHING.name, fundingAssets: ["SOL"] }]);
	expect(on({ enabled: false })).toEqual([]);
	expect(enabledStrategies([EVERYTHING], {})).toEqual([]);
});

test("every strategy of the registry has a name of its own and parameters that explain themselves", () => {
	expect(new Set(STRATEGIES.map(({ name }) => strategyKey(name))).size).toBe(STRATEGIES.length);
	for (const { name, parameters } of STRATEGIES) {
		expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
		for (const [key, { explanation }] of Object.entries(parameters)) {
			expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/);
			expect(explanation).toMatch(/^[A-Z].*\.$/);
		}
	}
});
