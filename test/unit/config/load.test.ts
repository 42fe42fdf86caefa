import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ConfigError, loadConfig, type Violation } from "../../../config/load.ts";

function violationsOf(environment: Record<string, string>): readonly Violation[] {
	try {
		loadConfig({ environment });
	} catch (error) {
		if (error instanceof ConfigError) return error.violations;
		throw error;
	}
	throw new Error("the configuration was accepted");
}

/** A flat table of texts as TOML writes it in one line. */
function tomlTable(values: object): string {
	return `{${Object.entries(values)
		.map(([key, value]) => `${key}=${JSON.stringify(value)}`)
		.join(", ")}}`;
}

function overlay(toml: string): string {
	const file = join(mkdtempSync(join(tmpdir(), "mojo-config-")), "overlay.toml");
	writeFileSync(file, toml);
	return file;
}

describe("what is refused", () => {
	test("an unknown environment is named with those that exist", () => {
		const [violation] = violationsOf({ MOJO_ENV: "prod" });
		expect(violation).toMatchObject({ key: "MOJO_ENV", got: '"prod"' });
		expect(violation?.expected).toContain("development, staging, production");
	});

	test("unknown keys, at any depth, with the source that gave them", () => {
		expect(violationsOf({ MOJO__FOO: "1", MOJO__RISK__BAR: "2" })).toEqual([
			{
				source: "environment MOJO__RISK__BAR",
				key: "risk.bar",
				expected: "expected no such key",
				got: "an unknown key",
			},
			{ source: "environment MOJO__FOO", key: "foo", expected: "expected no such key", got: "an unknown key" },
		]);
	});

	test("every violation at once, each with file, key, expected and got", () => {
		const file = overlay('[risk]\nmax_in_flight = 0\norder_burst = "many"\n[chain]\nrpc_url = "ftp://x"\n');
		const violations = violationsOf({ MOJO_CONFIG: file });
		expect(violations.map(({ key }) => key).sort()).toEqual([
			"chain.rpc_url",
			"risk.max_in_flight",
			"risk.order_burst",
		]);
		for (const violation of violations) expect(violation.source).toBe(file);
		expect(violations.find(({ key }) => key === "risk.order_burst")).toMatchObject({
			expected: "expected number",
			got: '"many"',
		});
	});

	test("a variable that is not set is named, once, by the key that wants it", () => {
		const violations = violationsOf({ MOJO_ENV: "staging" });
		expect(violations.map(({ key, expected }) => [key, expected])).toEqual([
			["security.api_token", "expected the environment variable MOJO_API_TOKEN"],
			["networking.nats_url", "expected the environment variable NATS_URL"],
		]);
	});

	test("a malformed file is named with line and column", () => {
		const file = overlay("[risk\n");
		const [violation] = violationsOf({ MOJO_CONFIG: file });
		expect(violation?.source).toMatch(/overlay\.toml:1:\d+$/);
	});

	test("a file that is not there is named with the reason", () => {
		expect(violationsOf({ MOJO_CONFIG: "/nowhere/x.toml" })).toEqual([
			{ source: "/nowhere/x.toml", key: "", expected: "expected a readable file", got: "ENOENT" },
		]);
	});

	test("a funding asset without limits, or that is not listed", () => {
		const file = overlay('[strategies.cross_venue.minimum_profit]\nBONK = "1"\nDOGE = "1"\n');
		const withoutBonk = loadConfig({ environment: {} }).risk.limits.filter(({ asset }) => asset !== "BONK");
		const limits = `[${withoutBonk.map(tomlTable).join(", ")}]`;
		expect(
			violationsOf({ MOJO_CONFIG: file, MOJO__RISK__LIMITS: limits }).map(({ key, expected }) => [key, expected]),
		).toEqual([
			["strategies.cross_venue.minimum_profit.BONK", "expected risk.limits for BONK before it may fund a trade"],
			["strategies.cross_venue.minimum_profit.DOGE", "expected a symbol listed under assets"],
		]);
	});

	test("a strategy that does not exist, with those that do, and a parameter that it does not have", () => {
		const file = overlay("[strategies.momentum]\nenabled = true\n[strategies.cyclic]\nlookback = 3\n");
		expect(violationsOf({ MOJO_CONFIG: file })).toEqual([
			{ source: file, key: "strategies.cyclic.lookback", expected: "expected no such key", got: "an unknown key" },
			{
				source: file,
				key: "strategies.momentum",
				expected: "expected the table of a strategy: cross_venue, cyclic, statistical, listing",
				got: "an unknown key",
			},
		]);
	});

	test("a strategy's parameter out of its bounds, or at odds with another", () => {
		const file = overlay("[strategies.cyclic]\nmax_in_flight = 0\nminimum_profit = { USDC = 1 }\n");
		const keys = violationsOf({ MOJO_CONFIG: file, MOJO__STRATEGIES__CYCLIC__MAXIMUM_LEGS: "5" }).map(
			({ source, key }) => [source, key],
		);
		expect(keys.sort()).toEqual(
			[
				[file, "strategies.cyclic.max_in_flight"],
				[file, "strategies.cyclic.minimum_profit.USDC"],
				["environment MOJO__STRATEGIES__CYCLIC__MAXIMUM_LEGS", "strategies.cyclic.maximum_legs"],
			].sort(),
		);
		expect(violationsOf({ MOJO__STRATEGIES__CYCLIC__MAXIMUM_LEGS: "2" })).toEqual([
			{
				source: "environment MOJO__STRATEGIES__CYCLIC__MAXIMUM_LEGS",
				key: "strategies.cyclic.maximum_legs",
				expected: "expected at least minimum_legs (3)",
				got: "2",
			},
		]);
	});

	test("limits for an asset that is not listed", () => {
		const [usdc] = loadConfig({ environment: {} }).risk.limits;
		const limits = `[${tomlTable({ ...usdc, asset: "DOGE" })}]`;
		const keys = violationsOf({ MOJO__RISK__LIMITS: limits }).map(({ key }) => key);
		expect(keys).toContain("risk.limits.0.asset");
	});

	test("keys that contradict each other", () => {
		const keys = violationsOf({
			MOJO__DATA_PIPELINE__RECONNECT_MAX_MS: "1",
			MOJO__NETWORKING__HEARTBEAT_TIMEOUT_SECONDS: "1",
		}).map(({ key }) => key);
		expect(keys).toEqual(["data_pipeline.reconnect_max_ms", "networking.heartbeat_timeout_seconds"]);
	});

	test("live mode without what keeps money safe, and not with it", () => {
		const keys = violationsOf({ MOJO__MODE: "live" }).map(({ key }) => key);
		expect(keys).toEqual([
			"security.keystore_path",
			"security.create_wallet",
			"localnet.enabled",
			"security.arming_people",
		]);
		const key = "11111111111111111111111111111111";
		const people = (...names: string[]) => names.map((name) => `{ name = "${name}", key = "${key}" }`).join(", ");
		const live = {
			MOJO__MODE: "live",
			MOJO_KEYSTORE: "keystore.json",
			MOJO__SECURITY__CREATE_WALLET: "false",
			MOJO__LOCALNET__ENABLED: "false",
		};
		const twice = { ...live, MOJO__SECURITY__ARMING_PEOPLE: `[${people("ann", "bob")}]` };
		expect(violationsOf(twice).map(({ key: at }) => at)).toEqual(["security.arming_people"]);
		const other = people("bob").replaceAll(key, "So11111111111111111111111111111111111111112");
		const two = { ...live, MOJO__SECURITY__ARMING_PEOPLE: `[${people("ann")}, ${other}]` };
		expect(loadConfig({ environment: two }).mode).toBe("live");
	});

	test("a source of the passphrase that is none", () => {
		expect(violationsOf({ MOJO_PASSPHRASE_SOURCE: "hunter2" })).toMatchObject([
			{ key: "security.passphrase_source", expected: expect.stringContaining("file:<path>") },
		]);
	});

	test("a token that is too short, without a word about the empty one's branch", () => {
		expect(violationsOf({ MOJO_API_TOKEN: "short" })).toEqual([
			{
				source: "config/environments/development.toml",
				key: "security.api_token",
				expected: "expected at least 16 characters, secret:<name>, or empty to have one made",
				got: "something that is not shown here",
			},
		]);
	});
});

describe("what is taken", () => {
	test("the defaults stand by themselves", () => {
		const config = loadConfig({ environment: {} });
		expect(config.mode).toBe("local");
		expect(config.data_folder).toBe("data");
		expect(config.networking.nats_url).toBeNull();
		expect(Object.isFrozen(config.risk.limits)).toBe(true);
	});

	test("later sources win over earlier ones: file, then environment", () => {
		const file = overlay("[localnet]\npools = 12\nseed = 3\n");
		const config = loadConfig({ environment: { MOJO_CONFIG: file, MOJO__LOCALNET__SEED: "9" } });
		expect(config.localnet).toMatchObject({ pools: 12, seed: 9, traders: 4 });
	});

	test("variables fill in, with their fallback when they are not set", () => {
		const environment = { MOJO_DATA_FOLDER: "/tmp/x", NATS_URL: "nats://127.0.0.1:4222" };
		const config = loadConfig({ environment });
		expect(config.data_folder).toBe("/tmp/x");
		expect(config.networking.nats_url).toBe("nats://127.0.0.1:4222");
		expect(config.monitoring.log_level).toBe("warn");
	});

	test("staging, with what it asks of the environment", () => {
		const environment = { MOJO_ENV: "staging", MOJO_API_TOKEN: "0123456789abcdef", NATS_URL: "nats://127.0.0.1:4222" };
		const config = loadConfig({ environment });
		expect(config.networking.namespace).toBe("mojo-staging");
		expect(config.security.create_wallet).toBe(false);
	});

	test("text that is no TOML value is text", () => {
		expect(loadConfig({ environment: { MOJO__DATA_FOLDER: "some/folder" } }).data_folder).toBe("some/folder");
	});
});
