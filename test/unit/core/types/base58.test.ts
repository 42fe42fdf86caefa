import { describe, expect, test } from "@jest/globals";
import { getAddressDecoder, getBase58Decoder } from "@solana/web3.js";
import fc from "fast-check";
import { decodeBase58, encodeBase58, readAddress } from "../../../../core/types/base58.ts";

describe("encodeBase58", () => {
	test("writes what the client library writes, for any bytes", () => {
		const decoder = getBase58Decoder();
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => encodeBase58(bytes) === decoder.decode(bytes)),
			{ seed: 58, numRuns: 500 },
		);
	});

	test("writes a 1 for each leading zero byte and nothing for no bytes", () => {
		expect(encodeBase58(new Uint8Array(0))).toBe("");
		expect(encodeBase58(new Uint8Array(32))).toBe("11111111111111111111111111111111");
		expect(encodeBase58(Uint8Array.of(0, 0, 1))).toBe("112");
		expect(encodeBase58(Uint8Array.of(0, 57, 58))).toBe(getBase58Decoder().decode(Uint8Array.of(0, 57, 58)));
	});
});

describe("decodeBase58", () => {
	test.each(["0", "O", "I", "l", "1 1", "é", "漢"])("%s is no base58", (text) => {
		expect(decodeBase58(text)).toBeNull();
	});

	test("any bytes come back from their text", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
				expect([...(decodeBase58(encodeBase58(bytes)) ?? [])]).toEqual([...bytes]);
			}),
		);
	});
});

describe("readAddress", () => {
	test("refuses an address that the data does not hold whole", () => {
		expect(() => readAddress(new Uint8Array(40), 9)).toThrow(RangeError);
		expect(() => readAddress(new Uint8Array(40), -1)).toThrow(RangeError);
	});

	test("reads 32 bytes at the offset", () => {
		const data = Uint8Array.from({ length: 64 }, (_, index) => index * 7);
		expect(readAddress(data, 8)).toBe(getAddressDecoder().decode(data, 8));
	});
});
