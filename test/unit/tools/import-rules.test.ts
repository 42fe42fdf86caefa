import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const ROOT = resolve(__dirname, "../../..");
const ROOMS = ["core", "libs", "programs", "broker", "mixins", "services", "config", "tools", "bench", "test"];

/** One planted import for every rule: file, what it imports, and the rule that must refuse it. */
const VIOLATIONS = [
	["core/io.ts", 'import "node:fs";', "core-is-pure"],
	["core/package.ts", 'import "moleculer";', "core-is-pure"],
	["core/up.ts", 'import "../libs/fine.ts";', "core-is-pure"],
	["core/type.ts", 'import type { A } from "../libs/fine.ts"; export type B = A;', "core-is-pure"],
	["libs/bus.ts", 'import "moleculer";', "libs-off-the-bus"],
	["libs/up.ts", 'import "../services/a/fine.ts";', "libs-off-the-bus"],
	["broker/contracts/io.ts", 'import "../../libs/fine.ts";', "contracts-know-core-types"],
	["broker/up.ts", 'import "../services/a/fine.ts";', "broker-below-services"],
	["mixins/up.ts", 'import "../services/a/fine.ts";', "mixins-see-broker-and-core"],
	["services/b/across.ts", 'import "../a/fine.ts";', "actors-never-import-each-other"],
	["services/b/chain.ts", 'import "../../programs/fine.ts";', "only-localnet-loads-programs"],
	["tools/up.ts", 'import "../services/a/fine.ts";', "only-tests-import-services"],
	["config/up.ts", 'import "../libs/fine.ts";', "config-stands-alone"],
	["tools/slow.ts", 'import "../bench/fine.ts";', "nobody-imports-bench"],
	["core/one.ts", 'import "./two.ts";', "no-cycles"],
	["core/lost.ts", 'import "./nowhere.ts";', "resolvable"],
] as const;

let folder: string;
let found: readonly { readonly from: string; readonly rule: { readonly name: string } }[];

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), "mojo-rules-"));
	const plant = (file: string, text: string): void => {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), `${text}\n`);
	};
	for (const room of ROOMS) plant(`${room}/fine.ts`, "export interface A { readonly a: 1 }");
	plant("services/a/fine.ts", 'import "../../core/fine.ts"; import "../../libs/fine.ts"; import "moleculer";');
	plant("core/two.ts", 'import "./one.ts";');
	plant("node_modules/moleculer/index.js", "");
	plant("node_modules/moleculer/package.json", '{"name":"moleculer","version":"0.0.0"}');
	plant("package.json", '{"name":"planted","type":"module","dependencies":{"moleculer":"0.0.0"}}');
	for (const [file, text] of VIOLATIONS) plant(file, text);
	cpSync(join(ROOT, ".dependency-cruiser.cjs"), join(folder, ".dependency-cruiser.cjs"));
	found = await cruise(folder);
}, 60_000);

afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

function cruise(cwd: string): Promise<typeof found> {
	const command = join(ROOT, "node_modules/.bin/depcruise");
	const flags = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...ROOMS];
	return new Promise((done, failed) => {
		execFile(command, flags, { cwd, maxBuffer: 2 ** 26 }, (error, output) => {
			try {
				done(JSON.parse(output).summary.violations);
			} catch {
				failed(error ?? new Error("no report"));
			}
		});
	});
}

test.each(VIOLATIONS)("%s with %j breaks a rule", (file, _text, rule) => {
	expect(found.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
});

test("what keeps the rules is not reported", () => {
	expect(found.filter(({ from }) => from.endsWith("fine.ts"))).toEqual([]);
});
