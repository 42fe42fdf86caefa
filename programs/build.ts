import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram, findCompiler, programSources } from "./compile.ts";

/**
 * `node programs/build.ts` compiles every C program of this folder into `elf/`; with `--check` it changes nothing and
 * fails when a built program differs from its source.
 */
function main(check: boolean): number {
	const compiler = findCompiler();
	if (compiler === undefined) {
		if (check) return report("skipped: clang-14 not found", 0);
		return report("clang 14 not found: install it (Debian: apt-get install clang-14) and run this again", 1);
	}
	const folder = join(import.meta.dirname, "elf");
	mkdirSync(folder, { recursive: true });
	let failures = 0;
	for (const name of programSources()) {
		const path = join(folder, `${name}.so`);
		try {
			const bytes = buildProgram(compiler, name);
			if (!check) writeFileSync(path, bytes);
			const same = existsSync(path) && Buffer.compare(readFileSync(path), bytes) === 0;
			if (!same) failures++;
			report(
				same ? `${name}: ${bytes.length} bytes` : `${name}: differs from its source, run node programs/build.ts`,
				0,
			);
		} catch (error) {
			failures++;
			report(`${name}: ${error instanceof Error ? error.message : String(error)}`, 1);
		}
	}
	return failures === 0 ? 0 : 1;
}

function report(line: string, exitCode: number): number {
	(exitCode === 0 ? process.stdout : process.stderr).write(`${line}\n`);
	return exitCode;
}

process.exitCode = main(process.argv.includes("--check"));
