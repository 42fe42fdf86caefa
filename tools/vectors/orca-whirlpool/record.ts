/**
 * Records swaps of the real Orca Whirlpool program as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/orca-whirlpool/record.ts <program.so> [--compare <swaps>] [--seed <n>] [--out <vectors.json.gz>]
 * The dump is not part of this repository: orca-so/whirlpools carries one
 * (legacy-sdk/whirlpool/tests/external_program/whirlpool_immutable.so, commit 37ae160).
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { startIndexesFor } from "../../../core/market/venues/orca-whirlpool/tick-array.ts";
import { seededRandom } from "../../../libs/random.ts";
import { difference, quoted, type Ran, type Read } from "./compare.ts";
import { Machine } from "./machine.ts";
import { type Scenario, ScenarioSource } from "./scenario.ts";

const MOST_DRAWN = 4_000;
const SWAPS_A_CLASS = 10;
const REFUSALS_A_CLASS = 6;
const SHOWN_DIFFERENCES = 6;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		compare: { type: "string", default: "0" },
		seed: { type: "string", default: "20260823" },
		out: { type: "string", default: "test/fixtures/vectors/orca-whirlpool.json.gz" },
	},
});
const [dump] = positionals;
if (dump === undefined) throw new Error("name the program's dump: record.ts <program.so>");
const elf = readFileSync(dump);
const machine = new Machine(elf);
const source = new ScenarioSource(seededRandom(Number(values.seed)));
const comparisons = Number(values.compare);
if (comparisons > 0) await compare(comparisons);
else await record(values.out);

interface Trial {
	readonly scenario: Scenario;
	readonly read: Read;
	readonly ran: Ran;
	readonly found: string | null;
}

/** Runs one swap with all the arrays that it may take, or, when there is a quote, with only those that the quote names. */
async function trial(namesQuoted: boolean): Promise<Trial> {
	const scenario = source.next();
	const pool = await machine.pool(scenario.feeTierIndex);
	const read = quoted(scenario, pool.bytes, pool.names);
	const all = startIndexesFor(scenario.direction, scenario.tick, scenario.tickSpacing);
	const starts = namesQuoted && read.quote.ok ? read.quote.value.arrays : all;
	const somewhere = scenario.arrays[0]?.start ?? 0;
	const ran = machine.run(scenario, pool, starts.length === 0 ? [somewhere] : starts);
	return { scenario, read, ran, found: difference(scenario, ran, read) };
}

async function compare(swaps: number): Promise<void> {
	const outcomes = new Map<string, number>();
	let differences = 0;
	for (let count = 0; count < swaps; count++) {
		const { scenario, read, ran, found } = await trial(count % 2 === 1);
		const quote = read.quote.ok ? "quote" : read.quote.error;
		const outcome = `${ran.ok ? "ok" : ran.error}: ${quote}`;
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		if (found === null) continue;
		differences++;
		if (differences > SHOWN_DIFFERENCES) continue;
		const { kind, direction, exact, amount, tickSpacing, tick } = scenario;
		say(`${kind} ${direction} exact ${exact} ${amount}, spacing ${tickSpacing}, tick ${tick}: ${found}`);
		if (!ran.ok) say(ran.logs.filter((line) => !line.includes("consumed")).join("\n"));
	}
	say(JSON.stringify({ swaps, differences, outcomes: Object.fromEntries([...outcomes].sort()) }, null, 1));
}

async function record(out: string): Promise<void> {
	const counts = new Map<string, number>();
	const vectors: unknown[] = [];
	for (let drawn = 0; drawn < MOST_DRAWN; drawn++) {
		const { scenario, read, ran, found } = await trial(drawn % 2 === 1);
		if (found !== null)
			throw new Error(`${scenario.kind}: ${found}: run --compare and mend the quote before recording`);
		if (!ran.ok && ran.error === "compute") continue;
		const name = ran.ok && read.quote.ok ? `${scenario.kind} ok` : ran.ok ? "nothing or part" : ran.error;
		const group = `${name} ${scenario.direction} ${scenario.exact}`;
		const taken = counts.get(group) ?? 0;
		if (taken >= (ran.ok && read.quote.ok ? SWAPS_A_CLASS : REFUSALS_A_CLASS)) continue;
		counts.set(group, taken + 1);
		vectors.push({ ...scenario, result: resultOf(ran, read) });
	}
	const program = { sha256: createHash("sha256").update(elf).digest("hex"), source: "whirlpools, commit 37ae160" };
	const bytes = gzipSync(JSON.stringify({ program, vectors }, jsonOf), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.includes(" ok ") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
}

function resultOf(ran: Ran, { quote }: Read): unknown {
	if (!ran.ok) return { ok: false, error: ran.error };
	const { pool, oracle, ...amounts } = ran;
	const base64 = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("base64"));
	return { ...amounts, refused: quote.ok ? null : quote.error, pool: base64(pool), oracle: base64(oracle) };
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function jsonOf(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}
