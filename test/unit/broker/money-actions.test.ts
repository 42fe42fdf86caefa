import { afterEach, expect, test } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../broker/options.ts";
import { loadConfig } from "../../../config/load.ts";
import { systemClock } from "../../../libs/clock.ts";
import { systemRandom } from "../../../libs/random.ts";

let broker: ServiceBroker | undefined;

afterEach(async () => {
	await broker?.stop();
});

/** A broker with the product's own options, and one actor that is too slow to answer. */
async function slowActor(name: string, action: string): Promise<{ calls: () => number }> {
	const config = loadConfig({ environment: { MOJO_LOG_LEVEL: "fatal" } });
	const options = brokerOptions({
		config,
		clock: systemClock,
		random: systemRandom,
		fatal: (error) => {
			throw error;
		},
		notice: () => {},
	});
	let calls = 0;
	broker = new ServiceBroker(options);
	broker.createService({
		name,
		actions: {
			[action]: async () => {
				calls++;
				await new Promise((wake) => setTimeout(wake, 100));
			},
		},
	});
	await broker.start();
	return { calls: () => calls };
}

test.each([
	["risk", "submitIntent"],
	["executor", "execute"],
])("a timed-out %s.%s ran once, even when the caller asks for retries", async (name, action) => {
	const { calls } = await slowActor(name, action);
	await expect(broker!.call(`${name}.${action}`, {}, { timeout: 20, retries: 3 })).rejects.toThrow(/timed out/i);
	await new Promise((wake) => setTimeout(wake, 300));
	expect(calls()).toBe(1);
});

test("a timed-out read is tried again", async () => {
	const { calls } = await slowActor("feed", "status");
	await expect(broker!.call("feed.status", {}, { timeout: 20 })).rejects.toThrow(/timed out/i);
	expect(calls()).toBe(3);
});
