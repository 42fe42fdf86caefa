import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { FEE_OFFSET } from "../../../core/market/venues/meteora-damm-v2/fee-parameters.ts";
import { POOL_OFFSET, POOL_SIZE } from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { seededRandom } from "../../../libs/random.ts";
import { readProgram } from "../../../programs/load.ts";
import { difference } from "../../../tools/vectors/meteora-damm-v2/compare.ts";
import { addressed, Machine, type Ran } from "../../../tools/vectors/meteora-damm-v2/machine.ts";
import { type Scenario, ScenarioSource } from "../../../tools/vectors/meteora-damm-v2/scenario.ts";

/** A swap that mainnet's program ran, as it was recorded: bytes in base64 without the zeros at their end. */
type Recorded = { readonly [Field in keyof Scenario]: unknown } & {
	readonly pool: string;
	readonly result: { readonly ok?: true; readonly error?: string; readonly pool?: string };
};

const FIXTURE = join(__dirname, "../../fixtures/vectors/meteora-damm-v2.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString()) as {
	readonly vectors: readonly Recorded[];
};

function poolOf(text: string): Uint8Array {
	const data = new Uint8Array(POOL_SIZE);
	data.set(Buffer.from(text, "base64"));
	return data;
}

function scenarioOf({ result: _result, ...recorded }: Recorded): Scenario {
	const number = (field: "amount" | "slot" | "epoch" | "unixSeconds") => BigInt(recorded[field] as string);
	return {
		...(recorded as unknown as Scenario),
		pool: poolOf(recorded.pool),
		amount: number("amount"),
		slot: number("slot"),
		epoch: number("epoch"),
		unixSeconds: number("unixSeconds"),
	};
}

/** The program's answer to what it leaves out (error.rs `InvalidInput`). */
const INVALID_INPUT = "6017";

/** Exact inputs without a referrer, of mints without extensions, in pools of the new layout: the rest is left out. */
function isSupported({ exact, hasReferral, pool, transferFeeA, transferFeeB }: Scenario): boolean {
	const view = new DataView(pool.buffer, pool.byteOffset);
	const isFixed =
		(pool[FEE_OFFSET.baseFeeMode] as number) < 2 && view.getBigUint64(FEE_OFFSET.baseFeeSecond, true) === 0n;
	return (
		exact === "in" &&
		!hasReferral &&
		transferFeeA === null &&
		transferFeeB === null &&
		isFixed &&
		pool[FEE_OFFSET.dynamicInitialized] === 0 &&
		(pool[POOL_OFFSET.collectFeeMode] as number) < 2 &&
		pool[POOL_OFFSET.layoutVersion] === 1
	);
}

function* scenarios(count: number): Generator<Scenario> {
	const source = new ScenarioSource(seededRandom(20_261_123));
	for (let drawn = 0; drawn < count; drawn++) {
		const scenario = source.next();
		yield { ...scenario, pool: addressed(scenario.pool) };
	}
}

describe("the local chain's DAMM v2", () => {
	const machine = new Machine(readProgram("meteora-damm-v2"));

	test("leaves what mainnet's program left of the pool, byte for byte, and refuses with its errors", () => {
		let [swapped, refused] = [0, 0];
		for (const recorded of vectors) {
			const scenario = scenarioOf(recorded);
			if (!isSupported(scenario)) continue;
			const ran = machine.run(scenario);
			if (recorded.result.ok) {
				swapped++;
				expect(ran.ok && Buffer.from(ran.pool).equals(poolOf(recorded.result.pool as string))).toBe(true);
			} else {
				refused++;
				expect(ran).toMatchObject({ ok: false, error: recorded.result.error });
			}
		}
		expect(swapped).toBeGreaterThanOrEqual(10);
		expect(refused).toBeGreaterThanOrEqual(1);
	});

	test("refuses by name what it leaves out, and never swaps it", () => {
		let refused = 0;
		for (const scenario of scenarios(400)) {
			const { pool, hasReferral, exact } = scenario;
			if (isSupported(scenario) || exact !== "in") continue;
			const ran = machine.run(scenario);
			expect(ran.ok).toBe(false);
			const isOpen = pool[POOL_OFFSET.poolStatus] === 0;
			if (hasReferral || isOpen) expect([INVALID_INPUT, "6003", "101"]).toContain((ran as { error: string }).error);
			refused++;
		}
		expect(refused).toBeGreaterThan(100);
	});

	test("gives what the quote says, refuses what it refuses, and books fees, price and amounts the same", () => {
		const outcomes = new Map<string, number>();
		for (const scenario of scenarios(8_000)) {
			if (!isSupported(scenario)) continue;
			const ran: Ran = machine.run(scenario);
			expect({ kind: scenario.kind, difference: difference(scenario, ran) }).toEqual({
				kind: scenario.kind,
				difference: null,
			});
			const outcome = ran.ok ? "ok" : ran.error;
			outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		}
		expect(outcomes.get("ok")).toBeGreaterThan(40);
		expect([...outcomes.keys()]).toEqual(expect.arrayContaining(["6003", "6006", "6015"]));
	});
});
