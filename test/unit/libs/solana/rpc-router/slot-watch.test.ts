import { afterEach, describe, expect, test } from "@jest/globals";
import { FakeNet, never, tooMany } from "./fake-net.ts";

let net: FakeNet;

afterEach(() => net.router.stop());

/** Lets the watch see its first slots. */
async function watched(count: number, chain: ConstructorParameters<typeof FakeNet>[1] = {}): Promise<FakeNet> {
	net = new FakeNet(count, chain);
	net.router.start();
	await net.time.pass(0);
	return net;
}

const healthy = () => net.router.health().map((one) => one.healthy);

describe("lag", () => {
	test("more than the allowed slots behind the median is out within a second, and in again when it has caught up", async () => {
		await watched(3);
		net.setSlots(1_010, 1_005, 1_010);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, true, true]);
		net.setSlots(1_020, 1_014, 1_020);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, false, true]);
		expect(net.health(1)).toMatchObject({ slot: 1_014, lagSlots: 6 });
		net.setSlots(1_021, 1_017, 1_021);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, false, true]);
		net.setSlots(1_040, 1_038, 1_040);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, true, true]);
	});

	test("it gets neither reads nor sends while it is out", async () => {
		await watched(2);
		net.setSlots(1_000, 1_100);
		await net.time.pass(800);
		expect(healthy()).toEqual([false, true]);
		await net.router.rpc.getBlockHeight().send();
		expect(net.node(0).count("getBlockHeight")).toBe(0);
	});

	test("of two the one that is ahead is believed; of many the median, not the one furthest ahead", async () => {
		await watched(4);
		net.setSlots(100, 9_000, 101, 102);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, true, true, true]);
		net.setSlots(100, 9_000, 101, 90);
		await net.time.pass(800);
		expect(healthy()).toEqual([true, true, true, false]);
	});

	test("what was told long ago counts no more", async () => {
		await watched(3);
		net.setSlots(2_000, 2_000, 1_000);
		net.node(0).react = never;
		net.node(1).react = never;
		await net.time.pass(60_000);
		expect(net.health(2).healthy).toBe(true);
	});
});

describe("probes", () => {
	test("one endpoint alone is never probed", async () => {
		await watched(1);
		await net.time.pass(10_000);
		expect(net.node(0).requests).toEqual([]);
		expect(net.time.pending).toBe(0);
	});

	test("each endpoint once an interval, at commitment processed", async () => {
		await watched(2);
		await net.time.pass(4_000);
		expect(net.node(0).count("getSlot")).toBe(11);
		expect(net.node(0).requests[0]?.params).toEqual([{ commitment: "processed" }]);
	});

	test("a dead endpoint is out after three probes, looked at ever more seldom, and in again when it answers", async () => {
		await watched(2);
		net.node(1).react = () => new Error("gone");
		await net.time.pass(1_200);
		expect(healthy()).toEqual([true, false]);
		await net.time.pass(60_000);
		const before = net.node(1).count("getSlot");
		await net.time.pass(80_000);
		const looks = net.node(1).count("getSlot") - before;
		expect(looks).toBeGreaterThanOrEqual(10);
		expect(looks).toBeLessThanOrEqual(20);
		net.node(1).react = () => "ok";
		await net.time.pass(30_000);
		expect(healthy()).toEqual([true, true]);
	});

	test("one that does not answer is a failure after a second", async () => {
		await watched(2);
		net.node(1).react = never;
		await net.time.pass(1_400);
		expect(net.health(1).reads.failures).toBe(1);
		await net.time.pass(3_000);
		expect(healthy()).toEqual([true, false]);
	});

	test("a pause is kept by probes too, and the endpoint stays in: its sends go on", async () => {
		await watched(2);
		net.node(1).react = () => tooMany("5");
		await net.time.pass(400);
		const before = net.node(1).count("getSlot");
		await net.time.pass(4_900);
		expect(net.node(1).count("getSlot")).toBe(before);
		expect(healthy()).toEqual([true, true]);
		await net.time.pass(200);
		expect(net.node(1).count("getSlot")).toBe(before + 1);
	});

	test("a stopped watch asks nothing more; starting twice is starting once", async () => {
		await watched(2);
		net.router.start();
		await net.time.pass(400);
		expect(net.node(0).count("getSlot")).toBe(2);
		net.router.stop();
		net.router.stop();
		await net.time.pass(5_000);
		expect(net.node(0).count("getSlot")).toBe(2);
		expect(net.time.pending).toBe(0);
	});

	test("a stop while a probe is under way ends it", async () => {
		await watched(2);
		net.node(0).react = never;
		await net.time.pass(400);
		net.router.stop();
		await net.time.pass(5_000);
		expect(net.time.pending).toBe(0);
		expect(net.health(0).reads).toMatchObject({ failures: 0, inFlight: 0 });
	});
});
