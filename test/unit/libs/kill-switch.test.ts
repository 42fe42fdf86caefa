import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../libs/clock.ts";
import { HALT_FILE, KillSwitch, writeHaltFile } from "../../../libs/kill-switch.ts";
import { until } from "../../support/until.ts";

let folder: string;
let path: string;
let micros: number;
let killSwitch: KillSwitch;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-halt-"));
	path = join(folder, HALT_FILE);
	micros = 0;
	killSwitch = new KillSwitch({
		dataFolder: folder,
		clock: { epochMicros: () => micros, monotonicMicros: () => micros },
	});
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the file", () => {
	test("halts within 50 ms, by whoever asks, without a timer", () => {
		expect(killSwitch.raised).toBeNull();
		writeFileSync(path, "");
		micros = 49_999;
		expect(killSwitch.raised).toBeNull();
		micros = 50_000;
		expect(killSwitch.raised).toContain(`remove ${path}`);
	});

	test("is seen at once by who looks now", () => {
		expect(killSwitch.raised).toBeNull();
		writeFileSync(path, "");
		expect(killSwitch.look()).toContain("somebody");
		expect(killSwitch.raised).toContain("somebody");
	});

	test.each([
		["garbage", "\u0000\u0001"],
		["another JSON", "[1]"],
		["nothing of use", '{"by":1,"reason":2}'],
		["null", "null"],
	])("halts with %s in it", (_what, text) => {
		writeFileSync(path, text);
		expect(killSwitch.raised).toContain("no reason given");
	});

	test("halts when it is a folder, or cannot be looked at", () => {
		mkdirSync(path);
		expect(killSwitch.raised).toContain("no reason given");
		const within = new KillSwitch({ dataFolder: join(path, "x".repeat(300)), clock: systemClock });
		expect(within.raised).toContain("cannot be seen");
	});

	test("says who and why, cut to a length", () => {
		writeHaltFile(path, { by: "ann", reason: "r".repeat(600) }, systemClock);
		expect(killSwitch.raised).toMatch(/^halted by ann: r{512};/);
	});

	test("gone with its whole folder, as when a disk is taken away, it still halts", () => {
		writeFileSync(path, "");
		expect(killSwitch.look()).not.toBeNull();
		rmSync(folder, { recursive: true });
		expect(killSwitch.look()).toContain("somebody");
		mkdirSync(folder);
		expect(killSwitch.look()).toBeNull();
	});

	test("gone, it halts no more: risk's own latch stays", () => {
		writeFileSync(path, "");
		expect(killSwitch.raised).not.toBeNull();
		rmSync(path);
		micros += 50_000;
		expect(killSwitch.raised).toBeNull();
	});
});

describe("raised in the process", () => {
	test("it halts at once, and leaves a file for the others and the next start", () => {
		expect(killSwitch.raised).toBeNull();
		killSwitch.raise({ by: "signal", reason: "test" });
		expect(killSwitch.raised).toContain("halted by signal: test");
		expect(statSync(path).mode & 0o777).toBe(0o600);
		expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
			by: "signal",
			reason: "test",
			at: "1970-01-01T00:00:00.000Z",
		});
		expect(new KillSwitch({ dataFolder: folder, clock: systemClock }).raised).toContain("halted by signal");
	});

	test("what a file says already stays", () => {
		writeHaltFile(path, { by: "ann", reason: "first" }, systemClock);
		killSwitch.raise({ by: "bob", reason: "second" });
		expect(killSwitch.raised).not.toBeNull();
		expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ by: "ann", reason: "first" });
	});

	test("a file that cannot be written halts this process for good, and is told", () => {
		const blocked = join(folder, "file");
		writeFileSync(blocked, "");
		const stuck = new KillSwitch({
			dataFolder: blocked,
			clock: { epochMicros: () => 0, monotonicMicros: () => micros },
		});
		expect(() => stuck.raise({ by: "signal", reason: "test" })).toThrow(/halted in this process, but not in others/);
		micros += 1_000_000;
		expect(stuck.raised).toContain("halted by signal");
	});

	test("a folder that may not be written does so, too", () => {
		if (process.getuid?.() === 0) return;
		chmodSync(folder, 0o500);
		expect(() => killSwitch.raise({ by: "signal", reason: "test" })).toThrow(/cannot be written/);
		expect(existsSync(path)).toBe(false);
		expect(killSwitch.raised).toContain("halted by signal");
		chmodSync(folder, 0o700);
	});
});

describe("who watches", () => {
	test("is told once, and no more after leaving", async () => {
		const live = new KillSwitch({ dataFolder: folder, clock: systemClock });
		const told: string[] = [];
		const stop = live.watch((why) => void told.push(why));
		const leave = live.watch((why) => void told.push(`left: ${why}`));
		leave();
		expect(told).toEqual([]);
		writeFileSync(path, "");
		await until(() => told.length > 0, { what: "the file to be seen" });
		live.look();
		expect(told).toHaveLength(1);
		stop();
		stop();
		rmSync(path);
		live.look();
		writeFileSync(path, "");
		live.look();
		expect(told).toHaveLength(1);
	});

	test("is told at once where it is raised already", () => {
		writeFileSync(path, "");
		const told: string[] = [];
		killSwitch.watch((why) => void told.push(why))();
		expect(told).toHaveLength(1);
	});
});
