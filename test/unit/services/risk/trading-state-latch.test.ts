import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { TradingStateRecord } from "../../../../core/risk/trading-state.ts";
import { findLedger } from "../../../../services/risk/ledger-folders.ts";
import { TradingStateLatch } from "../../../../services/risk/trading-state-latch.ts";

const WHO = { by: "ann", reason: "drill" };

let folder: string;
let told: TradingStateRecord[];
let latch: TradingStateLatch;

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "latch-"));
	told = [];
	latch = await load();
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = () =>
	TradingStateLatch.load({
		path: join(folder, "state.json"),
		clock: { epochMicros: () => 1_000, monotonicMicros: () => 0 },
		findLedger: () => findLedger(folder),
		onChange: (it) => told.push(it),
	});
const keepBooks = (chain: string) => {
	mkdirSync(join(folder, chain, "risk"), { recursive: true });
	writeFileSync(join(folder, chain, "risk", "0000000001.journal"), "");
};
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

test("a file that is missing beside a ledger means halted, again at every start, until a person resumes", async () => {
	keepBooks("genesis1");
	rmSync(join(folder, "state.json"));
	for (let start = 0; start < 2; start++) {
		const { record } = await load();
		expect(record).toMatchObject({ state: "halted", changedBy: "system" });
		expect(record.reason).toBe(
			`${join(folder, "state.json")} is missing beside the ledger ${join(folder, "genesis1", "risk")}, and it may have said ` +
				"that trading is halted. Find out who removed it, then resume (mojo resume): that writes it anew.",
		);
	}
	await (await load()).resume(WHO);
	expect((await load()).record).toMatchObject({ state: "active", changedBy: "ann" });
});

test("where the first start cannot write the file, or cannot see whether there are books, trading is halted", async () => {
	rmSync(join(folder, "state.json"));
	mkdirSync(join(folder, "state.json.tmp"));
	const unwritable = await load();
	expect(unwritable.record.state).toBe("halted");
	expect(unwritable.record.reason).toMatch(
		/state\.json cannot be begun \(.*\), so no halt could be kept\..*mojo resume/,
	);
	const clock = { epochMicros: () => 1_000, monotonicMicros: () => 0 };
	const findNothing = () => Promise.reject(new Error("EACCES"));
	const path = join(folder, "other.json");
	const blind = await TradingStateLatch.load({ path, clock, findLedger: findNothing, onChange: () => {} });
	expect(blind.record).toMatchObject({ state: "halted", reason: expect.stringContaining("(EACCES)") });
});

test("the very first start is active, and so is the next one, with a ledger", async () => {
	expect([latch.record.state, onDisk()]).toEqual(["active", "active"]);
	keepBooks("genesis1");
	expect((await load()).record).toMatchObject({ state: "active", reason: "first start" });
});

test("other files of the data folder are no ledger", async () => {
	rmSync(join(folder, "state.json"));
	mkdirSync(join(folder, "genesis1", "executor", "1"), { recursive: true });
	mkdirSync(join(folder, "genesis2", "risk"), { recursive: true });
	writeFileSync(join(folder, "genesis2", "risk", "folder.lock"), "");
	writeFileSync(join(folder, "wallet.json"), "");
	expect((await load()).record.state).toBe("active");
	expect(await findLedger(join(folder, "nowhere"))).toBeNull();
	// What cannot be looked into may hold one.
	symlinkSync("loop", join(folder, "loop"));
	await expect(findLedger(join(folder, "loop"))).rejects.toThrow(/ELOOP/);
});
