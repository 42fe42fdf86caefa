import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkProgram } from "./linker.ts";

/** The compiler whose output is committed: another version gives other, equally valid bytes. */
const COMPILER_MAJOR = 14;
const COMPILER_CANDIDATES = ["clang-14", "clang"] as const;
const COMPILE_TIMEOUT_MS = 60_000;
const PROGRAMS_FOLDER = import.meta.dirname;

/** The command that runs clang 14, or undefined where this machine has none. */
export function findCompiler(): string | undefined {
	return COMPILER_CANDIDATES.find((command) => {
		const asked = spawnSync(command, ["--version"], { encoding: "utf8", timeout: COMPILE_TIMEOUT_MS });
		return asked.status === 0 && new RegExp(`clang version ${COMPILER_MAJOR}\\.`).test(asked.stdout);
	});
}

/** The names of the C programs in this folder, without extension, in alphabetical order. */
export function programSources(): string[] {
	return readdirSync(PROGRAMS_FOLDER)
		.filter((file) => file.endsWith(".c"))
		.map((file) => file.slice(0, -2))
		.sort();
}

/**
 * Compiles and links one C file into a Solana program.
 *
 * @param sourcePath path of the C file
 * @throws Error with the compiler's own messages, LinkError when the object cannot become a program
 */
export function compileProgram(compiler: string, sourcePath: string): Uint8Array {
	const folder = mkdtempSync(join(tmpdir(), "programs-"));
	try {
		const objectPath = join(folder, "program.o");
		// -mcpu=v3 would compile, and compute wrong values: its 32-bit operations differ from the virtual machine's.
		const flags = [
			"-target",
			"bpf",
			"-mcpu=v2",
			"-O2",
			"-fno-builtin",
			"-ffreestanding",
			"-nostdinc",
			"-fno-strict-aliasing",
		];
		const warnings = ["-Wall", "-Wextra", "-Werror"];
		const paths = ["-I", join(PROGRAMS_FOLDER, "include"), "-c", sourcePath, "-o", objectPath];
		const run = spawnSync(compiler, [...flags, ...warnings, ...paths], {
			encoding: "utf8",
			timeout: COMPILE_TIMEOUT_MS,
		});
		if (run.status !== 0) {
			throw new Error(`${compiler} failed on ${sourcePath}:\n${run.stderr ?? run.error?.message ?? "no output"}`);
		}
		return linkProgram(readFileSync(objectPath));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Compiles the program of that name in this folder. */
export function buildProgram(compiler: string, name: string): Uint8Array {
	return compileProgram(compiler, join(PROGRAMS_FOLDER, `${name}.c`));
}
