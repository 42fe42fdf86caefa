import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { Address } from "../../../core/types/address.ts";
import { readProgram } from "../../../programs/load.ts";
import { crossingsOf, digestOf, Machine } from "../../../tools/vectors/orca-whirlpool-program/machine.ts";
import type { Vector } from "../../../tools/vectors/orca-whirlpool-program/record.ts";
import { PLAIN, type Scenario } from "../../../tools/vectors/orca-whirlpool-program/scenario.ts";
import { TAMPERINGS } from "../../../tools/vectors/orca-whirlpool-program/tamper.ts";
import { addressBytes } from "./virtual-machine.ts";

const fixture = join(__dirname, "../../fixtures/vectors/orca-whirlpool-program.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as { readonly vectors: readonly Vector[] };
const machine = new Machine(readProgram("orca-whirlpool"));

const tampered = vectors.filter(({ scenario }) => scenario.tampering !== undefined);
const untouched = vectors.filter(({ scenario }) => scenario.tampering === undefined);
const refused = untouched.filter(({ computeUnits }) => computeUnits === null);
const swapped = untouched.filter(({ computeUnits }) => computeUnits !== null);

describe("the Orca Whirlpool program, against what mainnet's did", () => {
	test("was recorded over every kind of swap and refusal", () => {
		expect(tampered.map(({ scenario }) => scenario.tampering).sort()).toEqual(Object.keys(TAMPERINGS).sort());
		const ways = ["swap", "swap_v2"].flatMap((instruction) =>
			[true, false].flatMap((isAToB) => [true, false].map((isExactIn) => ({ instruction, isAToB, isExactIn }))),
		);
		for (const way of ways) {
			const some = swapped.filter(({ scenario }) =>
				Object.entries(way).every(([key, value]) => scenario[key as keyof Scenario] === value),
			);
			expect(some.filter(({ ticksCrossed }) => ticksCrossed === 0).length).toBeGreaterThan(0);
			expect(some.filter(({ arraysCrossed }) => arraysCrossed >= 2).length).toBeGreaterThan(0);
		}
		expect(swapped.length).toBeGreaterThan(300);
		expect(swapped.filter(({ arraysCrossed }) => arraysCrossed === 3).length).toBeGreaterThan(20);
		expect(
			swapped.filter(({ scenario }) => scenario.arrays.some(({ ticks }) => ticks === null)).length,
		).toBeGreaterThan(50);
		expect(swapped.filter(({ scenario }) => scenario.places.length > 3).length).toBeGreaterThan(10);
		const codes = new Set(refused.map(({ result }) => result));
		for (const code of [
			1, 6006, 6011, 6015, 6017, 6021, 6022, 6023, 6030, 6033, 6034, 6035, 6036, 6037, 6038, 6039, 6057,
		])
			expect(codes).toContain(String(code));
	});

	test.each(tampered.map((vector) => [vector.scenario.tampering, vector] as const))(
		"answers %s alike",
		(_, { scenario, result }) => {
			expect(digestOf(machine.run(scenario))).toBe(result);
		},
	);

	test("refuses the same swaps with the same errors", () => {
		for (const { scenario, result } of refused)
			expect([scenario, digestOf(machine.run(scenario))]).toEqual([scenario, result]);
	});

	test("leaves the same bytes in pool and arrays and the same tokens, for fewer compute units", () => {
		for (const { scenario, result, computeUnits, ticksCrossed } of swapped) {
			const ran = machine.run(scenario);
			expect([scenario, digestOf(ran)]).toEqual([scenario, result]);
			expect(crossingsOf(scenario, ran).ticks).toBe(ticksCrossed);
			expect(ran.ok && ran.computeUnits).toBeLessThan(computeUnits as number);
		}
	});
});

describe("the Orca Whirlpool program, where mainnet's goes on", () => {
	/** sha256("account:Oracle") and ("account:DynamicTickArray"), first 8 bytes. */
	const ORACLE = [0x8b, 0xc2, 0x83, 0xb3, 0x8c, 0xb3, 0xe5, 0xf4];
	const DYNAMIC_TICK_ARRAY = [0x11, 0xd8, 0xf6, 0x8e, 0xe1, 0xc7, 0xda, 0x38];

	test("refuses a pool with an adaptive fee", () => {
		const ran = machine.run(PLAIN, ({ oracle, pool }) => {
			oracle.owner = pool.owner;
			oracle.data = Uint8Array.from([...ORACLE, ...new Array<number>(246).fill(0)]);
		});
		expect(digestOf(ran)).toBe("6066");
	});

	test("refuses tick arrays of variable size", () => {
		const ran = machine.run(PLAIN, ({ arrays }) => {
			for (const array of arrays) array.data.set(DYNAMIC_TICK_ARRAY);
		});
		expect(digestOf(ran)).toBe("3002");
	});

	test("refuses a mint with extensions", () => {
		const token2022 = addressBytes("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address);
		const ran = machine.run(PLAIN, (draft) => {
			const data = new Uint8Array(200);
			data.set(draft.mints[1].data);
			data[165] = 1;
			draft.mints[1].data = data;
			draft.mints[1].owner = token2022;
			draft.keys[1] = token2022;
			draft.readonlyKeys.push(token2022);
		});
		expect(digestOf(ran)).toBe("6047");
	});
});
