import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { IntentOutcome } from "../../../../broker/contracts/risk.ts";
import type { HeldPosition } from "../../../../core/strategy/held-position.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { acquireFolderLock } from "../../../../libs/folder-lock.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { PositionFile } from "../../../../services/strategy/position-file.ts";
import { PositionKeeper } from "../../../../services/strategy/position-keeper.ts";
import { addressOf, SOL, USDC } from "../../core/market/market-fixture.ts";

const root = mkdtempSync(join(tmpdir(), "mojo-positions-"));
const GENESIS = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
const HELD: HeldPosition = {
	strategy: "listing",
	mint: SOL,
	fundingMint: USDC,
	amount: 12_345_678_901_234_567_890n,
	cost: 0n,
	openedAtSeconds: 1_700_000_000n,
	pools: [addressOf(1)],
	notes: { z: "2.1" },
};

let dataFolder: string;
let folder: string;
let held: readonly HeldPosition[];
let read: (readonly HeldPosition[] | string)[];
let logged: string[];
let outcomes: Record<string, IntentOutcome>;
let keepers: PositionKeeper[];

beforeEach(() => {
	dataFolder = mkdtempSync(join(root, "desk-"));
	folder = join(dataFolder, GENESIS.slice(0, 8), "strategy", "main");
	[held, read, logged, keepers, outcomes] = [[HELD], [], [], [], {}];
});
afterEach(async () => {
	await Promise.all(keepers.map((keeper) => keeper.stop()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function keeperOf(genesisHash: () => Promise<string> = async () => GENESIS): PositionKeeper {
	const log = (line: string) => void logged.push(line);
	const keeper = new PositionKeeper({
		dataFolder,
		shard: "main",
		random: seededRandom(7),
		genesisHash,
		log: { warn: log, error: log },
		kept: () => ({ positions: held, unsettled: [] }),
		outcome: async (intentId) => outcomes[intentId] as IntentOutcome,
		onRead: (positions) => void read.push(positions),
	});
	keepers.push(keeper);
	return keeper;
}

async function until(condition: () => boolean): Promise<void> {
	for (let turn = 0; turn < 1_000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 5));
	expect(condition()).toBe(true);
}

describe("a file that is not whole is refused, with the remedy", () => {
	const position = { ...JSON.parse(JSON.stringify(HELD, (_, it) => (typeof it === "bigint" ? String(it) : it))) };
	const fileOf = (change: object) => ({
		version: 1,
		genesisHash: GENESIS,
		positions: [position],
		unsettled: [],
		...change,
	});
	const withPosition = (change: object) => fileOf({ positions: [{ ...position, ...change }] });
	test.each([
		["cut off", '{"version": 1,', "no JSON"],
		["a list", [], "version undefined"],
		["of another version", fileOf({ version: 2 }), "version 2"],
		["of another chain", fileOf({ genesisHash: "other" }), "of the chain other"],
		["without positions", fileOf({ positions: null }), "no positions"],
		["without what was under way", fileOf({ unsettled: undefined }), "no unsettled intents"],
		["with something under way that is no intent", fileOf({ unsettled: ["x"] }), "no unsettled intents"],
		["with a position that is none", fileOf({ positions: [position, 7] }), "position 1"],
		["with no strategy", withPosition({ strategy: "" }), "position 0"],
		["with a mint that is none", withPosition({ mint: "SOL" }), "position 0"],
		["with a funding mint that is none", withPosition({ fundingMint: 1 }), "position 0"],
		["with nothing held", withPosition({ amount: "0" }), "position 0"],
		["with a negative amount", withPosition({ amount: "-1" }), "position 0"],
		["with an amount that is a number", withPosition({ amount: 5 }), "position 0"],
		["without a cost", withPosition({ cost: undefined }), "position 0"],
		["with a moment that is none", withPosition({ openedAtSeconds: "now" }), "position 0"],
		["with pools that are none", withPosition({ pools: ["x"] }), "position 0"],
		["with too many pools", withPosition({ pools: Array(65).fill(SOL) }), "position 0"],
		["with notes that are no texts", withPosition({ notes: { z: 2 } }), "position 0"],
		["without notes", withPosition({ notes: [] }), "position 0"],
		["with one mint twice", fileOf({ positions: [position, position] }), "a strategy holds a mint twice"],
	])("%s", async (_, content, what) => {
		mkdirSync(folder, { recursive: true });
		const file = new PositionFile(folder, GENESIS);
		writeFileSync(file.path, typeof content === "string" ? content : JSON.stringify(content));
		const problem = `${file.path} is damaged (${what}): restore it, or remove it and sell by hand what the wallet holds`;
		expect(await file.read()).toEqual({ ok: false, error: problem });
		const keeper = keeperOf();
		keeper.start();
		await until(() => read.length > 0);
		expect(read).toEqual([problem]);
		expect(logged).toEqual([`Strategies that hold positions stay off: ${problem}`]);
		// What is damaged is evidence: it is not written over.
		const before = readFileSync(file.path, "utf8");
		keeper.changed();
		await keeper.stop();
		expect(readFileSync(file.path, "utf8")).toBe(before);
	});

	test("that cannot be read, or whose folder cannot be made", async () => {
		mkdirSync(join(folder, "positions.json"), { recursive: true });
		expect(await new PositionFile(folder, GENESIS).read()).toMatchObject({
			error: expect.stringMatching(/cannot be read \(EISDIR.*mend its permissions/),
		});
		dataFolder = join(dataFolder, "file");
		writeFileSync(dataFolder, "");
		keeperOf().start();
		await until(() => read.length > 0);
		expect(read[0]).toMatch(/cannot lock the folder/);
	});

	test("or that another process keeps", async () => {
		const lock = await acquireFolderLock(folder);
		keeperOf().start();
		await until(() => read.length > 0);
		expect(read[0]).toBe(`what is held in ${folder} is kept by process ${process.pid}: give this one another shard`);
		if (lock.ok) lock.value.release();
	});
});

describe("what was under way when the process ended", () => {
	const ID = "0123456789abcdef" as IntentId;
	const ended = (outcome: "landed" | "reverted" | "expired" | "released"): IntentOutcome => ({
		status: "ended",
		outcome,
		signature: null,
	});
	beforeEach(async () => {
		mkdirSync(folder, { recursive: true });
		await new PositionFile(folder, GENESIS).write({ positions: [HELD], unsettled: [ID] });
	});

	test.each([
		["landed", ended("landed"), "landed"],
		["is known to nobody", { status: "unknown" } as const, "may have landed"],
	])("and %s puts what is held in doubt, until a person has mended it", async (_, outcome, end) => {
		outcomes[ID] = outcome;
		keeperOf().start();
		await until(() => read.length > 0);
		expect(read[0]).toContain(`intent ${ID} ${end} while nobody listened: mend the positions in ${folder}`);
	});

	test.each(["reverted", "expired", "released"] as const)("and %s changed nothing", async (outcome) => {
		outcomes[ID] = ended(outcome);
		keeperOf().start();
		await until(() => read.length > 0);
		expect(read).toEqual([[HELD]]);
	});

	test("and is open is waited for", async () => {
		outcomes[ID] = { status: "open" };
		keeperOf().start();
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(read).toEqual([]);
		outcomes[ID] = ended("reverted");
		await until(() => read.length > 0);
		expect(read).toEqual([[HELD]]);
	});
});

test("what is written is what the next process reads, to the unit", async () => {
	const first = keeperOf();
	first.start();
	await until(() => read.length > 0);
	expect(read).toEqual([[]]);
	first.changed();
	await first.stop();
	const second = keeperOf();
	second.start();
	await until(() => read.length > 1);
	expect(read[1]).toEqual([HELD]);
});

test("the last change wins, however fast they come", async () => {
	const keeper = keeperOf();
	keeper.start();
	await until(() => read.length > 0);
	for (let amount = 1n; amount <= 50n; amount++) {
		held = [{ ...HELD, amount }];
		keeper.changed();
	}
	await keeper.stop();
	await keeper.stop();
	expect(await new PositionFile(folder, GENESIS).read()).toMatchObject({ value: { positions: [{ amount: 50n }] } });
});

test("a chain, and a disk, that do not answer are asked again", async () => {
	let asked = 0;
	const keeper = keeperOf(async () => {
		if (++asked < 3) throw new Error("refused");
		return GENESIS;
	});
	keeper.start();
	keeper.start();
	await until(() => read.length > 0);
	expect(asked).toBe(3);
	const inTheWay = join(folder, "positions.json.tmp");
	mkdirSync(inTheWay);
	chmodSync(folder, 0o700);
	keeper.changed();
	await new Promise((resolve) => setTimeout(resolve, 50));
	rmSync(inTheWay, { recursive: true, force: true });
	await until(() => existsSync(join(folder, "positions.json")));
	expect(await new PositionFile(folder, GENESIS).read()).toMatchObject({ value: { positions: [HELD] } });
});

test("stopped before the chain has answered, it ends", async () => {
	const keeper = keeperOf(() => Promise.reject(new Error("refused")));
	keeper.start();
	await keeper.stop();
	expect(read).toEqual([]);
});
