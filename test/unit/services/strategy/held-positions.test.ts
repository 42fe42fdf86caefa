import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Config } from "../../../../config/schema.ts";
import { defineStrategy, type StrategyDefinition } from "../../../../core/strategy/definition.ts";
import type { HeldPosition } from "../../../../core/strategy/held-position.ts";
import type { IntentProposal, Strategy } from "../../../../core/strategy/strategy.ts";
import { SOL, USDC } from "../../core/market/market-fixture.ts";
import { Desk } from "./desk.ts";

const GENESIS = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

/** Holds one more unit with every intent that landed. */
const hoarder = defineStrategy({
	name: "hoarder",
	explanation: "A stub.",
	parameters: {},
	create: ({ nextIntentId }): Strategy => {
		let amount = 0n;
		return {
			name: "hoarder",
			counters: { opportunities: 0, inFlight: 0 },
			adopt: () => {},
			onUpdate: () => [{ intentId: nextIntentId(), strategy: "hoarder" } as IntentProposal],
			settled: ({ outcome }) => {
				if (outcome === "landed") amount++;
			},
			ended: () => {},
			positions: () => (amount === 0n ? [] : [positionOf(amount)]),
			restore: ([position]) => {
				amount = position?.amount ?? 0n;
			},
		};
	},
}) as StrategyDefinition;

function positionOf(amount: bigint): HeldPosition {
	const [strategy, openedAtSeconds] = ["hoarder", 1n];
	return { strategy, mint: SOL, fundingMint: USDC, amount, cost: 1n, openedAtSeconds, pools: [], notes: {} };
}

let dataFolder: string;
let file: string;
let desk: Desk;

beforeEach(() => {
	dataFolder = mkdtempSync(join(tmpdir(), "mojo-held-"));
	file = join(dataFolder, "5eykt4Us/strategy/main/positions.json");
});
afterEach(async () => {
	await desk.broker.stop();
	rmSync(dataFolder, { recursive: true, force: true });
});

function configured(config: Config): Config {
	const budget = { ...config.risk.budgets[0], strategy: "hoarder" } as Config["risk"]["budgets"][number];
	return {
		...config,
		data_folder: dataFolder,
		strategies: { ...config.strategies, hoarder: { enabled: true } } as Config["strategies"],
		risk: { ...config.risk, budgets: [...config.risk.budgets, budget] },
	};
}

const open = () => Desk.trading(configured, { definitions: [hoarder], genesisHash: async () => GENESIS });
const held = async () => (await desk.status()).strategies[0]?.positions;

test("what a strategy holds outlives the process", async () => {
	desk = await open();
	expect(await held()).toBe(0);
	for (let amount = 1; amount <= 2; amount++) {
		desk.publishGap();
		const { intentId } = desk.submitted[amount - 1]!;
		const settlement = { intentId, outcome: "landed", signature: "s", fill: null, executor: "x", timings: {} };
		await desk.broker.emit("risk.settlement.booked", { settlement, signature: "s" });
	}
	await desk.broker.stop();
	expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ positions: [{ strategy: "hoarder", amount: "2" }] });
	desk = await open();
	expect(await held()).toBe(1);
});

test("a damaged file keeps that strategy off, with a clear line", async () => {
	desk = await open();
	await desk.broker.stop();
	writeFileSync(file, "{");
	desk = new Desk(configured, { definitions: [hoarder], genesisHash: async () => GENESIS });
	await Promise.all([desk.addFeed(), desk.addRisk(), desk.broker.start()]);
	await desk.until(async () => (await desk.status()).waitingFor?.includes("positions.json is damaged") ?? false);
	desk.publishGap();
	expect(desk.submitted).toEqual([]);
	expect(desk.logged.join()).toContain("Strategies that hold positions stay off");
});
