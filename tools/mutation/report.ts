/**
 * Writes docs/mutation.md from the last mutation run's result. Run by `npm run mutation`.
 *
 *     node tools/mutation/report.ts [result.json ...]
 *
 * Of several results, as of a whole run and of a later one over some files, the last that has a file counts for it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The part of mutation-testing-report-schema 2 that is read here. */
interface MutationReport {
	readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

interface Tally {
	killed: number;
	survived: number;
	uncovered: number;
	ignored: number;
}

const ROOT = join(import.meta.dirname, "..", "..");
const RESULT = join(ROOT, "coverage", "mutation.json");
const PAGE = join(ROOT, "docs", "mutation.md");

const named = process.argv.slice(2);
const results = (named.length > 0 ? named : [RESULT]).map(
	(path) => JSON.parse(readFileSync(path, "utf8")) as MutationReport,
);
const files: MutationReport["files"] = Object.assign({}, ...results.map((result) => result.files));
const tallies = Object.entries(files)
	.map(([file, { mutants }]) => ({ file, ...tally(mutants.map(({ status }) => status)) }))
	.sort((one, other) => (one.file < other.file ? -1 : 1));
const total: Tally = { killed: 0, survived: 0, uncovered: 0, ignored: 0 };
for (const each of tallies) {
	for (const key of ["killed", "survived", "uncovered", "ignored"] as const) total[key] += each[key];
}
writeFileSync(PAGE, page());
process.stdout.write(`mutation score ${score(total)}: docs/mutation.md\n`);

function tally(statuses: readonly string[]): Tally {
	const count = (...wanted: readonly string[]) => statuses.filter((status) => wanted.includes(status)).length;
	return {
		// A mutant that runs for ever is noticed as well.
		killed: count("Killed", "Timeout"),
		survived: count("Survived"),
		uncovered: count("NoCoverage"),
		ignored: count("Ignored", "CompileError", "RuntimeError"),
	};
}

function score({ killed, survived, uncovered }: Tally): string {
	const all = killed + survived + uncovered;
	return all === 0 ? "–" : `${((100 * killed) / all).toFixed(1)} %`;
}

function page(): string {
	const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
	const rows = tallies.map((each) => row(`\`${each.file}\``, each));
	return `# Mutation run

Written by \`npm run mutation\`; do not edit.

Stryker changes the money rules in \`core/risk\` and \`core/execution\`, one place at a time, and the unit tests have to
notice, with ten runs of each property and without \`gate-model.test.ts\`, which needs all its own. Changes of values
that are made once at import are left out. To be reached: 85 %.

Commit \`${commit}\`

| file | score | noticed | survived | never run |
|---|---:|---:|---:|---:|
${[row("**all**", total), ...rows].join("\n")}
`;
}

function row(name: string, tallied: Tally): string {
	return `| ${name} | ${score(tallied)} | ${tallied.killed} | ${tallied.survived} | ${tallied.uncovered} |`;
}
