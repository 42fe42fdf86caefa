import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const SCRIPT = join(__dirname, "../../../bench/run.ts");

function run(...options: readonly string[]) {
	return spawnSync(process.execPath, [SCRIPT, ...options], { encoding: "utf8" });
}

describe("npm run bench", () => {
	test.each([
		["an unknown flag", ["--fast"], "--fast"],
		["a word", ["gate"], "gate"],
		["a prefix that no figure has", ["--only", "nothing"], "nothing"],
		["a prefix that is not there", ["--only"], "--only"],
		["a page of some figures only", ["--write", "--only", "gate"], "--write"],
	])("%s is refused with one line and exit code 2", (_, options, named) => {
		const { status, stdout, stderr } = run(...options);
		expect(status).toBe(2);
		expect(stdout).toBe("");
		expect(stderr.trimEnd().split("\n")).toHaveLength(1);
		expect(stderr).toContain(named);
	});

	test("--json ends with one line that holds the figures asked for", () => {
		const { status, stdout } = run("--json", "--only", "journalAppend");
		expect(status).toBe(0);
		const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
		expect(Object.keys(result).sort()).toEqual(["commit", "figures", "machine", "node"]);
		expect(Object.keys(result.figures)).toContain("journalAppendMicrosP50");
		for (const [key, value] of Object.entries(result.figures)) {
			expect(key).toMatch(/^journalAppend/);
			expect(value).toBeGreaterThan(0);
		}
	});
});
