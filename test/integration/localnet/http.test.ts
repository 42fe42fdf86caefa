import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "../../../libs/clock.ts";
import { PubSubServer } from "../../../services/localnet/pubsub/pubsub-server.ts";
import { ListenError } from "../../../services/localnet/rpc/listen.ts";
import { type RpcLimits, RpcServer } from "../../../services/localnet/rpc/rpc-server.ts";
import { type LocalChain, startLocalChain } from "./local-chain.ts";

const started: LocalChain[] = [];

async function start(limits: Partial<RpcLimits> = {}): Promise<LocalChain> {
	const local = await startLocalChain({ slotDurationMs: 0, rpc: { limits } });
	started.push(local);
	return local;
}

afterEach(async () => {
	await Promise.all(started.splice(0).map((local) => local.close()));
});

const JSON_TYPE = { "content-type": "application/json" };

function post(local: LocalChain, body: string, headers: Record<string, string> = JSON_TYPE): Promise<Response> {
	return fetch(local.rpcServer.url, { method: "POST", body, headers });
}

function call(method: string, id = 1): string {
	return JSON.stringify({ jsonrpc: "2.0", id, method });
}

test("what is no call is turned away: method, content type, JSON, form", async () => {
	const local = await start();
	expect((await fetch(local.rpcServer.url)).status).toBe(405);
	const form = await post(local, call("getSlot"), { "content-type": "text/plain" });
	expect(form.status).toBe(415);
	for (const [body, code] of [
		["{", -32_700],
		["", -32_700],
		["7", -32_600],
		["[]", -32_600],
		['{"jsonrpc":"2.0","id":1,"method":"getNothing"}', -32_601],
		["[".repeat(20_000), -32_700],
	] as const) {
		const answer = await post(local, body);
		expect(answer.status).toBe(200);
		expect(await answer.json()).toMatchObject({ jsonrpc: "2.0", error: { code } });
	}
	expect(await (await fetch(`${local.rpcServer.url}/health`)).text()).toBe("ok");
});

test("too large a body is refused, announced or not, and the server goes on", async () => {
	const local = await start({ maxBodyBytes: 1_000 });
	const answer = await post(local, " ".repeat(5_000));
	expect(answer.status).toBe(413);
	expect(await answer.json()).toMatchObject({
		error: { code: -32_030, message: expect.stringContaining("1000 bytes") },
	});
	const ended = await new Promise<string>((resolve) => {
		const options = { port: local.rpcServer.port, host: "127.0.0.1", method: "POST", headers: JSON_TYPE };
		const request = httpRequest(options, (response) => resolve(String(response.statusCode)));
		request.on("error", () => resolve("ended"));
		request.write(Buffer.alloc(200_000));
		request.end();
	});
	expect(["413", "ended"]).toContain(ended);
	expect((await post(local, call("getHealth"))).status).toBe(200);
	expect(local.rpcServer.counters.refused).toBeGreaterThanOrEqual(1);
});

test("a flood on one connection is refused with 429", async () => {
	const local = await start({ maxRequestsPerSecond: 50, maxBatch: 100 });
	const batch = (size: number) => `[${Array.from({ length: size }, (_, id) => call("getSlot", id)).join(",")}]`;
	const flood = await post(local, batch(60));
	expect(flood.status).toBe(429);
	expect(flood.headers.get("retry-after")).toBe("1");
	expect(await flood.json()).toMatchObject({ error: { code: -32_029 } });
	const answers = (await (await post(local, batch(20))).json()) as { id: number; result: number }[];
	expect(answers.map(({ id, result }) => [id, result])).toEqual(Array.from({ length: 20 }, (_, id) => [id, 0]));
});

test("notifications are answered with nothing, in a batch by leaving them out", async () => {
	const local = await start();
	const notification = JSON.stringify({ jsonrpc: "2.0", method: "getSlot" });
	expect((await post(local, notification)).status).toBe(204);
	expect(await (await post(local, `[${notification},${call("getHealth", 5)}]`)).json()).toEqual([
		{ jsonrpc: "2.0", id: 5, result: "ok" },
	]);
});

test("connections beyond the limit are dropped, and counted", async () => {
	const local = await start({ maxConnections: 2 });
	const sockets = Array.from({ length: 3 }, () => connect(local.rpcServer.port, "127.0.0.1"));
	await Promise.any(sockets.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))));
	expect(local.rpcServer.counters.refused).toBe(1);
	for (const socket of sockets) socket.destroy();
});

test("garbage on the wire ends its connection and nothing else", async () => {
	const local = await start();
	const socket = connect(local.rpcServer.port, "127.0.0.1");
	const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
	socket.on("error", () => {});
	socket.write("\u0000\u0001 not HTTP at all\r\n\r\n");
	await closed;
	const half = connect(local.rpcServer.port, "127.0.0.1");
	await new Promise<void>((resolve) => half.once("connect", () => resolve()));
	half.write("POST / HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
	half.destroy();
	expect((await post(local, call("getHealth"))).status).toBe(200);
});

test("a port in use is named with the fix, and nothing is left behind", async () => {
	const local = await start();
	const { chain } = local;
	const { port } = local.rpcServer;
	for (const [server, key] of [
		[RpcServer, "localnet.rpc_port"],
		[PubSubServer, "localnet.ws_port"],
	] as const) {
		const starting: Promise<unknown> = server.start({ chain, port, clock: systemClock });
		const error = await starting.then(
			() => null,
			(reason: unknown) => reason,
		);
		if (!(error instanceof ListenError)) throw new Error("it started twice");
		expect(error.code).toBe("port_in_use");
		expect(error.message).toBe(`port ${port} on 127.0.0.1 is in use: stop the other program or set ${key}`);
	}
	await local.close();
	const again = await RpcServer.start({ chain, port, clock: systemClock });
	expect(again.port).toBe(port);
	await again.close();
	await again.close();
});
