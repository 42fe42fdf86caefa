import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { readReserveMarket } from "../../core/market/reserve-market.ts";
import type { AccountBytes, Direction, NoQuoteCode, ReserveVenue } from "../../core/market/venues/venue.ts";
import type { Random } from "../../core/types/clock.ts";
import { seededRandom } from "../../libs/random.ts";
import { tokenAccountData } from "../../test/unit/programs/virtual-machine.ts";

/** One swap through one pool at one moment. */
export interface ReserveScenario {
	/** What is special about the pool. */
	readonly kind: string;
	readonly pool: AccountBytes;
	readonly configurations: readonly AccountBytes[];
	/** What the vaults of A and B hold. */
	readonly vaults: readonly [bigint, bigint];
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly unixSeconds: bigint;
}

/** What the program did: what moved and what the pool is afterwards, or its error. */
export type ReserveRun =
	| {
			readonly ok: true;
			readonly amountIn: bigint;
			readonly amountOut: bigint;
			readonly pool: Uint8Array;
			readonly vaults: readonly [bigint, bigint];
	  }
	| { readonly ok: false; readonly error: string };

/** A venue's program on a virtual machine, and the pools that are tried on it. */
export interface ReserveRecorder {
	readonly venue: ReserveVenue;
	readonly fixture: string;
	/** Where the program's dump is from. */
	readonly source: string;
	readonly notCovered: string;
	/** By the program's errors: what they mean in a quote's words. */
	readonly refusals: Readonly<Record<string, readonly NoQuoteCode[]>>;
	/** Whether the recorded build does otherwise in this than the program of today: such swaps are left out. */
	isOutdated?(scenario: ReserveScenario): boolean;
	next(random: Random): ReserveScenario;
	run(scenario: ReserveScenario): ReserveRun;
}

const SEED = 20_261_123;
const DRAWN = 6_000;
const SWAPS_A_CLASS = 24;
const REFUSALS_A_CLASS = 8;
const SHOWN_DIFFERENCES = 10;
const MINT = "11111111111111111111111111111111" as AccountBytes["address"];

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
	const vectors: unknown[] = [];
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
	const bytes = gzipSync(JSON.stringify({ program, refusals: recorder.refusals, vectors }, jsonOf), { level: 9 });
	writeFileSync(out, bytes);
	const thin = [...counts].filter(([group, taken]) => group.endsWith(" ok") && taken < SWAPS_A_CLASS);
	say(`${vectors.length} vectors, ${bytes.length} bytes, ${counts.size} classes in ${out}`);
	say(`not reached in full: ${thin.length === 0 ? "none" : JSON.stringify(Object.fromEntries(thin))}`);
	say(`not covered: ${recorder.notCovered}`);
}

/** What the quote says otherwise than the program did; null when it agrees to the unit. */
function difference({ venue, refusals }: ReserveRecorder, scenario: ReserveScenario, ran: ReserveRun): string | null {
	const { pool, configurations, vaults, direction, exact, amount, unixSeconds } = scenario;
	const described = venue.describe(pool, configurations);
	if (!described.ok) return `no pool: ${described.error.detail}`;
	const market = (data: Uint8Array, [a, b]: readonly [bigint, bigint]) =>
		readReserveMarket(venue, described.value, {
			pool: data,
			vaultA: tokenAccountData(MINT, MINT, a),
			vaultB: tokenAccountData(MINT, MINT, b),
		});
	const before = market(pool.data, vaults);
	if (before === null) return "the pool's accounts do not decode";
	const clock = { slot: 0n, epoch: 0n, unixSeconds };
	const quote =
		exact === "in" ? before.quoteExactIn(direction, amount, clock) : before.quoteExactOut(direction, amount, clock);
	if (!ran.ok) {
		if (quote.ok)
			return `a quote of ${quote.value.amountIn} for ${quote.value.amountOut}, the program says ${ran.error}`;
		return refusals[ran.error]?.includes(quote.error) ? null : `${quote.error}, the program says ${ran.error}`;
	}
	if (!quote.ok) return `${quote.error}, the program gave ${ran.amountOut} for ${ran.amountIn}`;
	const { amountIn, amountOut } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `${amountOut} for ${amountIn}, the program gave ${ran.amountOut} for ${ran.amountIn}`;
	}
	if (exact === "out") return null;
	const [left, real] = [before.afterSwap(direction, quote.value), market(ran.pool, ran.vaults)];
	if (left.reserveA === real?.reserveA && left.reserveB === real.reserveB) return null;
	return `leaves ${left.reserveA} and ${left.reserveB}, the program ${real?.reserveA} and ${real?.reserveB}`;
}

function vectorOf(scenario: ReserveScenario, ran: ReserveRun): unknown {
	const { pool, configurations, ...rest } = scenario;
	const account = ({ address, owner, data }: AccountBytes) => ({
		address,
		owner,
		size: data.length,
		data: trimmed(data),
	});
	const result = ran.ok ? { ...ran, pool: trimmed(ran.pool) } : ran;
	return { ...rest, pool: account(pool), configurations: configurations.map(account), result };
}

/** Base64 without the zeros at the end. */
function trimmed(bytes: Uint8Array): string {
	return Buffer.from(bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)).toString("base64");
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function jsonOf(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}
