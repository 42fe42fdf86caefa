import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import { systemClock } from "../../../libs/clock.ts";
import { Desk, type RunningExecutor, until } from "./desk.ts";
import { SlowDisk } from "./slow-disk.ts";

let desk: Desk;
let disk: SlowDisk;
let executor: RunningExecutor;

beforeEach(async () => {
	desk = await Desk.open();
	disk = new SlowDisk();
	executor = await desk.start({ openSegment: disk.open });
	desk.node.sent.length = 0;
});

afterEach(async () => {
	disk.release();
	await desk.close();
});

/** Hands an intent over while the disk is held, and waits until its claim is with the disk. */
async function whileClaiming(intent: ApprovedIntent) {
	disk.hold();
	const ack = executor.execute(intent);
	await until(() => disk.waiting > 0, "the claim reaches the disk");
	expect(desk.node.sent).toEqual([]);
	expect(await executor.status()).toMatchObject({ inFlight: 1, submitted: 0 });
	return ack;
}

describe("nothing leaves before its claim is durable", () => {
	test("a held fsync holds the bytes, and lets them go", async () => {
		const intent = desk.intent();
		disk.hold();
		const ack = executor.execute(intent);
		await until(() => disk.waiting > 0, "the claim reaches the disk");
		desk.advance(3);
		await new Promise((wake) => setTimeout(wake, 100));
		expect(desk.node.sent).toEqual([]);
		disk.release();
		expect(await ack).toMatchObject({ status: "accepted" });
		expect((await executor.settlement(intent)).outcome).toBe("landed");
	});

	test("a failing disk: refused, nothing sent, and every later intent refused", async () => {
		disk.fails = true;
		const ack = await executor.execute(desk.intent());
		expect(ack).toMatchObject({ status: "refused", code: "journalUnavailable" });
		expect(ack.status === "refused" && ack.detail).toContain("input/output error");
		disk.fails = false;
		expect(await executor.execute(desk.intent())).toMatchObject({ status: "refused", code: "journalUnavailable" });
		expect(desk.node.sent).toEqual([]);
		expect(await executor.status()).toMatchObject({ inFlight: 0, submitted: 0, refused: { journalUnavailable: 2 } });
	});

	test("halted between approval and execution: signed in vain, never sent, and withdrawn for good", async () => {
		const intent = desk.intent();
		const claiming = whileClaiming(intent);
		await until(() => disk.waiting > 0, "the claim");
		await new Promise((wake) => setTimeout(wake, 20));
		desk.setTradingState("halted");
		disk.release();
		expect(await claiming).toMatchObject({ status: "refused", code: "tradingHalted" });
		desk.setTradingState("active");
		expect(await executor.execute(intent)).toMatchObject({ status: "refused", code: "tradingHalted" });
		expect(desk.node.sent).toEqual([]);
		await executor.kill();
		const next = await desk.start();
		expect(await next.status()).toMatchObject({ inFlight: 0, unknown: 0 });
	});

	test("the deadline passes while the disk is slow: never sent", async () => {
		const intent = desk.intent({ deadlineMicros: systemClock.epochMicros() + 150_000 });
		const claiming = whileClaiming(intent);
		await until(() => systemClock.epochMicros() > intent.deadlineMicros, "the deadline");
		disk.release();
		expect(await claiming).toMatchObject({ status: "refused", code: "deadlinePassed" });
		expect(desk.node.sent).toEqual([]);
	});
});

describe("a node that fails", () => {
	test("the answer to a send is lost after the chain got the bytes: found by polling, sent to no second effect", async () => {
		const deaf = await Desk.open();
		try {
			const blind = await deaf.start({ withoutPubsub: true });
			deaf.node.fault = (method) => (method === "sendTransaction" ? "loseAnswer" : "pass");
			const intent = deaf.intent();
			expect(await blind.execute(intent)).toMatchObject({ status: "accepted" });
			expect((await blind.settlement(intent)).outcome).toBe("landed");
			expect(await deaf.transactionsOf(intent)).toHaveLength(1);
			expect(blind.warnings.join()).toContain("sending");
		} finally {
			await deaf.close();
		}
	});

	test("lost bytes are sent again, the very same ones, until they land", async () => {
		desk.node.fault = (method) => (method === "sendTransaction" && desk.node.sent.length < 3 ? "lose" : "pass");
		const intent = desk.intent();
		await executor.execute(intent);
		expect((await executor.settlement(intent)).outcome).toBe("landed");
		expect(desk.node.sent.length).toBeGreaterThanOrEqual(3);
		expect(new Set(desk.node.sent).size).toBe(1);
	});

	test("while halted nothing is sent again; afterwards it is", async () => {
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		const intent = desk.intent();
		await executor.execute(intent);
		await until(() => desk.node.sent.length >= 2, "a second send");
		desk.setTradingState("halted");
		await new Promise((wake) => setTimeout(wake, 50));
		const sentBefore = desk.node.sent.length;
		const polls = () => desk.node.requests.filter((method) => method === "getSignatureStatuses").length;
		const pollsBefore = polls();
		await until(() => polls() > pollsBefore + 5, "further polls");
		expect(desk.node.sent).toHaveLength(sentBefore);
		desk.node.fault = () => "pass";
		desk.setTradingState("active");
		expect((await executor.settlement(intent)).outcome).toBe("landed");
	});

	test("what never arrives expires, but only when the finalized chain proves it", async () => {
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		const intent = desk.intent();
		await executor.execute(intent);
		while (desk.chain.slot("processed") <= intent.lastValidBlockHeight + 1) desk.chain.advanceSlot();
		await executor.broker.broadcast("feed.slot.advanced", { blockHeight: desk.chain.slot("processed") });
		await until(() => executor.states.includes("unknown"), "the outcome is unknown");
		if (executor.settlements.length === 0) expect((await executor.status()).unknown).toBe(1);
		const { outcome, fill } = await executor.settlement(intent);
		expect(desk.chain.slot("finalized")).toBeGreaterThan(intent.lastValidBlockHeight);
		expect([outcome, fill]).toEqual(["expired", null]);
		expect(executor.states).toEqual(["sent", "unknown", "expired"]);
		expect(await desk.transactionsOf(intent)).toHaveLength(0);
		expect(await executor.status()).toMatchObject({ expired: 1, unknown: 0, inFlight: 0 });
	});

	test("a node that says nothing proves nothing: the submission stays open until it speaks again", async () => {
		const intent = desk.intent();
		desk.node.fault = (method) => (method === "sendTransaction" ? "loseAnswer" : "lose");
		await executor.execute(intent);
		// PubSub tells of the landing, but the transaction cannot be read.
		await until(() => executor.warnings.some((line) => line.includes("could not be")), "trouble");
		desk.advance(200);
		expect(await executor.status()).toMatchObject({ inFlight: 1, expired: 0 });
		desk.node.fault = () => "pass";
		expect((await executor.settlement(intent)).outcome).toBe("landed");
	});
});
