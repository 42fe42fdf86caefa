import { EventEmitter } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadConfig, loadStrategies } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { StrategyServiceOptions } from "../../../../services/strategy/strategy.service.ts";
import { Desk } from "./desk.ts";

const REQUEST = { by: "ann", reason: "more patience" };
const file = join(mkdtempSync(join(tmpdir(), "mojo-reload-")), "desk.toml");
const environment = { MOJO_CONFIG: file };

const UNSET = ["$", "{NEVER}"].join("");

let desk: Desk;
let signals: EventEmitter;

beforeEach(() => {
	writeFileSync(file, "");
	signals = new EventEmitter();
});

afterEach(async () => {
	await desk.broker.stop();
});

function trading(change: (config: Config) => Config = (config) => config): Promise<Desk> {
	const config = change(loadConfig({ environment: {} }));
	const options = { signals, readTables: () => loadStrategies(config, { environment }) };
	return Desk.trading(() => config, options as unknown as StrategyServiceOptions);
}

const write = (toml: string) => writeFileSync(file, toml);
const reload = () => desk.bus.call("strategy.reload", REQUEST);
const parametersOf = async (place: number) => (await desk.status()).strategies[place]?.parameters;

describe("is refused, and everything stays as it was", () => {
	test.each([
		["of a file that is none", "[strategies", /desk\.toml:3:\d+: expected valid TOML/],
		[
			"with a strategy that does not exist",
			"[strategies.momentum]",
			/desk\.toml: strategies\.momentum: expected the table/,
		],
		[
			"with a parameter that does not exist",
			"[strategies.cyclic]\nx = 1",
			/desk\.toml: strategies\.cyclic\.x: .*no such key/,
		],
		[
			"with a value out of bounds",
			"[strategies.cyclic]\ncool_down_ms = -1",
			/strategies\.cyclic\.cool_down_ms: .* got -1/,
		],
		[
			"with values that contradict each other",
			"[strategies.cyclic]\nmaximum_legs = 2",
			/maximum_legs: expected at least/,
		],
		["with an asset that is not listed", "[strategies.cyclic.minimum_profit]\nDOGE = '1'", /DOGE: expected a symbol/],
		[
			"with a variable that is not set",
			`[strategies.cyclic.minimum_profit]
USDC = '${UNSET}'`,
			/variable NEVER/,
		],
	])("%s", async (_, toml, reason) => {
		desk = await trading();
		const before = await desk.status();
		write(`[strategies.cross_venue]\ncool_down_ms = 7\n${toml}`);
		const refused = await reload();
		expect(refused).toMatchObject({ status: "refused", code: "unreadable", reasons: [expect.stringMatching(reason)] });
		expect((await desk.status()).strategies).toEqual(before.strategies);
		expect(desk.logged.at(-1)).toMatch(/by ann \(more patience\): refused, everything stays: /);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test("with an asset that the strategy has no budget in", async () => {
		desk = await trading();
		write("[strategies.cyclic.minimum_profit]\nBONK = '1'");
		expect(await reload()).toEqual({
			status: "refused",
			code: "unusable",
			reasons: ["risk.budgets: cyclic trades with BONK: add it to its max_in_flight_notional and max_daily_loss"],
		});
		expect(await parametersOf(1)).toMatchObject({ minimum_profit: { USDC: "0.01", SOL: "0.0001" } });
	});

	test("of a strategy that is switched on without a budget in the limits that run", async () => {
		desk = await trading((config) => ({
			...config,
			strategies: { ...config.strategies, cyclic: { ...config.strategies.cyclic, enabled: false } },
			risk: { ...config.risk, budgets: config.risk.budgets.filter(({ strategy }) => strategy !== "cyclic") },
		}));
		expect(await reload()).toMatchObject({
			code: "unusable",
			reasons: ["risk.budgets: the strategy cyclic has no budget: add a [[risk.budgets]] table for it"],
		});
		expect((await desk.status()).strategies).toMatchObject([{ enabled: true }, { enabled: false }, {}, {}]);
	});

	test("in live mode, where another configuration was armed; less of it is allowed, and that again", async () => {
		desk = await trading((config) => ({ ...config, mode: "live" }));
		write("[strategies.cyclic]\ncool_down_ms = 7");
		expect(await reload()).toEqual({
			status: "refused",
			code: "armed",
			reasons: ["strategies.cyclic: other than what was armed: restart, and have it armed anew"],
		});
		write("[strategies.cyclic]\nenabled = false");
		expect(await reload()).toEqual({ status: "applied", changed: ["cyclic"] });
		write("");
		expect(await reload()).toEqual({ status: "applied", changed: ["cyclic"] });
	});

	test("without a person and a reason", async () => {
		desk = await trading();
		await expect(desk.broker.call("strategy.reload", { by: "ann" })).rejects.toThrow("validation");
	});
});

describe("applies", () => {
	test("to the strategies that differ, and what is in flight stays in flight", async () => {
		desk = await trading();
		desk.publishGap();
		write("[strategies.cross_venue]\ncool_down_ms = 7\nmax_in_flight = 1");
		expect(await reload()).toEqual({ status: "applied", changed: ["cross-venue"] });
		expect(await parametersOf(0)).toMatchObject({ cool_down_ms: 7, max_in_flight: 1 });
		expect(await desk.status()).toMatchObject({ running: true, inFlight: 1, opportunities: 1 });
		desk.monotonicMicros += 1_000_000;
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
		await desk.settle(desk.submitted[0] as OrderIntent);
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
		expect(await reload()).toEqual({ status: "applied", changed: [] });
	});

	test("what the new parameters say", async () => {
		desk = await trading();
		write("[strategies.cross_venue.minimum_profit]\nUSDC = '100000000'\nSOL = '1000000'");
		await reload();
		desk.publishGap();
		expect(desk.submitted).toEqual([]);
	});

	test("switching off and on, also of the first that is on", async () => {
		desk = await trading();
		write("[strategies.cross_venue]\nenabled = false\n[strategies.cyclic]\nenabled = false");
		expect(await reload()).toEqual({ status: "applied", changed: ["cross-venue", "cyclic"] });
		expect(await desk.status()).toMatchObject({ running: false, waitingFor: expect.stringContaining("switched on") });
		desk.publishGap();
		expect(desk.submitted).toEqual([]);
		write("");
		await reload();
		expect(await desk.status()).toMatchObject({ running: true });
		desk.publishGap();
		expect(desk.submitted).toHaveLength(1);
	});

	test("and what a strategy had in flight when it was switched off ends, and is free again", async () => {
		desk = await trading();
		desk.publishGap();
		write("[strategies.cross_venue]\nenabled = false");
		await reload();
		expect(await desk.status()).toMatchObject({ inFlight: 1 });
		await desk.settle(desk.submitted[0] as OrderIntent);
		expect(await desk.status()).toMatchObject({ inFlight: 0 });
		write("");
		await reload();
		desk.monotonicMicros += 1_000_000;
		desk.publishGap();
		expect(desk.submitted).toHaveLength(2);
	});

	test("once where it was asked for, and on the nodes that hear of it", async () => {
		desk = await trading();
		write("[strategies.cross_venue]\ncool_down_ms = 7");
		await reload();
		await desk.quiet();
		expect(desk.logged).toEqual([expect.stringContaining("changed: cross-venue")]);
		const hear = (nodeID: string) => {
			const event = desk.broker.getLocalService("strategy")?.schema.events?.["strategy.reloaded"];
			(event as { handler(context: object): void }).handler({ nodeID, params: REQUEST });
		};
		write("[strategies.cross_venue]\ncool_down_ms = 8");
		hear(desk.broker.nodeID);
		expect(await parametersOf(0)).toMatchObject({ cool_down_ms: 7 });
		hear("other");
		expect(await parametersOf(0)).toMatchObject({ cool_down_ms: 8 });
	});

	test("on SIGHUP, until it is stopped", async () => {
		desk = await trading();
		write("[strategies.cross_venue]\ncool_down_ms = 7");
		signals.emit("SIGHUP");
		expect(await parametersOf(0)).toMatchObject({ cool_down_ms: 7 });
		expect(desk.logged.at(-1)).toMatch(/by signal \(SIGHUP to process \d+\): changed: cross-venue/);
		await desk.broker.stop();
		expect(signals.listenerCount("SIGHUP")).toBe(0);
	});
});
