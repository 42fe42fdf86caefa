import { beforeEach, expect, test } from "@jest/globals";
import type { SlotNotice } from "../../../../core/risk/market-watch.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { BlockhashBound } from "../../../../services/risk/blockhash-bound.ts";

let nowMicros: number;
let asked: { readonly tell: (height: number) => void; readonly fail: () => void }[];
let heard: SlotNotice[];
let log: string[];
let bound: BlockhashBound;

beforeEach(() => {
	nowMicros = 0;
	asked = [];
	heard = [];
	log = [];
	const note = (line: string) => void log.push(line);
	bound = new BlockhashBound({
		clock: { epochMicros: () => 0, monotonicMicros: () => nowMicros },
		logger: { info: note, warn: note, error: note },
		height: () =>
			new Promise((resolve, reject) => {
				asked.push({ tell: resolve, fail: () => reject(new Error("no answer")) });
			}),
		onNotice: (notice) => heard.push(notice),
	});
});

const notice = (lastValidBlockHeight: number, slot = 1): SlotNotice => ({
	shard: "main",
	slot,
	blockHeight: 0,
	blockhash: `hash of ${lastValidBlockHeight}` as Blockhash,
	lastValidBlockHeight,
});
const told = async (height: number) => {
	asked.at(-1)?.tell(height);
	await new Promise(setImmediate);
};
const usedOf = () => heard.map(({ slot, lastValidBlockHeight }) => [slot, lastValidBlockHeight]);

test.each([
	["no object", null],
	["nothing", {}],
	["a height as text", { ...notice(150), lastValidBlockHeight: "150" }],
	["an endless height", { ...notice(150), lastValidBlockHeight: Number.POSITIVE_INFINITY }],
	["no slot", { ...notice(150), slot: Number.NaN }],
])("%s is not heard, and not asked about", (_what, garbage) => {
	bound.hear(garbage as SlotNotice);
	expect([asked.length, heard.length]).toEqual([0, 0]);
});

test("nothing is used before the node has told the height, 150 blocks beyond it are, and not one more", async () => {
	bound.hear(notice(1_151));
	expect([asked.length, heard.length]).toEqual([1, 0]);
	await told(1_000);
	expect(heard).toEqual([]);
	expect(log).toEqual([expect.stringContaining("up to block 1151, and the chain is at 1000")]);
	bound.hear(notice(1_150, 2));
	expect(heard).toEqual([notice(1_150, 2)]);
	nowMicros = 400_000;
	bound.hear(notice(1_151, 3));
	// The slot is news; what intents bind to stays the blockhash that fits.
	expect(heard.at(-1)).toEqual({ ...notice(1_150, 3) });
});

test("what the node confirms is used from then on; a height that goes back takes nothing back", async () => {
	bound.hear(notice(150));
	await told(0);
	expect(usedOf()).toEqual([[1, 150]]);
	nowMicros = 400_000;
	bound.hear(notice(160, 2));
	await told(10);
	nowMicros = 800_000;
	bound.hear(notice(161, 3));
	await told(3);
	bound.hear(notice(160, 4));
	expect(usedOf()).toEqual([
		[1, 150],
		[2, 150],
		[3, 150],
		[4, 160],
	]);
});

test("a node that does not answer is asked again, at most one question at a time and every 400 ms", async () => {
	bound.hear(notice(150));
	bound.hear(notice(150));
	expect(asked).toHaveLength(1);
	asked[0]?.fail();
	await new Promise(setImmediate);
	nowMicros = 399_999;
	bound.hear(notice(150));
	expect(asked).toHaveLength(1);
	nowMicros = 400_000;
	bound.hear(notice(150));
	expect([asked.length, heard.length, log.length]).toEqual([2, 0, 0]);
});

test("a lie that goes on is told once, and again after the truth", async () => {
	for (const [at, lie] of [1e9, 2e9].entries()) {
		nowMicros = at * 1_000_000;
		bound.hear(notice(lie));
		await told(0);
	}
	expect(log).toHaveLength(1);
	bound.hear(notice(150));
	nowMicros = 9_000_000;
	bound.hear(notice(3e9));
	await told(0);
	expect(log).toHaveLength(2);
});
