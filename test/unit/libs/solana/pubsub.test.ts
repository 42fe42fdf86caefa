import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type WebSocket, WebSocketServer } from "ws";
import { systemClock } from "../../../../libs/clock.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { PubsubClient, type PubsubOptions } from "../../../../libs/solana/pubsub.ts";

interface Request {
	readonly id: number;
	readonly method: string;
	readonly params: unknown[];
}

/** A PubSub server that a test steers. Subscription ids begin anew with every connection. */
class TestServer {
	readonly #server: WebSocketServer;
	readonly sockets: WebSocket[] = [];
	readonly requests: Request[] = [];
	/** What to answer; null leaves a request without an answer. */
	answer: (request: Request, nextId: () => number) => object | null = (request, nextId) => ({
		id: request.id,
		result: request.method.endsWith("Unsubscribe") ? true : nextId(),
	});
	answersPings = true;
	port = 0;

	constructor(port = 0) {
		this.#server = new WebSocketServer({ port, host: "127.0.0.1", autoPong: false });
		this.#server.on("connection", (socket) => this.#accept(socket));
	}

	get url(): string {
		return `ws://127.0.0.1:${this.port}`;
	}

	get last(): WebSocket {
		return this.sockets.at(-1)!;
	}

	async ready(): Promise<this> {
		if (!this.#server.address()) await once(this.#server, "listening");
		this.port = (this.#server.address() as AddressInfo).port;
		return this;
	}

	send(message: object | string): void {
		this.last.send(typeof message === "string" ? message : JSON.stringify(message));
	}

	notify(subscription: number, result: unknown): void {
		this.send({ jsonrpc: "2.0", method: "testNotification", params: { subscription, result } });
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.terminate();
		await new Promise((done) => this.#server.close(done));
	}

	#accept(socket: WebSocket): void {
		let id = 0;
		this.sockets.push(socket);
		socket.on("ping", () => {
			if (this.answersPings) socket.pong();
		});
		socket.on("message", (data) => {
			const request = JSON.parse(data.toString()) as Request;
			this.requests.push(request);
			const answer = this.answer(request, () => ++id);
			if (answer) socket.send(JSON.stringify({ jsonrpc: "2.0", ...answer }));
		});
	}
}

let server: TestServer;
let client: PubsubClient;
let events: string[];

beforeEach(async () => {
	server = await new TestServer().ready();
	events = [];
});

afterEach(async () => {
	client.close();
	await server.close();
});

function connect(options: Partial<PubsubOptions> = {}): PubsubClient {
	client = new PubsubClient({
		url: server.url,
		clock: systemClock,
		random: seededRandom(1),
		reconnectMinMs: 5,
		reconnectMaxMs: 20,
		silenceMs: 10_000,
		aliveBy: "pongs",
		onConnected: () => events.push("connected"),
		onDisconnected: (reason) => events.push(`lost: ${reason}`),
		onAttemptFailed: (reason) => events.push(`failed: ${reason}`),
		...options,
	});
	return client;
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((wake) => setTimeout(wake, 2));
}

const connections = (): number => events.filter((event) => event === "connected").length;

describe("a server that misbehaves", () => {
	test("garbage and strangers are counted, never thrown, and what follows still arrives", async () => {
		const results: unknown[] = [];
		connect().subscribe({ method: "slotSubscribe", params: [], onNotification: (result) => results.push(result) });
		client.start();
		await until(() => client.connected);
		for (const text of ["", "{", "[]", '{"id":"x"}']) server.send(text);
		server.last.send(Buffer.from([1, 2, 3]));
		server.notify(99, "of nobody");
		server.send({ id: 12_345, result: 1 });
		server.send({ id: 12_346, error: { code: 1, message: "of nobody" } });
		server.notify(1, "mine");
		await until(() => results.length === 1);
		expect(results).toEqual(["mine"]);
		expect(client.counters).toMatchObject({ garbage: 5, unknown: 3, refused: 0, connections: 1 });
		expect(client.connected).toBe(true);
	});

	test("a refused subscription is told, and asked for again on the next connection", async () => {
		const refusals: string[] = [];
		server.answer = ({ id, method }, nextId) =>
			method === "accountSubscribe" ? { id, error: { code: -32602, message: "no room" } } : { id, result: nextId() };
		connect();
		for (const method of ["slotSubscribe", "accountSubscribe"] as const) {
			client.subscribe({
				method,
				params: [],
				onNotification: () => {},
				onRefused: (code, message) => refusals.push(`${method} ${code} ${message}`),
			});
		}
		client.start();
		await until(() => client.connected);
		expect(refusals).toEqual(["accountSubscribe -32602 no room"]);
		server.answer = ({ id }) => ({ id, result: "not a number" });
		server.last.terminate();
		await until(() => connections() === 2);
		expect(refusals).toHaveLength(3);
		expect(client.counters.refused).toBe(3);
	});

	test("a connection on which nothing is heard is dropped", async () => {
		server.answersPings = false;
		connect({ silenceMs: 40 }).start();
		await until(() => connections() >= 2);
		expect(events[1]).toBe("lost: silent for 40 ms");
	});

	test("after this process stood still, what has arrived meanwhile is heard before anybody is judged", async () => {
		let stoodStillMicros = 0;
		const monotonicMicros = () => systemClock.monotonicMicros() + stoodStillMicros;
		connect({ silenceMs: 2_000, clock: { ...systemClock, monotonicMicros } }).start();
		await until(() => connections() === 1);
		const pings = countPings(server.last);
		stoodStillMicros = 60_000_000;
		await until(() => pings() >= 2);
		expect(events).toEqual(["connected"]);
	});

	test("a subscription may take longer to be answered than a socket may be silent", async () => {
		server.answer = () => null;
		connect({ silenceMs: 60, answerMs: 200 }).subscribe({
			method: "slotSubscribe",
			params: [],
			onNotification: () => {},
		});
		client.start();
		await until(() => events.length > 0);
		expect(events[0]).toBe("failed: a request without an answer for 200 ms");
	});

	test("answers to pings keep a client alive that counts them, and do not where messages are due", async () => {
		connect({ silenceMs: 60, aliveBy: "messages" }).start();
		await until(() => connections() >= 2);
		client.close();
		events.length = 0;
		connect({ silenceMs: 60 }).start();
		await until(() => connections() === 1);
		const pings = countPings(server.last);
		await until(() => pings() >= 12);
		expect(events).toEqual(["connected"]);
	});

	test("a request without an answer ends the connection, whatever else arrives", async () => {
		server.answer = () => null;
		connect({ silenceMs: 60 }).subscribe({ method: "slotSubscribe", params: [], onNotification: () => {} });
		client.start();
		await until(() => events.length >= 2);
		expect(events.slice(0, 2)).toEqual(Array(2).fill("failed: a request without an answer for 60 ms"));
		expect(client.connected).toBe(false);
	});

	test("an absent server is tried again and again, and found when it comes", async () => {
		const { port } = server;
		await server.close();
		connect().start();
		await until(() => events.length >= 3);
		expect(events[0]).toMatch(/^failed: .*ECONNREFUSED/);
		server = await new TestServer(port).ready();
		await until(() => client.connected);
	});
});

describe("a client that outlives its connections", () => {
	test("subscribes again to everything before it says that it is back", async () => {
		const results: unknown[] = [];
		connect();
		for (let account = 0; account < 5; account++) {
			client.subscribe({
				method: "accountSubscribe",
				params: [account],
				onNotification: (result) => results.push([account, result]),
			});
		}
		client.start();
		await until(() => client.connected);
		server.last.close(1012);
		await until(() => connections() === 2);
		expect(events).toEqual(["connected", "lost: closed by the server with code 1012", "connected"]);
		expect(server.requests.map(({ params }) => params[0])).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
		server.notify(3, "after");
		await until(() => results.length > 0);
		expect(results).toEqual([[2, "after"]]);
		expect(client.counters.connections).toBe(2);
	});

	test("what was notified to an old connection's number does not reach a new subscription's owner twice", async () => {
		const results: unknown[] = [];
		connect();
		const first = client.subscribe({ method: "aSubscribe", params: [], onNotification: () => results.push("first") });
		client.subscribe({ method: "bSubscribe", params: [], onNotification: () => results.push("second") });
		client.start();
		await until(() => client.connected);
		first.unsubscribe();
		client.drop("for the test");
		await until(() => connections() === 2);
		server.notify(1, null);
		await until(() => results.length > 0);
		expect(results).toEqual(["second"]);
	});

	test("never has more requests without an answer than the bound allows", async () => {
		const waiting: Request[] = [];
		server.answer = (request) => {
			waiting.push(request);
			return null;
		};
		connect({ maximumPending: 3 });
		for (let index = 0; index < 10; index++) {
			client.subscribe({ method: "accountSubscribe", params: [index], onNotification: () => {} });
		}
		client.start();
		let answered = 0;
		while (answered < 10) {
			await until(() => waiting.length > 0);
			expect(waiting.length).toBeLessThanOrEqual(3);
			expect(client.connected).toBe(false);
			server.send({ id: waiting.shift()!.id, result: ++answered });
		}
		await until(() => client.connected);
	});

	test("holds no more subscriptions than it was made for", () => {
		connect({ maximumSubscriptions: 1 });
		const request = { method: "slotSubscribe", params: [], onNotification: () => {} } as const;
		const first = client.subscribe(request);
		expect(() => client.subscribe(request)).toThrow("raise maximumSubscriptions");
		first.unsubscribe();
		client.subscribe(request);
	});
});

describe("subscriptions", () => {
	test("tell when their message arrived", async () => {
		const before = systemClock.epochMicros();
		const times: number[] = [];
		connect().subscribe({ method: "slotSubscribe", params: [], onNotification: (_, at) => times.push(at) });
		client.start();
		await until(() => client.connected);
		server.notify(1, {});
		await until(() => times.length === 1);
		expect(times[0]).toBeGreaterThanOrEqual(before);
		expect(times[0]).toBeLessThanOrEqual(systemClock.epochMicros());
	});

	test("made while connected are sent at once", async () => {
		const results: unknown[] = [];
		connect().start();
		await until(() => client.connected);
		client.subscribe({ method: "slotSubscribe", params: [1], onNotification: (result) => results.push(result) });
		await until(() => server.requests.length === 1);
		server.notify(1, "x");
		await until(() => results.length === 1);
	});

	test("end with one request, and nothing comes after", async () => {
		const results: unknown[] = [];
		const subscription = connect().subscribe({
			method: "slotSubscribe",
			params: [],
			onNotification: (result) => results.push(result),
		});
		client.start();
		await until(() => client.connected);
		subscription.unsubscribe();
		subscription.unsubscribe();
		server.notify(1, "late");
		await until(() => server.requests.length === 2 && client.counters.unknown === 1);
		expect(server.requests[1]).toMatchObject({ method: "slotUnsubscribe", params: [1] });
		expect(results).toEqual([]);
	});

	test("that end before they are answered are given back when they are", async () => {
		const waiting: Request[] = [];
		server.answer = (request) => {
			waiting.push(request);
			return null;
		};
		const subscription = connect().subscribe({ method: "slotSubscribe", params: [], onNotification: () => {} });
		client.start();
		await until(() => waiting.length === 1);
		subscription.unsubscribe();
		server.send({ id: waiting[0]!.id, result: 7 });
		await until(() => waiting.length === 2);
		expect(waiting[1]).toMatchObject({ method: "slotUnsubscribe", params: [7] });
	});

	test("of one notification are forgotten with it, and not asked for again", async () => {
		const results: unknown[] = [];
		connect().subscribe({
			method: "signatureSubscribe",
			params: ["s"],
			once: true,
			onNotification: (result) => results.push(result),
		});
		client.start();
		await until(() => client.connected);
		server.notify(1, "landed");
		server.notify(1, "again");
		await until(() => client.counters.unknown === 1);
		expect(results).toEqual(["landed"]);
		client.drop("for the test");
		await until(() => connections() === 2);
		expect(server.requests).toHaveLength(1);
	});
});

describe("close", () => {
	test("is silent, final and may be repeated, before, during and after a connection", async () => {
		connect().close();
		client.start();
		connect().start();
		client.close();
		connect().start();
		await until(() => client.connected);
		client.close();
		client.close();
		client.drop("nothing to drop");
		const { length } = server.sockets;
		await new Promise((wake) => setTimeout(wake, 60));
		expect(server.sockets).toHaveLength(length);
		expect(events).toEqual(["connected"]);
		expect(client.connected).toBe(false);
	});

	test("from within a callback holds", async () => {
		connect({ onDisconnected: () => client.close() }).start();
		await until(() => client.connected);
		client.drop("for the test");
		await new Promise((wake) => setTimeout(wake, 60));
		expect(server.sockets).toHaveLength(1);
	});
});

function countPings(socket: WebSocket): () => number {
	let count = 0;
	socket.on("ping", () => count++);
	return () => count;
}
