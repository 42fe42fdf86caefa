import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../support/until.ts";
import { type RiskActor, RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;

beforeEach(async () => {
	desk = await RiskDesk.open({ throttle_failures: 2 });
});
afterEach(() => desk.close());

const ENABLING = { by: "operator", reason: "found it", strategy: "cross-venue" };

async function fail(risk: RiskActor): Promise<void> {
	expect(await risk.submit()).toMatchObject({ status: "approved" });
	await risk.settledBooks();
}

test("a strategy that fails too often is off, also after a restart, until a person enables it", async () => {
	const first = await desk.start();
	first.instructions = [desk.failure()];
	await fail(first);
	expect(await first.bus.call("risk.status")).toMatchObject({ throttled: [] });
	await fail(first);
	expect(await first.submit()).toMatchObject({
		status: "denied",
		code: "strategyThrottled",
		detail: "2 intents reverted or expired within 60 s",
	});
	expect(await first.bus.call("risk.status")).toMatchObject({ throttled: ["cross-venue"] });
	expect(first.log.join("\n")).toContain("The strategy cross-venue is switched off: 2 intents reverted or expired");
	await first.stop();

	const second = await desk.start();
	expect(await second.submit()).toMatchObject({ code: "strategyThrottled" });
	expect(await second.bus.call("risk.enableStrategy", ENABLING)).toEqual({ throttled: [] });
	expect(second.log.join("\n")).toContain("The strategy cross-venue is enabled by operator: found it");
	expect(await second.submit()).toMatchObject({ status: "approved" });
	await second.settledBooks();
});

test("failures of before do not count after somebody enabled the strategy", async () => {
	const risk = await desk.start();
	risk.instructions = [desk.failure()];
	await fail(risk);
	await fail(risk);
	await risk.bus.call("risk.enableStrategy", ENABLING);
	await fail(risk);
	expect(await risk.bus.call("risk.status")).toMatchObject({ throttled: [] });
	await fail(risk);
	expect(await risk.bus.call("risk.status")).toMatchObject({ throttled: ["cross-venue"] });
});

test("what is not off cannot be enabled, nor anything while risk recovers", async () => {
	const risk = await desk.start();
	await expect(risk.bus.call("risk.enableStrategy", ENABLING)).rejects.toThrow("cross-venue is not switched off");
	await expect(risk.bus.call("risk.enableStrategy", { ...ENABLING, strategy: "" })).rejects.toThrow();
	const late = await desk.start({ ready: false, executor: false });
	await expect(late.bus.call("risk.enableStrategy", ENABLING)).rejects.toThrow("risk is recovering");
});

test("without a market of its own risk knows no price and approves nothing", async () => {
	const risk = await desk.start({ market: false });
	expect(await risk.submit()).toMatchObject({ status: "denied", code: "noReference" });
	risk.tellMarket();
	await until(async () => (await risk.submit()).status === "approved", { what: "the market to be known" });
	await risk.settledBooks();
});
