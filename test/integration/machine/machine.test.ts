import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { address, createSolanaRpc, createSolanaRpcSubscriptions } from "@solana/web3.js";
import type { Context, ServiceSchema } from "moleculer";
import { describeCluster } from "../../../broker/repl/status-command.ts";
import { Machine, type MachineNode } from "../../support/machine.ts";
import { isInstalled, type ServerProcess, startNats, startRedis } from "../../support/servers.ts";
import { until } from "../../support/until.ts";

const USDC_RESERVE = address("D6q6wuQSrifJKZYpR1M8R4YawnLDtDsMmWM1NbBmgJ59");

let machine: Machine;

beforeEach(async () => {
	machine = await Machine.open();
});

afterEach(async () => {
	await machine.close();
});

async function landed(node: MachineNode, count: number): Promise<void> {
	await until(async () => (await node.bus.call("risk.status")).landed >= count, {
		what: `${count} landed trades`,
		timeoutMs: 40_000,
		everyMs: 100,
	});
}

async function expectExactBooks(node: MachineNode): Promise<void> {
	const { lines } = await node.bus.call("risk.books");
	expect(lines.length).toBeGreaterThan(0);
	for (const line of lines) {
		expect(line.difference).toBe(0n);
		expect(line.chain).toBe(line.opening + line.fills - line.fees - line.tips - line.loanFees);
	}
}

describe("in one process", () => {
	test("trades land; the chain tells anyone who asks it the same as the books", async () => {
		const node = await machine.start();
		const subscriptions = createSolanaRpcSubscriptions(machine.wsUrl);
		const stop = new AbortController();
		const loans = await subscriptions.accountNotifications(USDC_RESERVE).subscribe({ abortSignal: stop.signal });
		await landed(node, 5);
		for await (const { context } of loans) {
			expect(context.slot).toBeGreaterThan(0n);
			break;
		}
		stop.abort();
		await expectExactBooks(node);
		await node.bus.call("strategy.pause");
		await until(async () => (await node.bus.call("risk.status")).inFlight === 0, { what: "nothing in flight" });
		const rpc = createSolanaRpc(machine.rpcUrl);
		const { wallet } = await node.bus.call("executor.describe");
		const status = await node.bus.call("risk.status");
		const history = await rpc.getSignaturesForAddress(address(wallet), { commitment: "confirmed" }).send();
		const traded = history.filter(({ memo }) => memo !== null && /^\[16\] [0-9a-z]{16}$/.test(memo));
		expect(traded.filter(({ err }) => err === null)).toHaveLength(status.landed);
		expect(traded.filter(({ err }) => err !== null)).toHaveLength(status.reverted);
		expect(new Set(traded.map(({ memo }) => memo)).size).toBe(traded.length);
	}, 90_000);

	test("the status command shows the node, its actors and the trading; without a monitor it says so", async () => {
		const node = await machine.start();
		await landed(node, 1);
		const shown = await describeCluster(node.broker);
		expect(shown).toContain("(this one)");
		expect(shown).toContain("executor feed gateway localnet monitor risk strategy");
		expect(shown).toMatch(/trading active\s+slot \d+\s+pools 15/);
		await node.broker.destroyService("monitor");
		expect(await describeCluster(node.broker)).toContain("no monitor answers");
	}, 60_000);

	test("an orderly stop leaves nothing in flight, and the next start books on", async () => {
		const first = await machine.start();
		await landed(first, 3);
		await first.broker.stop();
		const second = await machine.start();
		await landed(second, 6);
		await expectExactBooks(second);
	}, 90_000);
});

describe("joined by NATS", () => {
	const withNats = isInstalled("nats-server", "the machine over NATS") ? test : test.skip;
	let nats: ServerProcess;

	withNats(
		"two executors share the work; one node looks into and calls the actors of the other",
		async () => {
			nats = await startNats();
			try {
				const join = (nodeId: string) => ({ NATS_URL: nats.url, MOJO_NODE_ID: nodeId });
				const desk = await machine.start(["localnet", "feed", "strategy", "risk", "monitor"], join("desk"));
				await machine.start(["executor"], join("executor-1"));
				await machine.start(["executor"], join("executor-2"));
				const settledBy = new Set<string>();
				desk.broker.createService({
					name: "listener",
					events: {
						"executor.submission.settled"(context: Context<{ executor: string }>): void {
							settledBy.add(context.params.executor);
						},
					},
				} as unknown as ServiceSchema);
				await until(() => settledBy.size === 2, { what: "settlements of both", timeoutMs: 40_000 });
				await expectExactBooks(desk);
				const shown = await describeCluster(desk.broker);
				for (const name of ["desk (this one)", "executor-1", "executor-2"]) expect(shown).toContain(name);
				const remote = await desk.bus.call("executor.status", undefined, { nodeID: "executor-2" });
				expect(remote.submitted).toBeGreaterThan(0);
				expect(desk.notices).toEqual([]);
			} finally {
				await machine.close();
				await nats.kill();
			}
		},
		120_000,
	);

	withNats(
		"while no server answers a person is told so, and trading begins once one does",
		async () => {
			nats = await startNats();
			await nats.kill();
			const url = new URL(nats.url);
			const starting = machine.start(undefined, { NATS_URL: nats.url });
			await new Promise((wake) => setTimeout(wake, 2_500));
			nats = await startNats(Number(url.port));
			try {
				const node = await starting;
				expect(node.notices).toEqual([expect.stringContaining(`no NATS server answers at ${nats.url}`)]);
				await landed(node, 1);
			} finally {
				await machine.close();
				await nats.kill();
			}
		},
		90_000,
	);
});

describe("with Redis", () => {
	const withRedis = isInstalled("redis-server", "the shared cache") ? test : test.skip;

	withRedis(
		"cached answers live there, and losing them and it loosens nothing",
		async () => {
			const redis = await startRedis();
			try {
				const node = await machine.start(undefined, { REDIS_URL: redis.url });
				await landed(node, 2);
				await redis.kill();
				await landed(node, 5);
				await expectExactBooks(node);
			} finally {
				await machine.close();
				await redis.kill();
			}
		},
		90_000,
	);
});
