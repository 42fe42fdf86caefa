/**
 * Records swaps of the real Meteora DLMM program as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/meteora-dlmm/record.ts <program.so> [--compare <swaps>] [--seed <n>] [--out <vectors.json.gz>]
 * The dump is not part of this repository: MeteoraAg/dlmm-sdk carries one (commons/tests/artifacts/lb_clmm_prod.so).
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { seededRandom } from "../../../libs/random.ts";
import { difference } from "./compare.ts";
import { Machine, type Ran } from "./machine.ts";
import { type Scenario, ScenarioSource } from "./scenario.ts";

const SEED = 20_260_723;
const SHOWN_DIFFERENCES = 40;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		compare: { type: "string", default: "0" },
		seed: { type: "string", default: String(SEED + 1) },
		out: { type: "string", default: "test/fixtures/vectors/meteora-dlmm.json.gz" },
	},
});
const [dump] = positionals;
if (dump === undefined) throw new Error("name the program's dump: record.ts <program.so>");
const elf = readFileSync(dump);
const machine = await Machine.start(elf);
const comparisons = Number(values.compare);
if (comparisons > 0) compare(comparisons);

function compare(swaps: number): void {
	const source = new ScenarioSource(seededRandom(Number(values.seed)));
	const outcomes = new Map<string, number>();
	let differences = 0;
	for (let count = 0; count < swaps; count++) {
		const scenario = source.next();
		const accounts = machine.accounts(scenario);
		const ran = machine.run(scenario, accounts);
		const outcome = outcomeOf(ran);
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		const found = difference(scenario, accounts, ran);
		if (found === null) continue;
		differences++;
		if (differences > SHOWN_DIFFERENCES) continue;
		say(`${scenario.kind} ${scenario.direction} exact ${scenario.exact} ${scenario.amount} (swap ${count}): ${found}`);
		const cause = ran.ok ? undefined : ran.logs.find((line) => line.includes("Error"));
		if (cause !== undefined) say(`  ${cause.slice(0, 160)}`);
	}
	say(JSON.stringify({ swaps, differences, outcomes: Object.fromEntries([...outcomes].sort()) }, null, 1));
}

function outcomeOf(ran: Ran): string {
	if (!ran.ok) return `error ${ran.error}`;
	return ran.amountOut === 0n ? "nothing out" : "ok";
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
