import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { EpochMemory } from "../../../../services/executor/epoch-memory.ts";
import { RiskAuthority } from "../../../../services/executor/risk-authority.ts";
import { StandInRisk } from "../../../support/stand-in-risk.ts";

const LEASE_MS = 3_000;
const LEASE_MICROS = LEASE_MS * 1_000;
const EPOCH = 5;

let risk: StandInRisk;
let highest: number;
let monotonicMicros: number;
let epochMicros: number;
let troubles: string[];
let remember: (epoch: number) => Promise<void>;
let authority: RiskAuthority;

beforeEach(async () => {
	risk = await StandInRisk.open();
	[highest, monotonicMicros, epochMicros, troubles] = [0, 500, 1_000_000, []];
	remember = async (epoch) => {
		highest = Math.max(highest, epoch);
	};
	authority = new RiskAuthority({
		seal: risk.seal,
		epochs: {
			get highest() {
				return highest;
			},
			remember: (epoch) => remember(epoch),
		},
		clock: { epochMicros: () => epochMicros, monotonicMicros: () => monotonicMicros },
		leaseMs: LEASE_MS,
		onTrouble: (what) => void troubles.push(what),
	});
});

const turn = () => new Promise((done) => setImmediate(done));
const pass = (micros: number): void => {
	monotonicMicros += micros;
	epochMicros += micros;
};

async function hear(lease: unknown): Promise<void> {
	authority.offer(lease);
	await turn();
}

const current = (epoch = EPOCH) => risk.lease(epoch, epochMicros + LEASE_MICROS);

describe("without a lease nothing is signed", () => {
	test("before any is heard", () => {
		expect(authority.lapse).toContain("no lease");
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "leaseLapsed" });
		expect(authority.isKnown).toBe(false);
	});

	test.each([
		["garbage", () => ({ epoch: "5" })],
		["nothing", () => null],
		[
			"one of another key",
			async () => (await StandInRisk.open("another key")).lease(EPOCH, epochMicros + LEASE_MICROS),
		],
		["one that was made longer", () => ({ ...current(), expiresAtMicros: epochMicros + 9 * LEASE_MICROS })],
		["one of a forged epoch", () => ({ ...current(), epoch: EPOCH + 1 })],
	])("%s is no lease", async (_what, lease) => {
		await hear(await lease());
		expect(authority.lapse).toContain("no lease");
		expect(highest).toBe(0);
	});

	test("one whose epoch could not be kept on disk does not count, nor does the next one", async () => {
		remember = async (epoch) => {
			highest = epoch;
			throw new Error("no space");
		};
		await hear(current());
		await hear(risk.lease(EPOCH, epochMicros + LEASE_MICROS + 1));
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "leaseLapsed" });
		expect(troubles[0]).toContain("no space");
	});
});

describe("a lease", () => {
	beforeEach(async () => hear(current()));

	test("lasts to its last microsecond, and no longer", () => {
		expect(authority.lapse).toBeNull();
		pass(LEASE_MICROS - 1);
		expect(authority.lapse).toBeNull();
		pass(1);
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "leaseLapsed" });
		expect(authority.lapse).toContain("3000 ms ago");
	});

	test("ends by its own end, too, where it was heard late", async () => {
		epochMicros += LEASE_MICROS - 1;
		expect(authority.lapse).toBeNull();
		epochMicros += 1;
		expect(authority.lapse).toContain("compare the clocks");
	});

	test("is not prolonged by a clock that is set back", () => {
		monotonicMicros += LEASE_MICROS;
		epochMicros -= LEASE_MICROS;
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "leaseLapsed" });
	});

	test("is not prolonged by being played back, also where the clock was set back meanwhile", async () => {
		const heard = risk.lease(EPOCH, epochMicros + 2 * LEASE_MICROS);
		await hear(heard);
		monotonicMicros += LEASE_MICROS - 10;
		await hear(heard);
		monotonicMicros += 10;
		expect(authority.lapse).toContain("3000 ms ago");
	});

	test("is prolonged by the next one, and not by hearing itself again", async () => {
		const first = current();
		pass(LEASE_MICROS - 10);
		await hear(first);
		await hear(risk.lease(EPOCH, epochMicros));
		pass(10);
		expect(authority.lapse).not.toBeNull();
		await hear(current());
		expect(authority.lapse).toBeNull();
	});
});

describe("epochs", () => {
	beforeEach(async () => hear(current()));

	test("an intent of an older epoch is refused, whoever is in charge now", async () => {
		expect(authority.refusal(EPOCH - 1)).toMatchObject({ code: "staleEpoch" });
		await hear(current(EPOCH + 1));
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "staleEpoch" });
		expect(authority.refusal(EPOCH + 1)).toBeNull();
	});

	test("leases of a leader that comes back neither count nor prolong", async () => {
		await hear(current(EPOCH + 1));
		pass(LEASE_MICROS);
		await hear(current());
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "staleEpoch" });
		expect(authority.refusal(EPOCH + 1)).toMatchObject({ code: "leaseLapsed" });
	});

	test("an intent of an epoch that gave no lease is refused", () => {
		expect(authority.refusal(EPOCH + 1)).toMatchObject({
			code: "leaseLapsed",
			detail: expect.stringContaining("no lease"),
		});
	});

	test("while the new epoch is being written down, neither it nor the old one may", async () => {
		const kept = Promise.withResolvers<void>();
		remember = async (epoch) => {
			highest = epoch;
			await kept.promise;
		};
		authority.offer(current(EPOCH + 1));
		expect(authority.refusal(EPOCH)).toMatchObject({ code: "staleEpoch" });
		expect(authority.refusal(EPOCH + 1)).toMatchObject({ code: "leaseLapsed" });
		expect(authority.lapse).not.toBeNull();
		kept.resolve();
		await turn();
		expect(authority.refusal(EPOCH + 1)).toBeNull();
	});

	test("of two that are written down at once the higher one stays", async () => {
		const kept: (() => void)[] = [];
		remember = (epoch) => {
			highest = Math.max(highest, epoch);
			return new Promise((done) => void kept.push(done));
		};
		authority.offer(current(EPOCH + 1));
		authority.offer(current(EPOCH + 2));
		for (const done of kept.reverse()) done();
		await turn();
		expect(authority.refusal(EPOCH + 2)).toBeNull();
		expect(authority.refusal(EPOCH + 1)).toMatchObject({ code: "staleEpoch" });
	});
});

describe("the highest epoch", () => {
	let parent: string;
	const folder = (name: string) => join(parent, name);

	beforeEach(() => {
		parent = mkdtempSync(join(tmpdir(), "epochs-"));
		for (const name of ["1", "2"]) mkdirSync(folder(name));
	});

	afterEach(() => rmSync(parent, { recursive: true }));

	test.each(["", "many", "-1", "1e3", "99999999999999999", "5\n6"])(
		"a file that says %j stops the start",
		async (text) => {
			writeFileSync(join(folder("2"), "risk-epoch"), text);
			await expect(EpochMemory.open(parent, folder("1"))).rejects.toThrow(/2\/risk-epoch holds no epoch/);
		},
	);

	test("a file that cannot be read stops the start", async () => {
		mkdirSync(join(folder("2"), "risk-epoch"));
		await expect(EpochMemory.open(parent, folder("1"))).rejects.toThrow(/cannot be read/);
	});

	test("is kept over a restart, and shared by the executors of a machine", async () => {
		const memory = await EpochMemory.open(parent, folder("1"));
		expect(memory.highest).toBe(0);
		await Promise.all([memory.remember(7), memory.remember(9), memory.remember(8)]);
		expect(memory.highest).toBe(9);
		expect(readFileSync(join(folder("1"), "risk-epoch"), "utf8")).toBe("9\n");
		expect((await EpochMemory.open(parent, folder("2"))).highest).toBe(9);
	});

	test("what could not be written is not taken for kept the next time", async () => {
		const memory = await EpochMemory.open(parent, join(parent, "1"));
		rmSync(folder("1"), { recursive: true });
		writeFileSync(folder("1"), "in the way");
		await expect(memory.remember(7)).rejects.toThrow();
		await expect(memory.remember(7)).rejects.toThrow();
		expect(memory.highest).toBe(7);
	});
});
