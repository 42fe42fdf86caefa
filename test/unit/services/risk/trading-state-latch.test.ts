import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { TradingStateRecord } from "../../../../core/risk/trading-state.ts";
import { TradingStateLatch } from "../../../../services/risk/trading-state-latch.ts";

const WHO = { by: "ann", reason: "drill" };

let folder: string;
let told: TradingStateRecord[];
let latch: TradingStateLatch;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "latch-"));
	told = [];
	const clock = { epochMicros: () => 1_000, monotonicMicros: () => 0 };
	latch = await TradingStateLatch.load({ path: join(folder, "state.json"), clock, onChange: (it) => told.push(it) });
});
afterEach(() => rmSync(folder, { recursive: true }));

const onDisk = () => (JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as TradingStateRecord).state;

test.each(["halt", "reduce"] as const)(
	"a %s that comes while a resume is written is not undone by it",
	async (tighten) => {
		const resuming = latch.resume(WHO);
		const tightened = await latch[tighten](WHO);
		expect(await resuming).toEqual(tightened);
		expect([latch.record, told.at(-1)]).toEqual([tightened, tightened]);
		expect(onDisk()).toBe(tightened.state);
	},
);
