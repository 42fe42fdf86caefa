import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Desk, type Product, type StatusAnswer } from "../support/product.ts";
import { isInstalled, type ServerProcess, startNats } from "../support/servers.ts";
import { until } from "../support/until.ts";

const withNats = isInstalled("nats-server", "trading with several processes over NATS") ? describe : describe.skip;

let desk: Desk;
let nats: ServerProcess;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
});

/** Settled submissions by the executor that made them, among the newest intents. */
async function landedBy(): Promise<Map<string, number>> {
	const intents = await desk.get<{ executor: string | null; state: string }[]>("/api/intents?limit=200");
	const counts = new Map<string, number>();
	for (const { executor, state } of intents) {
		if (executor && state === "landed") counts.set(executor, (counts.get(executor) ?? 0) + 1);
	}
	return counts;
}

withNats("two terminals on NATS", () => {
	beforeEach(async () => {
		nats = await startNats();
	});

	afterEach(async () => {
		await nats.kill();
	});

	const start = (nodeId: string, ...services: string[]): Product =>
		desk.start({ services, environment: { NATS_URL: nats.url, MOJO_NODE_ID: nodeId } });

	const landed = (what: string, suits: (status: StatusAnswer) => boolean) => desk.statusWhen(what, suits, 60_000);

	test("everything but the executor in one, executors in others: both trade, and one outlives the other", async () => {
		start("desk", "services", "!services/executor");
		const waiting = await landed("the desk without an executor", ({ feed, slot }) => feed.pools === 15 && slot > 5);
		expect(waiting.executor.submitted).toBe(0);

		const first = start("executor-1", "services/executor");
		await landed("trades of the first executor", ({ executor }) => executor.landed >= 3);
		start("executor-2", "services/executor");
		await until(
			async () => {
				const counts = await landedBy();
				return (counts.get("executor-1") ?? 0) > 0 && (counts.get("executor-2") ?? 0) > 0;
			},
			{ what: "both executors to land trades", timeoutMs: 60_000, everyMs: 250 },
		);

		await first.kill();
		const before = (await landedBy()).get("executor-2") ?? 0;
		await until(async () => ((await landedBy()).get("executor-2") ?? 0) >= before + 5, {
			what: "the second executor to trade on",
			timeoutMs: 60_000,
			everyMs: 250,
		});
		await landed("exact books with nothing in flight", ({ executor }) => executor.landed > 0);
	}, 240_000);
});

test("an executor alone waits for the others and says nothing is wrong with it", async () => {
	const alone = desk.start({ services: ["services/executor"] });
	await new Promise((wake) => setTimeout(wake, 4_000));
	expect(alone.hasEnded).toBe(false);
	expect(await alone.interrupt()).toBe(0);
}, 30_000);
