import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "@jest/globals";

const ROOT = resolve(__dirname, "../../..");
const PLANTED = join(ROOT, "core/planted-by-a-test");

afterEach(() => {
	rmSync(PLANTED, { recursive: true, force: true });
});

function lint(code: string): string {
	mkdirSync(PLANTED, { recursive: true });
	const file = join(PLANTED, "planted.ts");
	writeFileSync(file, code);
	const { stdout, stderr } = spawnSync(join(ROOT, "node_modules/.bin/biome"), ["lint", file], { encoding: "utf8" });
	return stdout + stderr;
}

test.each([
	["Date.now()", "libs/clock.ts"],
	["performance.now()", "libs/clock.ts"],
	["new Date()", "libs/clock.ts"],
	["Math.random()", "libs/random.ts"],
	['process.env["HOME"]', "config/environment.ts"],
])("%s is sent to its one door", (code, door) => {
	expect(lint(`export const planted = ${code};\n`)).toContain(door);
});

test("what comes as a parameter is fine", () => {
	expect(lint("export const planted = (clock: { now(): number }): number => clock.now();\n")).not.toContain("door");
});
