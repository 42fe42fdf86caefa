/**
 * Records swaps of the real Raydium CLMM program as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/raydium-clmm/record.ts <program.so> [--compare <swaps>] [--out <vectors.json.gz>]
 * The dump is not part of this repository.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { emptyState, readPoolState } from "../../../core/market/venues/raydium-clmm/layout.ts";
import { seededRandom } from "../../../libs/random.ts";
import { AFTER_FIELDS, accountsDifference, difference } from "./compare.ts";
import { Machine, type Ran } from "./machine.ts";
import { type Scenario, ScenarioSource } from "./scenario.ts";

const SEED = 20_260_316;
const MOST_DRAWN = 8_000;
const SWAPS_A_CLASS = 4;
const REFUSALS_A_CLASS = 8;
const SHOWN_DIFFERENCES = 10;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		compare: { type: "string", default: "0" },
		out: { type: "string", default: "test/fixtures/vectors/raydium-clmm.json.gz" },
	},
});
const [dump] = positionals;
if (dump === undefined) throw new Error("name the program's dump: record.ts <program.so>");
const elf = readFileSync(dump);
const machine = await Machine.open(elf);
const comparisons = Number(values.compare);
if (comparisons > 0) compare(comparisons);
else record(values.out);

function compare(swaps: number): void {
	const source = new ScenarioSource(seededRandom(SEED + 1));
	const outcomes = new Map<string, number>();
	let differences = 0;
	for (let count = 0; count < swaps; count++) {
		const scenario = source.next();
		const ran = machine.run(scenario);
		const outcome = outcomeOf(ran);
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		const found = difference(scenario, ran) ?? accountsDifference(machine, scenario, ran);
		if (found === null) continue;
		differences++;
		if (differences > SHOWN_DIFFERENCES) continue;
		say(`${scenario.kind} ${scenario.direction} exact ${scenario.exact} ${scenario.amount}: ${found}`);
		if (!ran.ok) say(ran.logs.filter((line) => !line.includes("consumed")).join("\n"));
	}
	say(JSON.stringify({ swaps, differences, outcomes: Object.fromEntries([...outcomes].sort()) }, null, 1));
}

function record(out: string): void {
	const source = new ScenarioSource(seededRandom(SEED));
	const counts = new Map<string, number>();
	const vectors: unknown[] = [];
	for (let drawn = 0; drawn < MOST_DRAWN; drawn++) {
		const scenario = source.next();
		const ran = machine.run(scenario);
		const name = `${scenario.kind} ${ran.ok ? `ok ${crossings(scenario, ran)}` : ran.error}`;
		const group = `${name} ${scenario.direction} ${scenario.exact}`;
		const taken = counts.get(group) ?? 0;
		if (taken >= (ran.ok ? SWAPS_A_CLASS : REFUSALS_A_CLASS / 4)) continue;
		const found = difference(scenario, ran) ?? accountsDifference(machine, scenario, ran);
		if (found !== null)
			throw new Error(`${scenario.kind}: ${found}: run --compare and mend the quote before recording`);
		counts.set(group, taken + 1);
		vectors.push(vectorOf(scenario, ran));
	}
	const program = {
		sha256: createHash("sha256").update(elf).digest("hex"),
		source: "raydium-clmm of mainnet's program id, a build without limit orders and dynamic fees",
	};
	const bytes = gzipSync(JSON.stringify({ program, vectors }, jsonOf), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.includes(" ok ") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
	say("not covered: swaps with a price limit, pools with limit orders, dynamic fees or a fee on one token");
}

function vectorOf(scenario: Scenario, ran: Ran): unknown {
	const state = emptyState();
	if (!ran.ok) return { ...scenario, result: { error: ran.error } };
	const unread = readPoolState(ran.pool, state);
	if (unread !== null) throw new Error(unread.detail);
	const after = Object.fromEntries(AFTER_FIELDS.map((field) => [field, state[field]]));
	return { ...scenario, result: { ok: true, amountIn: ran.amountIn, amountOut: ran.amountOut, after } };
}

/** How far the swap went, for the counts. */
function crossings({ ticks, tick }: Scenario, ran: Ran & { ok: true }): string {
	const state = emptyState();
	readPoolState(ran.pool, state);
	const [low, high] = tick < state.tick ? [tick, state.tick] : [state.tick, tick];
	const crossed = ticks.filter(([at]) => at > low && at <= high).length;
	return crossed < 3 ? `${crossed} crossed` : "3 or more crossed";
}

function outcomeOf(ran: Ran): string {
	if (!ran.ok) return `error ${ran.error}`;
	return ran.amountOut === 0n ? "nothing out" : "ok";
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function jsonOf(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}
