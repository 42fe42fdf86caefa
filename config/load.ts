import type { z } from "zod";
import { strategyKey } from "../core/strategy/definition.ts";
import { STRATEGIES } from "../core/strategy/registry.ts";
import { ConfigError, type Violation } from "./config-error.ts";
import { currentEnvironment } from "./environment.ts";
import { type Config, configSchema } from "./schema.ts";
import { interpolate, isTree, type LoadOptions, quote, readSources, sourceOf, type Tree } from "./sources.ts";
import { strategiesSchema, strategyProblems } from "./strategies.ts";

export { ConfigError, type Violation } from "./config-error.ts";
export type { LoadOptions } from "./sources.ts";

/**
 * Loads the configuration: development.toml as defaults, then the environment named by MOJO_ENV, then the file named by
 * MOJO_CONFIG, then MOJO__SECTION__KEY variables; then `${VAR}`; then the schema. Lists replace lists.
 *
 * @throws ConfigError with every violation found
 */
export function loadConfig(options: LoadOptions = {}): Config {
	const { tree, sources } = readSources(options);
	const violations: Violation[] = [];
	const filled = interpolate(tree, "", options.environment ?? currentEnvironment(), sources, violations);
	return validate(filled, sources, violations);
}

/**
 * The tables of the strategies, read again beside everything else that runs as it is: nothing else of the sources is
 * looked at, so that a secret that is gone from the environment by now is not missed.
 *
 * @throws ConfigError with every violation found in them
 */
export function loadStrategies(running: Config, options: LoadOptions = {}): Config["strategies"] {
	const { tree, sources } = readSources(options);
	const violations: Violation[] = [];
	const environment = options.environment ?? currentEnvironment();
	const strategies = interpolate(tree["strategies"] ?? {}, "strategies", environment, sources, violations);
	const parsed = strategiesSchema(STRATEGIES).safeParse(strategies);
	if (parsed.success) violations.push(...contradictingStrategies({ ...running, strategies: parsed.data }, sources));
	if (parsed.success && violations.length === 0) return deepFreeze(parsed.data);
	const issues = parsed.error?.issues ?? [];
	explainAll(
		issues.map((issue) => ({ ...issue, path: ["strategies", ...issue.path] })),
		{ strategies },
		sources,
		violations,
	);
	throw new ConfigError(violations);
}

/** Their values are in no message. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
	"security.api_token",
	"security.approval_key",
	"secrets.infisical_client_secret",
]);

function validate(tree: unknown, sources: ReadonlyMap<string, string>, violations: Violation[]): Config {
	const parsed = configSchema.safeParse(tree);
	if (parsed.success) violations.push(...contradictions(parsed.data, sources));
	if (parsed.success && violations.length === 0) return deepFreeze(parsed.data);
	explainAll(parsed.error?.issues ?? [], tree, sources, violations);
	throw new ConfigError(violations);
}

/** Adds what the schema found, one violation a key. */
function explainAll(
	issues: readonly z.core.$ZodIssue[],
	tree: unknown,
	sources: ReadonlyMap<string, string>,
	violations: Violation[],
): void {
	for (const issue of issues) {
		for (const violation of explain(issue, tree, sources)) {
			if (!violations.some(({ key }) => key === violation.key)) violations.push(violation);
		}
	}
}

/** What each key allows by itself and the keys together do not. */
function contradictions(config: Config, sources: ReadonlyMap<string, string>): Violation[] {
	const found: Violation[] = [];
	const complain = (key: string, expected: string, got: string): void => {
		found.push({ source: sourceOf(key, sources), key, expected, got });
	};
	const symbols = new Set(config.assets.map(({ symbol }) => symbol));
	for (const [index, { asset }] of config.risk.limits.entries()) {
		if (!symbols.has(asset))
			complain(`risk.limits.${index}.asset`, "expected a symbol listed under assets", quote(asset));
	}
	found.push(...contradictingStrategies(config, sources));
	if (config.data_pipeline.reconnect_max_ms < config.data_pipeline.reconnect_min_ms) {
		complain(
			"data_pipeline.reconnect_max_ms",
			`expected at least reconnect_min_ms (${config.data_pipeline.reconnect_min_ms})`,
			String(config.data_pipeline.reconnect_max_ms),
		);
	}
	if (config.networking.heartbeat_timeout_seconds <= config.networking.heartbeat_interval_seconds) {
		complain(
			"networking.heartbeat_timeout_seconds",
			`expected more than heartbeat_interval_seconds (${config.networking.heartbeat_interval_seconds})`,
			String(config.networking.heartbeat_timeout_seconds),
		);
	}
	if (config.mode === "live") found.push(...lacksForLive(config, sources));
	return found;
}

/** Parameters of strategies that do not fit each other, or the assets and limits. */
function contradictingStrategies({ strategies, assets, risk }: Config, sources: ReadonlyMap<string, string>) {
	const limited = new Set(risk.limits.map(({ asset }) => asset));
	const problems = strategyProblems(STRATEGIES, strategies, { assets, limited });
	return problems.map((problem): Violation => ({ source: sourceOf(problem.key, sources), ...problem }));
}

/** What a configuration needs before it may trade for real. */
function lacksForLive({ localnet, security }: Config, sources: ReadonlyMap<string, string>): Violation[] {
	const { keystore_path, create_wallet, arming_people } = security;
	const needs: [key: string, isMet: boolean, expected: string, got: string][] = [
		["security.keystore_path", keystore_path !== null, "expected an encrypted keystore in live mode", "none"],
		["security.create_wallet", !create_wallet, "expected false in live mode", "true"],
		["localnet.enabled", !localnet.enabled, "expected false in live mode", "true"],
		[
			"security.arming_people",
			new Set(arming_people.map(({ key }) => key)).size >= 2,
			"expected two people with keys of their own in live mode",
			`${arming_people.length} people`,
		],
	];
	return needs
		.filter(([, isMet]) => !isMet)
		.map(([key, , expected, got]) => ({ source: sourceOf(key, sources), key, expected, got }));
}

function explain(issue: z.core.$ZodIssue, tree: unknown, sources: ReadonlyMap<string, string>): Violation[] {
	const path = issue.path.map(String);
	if (issue.code === "unrecognized_keys") {
		const isStrategy = path.join(".") === "strategies";
		const expected = isStrategy
			? `expected the table of a strategy: ${STRATEGIES.map(({ name }) => strategyKey(name)).join(", ")}`
			: "expected no such key";
		return issue.keys.map((key) => {
			const full = [...path, key].join(".");
			return { source: sourceOf(full, sources), key: full, expected, got: "an unknown key" };
		});
	}
	if (issue.code === "invalid_union") {
		// The empty string is the other branch of every union here, so the last branch tells what is wanted.
		const inner = issue.errors.at(-1)?.[0];
		if (inner) return explain({ ...inner, path: [...issue.path, ...inner.path] }, tree, sources);
	}
	const key = path.join(".");
	const value = path.reduce<unknown>(
		(at, step) => (isTree(at) || Array.isArray(at) ? (at as Tree)[step] : undefined),
		tree,
	);
	const message = issue.message
		.replace(/^(?:Invalid (?:input|option)|Too (?:small|big)): /, "")
		.replace(/, received .*$/, "");
	const expected = message.startsWith("expected") ? message : `expected ${message}`;
	const got =
		value === undefined ? "nothing" : SECRET_KEYS.has(key) ? "something that is not shown here" : quote(value);
	return [{ source: sourceOf(key, sources), key, expected, got }];
}

function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const inner of Object.values(value)) deepFreeze(inner);
	}
	return value;
}
