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
import { ScenarioSource } from "./scenario.ts";
import { jsonOf, type Vector, vectorOf } from "./vector.ts";

const SEED = 20_260_723;
const SHOWN_DIFFERENCES = 40;
const MOST_DRAWN = 10_000;
const SWAPS_A_CLASS = 2;
const REFUSALS_A_CLASS = 4;

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
else record(values.out);

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

function record(out: string): void {
	const source = new ScenarioSource(seededRandom(SEED));
	const counts = new Map<string, number>();
	const vectors: Vector[] = [];
	for (let drawn = 0; drawn < MOST_DRAWN; drawn++) {
		const scenario = source.next();
		const accounts = machine.accounts(scenario);
		const ran = machine.run(scenario, accounts);
		const isFee = scenario.transferFeeX !== null || scenario.transferFeeY !== null;
		const name = ran.ok ? `${scenario.kind}${isFee ? "+transferFee" : ""} ok` : `error ${ran.error}`;
		const group = `${name} ${scenario.direction} ${scenario.exact}`;
		const taken = counts.get(group) ?? 0;
		if (taken >= (ran.ok ? SWAPS_A_CLASS : REFUSALS_A_CLASS)) continue;
		const found = difference(scenario, accounts, ran);
		if (found !== null)
			throw new Error(`${scenario.kind}: ${found}: run --compare and mend the quote before recording`);
		counts.set(group, taken + 1);
		vectors.push(vectorOf(scenario, accounts, ran));
	}
	const program = {
		sha256: createHash("sha256").update(elf).digest("hex"),
		source: "dlmm-sdk fb02e51 lb_clmm_prod.so",
	};
	const bytes = gzipSync(JSON.stringify({ program, vectors }, jsonOf), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.includes(" ok ") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
	say(
		"not covered: a host's share of the fee, hook accounts, the early swapper, part of a bin's orders for an exact output",
	);
}

function outcomeOf(ran: Ran): string {
	if (!ran.ok) return `error ${ran.error}`;
	return ran.amountOut === 0n ? "nothing out" : "ok";
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
