import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { sha256 } from "../../../../core/types/sha256.ts";

const reference = (message: Uint8Array) => createHash("sha256").update(message).digest("hex");

test("every length around a block's end hashes as the platform does", () => {
	for (let length = 0; length <= 200; length++) {
		const message = new Uint8Array(length).map((_, index) => index * 7 + length);
		expect(Buffer.from(sha256(message)).toString("hex")).toBe(reference(message));
	}
});

test("any bytes hash as the platform does, and are left alone", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
			const before = message.slice();
			expect(Buffer.from(sha256(message)).toString("hex")).toBe(reference(message));
			expect(message).toEqual(before);
		}),
		{ numRuns: 200 },
	);
});
