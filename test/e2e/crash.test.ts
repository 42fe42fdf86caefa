import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Desk } from "../support/product.ts";

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
});

test("kill -9 in mid-trade, three times over: each start finds the books exact and trades on", async () => {
	let landed = 0;
	for (let life = 0; life < 3; life++) {
		const product = desk.start();
		await desk.statusWhen(`trades of life ${life}`, ({ executor }) => executor.landed >= landed + 3);
		const inTrade = await desk.statusWhen("a trade in flight", ({ inFlight }) => inFlight > 0);
		await product.kill();
		landed = inTrade.executor.landed;
	}
	desk.start();
	const recovered = await desk.statusWhen(
		"trades after the last crash",
		({ executor }) => executor.landed > landed + 3,
	);
	expect(recovered.executor.landed).toBeGreaterThan(landed);
}, 180_000);
