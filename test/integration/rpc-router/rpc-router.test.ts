import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Address, Base64EncodedWireTransaction } from "@solana/web3.js";
import { systemClock } from "../../../libs/clock.ts";
import { seededRandom } from "../../../libs/random.ts";
import { RpcRouter } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { freePorts } from "../../support/ports.ts";
import { until } from "../../support/until.ts";
import { FakeNode } from "./fake-node.ts";

const ACCOUNT = "So11111111111111111111111111111111111111112" as Address;
const TRANSACTION = Buffer.alloc(300, 1).toString("base64") as Base64EncodedWireTransaction;

let nodes: FakeNode[];
let router: RpcRouter;
let disagreements: string[];

beforeEach(async () => {
	nodes = await Promise.all((await freePorts(3)).map((port) => FakeNode.start(port)));
	disagreements = [];
	router = new RpcRouter({
		chain: {
			rpc_url: at(0).url,
			rpc_urls: [at(1).url, at(2).url],
			request_timeout_ms: 3_000,
			read_requests_per_second: 1_000,
			send_requests_per_second: 1_000,
			probe_interval_ms: 50,
			maximum_slot_lag: 5,
		},
		clock: systemClock,
		random: seededRandom(1),
		onDisagreement: (detail) => void disagreements.push(detail),
	});
	router.start();
	await until(() => router.health().every(({ slot }) => slot !== null), { what: "the first probes" });
});

afterEach(async () => {
	router.stop();
	await Promise.all(nodes.map((node) => node.close().catch(() => {})));
});

function at(index: number): FakeNode {
	return nodes[index] as FakeNode;
}

const sent = () => nodes.map((node) => node.sent.length);
const isHealthy = (index: number) => router.health()[index]?.healthy;
const read = () => router.rpc.getBlockHeight().send();
const send = () => router.rpc.sendTransaction(TRANSACTION, { encoding: "base64", skipPreflight: true }).send();

test("a lagging node is out, gets neither reads nor sends, and is in again when it has caught up", async () => {
	for (const node of nodes) node.slot = 2_000;
	at(0).slot = 1_990;
	await until(() => isHealthy(0) === false, { what: "the laggard to be out" });
	const before = at(0).count("getBlockHeight");
	await Promise.all([read(), read(), send()]);
	await until(() => sent().join() === "0,1,1", { what: "the bytes at the other two" });
	expect(at(0).count("getBlockHeight")).toBe(before);
	at(0).slot = 2_000;
	await until(() => isHealthy(0) === true, { what: "the node to be in again" });
});

test("a dying node: no read fails, sends go on, and it comes back", async () => {
	await at(0).close();
	const answers = await Promise.all(Array.from({ length: 20 }, () => read()));
	expect(answers.every((height) => height === 1_000n)).toBe(true);
	await until(() => isHealthy(0) === false, { what: "the dead node to be out" });
	await send();
	await until(() => sent().join() === "0,1,1", { what: "the bytes at the other two" });
	await at(0).open();
	await until(() => isHealthy(0) === true, { what: "the node to be back", timeoutMs: 15_000 });
}, 30_000);

test("a storm of 429 on reads: reads wait as they were told, and every send passes", async () => {
	for (const node of nodes) {
		node.react = (method) =>
			method === "sendTransaction" ? undefined : { status: 429, headers: { "retry-after": "30" }, body: {} };
	}
	await until(() => router.health().every(({ reads }) => reads.pausedMs > 0), { what: "all to be paused" });
	const before = nodes.map((node) => node.count("getBlockHeight"));
	const refusals = await Promise.allSettled(Array.from({ length: 50 }, () => read()));
	expect(refusals.every((one) => one.status === "rejected" && /ask again in \d+ ms/.test(one.reason.message))).toBe(
		true,
	);
	expect(nodes.map((node) => node.count("getBlockHeight"))).toEqual(before);
	await Promise.all(Array.from({ length: 10 }, () => send()));
	await until(() => sent().join() === "10,10,10", { what: "all sends at all nodes" });
	expect(router.health().map(({ sends }) => [sends.failures, sends.pausedMs])).toEqual([
		[0, 0],
		[0, 0],
		[0, 0],
	]);
});

test("hedged: the same bytes at every node, and one that takes them is enough", async () => {
	at(0).react = (method) => (method === "sendTransaction" ? { status: 500, body: {} } : undefined);
	at(1).react = (method) =>
		method === "sendTransaction" ? { body: { error: { code: -32_005, message: "behind" } } } : undefined;
	expect(await send()).toBe(1_000n);
	await until(() => nodes.every(({ sent }) => sent.length === 1), { what: "the bytes everywhere" });
	expect(new Set(nodes.flatMap(({ sent }) => sent))).toEqual(new Set([TRANSACTION]));
});

test("two nodes that tell different balances of one slot: neither is believed", async () => {
	nodes.forEach((node, index) => {
		node.react = (method) =>
			method === "getMultipleAccounts"
				? {
						body: {
							result: { context: { slot: 7 }, value: [{ lamports: index, owner: ACCOUNT, data: ["", "base64"] }] },
						},
					}
				: undefined;
	});
	const reading = router.truth.getMultipleAccounts([ACCOUNT], { encoding: "base64" }).send();
	await expect(reading).rejects.toThrow("the RPC endpoints disagree");
	expect(disagreements).toHaveLength(1);
});
