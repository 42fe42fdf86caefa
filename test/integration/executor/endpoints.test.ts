import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ExecuteAck } from "../../../broker/contracts/executor.ts";
import { FaultyNode } from "../../support/faulty-node.ts";
import { Desk, until } from "./desk.ts";

let desk: Desk;
let second: FaultyNode;

beforeEach(async () => {
	desk = await Desk.open();
	second = await FaultyNode.start(desk.rpcUrl);
	Object.assign(desk.config, {
		chain: { ...desk.config.chain, rpc_urls: [second.url], probe_interval_ms: 50, request_timeout_ms: 1_000 },
	});
});

afterEach(async () => {
	await desk.close();
	await second.close();
});

const isAccepted = (ack: ExecuteAck) => ack.status === "accepted";

test("every transaction goes to both nodes, the same bytes, and lands once", async () => {
	const executor = await desk.start();
	const before = [desk.node.sent.length, second.sent.length];
	const intent = desk.intent();
	expect(isAccepted(await executor.execute(intent))).toBe(true);
	expect(await executor.settlement(intent)).toMatchObject({ outcome: "landed" });
	await until(() => second.sent.length > (before[1] as number), "the bytes at the second node");
	expect(second.sent.slice(before[1])[0]).toBe(desk.node.sent.slice(before[0])[0]);
	expect(await desk.transactionsOf(intent)).toHaveLength(1);
	const { endpoints } = await executor.status();
	expect(endpoints?.map(({ healthy, sends }) => [healthy, sends.failures])).toEqual([
		[true, 0],
		[true, 0],
	]);
});

test("reads that are refused by both nodes stop no send: the bytes land", async () => {
	const executor = await desk.start();
	let storm = true;
	const fault = (method: string) => (storm && method !== "sendTransaction" ? "lose" : "pass");
	desk.node.fault = fault;
	second.fault = fault;
	const intent = desk.intent();
	const ack = await executor.execute(intent);
	await until(() => desk.landed(ack), "the landing");
	storm = false;
	expect(await executor.settlement(intent)).toMatchObject({ outcome: "landed" });
});

test("one node alone proves no expiry while two are configured; both together do", async () => {
	const executor = await desk.start();
	let isAway = true;
	desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
	second.fault = (method) => (isAway || method === "sendTransaction" ? "lose" : "pass");
	const intent = desk.intent();
	await executor.execute(intent);
	desk.advance(300);
	await until(() => executor.warnings.some((line) => line.includes("absence is proven by 2")), "the complaint");
	expect(executor.settlements).toEqual([]);
	isAway = false;
	expect(await executor.settlement(intent)).toMatchObject({ outcome: "expired" });
});
