/**
 * Records swaps as Pump's official client computes them as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/pumpswap/record.ts <folder with @pump-fun/pump-swap-sdk> [--compare <swaps>] [--out <file>]
 * The client is not part of this repository: `npm install @pump-fun/pump-swap-sdk@1.20.0` in any other folder. No dump of
 * the program is to be had from a public repository that can be read without its network.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { seededRandom } from "../../../libs/random.ts";
import { type AccountList, accountLists } from "./account-lists.ts";
import { difference } from "./compare.ts";
import { Oracle, type Said } from "./oracle.ts";
import { ScenarioSource } from "./scenario.ts";

const SEED = 20_261_123;
const MOST_DRAWN = 30_000;
const SWAPS_A_CLASS = 5;
const REFUSALS_A_CLASS = 12;
const SHOWN_DIFFERENCES = 10;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		compare: { type: "string", default: "0" },
		out: { type: "string", default: "test/fixtures/vectors/pumpswap.json.gz" },
	},
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name the folder that @pump-fun/pump-swap-sdk is installed in");
const oracle = new Oracle(folder);
const comparisons = Number(values.compare);
if (comparisons > 0) compare(comparisons);
else void accountLists(folder).then((lists) => record(values.out, lists));

function compare(swaps: number): void {
	const source = new ScenarioSource(seededRandom(SEED + 1));
	const outcomes = new Map<string, number>();
	let differences = 0;
	for (let count = 0; count < swaps; count++) {
		const scenario = source.next();
		const said = oracle.run(scenario);
		const outcome = outcomeOf(said);
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		const found = difference(scenario, said);
		if (found === null) continue;
		differences++;
		if (differences > SHOWN_DIFFERENCES) continue;
		say(`${scenario.kind} ${scenario.direction} exact ${scenario.exact} ${scenario.amount}: ${found}`);
	}
	say(JSON.stringify({ swaps, differences, outcomes: Object.fromEntries([...outcomes].sort()) }, null, 1));
}

function record(out: string, lists: readonly AccountList[]): void {
	const source = new ScenarioSource(seededRandom(SEED));
	const counts = new Map<string, number>();
	const accounts: string[] = [];
	const vectors: unknown[] = [];
	const kept = (data: Uint8Array): number => {
		const text = Buffer.from(data).toString("base64");
		const index = accounts.indexOf(text);
		return index >= 0 ? index : accounts.push(text) - 1;
	};
	for (let drawn = 0; drawn < MOST_DRAWN; drawn++) {
		const scenario = source.next();
		const said = oracle.run(scenario);
		const name = said.ok && said.amountOut > 0n && scenario.amount > 0n ? `${scenario.kind} ok` : outcomeOf(said);
		const group = `${name} ${scenario.direction} ${scenario.exact}`;
		const taken = counts.get(group) ?? 0;
		if (taken >= (name.endsWith(" ok") ? SWAPS_A_CLASS : REFUSALS_A_CLASS)) continue;
		const found = difference(scenario, said);
		if (found !== null)
			throw new Error(`${scenario.kind}: ${found}: run --compare and mend the quote before recording`);
		counts.set(group, taken + 1);
		const { pool, global, feeConfig, baseMint, ...rest } = scenario;
		vectors.push({
			...rest,
			pool: Buffer.from(pool).toString("base64"),
			global: kept(global),
			feeConfig: kept(feeConfig),
			baseMint: kept(baseMint),
			said,
		});
	}
	const bytes = gzipSync(JSON.stringify({ client: oracle.version, accounts, vectors, lists }, jsonOf), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.includes(" ok ") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
	say("not covered: the program's switches, vaults that are empty while virtual reserves are not, tokens with a fee");
}

function outcomeOf(said: Said): string {
	if (!said.ok) return `refused: ${said.error}`;
	return said.amountOut <= 0n ? "nothing out" : "ok";
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function jsonOf(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}
