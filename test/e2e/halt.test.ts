import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Desk } from "../support/product.ts";

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
});

test("halt ends signing, outlives a restart, and only a person with the token releases it", async () => {
	const first = desk.start();
	await desk.statusWhen("a landed trade", ({ executor }) => executor.landed >= 2);
	expect(statSync(join(desk.folder, "api-token")).mode & 0o777).toBe(0o600);
	for (const token of [null, "wrong"]) {
		expect((await desk.post("/api/halt", token, { reason: "test" })).status).toBe(401);
		expect((await desk.post("/api/resume", token, { reason: "test" })).status).toBe(401);
	}
	expect((await desk.post("/api/halt", desk.token, { reason: "test" })).status).toBe(200);
	const halted = await desk.statusWhen("the halt to show", ({ tradingState }) => tradingState === "halted");
	const later = await desk.statusWhen("eight more slots", ({ slot }) => slot >= halted.slot + 8);
	expect(later.executor.submitted).toBe(halted.executor.submitted);
	expect(await first.interrupt()).toBe(0);

	desk.start();
	const restarted = await desk.statusWhen("the restart", ({ books, slot }) => books.length > 0 && slot > later.slot);
	const idle = await desk.statusWhen("eight slots more", ({ slot }) => slot >= restarted.slot + 8);
	expect([idle.tradingState, idle.executor.landed]).toEqual(["halted", later.executor.landed + later.inFlight]);
	expect(idle.risk.approved).toBe(restarted.risk.approved);

	expect((await desk.post("/api/resume", null, { reason: "test" })).status).toBe(401);
	expect((await desk.post("/api/resume", desk.token, { reason: "test" })).status).toBe(200);
	await desk.statusWhen("a trade after the release", ({ executor }) => executor.landed > idle.executor.landed);
}, 120_000);
