import { beforeEach, describe, expect, test } from "@jest/globals";
import { seededRandom } from "../../../../libs/random.ts";
import { BackgroundJobs } from "../../../../services/executor/background-jobs.ts";
import { abortable, untilItWorks } from "../../../../services/executor/startup.ts";

let stop: AbortController;
let troubles: string[];
let jobs: BackgroundJobs;

beforeEach(() => {
	stop = new AbortController();
	troubles = [];
	jobs = new BackgroundJobs(stop.signal, (what) => void troubles.push(what));
});

const turn = () => new Promise((done) => setImmediate(done));

describe("background jobs", () => {
	test("a failure is told, and the next run goes ahead", async () => {
		let runs = 0;
		const work = async () => {
			if (++runs === 1) throw new Error("no answer");
		};
		jobs.run("catalog", work);
		await turn();
		jobs.run("catalog", work);
		await jobs.idle();
		expect([runs, troubles]).toEqual([2, ["catalog: no answer"]]);
	});

	test("one at a time by name; asked for meanwhile, once more", async () => {
		let runs = 0;
		let release = () => {};
		const gate = new Promise<void>((open) => {
			release = open;
		});
		const work = async () => {
			runs++;
			await gate;
		};
		for (let asked = 0; asked < 5; asked++) jobs.run("a", work);
		jobs.run("b", work);
		await turn();
		expect(runs).toBe(2);
		release();
		await jobs.idle();
		expect(runs).toBe(3);
	});

	test("after a stop nothing begins, and what fails because of it is not told", async () => {
		jobs.run("a", async () => {
			await turn();
			throw new Error("aborted");
		});
		jobs.run("a", async () => void troubles.push("ran"));
		await turn();
		stop.abort();
		jobs.run("b", async () => void troubles.push("ran"));
		await jobs.idle();
		expect(troubles).toEqual([]);
	});
});

describe("starting", () => {
	test("what is aborted is not tried again, and nobody waits for it", async () => {
		const never = new Promise(() => {});
		const attempt = untilItWorks(() => abortable(never, stop.signal), {
			what: "nothing",
			random: seededRandom(1),
			abortSignal: stop.signal,
			onTrouble: () => {},
		});
		stop.abort();
		await expect(attempt).rejects.toThrow("abort");
		await expect(abortable(never, stop.signal)).rejects.toThrow("abort");
	});
});
