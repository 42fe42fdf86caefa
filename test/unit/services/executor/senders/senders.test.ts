import { afterEach, expect, test } from "@jest/globals";
import type { Signature } from "../../../../../core/types/identifiers.ts";
import { BlockEngine } from "../../../../../libs/block-engine/block-engine.ts";
import type { SignedTransaction } from "../../../../../libs/solana/intent-signer.ts";
import { BlockEngineSender } from "../../../../../services/executor/senders/block-engine-sender.ts";
import { FanOutSender } from "../../../../../services/executor/senders/fan-out-sender.ts";
import type { Sender } from "../../../../../services/executor/senders/sender.ts";
import { until } from "../../../../support/until.ts";
import { refuses, results, StandInRegion } from "../../../libs/block-engine/stand-in-region.ts";

const TRADE: SignedTransaction = { signature: "5sig" as Signature, base64: "AQID", isTipped: true };
const regions: StandInRegion[] = [];
let micros = 0;
const clock = { epochMicros: () => micros, monotonicMicros: () => micros };

afterEach(async () => {
	await Promise.all(regions.splice(0).map((region) => region.close()));
});

async function sender(...responds: Parameters<typeof StandInRegion.open>[0][]): Promise<BlockEngineSender> {
	const opened = await Promise.all(responds.map((respond) => StandInRegion.open(respond)));
	regions.push(...opened);
	const urls = opened.map(({ url }) => url);
	const abortSignal = new AbortController().signal;
	return new BlockEngineSender({ engine: new BlockEngine({ urls, clock, timeoutMs: 1_000, abortSignal }), clock });
}

test("the bundle is the trade alone, sent to every region", async () => {
	const bundle = await sender(results("ab".repeat(32)), results("ab".repeat(32)));
	await bundle.send(TRADE);
	expect(regions.some(({ asked }) => asked.length === 1)).toBe(true);
	for (const { asked } of regions) for (const { params } of asked) expect(params[0]).toEqual(["AQID"]);
});

test("a trade without a tip goes to no block engine", async () => {
	const bundle = await sender(results("ab".repeat(32)));
	await bundle.send({ signature: TRADE.signature, base64: TRADE.base64, isTipped: false });
	expect(regions[0]!.asked).toEqual([]);
});

test("no region takes it: the reasons are told", async () => {
	const bundle = await sender(refuses("no tip account"), results("garbage"));
	await expect(bundle.send(TRADE)).rejects.toThrow(/refused \(no tip account\); .*malformedAnswer/);
});

test("what is on the chain already was sent well", async () => {
	const bundle = await sender(refuses("bundle contains an already processed transaction"), results("garbage"));
	await bundle.send(TRADE);
	expect(bundle.counts).toEqual({ taken: 0, refused: 0, landed: 0, failed: 0, unknown: 0 });
});

test("the fates of bundles are counted, later, a few at a time, and decide nothing", async () => {
	const ids = [..."abcdef012"].map((digit) => digit.repeat(64));
	const fates = new Map([
		[ids[0], "Landed"],
		[ids[1], "Failed"],
		[ids[2], "Pending"],
		[ids[3], "Invalid"],
	]);
	let next = 0;
	const bundle = await sender(({ method, params }, response) => {
		const asked = params[0] as string[];
		const status = (id: string) => ({
			bundle_id: id,
			status: fates.get(id),
			landed_slot: fates.get(id) === "Landed" ? 5 : null,
		});
		const value = asked.filter((id) => fates.has(id)).map(status);
		const result = method === "sendBundle" ? ids[next++ % ids.length] : { context: { slot: 1 }, value };
		response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
	});
	for (let count = 0; count < 6; count++) await bundle.send(TRADE);
	micros += 4_999_999;
	await bundle.send({ ...TRADE });
	const questions = () => regions.at(-1)!.asked.filter(({ method }) => method !== "sendBundle");
	expect(questions()).toEqual([]);
	expect(bundle.counts).toMatchObject({ taken: 7, landed: 0 });
	micros += 1;
	await bundle.send(TRADE);
	await until(() => bundle.counts.unknown > 0, { what: "the fates" });
	expect(questions().map(({ params }) => (params[0] as string[]).length)).toEqual([5]);
	expect(bundle.counts).toMatchObject({ taken: 8, landed: 1, failed: 1, unknown: 3 });
	await bundle.send(TRADE);
	expect(questions()).toHaveLength(1);
});

test("an engine that does not tell is no trouble", async () => {
	const bundle = await sender(({ method }, response) => {
		const result = method === "sendBundle" ? "ab".repeat(32) : "garbage";
		response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
	});
	await bundle.send(TRADE);
	micros += 5_000_000;
	await bundle.send(TRADE);
	await until(() => bundle.counts.unknown === 1, { what: "the fate" });
});

/** A way that does what a test says. */
function way(name: string, outcome: () => Promise<void>): Sender & { readonly sent: SignedTransaction[] } {
	const sent: SignedTransaction[] = [];
	return {
		name,
		sent,
		send: (transaction) => {
			sent.push(transaction);
			return outcome();
		},
	};
}

test("without a way there is nothing to send by", () => {
	expect(() => new FanOutSender([], () => {})).toThrow(RangeError);
});

test("one way failing never stops another, is counted and told", async () => {
	const troubles: string[] = [];
	const bad = way("bad", () => Promise.reject(new Error("broken")));
	const good = way("good", () => Promise.resolve());
	for (const ways of [
		[bad, good],
		[good, bad],
	]) {
		const fan = new FanOutSender(ways, (what) => troubles.push(what));
		await fan.send(TRADE);
		const counts = new Map(fan.counts.map(({ name, sent, failed }) => [name, { sent, failed }]));
		expect(counts.get("bad")).toEqual({ sent: 1, failed: 1 });
		expect(counts.get("good")).toEqual({ sent: 1, failed: 0 });
	}
	expect(troubles).toEqual(Array(2).fill("sending 5sig over bad: broken"));
	expect(good.sent).toEqual([TRADE, TRADE]);
});

test("every way gets the bytes before any has answered", async () => {
	const slow = way("slow", () => new Promise(() => {}));
	const quick = way("quick", () => Promise.resolve());
	void new FanOutSender([slow, quick], () => {}).send(TRADE);
	expect([slow.sent.length, quick.sent.length]).toEqual([1, 1]);
});

test("it fails only when every way failed", async () => {
	const ways = ["one", "two"].map((name) => way(name, () => Promise.reject(new Error(`${name} is down`))));
	const fan = new FanOutSender(ways, () => {
		throw new Error("told twice");
	});
	await expect(fan.send(TRADE)).rejects.toThrow("one: one is down; two: two is down");
	expect(fan.name).toBe("one and two");
});
