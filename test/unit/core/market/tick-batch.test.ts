import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	ACCOUNT_PLACES,
	MAX_TICKS_PER_BATCH,
	readTickBatchHeader,
	type Tick,
	type TickBatchHeader,
	TickBatchWriter,
	tickBytes,
} from "../../../../core/market/tick-batch.ts";
import { encodeTickBatch, ticksOf } from "../../../support/ticks.ts";

const HEADER: TickBatchHeader = {
	catalogEpoch: 7,
	sequence: 12,
	slot: 1_000,
	receivedAtMicros: 1_763_838_000_000_000,
	decodedAtMicros: 1_763_838_000_000_017,
	snapshot: false,
	chainSeconds: 1_763_838_000,
	epoch: 0,
};

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const head = { poolIndex: fc.nat(0xffff_ffff), slot: fc.nat(), stale: fc.boolean() };
const reserves: fc.Arbitrary<Tick> = fc.record({
	kind: fc.constant("reserves" as const),
	...head,
	reserveA: u64,
	reserveB: u64,
	openTimeSeconds: u64,
	swapEnabled: fc.boolean(),
});
const account: fc.Arbitrary<Tick> = fc.record({
	kind: fc.constant("account" as const),
	...head,
	place: fc.constantFrom(...ACCOUNT_PLACES),
	startIndex: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
	data: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: null }),
});
const status: fc.Arbitrary<Tick> = fc.record({ kind: fc.constant("status" as const), ...head });
const tick = fc.oneof(reserves, account, status);

function read(bytes: Uint8Array): { header: TickBatchHeader; ticks: Tick[] } {
	const header = readTickBatchHeader(bytes);
	if (!header.ok) throw new Error(header.error);
	return { header: header.value, ticks: ticksOf(bytes) };
}

describe("bytes that are no batch", () => {
	test("shorter than a header", () => {
		expect(readTickBatchHeader(new Uint8Array(55))).toEqual({ ok: false, error: "shortData" });
	});

	test("of another version", () => {
		const bytes = encodeTickBatch(HEADER, []);
		bytes[0] = 3;
		expect(readTickBatchHeader(bytes)).toEqual({ ok: false, error: "unknownVersion" });
	});

	test("cut, or with something behind", () => {
		const ticks = fc.sample(reserves, 3);
		const bytes = encodeTickBatch(HEADER, ticks);
		for (const wrong of [bytes.subarray(0, -1), bytes.subarray(0, -40), Buffer.concat([bytes, Buffer.alloc(40)])]) {
			expect(readTickBatchHeader(wrong)).toEqual({ ok: false, error: "shortData" });
		}
	});

	test("with a record of no known kind or place, or longer than the batch", () => {
		const bytes = encodeTickBatch(HEADER, fc.sample(account, 1));
		for (const [offset, value] of [
			[5, 3],
			[6, ACCOUNT_PLACES.length],
			[17, 0xff],
		] as const) {
			const wrong = Uint8Array.from(bytes);
			wrong[56 + offset] = value;
			expect(readTickBatchHeader(wrong)).toEqual({ ok: false, error: "shortData" });
		}
	});

	test("any bytes give a batch or a closed error", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
				const header = readTickBatchHeader(bytes);
				if (header.ok) ticksOf(bytes);
				expect(header.ok || ["shortData", "unknownVersion"].includes(header.error)).toBe(true);
			}),
		);
	});

	test("more ticks than a message carries are refused by the encoder", () => {
		const [one] = fc.sample(tick, 1);
		expect(() => encodeTickBatch(HEADER, new Array(MAX_TICKS_PER_BATCH + 1).fill(one))).toThrow(RangeError);
	});
});

test("what is packed is what is read, also from unaligned bytes", () => {
	fc.assert(
		fc.property(fc.array(tick, { maxLength: 20 }), fc.boolean(), fc.nat(7), (ticks, snapshot, shift) => {
			const packed = encodeTickBatch({ ...HEADER, snapshot }, ticks);
			const shifted = new Uint8Array(packed.length + shift);
			shifted.set(packed, shift);
			expect(read(shifted.subarray(shift))).toEqual({ header: { ...HEADER, snapshot }, ticks });
		}),
	);
});

test("a writer packs one batch after the other, and nothing of the last is left in the next", () => {
	const batches = fc.array(fc.array(tick, { maxLength: 20 }), { minLength: 2, maxLength: 4 });
	fc.assert(
		fc.property(batches, (lists) => {
			const writer = new TickBatchWriter();
			for (const ticks of lists) {
				for (const one of ticks) writer.add(one);
				expect([writer.ticks, writer.bytes]).toEqual([
					ticks.length,
					ticks.reduce((sum, one) => sum + tickBytes(one), encodeTickBatch(HEADER, []).length),
				]);
				expect(writer.finish(HEADER)).toEqual(encodeTickBatch(HEADER, ticks));
			}
		}),
	);
});
