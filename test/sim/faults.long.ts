import { expect, test } from "@jest/globals";
import { runScenario, type ScenarioResult } from "./scenario.ts";
import { summaryOf } from "./summary.ts";

const { MOJO_SIM_SEED, MOJO_SIM_INTENTS } = process.env;
const INTENTS_PER_SEED = Number(MOJO_SIM_INTENTS ?? 1_000);
const LEAST_INTENTS = 10_000;
/** Worlds at one time: waiting for slots, not computing, is most of what each does. */
const AT_ONCE = 2;

test("faulted intents in their thousands: nothing lands twice, and the books are exact", async () => {
	const results: ScenarioResult[] = [];
	const wanted = MOJO_SIM_SEED === undefined ? LEAST_INTENTS : 1;
	let nextSeed = Number(MOJO_SIM_SEED ?? 1_000);
	let approved = 0;
	const lane = async () => {
		while (approved < wanted) {
			const result = await runScenario({ seed: nextSeed++, intents: INTENTS_PER_SEED });
			results.push(result);
			approved += result.approved;
			process.stderr.write(`seed ${result.seed}: ${summaryOf([result])}; ${result.totalSeconds.toFixed(0)} s\n`);
		}
	};
	await Promise.all(Array.from({ length: MOJO_SIM_SEED === undefined ? AT_ONCE : 1 }, lane));
	process.stderr.write(`${summaryOf(results)}\n`);
	expect(approved).toBeGreaterThanOrEqual(wanted);
	for (const outcome of ["landed", "reverted", "expired"] as const) {
		expect(results.reduce((sum, result) => sum + result[outcome], 0)).toBeGreaterThan(wanted / 100);
	}
});
