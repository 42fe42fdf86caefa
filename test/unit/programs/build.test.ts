import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { buildProgram, compileProgram, findCompiler, programSources } from "../../../programs/compile.ts";
import { LinkError } from "../../../programs/elf-object.ts";
import { ON_CHAIN_PROGRAMS, type ProgramName, programPath, readProgram } from "../../../programs/load.ts";

const compiler = findCompiler();
/** Named in the test's title, so that the report says why it did not run. */
const whenCompiler = compiler === undefined ? describe.skip : describe;

test("every program that the chain loads is built from a source of its name", () => {
	const names = ON_CHAIN_PROGRAMS.map((program) => program.name).sort();
	expect(programSources()).toEqual(names);
	for (const name of names) {
		expect(existsSync(programPath(name))).toBe(true);
		expect([...readProgram(name).subarray(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
	}
});

test("a program that is not built names the fix", () => {
	expect(() => readProgram("absent" as ProgramName)).toThrow(/node programs\/build\.ts/);
});

whenCompiler("rebuilding (skipped where clang-14 is not found)", () => {
	const folder = mkdtempSync(join(tmpdir(), "programs-test-"));

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	function compileText(text: string): Uint8Array {
		const path = join(folder, "program.c");
		writeFileSync(path, text);
		return compileProgram(compiler!, path);
	}

	test.each(programSources())("%s gives the committed bytes", (name) => {
		const built = Buffer.from(buildProgram(compiler!, name));
		expect(built.equals(readProgram(name as ProgramName))).toBe(true);
	});

	test("the command line says so too", () => {
		const script = join(__dirname, "../../../programs/build.ts");
		const run = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
		expect(run.stdout).toContain("raydium-cpmm: ");
		expect(run.status).toBe(0);
	});

	test("what does not compile fails with the compiler's words", () => {
		expect(() => compileText("int entrypoint(void) { return nothing; }")).toThrow(/use of undeclared identifier/);
	});

	test("what the chain cannot have fails with the linker's", () => {
		expect(() => compileText("int count; int entrypoint(void) { return count++; }")).toThrow(LinkError);
		const call = "void *memcpy(void *, const void *, int); int entrypoint(char *a) { memcpy(a, a + 1, 5); return 0; }";
		expect(() => compileText(call)).toThrow(/memcpy is neither defined nor a syscall/);
	});
});
