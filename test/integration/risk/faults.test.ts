import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import { type OpenSegment, openSegmentFile } from "../../../libs/journal/segment-file.ts";
import { until } from "../../support/until.ts";
import { RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;

beforeEach(async () => {
	desk = await RiskDesk.open();
});
afterEach(() => desk.close());

/** A disk that is full from the moment it is told so. */
function failingDisk(): { full: boolean; openSegment: OpenSegment } {
	const disk = {
		full: false,
		openSegment: ((path) => {
			const file = openSegmentFile(path);
			return {
				write: (bytes) => {
					if (disk.full) throw new Error("ENOSPC: no space left on device");
					file.write(bytes);
				},
				sync: () => file.sync(),
				close: () => file.close(),
			};
		}) as OpenSegment,
	};
	return disk;
}

test("a full disk: nothing is approved any more, what ends meanwhile stays reserved, and a restart makes it exact", async () => {
	const disk = failingDisk();
	const first = await desk.start({ openSegment: disk.openSegment });
	first.behaviour = "loseEvent";
	const open = await first.submit();
	disk.full = true;
	expect(await first.submit()).toMatchObject({ status: "denied", code: "ledgerUnavailable" });
	expect(first.executed).toHaveLength(1);
	const settlement = await first.settlement(open.intentId, first.signatures[0]!);
	first.tell(settlement);
	await until(() => first.log.some((line) => line.includes("could not be booked and stays reserved")), {
		what: "the complaint",
	});
	expect(await first.bus.call("risk.status")).toMatchObject({ inFlight: 1, landed: 0 });
	expect(await first.submit()).toMatchObject({
		code: "ledgerUnavailable",
		detail: expect.stringContaining("no space left"),
	});
	await first.stop();
	disk.full = false;
	const second = await desk.start({ openSegment: disk.openSegment });
	const books = await second.settledBooks();
	expect(books.lines.find(({ mint }) => mint === SOL_MINT)).toMatchObject({ fees: 5_000n, difference: 0n });
	expect(await second.bus.call("risk.status")).toMatchObject({ inFlight: 0, landed: 1 });
});

test("a node that is away: the last books stand, nothing is lost, and the next look is exact", async () => {
	const risk = await desk.start();
	const before = await risk.settledBooks();
	risk.behaviour = "loseEvent";
	await desk.closeNode();
	expect(await risk.submit()).toMatchObject({ status: "approved" });
	await until(() => risk.log.some((line) => line.startsWith("No cut of the books")), { what: "the failing cut" });
	await until(() => risk.log.some((line) => line.startsWith("Outcomes of 1 intents cannot be read")), {
		what: "the failing look",
	});
	expect((await risk.bus.call("risk.books")).lines).toEqual(before.lines);
	expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 1 });
	await desk.reopenNode();
	const books = await risk.settledBooks();
	expect(books.lines.find(({ mint }) => mint === SOL_MINT)).toMatchObject({ fees: 5_000n, difference: 0n });
});

test("an expiry that was believed and a landing that is found: booked, and trading halts", async () => {
	const risk = await desk.start();
	risk.behaviour = "loseBytes";
	const { intentId } = await risk.submit();
	const expired = { intentId, outcome: "expired", signature: "x", fill: null, executor: "liar", timings: {} };
	risk.tell(expired as never);
	await until(async () => (await risk.bus.call("risk.status")).expired === 1, { what: "the lie to be believed" });
	await desk.send(intentId);
	await until(async () => (await risk.bus.call("risk.tradingState")).state === "halted", { what: "the halt" });
	expect((await risk.bus.call("risk.tradingState")).reason).toMatch(/was booked as expired, and \w+ is on chain/);
	const books = await risk.settledBooks();
	expect(books.lines.find(({ mint }) => mint === SOL_MINT)).toMatchObject({ fees: 5_000n, difference: 0n });
});

test("an executor that breaks with an error of something else it called: the outcome is unknown, not released", async () => {
	const risk = await desk.start({ executor: false, ready: false });
	risk.broker.createService({
		name: "executor",
		actions: {
			status: () => ({ executor: "x", wallet: desk.wallet.address, recovering: false }),
			execute: (context: { call: (action: string) => Promise<unknown> }) => context.call("feed.nothing"),
		},
	} as never);
	await risk.ready();
	expect(await risk.submit()).toMatchObject({ status: "approved" });
	expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 1, approved: 1 });
});
