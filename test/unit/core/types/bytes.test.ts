import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readUint64, writeUint64 } from "../../../../core/types/bytes.ts";

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
