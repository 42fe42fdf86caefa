import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { Books } from "../../../../broker/contracts/risk.ts";
import type { Config } from "../../../../config/schema.ts";
import { Histogram } from "../../../../core/types/histogram.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import monitorService from "../../../../services/monitor/monitor.service.ts";
import {
	approved,
	batch,
	bookLine,
	books,
	catalog,
	executorStatus,
	feedStatus,
	hostedStatus,
	intent,
	peer,
	riskStatus,
	settlement,
	stateRecord,
	strategyStatus,
	type TestNode,
	TICKS,
	testConfig,
	testNode,
	tick,
	until,
} from "./peers.ts";

const A = "aaaaaaaaaaaaaaaa" as IntentId;
const brokers: ServiceBroker[] = [];
afterEach(async () => {
	for (const broker of brokers.splice(0)) await broker.stop();
});

interface MonitorNode extends TestNode {
	readonly metricsUrl: string;
}

async function start(
	peers: readonly ServiceSchema[] = [],
	config: Config = testConfig(),
	options: { readonly joined?: boolean } = {},
): Promise<MonitorNode> {
	const node = testNode(config, options);
	brokers.push(node.broker);
	for (const schema of peers) node.broker.createService(schema);
	const service = node.broker.createService(monitorService(node.broker)) as unknown as { metricsUrl(): string };
	await node.broker.start();
	return { ...node, metricsUrl: service.metricsUrl() };
}

const feed = (): ServiceSchema =>
	peer("feed", {
		"feed.status": () => feedStatus(),
		"feed.catalog": () => catalog(),
		"feed.snapshot": () => ({ batch: batch(1, TICKS, { snapshot: true }), next: null }),
	});
const strategy = (): ServiceSchema => peer("strategy", { "strategy.status": () => strategyStatus() });
const risk = (cut: () => Books = books): ServiceSchema =>
	peer("risk", { "risk.status": () => riskStatus(), "risk.books": cut });
const executor = (): ServiceSchema => peer("executor", { "executor.status": () => executorStatus() });
const everybody = (): ServiceSchema[] => [feed(), strategy(), risk(), executor()];

describe("a monitor alone", () => {
	test("answers with zeros, halted, and names who is silent", async () => {
		const { bus } = await start();
		expect(await bus.call("monitor.status")).toMatchObject({
			mode: "local",
			tradingState: "halted",
			slot: 0,
			feed: { pools: 0, updates: 0, stalePools: 0 },
			strategy: { opportunities: 0, intents: 0, strategies: [] },
			risk: { approved: 0, denied: 0, deniedByCode: {} },
			executor: { submitted: 0, landed: 0, reverted: 0, expired: 0, reversed: 0, unknown: 0 },
			books: [],
			latencyMicros: { receivedToSigned: { p50: 0, p99: 0, count: 0 } },
			equity: null,
			silent: ["feed", "strategy", "risk", "executor"],
		});
		expect(await bus.call("monitor.health")).toEqual({
			healthy: false,
			tradingState: null,
			actors: [
				...["feed", "strategy", "risk", "executor"].map((actor) => ({ actor, node: null, state: "missing" })),
				{ actor: "monitor", node: "test-node", state: "ok" },
			],
		});
	});

	test("refuses garbage at the bus", async () => {
		const { bus } = await start();
		for (const limit of [0, 101, 1.5, "5", null]) {
			await expect(bus.call("monitor.intents", { limit } as never)).rejects.toThrow(/validation/i);
		}
		await expect(bus.call("monitor.intent", { intentId: "x" as IntentId })).rejects.toThrow(/validation/i);
	});

	test("on a busy metrics port stops the start with the way out", async () => {
		const blocker = createServer();
		await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
		const { port } = blocker.address() as { port: number };
		const config = testConfig((base) => ({ ...base, monitoring: { ...base.monitoring, metrics_port: port } }));
		const expected = `port ${port} on 127.0.0.1 is in use: stop the other program or set monitoring.metrics_port`;
		await expect(start([], config)).rejects.toThrow(expected);
		await new Promise((resolve) => blocker.close(resolve));
	});
});

describe("an actor that falls silent", () => {
	test("keeps its last known numbers, and health says it", async () => {
		let silent = false;
		const moody = {
			name: "feed",
			actions: {
				status: {
					handler: () => (silent ? new Promise((answer) => setTimeout(answer, 1_000, feedStatus())) : feedStatus()),
				},
			},
		};
		const { bus, broker } = await start([moody, strategy(), risk(), executor()]);
		expect((await bus.call("monitor.status")).silent).toEqual([]);
		silent = true;
		const status = await bus.call("monitor.status");
		expect(status).toMatchObject({ feed: { pools: 3, updates: 900 }, silent: ["feed"] });
		const health = await bus.call("monitor.health");
		expect(health.healthy).toBe(false);
		expect(health.actors).toContainEqual({ actor: "feed", node: "test-node", state: "silent" });
		await broker.destroyService("feed");
		expect(await bus.call("monitor.status")).toMatchObject({ feed: { pools: 3 }, silent: ["feed"] });
	});

	test("is told from one that recovers, is cut off or is paused", async () => {
		const { bus } = await start([
			peer("feed", { "feed.status": () => feedStatus({ connected: false }) }),
			peer("strategy", { "strategy.status": () => strategyStatus({ running: false }) }),
			peer("risk", { "risk.status": () => riskStatus({ recovering: true }) }),
			peer("executor", { "executor.status": () => executorStatus({ recovering: true }) }),
		]);
		const health = await bus.call("monitor.health");
		expect(health.actors.map(({ state }) => state)).toEqual([
			"disconnected",
			"paused",
			"recovering",
			"recovering",
			"ok",
		]);
		expect(health).toMatchObject({ healthy: false, tradingState: "active" });
	});
});

test("an actor counts as paused while one of its strategies stands still that is switched on", async () => {
	const still = hostedStatus({ name: "cyclic", running: false, waitingFor: "a defect stopped it" });
	let strategies = [hostedStatus(), { ...still, enabled: false }];
	const { bus } = await start([peer("strategy", { "strategy.status": () => strategyStatus({ strategies }) })]);
	const stateOf = async () =>
		(await bus.call("monitor.health")).actors.find(({ actor }) => actor === "strategy")?.state;
	expect(await stateOf()).toBe("ok");
	strategies = [hostedStatus(), still];
	expect(await stateOf()).toBe("paused");
	const status = await bus.call("monitor.status");
	expect(status.strategy.strategies.map(({ name, waitingFor }) => [name, waitingFor])).toEqual([
		["cross-venue", null],
		["cyclic", "a defect stopped it"],
	]);
	const metrics = await bus.call("monitor.metrics");
	expect(metrics).toMatch(/mojo_strategy_running\{[^}]*strategy="cross-venue"[^}]*\} 1/);
	expect(metrics).toMatch(/mojo_strategy_running\{[^}]*strategy="cyclic"[^}]*\} 0/);
	expect(metrics).toMatch(/mojo_strategy_intents_total\{[^}]*strategy="cyclic"[^}]*\} 30/);
	expect(metrics).toMatch(/mojo_strategy_positions\{[^}]*strategy="cyclic"[^}]*\} 0/);
});

describe("a monitor that starts late", () => {
	test("knows what its owners know: books, counts, prices and equity", async () => {
		const { bus, runtime } = await start(everybody());
		await until(async () => (await bus.call("monitor.equity")).length > 0);
		const status = await bus.call("monitor.status");
		expect(status).toMatchObject({
			tradingState: "active",
			slot: 447_552_100,
			feed: { pools: 3, updates: 900, stalePools: 1 },
			strategy: { opportunities: 41, intents: 30 },
			risk: { approved: 25, denied: 5, deniedByCode: { orderRate: 3, staleMarket: 2 } },
			// 20 + 2 + 1 ended and 2 in flight: not the 7 that this executor made since it started.
			executor: { submitted: 25, landed: 20, reverted: 2, expired: 1, reversed: 4, unknown: 0 },
			booksSlot: 447_552_099,
			inFlight: 0,
			silent: [],
		});
		expect(status.books.map(({ symbol, difference }) => [symbol, difference])).toEqual([
			["USDC", 0n],
			["SOL", 0n],
		]);
		// 1.4999 USDC less 105,000 lamports at 150.
		expect(status.equity).toMatchObject({ profit: 1_484_150n, symbol: "USDC", decimals: 6 });
		expect(await bus.call("monitor.pools")).toHaveLength(3);
		runtime.ticks.publish("main", batch(2, [tick(0, { slot: 11, reserveA: 5n })]));
		expect((await bus.call("monitor.pools"))[0]?.reserveA).toBe(5n);
		expect((await bus.call("monitor.health")).healthy).toBe(true);
	});
});

describe("several nodes", () => {
	test("are summed, each told in health, and counted once where they come and go", async () => {
		const config = testConfig();
		const far = testNode(config, { nodeID: "far-node", joined: true });
		brokers.push(far.broker);
		far.broker.createService(executor());
		far.broker.createService(strategy());
		await far.broker.start();
		const { bus, broker } = await start(everybody(), config, { joined: true });
		await broker.waitForServices(["strategy", "executor"]);
		await until(async () => (await bus.call("monitor.health")).actors.length === 7);
		const status = await bus.call("monitor.status");
		expect(status).toMatchObject({ strategy: { opportunities: 82 }, executor: { submitted: 25, landed: 20 } });
		expect((await bus.call("monitor.health")).actors).toEqual(
			expect.arrayContaining([
				{ actor: "executor", node: "test-node", state: "ok" },
				{ actor: "executor", node: "far-node", state: "ok" },
			]),
		);
		await far.broker.stop();
		await until(async () => (await bus.call("monitor.status")).strategy.opportunities === 41);
		expect((await bus.call("monitor.status")).executor).toMatchObject({ submitted: 25, landed: 20 });
	});
});

describe("what a monitor hears", () => {
	test("becomes traces, latencies, the slot and the curve", async () => {
		const cuts: Books[] = [books()];
		const { bus } = await start([feed(), strategy(), risk(() => cuts[0] as Books), executor()]);
		await until(async () => (await bus.call("monitor.equity")).length > 0);
		const order = intent(A);
		const histogram = new Histogram();
		histogram.record(250);
		const measured = histogram.snapshot();
		bus.emit("risk.intent.denied", { intent: intent("cccccccccccccccc"), code: "orderRate", detail: "20 a second" });
		bus.emit("risk.intent.approved", { intent: approved(order) });
		bus.emit("strategy.intent.submitted", { intent: order, verdict: { status: "approved", intentId: A } });
		bus.emit("executor.submission.advanced", {
			intentId: A,
			state: "sent",
			signature: settlement(order).signature,
			executor: "e1",
			timings: { sent: 1_300 },
		});
		bus.emit("executor.submission.settled", settlement(order));
		bus.emit("risk.settlement.booked", { settlement: settlement(order), signature: settlement(order).signature });
		bus.emit("executor.latency.measured", {
			executor: "e1",
			receivedToSigned: measured,
			approvedToSigned: measured,
			signedToSent: measured,
			sentToLanded: measured,
		});
		bus.broadcast("feed.slot.advanced", {
			shard: "main",
			slot: 447_552_300,
			blockHeight: 1,
			blockhash: "x" as never,
			lastValidBlockHeight: 150,
			chainSeconds: 1,
			epoch: 0,
			observedAtMicros: 1,
		});
		bus.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: 1 });
		const later = books({ slot: 447_552_200, lines: [bookLine({ fills: 3_000_100n })] });
		cuts[0] = later;
		bus.emit("risk.books.cut", later);
		// An older cut that was late changes nothing.
		bus.emit("risk.books.cut", books({ slot: 5 }));
		await until(async () => (await bus.call("monitor.status")).slot === 447_552_300);
		const status = await bus.call("monitor.status");
		expect(status.latencyMicros).toMatchObject({
			receivedToSigned: { p50: 248, count: 1 },
			foundToApproved: { p50: 40, count: 1 },
		});
		expect(status.equity?.profit).toBe(3_000_000n);
		const traces = await bus.call("monitor.intents", { limit: 10 });
		expect(traces.map((trace) => [trace.intent.intentId, trace.state, trace.verdict.status])).toEqual([
			[A, "landed", "approved"],
			["cccccccccccccccc", "none", "denied"],
		]);
		expect(await bus.call("monitor.intent", { intentId: A })).toMatchObject({ executor: "test-node" });
		expect(await bus.call("monitor.intent", { intentId: "dddddddddddddddd" as IntentId })).toBeNull();
	});
});

describe("the metrics", () => {
	test("tell the system's numbers, at every scrape anew, on the port and on the bus", async () => {
		let landed = 20;
		const { bus, metricsUrl } = await start([
			feed(),
			strategy(),
			peer("risk", { "risk.status": () => riskStatus({ landed }), "risk.books": () => books() }),
			executor(),
		]);
		await until(async () => (await bus.call("monitor.equity")).length > 0);
		const scrape = async (): Promise<string> => (await fetch(metricsUrl)).text();
		const text = await scrape();
		for (const line of [
			"mojo_up 1",
			"mojo_pools 3",
			"mojo_stale_pools 1",
			"mojo_updates_total 900",
			"mojo_intents_total 30",
			'mojo_denied_total{code="orderRate"} 3',
			"mojo_submitted_total 25",
			"mojo_landed_total 20",
			"mojo_unknown 0",
			'mojo_trading_state{state="active"} 1',
			'mojo_trading_state{state="halted"} 0',
			'mojo_book_difference{mint="EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",symbol="USDC"} 0',
			'mojo_realised_profit{mint="So11111111111111111111111111111111111111112",symbol="SOL"} -105000',
			'mojo_equity{symbol="USDC"} 1484150',
			'mojo_latency_microseconds{stage="receivedToSigned",quantile="0.99"} 0',
			"mojo_tick_gaps_total 0",
			"# TYPE mojo_landed_total counter",
		]) {
			expect(text.split("\n")).toContain(line);
		}
		landed = 21;
		expect(await scrape()).toContain("\nmojo_landed_total 21\n");
		expect(await bus.call("monitor.metrics")).toContain("\nmojo_landed_total 21\n");
		expect((await fetch(metricsUrl.replace("metrics", "nothing"))).status).toBe(404);
	});

	test("of Moleculer's own come in by event", async () => {
		const { broker, bus } = await start();
		broker.broadcastLocal("metrics.update", { name: "moleculer_nodes_total", method: "set", value: 77 });
		broker.broadcastLocal("$tracing.spans", [
			{
				name: "action 'risk.status'",
				service: { name: "risk" },
				duration: 3,
				error: { code: 500, name: "Error" },
				tags: { nodeID: "n1", action: { name: "risk.status" } },
			},
			{ name: "custom", duration: 1 },
		]);
		await until(async () => (await bus.call("monitor.metrics")).includes("moleculer_nodes_total 77"));
		const text = await bus.call("monitor.metrics");
		expect(text).toContain('moleculer_req_total{action="risk.status",service="risk",nodeID="n1"} 1');
		expect(text).toContain('errorCode="500"');
		expect(text).toContain('moleculer_req_total{action="custom",service="",nodeID=""} 1');
	});
});

describe("the account on the terminal", () => {
	test("tells the start, firsts, halts and the books at the end; without one nothing is said", async () => {
		const written: string[] = [];
		const write = process.stdout.write;
		process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write;
		try {
			const quiet = await start(everybody());
			await quiet.bus.call("monitor.farewell");
			expect(written).toEqual([]);
			const config = testConfig((base) => ({ ...base, monitoring: { ...base.monitoring, console: true } }));
			const { bus, metricsUrl } = await start(everybody(), config);
			const order = intent(A);
			bus.emit("risk.intent.approved", { intent: approved(order) });
			bus.emit("executor.submission.settled", settlement(order));
			bus.broadcast("risk.state.changed", stateRecord({ state: "halted", changedBy: "api", reason: "lunch" }));
			await until(() => written.join("").includes("lunch"));
			await bus.call("monitor.farewell");
			const text = written.join("");
			expect(text).toContain(`metrics    ${metricsUrl}`);
			expect(text).toContain("first opportunity after 0 s");
			expect(text).toContain("first trade landed after 0 s in slot 447552092: +0.384000 USDC");
			expect(text).toContain("books at slot 447552099");
		} finally {
			process.stdout.write = write;
		}
	});
});
