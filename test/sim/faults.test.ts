import { expect, test } from "@jest/globals";
import { runScenario } from "./scenario.ts";
import { summaryOf } from "./summary.ts";

/** Several endpoints, forks, and a balancer of which most nodes are far behind. */
const SEEDS = [1, 2, 3];
const INTENTS_PER_SEED = 110;

test("under faults nothing lands twice, every outcome is the chain's, and the books are exact", async () => {
	// Waiting for slots, not computing, is most of what each does: so they run at one time.
	const results = await Promise.all(SEEDS.map((seed) => runScenario({ seed, intents: INTENTS_PER_SEED })));
	process.stderr.write(`${summaryOf(results)}\n`);
	const sum = (key: "approved" | "landed" | "reverted" | "expired") =>
		results.reduce((total, result) => total + result[key], 0);
	expect(sum("approved")).toBeGreaterThan(200);
	for (const outcome of ["landed", "reverted", "expired"] as const) expect(sum(outcome)).toBeGreaterThan(0);
}, 240_000);
