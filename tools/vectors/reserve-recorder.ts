import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { U64_MAX } from "../../core/market/constant-product.ts";
import type { ReserveVenue } from "../../core/market/venues/venue.ts";
import type { Random } from "../../core/types/clock.ts";
import { seededRandom } from "../../libs/random.ts";
import { amountUpTo, oneIn, type Swap } from "../../test/unit/programs/raydium-cpmm-pool.ts";
import {
	difference,
	type Refusals,
	type ReserveRun,
	type ReserveSwap,
	type ReserveVector,
	vectorOf,
} from "./reserve-swap.ts";

/** A venue's program on a virtual machine, and the pools that are tried on it. */
export interface ReserveRecorder {
	readonly venue: ReserveVenue;
	readonly fixture: string;
	/** Where the program's dump is from. */
	readonly source: string;
	readonly notCovered: string;
	readonly refusals: Refusals;
	/** Whether the recorded build does otherwise in this than the program of today: such swaps are left out. */
	isOutdated?(scenario: ReserveSwap): boolean;
	next(random: Random): ReserveSwap;
	run(scenario: ReserveSwap): ReserveRun;
}

const SEED = 20_261_123;
const DRAWN = 6_000;
const SWAPS_A_CLASS = 24;
const REFUSALS_A_CLASS = 8;
const SHOWN_DIFFERENCES = 10;

/**
 * Records swaps as test vectors, or with `--compare <swaps>` only compares the quotes with so many.
 * Usage: record.ts <program.so> [--compare <swaps>] [--out <vectors.json.gz>]
 */
export async function main(open: (elf: Uint8Array) => Promise<ReserveRecorder>): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { compare: { type: "string", default: "0" }, out: { type: "string" } },
	});
	const [dump] = positionals;
	if (dump === undefined) throw new Error("name the program's dump: record.ts <program.so>");
	const elf = readFileSync(dump);
	const recorder = await open(elf);
	const compared = Number(values.compare);
	if (compared > 0) compare(recorder, compared);
	else record(recorder, elf, values.out ?? recorder.fixture);
}

function compare(recorder: ReserveRecorder, swaps: number): void {
	const random = seededRandom(SEED + 1);
	const outcomes: Record<string, number> = {};
	let differences = 0;
	for (let count = 0; count < swaps; count++) {
		const scenario = recorder.next(random);
		if (recorder.isOutdated?.(scenario)) continue;
		const ran = recorder.run(scenario);
		const outcome = ran.ok ? "ok" : `error ${ran.error}`;
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		const found = difference(recorder, scenario, ran);
		if (found === null || ++differences > SHOWN_DIFFERENCES) continue;
		const { kind, direction, exact, amount, vaults } = scenario;
		say(`${kind} ${direction} exact ${exact} ${amount}, vaults ${vaults}: ${found}`);
	}
	say(JSON.stringify({ swaps, differences, outcomes }, null, 1));
}

function record(recorder: ReserveRecorder, elf: Uint8Array, out: string): void {
	const random = seededRandom(SEED);
	const counts = new Map<string, number>();
	const vectors: ReserveVector[] = [];
	for (let drawn = 0; drawn < DRAWN; drawn++) {
		const scenario = recorder.next(random);
		if (recorder.isOutdated?.(scenario)) continue;
		const ran = recorder.run(scenario);
		const { kind, direction, exact } = scenario;
		const group = `${kind} ${direction} ${exact} ${ran.ok ? "ok" : ran.error}`;
		const taken = counts.get(group) ?? 0;
		if (taken >= (ran.ok ? SWAPS_A_CLASS : REFUSALS_A_CLASS)) continue;
		const found = difference(recorder, scenario, ran);
		if (found !== null) throw new Error(`${group}: ${found}: run --compare and mend the quote before recording`);
		counts.set(group, taken + 1);
		vectors.push(vectorOf(scenario, ran));
	}
	const program = { sha256: createHash("sha256").update(elf).digest("hex"), source: recorder.source };
	const bytes = gzipSync(JSON.stringify({ program, refusals: recorder.refusals, vectors }), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.endsWith(" ok") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
	say(`not covered: ${recorder.notCovered}`);
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** A swap through a pool whose vaults hold that: of any size, mostly one that the vaults can pay. */
export function anySwap(random: Random, vaults: readonly [bigint, bigint]): Swap {
	const direction = oneIn(random, 2) ? "aToB" : "bToA";
	const exact = oneIn(random, 2) ? "in" : "out";
	const [vaultIn, vaultOut] = direction === "aToB" ? vaults : [vaults[1], vaults[0]];
	if (oneIn(random, 60)) return { direction, exact, amount: 0n };
	if (exact === "out") return { direction, exact, amount: amountUpTo(random, 64) % (vaultOut + 2n) };
	// Vault and trader hold parts of one supply.
	const room = U64_MAX - vaultIn;
	const amount = oneIn(random, 8) ? amountUpTo(random, 62) : amountUpTo(random, 62) % (vaultIn * 2n + 2n);
	return { direction, exact, amount: amount < room ? amount : room };
}
