import { expect, test } from "@jest/globals";
import { isInstalled } from "../support/servers.ts";
import { CRASH_POINTS, killExecutors, killSummaryOf } from "./kill-cluster.ts";

const withNats = isInstalled("nats-server", "killing executor processes") ? test : test.skip;
const { MOJO_SIM_SEED, MOJO_SIM_DEATHS } = process.env;
const DEATHS_PER_POINT = Number(MOJO_SIM_DEATHS ?? 50);

withNats("deaths of executor processes by the hundred: nothing twice, and the books are exact", async () => {
	const seed = Number(MOJO_SIM_SEED ?? 2_000);
	const result = await killExecutors({ seed, deathsPerPoint: DEATHS_PER_POINT });
	process.stderr.write(`${killSummaryOf(result)}\n`);
	expect(result.deaths.total).toBe(DEATHS_PER_POINT * CRASH_POINTS.length);
});
