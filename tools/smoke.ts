/**
 * Starts the product as a user does, in a folder and on ports of its own, and asserts that every actor registered, that a
 * flash-loan trade landed, that the books equal the chain, and that Ctrl-C ends it cleanly.
 *
 *     node tools/smoke.ts [--seconds <limit>]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const ACTORS = ["executor", "feed", "gateway", "localnet", "monitor", "risk", "strategy"];
const STOP_LIMIT_SECONDS = 5;

interface Health {
	readonly actors: readonly { readonly actor: string; readonly state: string }[];
}

interface Status {
	readonly executor: { readonly landed: number };
	readonly books: readonly { readonly symbol: string; readonly difference: string }[];
}

const { values } = parseArgs({ options: { seconds: { type: "string", default: "45" } } });
const folder = mkdtempSync(join(tmpdir(), "mojo-smoke-"));
const [rpc, ws, http, metrics] = (await freePorts(4)) as [number, number, number, number];
const product = spawn("moleculer-runner", ["services"], {
	cwd: join(import.meta.dirname, ".."),
	stdio: ["ignore", "inherit", "inherit"],
	env: {
		...process.env,
		MOJO_DATA_FOLDER: folder,
		MOJO_WALLET: join(folder, "wallet.json"),
		MOJO__LOCALNET__RPC_PORT: String(rpc),
		MOJO__LOCALNET__WS_PORT: String(ws),
		MOJO__CHAIN__RPC_URL: `http://127.0.0.1:${rpc}`,
		MOJO__CHAIN__WS_URL: `ws://127.0.0.1:${ws}`,
		MOJO__NETWORKING__HTTP_PORT: String(http),
		MOJO__MONITORING__METRICS_PORT: String(metrics),
	},
});

let failure: string | null = null;
try {
	await run(Number(values.seconds));
} catch (error) {
	failure = (error as Error).message;
}
const exitCode = await stop(product);
if (failure === null && exitCode !== 0) failure = `the product ended with exit code ${exitCode}`;
rmSync(folder, { recursive: true, force: true });
say(failure === null ? "passed" : `FAILED: ${failure}`);
process.exit(failure === null ? 0 : 1);

async function run(limitSeconds: number): Promise<void> {
	for (let waited = 0; waited < limitSeconds; waited += 0.5) {
		await sleep(500);
		if (product.exitCode !== null) throw new Error(`the product ended by itself with exit code ${product.exitCode}`);
		const health = await get<Health>("/api/health");
		const status = await get<Status>("/api/status");
		if (!health || !status) continue;
		const registered = new Set(health.actors.filter(({ state }) => state === "ok").map(({ actor }) => actor));
		// The two that health does not judge show themselves: one by this answer, one by the chain's.
		registered.add("gateway");
		if (await chainIsHealthy()) registered.add("localnet");
		const missing = ACTORS.filter((actor) => !registered.has(actor));
		const off = status.books.filter(({ difference }) => difference !== "0");
		if (off.length > 0) throw new Error(`the books differ from the chain: ${JSON.stringify(off)}`);
		if (missing.length > 0 || status.executor.landed < 1 || status.books.length === 0) continue;
		say(`every actor registered: ${ACTORS.join(", ")}`);
		say(`landed ${status.executor.landed}, books: ${status.books.map(({ symbol }) => `${symbol} 0`).join(", ")}`);
		return;
	}
	throw new Error(`no landed trade with all of ${ACTORS.join(", ")} within ${limitSeconds} s`);
}

async function chainIsHealthy(): Promise<boolean> {
	const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getHealth" });
	const headers = { "content-type": "application/json" };
	const response = await fetch(`http://127.0.0.1:${rpc}`, { method: "POST", headers, body });
	return ((await response.json()) as { result?: string }).result === "ok";
}

async function get<T>(path: string): Promise<T | null> {
	try {
		const response = await fetch(`http://127.0.0.1:${http}${path}`, { signal: AbortSignal.timeout(2_000) });
		return (await response.json()) as T;
	} catch {
		// Not up yet: the caller asks again.
		return null;
	}
}

async function stop(child: ChildProcess): Promise<number | null> {
	if (child.exitCode !== null) return child.exitCode;
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	child.kill("SIGINT");
	await Promise.race([ended, sleep(STOP_LIMIT_SECONDS * 1_000)]);
	if (child.exitCode === null) child.kill("SIGKILL");
	await ended;
	return child.exitCode;
}

async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer());
	await Promise.all(servers.map((server) => new Promise<void>((up) => server.listen(0, "127.0.0.1", () => up()))));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => new Promise((down) => server.close(down))));
	return ports;
}

function say(line: string): void {
	process.stdout.write(`smoke: ${line}\n`);
}
