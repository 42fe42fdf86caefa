import { describe, expect, test } from "@jest/globals";
import { decodeAnswer, encodeRequest, errorCodeOf } from "../../../../../libs/solana/rpc-router/json-rpc.ts";

describe("JSON-RPC", () => {
	test("what is no answer is none", () => {
		for (const text of ["", "{", "null", "[]", "5", "{}", '{"error":"x"}', '{"error":{}}', '{"error":null}']) {
			expect(decodeAnswer(text)).toBeNull();
		}
	});

	test("64-bit integers go and come whole; fractions and text stay", () => {
		const most = 18_446_744_073_709_551_615n;
		expect(encodeRequest({ slot: most, rate: 0.5 })).toBe('{"slot":18446744073709551615,"rate":0.5}');
		const answer = decodeAnswer('{"result":{"lamports":18446744073709551615,"rate":0.5,"name":"7","none":null}}');
		expect(answer?.result).toEqual({ lamports: most, rate: 0.5, name: "7", none: null });
	});

	test("a null result is an answer; an error has its code", () => {
		expect(decodeAnswer('{"result":null}')).toEqual({ result: null });
		const refused = decodeAnswer('{"error":{"code":-32005,"message":"behind"}}');
		expect(refused && errorCodeOf(refused)).toBe(-32_005);
		expect(errorCodeOf({ result: 1 })).toBeNull();
	});
});
