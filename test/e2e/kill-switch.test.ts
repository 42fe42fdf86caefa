import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "../../libs/clock.ts";
import { Desk, type Product } from "../support/product.ts";
import { isInstalled, type ServerProcess, startNats } from "../support/servers.ts";
import { until } from "../support/until.ts";

/** Far more than the 250 ms that are promised: a stalled test machine must not look like a broken switch. */
const PATIENCE_MS = 1_000;
const WATCHED_MS = 3_000;
const TRADERS = ["localnet", "feed", "strategy", "risk", "executor", "monitor"];

const hasNats = isInstalled("nats-server", "the kill switch without NATS, Redis and gateway");

let desk: Desk;
let nats: ServerProcess | null = null;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
	await nats?.kill();
	nats = null;
});

/** When each signature of any executor was made, by the claims on disk: microseconds since the Unix epoch. */
function signatures(): number[] {
	const made = new Set<number>();
	for (const chain of readdirSync(desk.folder)) {
		const executors = join(desk.folder, chain, "executor");
		if (!existsSync(executors)) continue;
		for (const number of readdirSync(executors)) {
			const claims = join(executors, number, "claims");
			for (const file of existsSync(claims) ? readdirSync(claims) : []) {
				const text = readFileSync(join(claims, file), "latin1");
				for (const [, micros] of text.matchAll(/"signed":([\d.]+)/g)) made.add(Number(micros));
			}
		}
	}
	return [...made];
}

async function expectLastSignature(what: string, raisedMicros: number): Promise<void> {
	await new Promise((wake) => setTimeout(wake, PATIENCE_MS));
	const before = signatures();
	await new Promise((wake) => setTimeout(wake, WATCHED_MS));
	const after = signatures();
	const lastMs = (Math.max(...after) - raisedMicros) / 1_000;
	process.stderr.write(
		`kill switch by ${what}: the last of ${after.length} signatures ${lastMs.toFixed(1)} ms after it\n`,
	);
	expect(after.length).toBe(before.length);
	expect(lastMs).toBeLessThan(PATIENCE_MS);
}

const trading = async (count: number): Promise<void> => {
	const at = signatures().length;
	await until(() => signatures().length >= at + count, { what: `${count} signatures`, timeoutMs: 60_000 });
};

const services = (names: readonly string[]) => names.map((name) => `services/${name}/${name}.service.ts`);
const fast = { MOJO__LOCALNET__SLOT_MS: "100", MOJO__STRATEGIES__CROSS_VENUE__COOL_DOWN_MS: "100" };

(hasNats ? test : test.skip)(
	"by file and by signal, with NATS, Redis and gateway dead: no signature after it, also after a restart",
	async () => {
		nats = await startNats();
		const environment = { ...fast, NATS_URL: nats.url };
		const traders = desk.start({ services: services(TRADERS), environment });
		const gateway = desk.start({ services: services(["gateway"]), environment });
		await desk.statusWhen("trades", ({ executor }) => executor.landed >= 2);
		await gateway.kill();
		await nats.kill();
		await trading(3);
		writeFileSync(join(desk.folder, "HALT"), "");
		await expectLastSignature("file", systemClock.epochMicros());
		expect(traders.hasEnded).toBe(false);
		await traders.kill();

		// A restart, still without anything else: the file is there, and nothing is signed.
		const count = signatures().length;
		const again = desk.start({ services: services([...TRADERS, "gateway"]), environment: fast });
		const status = await desk.statusWhen("the restart", ({ books }) => books.length > 0);
		await desk.statusWhen("ten slots more", ({ slot }) => slot >= status.slot + 10);
		expect(signatures().length).toBe(count);
		const refused = await desk.post("/api/resume", desk.token, { reason: "test" });
		expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining(join(desk.folder, "HALT"))]);

		rmSync(join(desk.folder, "HALT"));
		expect((await desk.statusWhen("a look", () => true)).tradingState).toBe("halted");
		await resumed();
		await trading(2);
		await raiseBySignal(again);
	},
	180_000,
);

async function resumed(): Promise<void> {
	await until(async () => (await desk.post("/api/resume", desk.token, { reason: "test" })).status === 200, {
		what: "the release",
	});
}

async function raiseBySignal(product: Product): Promise<void> {
	const raisedMicros = systemClock.epochMicros();
	process.kill(product.pid, "SIGUSR2");
	await expectLastSignature("signal", raisedMicros);
	expect(JSON.parse(readFileSync(join(desk.folder, "HALT"), "utf8"))).toMatchObject({ by: "signal" });
	expect(product.errors).toContain("halted by SIGUSR2");
	expect(product.hasEnded).toBe(false);
}
