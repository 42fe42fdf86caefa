/**
 * Records swaps of mainnet's Whirlpool program: what it leaves in every account, for our own program's tests.
 * Usage: node tools/vectors/orca-whirlpool-program/record.ts <program.so> [out]
 * The executable is not part of this repository: orca-so/whirlpools carries it
 * (legacy-sdk/whirlpool/tests/external_program/whirlpool_immutable.so).
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { MAX_SQRT_PRICE, MIN_SQRT_PRICE } from "../../../core/market/tick-math.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import { seededRandom } from "../../../libs/random.ts";
import { crossingsOf, digestOf, Machine, type Ran } from "./machine.ts";
import { BEYOND_POSITIONS, PLAIN, type Scenario, Scenarios } from "./scenario.ts";
import { TAMPERINGS, type Tampering } from "./tamper.ts";

const SEED = 20_261_123;
const DRAWN = 20_000;
const SWAPS_A_CLASS = 9;
const REFUSALS_A_CLASS = 5;

/** One swap and what mainnet's program made of it. */
export interface Vector {
	readonly scenario: Scenario;
	/** The error, or amounts and a hash of pool and arrays. */
	readonly result: string;
	/** Null for a refusal. */
	readonly computeUnits: number | null;
	readonly ticksCrossed: number;
	readonly arraysCrossed: number;
}

function main(dump: string, out: string): void {
	const elf = readFileSync(dump);
	const machine = new Machine(elf);
	const scenarios = new Scenarios(seededRandom(SEED));
	const classes = new Map<string, number>();
	const vectors: Vector[] = [];
	const tampered = (Object.keys(TAMPERINGS) as Tampering[]).map((tampering) => ({ ...PLAIN, tampering }));
	const odd = [{ ...PLAIN, nowSeconds: -1 }, { ...PLAIN, tickSpacing: 0 }, BEYOND_POSITIONS];
	for (const scenario of [PLAIN, { ...PLAIN, instruction: "swap" } as const, ...odd, ...tampered]) {
		const ran = machine.run(scenario);
		vectors.push(vectorOf(scenario, ran));
		process.stdout.write(`${("tampering" in scenario && scenario.tampering) || "plain"}: ${digestOf(ran)}\n`);
	}
	for (let drawn = 0; drawn < DRAWN; drawn++) {
		const scenario = scenarios.next();
		const ran = machine.run(scenario);
		const { ticks, arrays } = crossingsOf(scenario, ran);
		const way = `${scenario.isAToB ? "aToB" : "bToA"} ${scenario.isExactIn ? "in" : "out"}`;
		const kind = ran.ok ? `${way} ${Math.min(ticks, 4)} ticks ${arrays} arrays${endOf(ran)}` : `${ran.error}`;
		const taken = classes.get(kind) ?? 0;
		if (taken >= (ran.ok ? SWAPS_A_CLASS : REFUSALS_A_CLASS)) continue;
		classes.set(kind, taken + 1);
		vectors.push(vectorOf(scenario, ran));
	}
	const program = { sha256: createHash("sha256").update(elf).digest("hex"), source: "orca-so/whirlpools 37ae160c" };
	const bytes = gzipSync(JSON.stringify({ program, vectors }), { level: 9 });
	writeFileSync(out, bytes);
	for (const [kind, count] of [...classes].sort()) process.stdout.write(`${kind}: ${count}\n`);
	process.stdout.write(`${vectors.length} vectors, ${bytes.length} bytes\n`);
	process.stdout.write("not covered: tick arrays of variable size, adaptive fees, Token-2022 mints\n");
}

/** Whether a swap went as far as prices go. */
function endOf(ran: Ran): string {
	const pool = ran.ok ? ran.accounts[0] : undefined;
	if (pool === undefined) return "";
	const sqrtPrice = readUint64(pool, 65) | (readUint64(pool, 73) << 64n);
	return sqrtPrice === MIN_SQRT_PRICE || sqrtPrice === MAX_SQRT_PRICE ? " to the end" : "";
}

function vectorOf(scenario: Scenario, ran: Ran): Vector {
	const { ticks, arrays } = crossingsOf(scenario, ran);
	const computeUnits = ran.ok ? ran.computeUnits : null;
	return { scenario, result: digestOf(ran), computeUnits, ticksCrossed: ticks, arraysCrossed: arrays };
}

const [dump, out = "test/fixtures/vectors/orca-whirlpool-program.json.gz"] = process.argv.slice(2);
if (dump === undefined) throw new Error("name the program's executable: record.ts <program.so>");
main(dump, out);
