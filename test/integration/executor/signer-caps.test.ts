import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Desk } from "./desk.ts";

const MICRO_UNITS = 1_000_000n;

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(() => desk.close());

/** Two intents an hour, and no third one. */
function allowTwo(): void {
	const notional = 2n * (desk.intent().legs[0]?.amountIn as bigint);
	const fraction = (notional % MICRO_UNITS).toString().padStart(6, "0");
	for (const cap of desk.config.security.caps as { per_hour: string }[]) {
		cap.per_hour = `${notional / MICRO_UNITS}.${fraction}`;
	}
}

test("killed and started again, an executor has no fresh allowance", async () => {
	allowTwo();
	const first = await desk.start();
	const intent = desk.intent();
	expect(await first.execute(intent)).toMatchObject({ status: "accepted" });
	await first.settlement(intent);
	await first.kill();

	const second = await desk.start();
	expect(await second.execute(desk.intent())).toMatchObject({ status: "accepted" });
	const detail = expect.stringMatching(/would enter routes within an hour, at most/);
	const refused = { status: "refused", code: "policyViolation", detail };
	expect(await second.execute(desk.intent())).toMatchObject(refused);
	await second.kill();

	const third = await desk.start();
	expect(await third.execute(desk.intent())).toMatchObject(refused);
});
