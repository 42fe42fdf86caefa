import { expect, test } from "@jest/globals";
import fc from "fast-check";
import sodium from "sodium-native";
import { keyedBlake2b } from "../../../libs/blake2b.ts";

const HASH_BYTES = 32;

function byLibsodium(message: Uint8Array, key: Uint8Array): Buffer {
	const tag = Buffer.alloc(HASH_BYTES);
	sodium.crypto_generichash(tag, message, key);
	return tag;
}

test.each([0, 1, 127, 128, 129, 255, 256, 257, 619])("a message of %d bytes has libsodium's tag", (length) => {
	const message = Uint8Array.from({ length }, (_, at) => at & 0xff);
	const key = new Uint8Array(32).fill(7);
	expect(Buffer.from(keyedBlake2b(message, key))).toEqual(byLibsodium(message, key));
});

test("any message has libsodium's tag under any key", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ minLength: 16, maxLength: 64 }), (message, key) => {
			expect(Buffer.from(keyedBlake2b(message, key))).toEqual(byLibsodium(message, key));
		}),
	);
});
