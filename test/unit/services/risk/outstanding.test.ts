import { expect, test } from "@jest/globals";
import { Outstanding } from "../../../../services/risk/outstanding.ts";
import { intentId } from "../../core/risk/risk-world.ts";

const HOUR_MICROS = 3_600_000_000;
const never = new Promise<never>(() => {});

test("an answered call is no longer outstanding, an error is until its deadline", async () => {
	const outstanding = new Outstanding();
	outstanding.follow(intentId(), Promise.resolve("accepted"), HOUR_MICROS);
	await outstanding.ended(0);
	let ended = false;
	const failed = Promise.reject(new Error("timeout"));
	outstanding.follow(intentId(), failed, 100_000);
	const waiting = outstanding.ended(0).then(() => {
		ended = true;
	});
	await new Promise((resolve) => setImmediate(resolve));
	expect(ended).toBe(false);
	await waiting;
});

test("an answer that comes while it is waited for ends the waiting", async () => {
	const outstanding = new Outstanding();
	let answer = (): void => {};
	const answered = new Promise<void>((resolve) => {
		answer = resolve;
	});
	outstanding.follow(intentId(), answered, HOUR_MICROS);
	const waiting = outstanding.ended(0);
	answer();
	await waiting;
});

test("what passed its deadline is waited for no longer, and can be dropped", async () => {
	const outstanding = new Outstanding();
	outstanding.follow(intentId(), never, 1_000_000);
	outstanding.follow(intentId(), never, HOUR_MICROS);
	outstanding.prune(1_050_001);
	outstanding.prune(HOUR_MICROS + 50_001);
	await outstanding.ended(0);
	outstanding.follow(intentId(), never, 1_000);
	await outstanding.ended(HOUR_MICROS);
	expect.assertions(0);
});
