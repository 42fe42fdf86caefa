import { expect, test } from "@jest/globals";
import { isInstalled } from "../support/servers.ts";
import { CRASH_POINTS, killExecutors, killSummaryOf } from "./kill-cluster.ts";

const withNats = isInstalled("nats-server", "killing executor processes") ? test : test.skip;
const DEATHS_PER_POINT = 5;

withNats(
	"kill -9 of an executor when signed, claimed, sent and landed: nothing twice, and the books are exact",
	async () => {
		const result = await killExecutors({ seed: 1, deathsPerPoint: DEATHS_PER_POINT });
		process.stderr.write(`${killSummaryOf(result)}\n`);
		expect(result.deaths.total).toBe(DEATHS_PER_POINT * CRASH_POINTS.length);
	},
	240_000,
);
