import { readFileSync, statSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Errors, type ServiceBroker, type ServiceSchema } from "moleculer";
import type { IntentTrace, SystemHealth } from "../../../../broker/contracts/monitor.ts";
import type { StrategyEnabling, TradingStateChange } from "../../../../broker/contracts/risk.ts";
import type { Config } from "../../../../config/schema.ts";
import gatewayService from "../../../../services/gateway/gateway.service.ts";
import {
	books,
	executorStatus,
	intent,
	peer,
	position,
	settlement,
	stateRecord,
	type TestNode,
	testConfig,
	testNode,
	until,
} from "../monitor/peers.ts";

const TOKEN = "a-token-of-the-configuration";
const TRACE: IntentTrace = {
	intent: intent("aaaaaaaaaaaaaaaa"),
	verdict: { status: "approved", code: null, detail: null },
	state: "landed",
	executor: "test-node",
	signature: settlement(intent("aaaaaaaaaaaaaaaa")).signature,
	fill: settlement(intent("aaaaaaaaaaaaaaaa")).fill,
	timings: {},
};

const brokers: ServiceBroker[] = [];
afterEach(async () => {
	for (const broker of brokers.splice(0)) await broker.stop();
});

interface Gateway extends TestNode {
	readonly url: string;
}

async function start(
	peers: readonly ServiceSchema[] = [],
	config: Config = withToken(),
	options: { readonly nodeID?: string; readonly joined?: boolean } = {},
): Promise<Gateway> {
	const node = testNode(config, options);
	brokers.push(node.broker);
	for (const schema of peers) node.broker.createService(schema);
	const service = node.broker.createService(gatewayService(node.broker)) as unknown as { url(): string };
	await node.broker.start();
	return { ...node, url: service.url() };
}

function withToken(change: (config: Config) => Config = (config) => config): Config {
	return testConfig((config) => change({ ...config, security: { ...config.security, api_token: TOKEN } }));
}

function monitorPeer(): ServiceSchema {
	return peer("monitor", {
		"monitor.intents": ({ limit }) => [TRACE].slice(0, limit),
		"monitor.intent": ({ intentId }) => (intentId === TRACE.intent.intentId ? TRACE : null),
		"monitor.pools": () => [],
		"monitor.equity": () => [{ atMs: 1_000, profit: -12n }],
		"monitor.metrics": () => "mojo_up 1\n",
		"monitor.health": (): SystemHealth => ({
			healthy: true,
			tradingState: "active",
			actors: [{ actor: "feed", node: "test-node", state: "ok" }],
		}),
	});
}

const json = async (response: Response): Promise<unknown> => response.json();
const command = (body: unknown, token: string | null = TOKEN): RequestInit => ({
	method: "POST",
	headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
	body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("what the gateway refuses", () => {
	test("halt without a token, with a wrong one and with a half one: 401, and risk hears nothing", async () => {
		let halts = 0;
		const risk = peer("risk", {
			"risk.halt": () => {
				halts++;
				return stateRecord({ state: "halted" });
			},
		});
		const { url } = await start([risk]);
		for (const token of [null, "wrong", TOKEN.slice(0, -1), `${TOKEN}x`]) {
			const response = await fetch(`${url}/api/halt`, command({ reason: "test" }, token));
			expect(response.status).toBe(401);
			expect(response.headers.get("www-authenticate")).toContain("Bearer");
			expect(await json(response)).toEqual({ error: { code: "unauthorized", message: expect.any(String) } });
		}
		const basic = await fetch(`${url}/api/resume`, { method: "POST", headers: { authorization: `Basic ${TOKEN}` } });
		expect(basic.status).toBe(401);
		expect(halts).toBe(0);
	});

	test("a request that was meant for another host, as after a rebound name: 421, and nothing is done", async () => {
		const { url } = await start([monitorPeer()]);
		const { hostname, port } = new URL(url);
		const status = (host: string) =>
			new Promise((resolve, reject) => {
				const path = "/";
				const asked = httpRequest({ hostname, port, path, headers: { host }, agent: false }, (response) => {
					response.resume();
					resolve(response.statusCode);
				});
				asked.once("error", reject).end();
			});
		expect(await status("desk.evil.example")).toBe(421);
		expect(await status(`localhost:${port}`)).toBe(200);
	});

	test("a limit that is no whole number in range: 400 naming it", async () => {
		const { url } = await start([monitorPeer()]);
		for (const limit of ["0", "-1", "101", "1.5", "ten", "", "1e1", "99999999999999999999", "1&limit=2"]) {
			const response = await fetch(`${url}/api/intents?limit=${limit}`);
			expect(response.status).toBe(400);
			expect(await json(response)).toEqual({
				error: { code: "badRequest", message: "limit: expected a whole number from 1 to 100" },
			});
		}
	});

	test("a reason that is missing, empty, too long, in two lines or no text: 400 naming it", async () => {
		const { url } = await start();
		for (const body of [{}, { reason: " " }, { reason: "x".repeat(201) }, { reason: "a\nb" }, { reason: 7 }, []]) {
			const response = await fetch(`${url}/api/halt`, command(body));
			expect(response.status).toBe(400);
			expect(await json(response)).toEqual({
				error: { code: "badRequest", message: expect.stringContaining("reason:") },
			});
		}
	});

	test("a body that is no JSON: 400; one beyond the limit: 413; a path that cannot be decoded: 400", async () => {
		const { url } = await start();
		const broken = await fetch(`${url}/api/halt`, command("{reason"));
		expect(broken.status).toBe(400);
		expect(await json(broken)).toEqual({ error: { code: "badRequest", message: "the body is no JSON object" } });
		const large = await fetch(`${url}/api/halt`, command({ reason: "x".repeat(10_000) }));
		expect(large.status).toBe(413);
		expect(await json(large)).toEqual({ error: { code: "payloadTooLarge", message: expect.any(String) } });
		const undecodable = await fetch(`${url}/api/intents/%E0%A4%A`);
		expect(undecodable.status).toBe(400);
	});

	test("an unknown path, an unknown intent and a file outside the folder: 404 as JSON", async () => {
		const { url } = await start([monitorPeer()]);
		for (const path of [
			"/api/nothing",
			"/api",
			"/nothing.html",
			"/vendor/nothing.js",
			"/api/index.html",
			"/api/intents/zzzzzzzzzzzzzzzz",
			"/api/intents/NOT-AN-ID",
			"/api/constructor",
			"/%2e%2e/package.json",
			"/vendor/%2e%2e/package.json",
			"/.env",
		]) {
			const response = await fetch(`${url}${path}`);
			expect([path, response.status]).toEqual([path, 404]);
			expect(await json(response)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
		}
	});

	test("a method that a path does not take: 405 with what it takes", async () => {
		const { url } = await start([monitorPeer()]);
		const refused: readonly (readonly [method: string, path: string, allow: string])[] = [
			["POST", "/api/status", "GET, HEAD"],
			["POST", "/api/intents/aaaaaaaaaaaaaaaa", "GET, HEAD"],
			["POST", "/api/stream", "GET"],
			["GET", "/api/halt", "POST"],
			["GET", "/api/resume", "POST"],
			["DELETE", "/api/status", "GET, HEAD"],
			["DELETE", "/api/orders", "GET, HEAD, POST"],
			["POST", "/api/orders/abcdefghij01", "GET, HEAD, DELETE"],
			["GET", "/api/emergency-stop", "POST"],
			["PUT", "/", "GET, HEAD, POST, DELETE"],
			["OPTIONS", "/api/status", "GET, HEAD, POST, DELETE"],
			["POST", "/", "GET, HEAD"],
		];
		for (const [method, path, allow] of refused) {
			const response = await fetch(`${url}${path}`, { method });
			expect([method, path, response.status, response.headers.get("allow")]).toEqual([method, path, 405, allow]);
			expect(await json(response)).toMatchObject({ error: { code: "methodNotAllowed" } });
			expect(response.headers.get("access-control-allow-origin")).toBeNull();
		}
	});

	test("more requests than allowed: 429 with the time to wait, on every path", async () => {
		const config = withToken((base) => ({ ...base, networking: { ...base.networking, max_requests_per_minute: 3 } }));
		const { url } = await start([], config);
		for (const path of ["/api/nothing", "/", "/vendor/uPlot.min.css"]) {
			expect((await fetch(`${url}${path}`)).status).not.toBe(429);
		}
		for (const path of ["/", "/api/health"]) {
			const response = await fetch(`${url}${path}`, { headers: { "x-forwarded-for": "10.0.0.1" } });
			expect(response.status).toBe(429);
			expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
			expect(await json(response)).toMatchObject({ error: { code: "tooManyRequests" } });
		}
	});

	test("a busy port is one line that names the way out", async () => {
		const blocker = createServer();
		await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
		const { port } = blocker.address() as { port: number };
		const config = withToken((base) => ({ ...base, networking: { ...base.networking, http_port: port } }));
		const expected = `port ${port} on 127.0.0.1 is in use: stop the other program or set networking.http_port`;
		await expect(start([], config)).rejects.toThrow(expected);
		await new Promise((resolve) => blocker.close(resolve));
	});

	test("an address that cannot be had is named too", async () => {
		const config = withToken((base) => ({ ...base, networking: { ...base.networking, http_host: "203.0.113.7" } }));
		await expect(start([], config)).rejects.toThrow(/cannot listen on 203\.0\.113\.7:0 .*networking\.http_host/);
	});

	test("a data folder where no token can be kept stops the start", async () => {
		const config = testConfig((base) => ({ ...base, data_folder: "/dev/null/data" }));
		await expect(start([], config)).rejects.toThrow(/API token cannot be kept at .*security\.api_token or data_folder/);
	});

	test("without risk and monitor: 503, and health says who is silent", async () => {
		const { url } = await start();
		for (const path of ["/api/positions", "/api/status", "/api/pools", "/api/intents", "/metrics"]) {
			const response = await fetch(`${url}${path}`);
			expect([path, response.status]).toEqual([path, 503]);
			expect(await json(response)).toMatchObject({ error: { code: "unavailable" } });
		}
		const halt = await fetch(`${url}/api/halt`, command({ reason: "test" }));
		expect(halt.status).toBe(503);
		expect(await json(halt)).toMatchObject({ error: { message: expect.stringContaining("risk") } });
		const health = await fetch(`${url}/api/health`);
		expect(health.status).toBe(503);
		expect(await json(health)).toMatchObject({
			status: "unhealthy",
			actors: [{ actor: "monitor", node: null, state: "silent" }],
		});
	});

	test("an actor that fails: 500 without its details", async () => {
		const risk = peer("risk", {
			"risk.positions": () => {
				throw new Error("secret detail");
			},
		});
		const { url } = await start([risk]);
		const response = await fetch(`${url}/api/positions`);
		expect(response.status).toBe(500);
		const body = await response.text();
		expect(JSON.parse(body)).toMatchObject({ error: { code: "internal" } });
		expect(body).not.toContain("secret");
	});
});

describe("what the gateway answers", () => {
	test("amounts are decimal strings in base units", async () => {
		const risk = peer("risk", { "risk.positions": () => [position({ balance: 9_007_199_254_740_993n })] });
		const { url } = await start([risk, monitorPeer()]);
		expect(await json(await fetch(`${url}/api/positions`))).toMatchObject([{ balance: "9007199254740993" }]);
		expect(await json(await fetch(`${url}/api/equity`))).toEqual([{ atMs: 1_000, profit: "-12" }]);
		expect(await json(await fetch(`${url}/api/pools`))).toEqual([]);
	});

	test("intents, one intent, health and metrics", async () => {
		const { url } = await start([monitorPeer()]);
		expect(await json(await fetch(`${url}/api/intents`))).toHaveLength(1);
		expect(await json(await fetch(`${url}/api/intents?limit=100`))).toHaveLength(1);
		const trace = await fetch(`${url}/api/intents/aaaaaaaaaaaaaaaa`);
		expect(await json(trace)).toMatchObject({ state: "landed", intent: { loan: { amount: "1500000000" } } });
		const health = await fetch(`${url}/api/health`);
		expect(health.status).toBe(200);
		expect(await json(health)).toMatchObject({
			status: "ok",
			tradingState: "active",
			actors: [{ actor: "feed", node: "test-node", state: "ok" }],
		});
		const metrics = await fetch(`${url}/metrics`);
		expect(metrics.headers.get("content-type")).toContain("text/plain");
		expect(await metrics.text()).toBe("mojo_up 1\n");
		const head = await fetch(`${url}/api/health`, { method: "HEAD" });
		expect([head.status, await head.text()]).toEqual([200, ""]);
	});

	test("halt and resume reach risk with their reason", async () => {
		const asked: TradingStateChange[] = [];
		const risk = peer("risk", {
			"risk.halt": (change) => {
				asked.push(change);
				return stateRecord({ state: "halted", ...change });
			},
			"risk.resume": (change) => {
				asked.push(change);
				return stateRecord({ state: "active", ...change });
			},
		});
		const { url } = await start([risk]);
		const halted = await fetch(`${url}/api/halt`, command({ reason: " lunch " }));
		expect([halted.status, await json(halted)]).toMatchObject([200, { state: "halted", reason: "lunch" }]);
		const resumed = await fetch(`${url}/api/resume`, command({ reason: "back" }));
		expect([resumed.status, await json(resumed)]).toMatchObject([200, { state: "active" }]);
		expect(asked).toEqual([
			{ by: "api", reason: "lunch" },
			{ by: "api", reason: "back" },
		]);
	});

	test("reduce reaches risk; what risk refuses for now is a conflict, with risk's own words", async () => {
		const risk = peer("risk", {
			"risk.reduce": (change) => stateRecord({ state: "reducing", ...change }),
			"risk.resume": () => {
				throw new Errors.MoleculerClientError("remove /data/HALT", 409, "KILL_SWITCH");
			},
		});
		const { url } = await start([risk]);
		const reduced = await fetch(`${url}/api/reduce`, command({ reason: "less" }));
		expect([reduced.status, await json(reduced)]).toMatchObject([200, { state: "reducing", reason: "less" }]);
		const refused = await fetch(`${url}/api/resume`, command({ reason: "back" }));
		expect([refused.status, await json(refused)]).toEqual([
			409,
			{ error: { code: "conflict", message: "remove /data/HALT" } },
		]);
	});

	test("a statement that arms is passed on as it is, and nothing else is; disarming needs none", async () => {
		const heard: unknown[] = [];
		const hear = (event: string) => [
			event,
			(context: { readonly params: unknown }) => heard.push([event, context.params]),
		];
		const listener = {
			name: "listener",
			events: Object.fromEntries(["executor.arming.signed", "executor.arming.withdrawn"].map(hear)),
		};
		const executor = peer("executor", { "executor.status": () => executorStatus() });
		const { url } = await start([listener as never, executor]);
		const statement = {
			name: "ann",
			build: "ab".repeat(32),
			config: "cd".repeat(32),
			signedAtMicros: 1,
			expiresAtMicros: 2,
			signature: "A".repeat(88),
		};
		for (const body of [{}, { ...statement, build: "x" }, { ...statement, signature: 7 }]) {
			expect((await fetch(`${url}/api/arm`, command(body))).status).toBe(400);
		}
		for (const path of ["/api/arm", "/api/disarm"]) {
			expect((await fetch(url + path, command(statement, "wrong token of the API"))).status).toBe(401);
		}
		expect((await fetch(`${url}/api/arm`, command(statement))).status).toBe(200);
		expect((await fetch(`${url}/api/disarm`, command({}))).status).toBe(200);
		expect(heard).toEqual([
			["executor.arming.signed", statement],
			["executor.arming.withdrawn", { by: "api" }],
		]);
		expect(await json(await fetch(`${url}/api/arming`))).toBeNull();
	});

	test("a strategy is enabled by its name and with a reason; without a name: 400 naming it", async () => {
		const asked: StrategyEnabling[] = [];
		const risk = peer("risk", {
			"risk.enableStrategy": (enabling) => {
				asked.push(enabling);
				return { throttled: ["order"] };
			},
		});
		const { url } = await start([risk]);
		for (const strategy of [undefined, "", 7, "x".repeat(129)]) {
			const refused = await fetch(`${url}/api/strategies/enable`, command({ reason: "mended", strategy }));
			expect([refused.status, await json(refused)]).toEqual([
				400,
				{ error: { code: "badRequest", message: expect.stringContaining("strategy:") } },
			]);
		}
		const enabled = await fetch(`${url}/api/strategies/enable`, command({ reason: "mended", strategy: "cross-venue" }));
		expect([enabled.status, await json(enabled)]).toEqual([200, { throttled: ["order"] }]);
		expect(asked).toEqual([{ by: "api", reason: "mended", strategy: "cross-venue" }]);
	});

	test("strategies are read again for a person with a reason, and a refusal says why", async () => {
		const asked: unknown[] = [];
		const refusal = { status: "refused", code: "unusable", reasons: ["no budget"] } as const;
		const strategies = peer("strategy", {
			"strategy.reload": (request) => {
				asked.push(request);
				return refusal;
			},
		});
		const { url } = await start([strategies]);
		expect((await fetch(`${url}/api/strategies/reload`, command({}))).status).toBe(400);
		const bare = await fetch(`${url}/api/strategies/reload`, { method: "POST", body: '{"reason":"x"}' });
		expect(bare.status).toBe(401);
		const answer = await fetch(`${url}/api/strategies/reload`, command({ reason: "more patience" }));
		expect([answer.status, await json(answer)]).toEqual([200, refusal]);
		expect(asked).toEqual([{ by: "api", reason: "more patience" }]);
	});

	test("the dashboard and its chart library, under a policy without inline scripts", async () => {
		const { url } = await start();
		for (const [path, type] of [
			["/", "text/html"],
			["/app.js", "javascript"],
			["/style.css", "text/css"],
			["/vendor/uPlot.esm.js", "javascript"],
			["/vendor/uPlot.min.css", "text/css"],
		] as const) {
			const response = await fetch(`${url}${path}`);
			expect([path, response.status]).toEqual([path, 200]);
			expect(response.headers.get("content-type")).toContain(type);
			expect(response.headers.get("content-security-policy")).toContain("script-src 'self';");
			expect(response.headers.get("x-content-type-options")).toBe("nosniff");
			expect(response.headers.get("x-frame-options")).toBe("DENY");
			expect((await response.text()).length).toBeGreaterThan(100);
		}
		const page = await (await fetch(url)).text();
		expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=/);
	});

	test("a token is made once, for its owner alone, and found again", async () => {
		const config = testConfig();
		const written: string[] = [];
		const write = process.stdout.write;
		process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write;
		try {
			const risk = peer("risk", { "risk.halt": (change) => stateRecord({ state: "halted", ...change }) });
			const first = await start([risk], config);
			const path = join(config.data_folder, "api-token");
			const token = readFileSync(path, "utf8").trim();
			expect(Buffer.from(token, "base64url")).toHaveLength(32);
			expect(statSync(path).mode & 0o777).toBe(0o600);
			expect(written.join("")).toContain(token);
			expect((await fetch(`${first.url}/api/halt`, command({ reason: "test" }, token))).status).toBe(200);
			await first.broker.stop();
			written.length = 0;
			const second = await start([risk], config);
			expect(written.join("")).not.toContain(token);
			expect((await fetch(`${second.url}/api/halt`, command({ reason: "test" }, token))).status).toBe(200);
		} finally {
			process.stdout.write = write;
		}
	});
});

describe("the live stream", () => {
	test("passes on what happens, as it happens", async () => {
		const { url, bus } = await start([]);
		const stream = await openStream(`${url}/api/stream`);
		const order = intent("bbbbbbbbbbbbbbbb");
		const verdict = { status: "approved", intentId: order.intentId } as const;
		bus.emit("strategy.intent.submitted", { intent: order, verdict });
		bus.emit("executor.submission.settled", settlement(order));
		bus.emit("risk.books.cut", books());
		bus.broadcast("risk.state.changed", stateRecord({ state: "halted", reason: "test" }));
		await until(() => ["opportunity", "landing", "books", "halt", "offline"].every((name) => stream.has(name)));
		expect(stream.first("opportunity")).toMatchObject({ intent: { loan: { amount: "1500000000" } } });
		expect(stream.first("landing")).toMatchObject({ outcome: "landed", fill: { slot: 447_552_092 } });
		expect(stream.first("halt")).toMatchObject({ state: "halted" });
		stream.close();
	});

	test("has everything at each of several gateways, and of what another node tells", async () => {
		const one = await start([], withToken(), { nodeID: "one", joined: true });
		const other = await start([], withToken(), { nodeID: "other", joined: true });
		await until(async () => {
			const services = (await one.broker.call("$node.services", { grouping: false })) as { name: string }[];
			return services.filter(({ name }) => name === "gateway").length === 2;
		});
		const streams = [await openStream(`${one.url}/api/stream`), await openStream(`${other.url}/api/stream`)];
		one.bus.emit("executor.submission.settled", settlement(intent("bbbbbbbbbbbbbbbb")));
		await until(() => streams.every((stream) => stream.has("landing")));
		expect(streams[1]?.first("landing")).toMatchObject({ fill: { changes: [{ fill: "399000" }, {}] } });
		for (const stream of streams) stream.close();
	});

	test("has a bounded number of places, gives them back, and does not hold up a stop", async () => {
		const { url, broker } = await start();
		const streams = await Promise.all(Array.from({ length: 32 }, () => openStream(`${url}/api/stream`)));
		const refused = await fetch(`${url}/api/stream`);
		expect(refused.status).toBe(503);
		expect(await json(refused)).toMatchObject({ error: { code: "tooManyStreams" } });
		streams.pop()?.close();
		await until(async () => {
			const response = await fetch(`${url}/api/stream`);
			await response.body?.cancel();
			return response.status === 200;
		});
		await broker.stop();
		await until(() => streams.every((stream) => stream.ended()));
	});
});

interface OpenStream {
	has(event: string): boolean;
	first(event: string): unknown;
	ended(): boolean;
	close(): void;
}

/** Reads server-sent events until it is closed. */
async function openStream(url: string): Promise<OpenStream> {
	let text = "";
	let ended = false;
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		httpRequest(url, { agent: false }, resolve).once("error", reject).end();
	});
	expect(response.headers["content-type"]).toContain("text/event-stream");
	response.setEncoding("utf8");
	response.on("data", (chunk: string) => {
		text += chunk;
	});
	response.once("close", () => {
		ended = true;
	});
	response.on("error", () => {});
	const dataOf = (event: string): string | undefined => new RegExp(`event: ${event}\ndata: (.*)\n\n`).exec(text)?.[1];
	return {
		has: (event) => dataOf(event) !== undefined,
		first: (event) => JSON.parse(dataOf(event) ?? "null"),
		ended: () => ended,
		close: () => response.destroy(),
	};
}
