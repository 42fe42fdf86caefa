import { describe, expect, test } from "@jest/globals";
import { getBase58Decoder, getBase58Encoder } from "@solana/web3.js";
import fc from "fast-check";
import { Base58 } from "../../../../libs/solana/base58.ts";

const base58 = new Base58();
const toText = getBase58Decoder();
const toBytes = getBase58Encoder();

/** Bytes with runs of zeros in front, and at the edges of their range. */
function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
	const any = fc.uint8Array({ minLength: length, maxLength: length });
	const zeros = fc.nat({ max: length }).chain((count) => any.map((bytes) => bytes.fill(0, 0, count)));
	return fc.oneof(any, zeros, fc.constant(new Uint8Array(length).fill(255)));
}

function readHash(text: string): Uint8Array {
	const bytes = new Uint8Array(32);
	base58.readHash(text, bytes);
	return bytes;
}

describe("base58 of the hot path", () => {
	test.each([
		["nothing", ""],
		["a sign that is no digit", `${"2".repeat(42)}0`],
		["a sign beyond ASCII", `${"2".repeat(42)}é`],
		["31 bytes", toText.decode(new Uint8Array(31).fill(255))],
		["33 bytes", toText.decode(new Uint8Array(33).fill(1))],
		["33 bytes, the first of them zero", `1${toText.decode(new Uint8Array(32).fill(255))}`],
		["31 zero bytes", "1".repeat(31)],
		["33 zero bytes", "1".repeat(33)],
		["the first number above 32 bytes", "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"],
		["the largest number of 44 digits", "z".repeat(44)],
		["45 digits", "2".repeat(45)],
	])("a hash is refused when it is %s", (_, text) => {
		expect(() => readHash(text)).toThrow(RangeError);
	});

	test("a signature of another length is refused", () => {
		expect(() => base58.signature(new Uint8Array(63))).toThrow(RangeError);
	});

	test("hashes are read as the client library reads them", () => {
		fc.assert(
			fc.property(bytesOf(32), (bytes) => {
				expect(readHash(toText.decode(bytes))).toEqual(bytes);
			}),
		);
	});

	test("what is read as a hash is what the client library reads", () => {
		const digits = fc.array(fc.constantFrom(..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"), {
			minLength: 31,
			maxLength: 45,
		});
		fc.assert(
			fc.property(digits, (letters) => {
				const text = letters.join("");
				const expected = toBytes.encode(text);
				if (expected.length === 32) expect(readHash(text)).toEqual(Uint8Array.from(expected));
				else expect(() => readHash(text)).toThrow(RangeError);
			}),
		);
	});

	test("signatures are written as the client library writes them", () => {
		fc.assert(
			fc.property(bytesOf(64), (bytes) => {
				expect(base58.signature(bytes)).toBe(toText.decode(bytes));
			}),
		);
	});
});
