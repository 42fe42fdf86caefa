import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import type { TradingStateRecord } from "../../../core/risk/trading-state.ts";
import { hearsTradingState, isTradingStateRecord } from "../../../mixins/trading-state.ts";

const RECORD: TradingStateRecord = { state: "halted", changedBy: "desk", reason: "lunch", changedAtMicros: 1 };

describe("what is no trading state", () => {
	test.each([
		["nothing", undefined],
		["null", null],
		["another state", { ...RECORD, state: "paused" }],
		["no time", { ...RECORD, changedAtMicros: Number.NaN }],
		["nobody", { ...RECORD, changedBy: 1 }],
		["no reason", { state: "active", changedBy: "desk", changedAtMicros: 1 }],
	])("%s", (_what, value) => {
		expect(isTradingStateRecord(value)).toBe(false);
	});
});

describe("an actor with the mixin", () => {
	let broker: ServiceBroker;
	let heard: (TradingStateRecord | null)[];

	beforeEach(async () => {
		heard = [];
		broker = new ServiceBroker({ logger: false });
		broker.createService({
			name: "actor",
			mixins: [hearsTradingState((record) => heard.push(record)) as ServiceSchema],
		});
		await broker.start();
	});

	afterEach(async () => {
		await broker.stop();
	});

	test("hears garbage as null, and a record as it is", async () => {
		await broker.broadcast("risk.state.changed", { state: "gone" });
		await broker.broadcast("risk.state.changed", RECORD);
		expect(heard).toEqual([null, RECORD]);
	});
});
