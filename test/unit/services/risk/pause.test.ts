import { expect, test } from "@jest/globals";
import { Pause } from "../../../../services/risk/pause.ts";

const LONG_MS = 3_600_000;

test("a wake ends the waits that may be woken, and only those", async () => {
	const pause = new Pause();
	const ended: string[] = [];
	const woken = pause.wait(LONG_MS, { wakeable: true }).then(() => ended.push("wakeable"));
	const fixed = pause.wait(LONG_MS, { wakeable: false }).then(() => ended.push("fixed"));
	pause.wake();
	await woken;
	expect(ended).toEqual(["wakeable"]);
	pause.close();
	await fixed;
	expect(ended).toEqual(["wakeable", "fixed"]);
});

test("a wake while nobody waits ends the next wait, once", async () => {
	const pause = new Pause();
	pause.wake();
	await pause.wait(LONG_MS, { wakeable: true });
	let ended = false;
	const second = pause.wait(LONG_MS, { wakeable: true }).then(() => {
		ended = true;
	});
	await Promise.resolve();
	expect(ended).toBe(false);
	pause.wake();
	await second;
});

test("closed, or for no time, it does not wait", async () => {
	expect.assertions(0);
	const pause = new Pause();
	await pause.wait(0, { wakeable: false });
	await pause.wait(1, { wakeable: false });
	pause.close();
	await pause.wait(LONG_MS, { wakeable: false });
});
