import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { strategyKey } from "../core/strategy/definition.ts";
import { STRATEGIES } from "../core/strategy/registry.ts";
import { currentEnvironment } from "./environment.ts";
import { type Config, configSchema } from "./schema.ts";
import { strategyProblems } from "./strategies.ts";

/** One thing that is wrong with the configuration. */
export interface Violation {
	/** File (or environment variable) that gave the value. */
	readonly source: string;
	/** Dotted key, or "" for the whole file. */
	readonly key: string;
	readonly expected: string;
	readonly got: string;
}

/** Everything that is wrong, at once. The message is ready to be printed. */
export class ConfigError extends Error {
	override readonly name = "ConfigError";
	readonly violations: readonly Violation[];

	constructor(violations: readonly Violation[]) {
		super(
			violations
				.map(({ source, key, expected, got }) => `${source}: ${key === "" ? "" : `${key}: `}${expected}, got ${got}`)
				.join("\n"),
		);
		this.violations = violations;
	}
}

export interface LoadOptions {
	/** The environment; the process's own unless a test gives another. */
	readonly environment?: Readonly<Record<string, string | undefined>>;
	/** Folder that holds environments/*.toml. */
	readonly folder?: string;
}

const ENVIRONMENTS = ["development", "staging", "production"] as const;
const BASE = "development";
const OVERRIDE_PREFIX = "MOJO__";

type Tree = Record<string, unknown>;

/**
 * Loads the configuration: development.toml as defaults, then the environment named by MOJO_ENV, then the file named by
 * MOJO_CONFIG, then MOJO__SECTION__KEY variables; then `${VAR}`; then the schema. Lists replace lists.
 *
 * @throws ConfigError with every violation found
 */
export function loadConfig(options: LoadOptions = {}): Config {
	const environment = options.environment ?? currentEnvironment();
	const folder = options.folder ?? join(import.meta.dirname, "environments");
	const name = environment["MOJO_ENV"] || BASE;
	if (!(ENVIRONMENTS as readonly string[]).includes(name)) {
		throw new ConfigError([
			{
				source: "environment",
				key: "MOJO_ENV",
				expected: `expected one of ${ENVIRONMENTS.join(", ")}`,
				got: quote(name),
			},
		]);
	}
	const sources = new Map<string, string>();
	const violations: Violation[] = [];
	const tree: Tree = {};
	const files = [join(folder, `${BASE}.toml`)];
	if (name !== BASE) files.push(join(folder, `${name}.toml`));
	if (environment["MOJO_CONFIG"]) files.push(resolve(environment["MOJO_CONFIG"]));
	for (const file of files) {
		const shown = file.startsWith(folder) ? `config/environments/${file.slice(folder.length + 1)}` : file;
		merge(tree, readToml(file, shown), shown, sources);
	}
	for (const [variable, text] of Object.entries(environment)) {
		if (!variable.startsWith(OVERRIDE_PREFIX) || text === undefined) continue;
		const path = variable.slice(OVERRIDE_PREFIX.length).toLowerCase().split("__");
		merge(tree, nest(path, parseValue(text)), `environment ${variable}`, sources);
	}
	const filled = interpolate(tree, "", environment, sources, violations);
	return validate(filled, sources, violations);
}

function readToml(file: string, shown: string): Tree {
	try {
		return parse(readFileSync(file, "utf8"));
	} catch (error) {
		if (error instanceof TomlError) {
			const [reason = "invalid TOML"] = error.message.split("\n");
			throw new ConfigError([
				{ source: `${shown}:${error.line}:${error.column}`, key: "", expected: "expected valid TOML", got: reason },
			]);
		}
		const code = (error as NodeJS.ErrnoException).code ?? String(error);
		throw new ConfigError([{ source: shown, key: "", expected: "expected a readable file", got: code }]);
	}
}

/** A value as TOML would read it; text that is no TOML value is taken as it stands. */
function parseValue(text: string): unknown {
	try {
		return parse(`value = ${text}`)["value"];
	} catch {
		return text;
	}
}

function nest(path: readonly string[], value: unknown): Tree {
	return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

function isTree(value: unknown): value is Tree {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function merge(into: Tree, from: Tree, source: string, sources: Map<string, string>, prefix = ""): void {
	for (const [key, value] of Object.entries(from)) {
		const path = prefix === "" ? key : `${prefix}.${key}`;
		sources.set(path, source);
		const present = into[key];
		if (isTree(value) && isTree(present)) {
			merge(present, value, source, sources, path);
		} else if (isTree(value)) {
			const fresh: Tree = {};
			into[key] = fresh;
			merge(fresh, value, source, sources, path);
		} else {
			into[key] = value;
		}
	}
}

function interpolate(
	value: unknown,
	path: string,
	environment: Readonly<Record<string, string | undefined>>,
	sources: ReadonlyMap<string, string>,
	violations: Violation[],
): unknown {
	const child = (key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);
	if (Array.isArray(value)) {
		return value.map((item, index) => interpolate(item, child(index), environment, sources, violations));
	}
	if (isTree(value)) {
		return Object.fromEntries(
			Object.entries(value).map(([key, inner]) => [
				key,
				interpolate(inner, child(key), environment, sources, violations),
			]),
		);
	}
	if (typeof value !== "string") return value;
	return value.replace(
		/\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g,
		(_, variable: string, fallback: string | undefined) => {
			const found = environment[variable] || fallback;
			if (found === undefined) {
				violations.push({
					source: sourceOf(path, sources),
					key: path,
					expected: `expected the environment variable ${variable}`,
					got: "nothing: it is not set",
				});
				// Stands in for the missing text, so that the schema does not complain of the same key again.
				return MISSING;
			}
			return found;
		},
	);
}

/** Their values are in no message. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
	"security.api_token",
	"security.approval_key",
	"secrets.infisical_client_secret",
]);

const MISSING = "\u0000missing";

function validate(tree: unknown, sources: ReadonlyMap<string, string>, violations: Violation[]): Config {
	const parsed = configSchema.safeParse(tree);
	if (parsed.success) violations.push(...contradictions(parsed.data, sources));
	if (parsed.success && violations.length === 0) return deepFreeze(parsed.data);
	for (const issue of parsed.error?.issues ?? []) {
		for (const violation of explain(issue, tree, sources)) {
			if (!violations.some(({ key }) => key === violation.key)) violations.push(violation);
		}
	}
	throw new ConfigError(violations);
}

/** What each key allows by itself and the keys together do not. */
function contradictions(config: Config, sources: ReadonlyMap<string, string>): Violation[] {
	const found: Violation[] = [];
	const complain = (key: string, expected: string, got: string): void => {
		found.push({ source: sourceOf(key, sources), key, expected, got });
	};
	const symbols = new Set(config.assets.map(({ symbol }) => symbol));
	const limited = new Set(config.risk.limits.map(({ asset }) => asset));
	for (const [index, { asset }] of config.risk.limits.entries()) {
		if (!symbols.has(asset))
			complain(`risk.limits.${index}.asset`, "expected a symbol listed under assets", quote(asset));
	}
	for (const { key, expected, got } of strategyProblems(STRATEGIES, config.strategies, { ...config, limited })) {
		complain(key, expected, got);
	}
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

/** Where a key came from: its own source, or that of the nearest table around it. */
function sourceOf(path: string, sources: ReadonlyMap<string, string>): string {
	for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
		const source = sources.get(at);
		if (source !== undefined) return source;
	}
	return "configuration";
}

function quote(value: unknown): string {
	const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}` : inner)) ?? String(value);
	return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const inner of Object.values(value)) deepFreeze(inner);
	}
	return value;
}
