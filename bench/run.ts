/**
 * Measures how fast the hot path is, and compares it with its targets.
 *
 *     node bench/run.ts [--json] [--only <prefix of a figure's name>] [--write]
 *
 * Progress goes to standard error, the table to standard output. With `--json` the last line of standard output is one
 * JSON object instead. `--write` renews docs/benchmarks.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Benchmark } from "./figure.ts";
import { gateCheck } from "./gate-check.ts";
import { journalAppend } from "./journal-append.ts";
import { journalEngines } from "./journal-engines.ts";
import { circumstances } from "./machine.ts";
import { quotes } from "./quotes/quotes.ts";
import { heading, json, type Measured, page, table } from "./report.ts";
import { signedIntents } from "./signed-intents.ts";
import { updates } from "./updates.ts";

const BENCHMARKS: readonly Benchmark[] = [signedIntents, gateCheck, journalAppend, journalEngines, updates, quotes];
const PAGE = join(import.meta.dirname, "..", "docs", "benchmarks.md");
const USAGE = "usage: npm run bench -- [--json] [--only <prefix>] [--write]";
const EXIT_USAGE = 2;

interface Options {
	readonly json: boolean;
	readonly write: boolean;
	/** The beginning of the names of the figures that are wanted. */
	readonly only: string;
}

const options = readOptions(process.argv.slice(2));
if (typeof options === "string") {
	process.stderr.write(`${options}; ${USAGE}\n`);
	process.exitCode = EXIT_USAGE;
} else {
	await run(options);
}

async function run({ json: isJson, write, only }: Options): Promise<void> {
	// Taken first: what the page says of the commit must not count the page itself as a change.
	const where = circumstances();
	const measured: Measured[] = [];
	for (const benchmark of BENCHMARKS) {
		const wanted = benchmark.figures.filter(({ key }) => key.startsWith(only));
		if (wanted.length === 0) continue;
		const values = await benchmark.measure((share) => showProgress(benchmark.name, share));
		endProgress(benchmark.name);
		for (const figure of wanted) measured.push({ figure, value: measuredValue(values, figure.key) });
	}
	if (write) writeFileSync(PAGE, page(where, measured));
	if (isJson) process.stdout.write(`${json(where, measured)}\n`);
	else process.stdout.write(`${heading(where)}\n\n${table(measured)}\n`);
}

/** The options, or in one phrase what is wrong with them. */
function readOptions(given: readonly string[]): Options | string {
	let values: { json: boolean; write: boolean; only: string };
	try {
		({ values } = parseArgs({
			args: [...given],
			options: {
				json: { type: "boolean", default: false },
				write: { type: "boolean", default: false },
				only: { type: "string", default: "" },
			},
		}));
	} catch (error) {
		return (error as Error).message.split(/\.\s|\n/)[0] as string;
	}
	const { only, write } = values;
	if (write && only !== "") return "--write renews the whole page and takes no --only";
	if (!BENCHMARKS.some(({ figures }) => figures.some(({ key }) => key.startsWith(only)))) {
		return `no figure's name begins with ${only}`;
	}
	return values;
}

function measuredValue(values: Readonly<Record<string, number>>, key: string): number {
	const value = values[key];
	if (value === undefined || !Number.isFinite(value)) throw new Error(`the figure ${key} was not measured`);
	return value;
}

/** One line that is written over on a terminal; elsewhere only its end is told. */
function showProgress(name: string, share: number): void {
	if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${Math.floor(share * 100)} %`);
}

function endProgress(name: string): void {
	process.stderr.write(`${process.stderr.isTTY ? "\r" : ""}${name}: measured\n`);
}
