import { describe, expect, test } from "@jest/globals";
import type { Base64EncodedWireTransaction } from "@solana/web3.js";
import { Base58 } from "../../../../../libs/solana/base58.ts";
import { RpcBusyError, RpcExhaustedError } from "../../../../../libs/solana/rpc-router/errors.ts";
import { FakeNet, never, rpcError, settle, tooMany } from "./fake-net.ts";

const BYTES = Buffer.alloc(200, 7);
BYTES[0] = 1;
const TRANSACTION = BYTES.toString("base64") as Base64EncodedWireTransaction;
const SIGNATURE = new Base58().signature(BYTES.subarray(1, 65));

const send = (net: FakeNet, abortSignal?: AbortSignal) =>
	net.router.rpc
		.sendTransaction(TRANSACTION, { encoding: "base64", skipPreflight: true, maxRetries: 0n })
		.send(abortSignal ? { abortSignal } : undefined);

const sends = (net: FakeNet) => net.nodes.map((node) => node.count("sendTransaction"));

describe("when sending fails", () => {
	test("all failed: the error names each", async () => {
		const net = new FakeNet(3);
		net.node(0).react = () => rpcError(-32_003, "Transaction signature verification failure");
		net.node(1).react = () => tooMany("2");
		net.node(2).react = () => new Error("gone");
		const refused = await send(net).catch((error: Error) => error);
		expect(refused).toBeInstanceOf(RpcExhaustedError);
		expect((refused as Error).message).toBe(
			"no RPC endpoint takes it: https://node-2.example: gone; " +
				"https://node-0.example: Transaction signature verification failure (-32003); " +
				"https://node-1.example: HTTP 429; it is left alone for 2000 ms",
		);
	});

	test("one endpoint alone: its refusal comes as it is", async () => {
		const net = new FakeNet(1);
		net.node(0).react = () => rpcError(-32_002, "whatever", { err: "BlockhashNotFound" });
		await expect(send(net)).rejects.toThrow("Transaction simulation failed");
	});

	test("the caller's end ends it", async () => {
		const net = new FakeNet(2);
		for (const node of net.nodes) node.react = never;
		const abort = new AbortController();
		const sending = send(net, abort.signal);
		await settle();
		abort.abort(new Error("stopped"));
		await expect(sending).rejects.toThrow("stopped");
		expect(sends(net)).toEqual([1, 1]);
	});

	test("no more than 256 without an answer", async () => {
		const net = new FakeNet(1);
		net.node(0).react = never;
		const abort = new AbortController();
		const all = Array.from({ length: 256 }, () => send(net, abort.signal).catch(() => {}));
		await settle();
		await expect(send(net)).rejects.toThrow(RpcBusyError);
		abort.abort();
		await Promise.all(all);
	});
});

describe("hedging", () => {
	test("the same bytes to all healthy endpoints at once; the first that takes them is enough", async () => {
		const net = new FakeNet(3);
		net.node(0).react = never;
		net.node(1).react = () => rpcError(-32_005, "Node is behind by 50 slots");
		net.node(2).react = () => SIGNATURE;
		expect(await send(net)).toBe(SIGNATURE);
		expect(sends(net)).toEqual([1, 1, 1]);
		expect(new Set(net.nodes.map((node) => node.requests[0]?.params[0]))).toEqual(new Set([TRANSACTION]));
	});

	test("the requests are on their way before the call returns", () => {
		const net = new FakeNet(2);
		void send(net).catch(() => {});
		expect(sends(net)).toEqual([1, 1]);
	});

	test("a node that has it already has taken it; its signature is in the bytes", async () => {
		const net = new FakeNet(2);
		const known = () => rpcError(-32_002, "Transaction simulation failed", { err: "AlreadyProcessed" });
		net.node(0).react = () => new Error("gone");
		net.node(1).react = known;
		expect(await send(net)).toBe(SIGNATURE);
		const alone = new FakeNet(1);
		alone.node(0).react = known;
		expect(await send(alone)).toBe(SIGNATURE);
		const inBase58 = alone.router.rpc as unknown as {
			sendTransaction(bytes: string): { send(): Promise<unknown> };
		};
		await expect(inBase58.sendTransaction("111").send()).rejects.toThrow("simulation failed");
	});

	test("an endpoint that is out gets none, and the least bad one gets it when all are out", async () => {
		const net = new FakeNet(2);
		net.node(0).react = () => new Error("gone");
		for (let count = 0; count < 4; count++) await send(net);
		expect(sends(net)).toEqual([3, 4]);
		net.node(1).react = () => new Error("gone");
		for (let count = 0; count < 4; count++) await send(net).catch(() => {});
		expect(net.router.health().some(({ healthy }) => healthy)).toBe(false);
		const before = sends(net);
		await send(net).catch(() => {});
		expect(sends(net).reduce((a, b) => a + b) - before.reduce((a, b) => a + b)).toBe(1);
	});
});

describe("sends and reads", () => {
	test("a 429 on a read holds up reads alone", async () => {
		const net = new FakeNet(2);
		for (const node of net.nodes) {
			node.react = ({ method }) => (method === "sendTransaction" ? SIGNATURE : tooMany("60"));
		}
		await expect(net.router.rpc.getSlot().send()).rejects.toThrow("429");
		await expect(net.router.rpc.getSlot().send()).rejects.toThrow("ask again in 60000 ms");
		expect(await send(net)).toBe(SIGNATURE);
		expect(sends(net)).toEqual([1, 1]);
	});

	test("a 429 on a send holds up sends there alone; all of them paused, the soonest one is tried", async () => {
		const net = new FakeNet(2);
		net.node(0).react = ({ method }) => (method === "sendTransaction" ? tooMany("9") : 1);
		net.node(1).react = () => SIGNATURE;
		await send(net);
		await send(net);
		expect(sends(net)).toEqual([1, 2]);
		expect(await net.router.rpc.getBlockHeight().send()).toBe(1n);
		net.node(1).react = ({ method }) => (method === "sendTransaction" ? tooMany("3") : 1);
		await expect(send(net)).rejects.toThrow("429");
		net.node(1).react = () => SIGNATURE;
		expect(await send(net)).toBe(SIGNATURE);
		expect(sends(net)).toEqual([1, 4]);
	});

	test("sends have a budget of their own, and one goes out even beyond it", async () => {
		const net = new FakeNet(2, { read_requests_per_second: 1, send_requests_per_second: 2 });
		for (const node of net.nodes) node.react = () => SIGNATURE;
		for (let count = 0; count < 4; count++) await send(net);
		expect(sends(net).sort()).toEqual([2, 4]);
		const waiting = [0, 1, 2].map(() => net.router.rpc.getBlockHeight().send());
		await settle();
		await send(net);
		expect(sends(net).sort()).toEqual([2, 5]);
		await net.time.pass(1_000);
		await Promise.all(waiting);
	});
});
