import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Desk } from "../support/product.ts";

let desk: Desk;
let squatter: Server | null = null;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
	await new Promise<void>((closed) => (squatter ? squatter.close(() => closed()) : closed()));
	squatter = null;
});

async function refusal(environment: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
	const product = desk.start({ environment });
	const code = await product.ended();
	expect(`${product.output}${product.errors}`).not.toMatch(/\n\s+at /);
	const lines = product.errors.split("\n").filter((line) => line.startsWith("mojo-hft: "));
	return { code, lines };
}

test("a wrong configuration: every violation, a line each, exit code 2", async () => {
	const { code, lines } = await refusal({ MOJO__RISK__MAX_IN_FLIGHT: "0", MOJO__RISK__BAR: "1" });
	expect(code).toBe(2);
	expect(lines).toEqual([
		"mojo-hft: environment MOJO__RISK__MAX_IN_FLIGHT: risk.max_in_flight: expected number to be >=1, got 0",
		"mojo-hft: environment MOJO__RISK__BAR: risk.bar: expected no such key, got an unknown key",
	]);
}, 30_000);

test.each(["rpc", "ws", "http", "metrics"] as const)(
	"a busy %s port: one line that names the key",
	async (port) => {
		squatter = createServer((socket) => socket.destroy());
		await new Promise<void>((up) => squatter!.listen(desk.ports[port], "127.0.0.1", () => up()));
		const { code, lines } = await refusal({});
		expect(code).toBe(1);
		const key = {
			rpc: "localnet.rpc_port",
			ws: "localnet.ws_port",
			http: "networking.http_port",
			metrics: "monitoring.metrics_port",
		};
		expect(lines).toHaveLength(1);
		expect(lines[0]).toContain(`port ${desk.ports[port]} on 127.0.0.1 is in use`);
		expect(lines[0]).toContain(key[port]);
	},
	30_000,
);

test("a data folder that cannot be written: one line that names it", async () => {
	const file = join(desk.folder, "file");
	writeFileSync(file, "");
	const { code, lines } = await refusal({ MOJO_DATA_FOLDER: join(file, "data") });
	expect(code).toBe(1);
	expect(lines).toHaveLength(1);
	expect(lines[0]).toContain(`cannot write to the data folder ${join(file, "data")}`);
}, 30_000);

test("a second start on the same data folder: one line that names the first", async () => {
	const first = desk.start();
	await desk.statusWhen("the first to run", ({ slot }) => slot > 1);
	const other = await Desk.open();
	try {
		const { code, lines } = await refusal({
			...other.environment,
			MOJO_DATA_FOLDER: desk.folder,
			MOJO_WALLET: join(desk.folder, "wallet.json"),
		});
		expect(code).toBe(1);
		expect(lines.length).toBeGreaterThan(0);
		expect(lines[0]).toContain(String(first.pid));
	} finally {
		await other.close();
	}
}, 60_000);
