import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Bus } from "../../../broker/bus.ts";
import { Person } from "../../support/people.ts";
import { until } from "../../support/until.ts";
import { Desk, type RunningExecutor } from "./desk.ts";

const ann = new Person("ann");
const bob = new Person("bob");

let desk: Desk;
let executor: RunningExecutor;

beforeEach(async () => {
	// First as on a chain of play money, so that the token accounts are there.
	desk = await Desk.open();
	const maker = await desk.start();
	await maker.kill();
	Object.assign(desk.config, { mode: "live" });
	Object.assign(desk.config.security, { arming_people: [ann, bob].map(({ name, key }) => ({ name, key })) });
	executor = await desk.start({ ready: false });
	await until(() => executor.readyCount > 0, { what: "the executor" });
	await until(async () => (await executor.status()).closedBecause?.includes("two people"), { what: "a lease" });
	desk.node.sent.length = 0;
});

afterEach(() => desk.close());

async function arming() {
	const { arming: status } = await executor.status();
	if (!status) throw new Error("nobody has to arm");
	return status;
}

test("live: rehearsed and not signed until two people have armed, and again when it is taken back", async () => {
	expect(await executor.execute(desk.intent())).toMatchObject({ status: "refused", code: "notArmed" });
	await until(async () => (await arming()).wouldLand === 1, { what: "the rehearsal" });
	const lossMaking = desk.intent({}, 10n ** 12n);
	expect(await executor.execute(lossMaking)).toMatchObject({ code: "notArmed" });
	await until(async () => (await arming()).wouldRevert === 1, { what: "the second rehearsal" });

	const { build, config } = await arming();
	const bus = new Bus(executor.broker);
	bus.broadcast("executor.arming.signed", await ann.arm({ build, config }));
	bus.broadcast("executor.arming.signed", { ...(await bob.arm({ build, config })), expiresAtMicros: 2 ** 52 });
	bus.broadcast("executor.arming.signed", await new Person("bob").arm({ build, config }));
	await until(async () => (await arming()).people.length === 1, { what: "the first word" });
	expect(await executor.execute(desk.intent())).toMatchObject({ code: "notArmed" });
	expect(desk.node.sent).toEqual([]);

	bus.broadcast("executor.arming.signed", await bob.arm({ build, config }));
	await until(async () => (await arming()).armedUntilMicros !== null, { what: "the second word" });
	const intent = desk.intent();
	expect(await executor.execute(intent)).toMatchObject({ status: "accepted" });
	expect((await executor.settlement(intent)).outcome).toBe("landed");

	bus.broadcast("executor.arming.withdrawn", { by: "test" });
	await until(async () => (await arming()).armedUntilMicros === null, { what: "the end of it" });
	const sent = desk.node.sent.length;
	expect(await executor.execute(desk.intent())).toMatchObject({ code: "notArmed" });
	expect(desk.node.sent.length).toBe(sent);
});
