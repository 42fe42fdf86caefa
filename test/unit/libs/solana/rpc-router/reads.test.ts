import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { RpcBusyError, RpcExhaustedError, RpcPausedError } from "../../../../../libs/solana/rpc-router/errors.ts";
import { FakeNet, json, never, rpcError, settle, tooMany } from "./fake-net.ts";

const ACCOUNT = "So11111111111111111111111111111111111111112" as Address;

const height = (net: FakeNet, abortSignal?: AbortSignal) =>
	net.router.rpc.getBlockHeight().send(abortSignal ? { abortSignal } : undefined);

const reads = (net: FakeNet) => net.nodes.map((node) => node.count("getBlockHeight"));

describe("pauses that an endpoint asks for", () => {
	test("all of them paused: one clear error that names the wait, and nobody is asked", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => tooMany("30");
		net.node(1).react = () => tooMany("7");
		await expect(height(net)).rejects.toThrow(RpcExhaustedError);
		expect(reads(net)).toEqual([1, 1]);
		const refused = await height(net).catch((error: unknown) => error);
		expect(refused).toBeInstanceOf(RpcPausedError);
		expect((refused as RpcPausedError).waitMs).toBe(7_000);
		expect((refused as Error).message).toContain("https://node-0.example 30000 ms, https://node-1.example 7000 ms");
		expect((refused as Error).message).toContain("ask again in 7000 ms");
		expect((refused as Error).message).not.toContain("key-");
		expect(reads(net)).toEqual([1, 1]);
	});

	test("a paused endpoint is left alone to the millisecond, and the other one asked meanwhile", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => tooMany("2");
		net.node(1).react = () => 5;
		expect(await height(net)).toBe(5n);
		net.node(0).react = () => 6;
		await net.time.pass(1_999);
		expect(await height(net)).toBe(5n);
		expect(reads(net)).toEqual([1, 2]);
		net.node(1).react = () => tooMany("9");
		await net.time.pass(1);
		expect(await height(net)).toBe(6n);
	});

	test("by a date, and by 503", async () => {
		const net = new FakeNet(2);
		const until = new Date(net.time.epochMicros() / 1_000 + 5_000).toUTCString();
		net.node(0).react = () => tooMany(until, 503);
		await height(net);
		const { pausedMs } = net.health(0).reads;
		expect(pausedMs).toBeGreaterThan(3_900);
		expect(pausedMs).toBeLessThanOrEqual(5_000);
	});

	test("without a date the pause doubles, and a good answer sets it back", async () => {
		const net = new FakeNet(2);
		const pauses: number[] = [];
		net.node(0).react = () => tooMany();
		for (let round = 0; round < 5; round++) {
			net.node(1).react = () => "ok";
			await height(net);
			const { pausedMs } = net.health(0).reads;
			pauses.push(pausedMs);
			await net.time.pass(pausedMs);
		}
		expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
		net.node(0).react = () => "ok";
		await height(net);
		net.node(0).react = () => tooMany();
		await height(net);
		expect(net.health(0).reads.pausedMs).toBe(1_000);
	});

	test("a 503 without a date is a failure, not a pause", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => tooMany(undefined, 503);
		await height(net);
		expect(net.health(0).reads).toMatchObject({ pausedMs: 0, failures: 1 });
	});
});

describe("failover", () => {
	test("one endpoint: its complaint comes through, and it is asked once", async () => {
		const net = new FakeNet(1);
		net.node(0).react = () => new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
		await expect(height(net)).rejects.toThrow("https://node-0.example: ECONNREFUSED");
		expect(reads(net)).toEqual([1]);
	});

	test("to at most three endpoints, naming the complaint of each", async () => {
		const net = new FakeNet(4);
		net.node(0).react = () => new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
		net.node(1).react = () => json({ error: { code: 1, message: "overloaded" } }, { status: 500 });
		net.node(2).react = () => new Response("<html>");
		const refused = await height(net).catch((error: Error) => error);
		expect(refused).toBeInstanceOf(RpcExhaustedError);
		expect((refused as Error).message).toBe(
			"no RPC endpoint answers getBlockHeight: https://node-0.example: ECONNRESET; " +
				"https://node-1.example: HTTP 500: overloaded; https://node-2.example: the answer is no JSON-RPC answer",
		);
		expect(reads(net)).toEqual([1, 1, 1, 0]);
	});

	test("an answer that speaks of the node leads to the next; when all say so the caller hears it", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => rpcError(-32_016, "Minimum context slot has not been reached", { contextSlot: 3 });
		net.node(1).react = () => 8;
		expect(await height(net)).toBe(8n);
		net.node(1).react = () => rpcError(-32_601, "Method not found");
		await expect(height(net)).rejects.toThrow("Minimum context slot");
	});

	test("an answer that speaks of the question is an answer", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => rpcError(-32_602, "Invalid params: no");
		await expect(height(net)).rejects.toThrow("Invalid params");
		expect(reads(net)).toEqual([1, 0]);
	});

	test("one that hangs is left after its part of the time", async () => {
		const net = new FakeNet(2);
		net.node(0).react = never;
		net.node(1).react = () => 4;
		const answer = height(net);
		await net.time.pass(999);
		expect(reads(net)).toEqual([1, 0]);
		await net.time.pass(1);
		expect(await answer).toBe(4n);
		expect(net.health(0).reads.failures).toBe(1);
	});

	test("a search of a whole program is not cut short", async () => {
		const net = new FakeNet(2);
		let tell: (result: unknown) => void = () => {};
		net.node(0).react = () => new Promise((resolve) => (tell = resolve));
		const answer = net.router.rpc.getProgramAccounts(ACCOUNT).send();
		await net.time.pass(2_900);
		tell([]);
		expect(await answer).toEqual([]);
		expect(net.node(1).requests).toEqual([]);
		expect(net.health(0).latencyMicros).toBeNull();
	});

	test("the caller's end is the end: nobody else is asked, and the endpoint is not blamed", async () => {
		const net = new FakeNet(2);
		net.node(0).react = never;
		const abort = new AbortController();
		const answer = height(net, abort.signal);
		await settle();
		abort.abort(new Error("stopped"));
		await expect(answer).rejects.toThrow("stopped");
		expect(reads(net)).toEqual([1, 0]);
		expect(net.health(0).reads.failures).toBe(0);
		const timeout = new AbortController();
		const late = height(net, timeout.signal);
		await settle();
		timeout.abort(new DOMException("late", "TimeoutError"));
		await expect(late).rejects.toThrow("no answer in time");
		expect(net.health(0).reads.failures).toBe(1);
	});

	test("an airdrop is never asked for twice", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => new Error("gone");
		const { rpc } = net.router as unknown as {
			readonly rpc: { requestAirdrop(to: Address, lamports: bigint): { send(): Promise<unknown> } };
		};
		await expect(rpc.requestAirdrop(ACCOUNT, 1n).send()).rejects.toThrow("gone");
		expect(net.node(1).requests).toEqual([]);
	});
});

describe("the order of endpoints", () => {
	test("dead after three failures: not asked while another is well, asked when none is", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => new Error("gone");
		for (let count = 0; count < 5; count++) await height(net);
		expect(reads(net)).toEqual([3, 5]);
		expect(net.health(0)).toMatchObject({ healthy: false });
		net.node(1).react = () => new Error("gone too");
		for (let count = 0; count < 3; count++) await expect(height(net)).rejects.toThrow("gone");
		expect(net.health(1).healthy).toBe(false);
		net.node(0).react = () => 3;
		expect(await height(net)).toBe(3n);
	});

	test("one that fails more than half of its requests is out, until its failures are forgotten", async () => {
		const net = new FakeNet(2);
		let count = 0;
		net.node(0).react = () => (++count % 3 === 0 ? 1 : new Error("shaky"));
		for (let round = 0; round < 20; round++) await height(net);
		expect(net.health(0).healthy).toBe(false);
		expect(net.health(0).errorRate).toBeGreaterThan(0.5);
		await net.time.pass(20_000);
		expect(net.health(0).healthy).toBe(true);
	});

	test("the first place changes only for one that is twice as quick", async () => {
		const net = new FakeNet(2);
		const takes = (ms: number) => () => new Promise((resolve) => void net.time.after(ms, () => resolve(1)));
		net.node(0).react = takes(100);
		net.node(1).react = takes(60);
		const ask = async () => {
			const answer = height(net);
			await net.time.pass(100);
			await answer;
		};
		await ask();
		net.node(0).react = () => tooMany("1");
		await ask();
		net.node(0).react = takes(100);
		await net.time.pass(1_000);
		const before = reads(net);
		await ask();
		expect(reads(net)[1]).toBe((before[1] as number) + 1);
		net.node(1).react = takes(99);
		for (let round = 0; round < 10; round++) await ask();
		expect(reads(net)[0]).toBe(before[0]);
	});
});

describe("budgets", () => {
	test("beyond its budget the next endpoint is asked; beyond all budgets a read waits for its turn", async () => {
		const net = new FakeNet(2, { read_requests_per_second: 2 });
		await Promise.all([height(net), height(net), height(net), height(net)]);
		expect(reads(net)).toEqual([2, 2]);
		let done = 0;
		const late = [height(net), height(net), height(net)].map((answer) => answer.then(() => done++));
		await net.time.pass(499);
		expect(done).toBe(0);
		await net.time.pass(1);
		expect(done).toBe(2);
		await net.time.pass(500);
		await Promise.all(late);
	});

	test("no more than 64 in flight at one endpoint, counted; the next goes when one is answered", async () => {
		const net = new FakeNet(1);
		const answers: ((result: number) => void)[] = [];
		net.node(0).react = () => new Promise((resolve) => void answers.push(resolve));
		const all = Array.from({ length: 66 }, () => height(net));
		await settle();
		expect([answers.length, net.health(0).reads.inFlight]).toEqual([64, 64]);
		answers[0]?.(1);
		await settle();
		expect(answers).toHaveLength(65);
		for (const answer of answers.slice(1)) answer(1);
		await settle();
		answers[65]?.(1);
		expect(await Promise.all(all)).toHaveLength(66);
		expect(net.health(0).reads.inFlight).toBe(0);
	});

	test("those that wait are bounded, and leave when they are aborted", async () => {
		const net = new FakeNet(1);
		net.node(0).react = never;
		const abort = new AbortController();
		const all = Array.from({ length: 64 + 1_024 }, () => height(net, abort.signal).catch((error: Error) => error));
		await settle();
		await expect(height(net)).rejects.toThrow(RpcBusyError);
		abort.abort(new Error("stopped"));
		for (const ended of await Promise.all(all)) expect(ended).toMatchObject({ message: "stopped" });
		net.node(0).react = () => 2;
		expect(await height(net)).toBe(2n);
		await expect(height(net, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
	});

	test("those that wait hear of a pause", async () => {
		const net = new FakeNet(1, { read_requests_per_second: 1 });
		let refuse: (response: Response) => void = () => {};
		net.node(0).react = () => new Promise((resolve) => (refuse = resolve));
		const first = height(net).catch((error: Error) => error);
		const second = height(net).catch((error: Error) => error);
		await settle();
		refuse(tooMany("3"));
		expect(await second).toBeInstanceOf(RpcPausedError);
		expect(await first).toMatchObject({ statusCode: 429 });
	});
});
