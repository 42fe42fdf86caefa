import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "../../../libs/clock.ts";
import { until } from "../../support/until.ts";
import { RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;

beforeEach(async () => {
	desk = await RiskDesk.open();
});
afterEach(() => desk.close());

const HALT = { by: "operator", reason: "drill" };

test("halted: denied at once, still halted after a restart, and resumed by a person only", async () => {
	const first = await desk.start();
	expect(await first.submit()).toMatchObject({ status: "approved" });
	await first.settledBooks();
	const record = await first.bus.call("risk.halt", HALT);
	expect(record).toMatchObject({ state: "halted", changedBy: "operator", reason: "drill" });
	const file = join(desk.folder, "trading-state.json");
	expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(record);
	expect(await first.submit()).toMatchObject({ status: "denied", code: "tradingHalted" });
	await first.stop();

	const second = await desk.start();
	expect(await second.bus.call("risk.tradingState")).toEqual(record);
	expect(await second.submit()).toMatchObject({ code: "tradingHalted" });
	await until(() => (second.heard["risk.state.changed"]?.length ?? 0) > 1, { what: "the state to be repeated" });
	const resumed = await second.bus.call("risk.resume", { by: "operator", reason: "drill over" });
	expect(resumed).toMatchObject({ state: "active", changedBy: "operator" });
	expect(resumed.changedAtMicros).toBeGreaterThan(record.changedAtMicros);
	expect(second.heard["risk.state.changed"]?.at(-1)).toEqual(resumed);
	expect(await second.submit()).toMatchObject({ status: "approved" });
	await second.settledBooks();
});

test("a halt returns only when no approved intent can be signed any more", async () => {
	const risk = await desk.start();
	risk.behaviour = "vanish";
	const intent = risk.intent();
	const unanswered = risk.bus.call("risk.submitIntent", intent);
	await until(() => risk.executed.length === 1, { what: "the executor to have it" });
	await risk.bus.call("risk.halt", HALT);
	expect(systemClock.epochMicros()).toBeGreaterThan(intent.deadlineMicros);
	expect(await unanswered).toMatchObject({ status: "approved" });
});

test("a halt also waits for what an earlier process may have approved just before it died", async () => {
	const startedAt = systemClock.epochMicros();
	const risk = await desk.start({ ready: false });
	await risk.bus.call("risk.halt", HALT);
	expect(systemClock.epochMicros()).toBeGreaterThan(startedAt + 500_000);
});

test("a state file that nobody understands halts, says how to mend it, and is written anew by resuming", async () => {
	const file = join(desk.folder, "trading-state.json");
	for (const garbage of [
		"",
		"{",
		"null",
		'{"state":"active"}',
		'{"state":"on","changedBy":"x","reason":"","changedAtMicros":1}',
	]) {
		writeFileSync(file, garbage);
		const risk = await desk.start();
		const { state, reason } = await risk.bus.call("risk.tradingState");
		expect({ garbage, state }).toEqual({ garbage, state: "halted" });
		expect(reason).toMatch(/trading-state\.json cannot be understood.*then resume: that writes it anew/);
		expect(await risk.submit()).toMatchObject({ code: "tradingHalted" });
		await risk.stop();
	}
	const risk = await desk.start();
	await risk.bus.call("risk.resume", { by: "operator", reason: "checked" });
	await risk.stop();
	const again = await desk.start();
	expect((await again.bus.call("risk.tradingState")).state).toBe("active");
});

test("when the disk refuses, a halt still halts and says so, and a resume does not resume", async () => {
	const risk = await desk.start();
	const file = join(desk.folder, "trading-state.json");
	rmSync(file);
	mkdirSync(join(file, "in-the-way"), { recursive: true });
	await expect(risk.bus.call("risk.halt", HALT)).rejects.toThrow(
		/Trading is halted, but a restart would not know: .* cannot be written/,
	);
	expect(await risk.submit()).toMatchObject({ code: "tradingHalted" });
	await expect(risk.bus.call("risk.resume", { by: "operator", reason: "x" })).rejects.toThrow(/Trading stays halted/);
	expect((await risk.bus.call("risk.tradingState")).state).toBe("halted");
	rmSync(file, { recursive: true });
	expect((await risk.bus.call("risk.resume", { by: "operator", reason: "x" })).state).toBe("active");
});

test("a halt that comes while a resume is being written wins", async () => {
	const risk = await desk.start();
	await risk.bus.call("risk.halt", HALT);
	const [resumed, halted] = await Promise.all([
		risk.bus.call("risk.resume", { by: "operator", reason: "hasty" }),
		risk.bus.call("risk.halt", { by: "other", reason: "wait" }),
	]);
	expect(halted.state).toBe("halted");
	expect(resumed).toMatchObject({ state: "halted", changedBy: "other" });
	const file = JSON.parse(readFileSync(join(desk.folder, "trading-state.json"), "utf8"));
	expect(file).toMatchObject({ state: "halted", changedBy: "other" });
});

test("the file halts without a message, is latched, and resume names it while it is there", async () => {
	const risk = await desk.start();
	const file = join(desk.folder, "HALT");
	writeFileSync(file, "");
	const isHalted = async () => (await risk.bus.call("risk.tradingState")).state === "halted";
	await until(isHalted, { what: "the file to be seen" });
	expect(await risk.submit()).toMatchObject({ status: "denied", code: "tradingHalted" });
	for (const action of ["risk.resume", "risk.reduce"] as const) {
		await expect(risk.bus.call(action, HALT)).rejects.toThrow(`remove ${file}`);
	}
	await risk.stop();
	rmSync(file);
	const second = await desk.start();
	expect(await second.bus.call("risk.tradingState")).toMatchObject({ state: "halted", changedBy: "kill switch" });
	expect(await second.bus.call("risk.resume", HALT)).toMatchObject({ state: "active" });
});

test("reducing: at once from active, kept over a restart, and a release from halted", async () => {
	const first = await desk.start();
	expect(await first.bus.call("risk.reduce", HALT)).toMatchObject({ state: "reducing", changedBy: "operator" });
	await first.stop();
	const second = await desk.start();
	expect(await second.bus.call("risk.tradingState")).toMatchObject({ state: "reducing" });
	await second.bus.call("risk.halt", HALT);
	expect(await second.bus.call("risk.reduce", HALT)).toMatchObject({ state: "reducing" });
	expect(await second.bus.call("risk.resume", HALT)).toMatchObject({ state: "active" });
});
