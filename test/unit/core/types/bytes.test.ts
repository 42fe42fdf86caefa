import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	readInt32,
	readInt64,
	readInt128,
	readUint16,
	readUint64,
	readUint128,
	writeUint64,
} from "../../../../core/types/bytes.ts";

const uint64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

describe("u64 in bytes", () => {
	test("refuses to read past either end", () => {
		expect(() => readUint64(new Uint8Array(15), 8)).toThrow(RangeError);
		expect(() => readUint64(new Uint8Array(15), -1)).toThrow(RangeError);
	});

	test("reads what a data view reads and writes what it writes, at any offset", () => {
		const property = fc.property(uint64, fc.nat(8), (value, offset) => {
			const expected = new Uint8Array(16).fill(0xa5);
			new DataView(expected.buffer).setBigUint64(offset, value, true);
			const written = new Uint8Array(16).fill(0xa5);
			writeUint64(written, offset, value);
			expect(written).toEqual(expected);
			expect(readUint64(expected, offset)).toBe(value);
		});
		fc.assert(property, { seed: 64, numRuns: 500 });
	});
});

describe("other integers in bytes", () => {
	const bytes = fc.uint8Array({ minLength: 24, maxLength: 24 });

	test("refuse to read past either end", () => {
		for (const [read, size] of [
			[readUint16, 2],
			[readInt32, 4],
			[readInt64, 8],
			[readUint128, 16],
			[readInt128, 16],
		] as const) {
			expect(() => read(new Uint8Array(24), 24 - size + 1)).toThrow(RangeError);
			expect(() => read(new Uint8Array(24), -1)).toThrow(RangeError);
			expect(Number(read(new Uint8Array(24), 24 - size))).toBe(0);
		}
	});

	test("read what a data view reads, at any offset", () => {
		const property = fc.property(bytes, fc.nat(8), (data, offset) => {
			const view = new DataView(data.buffer, data.byteOffset);
			expect(readUint16(data, offset)).toBe(view.getUint16(offset, true));
			expect(readInt32(data, offset)).toBe(view.getInt32(offset, true));
			expect(readInt64(data, offset)).toBe(view.getBigInt64(offset, true));
			const low = view.getBigUint64(offset, true);
			expect(readUint128(data, offset)).toBe(view.getBigUint64(offset + 8, true) * 2n ** 64n + low);
			expect(readInt128(data, offset)).toBe(view.getBigInt64(offset + 8, true) * 2n ** 64n + low);
		});
		fc.assert(property, { seed: 65, numRuns: 300 });
	});
});
