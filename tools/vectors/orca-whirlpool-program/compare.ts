import { readFileSync } from "node:fs";
import { seededRandom } from "../../../libs/random.ts";
import { readProgram } from "../../../programs/load.ts";
import { crossingsOf, digestOf, Machine, type Ran } from "./machine.ts";
import { BEYOND_POSITIONS, PLAIN, type Scenario, Scenarios } from "./scenario.ts";
import { TAMPERINGS, type Tampering } from "./tamper.ts";

/**
 * `node tools/vectors/orca-whirlpool-program/compare.ts <dump> [count] [seed]` runs the same random scenarios through
 * mainnet's program, of which <dump> is the executable, and through ours, and prints every difference.
 */
function main(dump: string, count: number, seed: number): number {
	const real = new Machine(readFileSync(dump));
	const own = new Machine(readProgram("orca-whirlpool"));
	const scenarios = new Scenarios(seededRandom(seed));
	const seen = new Map<string, number>();
	const units: [number, number][] = [];
	let differences = 0;
	const tampered = (Object.keys(TAMPERINGS) as Tampering[]).map((tampering) => ({ ...PLAIN, tampering }));
	const odd = [PLAIN, BEYOND_POSITIONS, { ...PLAIN, nowSeconds: -1 }, { ...PLAIN, tickSpacing: 0 }];
	for (const scenario of [...odd, ...tampered]) {
		const [expected, got] = [real.run(scenario), own.run(scenario)];
		if (digestOf(expected) === digestOf(got)) continue;
		differences++;
		describe(scenario, expected, got);
	}
	for (let index = 0; index < count; index++) {
		const scenario = scenarios.next();
		if (scenario.places.length < 3) continue;
		const [expected, got] = [real.run(scenario), own.run(scenario)];
		const kind = kindOf(scenario, expected);
		seen.set(kind, (seen.get(kind) ?? 0) + 1);
		if (expected.ok && got.ok) units.push([expected.computeUnits, got.computeUnits]);
		if (digestOf(expected) === digestOf(got)) continue;
		if (++differences <= 10) describe(scenario, expected, got);
	}
	for (const [kind, times] of [...seen].sort()) process.stdout.write(`${kind}: ${times}\n`);
	const of = (side: 0 | 1) => units.map((pair) => pair[side]).sort((first, second) => first - second);
	for (const [name, sorted] of [
		["real", of(0)],
		["own", of(1)],
	] as const) {
		const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))];
		process.stdout.write(`${name} compute units p50 ${at(0.5)} p99 ${at(0.99)} most ${at(1)}\n`);
	}
	process.stdout.write(`${differences} differences\n`);
	return differences === 0 ? 0 : 1;
}

function kindOf(scenario: Scenario, ran: Ran): string {
	const how = `${scenario.isAToB ? "aToB" : "bToA"} exact ${scenario.isExactIn ? "in" : "out"}`;
	if (!ran.ok) return ran.error;
	const { ticks, arrays } = crossingsOf(scenario, ran);
	return `${how}, ${ticks > 4 ? "more than 4" : ticks} ticks crossed in ${arrays} arrays`;
}

function describe(scenario: Scenario, expected: Ran, got: Ran): void {
	process.stdout.write(`${JSON.stringify(scenario)}\n expected ${digestOf(expected)}\n got ${digestOf(got)}\n`);
	if (!expected.ok && got.ok) process.stdout.write(`${expected.logs.join("\n")}\n`);
	if (!got.ok && expected.ok) process.stdout.write(`${got.logs.join("\n")}\n`);
	if (expected.ok && got.ok) {
		expected.accounts.forEach((data, index) => {
			const at = data.findIndex((byte, offset) => byte !== got.accounts[index]?.[offset]);
			if (at >= 0) process.stdout.write(` account ${index} differs from byte ${at}\n`);
		});
	}
}

const [dump = "", count = "10000", seed = "1"] = process.argv.slice(2);
process.exitCode = main(dump, Number(count), Number(seed));
