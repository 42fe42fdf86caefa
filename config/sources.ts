import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { ConfigError, type Violation } from "./config-error.ts";
import { currentEnvironment } from "./environment.ts";

export interface LoadOptions {
	/** The environment; the process's own unless a test gives another. */
	readonly environment?: Readonly<Record<string, string | undefined>>;
	/** Folder that holds environments/*.toml. */
	readonly folder?: string;
}

const ENVIRONMENTS = ["development", "staging", "production"] as const;
const BASE = "development";
const OVERRIDE_PREFIX = "MOJO__";

export type Tree = Record<string, unknown>;

/** The configuration's values as they are written, and the source of each by its dotted key. */
export interface Written {
	readonly tree: Tree;
	readonly sources: ReadonlyMap<string, string>;
}

/**
 * Reads development.toml as defaults, then the environment named by MOJO_ENV, then the file named by MOJO_CONFIG, then
 * MOJO__SECTION__KEY variables. Lists replace lists.
 *
 * @throws ConfigError for an environment or a file that cannot be read
 */
export function readSources(options: LoadOptions): Written {
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
	return { tree, sources };
}

/** Stands in for a text that is missing, so that the schema does not complain of the same key again. */
const MISSING = "\u0000missing";

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

/** A table, as TOML has them. */
export function isTree(value: unknown): value is Tree {
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

/** Fills `${VAR}` and `${VAR:-default}`. What is not set is reported, once, by the key that wants it. */
export function interpolate(
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
				return MISSING;
			}
			return found;
		},
	);
}

/** Where a key came from: its own source, or that of the nearest table around it. */
export function sourceOf(path: string, sources: ReadonlyMap<string, string>): string {
	for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
		const source = sources.get(at);
		if (source !== undefined) return source;
	}
	return "configuration";
}

/** A value as messages show it. */
export function quote(value: unknown): string {
	const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}` : inner)) ?? String(value);
	return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
