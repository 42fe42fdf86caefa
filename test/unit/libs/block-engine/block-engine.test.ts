import { afterEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BlockEngine, type BlockEngineOptions } from "../../../../libs/block-engine/block-engine.ts";
import { describeBlockEngineErrors } from "../../../../libs/block-engine/block-engine-error.ts";
import { type BundleId, bundleIdOf } from "../../../../libs/block-engine/bundle-id.ts";
import { readBundleStatuses, readInflightStatuses, readTipAccounts } from "../../../../libs/block-engine/shapes.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../../libs/block-engine/tip-accounts.ts";
import { type Respond, refuses, results, StandInRegion } from "./stand-in-region.ts";

const ID = "ab".repeat(32) as BundleId;
const OTHER_ID = "cd".repeat(32) as BundleId;
const regions: StandInRegion[] = [];
const clock = { micros: 1_000_000, epochMicros: () => clock.micros, monotonicMicros: () => clock.micros };

afterEach(async () => {
	await Promise.all(regions.splice(0).map((region) => region.close()));
});

async function region(respond: Respond): Promise<StandInRegion> {
	const opened = await StandInRegion.open(respond);
	regions.push(opened);
	return opened;
}

function engineOf(urls: readonly string[], options: Partial<BlockEngineOptions> = {}): BlockEngine {
	return new BlockEngine({ urls, clock, timeoutMs: 2_000, abortSignal: new AbortController().signal, ...options });
}

async function errorsOf(answer: Promise<{ ok: boolean }>): Promise<readonly { code: string; detail: string }[]> {
	const result = (await answer) as { ok: boolean; error?: readonly { code: string; detail: string }[] };
	if (result.ok) throw new Error("it succeeded");
	return result.error!;
}

const silent: Respond = () => {};

test("without a region there is no block engine", () => {
	expect(() => engineOf([])).toThrow(RangeError);
});

test("too many or no transactions are not sent", async () => {
	const one = await region(results(ID));
	const engine = engineOf([one.url]);
	expect(await errorsOf(engine.sendBundle([]))).toMatchObject([{ code: "badRequest" }]);
	expect(await errorsOf(engine.sendBundle(["a", "b", "c", "d", "e", "f"]))).toMatchObject([{ code: "badRequest" }]);
	expect(await errorsOf(engine.getBundleStatuses([]))).toMatchObject([{ code: "badRequest" }]);
	expect(await errorsOf(engine.getInflightBundleStatuses([ID, ID, ID, ID, ID, ID]))).toMatchObject([
		{ code: "badRequest" },
	]);
	expect(one.asked).toEqual([]);
	expect(await engine.sendBundle(["a", "b", "c", "d", "e"])).toMatchObject({ ok: true });
});

const GARBAGE: readonly [string, Respond, string][] = [
	["no JSON", (_, response) => response.end("<html>"), "malformedAnswer"],
	["nothing", (_, response) => response.end(), "malformedAnswer"],
	["null", (_, response) => response.end("null"), "malformedAnswer"],
	["no result", (_, response) => response.end('{"jsonrpc":"2.0","id":1}'), "malformedAnswer"],
	["a result that is no id", results("not an id"), "malformedAnswer"],
	["an object", results({ bundle: ID }), "malformedAnswer"],
	["an error without words", (_, response) => response.end('{"error":{"code":1}}'), "malformedAnswer"],
	["an endless answer", (_, response) => response.end("x".repeat(200_000)), "malformedAnswer"],
	["a broken gateway", (_, response) => response.writeHead(502).end("bad gateway"), "httpError"],
	["another address", (_, response) => response.writeHead(302, { location: "/x" }).end(), "unreachable"],
	["a cut connection", (_, response) => response.destroy(), "unreachable"],
	["a refusal", refuses("Bundles must write lock at least one tip account"), "refused"],
	["a refusal with HTTP 200", refuses("no", 200), "refused"],
	["a known bundle", refuses("bundle contains an already processed transaction"), "alreadyProcessed"],
	["too many requests", (_, response) => response.writeHead(429).end("slow down"), "rateLimited"],
];

test.each(GARBAGE)(
	"%s is a failure with a code, and the other region's answer counts",
	async (_what, respond, code) => {
		const bad = await region(respond);
		const good = await region(results(ID));
		expect(await errorsOf(engineOf([bad.url]).sendBundle(["a"]))).toMatchObject([{ code }]);
		for (const urls of [
			[bad.url, good.url],
			[good.url, bad.url],
		]) {
			clock.micros += 10_000_000;
			const engine = engineOf(urls);
			expect(await engine.sendBundle(["a"])).toEqual({ ok: true, value: ID });
		}
	},
);

test("a bundle goes to all regions at once, base64, and one that is silent holds up nobody", async () => {
	const [one, two, three] = [await region(silent), await region(results(ID)), await region(results(ID))];
	const engine = engineOf([one.url, two.url, three.url, three.url], { timeoutMs: 60_000 });
	expect(await engine.sendBundle(["AQID"])).toEqual({ ok: true, value: ID });
	for (const { asked } of [two, three]) {
		expect(asked).toMatchObject([{ method: "sendBundle", params: [["AQID"], { encoding: "base64" }] }]);
	}
	expect(engine.counters.map(({ requests }) => requests)).toEqual([1, 1, 1]);
});

test("all regions down: every one's reason", async () => {
	const gone = await region(silent);
	const goneUrl = gone.url;
	await gone.close();
	regions.splice(regions.indexOf(gone), 1);
	const mute = await region(silent);
	const errors = await errorsOf(engineOf([goneUrl, mute.url], { timeoutMs: 50 }).sendBundle(["a"]));
	expect(errors.map(({ code }) => code)).toEqual(["unreachable", "timeout"]);
	expect(describeBlockEngineErrors(errors as never)).toMatch(
		/unreachable \(.+; .+: timeout \(no answer within 50 ms\)/,
	);
});

test("what the owner ends is aborted", async () => {
	const mute = await region(silent);
	const owner = new AbortController();
	const errors = errorsOf(engineOf([mute.url], { abortSignal: owner.signal }).sendBundle(["a"]));
	owner.abort();
	expect(await errors).toMatchObject([{ code: "aborted" }]);
});

test("a region that wants to be left alone is, for as long as it says", async () => {
	const busy = await region((_, response) => response.writeHead(429, { "retry-after": "3" }).end());
	const engine = engineOf([busy.url]);
	expect(await errorsOf(engine.sendBundle(["a"]))).toMatchObject([{ code: "rateLimited" }]);
	busy.respond = results(ID);
	clock.micros += 2_999_999;
	expect(await errorsOf(engine.sendBundle(["a"]))).toMatchObject([{ code: "rateLimited" }]);
	expect(engine.counters).toMatchObject([{ requests: 1, failures: 1, heldBack: 1 }]);
	clock.micros += 1;
	expect(await engine.sendBundle(["a"])).toMatchObject({ ok: true });
});

test("a 429 that names no time holds for a second", async () => {
	const busy = await region((_, response) => response.writeHead(429).end());
	const engine = engineOf([busy.url]);
	await engine.sendBundle(["a"]);
	busy.respond = results(ID);
	clock.micros += 999_999;
	expect(await errorsOf(engine.sendBundle(["a"]))).toMatchObject([{ code: "rateLimited" }]);
	clock.micros += 1;
	expect(await engine.sendBundle(["a"])).toMatchObject({ ok: true });
});

test("requests without an answer are bounded", async () => {
	const mute = await region(silent);
	const owner = new AbortController();
	const engine = engineOf([mute.url], { abortSignal: owner.signal });
	const open = Array.from({ length: 16 }, () => engine.sendBundle(["a"]));
	expect(await errorsOf(engine.sendBundle(["a"]))).toMatchObject([{ code: "busy" }]);
	owner.abort();
	await Promise.all(open);
	mute.respond = results(ID);
	expect(await errorsOf(engine.sendBundle(["a"]))).toMatchObject([{ code: "aborted" }]);
});

test("questions go to one region after the other until one answers", async () => {
	const [bad, good, spare] = [await region(refuses("no")), await region(results(null)), await region(results(null))];
	good.respond = ({ method }, response) => {
		const value =
			method === "getBundleStatuses"
				? [
						{ bundle_id: ID, transactions: ["3bC2"], slot: 7, confirmation_status: "confirmed", err: { Ok: null } },
						{ bundle_id: OTHER_ID, transactions: ["3bC2"], slot: 7, confirmation_status: "finalized" },
						null,
					]
				: [{ bundle_id: ID, status: "Landed", landed_slot: 7 }];
		const result = method === "getTipAccounts" ? MAINNET_TIP_ACCOUNTS : { context: { slot: 9 }, value };
		response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
	};
	const engine = engineOf([bad.url, good.url, spare.url]);
	expect(await engine.getBundleStatuses([ID])).toEqual({
		ok: true,
		value: [{ id: ID, signatures: ["3bC2"], slot: 7, confirmation: "confirmed" }],
	});
	expect(await engine.getInflightBundleStatuses([ID])).toEqual({
		ok: true,
		value: [{ id: ID, status: "Landed", landedSlot: 7 }],
	});
	expect(await engine.getTipAccounts()).toEqual({ ok: true, value: [...MAINNET_TIP_ACCOUNTS] });
	expect(bad.asked).toHaveLength(3);
	expect(spare.asked).toEqual([]);
	good.respond = refuses("neither");
	spare.respond = results("garbage");
	expect((await errorsOf(engine.getTipAccounts())).map(({ code }) => code)).toEqual([
		"refused",
		"refused",
		"malformedAnswer",
	]);
});

test.each<[string, (result: unknown) => unknown, unknown]>([
	["statuses", readBundleStatuses, 5],
	["statuses", readBundleStatuses, { value: {} }],
	["statuses", readBundleStatuses, { value: [5] }],
	["statuses", readBundleStatuses, { value: [{ bundle_id: ID, transactions: ["0"], slot: 1 }] }],
	["statuses", readBundleStatuses, { value: [{ bundle_id: ID, transactions: [], slot: -1 }] }],
	[
		"statuses",
		readBundleStatuses,
		{ value: [{ bundle_id: ID, transactions: [], slot: 1, confirmation_status: "maybe" }] },
	],
	["inflight statuses", readInflightStatuses, { value: [{ bundle_id: "x", status: "Landed", landed_slot: 1 }] }],
	["inflight statuses", readInflightStatuses, { value: [{ bundle_id: ID, status: "Lost" }] }],
	["inflight statuses", readInflightStatuses, { value: [{ bundle_id: ID, status: "Landed", landed_slot: null }] }],
	["inflight statuses", readInflightStatuses, { value: [{ bundle_id: ID, status: "Landed", landed_slot: 1.5 }] }],
	["tip accounts", readTipAccounts, []],
	["tip accounts", readTipAccounts, ["l".repeat(44)]],
	["tip accounts", readTipAccounts, [7]],
	["tip accounts", readTipAccounts, Array.from({ length: 65 }, () => MAINNET_TIP_ACCOUNTS[0])],
])("%s of another shape are none", (_what, read, result) => {
	expect(read(result)).toBeNull();
});

test("nothing found is an empty answer, and camel case is understood", () => {
	expect(readBundleStatuses(null)).toEqual([]);
	expect(readInflightStatuses({ value: [{ bundle_id: ID, status: "Invalid" }] })).toEqual([
		{ id: ID, status: "Invalid", landedSlot: null },
	]);
	const entry = { bundle_id: ID, transactions: ["2"], slot: 3, confirmationStatus: "processed" };
	expect(readBundleStatuses({ value: [entry] })).toMatchObject([{ confirmation: "processed" }]);
});

test("property: no answer whatever makes the readers throw", () => {
	fc.assert(
		fc.property(fc.anything(), (result) => {
			for (const read of [readBundleStatuses, readInflightStatuses, readTipAccounts]) read(result);
		}),
	);
});

test("a bundle's name is the hash of its signatures joined by commas", () => {
	// sha256sum of the text "a,b".
	expect(bundleIdOf(["a", "b"])).toBe("1eb7c54d52831bbfe8942af0b1c56b7409523a59ed6ca99c1174fef7eb32c1b5");
	expect(bundleIdOf(["a", "b"])).not.toBe(bundleIdOf(["b", "a"]));
});
