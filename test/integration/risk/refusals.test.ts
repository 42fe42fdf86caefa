import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPairSigner } from "@solana/web3.js";
import type { Config } from "../../../config/schema.ts";
import { acquireFolderLock } from "../../../libs/folder-lock.ts";
import { Ledger } from "../../../services/risk/ledger.ts";
import { until } from "../../support/until.ts";
import { USDC } from "../../unit/core/risk/risk-world.ts";
import { type RiskActor, RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;

beforeEach(async () => {
	desk = await RiskDesk.open();
});
afterEach(() => desk.close());

async function reserved(risk: RiskActor): Promise<bigint> {
	return (await risk.bus.call("risk.positions")).reduce((sum, position) => sum + position.reserved, 0n);
}

function withRisk(changes: Partial<Config["risk"]>): Config {
	return { ...desk.config, risk: { ...desk.config.risk, ...changes } };
}

describe("risk refuses to start", () => {
	test("when a funding asset has no limits", async () => {
		const limits = desk.config.risk.limits.filter(({ asset }) => asset !== "USDC");
		await expect(desk.start({ config: withRisk({ limits }) })).rejects.toThrow(
			"risk.limits: USDC has no limits, and it funds trades: add a [[risk.limits]] table for it",
		);
	});

	test("a strategy that is switched off needs no limits for what it would fund", async () => {
		const limits = desk.config.risk.limits.filter(({ asset }) => asset !== "USDC");
		const own = desk.config.strategies;
		const strategies = {
			...own,
			cross_venue: { ...own.cross_venue, enabled: false },
			cyclic: { ...own.cyclic, enabled: false },
		};
		const risk = await desk.start({ config: { ...withRisk({ limits }), strategies } });
		expect(await risk.submit()).toMatchObject({ code: "unknownMint", detail: expect.stringContaining(USDC) });
	});

	test("on a ledger that another process holds, naming folder and process", async () => {
		const folder = join(desk.genesisFolder, "risk");
		const lock = await acquireFolderLock(folder);
		const risk = await desk.start({ ready: false });
		await until(() => risk.fatal.length > 0, { what: "the refusal" });
		expect(risk.fatal[0]?.message).toBe(
			`The ledger in ${folder} is in use by process ${process.pid}: stop that process, or set another data_folder.`,
		);
		expect(await risk.submit()).toMatchObject({ status: "denied", code: "recovering" });
		if (lock.ok) lock.value.release();
	});

	test("on a damaged ledger, naming file and remedy", async () => {
		const first = await desk.start();
		await first.submit();
		await first.settledBooks();
		await first.stop();
		const folder = join(desk.genesisFolder, "risk");
		const file = join(folder, readdirSync(folder).find((name) => name.endsWith(".journal"))!);
		const bytes = readFileSync(file);
		bytes[100] = bytes[100]! ^ 1;
		writeFileSync(file, bytes);
		const second = await desk.start({ ready: false });
		await until(() => second.fatal.length > 0, { what: "the refusal" });
		expect(second.fatal[0]?.message).toMatch(
			/The ledger cannot be read: .*is damaged at byte \d+.*move the folder aside/,
		);
		expect(await second.submit()).toMatchObject({ status: "denied", code: "recovering" });
	});

	test("on a ledger written by a version that is not known", async () => {
		const { ledger } = await Ledger.open({ folder: join(desk.genesisFolder, "risk") });
		await ledger.close();
		const { Journal } = await import("../../../libs/journal/journal.ts");
		const options = { folder: join(desk.genesisFolder, "risk"), maximumSegmentBytes: 1_000 };
		const { journal } = await Journal.open(options);
		await journal.append({ type: "fromTheFuture" });
		await journal.close();
		const risk = await desk.start({ ready: false });
		await until(() => risk.fatal.length > 0, { what: "the refusal" });
		expect(risk.fatal[0]?.message).toMatch(/fromTheFuture.*run the version that wrote it/);
	});

	test("on the ledger of another chain", async () => {
		const { ledger } = await Ledger.open({ folder: join(desk.genesisFolder, "risk") });
		ledger.record({
			type: "opened",
			version: 1,
			genesisHash: `${desk.chain.genesisHash.slice(0, 8)}another`,
			wallet: desk.wallet.address,
			slot: 1,
			balances: [],
			accounts: [],
			atMicros: 0,
		});
		await ledger.close();
		const risk = await desk.start({ ready: false });
		await until(() => risk.fatal.length > 0, { what: "the refusal" });
		expect(risk.fatal[0]?.message).toMatch(/is that of the chain \w+another, not of/);
	});

	test("in a data folder that cannot be written", async () => {
		rmSync(desk.genesisFolder, { recursive: true, force: true });
		writeFileSync(desk.genesisFolder, "a file in the way");
		const risk = await desk.start({ ready: false });
		await until(() => risk.fatal.length > 0, { what: "the refusal" });
		expect(risk.fatal[0]?.message).toMatch(/cannot lock the folder .* Make it writable/);
	});
});

describe("risk denies", () => {
	test("everything until it has recovered", async () => {
		const config = { ...desk.config, chain: { ...desk.config.chain, rpc_url: "http://127.0.0.1:9" } };
		const risk = await desk.start({ config, ready: false });
		expect(await risk.submit()).toMatchObject({ status: "denied", code: "recovering" });
		expect(await risk.bus.call("risk.status")).toMatchObject({ recovering: true, deniedByCode: { recovering: 1 } });
		expect(await risk.bus.call("risk.books")).toEqual({ slot: 0, lines: [], inFlight: 0 });
		for (const { balance } of await risk.bus.call("risk.positions")) expect(balance).toBe(0n);
		await until(() => risk.log.some((line) => line.includes("Risk waits for the chain's genesis hash")), {
			what: "the reason to be told",
		});
	});

	test("everything while no executor is there, and recovers as soon as one comes", async () => {
		const risk = await desk.start({ executor: false, ready: false });
		expect(await risk.submit()).toMatchObject({ code: "recovering" });
		risk.bus.emit("executor.ready", { executor: "late", wallet: desk.wallet.address });
		risk.broker.createService({
			name: "executor",
			actions: { status: () => ({ executor: "late", wallet: desk.wallet.address, recovering: false }) },
		});
		await risk.ready();
		// It tells its wallet and has no such action: nothing was delivered.
		expect(await risk.submit()).toMatchObject({ status: "denied", code: "noExecutor" });
		expect(await reserved(risk)).toBe(0n);
		expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 0, approved: 0, denied: 2 });
		expect(risk.heard["risk.intent.denied"]?.at(-1)).toMatchObject({ code: "noExecutor" });
	});

	test("intents while executors sign for a wallet that is not the ledger's", async () => {
		const first = await desk.start();
		await first.settledBooks();
		await first.stop();
		const { address } = await generateKeyPairSigner();
		const second = await desk.start({ wallet: address });
		await until(() => second.log.some((line) => line.includes(`signs for ${address}`)), { what: "the complaint" });
		expect(await second.submit()).toMatchObject({ status: "denied", code: "noExecutor" });
		expect(second.executed).toEqual([]);
		second.bus.emit("executor.ready", { executor: "right", wallet: desk.wallet.address });
		await until(async () => (await second.submit()).status === "approved", { what: "the right executor to count" });
	});

	test("what an executor refuses, and gives the reservation back", async () => {
		const risk = await desk.start();
		risk.behaviour = "refuse";
		const verdict = await risk.submit();
		expect(verdict).toMatchObject({
			status: "denied",
			code: "executorRefused",
			detail: "peer refused: atCapacity: 32 in flight",
		});
		expect(await reserved(risk)).toBe(0n);
		expect(risk.heard["risk.intent.denied"]).toHaveLength(1);
		expect(await risk.bus.call("risk.status")).toMatchObject({
			approved: 0,
			denied: 1,
			deniedByCode: { executorRefused: 1 },
		});
		// The id is spent all the same.
		expect(await risk.submit({ intentId: verdict.intentId })).toMatchObject({ code: "duplicateIntent" });
	});

	test("garbage, with one clear phrase, and listeners never see it", async () => {
		const risk = await desk.start();
		for (const garbage of [undefined, {}, [], { intentId: 5 }, { ...risk.intent(), legs: "no" }]) {
			const verdict = await risk.bus.call("risk.submitIntent", garbage as never);
			expect(verdict).toMatchObject({ status: "denied", code: "malformedIntent", detail: expect.any(String) });
		}
		expect(risk.heard["risk.intent.denied"]).toBeUndefined();
		expect(risk.executed).toEqual([]);
		await expect(risk.bus.call("risk.halt", { by: "", reason: "x" })).rejects.toThrow();
		await expect(risk.bus.call("risk.resume", {} as never)).rejects.toThrow();
	});

	test("a repeated intent: one transaction, one booking", async () => {
		const risk = await desk.start();
		const intent = risk.intent();
		const verdicts = await Promise.all([1, 2, 3].map(() => risk.bus.call("risk.submitIntent", intent)));
		expect(verdicts.map(({ status }) => status).sort()).toEqual(["approved", "denied", "denied"]);
		expect(risk.executed).toHaveLength(1);
		await risk.settledBooks();
		expect(
			await risk.bus.call("risk.submitIntent", { ...intent, deadlineMicros: risk.intent().deadlineMicros }),
		).toMatchObject({
			code: "duplicateIntent",
		});
	});

	test("an unanswered call is neither repeated nor released: the outcome is unknown", async () => {
		const risk = await desk.start();
		risk.behaviour = "vanish";
		expect(await risk.submit({ amount: 7_000_000n })).toMatchObject({ status: "approved" });
		expect(risk.executed).toHaveLength(1);
		expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 1 });
		expect(await reserved(risk)).toBe(7_000_000n + 5_250n);
		await until(async () => (await risk.bus.call("risk.status")).unknown === 1, { what: "its blockhash to die" });
	});

	test("many at once: exactly what the limits allow", async () => {
		await desk.close();
		desk = await RiskDesk.open({ max_in_flight: 5, order_burst: 100 });
		const risk = await desk.start();
		risk.behaviour = "vanish";
		const verdicts = Promise.all(Array.from({ length: 40 }, () => risk.submit()));
		await until(() => risk.executed.length === 5, { what: "five to be handed over" });
		const { inFlight, deniedByCode } = await risk.bus.call("risk.status");
		expect({ inFlight, deniedByCode }).toEqual({ inFlight: 5, deniedByCode: { maxInFlight: 35 } });
		const approved = (await verdicts).filter(({ status }) => status === "approved");
		expect(approved).toHaveLength(5);
	});

	test("everything when the feed says its market is not fresh, or says nothing", async () => {
		const risk = await desk.start();
		risk.bus.broadcast("feed.market.changed", { shard: "main", fresh: false, reason: "gap" });
		expect(await risk.submit()).toMatchObject({ code: "staleMarket", detail: "feed main is not fresh: gap" });
		risk.bus.broadcast("feed.market.changed", { shard: "main", fresh: true, reason: "" });
		expect(await risk.submit()).toMatchObject({ status: "approved" });
		await risk.settledBooks();
		await risk.stop();
		const silent = await desk.start({ feed: false });
		expect(await silent.submit()).toMatchObject({ code: "noBlockhash" });
	});
});
