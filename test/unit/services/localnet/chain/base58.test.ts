import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import { decodeBase58 } from "../../../../../services/localnet/chain/base58.ts";

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
