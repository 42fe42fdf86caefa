import { describe, expect, test } from "@jest/globals";
import { seededRandom } from "../../../../../libs/random.ts";
import { endpointName } from "../../../../../libs/solana/rpc-router/endpoint.ts";
import { Ranking } from "../../../../../libs/solana/rpc-router/ranking.ts";
import { RpcRouter } from "../../../../../libs/solana/rpc-router/rpc-router.ts";
import { systemScheduler } from "../../../../../libs/solana/rpc-router/scheduler.ts";
import { FakeNet, FakeTime, json } from "./fake-net.ts";

const CHAIN = {
	request_timeout_ms: 1_000,
	read_requests_per_second: 10,
	send_requests_per_second: 10,
	probe_interval_ms: 400,
	maximum_slot_lag: 5,
};

describe("secrets", () => {
	test("no name, health or error holds a key, a path or a password", async () => {
		expect(endpointName("https://user:secret@host.example:8443/v2/KEY?api-key=secret")).toBe(
			"https://host.example:8443",
		);
		const net = new FakeNet(2);
		for (const node of net.nodes) node.react = () => new Error("gone");
		const refused = await net.router.rpc
			.getSlot()
			.send()
			.catch((error: Error) => error);
		const told = JSON.stringify([net.router.health(), (refused as Error).message, net.router.witnesses()]);
		expect(told).not.toMatch(/key-\d|secret|api-key/);
	});

	test("credentials of an address go into a header, as fetch takes none in an address", async () => {
		const seen: unknown[] = [];
		const time = new FakeTime();
		const router = new RpcRouter({
			chain: { ...CHAIN, rpc_url: "https://us%40er:pass@host.example/x?api-key=1", rpc_urls: [] },
			clock: time,
			scheduler: time,
			random: seededRandom(1),
			fetch: async (url, init) => {
				seen.push(String(url), new Headers(init?.headers).get("authorization"));
				return json({ result: 5 });
			},
		});
		await router.rpc.getSlot().send();
		const credentials = Buffer.from("us@er:pass").toString("base64");
		expect(seen).toEqual(["https://host.example/x?api-key=1", `Basic ${credentials}`]);
	});
});

describe("endpoints", () => {
	test("none is no router", () => {
		expect(() => new Ranking([])).toThrow("chain.rpc_url");
	});

	test("the same address twice is one; two keys at one host are two, told apart", () => {
		const router = new RpcRouter({
			chain: { ...CHAIN, rpc_url: "https://a/1", rpc_urls: ["https://a/1", "https://a/2", "https://b"] },
			clock: new FakeTime(),
			random: seededRandom(1),
		});
		expect(router.size).toBe(3);
		expect(router.health().map(({ endpoint }) => endpoint)).toEqual(["https://a", "https://a #2", "https://b"]);
	});

	test("how they are", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => new Error("gone");
		expect(net.health(1)).toEqual({
			endpoint: "https://node-1.example",
			healthy: true,
			slot: null,
			lagSlots: 0,
			errorRate: 0,
			latencyMicros: null,
			oversized: 0,
			reads: { requests: 0, failures: 0, inFlight: 0, pausedMs: 0 },
			sends: { requests: 0, failures: 0, inFlight: 0, pausedMs: 0 },
		});
		net.node(1).react = () => new Promise((resolve) => void net.time.after(20, () => resolve(1)));
		const reading = net.router.rpc.getSlot().send();
		await net.time.pass(20);
		await reading;
		expect(net.health(0)).toMatchObject({ errorRate: 1, reads: { requests: 1, failures: 1 } });
		expect(net.health(1)).toMatchObject({ errorRate: 0, latencyMicros: 20_000, reads: { requests: 1, failures: 0 } });
	});

	test("one alone is a witness whatever it failed before; one of several is not while it is out", async () => {
		for (const [count, names] of [
			[1, ["https://node-0.example"]],
			[2, ["https://node-1.example"]],
		] as const) {
			const net = new FakeNet(count);
			net.node(0).react = () => new Error("gone");
			for (let failures = 0; failures < 3; failures++)
				await net.router.rpc
					.getSlot()
					.send()
					.catch(() => {});
			expect(net.health(0).healthy).toBe(false);
			expect(net.router.witnesses().map(({ name }) => name)).toEqual(names);
		}
	});

	test("a witness is one endpoint, asked alone, and left alone when it wants to be", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => new Response("", { status: 429, headers: { "retry-after": "4" } });
		net.node(1).react = () => 6;
		const [first, second] = net.router.witnesses();
		await expect(first?.rpc.getSlot().send()).rejects.toThrow("429");
		await expect(first?.rpc.getSlot().send()).rejects.toThrow("ask again in 4000 ms");
		expect(await second?.rpc.getSlot().send()).toBe(6n);
		expect(net.router.witnesses().map(({ name }) => name)).toEqual(["https://node-1.example"]);
		expect(net.node(0).requests).toHaveLength(1);
	});
});

test("the process's timers keep no process alive and can be called off", async () => {
	let runs = 0;
	const cancel = systemScheduler.after(1, () => void runs++);
	cancel();
	cancel();
	await new Promise<void>((done) => {
		const hold = setTimeout(() => {}, 1_000);
		systemScheduler.after(5, () => {
			clearTimeout(hold);
			done();
		});
	});
	expect(runs).toBe(0);
});
